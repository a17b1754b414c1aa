"""The template format as JSON Schema, for editors that complete and check: `python -m renderer.format.schema`."""

import json
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import msgspec
from msgspec import inspect

from renderer.format.easing import NAMED, Easing
from renderer.format.template import Template
from renderer.format.values import Color, Fill, FontSize, Length, Size, Spacing, encode

_VALUES: dict[type[Any], dict[str, Any]] = {
    Length: {"type": ["number", "string"], "description": 'Pixels, or text such as "50%" or "10vw".'},
    Size: {"type": ["number", "string"], "minimum": 0, "description": 'Pixels, or text such as "50%".'},
    FontSize: {"type": ["number", "string"], "minimum": 0, "description": 'Pixels, or text such as "1.5em".'},
    Spacing: {"type": ["number", "string"], "description": 'Pixels, or text such as "0.02em".'},
    Color: {"type": "string", "description": "A CSS colour."},
    Fill: {"type": "string", "description": "A CSS colour, linear-gradient(…) or radial-gradient(…)."},
    Easing: {
        "anyOf": [{"enum": list(NAMED)}, {"type": "string"}],
        "description": "A name, cubic-bezier(x1, y1, x2, y2), steps(n) or spring(mass, stiffness, damping).",
    },
    Fraction: {"type": ["number", "string"], "description": '30, 29.97 or "30000/1001".'},
}


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of a template."""
    root = inspect.type_info(Template)
    structs: dict[str, inspect.StructType] = {}
    _collect(root, structs)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_schema_of(root),
        "$defs": {
            **{kind.__name__: schema for kind, schema in _VALUES.items()},
            **{name: _struct_schema(node) for name, node in structs.items()},
        },
    }


def schema_text() -> str:
    """As it is checked in at templates/schema.json."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def _collect(node: inspect.Type, structs: dict[str, inspect.StructType]) -> None:
    if isinstance(node, inspect.StructType) and node.cls.__name__ not in structs:
        structs[node.cls.__name__] = node
        for field in node.fields:
            _collect(field.type, structs)
    for inner in _inner(node):
        _collect(inner, structs)


def _inner(node: inspect.Type) -> Iterable[inspect.Type]:
    match node:
        case inspect.UnionType():
            return node.types
        case inspect.VarTupleType():
            return (node.item_type,)
        case inspect.Metadata():
            return (node.type,)
    return ()


def _struct_schema(node: inspect.StructType) -> dict[str, Any]:
    tag = {} if node.tag is None else {str(node.tag_field): {"const": node.tag}}
    return {
        "type": "object",
        "properties": {**tag, **{field.encode_name: _field_schema(field) for field in node.fields}},
        "required": [field.encode_name for field in node.fields if field.required],
        "additionalProperties": False,
    }


def _field_schema(field: inspect.Field) -> dict[str, Any]:
    if field.default in (None, msgspec.UNSET, msgspec.NODEFAULT, ()):
        return _schema_of(field.type)
    return {**_schema_of(field.type), "default": msgspec.to_builtins(field.default, enc_hook=encode)}


def _schema_of(node: inspect.Type) -> dict[str, Any]:
    match node:
        case inspect.Metadata():
            return _schema_of(node.type)
        case inspect.StructType():
            return {"$ref": f"#/$defs/{node.cls.__name__}"}
        case inspect.CustomType():
            return {"$ref": f"#/$defs/{node.cls.__name__}"}
        case inspect.UnionType():
            return {"anyOf": [_choice(choice) for choice in node.types]}
        case inspect.VarTupleType():
            sizes = {"minItems": node.min_length, "maxItems": node.max_length}
            return {"type": "array", "items": _schema_of(node.item_type), **_known(sizes)}
        case inspect.LiteralType():
            return {"enum": list(node.values)}
    return _plain(node)


def _choice(node: inspect.Type) -> dict[str, Any]:
    """Of several objects the tag tells which; where only one kind can stand it may be left out."""
    tagged = isinstance(node, inspect.StructType) and node.tag is not None
    return {**_schema_of(node), "required": ["type"]} if tagged else _schema_of(node)


def _plain(node: inspect.Type) -> dict[str, Any]:
    match node:
        case inspect.FloatType() | inspect.IntType():
            limits = {"minimum": node.ge, "exclusiveMinimum": node.gt, "maximum": node.le}
            return {"type": "number" if isinstance(node, inspect.FloatType) else "integer", **_known(limits)}
        case inspect.StrType():
            return {"type": "string", **_known({"minLength": node.min_length, "maxLength": node.max_length})}
        case inspect.BoolType():
            return {"type": "boolean"}
        case inspect.NoneType():
            return {"type": "null"}
    return {"type": "object"}


def _known(keywords: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in keywords.items() if value is not None}


if __name__ == "__main__":
    print(schema_text(), end="")
