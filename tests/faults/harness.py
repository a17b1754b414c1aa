"""A whole deployment for one test: real processes, real services, and the means to hold them, kill them and count."""

import asyncio
import contextlib
import inspect
import os
import secrets
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import imageio_ffmpeg
from msgspec import Struct

from app.db import engine as db
from app.db.engine import sql, tx
from app.db.migrate import migrate
from app.db.tables import TABLES
from app.services import accounts, billing, jobs, ledger, prices, renders
from app.services.billing import Bill, Cost
from app.services.money import MICROS
from app.settings import Settings, environment
from app.specs import RenderSpec
from app.storage import Storage, open_storage
from renderer.segments import SEGMENT_SECONDS
from tests.faults.neighbour import Neighbour, neighbour
from tests.private_services import free_port
from tests.processes import with_mark
from workers.run import prefix

LEASE_S = 3.0
COMPILED = Path(__file__).parents[2] / "data/cache/numba"
"""Where `./run` keeps what numba compiled: seconds for each deployment otherwise."""
DONE = ("preview.jpg", "video.mp4")
"""What a finished render keeps in the store."""
BILL = Bill(charges=(prices.captions([61], four_k=False),), mode="on")
"""Renders have no price: this is what makes those of a yard cost money."""


class Services(Struct, frozen=True, kw_only=True):
    """One column of the deployment table; without URLs it is the embedded one."""

    database_url: str = ""
    broker_url: str = ""
    queue_prefix: str = "clipyard"
    storage_url: str = ""


def template(seconds: float = 0.2, source: str | None = None) -> dict[str, Any]:
    image = [{"type": "image", "src": source}] if source else []
    scene = {"name": "only", "duration": seconds, "background-color": "#336699", "objects": image}
    return {"title": "t", "type": "video", "width": 64, "height": 36, "frame-rate": 25, "scenes": [scene]}


class Yard:
    """Starts processes of the product over one data directory; `mark` is in the environment of each of them."""

    def __init__(self, directory: Path, services: Services, world: Neighbour) -> None:
        self.mark = f"yard-{secrets.token_hex(8)}"
        self.data = directory / self.mark
        self.world = world
        self.embedded = not services.broker_url
        self._directory = directory
        self._drawing_held = directory / "drawing-held"
        self._temporary = directory / "temporary"
        self._temporary.mkdir()
        self.settings = Settings(
            data_dir=str(self.data),
            database_url=services.database_url,
            broker_url=services.broker_url,
            queue_prefix=services.queue_prefix,
            storage_url=services.storage_url,
            port=free_port(),
            allow_private_addresses=True,
            bootstrap_key="clp_" + "k" * 43,
            secret=secrets.token_hex(32),
            lease_seconds=LEASE_S,
            cpu_slots=1,
            ffmpeg=str(_slow_ffmpeg(directory, self._drawing_held)),
            log_format="text",
        )
        self.storage: Storage = open_storage(
            services.storage_url, data_dir=self.data, public_url="http://127.0.0.1", secret=b"x" * 32
        )
        self.account = ""
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[bytes]:
        """`python -m …` with this yard's settings, and these beside or instead."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CLIPYARD_")}
        inherited.setdefault("NUMBA_CACHE_DIR", str(COMPILED))
        with (self._directory / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                env=inherited | environment(self.settings) | {"TMPDIR": str(self._temporary)} | settings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._processes.append(process)
        return process

    def worker(self, **settings: str) -> subprocess.Popen[bytes]:
        return self.start("workers", **settings)

    @property
    def log(self) -> str:
        path = self._directory / "log"
        return path.read_text()[-6000:] if path.exists() else ""

    def pids(self, *words: str, without: str = "nothing at all") -> list[int]:
        """This yard's processes whose command line holds all these words."""
        found = []
        for pid in with_mark(self.mark):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                said = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
                if all(word in said for word in words) and without not in said:
                    found.append(pid)
        return found

    def end(self) -> None:
        """SIGKILL for all that is left."""
        for process in self._processes:
            process.kill()
            process.wait()
        for pid in with_mark(self.mark):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    # Asking and waiting

    async def order(self, document: dict[str, Any] | None = None, segment_seconds: float = SEGMENT_SECONDS) -> str:
        """A render, accepted as the API accepts it, with a webhook and a price; answers the job's id."""
        asked = renders.Order(template=document or template(), webhook_url=self.world.hook)
        spec = RenderSpec(template=document or template(), segment_seconds=segment_seconds)
        size = {"width": 64, "height": 36, "frame_rate": 25.0, "frames": 5, "duration": 0.2, "credits": 1}
        forecast = renders.Forecast(**size, scenes=[])
        plan = renders.Plan(order=asked, account=self.account, template="", spec=spec, forecast=forecast, warnings=[])
        async with tx():
            uid = await renders.submit(plan)
            job_id = str((await sql("SELECT job FROM renders WHERE uid = {}", uid))[0]["job"])
            await billing.reserve(job_id, "render", self.account, BILL)
        return job_id

    async def job(self, job_id: str) -> dict[str, Any]:
        return (await sql("SELECT * FROM jobs WHERE id = {}", job_id))[0]

    async def until(self, what: str, true: Callable[[], Awaitable[object] | object], within_s: float = 20) -> None:
        deadline = time.monotonic() + within_s
        while not (await said if inspect.isawaitable(said := true()) else said):
            assert time.monotonic() < deadline, f"not within {within_s} s: {what}\n{self.log}"
            await asyncio.sleep(0.05)

    async def reaches(self, job_id: str, state: str, stage: str = "", within_s: float = 20) -> None:
        async def there() -> bool:
            found = (await jobs.read([job_id])).get(job_id)  # a segment is entered only while its render runs
            return found is not None and (found.state, found.stage) == (state, stage)

        await self.until(f"{job_id} is {state} {stage}", there, within_s)

    async def draws(self, job_id: str) -> None:
        """Until the renderer's encoder is there, and held."""
        await self.reaches(job_id, "running", "working")
        await self.until("the encoder runs", lambda: self.pids("slow-ffmpeg", without="renderer"))

    async def lease_ends(self, job_id: str) -> None:
        """The time passes that a dead worker's lease, or a message on its way, protects the job."""
        for column in ("lease_until", "dispatched_until"):
            await sql(f"UPDATE jobs SET {column} = {column} - 60000 WHERE id = {{}}", job_id)

    async def is_given_up(self, job_id: str) -> None:
        """Until a living worker's sweeper has taken the job from its dead one, and the pause after that is over."""

        async def requeued() -> bool:
            await self.lease_ends(job_id)
            return (await self.job(job_id))["state"] == "queued"

        await self.until(f"{job_id} is taken from its dead worker", requeued)
        await self.wait_ends(job_id)

    async def wait_ends(self, job_id: str) -> None:
        """The pause after a fault is over."""
        await self.reaches(job_id, "queued")
        await sql("UPDATE jobs SET run_at = run_at - 60000 WHERE id = {}", job_id)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()

    # Holding a job where it is

    @contextlib.contextmanager
    def drawing_held(self) -> Iterator[None]:
        """No encoder gets beyond its start until the block ends."""
        self._drawing_held.touch()
        try:
            yield
        finally:
            self._drawing_held.unlink(missing_ok=True)

    # What must be true in the end

    async def objects(self, job_id: str) -> list[str]:
        """Names below the job's prefix: “attempt/name”."""
        base = prefix("render", self.account, job_id)
        return sorted([found.key.removeprefix(base) async for found in self.storage.list(base)])

    async def ends_well(self, job_id: str, *, attempt: int, faults: int = 0) -> None:
        """The job is done by this attempt, and paid; its objects are there and no others; its webhook is sent once."""
        await self.reaches(job_id, "done", within_s=30)
        job = await self.job(job_id)
        assert (job["attempt"], job["faults"]) == (attempt, faults), self.log
        assert await billing.cost_of(job_id) == Cost(reserved=0, cost=BILL.most)
        await self.keeps_only(job_id, [f"{attempt}/{name}" for name in DONE])
        await self.told_once(job_id, "render.completed")

    async def keeps_only(self, job_id: str, names: list[str]) -> None:
        """The store holds these objects of the job, once the sweeper has been there."""

        async def swept() -> bool:
            await sql("UPDATE jobs SET finished_at = finished_at - 60000 WHERE id = {}", job_id)
            return bool((await self.job(job_id))["swept"])

        await self.until(f"{job_id} is swept", swept)
        assert await self.objects(job_id) == names, self.log

    async def told_once(self, job_id: str, event: str) -> None:
        rows = await sql(
            "SELECT d.id, v.name FROM webhook_deliveries d JOIN events v ON v.id = d.event "
            "JOIN renders r ON r.uid = v.subject WHERE r.job = {}",
            job_id,
        )
        assert [row["name"] for row in rows] == [event]
        await self.until("the webhook arrives", lambda: self.world.heard[rows[0]["id"]])

    async def nothing_under_way(self) -> None:
        """No child process, workspace or temporary file is left; workers may live on."""
        await self.until("no child is left", lambda: not self.pids("launcher.py") and not self.pids("ffmpeg"))
        await self.until("no workspace is left", lambda: not self.workspaces())
        assert list(self._temporary.iterdir()) == []

    def workspaces(self) -> list[Path]:
        return list(self.data.glob("workspaces/*/job_*"))


@contextlib.asynccontextmanager
async def yard(directory: Path, services: Services) -> AsyncIterator[Yard]:
    """An empty deployment; what it started is killed at the end, and its books must add up then."""
    async with contextlib.AsyncExitStack() as stack:
        made = Yard(directory, services, await stack.enter_async_context(neighbour()))
        stack.push_async_callback(made.storage.aclose)
        await stack.enter_async_context(db.connected(db.choose(services.database_url, made.data)))
        await migrate()
        for table in reversed(TABLES):
            await table.delete(force=True)
        await made.storage.ensure_bucket()
        await accounts.bootstrap(made.settings)
        made.account = await accounts.create_account("faults")
        await ledger.grant(made.account, 100 * MICROS, "grant of the yard")
        stack.callback(made.end)
        yield made
        made.end()
        assert await billing.contradictions() == []


def _slow_ffmpeg(directory: Path, held: Path) -> Path:
    """The real one, behind a gate that is shut while the file `held` exists."""
    script = directory / "slow-ffmpeg"
    real, gate = shlex.quote(imageio_ffmpeg.get_ffmpeg_exe()), shlex.quote(str(held))
    script.write_text(f'#!/bin/sh\nwhile [ -e {gate} ]; do sleep 0.05; done\nexec {real} "$@"\n')
    script.chmod(0o755)
    return script
