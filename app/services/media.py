"""Every file that a template names, brought to a local path: the one place that knows where each kind is found."""

import asyncio
import base64
import hashlib
import os
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from weakref import WeakValueDictionary

from msgspec import Struct

from app import opentype
from app.egress import Egress
from app.errors import AppError, InvalidInput, Problem, StorageFailed, Unavailable, Unsupported, sentence
from app.services import assets
from app.services.kinds import check_fitting, kind_of
from app.storage import Storage
from renderer.format.refusals import MAX_PROBLEMS
from renderer.format.template import Source

CONCURRENT = 4
PATIENCE_S = 5.0
TOLD = 5
"""Of several files that cannot be had, as many are told in a sentence; `fields` have more of them."""
_MB = 1_000_000


class Caps(Struct, frozen=True, kw_only=True):
    """The largest file of each kind in bytes, and how long one may take to arrive, in seconds."""

    image_bytes: int
    font_bytes: int
    stream_bytes: int
    image_s: float
    stream_s: float


JOB_CAPS = Caps(image_bytes=50 * _MB, font_bytes=25 * _MB, stream_bytes=2_000 * _MB, image_s=120, stream_s=1800)
STILL_CAPS = Caps(image_bytes=25 * _MB, font_bytes=25 * _MB, stream_bytes=200 * _MB, image_s=15, stream_s=30)


async def localise(
    sources: Iterable[Source],
    *,
    account: str,
    storage: Storage,
    egress: Egress,
    builtin_dir: Path,
    into: Path,
    caps: Caps = JOB_CAPS,
    fresh_s: float = 0,
) -> dict[str, Path]:
    """A local path for each source's URL; what has to be fetched is written below `into`.

    Names in `into` tell the content or the address. A directory that outlives the call is a cache: uploads and
    embedded data found there are used again, web files when they are younger than `fresh_s` seconds.
    Raises AppError whose fields name the place in the template; OSError when the local disk refuses.
    """
    reach = _Reach(account, storage, egress, builtin_dir, into, caps, fresh_s)
    into.mkdir(parents=True, exist_ok=True)
    gate = asyncio.Semaphore(CONCURRENT)

    async def found(source: Source) -> Path:
        async with gate:
            return await _placed(source, reach.find(source))

    first_places: dict[str, Source] = {}
    for source in sources:
        first_places.setdefault(source.url, source)
    files = await _gathered(found(source) for source in first_places.values())
    return dict(zip(first_places, files, strict=True))


async def check(sources: Sequence[Source], *, account: str, egress: Egress, builtin_dir: Path) -> None:
    """What can be said of the sources without fetching any: that they are there, and of the kind that is wanted.

    One InvalidInput or Unsupported names all that is wrong. A file that is damaged may pass.
    """
    uploads = await assets.content_types((_asset_id(source) for source in sources if _is_asset(source)), account)
    foresight = _Foresight(egress, builtin_dir, uploads)
    refused = await asyncio.to_thread(lambda: [fault for source in sources if (fault := foresight.fault(source))])
    if refused:
        told = _together(refused)
        kind = Unsupported if isinstance(told, Unsupported) else InvalidInput
        raise kind(told.message, code=told.code, fields=told.fields)


class _Foresight(Struct, frozen=True):
    """What is known of files that nobody has fetched; `uploads`: the content types of the account's by their ids."""

    egress: Egress
    builtin_dir: Path
    uploads: dict[str, str]

    def fault(self, source: Source) -> AppError | None:
        try:
            if (content_type := self._content_type(source)) is not None:
                check_fitting(content_type, source.kind)
        except AppError as error:
            return _at(source, error)
        return None

    def _content_type(self, source: Source) -> str | None:
        """None for what is on the web. Raises AppError for what cannot be had, or is no media."""
        if _is_web(source):
            self.egress.check_url(source.url)
            return None
        if _is_asset(source):
            if (asset_id := _asset_id(source)) not in self.uploads:
                raise assets.unknown(asset_id)
            return self.uploads[asset_id]
        if _is_data(source):
            with NamedTemporaryFile() as file:
                file.write(_embedded(source.url))
                file.flush()
                return kind_of(Path(file.name)).content_type
        return kind_of(_builtin(self.builtin_dir, source.url)).content_type


async def _gathered(findings: Iterable[Coroutine[Any, Any, Path]]) -> list[Path]:
    """All of them. Where one fails, the others have PATIENCE_S to say whether they fail too: one error tells of all."""
    tasks = [asyncio.create_task(finding) for finding in findings]
    try:
        if tasks:
            _, running = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            if running:
                await asyncio.wait(running, timeout=PATIENCE_S)
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    failed = [end for end in ended if isinstance(end, Exception)]
    for failure in failed:
        if not isinstance(failure, AppError):
            raise failure
    if failed:
        raise _together([failure for failure in failed if isinstance(failure, AppError)])
    return [end for end in ended if isinstance(end, Path)]


def _together(failures: Sequence[AppError]) -> AppError:
    """One error for all; a failure of ours, which may pass, only where there is no other."""
    lasting = [failure for failure in failures if not isinstance(failure, StorageFailed | Unavailable)] or failures
    first = lasting[0]
    return type(first)(
        sentence(*(failure.message for failure in lasting[:TOLD])),
        code=first.code,
        fields=tuple(problem for failure in lasting for problem in failure.fields)[:MAX_PROBLEMS],
        retry_after_s=first.retry_after_s,
    )


def trim(folder: Path, max_bytes: int, max_age_s: float) -> None:
    """Remove the files below that nobody used for so long, and those used longest ago until the rest fits.

    Several threads may be at it. Folders stay, for somebody may be about to write there.
    """
    oldest, kept = time.time() - max_age_s, 0
    facts = [(path, status) for path in _files_below(folder) if (status := _status(path))]
    for path, status in sorted(facts, key=lambda fact: -fact[1].st_atime):
        kept += status.st_size
        if kept > max_bytes or status.st_atime < oldest:
            path.unlink(missing_ok=True)


def _files_below(folder: Path) -> Iterator[Path]:
    return (Path(within, name) for within, _, names in os.walk(folder) for name in names)


def _status(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except FileNotFoundError:
        return None


_locks: WeakValueDictionary[Path, asyncio.Lock] = WeakValueDictionary()
"""One arrival for each file: who asks meanwhile waits for it."""


class _Reach(Struct, frozen=True):
    """What one call may reach, and where it writes."""

    account: str
    storage: Storage
    egress: Egress
    builtin_dir: Path
    into: Path
    caps: Caps
    fresh_s: float

    async def find(self, source: Source) -> Path:
        found = await self._as_it_is(source)
        return await self._sanitised(found) if source.kind == "font" else found

    async def _as_it_is(self, source: Source) -> Path:
        if _is_web(source):
            return await self._web(source)
        if _is_asset(source):
            return await self._asset(source)
        if _is_data(source):
            return await self._data(source.url)
        return _builtin(self.builtin_dir, source.url)

    async def _web(self, source: Source) -> Path:
        dest = self.into / f"web-{_digest(source.url.encode())}"
        max_bytes, total_s = self._limits(source)

        async def fetch() -> object:
            return await self.egress.fetch(source.url, dest, max_bytes=max_bytes, total_timeout_s=total_s)

        return await once(dest, fetch, fresh_s=self.fresh_s)

    async def _asset(self, source: Source) -> Path:
        asset = await assets.find(_asset_id(source), self.account)
        max_bytes, _ = self._limits(source)
        if asset.size > max_bytes:
            message = f"This upload has {asset.size:,} bytes; at most {max_bytes:,} can be used here."
            raise Unsupported(message, code="asset_too_large")
        dest = self.into / f"asset-{asset.sha256}"
        return await once(dest, lambda: self.storage.get_to_file(asset.key, dest))

    async def _data(self, url: str) -> Path:
        content = _embedded(url)
        dest = self.into / f"data-{_digest(content)}"
        return await once(dest, lambda: asyncio.to_thread(_write_whole, dest, content))

    async def _sanitised(self, font: Path) -> Path:
        digest = await asyncio.to_thread(lambda: _digest(font.read_bytes()))
        dest = self.into / f"font-{digest}"
        return await once(dest, lambda: opentype.sanitise(font, dest))

    def _limits(self, source: Source) -> tuple[int, float]:
        if source.kind == "image":
            return self.caps.image_bytes, self.caps.image_s
        if source.kind == "font":
            return self.caps.font_bytes, self.caps.image_s
        return self.caps.stream_bytes, self.caps.stream_s


async def once(dest: Path, arrive: Callable[[], Awaitable[object]], *, fresh_s: float | None = None) -> Path:
    """`dest`, which `arrive` writes whole unless it is there; with `fresh_s` seconds it must also be younger."""
    lock = _locks.setdefault(dest, asyncio.Lock())
    async with lock:
        if not _usable(dest, fresh_s):
            await arrive()
    return dest


def _usable(file: Path, fresh_s: float | None) -> bool:
    try:
        facts = file.stat()
        if fresh_s is not None and time.time() - facts.st_mtime >= fresh_s:
            return False
        # `trim` keeps what was used last. The time of change stays: still servers know a file by it.
        os.utime(file, ns=(time.time_ns(), facts.st_mtime_ns))
    except FileNotFoundError:
        return False
    return True


async def _placed(source: Source, finding: Awaitable[Path]) -> Path:
    try:
        return await finding
    except AppError as error:
        raise _at(source, error) from error


def _at(source: Source, error: AppError) -> AppError:
    """The same error, naming the place in the template."""
    return type(error)(
        f"{source.path}: {error.message}",
        code=error.code,
        fields=(Problem(source.path, error.message),),
        retry_after_s=error.retry_after_s,
    )


def _embedded(url: str) -> bytes:
    try:
        return base64.b64decode(url.partition(",")[2], validate=True)
    except ValueError as error:
        raise InvalidInput("The embedded data is not base64, or a part of it is missing.") from error


def _builtin(builtin_dir: Path, url: str) -> Path:
    file = _file_below(builtin_dir.resolve(), url)
    if file is None:
        message = f'There is no file "{url[:100]}" beside the built-in templates. Upload it or give its address.'
        raise InvalidInput(message, code="media_missing")
    return file


def _file_below(folder: Path, name: str) -> Path | None:
    try:
        file = (folder / name).resolve()
        return file if file.is_relative_to(folder) and file.is_file() else None
    except (OSError, ValueError):  # too long a name, a null character: nothing that could be a file
        return None


def _write_whole(dest: Path, content: bytes) -> None:
    temp = dest.with_name(f".{dest.name}.{os.urandom(8).hex()}.part")
    try:
        temp.write_bytes(content)
        temp.replace(dest)
    finally:
        temp.unlink(missing_ok=True)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _is_web(source: Source) -> bool:
    return source.url[:8].lower().startswith(("http://", "https://"))


def _is_asset(source: Source) -> bool:
    return source.url[:6].lower() == "asset:"


def _asset_id(source: Source) -> str:
    return source.url[6:]


def _is_data(source: Source) -> bool:
    return source.url[:5].lower() == "data:"
