"""`/uploads/…`: where clients send files, whole or in parts, to a signed address, where no store takes them itself."""

import re
import time

from litestar import Response, Router, put
from litestar.params import FromPath

from app.api.bodies import ApiRequest, chunks
from app.api.context import Shared
from app.errors import Gone, NotFound
from app.services import accounts
from app.services.uploads import arrivals, records
from app.storage import Place, owner, verify_upload_url

_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)


@put("/uploads/{key:path}", status_code=200)
async def receive(request: ApiRequest, context: Shared, key: FromPath[str]) -> Response[bytes]:
    """Send a file, or a part of one, as the body. The address is signed, for just that many bytes, and expires.

    Nothing is kept unless all of it arrives. Send no key; what the body is called does not matter.
    """
    place = _place(request, key.removeprefix("/"))
    signed = verify_upload_url(place, signature=request.query_params.get("signature", ""), secret=context.secret)
    if not signed or await accounts.is_shut_out(owner(place.key)):
        raise _unknown()
    if time.time() >= place.expires:
        raise Gone("This address has expired. Ask for a new one, and send it again.", code="address_expired")
    upload = await records.seen(place.key.rpartition("/")[2].partition(".")[0])
    if upload is None or upload.key != place.key:
        raise _unknown()
    records.check_here(upload)
    announced = request.content_length
    if announced is not None and announced != place.size:
        raise arrivals.wrong_size(announced, place.size)
    etag = await arrivals.receive(upload, place, chunks(request, max_bytes=place.size), context.storage)
    return Response(b"", status_code=200, headers={"ETag": etag})


def _place(request: ApiRequest, key: str) -> Place:
    query = request.query_params
    size, expires, part = (query.get(name, "0") for name in ("size", "expires", "part"))
    if not all(map(_NUMBER.fullmatch, (size, expires, part))):
        raise _unknown()
    return Place(key=key, size=int(size), expires=int(expires), upload=query.get("upload", ""), part=int(part))


def _unknown() -> NotFound:
    return NotFound("This address is not valid. Ask for a new one.", code="unknown_address")


router = Router("/", route_handlers=[receive], tags=["Files"])
