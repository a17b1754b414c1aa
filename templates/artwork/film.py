"""Frames into an H.264 film, and the things that move in them: shadows of leaves, dust, lights out of focus, steam."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
import skia

from templates.artwork.finish import Grade, bloomed, graded, toned

RATE = 30


def encode(frames: Iterable[np.ndarray], path: Path, width: int, height: int, quality: int) -> int:
    """Writes RGB frames as H.264 with a constant quality; returns the file's size in bytes."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24",
        "-s", f"{width}x{height}", "-r", str(RATE), "-i", "-", "-an", "-c:v", "libx264", "-preset", "slow",
        "-crf", str(quality), "-pix_fmt", "yuv420p", "-colorspace", "bt709", "-color_primaries", "bt709",
        "-color_trc", "bt709", "-vf", "scale=out_color_matrix=bt709:out_range=tv", "-movflags", "+faststart", str(path),
    ]  # fmt: skip
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin
        for frame in frames:
            process.stdin.write(frame.tobytes())
    assert process.returncode == 0
    return path.stat().st_size


def developed(light: np.ndarray, grade: Grade) -> np.ndarray:
    """Linear light as display values of 0 to 1, float32."""
    picture = toned(bloomed(light * grade.exposure, grade.bloom)).astype(np.float32)
    return np.clip(graded(picture, grade), 0, 1).astype(np.float32)


def settled(light: np.ndarray) -> np.ndarray:
    """Without the single bright dots that chance left."""
    grey = light.mean(axis=-1).astype(np.float32)
    usual = cv2.medianBlur(grey, 5)
    return light * np.minimum(1.0, (1.35 * usual + 0.02) / np.maximum(grey, 1e-4))[..., None]


def nearer(frame: np.ndarray, scale: float, x: float = 0.5, y: float = 0.5) -> np.ndarray:
    """The frame enlarged about a place, in shares of its sides."""
    height, width = frame.shape[:2]
    move = np.array([[scale, 0, x * width * (1 - scale)], [0, scale, y * height * (1 - scale)]], np.float32)
    return cv2.warpAffine(frame, move, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


class Branches:
    """Shadows of twigs that a light wind moves, each with its own time; drawn small, for they are soft."""

    def __init__(self, width: int, height: int, seed: int, count: int) -> None:
        self.width, self.height = width, height
        chance = np.random.default_rng(seed)
        self.twigs = [self._twig(chance) for _ in range(count)]

    def _twig(self, chance: np.random.Generator) -> tuple:
        long = self.height * chance.uniform(0.55, 0.95)
        path = skia.Path()
        for t in np.linspace(0.12, 1, 26):
            for side in (-1, 1):
                leaf = self.height * chance.uniform(0.055, 0.10) * (1.15 - 0.5 * t)
                turn = np.radians(side * chance.uniform(28, 70))
                x, y = long * t, 0.10 * long * np.sin(2.2 * t)
                tip = (x + leaf * np.cos(turn), y + leaf * np.sin(turn))
                across = (-0.24 * leaf * np.sin(turn), 0.24 * leaf * np.cos(turn))
                middle = ((x + tip[0]) / 2, (y + tip[1]) / 2)
                path.moveTo(x, y)
                path.quadTo(middle[0] + across[0], middle[1] + across[1], *tip)
                path.quadTo(middle[0] - across[0], middle[1] - across[1], x, y)
        root = (self.width * chance.uniform(-0.10, 0.85), self.height * chance.uniform(-0.35, -0.02))
        return path, root, chance.uniform(25, 80), chance.uniform(0, 6.28), chance.uniform(0.7, 1.3)

    def shade(self, time: float) -> np.ndarray:
        """How much of the sun arrives, float32 (height, width)."""
        surface = skia.Surface(self.width, self.height)
        canvas = surface.getCanvas()
        canvas.clear(skia.ColorBLACK)
        paint = skia.Paint(AntiAlias=True, Color=skia.ColorWHITE)
        for path, root, angle, phase, pace in self.twigs:
            canvas.save()
            canvas.translate(*root)
            canvas.rotate(
                angle + 2.6 * np.sin(1.15 * pace * time + phase) + 1.0 * np.sin(2.9 * pace * time + 2 * phase)
            )
            canvas.drawPath(path, paint)
            canvas.restore()
        cover = surface.makeImageSnapshot().toarray()[..., 0].astype(np.float32) / 255
        return 1.0 - cv2.GaussianBlur(cover, (0, 0), self.height * 0.010)


class Motes:
    """Soft bright dots that drift: dust in a beam."""

    def __init__(self, width: int, height: int, count: int, seed: int) -> None:
        chance = np.random.default_rng(seed)
        self.width, self.height = width, height
        self.rows = chance.random((count, 6))

    def light(self, time: float) -> np.ndarray:
        """Added light, float32 (height, width)."""
        out = np.zeros((self.height, self.width), np.float32)
        for x, y, size, phase, pace, strength in self.rows:
            px = (x + 0.010 * (pace - 0.3) * time + 0.006 * np.sin(0.9 * time + 6.3 * phase)) % 1.0
            py = (y - 0.008 * pace * time + 0.006 * np.cos(0.7 * time + 6.3 * phase)) % 1.0
            radius = self.width * (0.0007 + 0.0026 * size**3)
            glow = strength * (0.6 + 0.4 * np.sin(1.7 * time + 9 * phase)) / (1 + 5 * size**3)
            place = (round(px * self.width * 8), round(py * self.height * 8))
            cv2.circle(out, place, max(round(radius * 8), 8), float(glow), -1, cv2.LINE_AA, 3)
        return cv2.GaussianBlur(out, (0, 0), self.width * 0.0009)
