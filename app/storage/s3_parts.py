"""Uploads to S3 whose parts clients send themselves, or through us."""

from collections.abc import AsyncIterator, Sequence

from botocore.exceptions import ClientError

from app.errors import Conflict, NotFound
from app.storage.blocks import check_size
from app.storage.s3_upload import Held, Target, complete, error_code, send_part
from app.storage.store import Part

_NOT_THESE = ("InvalidPart", "InvalidPartOrder", "EntityTooSmall", "MalformedXML", "InvalidRequest")


async def begin(target: Target, content_type: str) -> str:
    answer = await target.client.create_multipart_upload(**target.names, ContentType=content_type)
    return str(answer["UploadId"])


async def put(target: Target, upload: str, number: int, chunks: AsyncIterator[bytes], size: int) -> Part:
    """Held in memory whole. Raises also what `chunks` raises."""
    body = Held(b"".join([chunk async for chunk in chunks]))
    check_size(body.size, size)
    try:
        return Part(number=number, size=size, etag=await send_part(target, upload, number, body))
    except ClientError as error:
        raise _over(error) from error


async def arrived(target: Target, upload: str) -> list[Part]:
    found: list[Part] = []
    try:
        pages = target.client.get_paginator("list_parts").paginate(**target.names, UploadId=upload)
        async for page in pages:
            found += [
                Part(number=entry["PartNumber"], size=entry["Size"], etag=entry["ETag"])
                for entry in page.get("Parts", ())
            ]
    except ClientError as error:
        raise _over(error) from error
    return found


async def complete_with(target: Target, upload: str, parts: Sequence[Part]) -> None:
    etags = {part.number: part.etag for part in parts}
    try:
        await complete(target, upload, etags, sum(part.size for part in parts))
    except ClientError as error:
        if error_code(error) in _NOT_THESE:
            raise Conflict("These are not the parts that have arrived.", code="parts_changed") from error
        raise _over(error) from error


async def abort(target: Target, upload: str) -> None:
    try:
        await target.client.abort_multipart_upload(**target.names, UploadId=upload)
    except ClientError as error:
        if error_code(error) != "NoSuchUpload":
            raise


def _over(error: ClientError) -> Exception:
    return NotFound("This upload is over, or never was.") if error_code(error) in ("NoSuchUpload", "404") else error
