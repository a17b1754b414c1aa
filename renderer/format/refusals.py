"""JSON into structs, and what msgspec refuses into sentences: where, what is allowed, the nearest name."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import islice
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Struct, inspect

from renderer.errors import Problem, TemplateError, summary
from renderer.format.animations import ANIMATION_KINDS, Animation
from renderer.format.names import did_you_mean, property_meant
from renderer.format.objects import OBJECT_KINDS, Object
from renderer.format.parts import Part
from renderer.format.values import decode, shown

MAX_PROBLEMS = 20
_PLACE = re.compile(r" - at `\$(?P<path>.*)`\Z", re.S)

Refusal = tuple[str, Problem]  # an error code and what is to be changed
T = TypeVar("T")


def structured(raw: object, kind: type[T], at: str = "") -> T:
    """`raw` as a `kind`; else a TemplateError with up to MAX_PROBLEMS problems, paths starting with `at`."""
    try:
        return msgspec.convert(raw, kind, dec_hook=decode)
    except msgspec.ValidationError as error:
        unexplained = "invalid_value", Problem(at, str(error))
    refused = list(islice(_refusals(raw, kind, at), MAX_PROBLEMS)) or [unexplained]
    raise refused_for([problem for _, problem in refused], refused[0][0])


def refused_for(problems: list[Problem], code: str) -> TemplateError:
    return TemplateError(code, summary(problems), tuple(problems))


class Mistakes:
    """What is wrong, found in several looks at the same template, each at what the ones before have left of it."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._code = ""

    @contextmanager
    def noted(self, traced: Callable[[Iterable[Problem]], list[Problem]] = list) -> Iterator[None]:
        """A TemplateError from within is kept, its problems as they are `traced`; one without any goes on."""
        try:
            yield
        except TemplateError as error:
            if not error.problems:
                raise
            self.note(traced(error.problems), error.code)

    @property
    def error(self) -> TemplateError:
        """One for all there are."""
        return refused_for(self.problems, self._code)

    def check(self) -> None:
        """Raises TemplateError when there are any."""
        if self.problems:
            raise self.error

    def note(self, problems: Sequence[Problem], code: str) -> None:
        """But for those that may only be there because of one before: in its place, or around it."""
        places = [problem.path for problem in self.problems]
        fresh = [problem for problem in problems if not any(_holds(problem.path, place) for place in places)]
        self._code = self._code or (code if fresh else "")
        self.problems += fresh[: max(0, MAX_PROBLEMS - len(self.problems))] if self.problems else fresh


def _holds(path: str, place: str) -> bool:
    return place == path or place.startswith((f"{path}.", f"{path}["))


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
        f"unknown property {shown(name)}{property_meant(name, known)} "
        f"{_of_others(name, kind)}{whole[0].upper()}{whole[1:]} has: {', '.join(known)}."
    )


def _of_others(name: str, kind: type[Any]) -> str:
    """Who has a property, where it was given to an object or an animation that has not."""
    if not issubclass(kind, Object | Animation):
        return ""
    siblings = ANIMATION_KINDS if issubclass(kind, Animation) else OBJECT_KINDS
    others = [tag for tag, other in siblings.items() if name in other.__struct_encode_fields__]
    if not 1 <= len(others) <= 3:
        return ""
    return f'Only {" and ".join(filter(None, (", ".join(others[:-1]), others[-1])))} {_noun(kind)}s have "{name}". '


def _refusals(value: object, hint: Any, path: str) -> Iterator[Refusal]:
    """All that keeps `value` from being what `hint` says: only what is refused is looked into."""
    try:
        msgspec.convert(value, hint, dec_hook=decode)
        return
    except msgspec.ValidationError as error:
        text = str(error)
    place = _PLACE.search(text)
    within = place is not None and place["path"].startswith("[")
    if isinstance(value, dict) and (kinds := structs_of(hint)):
        yield from _struct_refusals(value, kinds, path)
    elif isinstance(value, list) and within:
        for index, item in enumerate(value):
            yield from _refusals(item, item_of(hint), f"{path}[{index}]")
    else:
        yield "invalid_value", Problem(path, _described(hint, value, text[: place.start()] if place else text))


def _struct_refusals(raw: dict[str, Any], kinds: list[type[Struct]], path: str) -> Iterator[Refusal]:
    tag_field, tags = kinds[0].__struct_config__.tag_field, _tags(kinds)
    kind = kind_of(raw, kinds)
    if kind is None and tag_field in raw:
        yield "invalid_value", Problem(_below(path, str(tag_field)), f"expected {_one_of(tags, raw[tag_field])}")
    elif kind is None:
        message = f'every {_noun(kinds[0])} needs a "{tag_field}": {", ".join(tags)}'
        yield "invalid_template", Problem(path, message)
    else:
        yield from _field_refusals(raw, kind, path)


def _field_refusals(raw: dict[str, Any], kind: type[Struct], path: str) -> Iterator[Refusal]:
    fields = fields_of(kind)
    known = property_names(kind)
    for name, value in raw.items():
        if name in fields:
            yield from _refusals(value, fields[name].type, _below(path, name))
        elif name not in known:
            yield "unknown_property", Problem(path, unknown_property(name, kind, known))
    for name, field in fields.items():
        if field.required and name not in raw:
            yield "invalid_template", Problem(path, f'{title(kind)} needs "{name}"')


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def structs_of(hint: Any) -> list[type[Struct]]:
    """The structs that a value of this type may be."""
    if isinstance(hint, type) and issubclass(hint, Struct):
        return [hint]
    inner = get_args(hint)[:1] if get_origin(hint) is Annotated else get_args(hint) if _is_union(hint) else ()
    return [kind for choice in inner for kind in structs_of(choice)]


def item_of(hint: Any) -> Any:
    """The type of the items of a list."""
    inner = get_args(hint)
    if get_origin(hint) in (list, tuple):
        return inner[0]
    return next((item for choice in inner if (item := item_of(choice)) is not None), None)


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (Union, UnionType)


def kind_of(raw: dict[str, Any], kinds: list[type[Struct]]) -> type[Struct] | None:
    """The one that the value's tag names; one that is alone needs no tag."""
    tag_field = kinds[0].__struct_config__.tag_field
    if len(kinds) == 1 and (tag_field is None or tag_field not in raw):
        return kinds[0]
    return next((kind for kind in kinds if kind.__struct_config__.tag == raw.get(str(tag_field))), None)


def _tags(kinds: list[type[Struct]]) -> list[str]:
    return [str(kind.__struct_config__.tag) for kind in kinds]


@cache
def fields_of(kind: type[Struct]) -> dict[str, msgspec.structs.FieldInfo]:
    """By their names in JSON."""
    return {field.encode_name: field for field in msgspec.structs.fields(kind)}


def _layers(node: inspect.Type) -> Iterator[inspect.Type]:
    """The type and what lies within its Meta and beside its None; the last one says what is to be written."""
    yield node
    if isinstance(node, inspect.Metadata):
        yield from _layers(node.type)
    elif isinstance(node, inspect.UnionType):
        choices = [choice for choice in node.types if not isinstance(choice, inspect.NoneType)]
        if len(choices) == 1:
            yield from _layers(choices[0])


def _described(hint: Any, value: object, text: str) -> str:
    """What is expected in the place of `value`; of the types of `values.py` in their own words, `text`."""
    *wrappings, node = _layers(inspect.type_info(hint))
    match node:
        case inspect.CustomType():
            return text
        case inspect.LiteralType():
            return f"expected {_one_of([str(choice) for choice in node.values], value)}"
        case inspect.StrType() if isinstance(value, str):
            return f"expected {_expected(node)}, not {len(value)} characters"
        case inspect.VarTupleType() | inspect.ListType() if isinstance(value, list):
            return f"expected {_expected(node)}, not {f'of {len(value)}' if value else 'an empty one'}"
    return f"expected {_expected(node)}, not {shown(value)}{_example(wrappings)}"


def expectation(hint: Any) -> str:
    """What is to be written where a value of this type is missing."""
    *wrappings, node = _layers(inspect.type_info(hint))
    return f"{_expected(node)}{_example(wrappings)}"


def _example(wrappings: Iterable[inspect.Type]) -> str:
    """The first of the `examples` that a Meta of the type has."""
    extras = [node.extra_json_schema or {} for node in wrappings if isinstance(node, inspect.Metadata)]
    examples = [example for extra in extras for example in extra.get("examples", ())]
    return f"; for example {json.dumps(examples[0], ensure_ascii=False)}" if examples else ""


def _one_of(names: list[str], value: object) -> str:
    hint = did_you_mean(value, names) if isinstance(value, str) else "."
    return f"one of {', '.join(names)}, not {shown(value)}{hint}".removesuffix(".")


def _expected(node: inspect.Type) -> str:
    match node:
        case inspect.UnionType():
            kept = [c for c in node.types if not isinstance(c, inspect.NoneType)]
            return " or ".join(dict.fromkeys(_expected(choice) for choice in kept))
        case inspect.LiteralType():
            return " or ".join(json.dumps(choice, ensure_ascii=False) for choice in node.values)
        case inspect.IntType() | inspect.FloatType():
            return ("a whole number" if isinstance(node, inspect.IntType) else "a number") + _range(node)
        case inspect.StrType():
            return "text" + _sizes(node, "characters")
        case inspect.BoolType():
            return "true or false"
        case inspect.VarTupleType() | inspect.ListType():
            return "a list" + _sizes(node, "items")
        case _:
            return "an object"


def _range(node: inspect.IntType | inspect.FloatType) -> str:
    if node.gt is not None:
        return f" above {node.gt:.15g} and up to {node.le:.15g}" if node.le is not None else f" above {node.gt:.15g}"
    return f" from {node.ge:.15g} to {node.le:.15g}" if node.ge is not None and node.le is not None else ""


def _sizes(node: inspect.StrType | inspect.VarTupleType | inspect.ListType, what: str) -> str:
    if node.max_length is not None:
        return f" of {node.min_length or 0} to {node.max_length} {what}"
    return " that is not empty" if node.min_length else ""


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
