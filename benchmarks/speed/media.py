"""The photograph and the clip of the scenes: made once on each machine, the same everywhere, kept between runs."""

import os
import subprocess
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np

from renderer.order import BUILT_IN

CLIP_SECONDS = 30


def cache() -> Path:
    """Outside of the repository: also the peers' environments live there."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "clipyard-bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def photograph() -> Path:
    """3000x2000: a picture of tiles, arches and water, with the grain of a sensor at its full resolution."""
    path = cache() / "photograph-1.jpg"
    if not path.exists():
        picture = cv2.imread(str(BUILT_IN / "media/travel-list/madrasah.jpg"))
        assert picture is not None
        left = (picture.shape[1] - picture.shape[0] * 3 // 2) // 2
        cropped = picture[:, left : left + picture.shape[0] * 3 // 2]
        large = cv2.resize(cropped, (3000, 2000), interpolation=cv2.INTER_LANCZOS4)
        grainy = large + np.random.default_rng(11).normal(0, 5, large.shape)
        _write(path, cv2.imencode(".jpg", np.clip(grainy, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 92])[1])
    return path


def clip() -> Path:
    """1920x1080 at 30 frames a second, H.264: a hand-held look around the photograph, with moving grain."""
    path = cache() / "clip-1.mp4"
    if not path.exists():
        part = path.with_suffix(".part.mp4")
        sway = "crop=1920:1080:x='540+500*sin(t/3)':y='460+300*sin(t/4.7)+4*sin(5*t)'"
        once = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"
        moving = f"{once},loop=-1:1,setpts=N/30/TB,{sway},noise=alls=7:allf=t"
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-framerate", "30", "-i", str(photograph())]
        command += ["-vf", moving, "-t", str(CLIP_SECONDS), "-c:v", "libx264", "-preset", "veryfast", "-crf", "22"]
        command += ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]
        subprocess.run([*command, "-threads", "4", str(part)], check=True)
        part.replace(path)
    return path


def _write(path: Path, content: np.ndarray) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(content.tobytes())
    part.replace(path)
