"""The media tools' jobs: what was sent becomes a job, and what it made can be fetched for a day."""

import msgspec
from msgspec import Struct

from app import ids, specs, tools
from app.db.engine import quick, sql
from app.errors import Conflict, NotFound
from app.services import billing, jobs, naming, prices
from app.specs import Origin
from app.storage import Storage
from app.tools import AnyTool

PLACE = "tool-sources"
"""Where what was sent lies, below its account and the id that its result will have."""
KEPT_MS = 86_400_000
ORPHAN_MS = 3_600_000
"""What was sent belongs to a job within seconds of its arrival, or to nobody."""
_AT_ONCE = 500
_MAX_NAME = 100

_LIGHT = (
    tools.ExtractAudio,
    tools.Thumbnail,
    tools.RemoveAudio,
    tools.AudioConverter,
    tools.TrimAudio,
    tools.ImageConverter,
    tools.ResizeImage,
    tools.CompressImage,
    tools.NormalizeLoudness,
)
"""They encode no moving pictures, so they take seconds."""


def _is_light(step: AnyTool) -> bool:
    sound = isinstance(step, tools.Convert) and step.output_format in tools.AUDIO_FORMATS
    return sound or isinstance(step, _LIGHT)


class Order(Struct, frozen=True, kw_only=True):
    """`tool`: what it is called, be it one or several. `name`: that of the first file."""

    tool: str
    steps: tuple[AnyTool, ...]
    sources: tuple[Origin, ...]
    name: str
    subtitles: Origin | None = None

    @property
    def origins(self) -> tuple[Origin, ...]:
        return (*self.sources, self.subtitles) if self.subtitles else self.sources

    @property
    def wants_subtitles(self) -> bool:
        return any(isinstance(step, tools.BurnSubtitles) for step in self.steps)

    @property
    def queue(self) -> specs.Queue:
        """Who waits for somebody else's server does not keep those waiting who only need a second."""
        if not all(map(_is_light, self.steps)):
            return "cpu"
        return "network" if any(origin.url for origin in self.origins) else "light"


class ToolJob(Struct, frozen=True, kw_only=True):
    """`id` leads to the result, `job` to how far it is. `filename`: without the extension."""

    id: str
    job: str
    account: str
    filename: str


class Result(Struct, frozen=True, kw_only=True):
    key: str
    filename: str


def folder(account: str, tool_job: str) -> str:
    return f"{PLACE}/{account}/{tool_job}/"


async def submit(order: Order, tool_job: str, account: str) -> ToolJob:
    """Queue the work; call it inside the transaction that also keeps the answer.

    `tool_job`: the id below which the sources lie. It costs nothing, and is recorded by the tool's name.
    """
    spec = specs.ToolSpec(queue=order.queue, steps=order.steps, sources=order.sources, subtitles=order.subtitles)
    bill = billing.Bill(charges=(prices.Charge(kind=order.tool, unit="job", price=0),))
    job = await jobs.submit(spec, account=account, bill=bill)
    sent = any(origin.key for origin in order.origins)
    filename = naming.stem(order.name, _MAX_NAME)
    await sql(
        "INSERT INTO tool_jobs (id, account, job, tool, filename, source, created_at) "
        "VALUES ({}, {}, {}, {}, {}, {}, :now)",
        *(tool_job, account, job, order.tool, filename, folder(account, tool_job) if sent else None),
    )
    return ToolJob(id=tool_job, job=job, account=account, filename=filename)


async def of_job(job: str) -> ToolJob:
    """Whoever asks: the id is all that it takes. Raises NotFound, also once the result is gone."""
    rows = (
        await quick(f"SELECT t.id, t.job, t.account, t.filename {_SHOWN} AND t.job = {{}}", job)
        if ids.possible(job)
        else []
    )
    if not rows:
        raise _unknown(job)
    return ToolJob(**rows[0])


async def result(tool_job: str) -> Result:
    """What a job has made. Raises NotFound before that and once it is gone."""
    query = f"SELECT t.filename, j.result {_SHOWN} AND t.id = {{}}"
    rows = await quick(query, tool_job) if ids.possible(tool_job) else []
    if not rows or not rows[0]["result"]:
        message = "There is no file here: the job is not done, or its result was removed after 24 hours."
        raise NotFound(message, code="unknown_file")
    key: str = msgspec.json.decode(rows[0]["result"])["key"]
    return Result(key=key, filename=f"{rows[0]['filename']}.{key.rpartition('.')[2]}")


_SHOWN = (
    "FROM tool_jobs t JOIN jobs j ON j.id = t.job JOIN accounts a ON a.id = t.account "
    "WHERE (t.expires_at IS NULL OR t.expires_at > :now) AND NOT a.banned AND a.erased_at IS NULL"
)
"""While an account is banned, what its ids lead to is not there."""


def _unknown(job: str) -> NotFound:
    return NotFound(f'There is no job "{job[:64]}", or not any more.', code="unknown_job")


async def cancel(job: str, account: str) -> ToolJob:
    """Ask for its end, as often as you like. Raises NotFound, or Conflict once it is done or failed."""
    found = await of_job(job)
    snapshot = await jobs.cancel(job, account)
    if snapshot is None:
        raise _unknown(job)
    if snapshot.state in ("done", "failed"):
        raise Conflict("This job is over already, so it cannot be cancelled.", code="job_over")
    return found


async def job_over(job: str) -> None:
    """Its result, if there is one, is kept for a day; call it in the transaction that ends the job."""
    await sql("UPDATE tool_jobs SET expires_at = :now + {} WHERE job = {}", KEPT_MS, job)


async def forget(account: str) -> None:
    """The rows; `erasure` removes the files."""
    await sql("DELETE FROM tool_jobs WHERE account = {}", account)


async def sweep(storage: Storage) -> None:
    """Remove what was sent of jobs that are over, and results that have been there for a day. Raises StorageFailed."""
    query = "SELECT id, source FROM tool_jobs WHERE source IS NOT NULL AND expires_at IS NOT NULL LIMIT {}"
    for row in await sql(query, _AT_ONCE):
        await _empty(storage, row["source"])
        await sql("UPDATE tool_jobs SET source = NULL WHERE id = {}", row["id"])
    query = "SELECT id, account, job FROM tool_jobs WHERE expires_at <= :now LIMIT {}"
    for row in await sql(query, _AT_ONCE):
        await _empty(storage, f"tools/{row['account']}/{row['job']}/")
        await sql("DELETE FROM tool_jobs WHERE id = {}", row["id"])


async def sweep_orphans(storage: Storage) -> None:
    """Remove what was sent to a process that died before it could say for which job."""
    [clock] = await sql("SELECT :now AS now")
    async for found in storage.list(f"{PLACE}/"):
        old = found.modified.timestamp() * 1000 < clock["now"] - ORPHAN_MS
        tool_job = found.key.split("/")[2]
        if old and not await sql("SELECT id FROM tool_jobs WHERE id = {} AND source IS NOT NULL", tool_job):
            await storage.delete(found.key)


async def _empty(storage: Storage, prefix: str) -> None:
    for key in [found.key async for found in storage.list(prefix)]:
        await storage.delete(key)
