"""How much sooner a clip is there when its pictures are copied, and how often they can be.

    python -m benchmarks.smart_cut [--seconds 300] [--pairs 3] [--folder FILES]

Measured: a 1080p H.264/AAC file is cut by the media child, as a worker starts it, and by one ffmpeg that encodes with
our own settings, in turn. Required: at least ten times as fast. Then a few awkward sources, and every video in a
folder, are cut in their middle: which of them were copied, and why the others were not.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import imageio_ffmpeg
import msgspec

from app.clips import Clip, Segment
from renderer.errors import RenderError
from renderer.media.probe import probe
from tests.renderer.filming import run_ffmpeg
from tests.workers.media.sources import AAC, COPIED, ENCODED, source
from workers.media.cut import cut
from workers.media.orders import Cut, encode

REQUIRED = 10.0
LOOP_S = 24  # of pictures that are made; the rest repeats them
KEY_FRAMES = ["-g", "250", "-sc_threshold", "0"]  # as far apart as x264 sets them, which is the worst that is usual
START_S = 4.2  # in the middle between two of them


def long_source(folder: Path, seconds: float) -> Path:
    piece, whole = folder / "piece.mp4", folder / "whole.mp4"
    pictures = ["-f", "lavfi", "-i", f"testsrc2=s=1920x1080:r=30:d={LOOP_S},noise=alls=6:allf=t"]
    sound = ["-f", "lavfi", "-i", f"anoisesrc=d={LOOP_S}:c=pink:r=48000:a=0.3"]
    coded = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", *KEY_FRAMES, "-pix_fmt", "yuv420p"]
    run_ffmpeg(*pictures, *sound, *coded, *AAC, piece)
    run_ffmpeg("-stream_loop", int((seconds + START_S) // LOOP_S) + 1, "-i", piece, "-c", "copy", whole)
    return whole


def by_us(path: Path, seconds: float, out: Path) -> float:
    order = Cut(source=path, out=out, clip=Clip(segments=(Segment(start=START_S, end=START_S + seconds),)))
    file = out.with_suffix(".json")
    file.write_bytes(encode(order))
    started = time.perf_counter()
    told = subprocess.run([sys.executable, "-m", "workers.media", str(file)], stdout=subprocess.PIPE, check=True).stdout
    took = time.perf_counter() - started
    made = msgspec.json.decode(told.splitlines()[-1])["result"]
    if made["method"] != "smart":
        raise SystemExit(f"this was to be copied: {made['reason']}")
    print(f"  copied {made['copied']:.1%} of the pictures in {took:.2f} s")
    return took


def by_ffmpeg(path: Path, seconds: float, out: Path) -> float:
    range_ = ["-ss", str(START_S), "-t", str(seconds), "-i", str(path)]
    coded = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-c:a", "aac", "-b:a", "192k"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", "-nostdin", *range_, *coded]
    started = time.perf_counter()
    subprocess.run([*command, "-movflags", "+faststart", str(out)], check=True)
    took = time.perf_counter() - started
    print(f"  ffmpeg encoded in {took:.2f} s")
    return took


def measured(folder: Path, seconds: float, pairs: int) -> bool:
    path = long_source(folder, seconds)
    print(f"{seconds:g} s out of a 1080p30 H.264/AAC file of {path.stat().st_size / 1e6:.0f} MB")
    ours, theirs = [], []
    for _ in range(pairs):
        ours.append(by_us(path, seconds, folder / "ours.mp4"))
        theirs.append(by_ffmpeg(path, seconds, folder / "theirs.mp4"))
    ratio = statistics.median(theirs) / statistics.median(ours)
    print(f"{ratio:.1f} times as fast as encoding, required {REQUIRED:g}: {'yes' if ratio >= REQUIRED else 'NO'}")
    return ratio >= REQUIRED


def awkward(folder: Path) -> Iterator[Path]:
    for name, options in COPIED.items():
        yield source(folder / name, *options)
    for name, (coded, _) in ENCODED.items():
        yield source(folder / name, *coded)


def shares(title: str, paths: Iterator[Path], out: Path) -> None:
    copied = cut_in_all = 0
    for path in paths:
        said = _said(path, out)
        if said is None:
            continue
        cut_in_all += 1
        copied += said.startswith("copied")
        print(f"  {path.name:36} {said}")
    if cut_in_all:
        print(f"{title}: {copied} of {cut_in_all} copied ({copied / cut_in_all:.0%})")


def _said(path: Path, out: Path) -> str | None:
    """How the middle of a video was cut; None for what is no video."""
    try:
        info = probe(path)
        if not info.has_video:
            return None
        clip = Clip(segments=(Segment(start=info.duration * 0.3, end=info.duration * 0.7),))
        made = cut(Cut(source=path, out=out, clip=clip), lambda share: None, lambda: False)
    except RenderError as error:
        return f"refused: {error.message}"
    return f"copied {made.copied:.0%}" if made.method == "smart" else made.reason


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with TemporaryDirectory(prefix="clipyard-bench-") as name:
        folder = Path(name)
        quick = measured(folder, given.seconds, given.pairs)
        shares("awkward sources", awkward(folder), folder / "clip.mp4")
        if given.folder:
            files = (path for path in sorted(given.folder.rglob("*")) if path.is_file())
            shares(str(given.folder), files, folder / "clip.mp4")
    sys.exit(0 if quick else 1)


if __name__ == "__main__":
    main()
