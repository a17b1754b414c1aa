"""The clip that is ordered with an upload: checked and paid for now, held until the upload is ready.

The one place where uploads know of clips. `uploads.ends` lets its job go, or gives it up.
"""

import msgspec
from msgspec import Struct

from app.errors import AppError, InvalidInput, Problem
from app.services import held, jobs, prices
from app.services.billing import Bill, Mode
from app.services.clips import orders
from app.services.clips.naming import stem_of
from app.services.clips.sources import Source
from app.specs import ClipSpec


class Clip(Struct, frozen=True, kw_only=True):
    spec: ClipSpec
    bill: Bill


async def prepare(
    wanted: orders.Wanted, *, upload: str, key: str, filename: str, account: str, asked: orders.Asked, mode: Mode
) -> Clip:
    """Raises AppError for what cannot be made of any media. Without a quality it is 1080p at most: 4K costs more."""
    source = Source(key=key, upload=upload, stem=stem_of(filename), title=stem_of(filename))
    try:
        return await _checked(wanted, source, account=account, asked=asked, mode=mode)
    except AppError as error:
        error.fields = tuple(Problem(f"clip.{field.path}", field.message) for field in error.fields)
        raise


async def _checked(wanted: orders.Wanted, source: Source, *, account: str, asked: orders.Asked, mode: Mode) -> Clip:
    if wanted.segments is not None and not wanted.join:
        message = "With an upload you order one clip: give `start` and `end`, or join the segments."
        raise InvalidInput(message, fields=(Problem("segments", message),))
    if wanted.quality is None and wanted.format in (None, "mp4"):
        wanted = msgspec.structs.replace(wanted, quality="1080p")
    orders.check(wanted, asked=asked)
    plan = await orders.plan(wanted, source, account=account, mode=mode)
    [(spec, bill)] = plan.jobs
    if wanted.quality != "4k":
        bill = Bill(charges=prices.upload_clip(), mode=mode)
    return Clip(spec=spec, bill=bill)


async def hold(clip: Clip, account: str) -> str:
    """The id of its job. Inside a transaction. Raises PaymentRequired."""
    job_id = await jobs.submit(clip.spec, account=account, bill=clip.bill)
    await held.hold(job_id)
    return job_id
