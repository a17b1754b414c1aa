"""Waves of thick paper, one over the other: each with a rolled lip, a lit rim and a soft shadow on what lies below."""

from typing import NamedTuple

import cv2
import numpy as np

from templates.artwork.finish import grained

Color = tuple[float, float, float]  # display values, 0..1
LIGHT = (-0.5, -0.87)  # where it comes from, in the picture


class Wave(NamedTuple):
    """One sheet. Its edge runs at `angle` degrees and `offset` from the middle of a square frame of size 1.

    swings: (height, length, phase) of the sines that make the edge
    lip: how wide the rolled edge is; foil: whether it is gilt; glint: how brightly the cut catches the light
    """

    offset: float
    angle: float
    swings: tuple[tuple[float, float, float], ...]
    rim: Color
    base: Color
    deep: Color
    lip: float = 0.05
    foil: bool = False
    glint: float = 0.55


def color_of(text: str) -> Color:
    red, green, blue = bytes.fromhex(text.lstrip("#"))
    return red / 255, green / 255, blue / 255


def mixed(a: np.ndarray | Color, b: np.ndarray | Color, t: np.ndarray) -> np.ndarray:
    a, b = np.asarray(a, np.float32), np.asarray(b, np.float32)
    return a + (b - a) * t[..., None]


def smooth(low: float, high: float, x: np.ndarray) -> np.ndarray:
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def inside(wave: Wave, size: int, frame: int) -> tuple[np.ndarray, np.ndarray]:
    """Of every pixel: how far it lies within the sheet, and where along its edge (shares of the frame)."""
    y, x = (np.mgrid[0:size, 0:size].astype(np.float32) + 0.5 - size / 2) / frame
    turn = np.radians(wave.angle)
    along, across = x * np.cos(turn) + y * np.sin(turn), -x * np.sin(turn) + y * np.cos(turn)
    edge, slope = np.full_like(along, wave.offset), np.zeros_like(along)
    for height, length, phase in wave.swings:
        edge += height * np.sin(2 * np.pi * (along / length + phase))
        slope += height * 2 * np.pi / length * np.cos(2 * np.pi * (along / length + phase))
    return (across - edge) / np.sqrt(1 + slope**2), along


def gilt(along: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Gold foil: bands of a bright room mirrored in a bent strip."""
    shine = 0.5 + 0.5 * np.sin(along * 23 + 5 * np.sin(along * 7) + depth * 60)
    shine = 0.55 * shine + 0.45 * (0.5 + 0.5 * np.sin(along * 61 - depth * 90)) * shine
    return mixed(mixed(color_of("#7A3A08"), color_of("#F2A93B"), smooth(0.0, 0.55, shine)), color_of("#FFF3CC"),
                 smooth(0.55, 0.95, shine))  # fmt: skip


def surface(wave: Wave, size: int, frame: int) -> tuple[np.ndarray, np.ndarray]:
    """Colour and cover of the sheet alone."""
    depth, along = inside(wave, size, frame)
    roll = depth / wave.lip
    bulge = np.sin(np.pi * np.clip(roll, 0, 1) ** 0.7)  # the lip turns to the light, then away from it
    color = mixed(wave.base, wave.deep, smooth(0.02, 0.42, depth))
    color = mixed(color, wave.rim, 0.85 * bulge * (0.75 + 0.25 * np.sin(along * 9 + 1)))
    color *= (1 - 0.16 * np.exp(-(((roll - 0.98) / 0.35) ** 2)))[..., None]  # the crease behind the lip
    if wave.foil:
        color = mixed(color, gilt(along, depth), smooth(0.017, 0.0145, depth))
    pixel = 1 / frame
    glint = np.exp(-(((depth - 1.6 * pixel) / (1.5 * pixel)) ** 2))
    color = mixed(color, (1.0, 0.97, 0.93), wave.glint * glint)
    return color, smooth(-0.6 * pixel, 0.6 * pixel, depth)


def shadow(cover: np.ndarray, frame: int) -> np.ndarray:
    """What the sheet takes from the light below it: a close dark edge and a wide soft one."""
    out = np.zeros_like(cover)
    for blur, away, share in ((0.006, 0.006, 0.34), (0.022, 0.022, 0.34), (0.055, 0.05, 0.28)):
        move = np.float32([[1, 0, -LIGHT[0] * away * frame], [0, 1, -LIGHT[1] * away * frame]])
        moved = cv2.warpAffine(cover, move, cover.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
        out = 1 - (1 - out) * (1 - share * cv2.GaussianBlur(moved, (0, 0), blur * frame))
    return out


def cut(wave: Wave, size: int, frame: int, dark: Color) -> np.ndarray:
    """The sheet with its shadow, in a square round the frame: float32 RGBA, not premultiplied."""
    color, cover = surface(wave, size, frame)
    shade = shadow(cover, frame) * (1 - cover)
    alpha = cover + shade
    weight = (cover / np.maximum(alpha, 1e-4))[..., None]
    return np.dstack([color * weight + np.asarray(dark, np.float32) * (1 - weight), alpha])


def paper(picture: np.ndarray, seed: int) -> np.ndarray:
    """Fibres and grain."""
    noise = np.random.default_rng(seed).normal(0, 1, picture.shape[:2]).astype(np.float32)
    fibres = cv2.GaussianBlur(noise, (0, 0), 1.1) * 2.2 + cv2.GaussianBlur(noise, (0, 0), 5) * 4
    return grained(picture * (1 + 0.010 * fibres[..., None]), 0.008, seed)
