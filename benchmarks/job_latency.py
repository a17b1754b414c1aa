"""How long an accepted render waits until its renderer process runs, with a free worker.

python -m benchmarks.job_latency [--jobs 30]

From the 202 answer to the renderer's process under the launcher, one job after another, in both deployments: embedded
(SQLite, broker inside the worker) and with PostgreSQL and RabbitMQ, which it starts for itself.
"""

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from app.settings import Settings, environment
from tests import private_services

REQUIRED_P50_MS = 200
LOOK_S = 0.001
TEMPLATE = {
    "title": "Small",
    "width": 64,
    "height": 36,
    "scenes": [{"name": "only", "duration": 0.1, "background-color": "navy"}],
}


@contextlib.contextmanager
def deployment(**urls: str) -> Iterator[tuple[httpx.Client, int]]:
    """An api and a worker; answers a client and the worker's process id."""
    with tempfile.TemporaryDirectory() as data_dir, contextlib.ExitStack() as running:
        port, key = private_services.free_port(), "clp_" + "b" * 43
        settings = Settings(data_dir=data_dir, port=port, bootstrap_key=key, secret="s" * 64, **urls)
        worker = running.enter_context(started("workers", settings))
        running.enter_context(started("app.cli", settings, "api"))
        headers = {"Authorization": f"Bearer {key}"}
        client = running.enter_context(httpx.Client(base_url=settings.base_url, headers=headers))
        wait_until(lambda: is_ready(client))
        yield client, worker.pid


@contextlib.contextmanager
def started(module: str, settings: Settings, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        env={**os.environ, **environment(settings)},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/ready").status_code == 200
    except httpx.TransportError:
        return False


def wait_until(true: Any) -> None:
    deadline = time.monotonic() + 60
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError("the service did not answer for a minute")
        time.sleep(0.02)


def latency_s(client: httpx.Client, worker: int) -> float:
    """One render: seconds from the answer to the start of its renderer. Returns when the render is over."""
    answer = client.post("/v1/renders", json={"template": TEMPLATE})
    accepted = time.perf_counter()
    answer.raise_for_status()
    while not any(children(launcher) for launcher in children(worker)):
        if time.perf_counter() - accepted > 60:
            raise TimeoutError("no renderer was started for a minute")
        time.sleep(LOOK_S)
    begun = time.perf_counter()
    render = answer.json()["self"]
    wait_until(lambda: client.get(render).json()["status"] == "completed")
    wait_until(lambda: not children(worker))
    return begun - accepted


def children(pid: int) -> list[int]:
    """Of any of its threads; none when it has ended."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(word) for word in task.read_text().split()]
    return found


def measured(name: str, jobs: int, **urls: str) -> bool:
    with deployment(**urls) as (client, worker):
        latency_s(client, worker)  # the first one compiles and imports
        ms = sorted(latency_s(client, worker) * 1000 for _ in range(jobs))
    p50, p95 = statistics.median(ms), ms[int(len(ms) * 0.95)]
    print(f"{name:24s} p50 {p50:5.0f} ms   p95 {p95:5.0f} ms   max {ms[-1]:5.0f} ms   ({jobs} jobs)")
    return p50 <= REQUIRED_P50_MS


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=30)
    jobs = parser.parse_args().jobs
    print(f"From accepted to the renderer's start; required: p50 <= {REQUIRED_P50_MS} ms")
    good = [measured("SQLite, embedded broker", jobs)]
    with private_services.postgres() as postgres, private_services.rabbitmq() as rabbitmq:
        good.append(measured("PostgreSQL, RabbitMQ", jobs, database_url=postgres.url, broker_url=rabbitmq.url))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
