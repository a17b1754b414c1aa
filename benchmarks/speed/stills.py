"""Single pictures of a scene: by a process of their own, and by the warm one that the service keeps."""

import json
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.speed.processes import timed
from benchmarks.speed.product import RENDERER
from benchmarks.speed.scenes import Template, files


def stills(template: Template, folder: Path, times: int) -> dict[str, float]:
    """Milliseconds, medians: a cold process, and the warm one at another time for each picture."""
    path, listed = folder / "template.json", folder / "files.json"
    path.write_text(json.dumps(template))
    listed.write_text(json.dumps(files(template)))
    command = [*RENDERER, "frame", str(path), "--files", str(listed), "--at", "0.5", "-o", str(folder / "still.jpg")]
    found = {"cold": statistics.median(timed(command).wall * 1000 for _ in range(3))}
    with _server() as ask:
        for kind in ("jpeg", "png"):
            request = {"template": template, "files": files(template), "format": kind}
            ask({**request, "time": 0})
            found[kind] = statistics.median(_milliseconds(ask, {**request, "time": n / times}) for n in range(times))
    return found


@contextmanager
def _server() -> Iterator[Callable[[dict[str, Any]], int]]:
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


def _milliseconds(ask: Callable[[dict[str, Any]], int], request: dict[str, Any]) -> float:
    started = time.perf_counter()
    if ask(request) == 0:
        raise SystemExit("a still could not be made")
    return (time.perf_counter() - started) * 1000
