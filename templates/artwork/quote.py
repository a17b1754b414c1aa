"""Makes the pictures and the sound of the quote: python -m templates.artwork.quote [NAME...]

Names are those of the files without their endings. The background takes four to five minutes on one core.
"""

import sys
from pathlib import Path

from templates.artwork import finish, instruments, leaves, paper, quote_score, still_life

MEDIA = Path(__file__).parents[1] / "videos" / "media" / "quote"
NEAR = [(150.0, -60.0, 0.75, 900.0, 190.0), (560.0, -80.0, 0.9, 760.0, 170.0), (1000.0, -60.0, 1.0, 620.0, 160.0)]
FAR = [(100.0, -40.0, 0.55, 900.0, 230.0), (500.0, -60.0, 1.15, 640.0, 210.0)]


def make(name: str) -> str:
    """Write one file; returns what is to be said of it."""
    if name == "background":
        path = MEDIA / "background.jpg"
        size = finish.save(still_life.paint(2048, 1152, 4), path, still_life.GRADE, quality=88)
        return f"{path.name}: {size / 1000:.0f} kB"
    if name == "leaves-1":
        return paper.save(leaves.cast(1300, 900, NEAR, 7, 0.34), MEDIA / "leaves-1.png")
    if name == "leaves-2":
        return paper.save(leaves.cast(1200, 900, FAR, 20, 0.36), MEDIA / "leaves-2.png")
    return instruments.write(quote_score.mix(), MEDIA / "bed.m4a")


if __name__ == "__main__":
    MEDIA.mkdir(parents=True, exist_ok=True)
    for wanted in sys.argv[1:] or ("background", "leaves-1", "leaves-2", "bed"):
        print(make(wanted))
