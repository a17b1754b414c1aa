"""What is left of JSON that is refused in part, so that the rest can be judged at the same time."""

from typing import Any

import msgspec
from msgspec import Struct

from renderer.format.refusals import fields_of, item_of, kind_of, property_names, structs_of
from renderer.format.values import decode

_GONE: Any = object()


def salvaged(raw: object, kind: type[Struct]) -> Any:
    """`raw` without what a `kind` cannot have in it; None when nothing of it is left.

    What stands in a list keeps its place: for an object or a scene that cannot be read an empty one stands there. A
    list of what cannot be empty, such as keyframes, is left out as a whole.
    """
    left = _left(raw, kind)
    return None if left is _GONE else left


def _left(value: Any, hint: Any) -> Any:
    if _fits(value, hint):
        return value
    left = _GONE
    if isinstance(value, dict) and (kinds := structs_of(hint)) and (kind := kind_of(value, kinds)):
        left = _struct_left(value, kind)
    elif isinstance(value, list):
        left = _list_left(value, item_of(hint))
    return left if left is not _GONE and _fits(left, hint) else _GONE


def _struct_left(raw: dict[str, Any], kind: type[Struct]) -> dict[str, Any]:
    fields, known = fields_of(kind), property_names(kind)
    left = {name: _left(value, fields[name].type) if name in fields else value for name, value in raw.items()}
    return {name: value for name, value in left.items() if name in known and value is not _GONE}


def _list_left(values: list[Any], hint: Any) -> Any:
    left = [_left(value, hint) for value in values]
    empty = next((kind for kind in map(_empty, structs_of(hint)) if _fits(kind, hint)), _GONE)
    whole = [empty if value is _GONE else value for value in left]
    return _GONE if any(value is _GONE for value in whole) else whole


def _empty(kind: type[Struct]) -> dict[str, Any]:
    config = kind.__struct_config__
    return {} if config.tag is None else {str(config.tag_field): config.tag}


def _fits(value: object, hint: Any) -> bool:
    try:
        msgspec.convert(value, hint, dec_hook=decode)
    except msgspec.ValidationError:
        return False
    return True
