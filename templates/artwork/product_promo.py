"""Makes the pictures and the sound of the product promotion: python -m templates.artwork.product_promo [NAME...]

Names are those of the files without their endings. A picture takes some minutes on two cores.
"""

import sys
from math import cos, pi, sin
from pathlib import Path

import skia

from templates.artwork import instruments, product_promo_score, speaker
from templates.artwork.finish import save

MEDIA = Path(__file__).parents[1] / "videos" / "media" / "product-promo"
PICTURES = {  # what is photographed, width, height (a twentieth more than is shown), paths a pixel
    "hero": (speaker.HERO, 1134, 2016, 14),
    "detail": (speaker.DETAIL, 1134, 1134, 16),
    "offer": (speaker.OFFER, 1134, 1254, 14),
}


def holes(path: Path, size: int = 700) -> int:
    """The circles of the grille as a pattern of apricot dots that fade outwards; returns the file's size."""
    surface = skia.Surface(size, size)
    canvas, ring = surface.getCanvas(), size / 2 / 9.5
    for circle in range(3, 10):
        paint = skia.Paint(AntiAlias=True, Color=skia.Color(0xF2, 0xA6, 0x5A, 255 - 24 * (circle - 3)))
        for step in range(6 * circle):
            turn = 2 * pi * step / (6 * circle) + circle * 0.3
            x, y = (size / 2 + circle * ring * part(turn) for part in (cos, sin))
            canvas.drawCircle(x, y, ring * 0.27, paint)
    surface.makeImageSnapshot().save(str(path), skia.kPNG)
    return path.stat().st_size


def make(name: str) -> None:
    if name == "holes":
        path = MEDIA / "holes.png"
        print(f"{path.name}: {holes(path) / 1000:.0f} kB")
        return
    if name == "bed":
        print(instruments.write(product_promo_score.mix(), MEDIA / "bed.m4a"))
        return
    shot, width, height, samples = PICTURES[name]
    path = MEDIA / f"{name}.jpg"
    size = save(speaker.paint(shot, width, height, samples), path, speaker.GRADE, quality=88)
    print(f"{path.name}: {size / 1000:.0f} kB")


if __name__ == "__main__":
    MEDIA.mkdir(parents=True, exist_ok=True)
    for wanted in sys.argv[1:] or [*PICTURES, "holes", "bed"]:
        make(wanted)
