"""JSON into structs, and what msgspec refuses into sentences: where, what is allowed, the nearest name."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from renderer.errors import Problem, TemplateError
from renderer.format.animations import Animation
from renderer.format.names import did_you_mean
from renderer.format.parts import Part
from renderer.format.values import decode, shown

MAX_PROBLEMS = 10
_PLACE = re.compile(r" - at `\$(?P<path>.*)`\Z", re.S)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`\Z", re.S)
_MISSING = re.compile(r"Object missing required field `(.*)`\Z", re.S)

Step = str | int
T = TypeVar("T")


def structured(raw: object, kind: type[T], at: str = "") -> T:
    """`raw` as a `kind`; else a TemplateError with up to MAX_PROBLEMS problems, paths starting with `at`."""
    try:
        return msgspec.convert(raw, kind, dec_hook=decode)
    except msgspec.ValidationError as error:
        refused = list(_refusals(raw, kind, error, at))
    raise refused_for([problem for _, problem in refused], refused[0][0])


def refused_for(problems: list[Problem], code: str) -> TemplateError:
    """One error for all of them; its sentence is the first problem's, and how many more there are."""
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return TemplateError(code, f"{first.path or 'template'}: {first.message}{more}", tuple(problems))


def title(kind: type[Any]) -> str:
    """What a struct is called in a sentence: "a text object", "a fade animation", "a keyframe of an image object".

    What is no part of a template, but of a request, goes without a name of its own.
    """
    if not issubclass(kind, Part):
        return "the object"
    tag = kind.__struct_config__.tag
    if tag is not None:
        return f"{_article(str(tag))} {_noun(kind)}"
    name = re.sub("(?<=.)(?=[A-Z])", " ", kind.__name__).lower()
    owner = name.removesuffix(" keyframe")
    return _article(name) if owner == name else f"a keyframe of {_article(owner)} object"


def _noun(kind: type[Any]) -> str:
    return "animation" if issubclass(kind, Animation) else "object"


def property_names(kind: type[Any]) -> list[str]:
    """As they are spelled in JSON; `type` first where the struct has a tag."""
    tagged = [str(kind.__struct_config__.tag_field)] if kind.__struct_config__.tag is not None else []
    return tagged + list(kind.__struct_encode_fields__)


def unknown_property(name: str, kind: type[Any], known: list[str]) -> str:
    whole = title(kind)
    return (
        f"unknown property {shown(name)}{did_you_mean(name, known)} "
        f"{whole[0].upper()}{whole[1:]} has: {', '.join(known)}."
    )


def _refusals(raw: object, kind: type[Any], error: msgspec.ValidationError, at: str) -> Iterator[tuple[str, Problem]]:
    """The first refusal, then those that come to light once what was refused is taken away."""
    rest = msgspec.to_builtins(raw)
    for count in range(MAX_PROBLEMS):
        text, steps = _located(str(error))
        missing = _MISSING.match(text)
        if missing and count and missing[1] in _value_at(raw, steps):
            return  # it was there, and has been refused already
        code, message, culprit = _explained(text, steps, rest, kind)
        yield code, Problem(_joined(at, steps), message)
        if not _removed(rest, culprit):
            return
        try:
            msgspec.convert(rest, kind, dec_hook=decode)
        except msgspec.ValidationError as next_error:
            error = next_error
        else:
            return


def _located(text: str) -> tuple[str, list[Step]]:
    place = _PLACE.search(text)
    if place is None:
        return text, []
    found = re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", place["path"])
    return text[: place.start()], [name or int(index) for name, index in found]


def _explained(text: str, steps: list[Step], raw: object, kind: type[Any]) -> tuple[str, str, list[Step]]:
    """Error code, sentence, and the path of the value that is at fault."""
    node = _node_at(raw, kind, steps)
    value = _value_at(raw, steps)
    if (unknown := _UNKNOWN.match(text)) and isinstance(node, inspect.StructType):
        return (
            "unknown_property",
            unknown_property(unknown[1], node.cls, property_names(node.cls)),
            [*steps, unknown[1]],
        )
    if missing := _MISSING.match(text):
        return "invalid_template", _lacking(missing[1], node), []
    if node is None and steps and steps[-1] == "type":
        tags = _tags(_node_at(raw, kind, steps[:-1]))
        return "invalid_value", f"expected {_one_of(tags, value)}", []
    if node is None or _has_custom(node):
        return "invalid_value", text, steps
    return "invalid_value", f"expected {_described(node, value)}", steps


def _removed(raw: Any, steps: list[Step]) -> bool:
    if not steps or not isinstance(steps[-1], str):
        return False
    owner = _value_at(raw, steps[:-1])
    return isinstance(owner, dict) and owner.pop(steps[-1], _removed) is not _removed


def _joined(at: str, steps: list[Step]) -> str:
    path = at + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return path.lstrip(".")


def _value_at(raw: Any, steps: list[Step]) -> Any:
    for step in steps:
        if isinstance(raw, dict) and isinstance(step, str):
            raw = raw.get(step)
        elif isinstance(raw, list) and isinstance(step, int) and step < len(raw):
            raw = raw[step]
        else:
            return None
    return raw


_type_info: Callable[[Any], inspect.Type] = lru_cache(maxsize=256)(inspect.type_info)


def _node_at(raw: Any, kind: type[Any], steps: list[Step]) -> inspect.Type | None:
    """What msgspec expects at this path; of several structs the one that the value's tag names."""
    node: inspect.Type | None = _chosen(_type_info(kind), raw)
    for position, step in enumerate(steps):
        if isinstance(node, inspect.StructType):
            node = next((field.type for field in node.fields if field.encode_name == step), None)
        elif isinstance(node, inspect.VarTupleType | inspect.ListType):
            node = node.item_type
        else:
            return None
        node = None if node is None else _chosen(node, _value_at(raw, steps[: position + 1]))
    return node


def _chosen(node: inspect.Type, value: object) -> inspect.Type:
    while isinstance(node, inspect.Metadata):
        node = node.type
    if not isinstance(node, inspect.UnionType):
        return node
    if isinstance(value, dict):
        for choice in node.types:
            if isinstance(choice, inspect.StructType) and choice.tag == value.get(choice.tag_field):
                return choice
    choices = [c for c in node.types if not isinstance(c, inspect.NoneType)]
    return choices[0] if len(choices) == 1 else node


def _has_custom(node: inspect.Type) -> bool:
    return isinstance(node, inspect.CustomType)


def _tagged(node: inspect.Type | None) -> list[inspect.StructType]:
    choices = node.types if isinstance(node, inspect.UnionType) else (node,)
    return [choice for choice in choices if isinstance(choice, inspect.StructType)]


def _tags(node: inspect.Type | None) -> list[str]:
    return [str(choice.tag) for choice in _tagged(node)]


def _lacking(name: str, node: inspect.Type | None) -> str:
    if isinstance(node, inspect.StructType) and name != node.tag_field:
        return f'{title(node.cls)} needs "{name}"'
    return f'every {_noun(_tagged(node)[0].cls)} needs a "{name}": {", ".join(_tags(node))}'


def _described(node: inspect.Type, value: object) -> str:
    if isinstance(node, inspect.LiteralType):
        return _one_of([str(choice) for choice in node.values], value)
    if isinstance(value, str) and isinstance(node, inspect.StrType):
        return f"{_expected(node)}, not {len(value)} characters"
    if isinstance(value, list) and isinstance(node, inspect.VarTupleType):
        return f"{_expected(node)}, not of {len(value)}"
    return f"{_expected(node)}, not {shown(value)}"


def _one_of(names: list[str], value: object) -> str:
    hint = did_you_mean(value, names) if isinstance(value, str) else "."
    return f"one of {', '.join(names)}, not {shown(value)}{hint}".removesuffix(".")


def _expected(node: inspect.Type) -> str:
    match node:
        case inspect.UnionType():
            kept = [c for c in node.types if not isinstance(c, inspect.NoneType)]
            return " or ".join(dict.fromkeys(_expected(choice) for choice in kept))
        case inspect.LiteralType():
            return " or ".join(f'"{choice}"' for choice in node.values)
        case inspect.IntType() | inspect.FloatType():
            return ("a whole number" if isinstance(node, inspect.IntType) else "a number") + _range(node)
        case inspect.StrType():
            return "text" + _sizes(node, "characters")
        case inspect.BoolType():
            return "true or false"
        case inspect.VarTupleType():
            return "a list" + _sizes(node, "items")
        case _:
            return "an object"


def _range(node: inspect.IntType | inspect.FloatType) -> str:
    if node.gt is not None:
        return f" above {node.gt:g} and up to {node.le:g}" if node.le is not None else f" above {node.gt:g}"
    return f" from {node.ge:g} to {node.le:g}" if node.ge is not None and node.le is not None else ""


def _sizes(node: inspect.StrType | inspect.VarTupleType, what: str) -> str:
    if node.max_length is not None:
        return f" of {node.min_length or 0} to {node.max_length} {what}"
    return " that is not empty" if node.min_length else ""


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
