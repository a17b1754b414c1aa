"""Makes the footage and the sign of the lower third: python -m templates.artwork.lower_third

A potter's table is lit once by soft day and once by the sun; the film mixes both with the shadows of leaves.
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from templates.artwork import potter, potters_table
from templates.artwork.film import RATE, Branches, Motes, developed, encode, nearer, settled

MEDIA = Path(__file__).parents[1] / "videos" / "media" / "lower-third"
WIDTH, HEIGHT, LENGTH = 1920, 1080, 9.0
TRACED = (1440, 810, 16)  # width, height, rays a pixel; the film is enlarged from it


def frames(soft: np.ndarray, sun: np.ndarray) -> Iterator[np.ndarray]:
    """RGB frames from the two lights, both linear."""
    dim, bright = (
        cv2.resize(developed(settled(light), potters_table.GRADE), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC) ** 2
        for light in (soft, soft + sun)
    )
    gain = bright - dim
    leaves, far = Branches(WIDTH // 4, HEIGHT // 4, 12, 8), Branches(WIDTH // 8, HEIGHT // 8, 5, 7)
    dust = Motes(WIDTH, HEIGHT, 46, 3)
    count = round(LENGTH * RATE)
    for number in range(count):
        time = number / RATE
        near = cv2.resize(leaves.shade(time), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        soft_far = cv2.resize(
            cv2.GaussianBlur(far.shade(time), (0, 0), 2.2), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC
        )
        reaching = 0.10 + 0.90 * np.clip(near * (0.35 + 0.65 * soft_far), 0, 1)
        light = dim + gain * reaching[..., None] + (0.22 * dust.light(time) * reaching)[..., None]
        picture = nearer(np.sqrt(np.clip(light, 0, 1)), 1.0 + 0.035 * number / count, 0.62, 0.6)
        yield (picture * 255 + 0.5).astype(np.uint8)


def make() -> None:
    soft, sun = (potters_table.paint(*TRACED, sunny=sunny) for sunny in (False, True))
    path = MEDIA / "footage.mp4"
    print(f"{path.name}: {encode(frames(soft, sun), path, WIDTH, HEIGHT, 22) / 1000:.0f} kB")
    print(f"logo.png: {potter.write(MEDIA / 'logo.png') / 1000:.0f} kB")


if __name__ == "__main__":
    MEDIA.mkdir(parents=True, exist_ok=True)
    make()
