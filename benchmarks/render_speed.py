"""How long a render takes against its bound: x264 alone, encoding the very same frames.

    python -m benchmarks.render_speed [--seconds 30] [--pairs 3]

The scene: a photograph under a slow zoom, a lower third that slides in and out, titles that fade; 1920x1080, 30
frames a second. The bound reads the frames, drawn beforehand, as I420 from a file in the page cache with the same
ffmpeg and the same options: no renderer that ends in this encoder can be faster. The two run in turn, so that
both see the same machine; medians are compared.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import cv2
import imageio_ffmpeg
import numpy as np

from renderer.composition import Composition
from renderer.encoding.ffmpeg import Output, arguments
from renderer.format.template import parse

WIDTH, HEIGHT, FPS = 1920, 1080, 30
RENDERER = [sys.executable, "-m", "renderer"]


def photograph(path: Path) -> None:
    """2560x1440: smooth light, hard edges and the grain of a sensor."""
    rng = np.random.default_rng(11)
    small = rng.uniform(30, 220, (9, 16, 3))
    picture = np.asarray(cv2.resize(small, (2560, 1440), interpolation=cv2.INTER_CUBIC))
    for _ in range(150):
        x, y, size = (int(rng.integers(0, top)) for top in (2560, 1440, 160))
        colour = tuple(int(level) for level in rng.integers(0, 255, 3))
        cv2.rectangle(picture, (x, y), (x + size, y + 2 * size // 3), colour, int(rng.integers(1, 9)))
    picture = picture + rng.normal(0, 6, picture.shape)
    cv2.imwrite(str(path), np.clip(picture, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 92])


def template(seconds: float) -> dict[str, Any]:
    zoom = [{"time": 0, "scale": 1}, {"time": seconds, "scale": 1.25, "easing": "ease-in-out"}]
    slide = [
        {"time": 0, "x": -900},
        {"time": 0.8, "x": 96, "easing": "ease-out-cubic"},
        {"time": seconds - 1, "x": 96},
        {"time": seconds - 0.3, "x": -900, "easing": "ease-in-cubic"},
    ]
    fade = [{"time": 0.4, "opacity": 0}, {"time": 1.2, "opacity": 1}]
    title = {"type": "text", "text": "A morning in the harbour", "font-size": 92, "font-weight": 700, "y": 120}
    box = {"type": "rectangle", "width": 760, "height": 150, "border-radius": 24, "background-color": "#101828d9"}
    name = {"type": "text", "text": "Marta Lindqvist", "font-size": 52, "x": 36, "y": 24}
    post = {"type": "text", "text": "Harbour master", "font-size": 34, "x": 36, "y": 90, "color": "#9ec5fe"}
    third = {"type": "group", "y": 850, "width": 760, "height": 150, "objects": [box, name, post]}
    objects = [
        {"type": "image", "src": "photo.jpg", "keyframes": zoom},
        {
            **title,
            "x": "50%",
            "anchor": "top",
            "text-align": "center",
            "shadow-blur": 12,
            "shadow-color": "#000a",
            "keyframes": fade,
        },
        {**third, "keyframes": slide},
    ]
    return {"width": WIDTH, "height": HEIGHT, "frame-rate": FPS, "scenes": [{"duration": seconds, "objects": objects}]}


def premade(raw: dict[str, Any], files: dict[str, Path], path: Path) -> None:
    planes = np.empty(WIDTH * HEIGHT * 3 // 2, np.uint8)
    with Composition(parse(raw), files) as composition, path.open("wb") as out:
        for frame in range(composition.timeline.frames):
            composition.film(frame, planes)
            out.write(planes.data)


def bound(frames: Path, out: Path) -> list[str]:
    wanted = Output(path=out, width=WIDTH, height=HEIGHT, fps=parse(template(1)).frame_rate)
    command = arguments(imageio_ffmpeg.get_ffmpeg_exe(), wanted)
    at = command.index("pipe:0")
    return [*command[: at - 3], "-i", f"file:{frames}", *command[at + 1 :]]


class Memory:
    """The highest resident size of a process, and of it and all its children together, in megabytes."""

    def __init__(self, pid: int) -> None:
        self.process = self.tree = 0.0
        self._pid = pid
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()

    def _look(self) -> None:
        while sizes := [size for pid in family(self._pid) if (size := resident(pid))]:
            self.process, self.tree = max(self.process, sizes[0]), max(self.tree, sum(sizes))
            time.sleep(0.02)


def family(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        for child in children:
            yield from family(int(child))


def resident(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


class Run(NamedTuple):
    wall: float
    processor: float
    memory: Memory


def timed(command: list[str]) -> Run:
    started, used = time.perf_counter(), processor_seconds()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        memory = Memory(process.pid)
    if process.returncode:
        raise SystemExit(f"{command} failed")
    return Run(time.perf_counter() - started, processor_seconds() - used, memory)


def processor_seconds() -> float:
    """Of all processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def still_server() -> Iterator[Callable[[dict[str, Any]], int]]:
    """A function that asks for a still and answers how many bytes came."""
    pipe = subprocess.PIPE
    with subprocess.Popen([*RENDERER, "--serve"], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as process:
        requests, answers = process.stdin, process.stdout
        assert requests
        assert answers

        def ask(request: dict[str, Any]) -> int:
            data = json.dumps(request).encode()
            requests.write(len(data).to_bytes(4) + data)
            requests.flush()
            header = json.loads(answers.read(int.from_bytes(answers.read(4))))
            return len(answers.read(header["bytes"]))

        yield ask
        requests.close()


def milliseconds(action: Callable[[int], object], times: int) -> float:
    taken = []
    for number in range(times):
        started = time.perf_counter()
        action(number)
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def stills(folder: Path, raw: dict[str, Any], files: dict[str, str]) -> list[tuple[str, str, str]]:
    (folder / "template.json").write_text(json.dumps(raw))
    command = [*RENDERER, "frame", str(folder / "template.json"), "--at", "2", "-o", str(folder / "still.jpg")]
    cold = milliseconds(lambda _: subprocess.run(command, check=True, stderr=subprocess.DEVNULL), 3)

    def edited(number: int) -> dict[str, Any]:
        changed = json.loads(json.dumps(raw))
        changed["scenes"][0]["objects"][1]["text"] = f"Edit number {number}"
        return {"template": changed, "files": files, "time": 2}

    with still_server() as ask:
        ask(edited(-1))
        same = milliseconds(lambda n: ask({"template": raw, "files": files, "time": n / 10}), 15)
        other = milliseconds(lambda n: ask(edited(n)), 15)
    return [
        ("still, cold process", f"{cold:.0f} ms", ""),
        ("still, warm, another time", f"{same:.0f} ms", "at most 60 ms"),
        ("still, warm, edited template", f"{other:.0f} ms", "at most 100 ms"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--pairs", type=int, default=3)
    given = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        photograph(folder / "photo.jpg")
        raw, files = template(given.seconds), {"photo.jpg": str(folder / "photo.jpg")}
        job = {"template": raw, "files": files, "out": str(folder / "out.mp4")}
        (folder / "job.json").write_text(json.dumps(job))
        premade(raw, {url: Path(path) for url, path in files.items()}, folder / "frames.i420")
        ours, bounds = [], []
        for _ in range(given.pairs):
            ours.append(timed([*RENDERER, "--job", str(folder / "job.json"), "--json"]))
            bounds.append(timed(bound(folder / "frames.i420", folder / "bound.mp4")))
        warm = stills(folder, raw, files)
    for what, value, note in [*speeds(ours, bounds, given.seconds * FPS), *warm]:
        print(f"{what:<32}{value:>10}   {note}")


def speeds(ours: list[Run], bounds: list[Run], frames: float) -> list[tuple[str, str, str]]:
    wall, least = (statistics.median(run.wall for run in runs) for runs in (ours, bounds))
    ratio = statistics.median(a.wall / b.wall for a, b in zip(ours, bounds, strict=True))
    work = statistics.median(a.processor / b.processor for a, b in zip(ours, bounds, strict=True))
    return [
        ("render, wall", f"{wall:.1f} s", f"{frames / wall:.0f} fps"),
        ("x264 alone, wall", f"{least:.1f} s", f"{frames / least:.0f} fps"),
        ("render / x264 alone, wall", f"{ratio:.2f}", "at most 2"),
        ("the same in processor time", f"{work:.2f}", "hardly depends on what else the machine does"),
        ("memory, Python", f"{max(run.memory.process for run in ours):.0f} MB", "at most 500 MB"),
        ("memory, with ffmpeg", f"{max(run.memory.tree for run in ours):.0f} MB", ""),
    ]


if __name__ == "__main__":
    main()
