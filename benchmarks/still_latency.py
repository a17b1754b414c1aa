"""How long a client waits for one warm frame: HTTP request to image bytes, through the real service.

    python -m benchmarks.still_latency [--template travel-list] [--frames 24]

For each built-in template, in its own size: frames at ever other times, as a scrubbed timeline asks for them, and
frames with another text each, as somebody types it (every one is laid out anew). Required of both: a median of at
most 150 ms.
"""

import argparse
import contextlib
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.private_services import free_port

KEY = "clp_benchmark_of_this_run"
REQUIRED_MS = 150.0


@contextlib.contextmanager
def service(data: Path | None = None, **settings: str) -> Iterator[http.client.HTTPConnection]:
    """The api process alone, in a data directory of its own unless one is given."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="clipyard-bench-") as folder:
        environment = {
            **os.environ,
            "CLIPYARD_PORT": str(port),
            "CLIPYARD_DATA_DIR": str(data or folder),
            "CLIPYARD_BOOTSTRAP_KEY": KEY,
            "CLIPYARD_SECRET": "the secret of a benchmark",
            **settings,
        }
        process = subprocess.Popen([sys.executable, "-m", "app.cli", "api"], env=environment, stderr=subprocess.DEVNULL)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        try:
            _until_up(connection)
            yield connection
        finally:
            connection.close()
            process.terminate()
            process.wait()


def _until_up(connection: http.client.HTTPConnection) -> None:
    for _ in range(600):
        try:
            ask(connection, "GET", "/health")
            return
        except ConnectionError:
            connection.close()
            time.sleep(0.05)
    raise SystemExit("the service did not start")


def ask(connection: http.client.HTTPConnection, method: str, path: str, body: Any = None) -> bytes:
    connection.request(method, path, json.dumps(body) if body else None, {"X-Api-Key": KEY})
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{method} {path}: {content.decode()}")
    return content


def timed(connection: http.client.HTTPConnection, path: str, bodies: list[dict[str, Any]]) -> list[float]:
    """Milliseconds for each request."""
    took = []
    for body in bodies:
        started = time.perf_counter()
        ask(connection, "POST", path, body)
        took.append((time.perf_counter() - started) * 1000)
    return took


def first_text(template: dict[str, Any]) -> dict[str, Any]:
    """A scene and an object of it with a text to change."""
    for number, scene in enumerate(template["scenes"], start=1):
        for item in objects(scene):
            if item["type"] == "text" and item.get("name"):
                return {"scene": scene.get("name", f"Scene {number}"), "object": item["name"]}
    raise SystemExit("the template has no text with a name")


def objects(parent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in parent.get("objects", ()):
        yield item
        yield from objects(item)


class Latency(NamedTuple):
    """Milliseconds of each request."""

    name: str
    size: str
    first: float
    times: list[float]
    texts: list[float]


def measure(connection: http.client.HTTPConnection, name: str, frames: int) -> Latency:
    template = json.loads(ask(connection, "GET", f"/v1/templates/{name}"))
    length = json.loads(ask(connection, "POST", "/v1/templates/validate", template["document"]))["duration"]
    path, text = f"/v1/templates/{name}/frame", first_text(template)
    times = [length * (number + 0.5) / frames for number in range(frames)]
    other = [{"time": length / 4, "modifications": [{**text, "text": f"Place {at:.2f}"}]} for at in times]
    return Latency(
        name=name,
        size=f"{template['width']}x{template['height']}",
        first=timed(connection, path, [{}])[0],
        times=timed(connection, path, [{"time": at} for at in times]),
        texts=timed(connection, path, other),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Latency of single frames through the API.")
    parser.add_argument("--template", help="one built-in template (default: all)")
    parser.add_argument("--frames", type=int, default=24)
    given = parser.parse_args()
    with service() as connection:
        listed = json.loads(ask(connection, "GET", "/v1/templates?limit=100"))
        names = [given.template] if given.template else [template["name"] for template in listed]
        found = [measure(connection, name, given.frames) for name in names]
    print(f"JPEG, {given.frames} requests each, milliseconds: p50 (p95)")
    for row in found:
        columns = "   ".join(f"{kind} {_told(took)}" for kind, took in (("times", row.times), ("texts", row.texts)))
        print(f"{row.name:16} {row.size:9}   first {row.first:5.0f}   {columns}")
    missed = [row.name for row in found if statistics.median(row.times) > REQUIRED_MS]
    missed += [row.name for row in found if statistics.median(row.texts) > REQUIRED_MS]
    print(
        f"required: each p50 at most {REQUIRED_MS:.0f} ms: {'MISSED by ' + ', '.join(missed) if missed else 'reached'}"
    )
    return 1 if missed else 0


def _told(took: list[float]) -> str:
    return f"{statistics.median(took):5.0f} ({statistics.quantiles(took, n=20)[-1]:5.0f})"


if __name__ == "__main__":
    sys.exit(main())
