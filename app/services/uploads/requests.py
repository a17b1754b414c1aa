"""Asking to upload something: checked, counted against the storage, and written down before a byte comes."""

from math import ceil

import msgspec
from msgspec import Struct

from app import ids
from app.db.engine import marks, sql
from app.errors import InvalidInput, Problem, TooLarge
from app.services import jobs, naming, storage_use
from app.services.billing import Mode
from app.services.clips import orders
from app.services.principals import Principal
from app.services.uploads import one_shot
from app.services.uploads.records import LIFE_S, MAX_BYTES, PLACE, Division, Way
from app.specs import FetchSpec
from app.storage import Storage, content_type_of

URL_S = 3600
"""How long the addresses are good that bytes are sent to."""
MIN_PART = 5 << 20
TUS_PART = 8 << 20
FIRST_LOOK_S = 5


class Wanted(Struct, frozen=True, kw_only=True):
    """`content_type` and `size` are what clients say; None of the size: that is found out."""

    filename: str
    content_type: str = ""
    size: int | None = None
    part_size: int | None = None
    url: str | None = None
    clip: orders.Wanted | None = None


class House(Struct, frozen=True, kw_only=True):
    """What the installation says."""

    mode: Mode
    quota: int


class Plan(Struct, frozen=True, kw_only=True):
    """An upload that passed every check, ready to become a row."""

    id: str
    account: str
    way: Way
    key: str
    filename: str
    content_type: str
    wanted: Wanted
    quota: int
    clip: one_shot.Clip | None = None
    store_id: str | None = None

    @property
    def division(self) -> Division | None:
        if self.store_id is None:
            return None
        assert self.wanted.size
        assert self.wanted.part_size
        size, part = self.wanted.size, self.wanted.part_size
        return Division(key=self.key, upload=self.store_id, size=size, part=part, count=ceil(size / part))


class Made(Struct, frozen=True, kw_only=True):
    clip_job: str | None


async def prepare(wanted: Wanted, way: Way, *, asking: Principal, house: House, storage: Storage) -> Plan:
    """Check all that can be checked before there is an upload. Raises AppError.

    What it began in the store is the caller's to abort when the plan comes to nothing.
    """
    if wanted.size is not None:
        _check_size(wanted.size)
    filename, upload_id = naming.filename(wanted.filename), ids.upload_id()
    await storage_use.check(asking.account, wanted.size or 0, quota=house.quota)
    key = f"{PLACE}/{asking.account}/{upload_id}{naming.extension(filename)}"
    plan = Plan(
        id=upload_id,
        account=asking.account,
        way=way,
        key=key,
        filename=filename,
        content_type=wanted.content_type.strip().lower() or content_type_of(key),
        wanted=wanted,
        quota=house.quota,
        clip=await _clip(wanted, upload_id, key, filename, asking, house),
    )
    if not wanted.part_size:
        return plan
    return msgspec.structs.replace(plan, store_id=await storage.begin_parts(key, plan.content_type))


async def _clip(
    wanted: Wanted, upload_id: str, key: str, filename: str, asking: Principal, house: House
) -> one_shot.Clip | None:
    if wanted.clip is None:
        return None
    return await one_shot.prepare(
        wanted.clip,
        upload=upload_id,
        key=key,
        filename=filename,
        account=asking.account,
        asked=asking.kind,
        mode=house.mode,
    )


async def create(plan: Plan) -> Made:
    """Inside the transaction that also keeps the answer, and holds the account. Raises Forbidden, PaymentRequired."""
    await storage_use.check(plan.account, plan.wanted.size or 0, quota=plan.quota)
    clip_job = await one_shot.hold(plan.clip, plan.account) if plan.clip else None
    url, job = plan.wanted.url, None
    if url is not None:
        job = await jobs.submit(FetchSpec(upload=plan.id, key=plan.key, url=url), account=plan.account)
    facts = {
        "id": plan.id,
        "account": plan.account,
        "way": plan.way,
        "state": "pending" if job is None else "processing",
        "key": plan.key,
        "url": url,
        "filename": plan.filename,
        "content_type": plan.content_type,
        "size": plan.wanted.size,
        "received": 0,
        "store_id": plan.store_id,
        "part_size": plan.wanted.part_size,
        "part_count": plan.division.count if plan.division else None,
        "job": job,
        "clip_job": clip_job,
    }
    await sql(
        f"INSERT INTO uploads ({', '.join(facts)}, created_at, url_expires_at, look_at, expires_at) "
        f"VALUES ({marks(len(facts))}, :now, :now + {{}}, :now + {{}}, :now + {{}})",
        *facts.values(),
        *((URL_S if plan.way == "put" else LIFE_S) * 1000, FIRST_LOOK_S * 1000, LIFE_S * 1000),
    )
    return Made(clip_job=clip_job)


async def abandon(plan: Plan, storage: Storage) -> None:
    """Of a plan that came to nothing, nothing stays in the store."""
    if plan.store_id:
        await storage.abort_parts(plan.key, plan.store_id)


def check_parts(size: int, part_size: int, part_count: int) -> None:
    """Raises InvalidInput unless the file is cut into that many parts of that size."""
    if part_size < MIN_PART and size > part_size:
        message = f"Parts have at least {MIN_PART:,} bytes, but for the last one."
        raise InvalidInput(message, fields=(Problem("part_size", message),))
    needed = ceil(size / part_size)
    if part_count != needed:
        message = f"{size:,} bytes in parts of {part_size:,} are {needed} parts, not {part_count}."
        raise InvalidInput(message, fields=(Problem("part_count", message),))


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        message = f"A file has at most {MAX_BYTES:,} bytes. Cut or compress it first."
        raise TooLarge(message, fields=(Problem("file_size", message),))
    if size < 1:
        message = "A file has at least one byte."
        raise InvalidInput(message, fields=(Problem("file_size", message),))
