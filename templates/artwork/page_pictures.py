"""The pictures on the page about the template format: python -m templates.artwork.page_pictures [NAME …]

What they show stands on the page: the examples of its tables, one frame each with the example below it, and the
template, scene or object right above the picture, at some moments. All of it is drawn by the renderer.
"""

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from renderer.format.modifications import apply
from renderer.format.template import sources
from renderer.recipe import Recipe
from renderer.render import render
from renderer.stills import still
from tests.template_page import OTHERS, PAGE, spans, table, template_with

FOLDER = Path(__file__).parents[1] / "pictures"
VIDEOS = Path(__file__).parents[1] / "videos"
LOGO = VIDEOS / "media" / "lower-third" / "logo.png"
Members = dict[str, Any]
CANVAS = {"width": 640, "height": 360, "background-color": "#e7ebf1"}  # of a frame, unless it says otherwise
WIDTH, ALONE = 1280, 640  # pixels of a picture, and of a frame that stands alone
GAP, LABEL = 28, 44  # pixels between frames, and below each for its words
QUALITY = 70  # of WebP
GROUND, INK = "#f7f8fa", "#38425a"
TELLING = 1.0  # seconds at which an example is drawn

PHOTO = "media/travel-list/bay.jpg"
CARD = {"x": "30%", "y": "25%", "width": "40%", "height": "50%"}
SUNRISE = "linear-gradient(135deg, #ef476f, #ffd166)"
FRAMED = {"x": "20%", "y": "12%", "width": "60%", "height": "76%", "src": PHOTO}
WORDS = {"text": "Three days\nin Lisbon", "x": "10%", "y": "20%", "width": "80%", "font-size": 72, "color": "#1b2a4a"}

# The object of each table whose examples it wears: an example's own members come last.
SUBJECTS: dict[str, Members] = {
    "All but audio": {**CARD, "type": "rectangle", "background-color": SUNRISE},
    "rectangle, circle, image, video": {**FRAMED, "type": "image"},
    "rectangle, circle": {**CARD, "type": "rectangle"},
    "video, audio": {**FRAMED, "src": "asset:clip", "type": "video"},
    "text": {**WORDS, "type": "text"},
    "group": {**CARD, "type": "group", "objects": [{"type": "text", "text": "50 % off", "color": "#ef476f"}]},
}
_PANEL: Members = {"background-color": "#fff"}
_OUTLINED: Members = {"stroke-color": "#1b2a4a", "stroke-width": 12, "color": "#ffd166", "font-weight": 800}
_PIECES = [
    {"type": "rectangle", "width": "100%", "height": "100%", "background-color": "#fff"},
    {"type": "circle", "x": "75%", "y": "75%", "width": 160, "height": 160, "anchor": "center"}
    | {"background-color": "#ef476f"},
]
# What has to be there for an example to be seen, by heading and first property.
BESIDE: dict[str, dict[str, Members]] = {
    "All but audio": {
        "width": {"x": "10%", "y": "16%"},
        "anchor": {"x": "50%", "y": "50%"},
        "scale": {"x": "35%", "width": "30%", "background-image": PHOTO},
        "shadow-blur": {"shadow-color": "rgb(0 0 0 / 50%)"},
        "shadow-x": {"shadow-color": "rgb(0 0 0 / 50%)"},
    },
    "rectangle, circle, image, video": {
        "focus-x": {"x": "36%", "width": "28%", "focus-y": 0.5},
        "fit": {"x": "34%", "width": "32%", "border-width": 1, "border-color": "#8794ad"},
        "border-color": {"border-width": 10},
        "border-width": {"border-color": "#1b2a4a"},
    },
    "text": {
        "color": {"font-weight": 800},
        "letter-spacing": {"font-size": 60},
        "text-align": _PANEL,
        "vertical-align": {**_PANEL, "height": "70%", "y": "15%"},
        "wrap": {**_PANEL, "text": "Three days in Lisbon", "width": "50%"},
        "autofit": {**_PANEL, "text": "Three days in Lisbon", "height": "60%", "font-size": 120, "max-font-size": 84},
        "min-font-size": {**_PANEL, "text": "Three days in Lisbon", "width": "30%", "height": "20%"}
        | {"autofit": "shrink"},
        "max-font-size": {**_PANEL, "text": "Lisbon", "height": "60%", "autofit": "fill"},
        "stroke-color": _OUTLINED,
        "stroke-width": _OUTLINED,
        "background-color": {"padding": 20, "color": "#fff"},
        "background-radius": {"background-color": "#ffd166", "padding": 20},
        "padding": {**_PANEL, "width": "60%"},
    },
    "group": {"clip": {"objects": _PIECES}},
}


# What the scene has when an example is to be seen, by its first property.
BELOW: dict[str, Members] = {"blend-mode": {"background-image": "media/travel-list/temple.jpg"}}


class Examples(NamedTuple):
    """Properties of the table under this heading, each with its example there; what has a colon is one itself.

    They are drawn as they are at so many `seconds`.
    """

    heading: str
    shown: tuple[str, ...]
    columns: int = 3
    seconds: float = TELLING


class Moments(NamedTuple):
    """Seconds at which the block of JSON right above the picture is drawn."""

    seconds: tuple[float, ...]
    columns: int = 3


class Cell(NamedTuple):
    """A frame and the words below it."""

    label: str
    template: Members
    seconds: float


PICTURES: dict[str, Examples | Moments] = {
    "three-days": Moments((0.5, 2, 2.7, 4), 4),
    "values": Moments((1,)),
    "backgrounds": Examples("Scene", ("background-color", "background-image", "background-video")),
    "caption": Moments((1,)),
    "push-and-circle": Moments((1.75, 3.15, 3.3)),
    "place": Examples("All but audio", ("x", "anchor", '"anchor": "top-left"', "width"), 4),
    "turn": Examples("All but audio", ("rotation", "scale", "skew-x")),
    "see-through": Examples("All but audio", ("opacity", "shadow-color", "shadow-blur", "shadow-x"), 4),
    "blend": Examples(
        "All but audio",
        tuple(
            f'"blend-mode": "{mode}"'
            for mode in ("normal", "multiply", "screen", "overlay", "difference", "luminosity")
        ),
    ),
    "card": Moments((1,)),
    "fit": Examples(
        "rectangle, circle, image, video",
        ('"fit": "cover"', "fit", '"fit": "fill"', "focus-x", '"focus-x": 0.5', '"focus-x": 0.9'),
    ),
    "border": Examples("rectangle, circle, image, video", ("border-color", "border-width", "border-radius")),
    "fill": Examples("rectangle, circle", ("background-color", "background-image"), 2),
    "portrait": Moments((1,)),
    "logo": Moments((1,)),
    "trim-start": Examples("video, audio", ("src", "trim-start"), 2),
    "trim-end": Examples("video, audio", ("trim-end", '"trim-end": 4, "loop": true'), 2, seconds=5),
    "letters": Examples(
        "text",
        (
            *("text", "color", "font-family", "font-size", "font-weight", "font-style"),
            *("letter-spacing", '"letter-spacing": "0.3em"', "text-transform"),
        ),
    ),
    "lines": Examples(
        "text", ("line-height", "text-align", '"text-align": "right"', "vertical-align", "wrap", '"wrap": true')
    ),
    "autofit": Examples(
        "text", ('"autofit": "none"', "autofit", '"autofit": "fill"', "min-font-size", "max-font-size")
    ),
    "outline-and-panel": Examples(
        "text", ("stroke-color", "stroke-width", "background-color", "background-radius", "padding", "spans")
    ),
    "title": Moments((1,)),
    "spans": Moments((1,)),
    "group": Examples("group", ('"clip": false', "clip"), 2),
    "badge": Moments((0.1, 0.2, 0.3, 0.8), 4),
    "ball-and-bar": Moments((0, 0.6, 1, 1.6, 2.2, 3)),
    "text-animations": Moments((0.4, 0.9, 2.6, 3.4, 3.9, 5.7)),
    "products": Moments((0.5, 1.8, 3)),
    "scrim": Moments((1,)),
    "ken-burns": Moments((0, 2.5, 5)),
    "lower-third": Moments((0.7, 2, 4.3)),
    "fitting": Moments((1,)),
    "one-after-another": Moments((0.1, 0.4, 1)),
    "framed": Moments((1,)),
}
CHARTS = ("transitions", "easings")


def main(names: list[str]) -> None:
    known = (*PICTURES, *CHARTS)
    unknown = sorted(set(names) - set(known))
    if unknown:
        sys.exit(f"There is no picture {', '.join(unknown)}. There is: {', '.join(known)}.")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        files = uploads(Path(folder))
        for name in names or known:
            path = FOLDER / f"{name}.webp"
            path.write_bytes(picture(*cells(name), files))
            print(f"{path} {path.stat().st_size / 1000:.0f} kB")


def cells(name: str) -> tuple[list[Cell], int]:
    """The frames of a picture, and in how many columns they stand."""
    match PICTURES.get(name):
        case Examples(heading, shown, columns, seconds):
            return [_example(heading, one, seconds) for one in shown], columns
        case Moments((second,)):
            return [Cell("", _block_above(name), second)], 1
        case Moments(seconds, columns):
            template = _block_above(name)
            return [Cell(f"at {moment:g} s", template, moment) for moment in seconds], columns
    return (list(_easings()), 6) if name == "easings" else (list(_transitions()), 3)


def _example(heading: str, shown: str, seconds: float) -> Cell:
    members: Members = json.loads(f"{{{shown}}}") if ":" in shown else example(heading, shown)
    label = _words_of(members)
    if heading not in SUBJECTS:
        return Cell(label, {**CANVAS, **template_with(heading.lower(), members)}, seconds)
    first = next(iter(members))
    subject = {**SUBJECTS[heading], **BESIDE.get(heading, {}).get(first, {}), **members}
    return Cell(label, {**CANVAS, "scenes": [{"duration": 6, "objects": [subject], **BELOW.get(first, {})}]}, seconds)


def example(heading: str, name: str) -> Members:
    """What the table under this heading has as the example of a property and of those in its row."""
    (row,) = (row for row in table(heading, "property") if name in spans(row[0]))
    members: Members = json.loads(f"{{{', '.join(spans(row[-2]))}}}")
    return members


def _words_of(members: Members) -> str:
    return json.dumps(members, ensure_ascii=False)[1:-1]


def _block_above(name: str) -> Members:
    """The template, or one with the scene or object, that the page has right above a picture."""
    found = re.search(
        rf"^```json (\w+)\n((?:(?!^```).)*)^```\n\n!\[[^]]*\]\(pictures/{name}\.webp\)", PAGE, re.M | re.S
    )
    if found is None:
        sys.exit(f"There is no JSON right above pictures/{name}.webp.")
    kind, content = found[1], json.loads(found[2])
    whole = template_with(kind if kind in OTHERS else content["type"], content)
    return whole if kind == "template" else {"background-color": "#1b2a4a", **whole}


_SCENES = (
    {"duration": 2, "background-image": PHOTO},
    {"duration": 2, "background-image": "media/travel-list/temple.jpg"},
)


def _transitions() -> Iterator[Cell]:
    """Each type at two fifths of its way, and the directions of one."""
    kinds: list[Members] = [{"type": spans(row[0])[0]} for row in table("Transitions", "transition")]
    kinds += [{"type": "push", "direction": direction} for direction in ("right", "up", "down")]
    for kind in kinds:
        coming = {**_SCENES[1], "transition": {**kind, "duration": 1, "easing": "linear"}}
        yield Cell(_words_of(kind), {**CANVAS, "scenes": [_SCENES[0], coming]}, 1.4)


_DOTS = 60


def _easings() -> Iterator[Cell]:
    """Dots on one way upwards, each started a little before the one on its left: together they are the curve."""
    for easing in [word for row in table("Keyframes", "easing") for word in spans(row[0])]:
        way = [{"time": 0, "y": "76%"}, {"time": 1, "y": "28%", "easing": easing}]
        dots = [
            {"type": "circle", "width": 14, "height": 14, "anchor": "center", "background-color": "#ef476f"}
            | {"x": f"{8 + 84 * number / _DOTS}%", "start": 1 - number / _DOTS, "keyframes": way}
            for number in range(_DOTS + 1)
        ]
        ends = [
            {"type": "rectangle", "y": y, "width": "100%", "height": 3, "background-color": "#c5cddb"} for y in _ENDS
        ]
        scene = {"duration": 2, "objects": [*ends, *dots]}
        yield Cell(easing, {**CANVAS, "width": 480, "height": 300, "frame-rate": _DOTS, "scenes": [scene]}, TELLING)


_ENDS = ("76%", "28%")


def picture(shown: list[Cell], columns: int, files: dict[str, Path]) -> bytes:
    """WebP of the frames in rows, words below each."""
    width = (WIDTH - GAP * (columns + 1)) // columns if columns > 1 else ALONE
    frames = [_frame(cell, width, files) for cell in shown]
    heights = [cv2.imdecode(np.frombuffer(frame, np.uint8), cv2.IMREAD_COLOR).shape[0] for frame in frames]
    step = max(heights) + GAP + (LABEL if any(cell.label for cell in shown) else 0)
    objects: list[Members] = []
    for number, (cell, height) in enumerate(zip(shown, heights, strict=True)):
        x, y = GAP + number % columns * (width + GAP), GAP + number // columns * step
        objects += _labelled(cell.label, f"{number}.png", {"x": x, "y": y, "width": width, "height": height})
    sides = (columns * (width + GAP) + GAP, -(-len(shown) // columns) * step + GAP)
    sheet = {"width": even(sides[0]), "height": even(sides[1]), "background-color": GROUND}
    with tempfile.TemporaryDirectory() as folder:
        paths = {f"{number}.png": Path(folder) / f"{number}.png" for number in range(len(frames))}
        for path, frame in zip(paths.values(), frames, strict=True):
            path.write_bytes(frame)
        drawn = still(apply({**sheet, "scenes": [{"objects": objects}]}).template, paths, 0, format="png")
    bgr = cv2.imdecode(np.frombuffer(drawn, np.uint8), cv2.IMREAD_COLOR)
    return cv2.imencode(".webp", bgr, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])[1].tobytes()


def even(side: int) -> int:
    return side // 2 * 2


def _labelled(label: str, src: str, place: Members) -> list[Members]:
    below = {"x": place["x"], "y": place["y"] + place["height"] + 10, "width": place["width"], "height": LABEL - 12}
    letters = {"color": INK, "font-size": 18, "font-weight": 500, "text-align": "center", "autofit": "shrink"}
    edge = {"border-radius": 8, "border-width": 1, "border-color": "rgb(27 42 74 / 18%)"}
    return [{"type": "image", "src": src, **place, **edge}, {"type": "text", "text": label, **below, **letters}]


def _frame(cell: Cell, width: int, files: dict[str, Path]) -> bytes:
    template = apply(cell.template).template
    placed = {source.url: files.get(source.url, VIDEOS / source.url) for source in sources(template)}
    return still(template, placed, cell.seconds, format="png", width=width)


def uploads(folder: Path) -> dict[str, Path]:
    """What the page's made-up addresses stand for: a logo, and a clip that shows its own time every half second."""
    counts = [
        {"type": "text", "text": f"{half / 2:g} s", "x": "50%", "y": "50%", "anchor": "center", "font-weight": 800}
        | {"font-size": "40%", "start": half / 2, "duration": 0.5, "shadow-color": "#0008", "shadow-blur": 20}
        for half in range(12)
    ]
    scene = {"duration": 6, "background-image": PHOTO, "objects": counts}
    clip = apply({"width": 640, "height": 360, "scenes": [scene]}).template
    path = folder / "clip.mp4"
    render(Recipe(clip, {PHOTO: VIDEOS / PHOTO}), path, on_progress=lambda _share: None, stop=lambda: False)
    return {"asset:clip": path, "asset:logo": LOGO}


if __name__ == "__main__":
    main(sys.argv[1:])
