"""What `./run demo` uploads as if it were a visitor's: a picture of the bay from a boat, and a calm piece of music.

python -m templates.artwork.demo_input
"""

from pathlib import Path

import numpy as np

from templates.artwork import bed, instruments, karst, shading
from templates.artwork.finish import Grade, save

FOLDER = Path(__file__).parents[2] / "docs" / "demo"
CAMERA = shading.Camera(eye=(40.0, 9.0, -10.0), at=(120.0, 34.0, 190.0), focal=1.25, shift=0.0, far=2600.0)
GRADE = Grade(exposure=0.62, bloom=0.05, saturation=1.35, shadows=(0.0, 0.005, 0.03), lights=(1.0, 0.98, 1.0))


def picture(width: int = 1800, height: int = 1200, samples: int = 3) -> np.ndarray:
    """Linear light, float32 (height, width, 3), in the three-to-two shape of a photograph."""
    return shading.picture(karst.SCENE, CAMERA, karst.LIGHT, width, height, samples, 3)


def music() -> np.ndarray:
    """The travel list's pad and melody without its beat, in a larger room."""
    airy, notes = bed.pad() * 0.04, bed.melody() * 0.2
    sound = airy + notes + 0.8 * bed.room(airy + notes, 2.6)
    sound -= sound.mean(axis=0)
    return 0.35 * sound / np.abs(sound).max()


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    save(picture(), FOLDER / "picture.jpg", GRADE)
    instruments.encode(music(), FOLDER / "sound.m4a", decibels=0.0)
