"""`/v1/upload/tus`: uploads by tus 1.0.0, the open protocol for uploads that go on where they broke off.

Core, creation, expiration, checksum and termination. What is made this way is an upload like any other.
"""

import base64
import binascii
import hashlib
from collections.abc import AsyncIterator
from email.utils import formatdate
from typing import NoReturn

from litestar import HttpMethod, Response, delete, head, patch, post, route
from litestar.exceptions import HTTPException
from litestar.params import FromPath

from app.api.bodies import ApiRequest, chunks
from app.api.context import Caller, Shared
from app.errors import InvalidInput, NotFound, TooLarge
from app.services import holding
from app.services.uploads import appending, arrivals, records, requests
from app.services.uploads.appending import Checksum, Mismatch
from app.services.uploads.records import MAX_BYTES, Upload
from app.services.uploads.requests import TUS_PART, House, Wanted

VERSION = "1.0.0"
_ALGORITHMS = {"md5": hashlib.md5, "sha1": hashlib.sha1, "sha256": hashlib.sha256}
_ABILITIES = {
    "Tus-Resumable": VERSION,
    "Tus-Version": VERSION,
    "Tus-Extension": "creation,expiration,checksum,termination",
    "Tus-Max-Size": str(MAX_BYTES),
    "Tus-Checksum-Algorithm": ",".join(_ALGORITHMS),
}
HEADERS = (*_ABILITIES, "Location", "Upload-Offset", "Upload-Length", "Upload-Expires")
"""Of answers: what pages of other origins have to read."""
BODY = "application/offset+octet-stream"
ASKED = {
    "POST /v1/upload/tus": {
        "Upload-Length": "The bytes of the file.",
        "Upload-Metadata": 'What the file is called, as in "filename c291cmNlLm1wNA==,filetype dmlkZW8vbXA0".',
    },
    "HEAD /v1/upload/tus/{file_id}": {},
    "PATCH /v1/upload/tus/{file_id}": {
        "Upload-Offset": "How many bytes have arrived before these.",
        "Upload-Checksum": f"{', '.join(_ALGORITHMS)}, a space, and the hash of the body in base64.",
    },
    "DELETE /v1/upload/tus/{file_id}": {},
}
"""Headers of requests beside Tus-Resumable."""
_NAMES, _TYPES = ("filename", "name"), ("filetype", "type", "content_type")


@route("/v1/upload/tus", http_method=[HttpMethod.OPTIONS], status_code=204)
async def abilities() -> Response[None]:
    """What of tus is spoken here."""
    return Response(None, status_code=204, headers=_ABILITIES)


@post("/v1/upload/tus", status_code=201)
async def create(request: ApiRequest, context: Shared, principal: Caller) -> Response[None]:
    """Begin an upload of `Upload-Length` bytes, 5 GB at most. `Upload-Metadata` may hold filename and filetype."""
    _check_version(request)
    size = _number(request, "Upload-Length")
    if size > MAX_BYTES:
        raise TooLarge(f"A file has at most {MAX_BYTES:,} bytes. Cut or compress it first.")
    metadata = _metadata(request.headers.get("upload-metadata", ""))
    wanted = Wanted(
        filename=next((metadata[name] for name in _NAMES if metadata.get(name)), "upload"),
        content_type=next((metadata[name] for name in _TYPES if metadata.get(name)), "")[:100],
        size=size,
        part_size=TUS_PART,
    )
    house = House(mode=context.settings.billing, quota=context.settings.storage_quota)
    plan = await requests.prepare(wanted, "tus", asking=principal, house=house, storage=context.storage)
    try:
        async with holding.acting(principal):
            await requests.create(plan)
    except BaseException:
        await requests.abandon(plan, context.storage)
        raise
    upload = await records.find(plan.id, principal.account)
    location = f"{context.settings.base_url}/v1/upload/tus/{plan.id}"
    return Response(None, status_code=201, headers={**_where(upload), "Location": location})


@head("/v1/upload/tus/{file_id:str}", status_code=200)
async def ask(request: ApiRequest, context: Shared, principal: Caller, file_id: FromPath[str]) -> Response[None]:
    """How many bytes have arrived: go on from there."""
    upload = await _find(request, file_id, principal)
    if upload.state == "pending" and await arrivals.notice(upload, context.storage):
        upload = await _find(request, file_id, principal)
    headers = {**_where(upload), "Upload-Length": str(upload.whole), "Cache-Control": "no-store"}
    return Response(None, status_code=200, headers=headers)


@patch("/v1/upload/tus/{file_id:str}", status_code=204)
async def go_on(request: ApiRequest, context: Shared, principal: Caller, file_id: FromPath[str]) -> Response[None]:
    """Send bytes from `Upload-Offset` on. When all have arrived the file is checked; poll GET /v1/upload/{file_id}."""
    upload = await _find(request, file_id, principal)
    if request.content_type[0] != BODY:
        raise HTTPException(status_code=415, detail=f"The body of a PATCH is of the type {BODY}.")
    offset, checksum = _number(request, "Upload-Offset"), _checksum(request)
    body: AsyncIterator[bytes] = chunks(request, max_bytes=max(0, upload.whole - offset))
    try:
        received = await appending.append(
            upload, body, offset=offset, asking=principal, storage=context.storage, checksum=checksum
        )
    except Mismatch as error:
        raise HTTPException(status_code=460, detail="The checksum is not that of the body. Send it again.") from error
    headers = {**_where(upload), "Upload-Offset": str(received)}
    return Response(None, status_code=204, headers=headers)


@delete("/v1/upload/tus/{file_id:str}", status_code=204)
async def end(request: ApiRequest, context: Shared, principal: Caller, file_id: FromPath[str]) -> Response[None]:
    """Give up an upload before it is ready. What was sent of it is removed."""
    upload = await _find(request, file_id, principal)
    async with holding.acting(principal):
        await arrivals.abort(upload)
    await arrivals.remove(upload, context.storage)
    return Response(None, status_code=204, headers={"Tus-Resumable": VERSION})


async def _find(request: ApiRequest, file_id: str, principal: Caller) -> Upload:
    upload = await records.find(file_id, principal.account)
    if upload.way != "tus":
        raise NotFound(f'"{file_id[:64]}" is no upload by tus.', code="unknown_upload")
    _check_version(request)
    return upload


def _where(upload: Upload) -> dict[str, str]:
    return {
        "Tus-Resumable": VERSION,
        "Upload-Offset": str(upload.received),
        "Upload-Expires": formatdate(upload.expires_at / 1000, usegmt=True),
    }


def _check_version(request: ApiRequest) -> None:
    if request.headers.get("tus-resumable") != VERSION:
        message = f"This is tus {VERSION}. Send the header Tus-Resumable: {VERSION}."
        raise HTTPException(status_code=412, detail=message, headers={"Tus-Version": VERSION})


def _number(request: ApiRequest, name: str) -> int:
    given = request.headers.get(name, "")
    if not (given.isascii() and given.isdecimal() and len(given) <= 15):
        raise InvalidInput(f"The header {name} has to be a number of bytes.", code="invalid_header")
    return int(given)


def _metadata(header: str) -> dict[str, str]:
    """`name base64, name base64, …`."""
    found: dict[str, str] = {}
    for pair in filter(None, map(str.strip, header.split(","))):
        name, _, encoded = pair.partition(" ")
        try:
            found[name.lower()] = base64.b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            _refuse("Upload-Metadata", 'pairs of a name and base64, such as "filename c291cmNlLm1wNA=="')
    return found


def _checksum(request: ApiRequest) -> Checksum | None:
    header = request.headers.get("upload-checksum")
    if header is None:
        return None
    name, _, expected = header.strip().partition(" ")
    if name not in _ALGORITHMS or not expected:
        _refuse("Upload-Checksum", f"one of {', '.join(_ALGORITHMS)}, a space, and base64")
    return Checksum(_ALGORITHMS[name](usedforsecurity=False), expected.strip())


def _refuse(header: str, expected: str) -> NoReturn:
    raise InvalidInput(f"The header {header} is not understood. It has to be {expected}.", code="invalid_header")


HANDLERS = (abilities, create, ask, go_on, end)
