"""Decoded pictures kept for the next composition: a still server draws one template with ever other texts."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import TypeVar, cast

T = TypeVar("T")


class Shelf:
    """At most `room` bytes, those used last. Without room it keeps nothing, and asks for no file's facts.

    What is taken from it is shared: never write to it.
    """

    def __init__(self, room: int = 0) -> None:
        self._room = self._free = room
        self._kept: OrderedDict[Hashable, tuple[object, int]] = OrderedDict()

    def take(self, path: Path, how: Hashable, make: Callable[[], T], size: Callable[[T], int]) -> T:
        """What `make` made of this version of the file in this way, now or before; `size` in bytes."""
        if not self._room or not path.exists():
            return make()
        status = path.stat()
        key = path, status.st_mtime_ns, status.st_size, how
        if key in self._kept:
            self._kept.move_to_end(key)
            return cast("T", self._kept[key][0])
        made = make()
        self._keep(key, made, size(made))
        return made

    def _keep(self, key: Hashable, made: object, size: int) -> None:
        if size > self._room:
            return
        while size > self._free:
            self._free += self._kept.popitem(last=False)[1][1]
        self._kept[key] = made, size
        self._free -= size
