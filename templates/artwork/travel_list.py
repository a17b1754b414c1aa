"""Makes the pictures and the sound of the travel list: python -m templates.artwork.travel_list [NAME...]

Names are those of the files without their endings. A picture takes five to ten minutes on one core.
"""

import sys
from pathlib import Path

from templates.artwork import bed, karst, madrasah, shophouses, temple
from templates.artwork.finish import save

MEDIA = Path(__file__).parents[1] / "videos" / "media" / "travel-list"
PICTURES = {"bay": karst, "madrasah": madrasah, "shophouses": shophouses, "temple": temple}
WIDTH, HEIGHT, SAMPLES = 2400, 1350, 4  # a tenth more than the frame after its zoom


def make(name: str) -> None:
    if name == "bed":
        path = MEDIA / "bed.m4a"
        print(bed.write(path))
        return
    scene, path = PICTURES[name], MEDIA / f"{name}.jpg"
    size = save(scene.paint(WIDTH, HEIGHT, SAMPLES), path, scene.GRADE, quality=85)
    print(f"{path.name}: {size / 1000:.0f} kB")


if __name__ == "__main__":
    MEDIA.mkdir(parents=True, exist_ok=True)
    for wanted in sys.argv[1:] or [*PICTURES, "bed"]:
        make(wanted)
