"""How fast a file is uploaded and downloaded beside what the disk does, and what memory that takes.

    python -m benchmarks.uploads [--megabytes 5000] [--parts]

One PUT to an address of our own (or parts of 32 MiB, four at once, with `--parts`) of a file that is made of random
blocks, against `dd` of as many bytes to the same disk with `conv=fsync`, in turn; then the download. Memory is the most
that the api process had resident, less what it had before.
"""

import argparse
import contextlib
import http.client
import json
import os
import subprocess
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import httpx

from app.settings import Settings
from app.storage import lasting_file_url
from benchmarks.job_latency import started, wait_until
from tests import private_services

BLOCK = os.urandom(1 << 20)
PART, AT_ONCE = 32 << 20, 4


def dd(folder: Path, megabytes: int) -> float:
    target = folder / "dd"
    began = time.monotonic()
    command = ["dd", "if=/dev/zero", f"of={target}", "bs=1M", f"count={megabytes}", "conv=fsync"]
    subprocess.run(command, check=True, capture_output=True)
    took = time.monotonic() - began
    target.unlink()
    return took


def is_up(url: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{url}/health").is_success
    return False


def sent(url: str, size: int) -> str:
    """PUT so many bytes, by a client that costs next to nothing; the ETag."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=600)
    blocks = (BLOCK[: size - offset] for offset in range(0, size, len(BLOCK)))
    connection.request("PUT", f"{parts.path}?{parts.query}", body=blocks, headers={"Content-Length": str(size)})
    answer = connection.getresponse()
    told = answer.read()
    assert answer.status == 200, told
    connection.close()
    return answer.headers["ETag"]


class Resident:
    """The most memory of a process while the block runs, in MiB above what it had before."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self._reset = Path(f"/proc/{pid}/clear_refs")

    def __enter__(self) -> "Resident":
        self._reset.write_text("5")
        self._before = self._read("VmRSS")
        return self

    def __exit__(self, *_: object) -> None:
        self.above = (self._read("VmHWM") - self._before) // 1024

    def _read(self, name: str) -> int:
        return int(self._status.read_text().split(f"{name}:")[1].split()[0])


def put_whole(client: httpx.Client, size: int) -> str:
    asked = client.post("/v1/upload/request", json={"filename": "a.mp4", "file_size": size}).json()
    sent(asked["upload_url"], size)
    return str(asked["file_id"])


def put_in_parts(client: httpx.Client, size: int) -> str:
    wanted = {"filename": "a.mp4", "file_size": size, "part_size": PART, "part_count": -(-size // PART)}
    begun = client.post("/v1/upload/multipart/initiate", json=wanted).json()

    def send(part: dict[str, Any]) -> dict[str, Any]:
        number = part["part_number"]
        return {"part_number": number, "etag": sent(part["url"], min(PART, size - (number - 1) * PART))}

    with ThreadPoolExecutor(AT_ONCE) as pool:
        parts = list(pool.map(send, begun["parts"]))
    named = {"file_id": begun["file_id"], "upload_id": begun["upload_id"]}
    done = client.post("/v1/upload/multipart/complete", json={**named, "parts": parts})
    assert done.status_code == 200, done.text
    return str(begun["file_id"])


def downloaded(url: str) -> int:
    with urllib.request.urlopen(url) as answer:
        return sum(iter(lambda: len(answer.read(1 << 20)), 0))


def measured(megabytes: int, in_parts: bool, folder: Path) -> dict[str, Any]:
    size, key = megabytes << 20, "clp_" + "b" * 43
    settings = Settings(
        data_dir=str(folder / "data"),
        port=private_services.free_port(),
        bootstrap_key=key,
        secret="s" * 64,
        storage_quota=0,
    )
    url = f"http://127.0.0.1:{settings.port}"
    headers = {"Authorization": f"Bearer {key}"}
    with started("app.cli", settings, "api") as api:
        wait_until(lambda: is_up(url))
        with httpx.Client(base_url=url, headers=headers, timeout=600) as client:
            put_whole(client, 1 << 20)
            written = dd(folder, megabytes)
            with Resident(api.pid) as up:
                began = time.monotonic()
                file_id = (put_in_parts if in_parts else put_whole)(client, size)
                uploaded = time.monotonic() - began
            link = lasting_file_url(url, f"uploads/acc_bootstrap/{file_id}.mp4", secret=settings.secret.encode())
            with Resident(api.pid) as down:
                began = time.monotonic()
                assert downloaded(link) == size
                fetched = time.monotonic() - began
    return {
        "megabytes": megabytes,
        "dd_s": round(written, 2),
        "upload_s": round(uploaded, 2),
        "upload_of_dd": round(written / uploaded, 2),
        "upload_mib_above_idle": up.above,
        "download_s": round(fetched, 2),
        "download_mib_above_idle": down.above,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=5000)
    parser.add_argument("--parts", action="store_true", help="in parts instead of one PUT")
    parser.add_argument("--folder", type=Path, help="on the disk to measure (default: the temporary one)")
    chosen = parser.parse_args()
    with TemporaryDirectory(dir=chosen.folder) as folder:
        print(json.dumps(measured(chosen.megabytes, chosen.parts, Path(folder)), indent=2))


if __name__ == "__main__":
    main()
