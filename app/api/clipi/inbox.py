"""What a request to a tool sends: fields, and files that stream into the store as they arrive, in any order."""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Any
from urllib.parse import unquote

from multipart import MultipartSegment
from yarl import URL

from app import ids
from app.api import idempotency, multiparts, receiving
from app.api.bodies import ApiRequest, decoded
from app.api.clipi import recipes
from app.api.clipi.recipes import Steps, refused
from app.api.context import Context
from app.errors import AddressRefused, InvalidInput, StorageFailed, Unsupported
from app.services import tools
from app.services.tools import Order
from app.specs import Origin
from app.tools import Merge

_FILE, _URL, _SUBTITLES, _SUBTITLES_URL = "file", "url", "subtitles", "subtitlesUrl"
_HOW = f'expected a file, as in curl -F "{_FILE}=@video.mp4", or the address of one as {_URL}'
_UNNAMED = "result"
_ANYTHING = "application/octet-stream"


class Inbox:
    """Of one request. `digest`: of what a form said, by which a repetition is known from another request."""

    def __init__(self, request: ApiRequest, context: Context, tool: str) -> None:
        self.tool_job = ids.tool_job_id()
        self.digest: str | None = None
        self._request = request
        self._context = context
        self._tool = tool
        self._fields: dict[str, str] = {}
        self._sources: list[Origin] = []
        self._names: list[str] = []
        self._subtitles: list[Origin] = []
        self._keys: list[str] = []
        self._said: list[object] = []
        self._left = receiving.MAX_FILE

    async def order(self) -> Order:
        """Read it all. Raises AppError as soon as something is wrong; what has arrived by then is still there."""
        if multiparts.is_form(self._request):
            return self._whole(await self._form())
        return self._whole(await self._json())

    async def empty(self) -> None:
        """Remove what has arrived. What cannot be removed now is the sweeper's."""
        with contextlib.suppress(StorageFailed):
            for key in self._keys:
                await asyncio.shield(self._context.storage.delete(key))

    async def _form(self) -> Steps:
        if not self._context.storage.direct:
            receiving.check_room(self._context.settings.data_path, self._request.content_length or 0)
        async with aclosing(multiparts.events(self._request, max_bytes=receiving.MAX_FILE)) as events:
            async for event in events:
                assert isinstance(event, MultipartSegment)
                if event.filename is None:
                    self._field(event.name or "", await _text(events))
                else:
                    await self._file(event.name or "", event.filename, events)
        said = json.dumps([sorted(self._fields.items()), self._said])
        self.digest = hashlib.sha256(said.encode()).hexdigest()
        return recipes.from_form(self._tool, self._fields)

    async def _json(self) -> Steps:
        try:
            raw: dict[str, Any] = decoded(await self._request.body(), dict[str, Any])
        except InvalidInput as error:
            message = f"{error.message} Send a file as multipart/form-data, or JSON that holds its address as {_URL}."
            raise InvalidInput(message, code=error.code, fields=error.fields) from error
        addresses, subtitles = raw.pop(_URL, []), raw.pop(_SUBTITLES_URL, [])
        for address in addresses if isinstance(addresses, list) else [addresses]:
            self._address(_URL, address)
        for address in [subtitles] if subtitles else []:
            self._address(_SUBTITLES_URL, address)
        return recipes.from_json(self._tool, raw)

    def _field(self, name: str, text: str) -> None:
        if name in (_URL, _SUBTITLES_URL):
            if text.strip():
                self._address(name, text.strip())
            return
        if name == _FILE:
            raise refused(_FILE, f"this is text; {_HOW}")
        if name in self._fields:
            raise refused(name[:100], "this field stands twice")
        self._fields[name] = text
        recipes.check_early(self._tool, self._fields)

    def _address(self, name: str, address: object) -> None:
        if not isinstance(address, str):
            raise refused(name, 'expected an address, such as "https://example.com/video.mp4"')
        try:
            self._context.egress.check_url(address)
        except AddressRefused as error:
            raise refused(name, error.message, Unsupported, error.code) from error
        called = unquote(URL(address).path).rpartition("/")[2]
        self._keep(name == _SUBTITLES_URL, Origin(url=address), called, address)

    async def _file(self, name: str, filename: str, events: AsyncGenerator[multiparts.Event, None]) -> None:
        if name not in (_FILE, _SUBTITLES):
            raise refused(name[:100], f"a file is sent as {_FILE}, and subtitles as {_SUBTITLES}")
        self._check_room_for(name == _SUBTITLES)
        key = f"{tools.folder(self._request.user.account, self.tool_job)}{len(self._keys)}"
        self._keys.append(key)
        digest = hashlib.sha256()
        look = digest.update if idempotency.named(self._request) else None
        content = _content(events, look)
        size = await self._context.storage.put_stream(key, content, _ANYTHING, max_bytes=self._left)
        if not size:
            raise refused(name, "the file is empty", Unsupported)
        self._left -= size
        self._keep(name == _SUBTITLES, Origin(key=key), filename, [filename, digest.hexdigest()])

    def _keep(self, subtitles: bool, origin: Origin, name: str, said: object) -> None:
        self._check_room_for(subtitles)
        self._said.append([subtitles, said])
        if subtitles:
            self._subtitles.append(origin)
        else:
            self._sources.append(origin)
            self._names.append(name)

    def _check_room_for(self, subtitles: bool) -> None:
        kept: Sequence[Origin] = self._subtitles if subtitles else self._sources
        most = 1 if subtitles else recipes.most_files(self._tool)
        if len(kept) >= most:
            path = _SUBTITLES if subtitles else _FILE
            raise refused(path, f"{self._tool} takes {'one file' if most == 1 else f'at most {most} files'} of these")

    def _whole(self, steps: Steps) -> Order:
        """What only all of it together can be wrong in."""
        if not self._sources:
            raise refused(_FILE, f"missing: {_HOW}")
        if len(self._sources) > steps[0].files:
            raise refused(_FILE, f"the first of the steps takes one file, not {len(self._sources)}")
        if isinstance(steps[0], Merge) and len(self._sources) == 1:
            raise refused(_FILE, f"expected two files at least, each as {_FILE} or {_URL}")
        order = Order(
            tool=self._tool,
            steps=steps,
            sources=tuple(self._sources),
            name=self._names[0] or _UNNAMED,
            subtitles=self._subtitles[0] if self._subtitles else None,
        )
        if order.wants_subtitles and not order.subtitles:
            raise refused(
                _SUBTITLES, f"missing: expected a file of subtitles (SRT, WebVTT or ASS), or {_SUBTITLES_URL}"
            )
        if order.subtitles and not order.wants_subtitles:
            raise refused(_SUBTITLES, f"{self._tool} takes no subtitles; burn-subtitles does")
        return order


async def _text(events: AsyncGenerator[multiparts.Event, None]) -> str:
    text = b""
    async for event in events:
        if not isinstance(event, bytes):
            break
        text = multiparts.longer(text, event)
    return text.decode(errors="replace")


async def _content(
    events: AsyncGenerator[multiparts.Event, None], look: Callable[[bytes], object] | None
) -> AsyncGenerator[bytes, None]:
    async for event in events:
        if not isinstance(event, bytes):
            break
        if look:
            look(event)
        yield event
