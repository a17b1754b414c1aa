"""Data into a raw template: `{{name}}` in its texts, and one scene for each item of a list."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from msgspec import Struct

from renderer.errors import Problem
from renderer.format.limits import (
    MAX_OBJECTS,
    MAX_SCENES,
    MAX_STRING,
    MAX_VALUES,
    check_json,
    count_objects,
    too_large,
)
from renderer.format.names import did_you_mean, nearest

MAX_HINTS = 20  # problems that say what there is; the others, up to MAX_PROBLEMS, only that they are
MAX_PROBLEMS = 100
MAX_FILLED = 20_000_000  # characters that placeholders within texts may grow to, in all
_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][\w-]*(?:\.[\w-]+)*)\s*\}\}")
_TEXTS = ("text", "match", "name", "title", "font-family")  # a number that is all of one of these becomes text
_MISSING = object()


class Filled(Struct, frozen=True, kw_only=True):
    """`raw` shares nothing with the template it was made from; what could not be filled is empty there."""

    raw: dict[str, Any]
    problems: tuple[Problem, ...]
    unused: tuple[str, ...]  # names of the data that nothing refers to, as sentences
    repeated: bool  # whether scenes stand in other places than in the template


def fill(raw: Mapping[str, Any], data: Mapping[str, Any] | None = None) -> Filled:
    """`variables` of the template are the defaults for `data`. Paths of problems are those of the template.

    A text that is one placeholder and nothing else becomes the value itself: a number stays a number.
    """
    variables = raw.get("variables")
    defaults = variables if isinstance(variables, dict) else {}
    filling = _Filling({**defaults, **(data or {})})
    filled = {
        key: value if key == "variables" else filling.scenes(value) if key == "scenes" else filling.value(value, key)
        for key, value in raw.items()
    }
    unused = (name for name in data or {} if name not in filling.used and name not in defaults)
    return Filled(
        raw=filled,
        problems=tuple(filling.problems.values()),
        repeated=filling.repeats,
        unused=tuple(
            f"data.{name} is used nowhere{did_you_mean(name, filling.used)}" for name in islice(unused, MAX_HINTS)
        ),
    )


class _Filling:
    """One walk over a template: the names that are known, the problems met, the room left."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names
        self.used: set[str] = set()
        self.problems: dict[tuple[str, str], Problem] = {}
        self.room = MAX_FILLED
        self.repeats = False

    def scenes(self, scenes: object) -> object:
        if not isinstance(scenes, list):
            return self.value(scenes, "scenes")
        lists = [self._items(scene, f"scenes[{index}]") for index, scene in enumerate(scenes)]
        _check_repetition(scenes, lists)
        self.repeats = any(items is not None for items in lists)
        filled: list[object] = []
        for index, (scene, items) in enumerate(zip(scenes, lists, strict=True)):
            path = f"scenes[{index}]"
            filled += [self.value(scene, path)] if items is None else self._repeated(scene, items, path)
        if scenes and not filled and not self.problems:
            self._refuse("scenes[0].repeat", f'"{scenes[0]["repeat"]}" in the data is empty, so no scene is left')
        return filled

    def value(self, value: object, path: str) -> object:
        if isinstance(value, str):
            return self._text(value, path) if "{{" in value else value
        if isinstance(value, list):
            return [self.value(item, f"{path}[{index}]") for index, item in enumerate(value)]
        if isinstance(value, dict):
            return {key: self.value(item, f"{path}.{key}") for key, item in value.items()}
        return value

    def _items(self, scene: object, path: str) -> list[Any] | None:
        """What a scene is repeated for; None when it is not repeated."""
        name = scene.get("repeat") if isinstance(scene, dict) else None
        if not isinstance(name, str):
            return None
        items = self._look_up(name)
        if isinstance(items, list):
            return items
        if items is _MISSING:
            self._refuse(f"{path}.repeat", self._unknown(name))
        else:
            self._refuse(f"{path}.repeat", f'"{name}" in the data is not a list')
        return []

    def _repeated(self, scene: dict[str, Any], items: list[Any], path: str) -> Iterator[object]:
        outer = self.names
        own = {key: value for key, value in scene.items() if key != "repeat"}
        name = scene.get("name", scene["repeat"])
        for number, item in enumerate(items, 1):
            self.names = {**outer, "item": item, "index": number}
            numbered = isinstance(name, str) and not _PLACEHOLDER.search(name)
            yield self.value({**own, "name": f"{name} {number}" if numbered else name}, path)
        self.names = outer

    def _text(self, text: str, path: str) -> object:
        whole = _PLACEHOLDER.fullmatch(text)
        if whole:
            value = self._found(whole[1], path)
            return _written(value) if path.rpartition(".")[2] in _TEXTS else value
        filled = _PLACEHOLDER.sub(lambda match: _written(self._found(match[1], path)), text)
        self.room -= len(filled)
        if self.room < 0 or len(filled) > MAX_STRING:
            raise too_large(f"{path}: filled with its data this text is too long.")
        return filled

    def _found(self, name: str, path: str) -> object:
        value = self._look_up(name)
        if value is _MISSING:
            self._refuse(path, self._unknown(name))
            return ""
        if isinstance(value, list | dict):
            kind = "a list" if isinstance(value, list) else "an object"
            self._refuse(path, f"{{{{{name}}}}} is {kind}; only texts, numbers and true or false can be filled in")
            return ""
        return value

    def _look_up(self, name: str) -> object:
        value: object = self.names
        for step in name.split("."):
            if isinstance(value, dict) and step in value:
                value = value[step]
            elif isinstance(value, list) and step.isdecimal() and int(step[:6]) < len(value):
                value = value[int(step[:6])]
            else:
                return _MISSING
        self.used.add(name.partition(".")[0])
        return value

    def _unknown(self, name: str) -> str:
        unknown = f"nothing is known as {{{{{name[:100]}}}}}"
        if len(self.problems) >= MAX_HINTS:
            return f"{unknown}."
        known = list(islice(_names(self.names), 40))
        near = nearest(name, known)
        hint = f"; did you mean {{{{{near}}}}}?" if near else "."
        there = f"There is: {', '.join(known)}." if known else "There is no data."
        return f"{unknown}{hint} {there}"

    def _refuse(self, path: str, message: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.setdefault((path, message), Problem(path, message))


def _check_repetition(scenes: list[Any], lists: list[list[Any] | None]) -> None:
    """Before anything is copied."""
    counts = [1 if items is None else len(items) for items in lists]
    if sum(counts) > MAX_SCENES:
        raise too_large(f"With its data the template has {sum(counts)} scenes; at most {MAX_SCENES} are allowed.")
    objects = sum(n * count_objects(scene, "scenes") for n, scene in zip(counts, scenes, strict=True))
    if objects > MAX_OBJECTS:
        raise too_large(f"With its data the template has {objects} objects; at most {MAX_OBJECTS} are allowed.")
    values = sum(n * check_json(scene) for n, scene in zip(counts, scenes, strict=True) if n > 1)
    if values > MAX_VALUES:
        raise too_large(f"With its data the template has more than {MAX_VALUES:,} values.")


def _names(names: Mapping[str, Any]) -> Iterator[str]:
    """What placeholders could say: the names, and after a dot those within."""
    for name, value in names.items():
        yield name
        if isinstance(value, dict):
            yield from (f"{name}.{inner}" for inner in value)


def _written(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
