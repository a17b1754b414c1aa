"""How much sooner a long render is done when several workers share it.

    python -m benchmarks.chunks [--seconds 120] [--pairs 3]

Measured: the render in segments through the whole service (PostgreSQL and RabbitMQ, started for it), with one worker
and with two in turn. Both share this machine's cores, of which one encoder alone fills about two: what is won here is
only what one worker leaves idle. Simulated: workers with such a machine each, from what cutting, drawing and joining
cost here, measured alone. The picture is scene A of the speed table in ten seconds, again and again, with music.
"""

import argparse
import contextlib
import heapq
import json
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import imageio_ffmpeg
from msgspec import Struct

from app.settings import Settings
from benchmarks.job_latency import is_ready, started, wait_until
from benchmarks.speed.media import photograph
from benchmarks.speed.product import RENDERER
from benchmarks.speed.scenes import scene
from renderer.segments import SEGMENT_SECONDS
from tests import private_services
from workers.parts import LOOK_S

SCENE_S, FPS = 10, 30
SIMULATED_S = 1800
NETWORK = 125_000_000
"""Bytes a second between a worker and the object store, for the simulation: a gigabit."""


def template(seconds: float) -> dict[str, Any]:
    once = scene("A", SCENE_S)
    again = [{**part, "name": f"{number}"} for number in range(round(seconds / SCENE_S)) for part in once["scenes"]]
    return {**once, "scenes": again, "audio": [{"type": "audio", "src": "music.wav", "loop": True}]}


def music(path: Path) -> None:
    tune = "aevalsrc=0.3*sin(440*t*2*PI)*sin(t)|0.3*sin(550*t*2*PI)*cos(t):d=20:s=48000"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-f", "lavfi", "-i", tune, path]
    subprocess.run(command, check=True)


@contextlib.contextmanager
def service(workers: int, postgres: str, rabbitmq: str) -> Iterator[httpx.Client]:
    """An api and so many workers with one slot each."""
    with TemporaryDirectory() as data_dir, contextlib.ExitStack() as running:
        key = "clp_" + "b" * 43
        settings = Settings(
            data_dir=data_dir,
            port=private_services.free_port(),
            bootstrap_key=key,
            secret="s" * 64,
            cpu_slots=1,
            database_url=postgres,
            broker_url=rabbitmq,
        )
        for _ in range(workers):
            running.enter_context(started("workers", settings))
        running.enter_context(started("app.cli", settings, "api"))
        headers = {"Authorization": f"Bearer {key}"}
        client = running.enter_context(httpx.Client(base_url=settings.base_url, headers=headers, timeout=60))
        wait_until(lambda: is_ready(client))
        yield client


def rendered(client: httpx.Client, raw: dict[str, Any], files: Sequence[Path]) -> tuple[float, bytes]:
    """Seconds from the order to the finished video, and that video."""
    text = json.dumps(raw)
    for file in files:
        upload = client.post("/v1/assets", files={"file": (file.name, file.read_bytes())}).raise_for_status().json()
        text = text.replace(f'"{file.name}"', f'"asset:{upload["id"]}"')
    begun = time.perf_counter()
    order = client.post("/v1/renders", json={"template": json.loads(text)}).raise_for_status().json()
    while (state := client.get(order["self"]).json())["status"] != "completed":
        if state["status"] == "failed":
            raise SystemExit(f"the render failed: {state}")
        time.sleep(0.1)
    took = time.perf_counter() - begun
    return took, client.get(state["url"], follow_redirects=True).content


class Costs(Struct, frozen=True, kw_only=True):
    """Seconds of the renderer's processes; those of `frame` for each frame, of the others with all they start."""

    cut: float
    segment: float
    frame: float
    sound_frame: float
    joining: float
    joined_frame: float
    frame_bytes: float


def costs(folder: Path, raw: dict[str, Any], files: dict[str, str]) -> Costs:
    """Medians of three: a short segment and one of ten seconds tell what starting and what a frame takes."""
    scenes, short, long = raw["scenes"][:3], FPS, SCENE_S * FPS
    job = {"template": {**raw, "scenes": scenes}, "files": files, "segment_seconds": SCENE_S}
    seconds = [{**part, "duration": 1} for part in scenes[:2]]
    tiny = {**job, "template": {**raw, "scenes": seconds}, "segment_seconds": 1}
    pieces = [str(folder / f"{number}.mp4") for number in range(3)]
    tiny_pieces = [str(folder / f"tiny{number}.mp4") for number in range(2)]

    def drawn(job: dict[str, Any], frames: int, pieces: list[str]) -> float:
        parts = [{"type": "segment", "first": n * frames, "end": (n + 1) * frames} for n in range(len(pieces))]
        return statistics.median(process(folder, job, *both) for both in zip(parts, pieces, strict=True))

    def thrice(job: dict[str, Any], part: dict[str, Any]) -> float:
        return statistics.median(process(folder, job, part, str(folder / "made.mp4")) for _ in range(3))

    one, ten = drawn(tiny, short, tiny_pieces), drawn(job, long, pieces)
    few = thrice(tiny, {"type": "joining", "pieces": tiny_pieces})
    many = thrice(job, {"type": "joining", "pieces": pieces})
    frame = (ten - one) / (long - short)
    return Costs(
        cut=thrice(job, {"type": "shared"}),
        segment=one - frame * short,
        frame=frame,
        sound_frame=thrice(job, {"type": "sound"}) / (3 * long),
        joining=few,
        joined_frame=(many - few) / (3 * long - 2 * short),
        frame_bytes=sum(Path(piece).stat().st_size for piece in pieces) / (3 * long),
    )


def process(folder: Path, job: dict[str, Any], part: dict[str, Any], out: str) -> float:
    (folder / "job.json").write_text(json.dumps({**job, "part": part, "out": out}))
    begun = time.perf_counter()
    subprocess.run([*RENDERER, "--job", folder / "job.json", "--json"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def simulated(workers: int, seconds: float, cost: Costs) -> float:
    """Each worker takes the next part when it is free, the sound first; the render's own collects and joins them."""
    count, frames = int(seconds / SEGMENT_SECONDS), seconds * FPS
    moving = frames * cost.frame_bytes / NETWORK
    segment = cost.segment + cost.frame * frames / count + moving / count
    free = [cost.cut + LOOK_S] * workers
    for took in [cost.sound_frame * frames, *[segment] * count]:
        heapq.heappush(free, heapq.heappop(free) + took + LOOK_S)
    return max(free) + 2 * moving + cost.joining + cost.joined_frame * frames


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--pairs", type=int, default=3)
    given = parser.parse_args()
    raw = template(given.seconds)
    with TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(photograph(), folder / "photo.jpg")
        music(folder / "music.wav")
        files = [folder / "photo.jpg", folder / "music.wav"]
        by_one, by_two, videos = [], [], set()
        with private_services.postgres() as postgres, private_services.rabbitmq() as rabbitmq:
            for _ in range(given.pairs):
                for workers, took in ((1, by_one), (2, by_two)):
                    with service(workers, postgres.url, rabbitmq.url) as client:
                        seconds, video = rendered(client, raw, files)
                    took.append(seconds)
                    videos.add(video)
        one, two = statistics.median(by_one), statistics.median(by_two)
        cores = len(os.sched_getaffinity(0))
        print(f"{given.seconds:.0f} s of 1080p{FPS} in {given.seconds // SEGMENT_SECONDS:.0f} segments, {cores} cores")
        print(f"one worker                    {one:6.1f} s")
        print(f"two workers on the same cores {two:6.1f} s   {one / two:.2f} x")
        print(f"different videos made         {len(videos):6d}")
        cost = costs(folder, raw, {file.name: str(file) for file in files})
    print(f"\na segment: {cost.segment:.2f} s to start and {1000 * cost.frame:.1f} ms a frame;", end=" ")
    print(f"sound: {1000 * cost.sound_frame:.2f} ms a frame;", end=" ")
    print(f"joining: {cost.joining:.2f} s and {1000 * cost.joined_frame:.2f} ms a frame")
    print(f"simulated, {SIMULATED_S // 60} min of it, a machine like this for each worker:")
    alone = simulated(1, SIMULATED_S, cost)
    for workers in (1, 2, 4, 8, 16):
        took = simulated(workers, SIMULATED_S, cost)
        print(f"{workers:2d} workers {took:8.0f} s   {alone / took:5.2f} x")


if __name__ == "__main__":
    main()
