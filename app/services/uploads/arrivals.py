"""The bytes of an upload: sent to us, found in the store, put together of parts. They are inspected then."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from msgspec import Meta, Struct

from app.db.engine import sql, tx
from app.errors import Conflict, InvalidInput, NotFound, Problem
from app.services import holding, jobs, news
from app.services.principals import Principal
from app.services.uploads.ends import ABORTED
from app.services.uploads.records import GRACE_S, Division, Upload, check_pending, over, seen
from app.services.uploads.requests import URL_S
from app.specs import InspectSpec
from app.storage import Part, Place, Storage


class SentPart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part and the ETag that its PUT was answered with, quoted or not."""

    part_number: Annotated[int, Meta(ge=1, le=10_000)]
    etag: Annotated[str, Meta(min_length=1, max_length=100)]

    @property
    def plain(self) -> str:
        return self.etag.strip().strip('"').lower()


async def notice(upload: Upload, storage: Storage, *, asking: Principal | None = None) -> bool:
    """Whether the bytes of one that is pending are in the store, as nobody may have told us. Raises StorageFailed.

    `asking`: who has just sent them.
    """
    found = await storage.head(upload.key)
    if found is None:
        return False
    if found.size == upload.size:
        await _arrived(upload, asking)
    else:
        message = f"{found.size:,} bytes arrived, and {upload.size:,} were announced. Upload the file again."
        async with tx():
            await news.upload_failed(upload.id, "wrong_size", message)
    return True


async def _arrived(upload: Upload, asking: Principal | None = None) -> bool:
    """Have it inspected, once, whoever finds that it has arrived. False: it is not pending any more."""
    async with holding.acting(asking) if asking else tx():
        taken = await sql(
            "UPDATE uploads SET state = 'processing', received = size, look_at = expires_at + {} "
            "WHERE id = {} AND state = 'pending' RETURNING id",
            *(GRACE_S * 1000, upload.id),
        )
        if taken:
            job = await jobs.submit(InspectSpec(upload=upload.id, key=upload.key), account=upload.account)
            await sql("UPDATE uploads SET job = {} WHERE id = {}", job, upload.id)
    return bool(taken)


async def receive(upload: Upload, place: Place, chunks: AsyncIterator[bytes], storage: Storage) -> str:
    """What is sent to one of our own addresses; the ETag. Raises Conflict when it comes too late."""
    check_pending(upload)
    if place.part:
        return (await receive_part(upload, place.part, chunks, storage)).etag
    await storage.put_stream(upload.key, exactly(chunks, place.size), upload.content_type, max_bytes=place.size)
    if not await _arrived(upload) and not await _is_wanted(upload.id):
        await storage.delete(upload.key)
        raise over(await seen(upload.id) or upload)
    found = await storage.head(upload.key)
    return found.etag if found else ""


async def _is_wanted(upload_id: str) -> bool:
    """One that was sent twice is. One that was aborted meanwhile is not."""
    now = await seen(upload_id)
    return now is not None and now.state in ("processing", "ready")


async def receive_part(upload: Upload, number: int, chunks: AsyncIterator[bytes], storage: Storage) -> Part:
    cut = upload.division
    size, offset = cut.size_of(number), (number - 1) * cut.part
    return await storage.put_part(cut.key, cut.upload, number, exactly(chunks, size), offset=offset, size=size)


async def exactly(chunks: AsyncIterator[bytes], size: int) -> AsyncIterator[bytes]:
    """All of them. Raises InvalidInput at the end unless they were of that size."""
    arrived = 0
    async for chunk in chunks:
        arrived += len(chunk)
        yield chunk
    if arrived != size:
        raise wrong_size(arrived, size)


def wrong_size(arrived: int, size: int) -> InvalidInput:
    message = f"The body has {arrived:,} bytes, and {size:,} were announced. Send it again, whole."
    return InvalidInput(message, code="wrong_size")


async def urls_of_parts(cut: Division, numbers: Sequence[int], storage: Storage) -> dict[int, str]:
    """Where parts are sent, by their number. Raises InvalidInput for one that there is not."""
    for place, number in enumerate(numbers):
        if number > cut.count:
            message = f"This upload has parts 1 to {cut.count}, and no {number}."
            raise InvalidInput(message, fields=(Problem(f"part_numbers[{place}]", message),))
    return {
        number: await storage.part_url(cut.key, cut.upload, number, size=cut.size_of(number), expires_s=URL_S)
        for number in dict.fromkeys(numbers)
    }


async def complete(upload: Upload, sent: Sequence[SentPart], *, asking: Principal, storage: Storage) -> None:
    """Put the file together. Sent again, it is the same; so it is by whoever takes over from one that died.

    Raises InvalidInput for parts that this upload has not, Conflict for parts that are not those that arrived.
    """
    if upload.state in ("processing", "ready"):
        return
    check_pending(upload)
    cut = upload.division
    _check_numbers(cut, sent)
    try:
        parts = await storage.parts(cut.key, cut.upload)
    except NotFound:  # put together before, by one that came no further
        parts = None
    if parts is not None:
        _check_etags(cut, sent, parts)
        await storage.complete_parts(cut.key, cut.upload, parts)
    if not await notice(upload, storage, asking=asking):
        raise Conflict("The parts of this upload are gone. Request a new one.", code="parts_missing")


def _check_numbers(cut: Division, sent: Sequence[SentPart]) -> None:
    numbers: set[int] = set()
    for place, part in enumerate(sent):
        if part.part_number in numbers or part.part_number > cut.count:
            why = "is named twice" if part.part_number in numbers else f"is none: there are {cut.count}"
            message = f"Part {part.part_number} {why}."
            raise InvalidInput(message, fields=(Problem(f"parts[{place}].part_number", message),))
        numbers.add(part.part_number)
    if missing := sorted(set(range(1, cut.count + 1)) - numbers):
        told = ", ".join(map(str, missing[:10])) + (" …" if len(missing) > 10 else "")
        message = f"All {cut.count} parts have to be named. Missing: {told}."
        raise InvalidInput(message, fields=(Problem("parts", message),))


def _check_etags(cut: Division, sent: Sequence[SentPart], parts: Sequence[Part]) -> None:
    arrived = {part.number: part for part in parts}
    for place, part in enumerate(sent):
        found = arrived.get(part.part_number)
        if found is None or found.size != cut.size_of(part.part_number):
            message = f"Part {part.part_number} has not arrived whole. Send it again, then complete."
            raise Conflict(message, code="parts_missing", fields=(Problem(f"parts[{place}]", message),))
        if found.etag.strip('"').lower() != part.plain:
            message = f"Part {part.part_number} arrived with the ETag {found.etag}, not that one. Send it again."
            raise InvalidInput(message, code="wrong_etag", fields=(Problem(f"parts[{place}].etag", message),))


async def abort(upload: Upload) -> None:
    """Inside a transaction. Raises Conflict once it is ready, or failed for another reason."""
    if upload.state not in ("pending", "processing") and upload.error_code != ABORTED:
        raise over(upload)
    if upload.job:  # first: who ends a job locks it before its upload
        await jobs.cancel(upload.job, upload.account)
    await news.upload_failed(upload.id, ABORTED, "It was aborted.")


async def remove(upload: Upload, storage: Storage) -> None:
    """Whatever the store has of it."""
    if upload.store_id:
        await storage.abort_parts(upload.key, upload.store_id)
    if upload.way == "tus":
        await storage.delete(upload.tail_key)
    await storage.delete(upload.key)
