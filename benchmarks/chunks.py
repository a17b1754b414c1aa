"""How much sooner a long render is done when several workers share it.

    python -m benchmarks.chunks [--seconds 120] [--pairs 3]

Measured: the render in segments through the whole service (PostgreSQL and RabbitMQ, started for it), with one worker
and with two in turn. Both share this machine's cores, of which one encoder alone fills about two: what is won here is
only what one worker leaves idle. Simulated: workers with such a machine each, from what cutting, drawing and joining
cost here, measured alone. The picture is that of `render_speed`, a scene of ten seconds again and again, with music.
"""

import argparse
import contextlib
import heapq
import json
import os
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
from benchmarks.render_speed import FPS, RENDERER, photograph
from benchmarks.render_speed import template as ten_seconds
from renderer.segments import SEGMENT_SECONDS
from tests import private_services
from workers.parts import LOOK_S

SCENE_S = 10
SIMULATED_S = 1800
NETWORK = 125_000_000
"""Bytes a second between a worker and the object store, for the simulation: a gigabit."""


def template(seconds: float) -> dict[str, Any]:
    scenes = ten_seconds(SCENE_S)["scenes"] * round(seconds / SCENE_S)
    return {**ten_seconds(SCENE_S), "scenes": scenes, "audio": [{"type": "audio", "src": "music.wav", "loop": True}]}


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
    """Seconds of the renderer's processes, each with its start; `a` of a process, `b` for each frame in it."""

    cut: float
    drawn_a: float
    drawn_b: float
    joined_a: float
    joined_b: float
    frame_bytes: float


def costs(folder: Path, raw: dict[str, Any], files: dict[str, str]) -> Costs:
    """Of each kind of process, from two of unequal length."""
    short, long = {**raw, "scenes": raw["scenes"][:1]}, {**raw, "scenes": raw["scenes"][:3]}
    frames = SCENE_S * FPS
    cut = process(folder, {"template": raw, "files": files, "part": {"type": "shared"}, "out": str(folder / "x.mp4")})
    drawn, joined = [], []
    for video in (short, long):
        job = {"template": video, "files": files, "segment_seconds": SCENE_S / 2}
        count = len(video["scenes"]) * frames
        halves = [[n * frames // 2, (n + 1) * frames // 2] for n in range(2 * count // frames)]
        pieces = [str(folder / f"{first}.mp4") for first, _ in halves]
        for segment, piece in zip(halves, pieces, strict=True):
            process(folder, {**job, "segment": segment, "out": piece})
        joined.append(process(folder, {**job, "pieces": pieces, "out": str(folder / "joined.mp4")}))
        whole = {**job, "segment_seconds": 0, "segment": [0, count], "out": str(folder / "whole.mp4")}
        drawn.append(process(folder, whole))
    a = [(3 * one - three) / 2 for one, three in (drawn, joined)]
    b = [(three - one) / 2 / frames for one, three in (drawn, joined)]
    size = (folder / "whole.mp4").stat().st_size / (3 * frames)
    return Costs(cut=cut, drawn_a=a[0], drawn_b=b[0], joined_a=a[1], joined_b=b[1], frame_bytes=size)


def process(folder: Path, job: dict[str, Any]) -> float:
    (folder / "job.json").write_text(json.dumps(job))
    begun = time.perf_counter()
    subprocess.run([*RENDERER, "--job", folder / "job.json", "--json"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def simulated(workers: int, seconds: float, cost: Costs) -> float:
    """Each worker takes the next segment when it is free; the render's own collects and joins them."""
    count, frames = int(seconds / SEGMENT_SECONDS), seconds * FPS
    moved = frames / count * cost.frame_bytes / NETWORK
    free = [cost.cut + LOOK_S] * workers
    for _ in range(count):
        done = heapq.heappop(free) + cost.drawn_a + cost.drawn_b * frames / count + moved + LOOK_S
        heapq.heappush(free, done)
    return max(free) + count * moved + cost.joined_a + cost.joined_b * frames + count * moved


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--pairs", type=int, default=3)
    given = parser.parse_args()
    raw = template(given.seconds)
    with TemporaryDirectory() as name:
        folder = Path(name)
        photograph(folder / "photo.jpg")
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
    print(f"\na segment: {cost.drawn_a:.2f} s and {1000 * cost.drawn_b:.1f} ms a frame;", end=" ")
    print(f"the joining: {cost.joined_a:.2f} s and {1000 * cost.joined_b:.2f} ms a frame")
    print(f"simulated, {SIMULATED_S // 60} min of it, a machine like this for each worker:")
    alone = simulated(1, SIMULATED_S, cost)
    for workers in (1, 2, 4, 8, 16):
        took = simulated(workers, SIMULATED_S, cost)
        print(f"{workers:2d} workers {took:8.0f} s   {alone / took:5.2f} x")


if __name__ == "__main__":
    main()
