"""What each tool takes beside the bare command that a careful engineer would write for it, in one run.

    python -m benchmarks.tools [--seconds 20] [--pairs 5] [--only gif,thumbnail]

Both are processes of their own that start from nothing: ours is the media child, Python that looks at the file, starts
ffmpeg (or asks Pillow), and looks at what came out; the other is ffmpeg (or Python with Pillow) alone, with the same
codecs at the same quality. They take turns. Required: at most 1.15 times as long and 0.3 s, by the medians; on a busy
machine the seconds of processors say more.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import imageio_ffmpeg

from app.tools import TOOLS, from_form
from workers.media.orders import UseTools, encode

FACTOR, CONSTANT_S = 1.15, 0.3

_X264 = "-c:v libx264 -preset veryfast -crf 20 -pix_fmt yuv420p -threads 4"
_VP9 = "-c:v libvpx-vp9 -deadline good -cpu-used 5 -row-mt 1 -crf 31 -b:v 0 -threads 4"
_OPUS = "-c:a libopus -b:a 160k"
_AAC = "-c:a aac -aac_coder fast -b:a 192k"
_GIF = (
    "fps=15,scale=480:-2:flags=lanczos,split[a][b];[a]palettegen=stats_mode=diff[p];"
    "[b][p]paletteuse=dither=sierra2_4a:diff_mode=rectangle"
)


class Case(NamedTuple):
    """`bare`: the arguments of ffmpeg, or a line of Python for Pillow; {source} and {out} are the files."""

    tool: str
    source: str
    fields: dict[str, str]
    bare: str
    out: str


_CASES = [
    Case("convert", "a.mp4", {"outputFormat": "mkv"}, "-i {source} -c copy {out}", "a.mkv"),
    Case("convert", "a.mp4", {"outputFormat": "webm"}, f"-i {{source}} {_VP9} {_OPUS} {{out}}", "a.webm"),
    Case(
        "compress", "a.mp4", {},
        "-i {source} -c:v libx264 -crf 28 -threads 4 -c:a aac -b:a 96k -movflags +faststart {out}", "a.mp4",
    ),
    Case(
        "compress", "a.mp4", {"targetMb": "2"},
        "-i {source} -c:v libx264 -b:v {rate} -threads 4 -pass 1 -passlogfile {log} -an -f null - && "
        "-i {source} -c:v libx264 -b:v {rate} -threads 4 -pass 2 -passlogfile {log} -c:a aac -b:a 76k {out}",
        "a.mp4",
    ),
    Case("extract-audio", "a.mp4", {}, "-i {source} -vn -c:a libmp3lame -q:a 2 {out}", "a.mp3"),
    Case("gif", "a.mp4", {"startTime": "2", "duration": "5"}, f"-ss 2 -t 5 -i {{source}} -vf {_GIF} {{out}}", "a.gif"),
    Case("thumbnail", "a.mp4", {"timestamp": "3"}, "-ss 3 -i {source} -frames:v 1 -q:v 2 {out}", "a.jpg"),
    Case(
        "trim-video", "a.mp4", {"startTime": "3", "endTime": "9"},
        f"-ss 3 -t 6 -i {{source}} {_X264} {_AAC} -movflags +faststart {{out}}", "a.mp4",
    ),
    Case(
        "resize-video", "a.mp4", {"width": "1280", "height": "720"},
        f"-i {{source}} -vf scale=1280:720:flags=lanczos {_X264} -c:a copy -movflags +faststart {{out}}", "a.mp4",
    ),
    Case("rotate-video", "a.mp4", {"rotation": "90"}, "-display_rotation -90 -i {source} -c copy {out}", "a.mp4"),
    Case(
        "rotate-video", "a.mkv", {"rotation": "90"},
        f"-i {{source}} -vf transpose=clock {_X264} -c:a copy {{out}}", "a.mkv",
    ),
    Case("remove-audio", "a.mp4", {}, "-i {source} -an -c:v copy {out}", "a.mp4"),
    Case(
        "video-speed", "a.mp4", {"speed": "2"},
        f"-i {{source}} -vf setpts=PTS/2,fps=30 -af atempo=2 {_X264} {_AAC} -movflags +faststart {{out}}", "a.mp4",
    ),
    Case("audio-converter", "a.wav", {"outputFormat": "mp3"}, "-i {source} -c:a libmp3lame -q:a 2 {out}", "a.mp3"),
    Case(
        "trim-audio", "a.mp3", {"startTime": "2", "endTime": "10"},
        "-ss 2 -t 8 -i {source} -c:a libmp3lame -q:a 2 {out}", "a.mp3",
    ),
    Case("image-converter", "a.jpg", {"outputFormat": "webp"}, "save({out!r}, quality=90)", "a.webp"),
    Case("resize-image", "a.jpg", {"width": "1280"}, "resize((1280, 960), 1).save({out!r}, quality=92)", "a.jpg"),
    Case("compress-image", "a.jpg", {}, "save({out!r}, quality=75, optimize=True, progressive=True)", "a.jpg"),
    Case(
        "normalize-loudness", "a.mp4", {},
        "-i {source} -vn -af loudnorm=print_format=json -f null - && "
        f"-i {{source}} -c:v copy -af loudnorm=I=-14:linear=true -ar 48000 {_AAC} {{out}}", "a.mp4",
    ),
]  # fmt: skip


def make_media(folder: Path, seconds: int) -> None:
    """720p at 30 frames a second that is as hard to code as a film, music, and a photograph of 12 megapixels."""
    picture = f"testsrc2=s=1280x720:r=30:d={seconds},noise=alls=1:allf=t"
    tune = f"aevalsrc=0.3*sin(440*t*2*PI)*sin(t)|0.3*sin(550*t*2*PI)*cos(t):d={seconds}:s=48000"
    coded = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    ffmpeg(["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", tune, *coded, folder / "a.mp4"])
    ffmpeg(["-i", folder / "a.mp4", "-c", "copy", folder / "a.mkv"])
    for name in ("a.wav", "a.mp3"):
        ffmpeg(["-stream_loop", "9", "-i", folder / "a.mp4", "-vn", folder / name])
    photo = "testsrc2=s=4000x3000:d=1,noise=alls=12"
    ffmpeg(["-f", "lavfi", "-i", photo, "-frames:v", "1", "-q:v", "2", "-update", "1", folder / "a.jpg"])


def ffmpeg(arguments: Sequence[object]) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-nostdin", "-loglevel", "error", *map(str, arguments)]
    subprocess.run(command, check=True)


def ours(case: Case, folder: Path) -> None:
    steps = (from_form(TOOLS[case.tool], case.fields),)
    order = UseTools(source=folder / case.source, out=folder / "ours", steps=steps)
    (folder / "order.json").write_bytes(encode(order))
    command = [sys.executable, "-m", "workers.media", str(folder / "order.json")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def bare(case: Case, folder: Path, seconds: int) -> None:
    source, out = folder / case.source, folder / f"bare-{case.out}"
    if case.source.endswith(".jpg"):
        line = case.bare.format(out=str(out))
        program = f"from PIL import Image; Image.open({str(source)!r}).{line}"
        subprocess.run([sys.executable, "-c", program], check=True)
        return
    rate = int(float(case.fields.get("targetMb", 0)) * 8e6 * 0.9 / seconds)
    for command in case.bare.split(" && "):
        ffmpeg([part.format(source=source, out=out, log=folder / "log", rate=rate) for part in command.split()])


class Spent(NamedTuple):
    """Seconds by the clock, and of processors."""

    wall: float
    cpu: float


def spent(act: Callable[[], None]) -> Spent:
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    act()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(time.perf_counter() - started, cpu)


def measured(case: Case, folder: Path, seconds: int, pairs: int) -> tuple[Spent, Spent]:
    """Medians of ours and of the bare command."""
    times = [(spent(lambda: ours(case, folder)), spent(lambda: bare(case, folder, seconds))) for _ in range(pairs)]
    first, second = (Spent(*map(statistics.median, zip(*side, strict=True))) for side in zip(*times, strict=True))
    return first, second


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    wanted = given.only.split(",") if given.only else [case.tool for case in _CASES]
    failed = 0
    print(f"{'tool':20} {'from':6} {'to':7} {'ours':>8} {'bare':>8} {'allowed':>8}   of processors")
    with TemporaryDirectory(prefix="clipyard-bench-") as scratch:
        folder = Path(scratch)
        make_media(folder, given.seconds)
        for case in _CASES:
            if case.tool not in wanted:
                continue
            took, alone = measured(case, folder, given.seconds, given.pairs)
            allowed = FACTOR * alone.wall + CONSTANT_S
            failed += took.wall > allowed
            name = f"{case.tool:20} {case.source:6} {case.out:7}"
            verdict = "" if took.wall <= allowed else "  too long"
            cpu = f"{took.cpu:6.2f}s {alone.cpu:6.2f}s"
            print(f"{name} {took.wall:7.2f}s {alone.wall:7.2f}s {allowed:7.2f}s  {cpu}{verdict}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
