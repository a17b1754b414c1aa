"""`python -m renderer --serve`: one warm process that answers one request for a still after another.

A request on stdin is a length (4 bytes, big-endian) and that much JSON:
    {"template": {…}, "files": {address: path}, "time": 2.5, "format": "jpeg" | "png" | "webp", "width": 640}
    {"template": {…}, "files": {address: path}, "proof": true}   when no image is wanted, but warnings of all its texts
The warnings are those of the whole template either way: what was drawn before, and which frame is asked for, changes
nothing about them.
An answer on stdout is a length and that much JSON, and then as many bytes of image as its `bytes` says:
    {"bytes": 48211, "warnings": […]}   or   {"bytes": 0, "error": {"code", "message", "problems": […]}}
The end of stdin is the end of the process.
"""

import traceback
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec
from msgspec import Struct

from renderer.composition import Composition
from renderer.errors import RenderError
from renderer.format.template import parse
from renderer.media.shelf import Shelf
from renderer.order import paths
from renderer.proof import proof
from renderer.report import Failure, failure_of
from renderer.stills import ImageFormat, take_still

MAX_REQUEST = 16 << 20
SHELF_BYTES = 96 << 20  # a dozen pictures of the whole frame at 1920x1080
_KEPT = 2  # productions: the same template asked for at other times needs no decoding and no text layout


class StillRequest(Struct, frozen=True, kw_only=True):
    template: dict[str, Any]
    files: dict[str, str] = {}
    time: float = 0.0
    format: ImageFormat = "jpeg"
    width: int | None = None
    proof: bool = False


class StillAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    bytes: int
    warnings: tuple[str, ...] = ()
    error: Failure | None = None


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answers until `requests` ends. A request that cannot be served is answered with its error."""
    studio = _Studio()
    while (request := _read(requests)) is not None:
        image, answer = studio.answer(request)
        header = msgspec.json.encode(answer)
        answers.write(len(header).to_bytes(4) + header + image)
        answers.flush()
    studio.close()


class _Production(NamedTuple):
    composition: Composition
    warnings: tuple[str, ...]


class _Studio:
    """The productions used last, by what they were made from."""

    def __init__(self) -> None:
        self._productions: OrderedDict[object, _Production] = OrderedDict()
        self._shelf = Shelf(SHELF_BYTES)

    def answer(self, request: bytes) -> tuple[bytes, StillAnswer]:
        try:
            wanted = msgspec.json.decode(request, type=StillRequest)
            if wanted.proof:
                return b"", StillAnswer(bytes=0, warnings=proof(parse(wanted.template), paths(wanted.files)))
            composition, warnings = self._production(wanted)
            image = take_still(composition, wanted.time, wanted.format, wanted.width)
            return image, StillAnswer(bytes=len(image), warnings=warnings)
        except Exception as error:  # noqa: BLE001 - no request ends the server
            if not isinstance(error, RenderError | msgspec.MsgspecError):
                traceback.print_exc()
            return b"", StillAnswer(bytes=0, error=failure_of(error))

    def close(self) -> None:
        while self._productions:
            self._productions.popitem()[1].composition.close()

    def _production(self, wanted: StillRequest) -> _Production:
        files = paths(wanted.files)
        key = msgspec.json.encode(wanted.template), tuple(map(_identity, files.items()))
        production = self._productions.pop(key, None)
        if production is None:
            while len(self._productions) >= _KEPT:
                self._productions.popitem(last=False)[1].composition.close()
            template = parse(wanted.template)
            warnings = proof(template, files)
            production = _Production(Composition(template, files, self._shelf), warnings)
        self._productions[key] = production
        return production


def _identity(file: tuple[str, Path]) -> tuple[object, ...]:
    """An address and which version of its file is meant."""
    address, path = file
    status = path.stat() if path.exists() else None
    return address, path, status and (status.st_mtime_ns, status.st_size)


def _read(requests: BinaryIO) -> bytes | None:
    """The next request, None at the end; of one that is too long nothing."""
    length = requests.read(4)
    if len(length) < 4:
        return None
    left = int.from_bytes(length)
    if left <= MAX_REQUEST:
        return requests.read(left)
    while left > 0 and (skipped := requests.read(min(left, 1 << 20))):
        left -= len(skipped)
    return b""
