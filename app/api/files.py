"""`/files/…`: stored files for whoever has a signed address, whole or in ranges."""

import time

from litestar import HttpMethod, Response, Router, route
from litestar.params import FromPath
from litestar.response import Redirect, Stream

from app.api.bodies import ApiRequest
from app.api.context import Context, Shared
from app.api.serving import AS_IT_IS, served
from app.errors import InvalidInput, NotFound
from app.services import accounts
from app.storage import ObjectInfo, content_disposition, owner, verify_file_url

REDIRECTED_S = 3600.0
"""How long the address is good to which a lasting one leads, where the object store serves clients itself."""


@route("/files/{key:path}", http_method=[HttpMethod.GET, HttpMethod.HEAD], status_code=200)
async def file(request: ApiRequest, context: Shared, key: FromPath[str]) -> Response[bytes] | Redirect | Stream:
    """A stored file. The address is signed, and expires or lasts as long as the file; HEAD and single ranges work.

    While the file's account is banned, the address leads nowhere.
    """
    name = request.query_params.get("filename")
    info = await _allowed(request, context, key.removeprefix("/"), name)
    if context.storage.direct and request.method == HttpMethod.GET:
        target = await context.storage.url(info.key, expires_s=REDIRECTED_S, filename=name)
        return Redirect(target, status_code=302, headers={**AS_IT_IS, "Cache-Control": "private, max-age=300"})
    headers = {} if name is None else {"Content-Disposition": content_disposition(name)}
    return served(request, context.storage, info, headers)


async def _allowed(request: ApiRequest, context: Context, key: str, name: str | None) -> ObjectInfo:
    """The object that the address was signed for; every other address gets one and the same answer.

    So does that of a banned account, as long as it is banned: who follows the link is somebody else, and need not know.
    """
    query = request.query_params
    signed = verify_file_url(
        key,
        expires=query.get("expires", ""),
        signature=query.get("signature", ""),
        secret=context.secret,
        now=time.time(),
        filename=name,
    )
    try:
        shown = signed and not await accounts.is_shut_out(owner(key))
        info = await context.storage.head(key) if shown else None
    except InvalidInput:
        info = None
    if info is None:
        raise NotFound("This address is not valid, or not any more. Ask for a new one.", code="unknown_file")
    return info


router = Router("/", route_handlers=[file], tags=["Files"])
