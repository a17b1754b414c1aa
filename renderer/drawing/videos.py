"""The videos and sounds of a template: looked at before anything is drawn, then their pictures."""

import gc
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from renderer.drawing.sizes import Need, needs
from renderer.errors import MediaError, telling_where
from renderer.format.objects import Video
from renderer.format.template import Source, Template, sources, walk
from renderer.matrix import matrix_for
from renderer.media.conversion import Developed
from renderer.media.footage import Footage
from renderer.media.info import MediaInfo
from renderer.media.probe import probe
from renderer.media.shelf import Shelf

_OPEN = 32  # decoders at once, of 10 to 60 MB; more videos than that in one scene make it slow, not large


def look_at(template: Template, files: Mapping[str, Path]) -> dict[str, MediaInfo]:
    """What is known of each video and sound, by address. MediaError names the path in the template."""
    found: dict[str, MediaInfo] = {}
    for source in sources(template):
        if source.kind in ("video", "audio"):
            with telling_where(source.path):
                found[source.url] = found.get(source.url) or _probed(source.url, files)
                _check_use(source, found[source.url])
    return found


class Videos:
    """Gives the painter the pictures of the videos, by their paths in the template.

    Each use of a video has a decoder of its own, closed when the show has moved on to other scenes.
    """

    def __init__(
        self, template: Template, files: Mapping[str, Path], media: Mapping[str, MediaInfo], shelf: Shelf
    ) -> None:
        self._files, self._media, self._shelf = files, media, shelf
        self._uses = {use.path: use for use in _uses(template)}
        self._matrix = matrix_for(template.width, template.height)
        self._open: dict[str, Footage] = {}
        self.translucent = frozenset(use.path for use in self._uses.values() if media[use.url].has_alpha)

    def shot(self, path: str, seconds: float) -> Developed:
        """The picture of a video at seconds from its object's start, as large as it is drawn."""
        use = self._uses[path]
        how = seconds, self._matrix, self._size(use), use.trim_start, use.trim_end, use.loop
        with telling_where(path):
            return self._shelf.take(
                self._files[use.url], how, lambda: self._opened(use).shot_at(seconds), lambda shot: shot.bytes
            )

    def close(self) -> None:
        self._close(list(self._open))

    def _opened(self, use: "_Use") -> Footage:
        footage = self._open.pop(use.path, None) or self._footage(use)
        self._open[use.path] = footage  # the last one used is the last in the dict
        return footage

    def _size(self, use: "_Use") -> tuple[int, int]:
        info = self._media[use.url]
        return use.need.size(info.width, info.height)

    def _footage(self, use: "_Use") -> Footage:
        past = [path for path in self._open if abs(self._uses[path].scene - use.scene) > 1]
        self._close(past or list(self._open)[: max(0, len(self._open) - _OPEN + 1)])
        return Footage(
            self._files[use.url],
            self._media[use.url],
            size=self._size(use),
            matrix=self._matrix,
            trim_start=use.trim_start,
            trim_end=use.trim_end,
            loop=use.loop,
        )

    def _close(self, paths: list[str]) -> None:
        for path in paths:
            self._open.pop(path).close()
        if paths:
            gc.collect()  # PyAV's containers and streams form cycles that hold 10 to 60 MB of decoder each


class _Use(Struct, frozen=True, kw_only=True):
    path: str
    url: str
    scene: int
    need: Need
    trim_start: float
    trim_end: float | None
    loop: bool


def _uses(template: Template) -> Iterator[_Use]:
    """Every place where a video is seen. One in the background of a scene starts again when it ends."""
    sizes = needs(template)
    objects = {f"{path}.src": obj for path, obj in walk(template) if isinstance(obj, Video)}
    for source in sources(template):
        if source.kind == "video":
            obj = objects.get(source.path)
            yield _Use(
                path=source.path,
                url=source.url,
                scene=int(source.path[len("scenes[") : source.path.index("]")]),
                need=sizes[source.path],
                trim_start=obj.trim_start if obj else 0.0,
                trim_end=obj.trim_end if obj else None,
                loop=obj.loop if obj else True,
            )


def _probed(url: str, files: Mapping[str, Path]) -> MediaInfo:
    if url not in files:
        raise MediaError("media_missing", "The file was not provided.")
    return probe(files[url])


def _check_use(source: Source, info: MediaInfo) -> None:
    if source.kind == "video" and not info.has_video:
        raise MediaError("unsupported_media", "The file has sound but no moving picture: use an audio object.")
    if source.kind == "audio" and not info.has_audio:
        raise MediaError("unsupported_media", "The file has no sound.")
