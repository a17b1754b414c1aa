"""Sources for cuts: every picture carries its number, every stretch of sound can be found again."""

import subprocess
from functools import cache
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from renderer.media.info import RATE
from tests.renderer.filming import heard, run_ffmpeg

WIDTH, HEIGHT, FPS, PICTURES = 192, 108, 30, 150
SECONDS = PICTURES // FPS
H264 = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "30"]
AAC = ["-c:a", "aac", "-b:a", "128k"]
_SETS = "-x264-params"
COPIED: dict[str, list[object]] = {
    "plain.mp4": [*H264, *AAC],
    "many-references.mp4": [*H264, "-preset", "slow", "-bf", 8, "-refs", 6, *AAC],
    "baseline.mp4": [*H264, "-profile:v", "baseline", *AAC],
    "cavlc-of-slices-with-delimiters.mp4": [*H264, _SETS, "cabac=0:slices=3:aud=1:keyint=30", *AAC],
    "sets-in-packets.mp4": [*H264, _SETS, "repeat-headers=1:sps-id=1:keyint=30", *AAC],
    "broadcast.ts": [*H264, *AAC],
    "matroska.mkv": [*H264, *AAC],
    "flash.flv": [*H264, *AAC, "-ar", 44100],
    "in-pieces.mp4": [*H264, *AAC, "-movflags", "frag_keyframe+empty_moov"],
    "full-range.mp4": [*H264, "-vf", "scale=out_range=pc", "-pix_fmt", "yuvj420p", *AAC],
    "wide-pixels.mp4": [*H264, "-vf", "setsar=4/3", *AAC],
    "surround.mp4": [*H264, "-af", "pan=5.1|FL=c0|FR=c1|FC=c0|LFE=c0|BL=c0|BR=c1", *AAC],
    "other-sound.mkv": [*H264, "-c:a", "libopus"],
}
ENCODED: dict[str, tuple[list[object], str]] = {
    "ten-bits.mp4": ([*H264, "-pix_fmt", "yuv420p10le", *AAC], "8-bit"),
    "hevc.mp4": (["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error", *AAC], "not H.264"),
    "fields.mp4": ([*H264, "-flags", "+ilme+ildct", _SETS, "tff=1:keyint=30", *AAC], "interlaced"),
    "vp9.webm": (["-c:v", "libvpx-vp9", "-cpu-used", 8, "-deadline", "realtime", "-c:a", "libopus"], "not H.264"),
    "refreshed-by-parts.mp4": ([*H264, _SETS, "intra-refresh=1:keyint=30", *AAC], "can be decoded"),
}
"""With a word of the reason why."""

_BITS, _CELL = 8, WIDTH // 10


@cache
def _pictures() -> bytes:
    """A waving ground and, above it, the number in black and white cells."""
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH]
    planes = np.full((PICTURES, HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
    for number in range(PICTURES):
        waves = np.sin((across + 3 * number) / 17) + np.cos((down - 2 * number) / 13)
        planes[number, :HEIGHT] = 110 + 40 * waves
        for bit in range(_BITS):
            cell = slice((bit + 1) * _CELL, (bit + 2) * _CELL - 2)
            planes[number, 4:22, cell] = 235 if number >> bit & 1 else 16
    return planes.tobytes()


@cache
def sound() -> NDArray[np.float32]:
    """Noise, that looks like nothing else of itself, and a click every half second; both channels alike."""
    noise = np.random.default_rng(7).standard_normal(SECONDS * RATE + 11)
    mono = np.convolve(noise, np.ones(12) / 12, "valid") * 0.3
    mono[:: RATE // 2] = 0.9
    return np.stack([mono, mono], axis=1).astype(np.float32)


def source(path: Path, *options: object, silent: bool = False) -> Path:
    """Pictures and sound coded as the options say."""
    raw, heard_raw = path.with_suffix(".yuv"), path.with_suffix(".f32")
    raw.write_bytes(_pictures())
    sound().tofile(heard_raw)
    size = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{WIDTH}x{HEIGHT}", "-r", FPS, "-i", raw]
    listened = [] if silent else ["-f", "f32le", "-ar", RATE, "-ch_layout", "stereo", "-i", heard_raw]
    run_ffmpeg(*size, *listened, *options, path)
    raw.unlink()
    heard_raw.unlink()
    return path


def numbers(path: Path) -> list[int]:
    """Of the pictures, in the order in which a decoder that is not ours shows them."""
    decoded = _decoded(path, "-f", "rawvideo", "-vf", f"scale={WIDTH}:{HEIGHT}", "-pix_fmt", "gray")
    pictures = np.frombuffer(decoded, np.uint8).reshape(-1, HEIGHT, WIDTH)
    middles = [(bit + 1) * _CELL + _CELL // 2 - 1 for bit in range(_BITS)]
    lit = pictures[:, 10:16, :][:, :, middles].mean(axis=1) > 125
    return [int(sum(int(on) << bit for bit, on in enumerate(row))) for row in lit]


def prints(path: Path) -> list[str]:
    """Of every picture, by all of its pixels."""
    lines = _decoded(path, "-f", "framemd5").decode().splitlines()
    return [line.rpartition(",")[2].strip() for line in lines if not line.startswith("#")]


def _decoded(path: Path, *to: str) -> bytes:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-nostdin", "-noautorotate", "-i", str(path)]
    command += ["-map", "0:v", "-fps_mode", "passthrough", *to, "-"]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout


def places(path: Path, *moments: float) -> list[int]:
    """Where in `sound` a hundredth of a second begins that is heard at these seconds of a file."""
    samples, size = heard(path)[:, 0], 1 << 18
    whole = np.fft.rfft(sound()[:, 0], size)
    pieces = (samples[round(moment * RATE) :][:4096] for moment in moments)
    return [int(np.argmax(np.fft.irfft(whole * np.conj(np.fft.rfft(piece, size))))) for piece in pieces]
