"""Media of a few kilobytes, as bytes: made once for a run."""

import subprocess
from functools import lru_cache

import imageio_ffmpeg

SRT = b"1\n00:00:00,500 --> 00:00:02,000\nHello there\n"


@lru_cache
def video(seconds: int = 32) -> bytes:
    """Tiny pictures under a tone."""
    pictures = f"testsrc2=size=64x36:rate=5:duration={seconds}"
    tone = f"sine=440:duration={seconds}"
    return made("-f", "lavfi", "-i", pictures, "-f", "lavfi", "-i", tone, "-c:v", "libx264", "-c:a", "aac", "mp4")


def made(*options: str) -> bytes:
    """The last of the options is the format."""
    fragments = ("-movflags", "frag_keyframe+empty_moov") if options[-1] == "mp4" else ()
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *options[:-1], *fragments, "-f", options[-1], "pipe:1"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
