"""The page on the template format is complete, and every example on it works."""

import base64
import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import jsonschema
import msgspec
import numpy as np
import pytest
from msgspec import inspect

from app.api.clipcat.renders import NewRender
from app.services.templates import builtins
from renderer.__main__ import main
from renderer.arguments import parsed
from renderer.composition import Composition
from renderer.encoding.audio import MAX_AT_ONCE
from renderer.format.addresses import address_fault
from renderer.format.animations import MAX_ANIMATIONS
from renderer.format.easing import NAMED
from renderer.format.families import FONT_FOLDER, bundled
from renderer.format.limits import MAX_DEPTH, MAX_GROUPS, MAX_OBJECTS, MAX_SCENES, MAX_VALUES
from renderer.format.modifications import MAX_MODIFICATIONS, Applied, apply
from renderer.format.objects import MAX_KEYFRAMES, MAX_NAME, MAX_SPANS, MAX_TEXT, Audio, animated_fields
from renderer.format.output import (
    GIF_RATE,
    MAX_GIF_RATE,
    MAX_GIF_SECONDS,
    MAX_GIF_SIDE,
    OutputOptions,
    Quality,
    VideoFormat,
)
from renderer.format.parts import MAX_SECONDS
from renderer.format.schema import schema
from renderer.format.template import MAX_FONTS, Source, Transition, parse, sources
from renderer.format.values import Length, Size, parse_color, parse_easing, parse_fill, parse_length
from renderer.media import info, photographs
from renderer.order import FORMATS, order_of_arguments
from tests.renderer.filming import film, numbered, tone
from tests.renderer.stills import halves, write_picture
from tests.template_page import (
    ANIMATIONS,
    FOLDER,
    OBJECTS,
    OTHERS,
    PAGE,
    Block,
    Property,
    blocks,
    least,
    only_oversights,
    properties,
    spans,
    table,
    template_with,
)

SCHEMA = schema()
VALID = jsonschema.Draft202012Validator(SCHEMA)
SPELLED = {"Color": "colour", "FontSize": "size also in em", "Spacing": "length also in em", "Fraction": "1 to 120"}


def of_kind(*kinds: str) -> list[Any]:
    return [
        pytest.param(block, id=f"{block.heading} {number}")
        for number, block in enumerate(blocks())
        if block.kind in kinds
    ]


def read(owner: str, content: dict[str, Any]) -> Any:
    template = parse(template_with(owner, content))
    match owner:
        case "template":
            return template
        case "scene":
            return template.scenes[0]
        case "transition":
            return template.scenes[0].transition
        case "font":
            return template.fonts[0]
        case "keyframe":
            return template.scenes[0].objects[0].keyframes[0]
        case "span":
            return template.scenes[0].objects[0].spans[0]
        case _ if owner in ANIMATIONS:
            return template.scenes[0].objects[0].animations[0]
    return template.scenes[0].objects[0]


def attribute(thing: Any, name: str) -> Any:
    return getattr(thing, name.replace("-", "_"))


def each_property() -> Iterator[tuple[Property, str, str, inspect.Field]]:
    """Every documented property of every owner."""
    for row in properties():
        for owner in row.owners:
            fields = {field.encode_name: field for field in inspect.type_info({**OBJECTS, **OTHERS}[owner]).fields}  # type: ignore[union-attr]
            for name in row.names:
                yield row, owner, name, fields[name]


EACH_ROW = [
    pytest.param(row, owner, id=f"{owner}: {', '.join(row.names)}") for row in properties() for owner in row.owners
]


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    write_picture(folder / "photo.jpg", halves())
    film(folder / "clip.mp4", numbered(40), fps=5, sound=tone(8))
    return folder


def file_for(source: Source, media: Path, folder: Path) -> Path:
    """The file itself where the page names one that exists, else one of its kind."""
    if source.url.startswith("data:"):
        (folder / "embedded").write_bytes(base64.b64decode(source.url.partition(",")[2]))
        return folder / "embedded"
    if ":" not in source.url:
        return FOLDER / "videos" / source.url
    return {
        "image": media / "photo.jpg",
        "video": media / "clip.mp4",
        "audio": media / "clip.mp4",
        "font": FONT_FOLDER / "Anton" / "Anton_400Regular.ttf",
    }[source.kind]


def draw(applied: Applied, media: Path, folder: Path) -> None:
    """The middle of each scene and transition; nothing is warned about, and what has objects shows something."""
    files = {source.url: file_for(source, media, folder) for source in sources(applied.template)}
    with Composition(applied.template, files) as composition:
        for span in composition.timeline.spans:
            composition.draw(span.first + span.overlap // 2)
            picture = composition.draw(span.first + max(span.overlap, span.frames // 2))
            seen = [obj for obj in span.scene.objects if not isinstance(obj, Audio)]
            assert not seen or np.ptp(picture, axis=(0, 1)).any()
        assert composition.warnings == ()
    assert applied.warnings == []


# Blocks


def test_every_block_of_json_says_what_it_is() -> None:
    known = {"template", "scene", "object", "keyframes", "modifications", "data", "request", "files"}
    assert {block.kind for block in blocks()} == known
    assert len(blocks()) == PAGE.count("```json")


@pytest.mark.parametrize("block", of_kind("template", "scene", "object", "keyframes"))
def test_what_is_shown_is_accepted_and_drawn_without_a_warning(block: Block, media: Path, tmp_path: Path) -> None:
    content = block.content
    if block.kind == "keyframes":
        content = {**least()["text"], "keyframes": content}
    raw = template_with(block.kind if block.kind in OTHERS else content["type"], content)
    assert list(VALID.iter_errors(raw)) == []
    draw(apply(raw), media, tmp_path)


@pytest.mark.parametrize("block", of_kind("modifications", "data"))
def test_modifications_and_data_fit_the_template_above_them(block: Block, media: Path, tmp_path: Path) -> None:
    changed = apply(block.above, **{block.kind: block.content})
    assert changed.template != apply(block.above).template
    draw(changed, media, tmp_path)


@pytest.mark.parametrize("block", of_kind("request"))
def test_a_request_is_one_that_the_api_takes(block: Block) -> None:
    order = msgspec.convert(block.content, NewRender)
    named = {template.name: template.raw for template in builtins()}
    raw = named[order.template] if isinstance(order.template, str) else order.template
    assert apply(raw, order.modifications, order.data, order.strict).warnings == []


def test_the_first_template_needs_no_file() -> None:
    assert blocks()[0].kind == "template"
    assert sources(parse(blocks()[0].content)) == []


def commands() -> list[Any]:
    """Each `./run` of the page with the template above it."""
    found: list[Any] = []
    for number, match in enumerate(re.finditer(r"^\./run (?:render|frame) .*$", PAGE, re.M)):
        before = PAGE[: match.start()].count("```json template")
        above = [block.content for block in blocks() if block.kind == "template"][before - 1]
        found.append(pytest.param(shlex.split(match[0])[1:], above, id=str(number)))
    return found


@pytest.mark.parametrize(("arguments", "above"), commands())
def test_the_commands_do_what_they_say(
    arguments: list[str], above: Any, media: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (block,) = (block.content for block in blocks() if block.kind == "files")
    assert set(block.values()) == {"clip.mp4", "photo.jpg"}
    contents = {"my.json": above, "files.json": {address: str(media / name) for address, name in block.items()}}
    contents["products.json"] = next(block.content for block in blocks() if block.kind == "data")
    for name, content in contents.items():
        (tmp_path / name).write_text(json.dumps(content))
    assert main(arguments) == 0
    assert (tmp_path / arguments[arguments.index("-o") + 1]).stat().st_size > 1000


# Properties


def test_every_property_is_documented_once_and_no_other() -> None:
    documented = [(owner, name) for row in properties() for owner in row.owners for name in row.names]
    documented += [(owner, "type") for owner in (*OBJECTS, *ANIMATIONS)]
    for row in properties():
        documented += [(f"{owner}keyframe", name) for owner in row.owners if row.marked for name in row.names]
        if row.owners == ["keyframe"]:
            documented += [(f"{owner}keyframe", name) for owner in OBJECTS for name in row.names]
            documented = [entry for entry in documented if entry[0] != "keyframe"]
    structs = {"template": SCHEMA, **{called(name, part): part for name, part in SCHEMA["$defs"].items()}}
    real = [(owner, name) for owner, part in structs.items() for name in part.get("properties", ())]
    assert sorted(documented) == sorted(real)


def called(name: str, part: dict[str, Any]) -> str:
    """What the page calls a struct of this name: by its tag, where it has one."""
    owners = {kind.__name__: owner for owner, kind in OTHERS.items()}
    return str(part.get("properties", {}).get("type", {}).get("const", owners.get(name, name.lower())))


@pytest.mark.parametrize(("row", "owner"), EACH_ROW)
def test_the_example_of_a_property_is_accepted_and_changes_it(row: Property, owner: str) -> None:
    assert list(row.example) == row.names
    plain = {name: value for name, value in least()[owner].items() if name not in row.names}
    content = {**plain, **row.example}
    assert list(VALID.iter_errors(template_with(owner, content))) == []
    assert only_oversights(apply(template_with(owner, content)))
    if row.default != "required" and row.names != ["type"]:  # of which there is one for a template
        before, after = read(owner, plain), read(owner, content)
        assert [name for name in row.names if attribute(before, name) == attribute(after, name)] == []


@pytest.mark.parametrize(("row", "owner"), EACH_ROW)
def test_a_keyframe_takes_the_example_where_a_dot_says_so_and_nowhere_else(row: Property, owner: str) -> None:
    if owner not in OBJECTS:
        assert not row.marked
        return
    names = {name.replace("_", "-") for name in animated_fields(OBJECTS[owner])}
    assert [name in names for name in row.names] == [row.marked] * len(row.names)
    if row.marked:
        raw = template_with(owner, {**least()[owner], "keyframes": [{"time": 0, **row.example}]})
        assert VALID.is_valid(raw)
        assert parse(raw)


@pytest.mark.parametrize(("row", "owner"), [entry for entry in EACH_ROW if entry.values[1] in OBJECTS])
def test_a_modification_can_set_what_the_example_sets(row: Property, owner: str) -> None:
    if row.names[0] in ("name", "objects"):
        return
    raw = template_with(owner, {**least()[owner], "name": "it"})
    assert only_oversights(apply(raw, [{"object": "it", **row.example}]))


def test_defaults_are_the_true_ones() -> None:
    for row, owner, name, field in each_property():
        told = [json.loads(span) for span in spans(row.default)]
        assert (row.default == "required") == field.required, (owner, name)
        if told:
            default = told[0] if len(told) == 1 else told[row.names.index(name)]
            plain = {key: value for key, value in least()[owner].items() if key != name}
            assert attribute(read(owner, {**plain, name: default}), name) == attribute(read(owner, plain), name)
        elif not field.required and name not in ("width", "height"):
            assert field.default is None, f"{owner}: the default of {name} is not told"
            assert row.default


def test_ranges_and_kinds_of_values_are_the_true_ones() -> None:
    for row, owner, name, field in each_property():
        words = list(expected(field.type))
        assert words, (owner, name)
        assert [word for word in words if word not in row.value.replace(",", "")] == [], (owner, name)


def expected(node: inspect.Type) -> Iterator[str]:
    """Words that have to stand in the column `value`, commas left out."""
    match node:
        case inspect.Metadata():
            yield from expected(node.type)
        case inspect.UnionType():
            for choice in node.types:
                yield from () if isinstance(choice, inspect.NoneType) else expected(choice)
        case inspect.LiteralType():
            yield from (f'"{value}"`' if len(node.values) == 1 else f"`{value}`" for value in node.values)
        case inspect.VarTupleType():
            yield f"list of {node.min_length or 'up'} to {node.max_length}" if node.max_length else "list of"
        case inspect.CustomType(cls):
            yield SPELLED.get(cls.__name__, cls.__name__.lower())
        case _:
            yield expected_of_plain(node)


def expected_of_plain(node: inspect.Type) -> str:
    match node:
        case inspect.BoolType():
            return "true false"
        case inspect.FloatType() | inspect.IntType() if node.le == MAX_SECONDS:
            return "seconds" if node.gt is None else "seconds more than 0"
        case inspect.FloatType() | inspect.IntType():
            return f"{node.ge:.15g} to {node.le:.15g}"
        case inspect.StrType() if node.max_length:
            return f"{'up' if node.min_length is None else node.min_length} to {node.max_length} characters"
        case inspect.StrType():
            return "address"
    return "object"


# Words


@pytest.mark.parametrize(
    ("kind", "accepted"),
    [
        ("length", lambda text: parse_length(json.loads(text), Length)),
        ("size", lambda text: parse_length(json.loads(text), Size)),
        ("colour", lambda text: parse_color(json.loads(text))),
        ("fill", lambda text: parse_fill(json.loads(text))),
        ("address", lambda text: address_fault(json.loads(text)) is None),
        ("seconds", lambda text: 0 <= json.loads(text) <= MAX_SECONDS),
        ("easing", lambda text: parse_easing(json.loads(text))),
    ],
)
def test_every_way_to_write_a_value_is_understood(kind: str, accepted: Callable[[str], object]) -> None:
    (row,) = (row for row in table("Values", "kind") if row[0] == kind)
    assert spans(row[1])
    for text in spans(row[1]):
        assert accepted(text), text


def test_every_kind_of_value_is_described_with_all_its_units() -> None:
    described = {row[0]: row[1] for row in table("Values", "kind")}
    assert len(described) == 7
    units = {unit for unit in Length.units if f'{unit}"`' in described["length"]}
    assert units == set(Length.units)


def test_every_easing_and_no_other_is_listed() -> None:
    listed = [word for row in table("Keyframes", "easing") for word in spans(row[0])]
    assert sorted(word for word in listed if "(" not in word) == sorted(NAMED)
    functions = [parse_easing(word) for word in listed if "(" in word]
    assert {str(easing).partition("(")[0] for easing in functions} == {"cubic-bezier", "steps", "spring"}


def test_every_transition_every_text_animation_and_every_type_of_object_is_described() -> None:
    types = get_args(get_type_hints(Transition)["type"])
    assert [spans(row[0])[0] for row in table("Transitions", "transition")] == list(types)
    animations = [json.loads(spans(row[2])[0]) for row in table("Text animations", "animation")]
    assert [animation["type"] for animation in animations] == list(ANIMATIONS)
    assert [spans(row[0])[0] for row in table("Text animations", "animation")] == list(ANIMATIONS)
    for animation in animations:
        assert parse(template_with(animation["type"], animation))
    rows = table("Objects", "`type`")
    assert [spans(row[0])[0] for row in rows] == list(OBJECTS)
    assert [json.loads(spans(row[2])[0])["type"] for row in rows] == list(OBJECTS)


def test_the_fonts_listed_are_those_that_are_bundled() -> None:
    assert [row[0] for row in table("Fonts", "family")] == list(bundled())
    for family, weights, italics in table("Fonts", "family"):
        files = [
            re.findall(r"_(\d+)[A-Za-z]+(_Italic)?\.[to]tf", path.name) for path in (FONT_FOLDER / family).iterdir()
        ]
        there = [(weight, bool(italic)) for ((weight, italic),) in filter(None, files)]
        assert sorted(weights.split(", ")) == sorted(weight for weight, italic in there if not italic), family
        assert sorted(filter(None, italics.split(", "))) == sorted(weight for weight, italic in there if italic), family


def test_the_limits_are_the_true_ones() -> None:
    told = {row[0]: [int(n.replace(",", "")) for n in re.findall(r"[\d,]*\d", row[1])] for row in table("Limits", "")}
    assert told == {
        "scenes; objects in all": [MAX_SCENES, MAX_OBJECTS],
        "length of the video": [MAX_SECONDS],
        "keyframes of an object; animations of a text": [MAX_KEYFRAMES, MAX_ANIMATIONS],
        "spans of a text": [MAX_SPANS],
        "characters of a text; of a name": [MAX_TEXT, MAX_NAME],
        "modifications of a render": [MAX_MODIFICATIONS],
        "fonts of a template": [MAX_FONTS],
        "sounds at once": [MAX_AT_ONCE],
        "groups in groups": [MAX_GROUPS],
        "pixels of a picture; of a video": [photographs.MAX_PIXELS // 1_000_000, info.MAX_PIXELS // 1_000_000],
        "values in the JSON; nesting": [MAX_VALUES, MAX_DEPTH],
    }


def test_another_file_is_had_as_the_page_says(tmp_path: Path) -> None:
    (tmp_path / "my.json").write_text(json.dumps(blocks()[0].content))
    rows = {row[0]: row for row in table("The finished video", "what")}
    for row in rows.values():
        given = parsed([str(tmp_path / "my.json"), *shlex.split(spans(row[2])[0])])
        assert order_of_arguments(given, tmp_path)
    assert [word for word in spans(rows["format"][3]) if word in FORMATS] == list(FORMATS)
    assert spans(rows["quality"][3]) == list(get_args(Quality))
    assert f"at most {MAX_GIF_SECONDS} s and {MAX_GIF_SIDE} pixels a side, {MAX_GIF_RATE} frames" in rows["format"][3]
    assert f"of a GIF at most {GIF_RATE}" in rows["frame rate"][1]


def test_no_word_is_used_that_the_format_does_not_have() -> None:
    """What looks like a property or a value of one."""
    known = {name for part in [SCHEMA, *SCHEMA["$defs"].values()] for name in part.get("properties", ())}
    known |= {word for row in properties() for word in re.findall(r"[\w-]+", row.value)}
    known |= {word.strip('"') for row in table("Values", "kind") for word in spans(row[1])} | set(NAMED)
    known |= {"item", "index", "name", "number"}  # of data
    known |= {
        "fields",
        "template",
        "data",
        "self",
        "status",
        "completed",
        "url",
        "run",
        "output",
        "warnings",
    }  # of the API
    known |= {
        *OBJECTS,
        *ANIMATIONS,
        *Length.units,
        *get_args(Quality),
        *get_args(VideoFormat),
        *OutputOptions.__struct_fields__,
    }
    prose = re.sub(r"^```.*?^```$", "", PAGE, flags=re.M | re.S)
    prose = "\n".join(
        line for line in prose.splitlines() if not re.match(r"\| (text|keyframe|scene|template) \|", line)
    )
    words = {word.strip('"') for word in spans(prose) if re.fullmatch(r'"?[a-z]+(-[a-z]+)*"?', word)}
    assert sorted(words - known) == []
