"""How fast a file is uploaded and downloaded beside what the disk does, and what memory that takes.

    python -m benchmarks.uploads [--megabytes 5000] [--parts]

One PUT to an address of our own (or parts of 32 MiB, four at once, with `--parts`) of a file that is made of random
blocks, against `dd` of as many bytes to the same disk with `conv=fsync`, in turn; then the download. Memory is the most
that the api process had resident, less what it had before.
"""

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

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


async def body(size: int) -> AsyncIterator[bytes]:
    for offset in range(0, size, len(BLOCK)):
        yield BLOCK[: size - offset]


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


async def put_whole(client: httpx.AsyncClient, size: int) -> str:
    asked = (await client.post("/v1/upload/request", json={"filename": "a.mp4", "file_size": size})).json()
    answer = await client.put(asked["upload_url"], content=body(size), headers={"Content-Length": str(size)})
    assert answer.status_code == 200, answer.text
    return str(asked["file_id"])


async def put_in_parts(client: httpx.AsyncClient, size: int) -> str:
    wanted = {"filename": "a.mp4", "file_size": size, "part_size": PART, "part_count": -(-size // PART)}
    begun = (await client.post("/v1/upload/multipart/initiate", json=wanted)).json()
    turns = asyncio.Semaphore(AT_ONCE)

    async def send(part: dict[str, Any]) -> dict[str, Any]:
        number = part["part_number"]
        length = min(PART, size - (number - 1) * PART)
        async with turns:
            answer = await client.put(part["url"], content=body(length), headers={"Content-Length": str(length)})
        assert answer.status_code == 200, answer.text
        return {"part_number": number, "etag": answer.headers["etag"]}

    parts = await asyncio.gather(*map(send, begun["parts"]))
    named = {"file_id": begun["file_id"], "upload_id": begun["upload_id"]}
    done = await client.post("/v1/upload/multipart/complete", json={**named, "parts": parts})
    assert done.status_code == 200, done.text
    return str(begun["file_id"])


async def measured(megabytes: int, in_parts: bool, folder: Path) -> dict[str, Any]:
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
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=600) as client:
            await put_whole(client, 1 << 20)
            written = dd(folder, megabytes)
            with Resident(api.pid) as up:
                began = time.monotonic()
                file_id = await (put_in_parts if in_parts else put_whole)(client, size)
                sent = time.monotonic() - began
            link = lasting_file_url(url, f"uploads/acc_bootstrap/{file_id}.mp4", secret=settings.secret.encode())
            with Resident(api.pid) as down:
                began, got = time.monotonic(), 0
                async with client.stream("GET", link) as answer:
                    async for chunk in answer.aiter_raw(1 << 20):
                        got += len(chunk)
                fetched = time.monotonic() - began
            assert got == size, answer.status_code
    return {
        "megabytes": megabytes,
        "dd_s": round(written, 2),
        "upload_s": round(sent, 2),
        "upload_of_dd": round(written / sent, 2),
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
        print(json.dumps(asyncio.run(measured(chosen.megabytes, chosen.parts, Path(folder))), indent=2))


if __name__ == "__main__":
    main()
