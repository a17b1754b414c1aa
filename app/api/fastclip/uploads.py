"""`/v1/upload`: ask to upload a source, in one piece or in parts, or from an address, and hear what became of it."""

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from app.api.bodies import ApiRequest
from app.api.context import Caller, Context, Shared
from app.api.fastclip.upload_wire import (
    Aborted,
    Aborting,
    AbortingMultipart,
    ArrivedPart,
    Completed,
    Completion,
    Initiated,
    NewMultipart,
    NewUpload,
    NewUploadFromUrl,
    PartUrl,
    Queued,
    Refreshed,
    Refreshing,
    Requested,
    UploadStatus,
    told,
)
from app.api.idempotency import once
from app.errors import NotFound, StorageFailed
from app.services import holding, remote
from app.services.uploads import arrivals, records, requests
from app.services.uploads.records import Upload
from app.services.uploads.requests import URL_S, House, Made, Plan, Wanted

Tell = Callable[[Plan, Made], Any]
"""The answer to a request, once it is granted."""


@post(
    "/v1/upload/request",
    status_code=200,
    responses={200: ResponseSpec(Requested, generate_examples=False, description="Where to send the file.")},
)
async def request_one(request: ApiRequest, context: Shared, data: JSONBody[NewUpload]) -> Response[bytes]:
    """Ask to upload a file by one PUT, and order a clip of it if you like. For files above 96 MB, send it in parts."""

    async def tell(plan: Plan) -> Tell:
        url = await context.storage.put_url(plan.key, size=data.file_size, expires_s=URL_S)
        return lambda plan, made: Requested(
            file_id=plan.id,
            upload_url=url,
            expires_in=URL_S,
            clip_requested=plan.clip is not None,
            clip_job_id=made.clip_job,
        )

    wanted = Wanted(filename=data.filename, content_type=data.content_type, size=data.file_size, clip=data.clip)
    return await _granted(request, context, wanted, "put", tell)


@post(
    "/v1/upload/multipart/initiate",
    status_code=200,
    responses={200: ResponseSpec(Initiated, generate_examples=False, description="Where to send each part.")},
)
async def initiate(request: ApiRequest, context: Shared, data: JSONBody[NewMultipart]) -> Response[bytes]:
    """Ask to upload a file in parts: in any order, several at once, each again if need be. Then complete it."""
    requests.check_parts(data.file_size, data.part_size, data.part_count)

    async def tell(plan: Plan) -> Tell:
        assert plan.division
        urls = await arrivals.urls_of_parts(plan.division, range(1, data.part_count + 1), context.storage)
        return lambda plan, made: Initiated(
            file_id=plan.id,
            upload_id=plan.store_id or "",
            parts=[PartUrl(part_number=number, url=url) for number, url in urls.items()],
            expires_in=URL_S,
            clip_requested=plan.clip is not None,
            clip_job_id=made.clip_job,
        )

    wanted = Wanted(
        filename=data.filename,
        content_type=data.content_type,
        size=data.file_size,
        part_size=data.part_size,
        clip=data.clip,
    )
    return await _granted(request, context, wanted, "multipart", tell)


@post(
    "/v1/upload/url",
    status_code=200,
    responses={200: ResponseSpec(Queued, generate_examples=False, description="It is being fetched.")},
)
async def from_url(request: ApiRequest, context: Shared, data: JSONBody[NewUploadFromUrl]) -> Response[bytes]:
    """Have a file fetched from its address on the web, as if you had uploaded it."""

    async def tell(_: Plan) -> Tell:
        await remote.peek(data.url, context.egress)
        return lambda plan, made: Queued(
            file_id=plan.id, clip_requested=plan.clip is not None, clip_job_id=made.clip_job
        )

    filename = data.filename or unquote(urlsplit(data.url).path).rpartition("/")[2]
    return await _granted(request, context, Wanted(filename=filename, url=data.url, clip=data.clip), "url", tell)


async def _granted(
    request: ApiRequest, context: Context, wanted: Wanted, way: records.Way, tell: Callable[[Plan], Awaitable[Tell]]
) -> Response[bytes]:
    """`tell`: what of the answer has to be asked of the store. Addresses are secrets, so the kept answer is sealed."""
    house = House(mode=context.settings.billing, quota=context.settings.storage_quota)
    begun: list[Plan] = []

    async def prepared() -> tuple[Plan, Tell]:
        plan = await requests.prepare(wanted, way, asking=request.user, house=house, storage=context.storage)
        begun.append(plan)
        return plan, await tell(plan)

    async def made(prepared: tuple[Plan, Tell]) -> Any:
        plan, answer = prepared
        return answer(plan, await requests.create(plan))

    try:
        return await once(request, 200, prepared, made, sealed=True)
    except BaseException:
        for plan in begun:
            with contextlib.suppress(StorageFailed):
                await requests.abandon(plan, context.storage)
        raise


@post("/v1/upload/multipart/complete", status_code=200)
async def complete(context: Shared, principal: Caller, data: JSONBody[Completion]) -> Completed:
    """Put the parts together, all of them with the ETags that their PUTs were answered with, and have them checked."""
    upload = await _in_parts(data.file_id, data.upload_id, principal)
    await arrivals.complete(upload, data.parts, asking=principal, storage=context.storage)
    return Completed(file_id=upload.id)


@post("/v1/upload/multipart/refresh", status_code=200)
async def refresh(context: Shared, principal: Caller, data: JSONBody[Refreshing]) -> Refreshed:
    """New addresses for parts, and which have arrived: to go on after an hour, or in another process."""
    upload = await _in_parts(data.file_id, data.upload_id, principal)
    records.check_pending(upload)
    cut = upload.division
    arrived = await context.storage.parts(cut.key, cut.upload)
    numbers = data.part_numbers
    if numbers is None:
        numbers = sorted(set(range(1, cut.count + 1)) - {part.number for part in arrived})
    urls = await arrivals.urls_of_parts(cut, numbers, context.storage)
    return Refreshed(
        file_id=upload.id,
        upload_id=data.upload_id,
        parts=[PartUrl(part_number=number, url=url) for number, url in urls.items()],
        uploaded=[ArrivedPart(part_number=part.number, size=part.size, etag=part.etag) for part in arrived],
        expires_in=URL_S,
    )


@post("/v1/upload/multipart/abort", status_code=200)
async def abort_multipart(context: Shared, principal: Caller, data: JSONBody[AbortingMultipart]) -> Aborted:
    """Give up an upload in parts that is not complete. What was sent of it is removed."""
    return await _aborted(await _in_parts(data.file_id, data.upload_id, principal), context, principal)


@post("/v1/upload/abort", status_code=200)
async def abort(context: Shared, principal: Caller, data: JSONBody[Aborting]) -> Aborted:
    """Give up an upload before it is ready, however it was requested. A clip that was ordered with it costs nothing."""
    async with holding.acting(principal):
        upload = await records.find(data.file_id, principal.account)
    return await _aborted(upload, context, principal)


async def _aborted(upload: Upload, context: Context, principal: Caller) -> Aborted:
    async with holding.acting(principal):
        await arrivals.abort(upload)
    with contextlib.suppress(StorageFailed):  # the sweeper does it
        await arrivals.remove(upload, context.storage)
    return Aborted(file_id=upload.id)


@get("/v1/upload/{file_id:str}", status_code=200)
async def read(context: Shared, principal: Caller, file_id: FromPath[str]) -> UploadStatus:
    """What became of an upload: pending until its bytes have arrived, processing while they are checked, then ready."""
    upload = await records.find(file_id, principal.account)
    if upload.state == "pending":
        with contextlib.suppress(StorageFailed):  # what has been true before is still told
            if await arrivals.notice(upload, context.storage):
                upload = await records.find(file_id, principal.account)
    return told(upload)


async def _in_parts(file_id: str, upload_id: str, principal: Caller) -> Upload:
    async with holding.acting(principal):
        upload = await records.find(file_id, principal.account)
    if upload.way != "multipart" or upload.store_id != upload_id:
        message = f'"{file_id}" is no upload in parts with this `upload_id`. Use both as initiate answered them.'
        raise NotFound(message, code="unknown_upload")
    return upload


HANDLERS = (request_one, initiate, complete, refresh, abort_multipart, abort, from_url, read)
