"""Makes the footage, the portrait and the sound of the testimonial: python -m templates.artwork.testimonial

The café table is traced once; behind it the lights of a street breathe and pass, over the cup there is steam.
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from templates.artwork import cafe, instruments, portrait, testimonial_score
from templates.artwork.film import RATE, developed, encode, nearer, settled
from templates.artwork.finish import toned

MEDIA = Path(__file__).parents[1] / "videos" / "media" / "testimonial"
SIZE, LENGTH, SAMPLES = 1080, 11.5, 36
SILL = 0.664  # where the table ends, in shares of the height
HUES = np.array([(1.0, 0.52, 0.20), (1.0, 0.70, 0.38), (0.95, 0.30, 0.16), (0.50, 0.72, 0.95), (1.0, 0.82, 0.58)])
CUP = (0.615, 0.672)


class Street:
    """Lights far out of focus: windows that stay, cars that pass."""

    def __init__(self, seed: int) -> None:
        chance = np.random.default_rng(seed)
        self.still = chance.random((46, 6))
        self.cars = chance.random((7, 4))
        y = np.linspace(0, 1, SIZE // 2, dtype=np.float32)[:, None, None]
        self.dusk = np.array([0.020, 0.034, 0.060], np.float32) + np.array([0.05, 0.035, 0.025], np.float32) * y**2
        self.dusk = np.repeat(self.dusk, SIZE // 2, axis=1)

    def light(self, time: float) -> np.ndarray:
        """Linear light, float32 of half the size."""
        out = np.zeros((SIZE // 2, SIZE // 2, 3), np.float32)
        for x, y, size, hue, phase, strength in self.still:
            breath = 0.75 + 0.25 * np.sin(0.8 * time + 6.3 * phase)
            radius = 0.020 + 0.034 * size
            self._disc(
                out,
                x + 0.004 * np.sin(0.4 * time + 9 * phase),
                0.16 + 0.52 * y**0.7,
                radius,
                hue,
                0.50 * strength**2 * breath,
            )
        for start, lane, hue, pace in self.cars:
            x = (start + (0.035 + 0.05 * pace) * time * (1 if lane > 0.5 else -1)) % 1.3 - 0.15
            for gap in (-0.022, 0.022):
                self._disc(out, x + gap, 0.60 + 0.05 * lane, 0.030, 0.9 if lane > 0.5 else 0.45, 0.30 + 0.2 * hue)
        return self.dusk + cv2.GaussianBlur(out, (0, 0), 1.6)

    @staticmethod
    def _disc(out: np.ndarray, x: float, y: float, radius: float, hue: float, strength: float) -> None:
        """A blurred point: a flat disc with a brighter rim, added."""
        half = SIZE // 2
        reach = int(radius * half) + 3
        px, py = x * half, y * half
        left, top = int(px) - reach, int(py) - reach
        x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + 2 * reach, half), min(top + 2 * reach, half)
        if x0 >= x1 or y0 >= y1:
            return
        v, u = np.mgrid[y0:y1, x0:x1].astype(np.float32)
        r = np.hypot(u - px, v - py) / (radius * half)
        disc = np.clip((1 - r) * radius * half, 0, 1) * (0.75 + 0.25 * np.clip(r, 0, 1) ** 6)
        out[y0:y1, x0:x1] += (disc[..., None] * HUES[int(hue * 4.99)] * strength).astype(np.float32)


class Steam:
    """Wisps above the cup: noise that rises and is pulled apart."""

    def __init__(self, seed: int) -> None:
        chance = np.random.default_rng(seed)
        layers = [
            cv2.resize(chance.random((n * 4, n)).astype(np.float32), (200, 800), interpolation=cv2.INTER_CUBIC)
            for n in (5, 10, 20)
        ]
        self.noise = 0.55 * layers[0] + 0.3 * layers[1] + 0.15 * layers[2]

    def light(self, time: float) -> np.ndarray:
        high, wide = 260, 200
        top = int((60 * time) % (800 - high))
        wisp = self.noise[800 - high - top : 800 - top]
        y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
        up = 1 - y / high
        sway = 100 + 20 * np.sin(3.4 * up + 0.9 * time) * up
        column = np.exp(-(((x - sway) / (24 + 34 * up)) ** 2))
        shape = column * np.clip(up * 6, 0, 1) * (1 - up) ** 1.3 * np.clip((wisp - 0.44) * 4.5, 0, 1)
        out = np.zeros((SIZE, SIZE), np.float32)
        left, bottom = round(CUP[0] * SIZE) - wide // 2, round(CUP[1] * SIZE) + 6
        out[bottom - high : bottom, left : left + wide] = cv2.GaussianBlur(shape, (0, 0), 3.0)
        return out


def frames(table: np.ndarray, cover: np.ndarray) -> Iterator[np.ndarray]:
    """RGB frames from the table's linear light and its cover. Light is added as squares of display values."""
    street, steam = Street(8), Steam(3)
    near = developed(settled(table).astype(np.float32), cafe.GRADE) ** 2
    behind = (1 - cover[..., None]).astype(np.float32)
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) / SIZE
    flame = near * np.exp(-((x - 0.345) ** 2 + (y - 0.68) ** 2) / 0.06)[..., None]
    noise = cv2.GaussianBlur(np.random.default_rng(1).normal(0, 1, (SIZE, SIZE)).astype(np.float32), (0, 0), 0.8)
    count = round(LENGTH * RATE)
    for number in range(count):
        time = number / RATE
        flicker = np.float32(0.05 * np.sin(11 * time) * np.sin(4.3 * time) + 0.03 * np.sin(6.1 * time))
        away = toned(street.light(time)).astype(np.float32) ** 2
        away = cv2.resize(away, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)
        light = near + flame * flicker + away * behind + steam.light(time)[..., None] * np.float32(0.16)
        picture = np.sqrt(np.maximum(light, 0)) + np.float32(0.008) * noise[..., None]
        pixels = (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
        yield nearer(pixels, 1.0 + 0.04 * number / count, 0.6, 0.7)


def make() -> None:
    path = MEDIA / "footage.mp4"
    print(f"{path.name}: {encode(frames(*cafe.paint(SIZE, SAMPLES)), path, SIZE, SIZE, 23) / 1000:.0f} kB")
    print(f"portrait.jpg: {portrait.write(MEDIA / 'portrait.jpg') / 1000:.0f} kB")
    print(instruments.write(testimonial_score.mix(), MEDIA / "bed.m4a"))


if __name__ == "__main__":
    MEDIA.mkdir(parents=True, exist_ok=True)
    make()
