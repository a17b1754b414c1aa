"""The page on the template format, taken apart: its tables, its properties with their examples, its blocks of JSON.

A block says after its language what it is: ```json template. A table with a column `property` describes those
of what its column `of` names, or else its heading.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, get_args

from msgspec import Struct

from renderer.format.animations import AnyAnimation
from renderer.format.modifications import Applied
from renderer.format.objects import AnyObject, Keyframe, TextSpan
from renderer.format.oversights import oversights
from renderer.format.template import Font, Scene, Template, Transition

FOLDER = Path(__file__).parent.parent / "templates"
PAGE = (FOLDER / "README.md").read_text()
OBJECTS: dict[str, type[Struct]] = {str(kind.__struct_config__.tag): kind for kind in get_args(AnyObject)}
ANIMATIONS: dict[str, type[Struct]] = {str(kind.__struct_config__.tag): kind for kind in get_args(AnyAnimation)}
OTHERS: dict[str, type[Struct]] = {
    **ANIMATIONS,
    "template": Template,
    "scene": Scene,
    "transition": Transition,
    "font": Font,
    "keyframe": Keyframe,
    "span": TextSpan,
}
# What the property tables under these headings describe; other headings name the types of object themselves.
SUBJECTS = {
    "Template": ["template"],
    "Scene": ["scene"],
    "Transitions": ["transition"],
    "Fonts": ["font"],
    "Keyframes": ["keyframe"],
    "Spans": ["span"],
    "Every object": [*OBJECTS],
    "Text animations": [*ANIMATIONS],
    "All but audio": [name for name in OBJECTS if name != "audio"],
}


class Table(NamedTuple):
    heading: str
    header: list[str]
    rows: list[list[str]]


class Property(NamedTuple):
    """A row of a property table: `names` of `owners`, `example` a member for each name."""

    owners: list[str]
    names: list[str]
    marked: bool
    value: str
    default: str
    example: dict[str, Any]


class Block(NamedTuple):
    kind: str
    content: Any
    above: Any  # the template that stands before it on the page
    heading: str


def spans(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


@cache
def tables() -> list[Table]:
    found: list[Table] = []
    heading, inside = "", False
    for line in re.sub(r"^```.*?^```$", "", PAGE, flags=re.M | re.S).splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else None
        if cells and not inside:
            found.append(Table(heading, cells, []))
        elif cells and not set(line) <= set("|-"):
            assert len(cells) == len(found[-1].header), line
            found[-1].rows.append(cells)
        inside = cells is not None
    return found


def table(heading: str, first: str) -> list[list[str]]:
    (rows,) = (table.rows for table in tables() if table.heading == heading and table.header[0] == first)
    return rows


@cache
def properties() -> list[Property]:
    return [
        _property(
            SUBJECTS.get(table.heading) or table.heading.split(", "), dict(zip(table.header, row, strict=True)), row
        )
        for table in tables()
        if "property" in table.header
        for row in table.rows
    ]


def _property(owners: list[str], by_header: dict[str, str], row: list[str]) -> Property:
    owners = spans(by_header.get("of", "")) or owners
    excepted = re.findall(r"^not of an? (\w+)", row[-1])
    members = ", ".join(spans(by_header["example"]))
    return Property(
        owners=[owner for owner in owners if owner not in excepted],
        names=spans(by_header["property"]),
        marked=len(row) == 6 and row[1] == "•",
        value=by_header["value"],
        default=by_header["default"],
        example=json.loads(f"{{{members}}}"),
    )


@cache
def blocks() -> list[Block]:
    found: list[Block] = []
    above: Any = None
    heading = ""
    for line, kind, text in re.findall(r"^(#+ [^\n]*)$|^```json([^\n]*)\n(.*?)^```$", PAGE, re.M | re.S):
        if line:
            heading = line.lstrip("# ")
            continue
        content = json.loads(text)
        found.append(Block(kind.strip(), content, above, heading))
        above = content if kind.strip() == "template" else above
    return found


@cache
def least() -> dict[str, dict[str, Any]]:
    """An object of each type, from the page."""
    return {spans(row[0])[0]: json.loads(spans(row[2])[0]) for row in table("Objects", "`type`")} | {
        "template": {"scenes": [{}]},
        "scene": {},
        "transition": {"type": "fade"},
        "font": {"family": "Our Brand", "src": "https://example.com/brand.ttf"},
        "keyframe": {"time": 0},
        "span": {"match": "Lisbon", "color": "#06c", "font-weight": 500},
        **{name: {"type": name} for name in ANIMATIONS},
    }


def template_with(owner: str, content: dict[str, Any]) -> dict[str, Any]:
    """A template in which `content` is its one scene, object, keyframe …"""
    match owner:
        case "template":
            return content
        case "scene":
            return {"scenes": [content], "variables": {"products": [{}]}}
        case "transition":
            return {"scenes": [{"transition": content}]}
        case "font":
            return {"fonts": [content], "scenes": [{}]}
        case "keyframe":
            return template_with("text", {**least()["text"], "keyframes": [content]})
        case "span":
            return template_with("text", {**least()["text"], "spans": [content]})
        case _ if owner in ANIMATIONS:
            return template_with("text", {**least()["text"], "animations": [content]})
    return {"scenes": [{"name": "Intro", "objects": [content]}]}


def only_oversights(applied: Applied) -> bool:
    """Whether nothing is said but that a property alone does nothing, such as a shadow's place without its colour."""
    return len(applied.warnings) == len(oversights(applied.template))
