"""Makes the pictures and the sound of the real estate listing: python -m templates.artwork.real_estate [NAME...]

Names are those of the files without their endings. A picture takes one to five minutes on one core.
"""

import sys
from pathlib import Path

import cv2

from templates.artwork import emblem, house, instruments, living, real_estate_score
from templates.artwork.film import settled
from templates.artwork.finish import save

MEDIA = Path(__file__).parents[1] / "videos" / "media" / "real-estate"
WIDTH, HEIGHT = 2080, 1170
PICTURES = {  # module, lens, the width and height that are traced, rays a pixel
    "house": (house, house.FRONT, 2080, 1170, 30),
    "living": (living, living.ROOM, 1400, 788, 9),
    "terrace": (house, house.TERRACE, 1400, 788, 16),
}


def make(name: str) -> None:
    if name == "bed":
        print(instruments.write(real_estate_score.mix(), MEDIA / "bed.m4a"))
        return
    if name == "logo":
        print(f"logo.png: {emblem.write(MEDIA / 'logo.png') / 1000:.0f} kB")
        return
    module, lens, width, height, samples = PICTURES[name]
    light = settled(module.paint(width, height, samples, lens))
    if width < WIDTH:
        light = cv2.resize(light, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC).clip(0)
    path = MEDIA / f"{name}.jpg"
    print(f"{path.name}: {save(light, path, module.GRADE, quality=86) / 1000:.0f} kB")


if __name__ == "__main__":
    MEDIA.mkdir(parents=True, exist_ok=True)
    for wanted in sys.argv[1:] or [*PICTURES, "logo", "bed"]:
        make(wanted)
