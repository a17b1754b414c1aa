"""Colours computed apart from the renderer: patches, how far two of them look apart, and films made of them.

A colour is three numbers from 0 to 1: sRGB codes, or the light that they stand for.
"""

import struct
import subprocess
from pathlib import Path
from typing import NamedTuple

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]
Primaries = tuple[tuple[float, float], ...]

# The 24 fields of the usual colour chart in sRGB, the corners of the cube, and greys.
_CHART = """
735244 c29682 627a9d 576c43 8580b1 67bdaa d67e2c 505ba6 c15a63 5e3c6c 9dbc40 e0a32e
383d96 469449 af363c e7c71f bb5695 0885a1 f3f3f2 c8c8c8 a0a0a0 7a7a79 555555 343434
000000 ff0000 00ff00 0000ff ffff00 00ffff ff00ff ffffff 101010 404040 808080 c0c0c0
"""
PATCHES = np.array([list(bytes.fromhex(patch)) for patch in _CHART.split()]) / 255
ROWS, COLUMNS = 6, 6

BT709 = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
NTSC = ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070))
PAL = ((0.640, 0.330), (0.290, 0.600), (0.150, 0.060))
BT2020 = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
_WHITE = (0.3127, 0.3290)

LUMA = {"smpte170m": (0.299, 0.114), "bt709": (0.2126, 0.0722), "bt2020nc": (0.2627, 0.0593)}


class Tags(NamedTuple):
    """What a film says of its colours, in ffmpeg's words."""

    matrix: str = "bt709"
    primaries: str = "bt709"
    transfer: str = "bt709"
    full: bool = False
    depth: int = 8


def light(codes: Floats) -> Floats:
    return np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)


def codes(light: Floats) -> Floats:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def to_xyz(primaries: Primaries = BT709) -> Floats:
    """The matrix from light of these primaries to CIE XYZ; the white is D65."""
    columns = np.array([[x, y, 1 - x - y] for x, y in primaries]).T
    white = np.array([_WHITE[0], _WHITE[1], 1 - sum(_WHITE)]) / _WHITE[1]
    return columns * (np.linalg.inv(columns) @ white)


def exchanged(colours: Floats, old: Primaries, new: Primaries) -> Floats:
    """Light of some primaries as light of others; what these cannot show is clipped."""
    return (colours @ (np.linalg.inv(to_xyz(new)) @ to_xyz(old)).T).clip(0, 1)


def pq(nits: Floats) -> Floats:
    """SMPTE ST 2084."""
    power = (np.maximum(nits, 0) / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def hlg(nits: Floats) -> Floats:
    """ARIB STD-B67 as a display of 1000 cd/m² shows it; BT.2020 light of the display (n, 3)."""
    shown = np.maximum(nits, 0) / 1000
    luminance = shown @ np.array([0.2627, 0.6780, 0.0593])
    scene = shown * np.maximum(luminance, 1e-9)[:, np.newaxis] ** (1 / 1.2 - 1)
    bright = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), bright)


def lab(srgb: Floats) -> Floats:
    """CIE L*a*b* of sRGB codes."""
    xyz = light(srgb) @ to_xyz().T / to_xyz().sum(axis=1)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def apart(first: Floats, second: Floats) -> Floats:
    """CIEDE2000 of L*a*b* colours (CIE 142-2001); 1 is about what an eye can just tell."""
    (l1, a1, b1), (l2, a2, b2) = np.moveaxis(first, -1, 0), np.moveaxis(second, -1, 0)
    chroma7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    stretch = 1.5 - 0.5 * np.sqrt(chroma7 / (chroma7 + 25.0**7))
    c1, c2 = np.hypot(a1 * stretch, b1), np.hypot(a2 * stretch, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a * stretch)) % 360 for a, b in ((a1, b1), (a2, b2)))
    grey = c1 * c2 == 0
    turn = np.where(grey, 0, (h2 - h1 + 180) % 360 - 180)
    hue = np.where(grey, h1 + h2, (h1 + h2 + np.where(np.abs(h1 - h2) > 180, 360, 0)) / 2)
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2

    def cosine(times: float, offset: float) -> Floats:
        return np.asarray(np.cos(np.radians(times * hue + offset)))

    t = 1 - 0.17 * cosine(1, -30) + 0.24 * cosine(2, 0) + 0.32 * cosine(3, 6) - 0.20 * cosine(4, -63)
    light_part = (l2 - l1) / (1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2))
    chroma_part = (c2 - c1) / (1 + 0.045 * chroma)
    hue_part = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * chroma * t)
    blueness = np.exp(-(((hue - 275) / 25) ** 2))
    mixed = -np.sin(np.radians(60 * blueness)) * 2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    return np.sqrt(light_part**2 + chroma_part**2 + hue_part**2 + mixed * chroma_part * hue_part)


def painted(patches: Floats, size: tuple[int, int]) -> Floats:
    """A picture (h, w, 3) of ROWS x COLUMNS patches."""
    rows, columns = (np.arange(length) * count // length for length, count in ((size[1], ROWS), (size[0], COLUMNS)))
    return patches.reshape(ROWS, COLUMNS, -1)[rows][:, columns]


def worst(picture: Bytes, patches: Floats = PATCHES) -> float:
    """How far the patch that is most wrong, in RGB (h, w, 3), looks from what it should be."""
    height, width = picture.shape[:2]
    rows, columns = (np.arange(count) * 2 + 1 for count in (ROWS, COLUMNS))
    middles = picture[rows * height // (2 * ROWS)][:, columns * width // (2 * COLUMNS)].reshape(-1, 3)
    return float(apart(lab(middles / 255), lab(patches)).max())


def film_of(picture: Floats, path: Path, tags: Tags, *options: str, count: int = 3) -> Path:
    """A film of a still picture: codes (h, w, 3) of the film's own RGB, by the sums of the recommendations."""
    kr, kb = LUMA[tags.matrix]
    luma = picture @ np.array([kr, 1 - kr - kb, kb])
    blue, red = (picture[..., 2] - luma) / (2 - 2 * kb), (picture[..., 0] - luma) / (2 - 2 * kr)
    top, unit = 2**tags.depth - 1, 2 ** (tags.depth - 8)
    black, span, colours = (0, top, top) if tags.full else (16 * unit, 219 * unit, 224 * unit)
    planes = [black + span * luma, *(128 * unit + colours * part[::2, ::2] for part in (blue, red))]
    words = np.concatenate([np.rint(plane).clip(0, top).ravel() for plane in planes])
    raw = words.astype("<u2" if tags.depth > 8 else np.uint8).tobytes() * count
    pixel_format = f"yuv420p{tags.depth}le" if tags.depth > 8 else "yuv420p"
    said = [*("-color_range", "pc" if tags.full else "tv"), *("-colorspace", tags.matrix)]
    said += ["-color_primaries", tags.primaries, "-color_trc", tags.transfer]
    shape = ["-pixel_format", pixel_format, "-video_size", f"{picture.shape[1]}x{picture.shape[0]}"]
    codec = options or ("-c:v", "libx264", "-qp", "0")
    _ffmpeg("-f", "rawvideo", *shape, "-framerate", "10", *said, "-i", "-", *codec, *said, path, data=raw)
    return path


def clear_film_of(rgba: Bytes, path: Path, *options: str) -> Path:
    """A film of a picture with straight alpha (h, w, 4)."""
    shape = ["-pixel_format", "rgba", "-video_size", f"{rgba.shape[1]}x{rgba.shape[0]}", "-framerate", "10"]
    _ffmpeg("-f", "rawvideo", *shape, "-i", "-", *options, path, data=rgba.tobytes() * 3)
    return path


def looked_at(path: Path, size: tuple[int, int]) -> Bytes:
    """RGB (frames, h, w, 3) of a film by its own tags, decoded by ffmpeg and converted by zimg."""
    exact = "zscale=matrix=gbr:range=full:filter=point,format=gbrp,format=rgb24"
    raw = _ffmpeg("-i", path, "-vf", exact, "-f", "rawvideo", "-")
    return np.frombuffer(raw, np.uint8).reshape(-1, size[1], size[0], 3)


def profile(primaries: Primaries, gamma: float) -> bytes:
    """An ICC profile (ICC.1:2010) of a display with these primaries, adapted to D50, and this gamma."""
    cone = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    d50 = np.array([0.9642, 1.0, 0.8249])
    scale = (cone @ d50) / (cone @ to_xyz().sum(axis=1))
    columns = (np.linalg.inv(cone) @ np.diag(scale) @ cone @ to_xyz(primaries)).T
    curve = struct.pack(">4sIIH", b"curv", 0, 1, round(gamma * 256)) + b"\0\0"
    text = b"wide"
    said = struct.pack(">4sII", b"desc", 0, len(text) + 1) + text + bytes(79)
    tags = {b"desc": said, b"cprt": struct.pack(">4sI", b"text", 0) + b"none\0\0\0\0", b"wtpt": _xyz(d50)}
    tags |= {b"rXYZ": _xyz(columns[0]), b"gXYZ": _xyz(columns[1]), b"bXYZ": _xyz(columns[2])}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    table, body, start = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, data in tags.items():
        data += bytes(-len(data) % 4)
        table += struct.pack(">4sII", name, start + len(body), len(data))
        body += data
    head = struct.pack(">I4sI4s4s4s12s4s", start + len(body), b"", 0x02400000, b"mntr", b"RGB ", b"XYZ ", b"", b"acsp")
    return head.ljust(68, b"\0") + _xyz(d50)[8:] + bytes(48) + table + body


def _xyz(values: Floats) -> bytes:
    return struct.pack(">4sIiii", b"XYZ ", 0, *(round(value * 65536) for value in values))


def _ffmpeg(*arguments: object, data: bytes | None = None) -> bytes:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", *map(str, arguments)]
    return subprocess.run(command, input=data or b"", stdout=subprocess.PIPE, check=True).stdout
