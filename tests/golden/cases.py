"""What the goldens show: for every property of the format the values that are drawn, or why nothing of it is seen.

A property that several types have is shown for each of them. So a new type of object needs one line in SUBJECTS, a
new property one in PROPERTIES; choices (`Literal`, true and false) need none, they are read from the schema. What
belongs to one type alone, or means something else there, is written TYPE.PROPERTY.
"""

from typing import Any, NamedTuple

from renderer.format.easing import NAMED
from tests.template_page import ANIMATIONS

Members = dict[str, Any]


class Shows(NamedTuple):
    """`values` are drawn one below the other; without any, all choices that the schema has.

    `beside` are members that make the property seen, of which a type takes those that it has; `below` are objects
    that lie under it.
    """

    values: tuple[Any, ...] = ()
    beside: Members = {}  # noqa: RUF012
    below: tuple[Members, ...] = ()


PAPER = "#e9edf2"
TIME = 1.0  # seconds at which everything is drawn, unless it says otherwise

BOX: Members = {"x": "20%", "y": "22%", "width": "60%", "height": "56%"}
SUNRISE = "linear-gradient(60deg, #c1121f, #fcbf49)"
DUSK = "linear-gradient(90deg, #003049, #669bbc)"
PARTS = [
    {"type": "rectangle", "width": "70%", "height": "60%", "background-color": "#2a9d8f"},
    {"type": "circle", "x": "40%", "y": "40%", "width": "80%", "height": "80%", "background-color": "#e76f51"},
]
INK = "#1d3557"
MOVING = {"type": "circle", "width": "30%", "height": "40%", "y": "30%", "background-color": "#c1121f"}
MOVING["keyframes"] = [{"time": 0, "x": 0}, {"time": 2, "x": "70%"}]
WORD = {"type": "text", "text": "{{word}}", "color": INK, "font-size": "40vmin"}
COUNTED = {"type": "text", "text": "Ab 12 c\nd", "x": "4%", "color": INK, "font-size": "34vmin", "line-height": 1}
BRANDED = {"type": "text", "text": "Rag", "x": "8%", "color": INK, "font-size": "56vmin"}

# What the values are tried on; of `audio` nothing is seen.
SUBJECTS: dict[str, Members] = {
    "text": {"text": "Ag", "x": "22%", "y": "20%", "font-size": "46vmin", "font-weight": 700, "color": INK},
    "rectangle": {**BOX, "background-color": SUNRISE},
    "circle": {**BOX, "background-color": SUNRISE},
    "image": {**BOX, "src": "photo.png"},
    "video": {**BOX, "src": "clip.mkv"},
    "group": {**BOX, "objects": PARTS},
    "template": {"scenes": [{"duration": 4, "objects": [MOVING]}]},
    "scene": {"duration": 4, "background-color": "#bcd4c6", "objects": [MOVING]},
    "transition": {"type": "push", "duration": 3},
    "font": {"family": "Brand", "src": "Anton.ttf", "weight": 700},
    "keyframe": {"time": 2, "x": "60%"},
    "span": {"match": "g"},
    **{name: {"duration": 2.5} for name in ANIMATIONS},
}

PROPERTIES: dict[str, Shows] = {
    "start": Shows((0, 1.5)),
    "duration": Shows((0.5, 2)),
    "visible": Shows(),
    "keyframes": Shows(
        ([{"time": 0, "x": 0}, {"time": 2, "x": "60%"}], [{"time": 0, "y": 0}, {"time": 2, "y": "60%"}])
    ),
    "x": Shows((2, "50%")),
    "y": Shows((1, "45%")),
    "width": Shows((10, "90%"), {"text": "Aga"}),
    "text.width": Shows((30, "90%"), {"text": "Aga ag", "font-size": "34vmin"}),
    "height": Shows((8, "70%")),
    "text.height": Shows((44, "90%"), {"vertical-align": "bottom", "y": 0}),
    "anchor": Shows((), {"x": "50%", "y": "50%", "width": "40%", "height": "36%"}),
    "text.anchor": Shows((), {"x": "50%", "y": "50%"}),
    "rotation": Shows((25, -120)),
    "scale": Shows((0.5, 1.5)),
    "scale-x": Shows((-0.5, 1.5)),
    "scale-y": Shows((-0.5, 1.5)),
    "skew-x": Shows((25, -25)),
    "skew-y": Shows((15, -15)),
    "opacity": Shows((0.2, 0.7)),
    "blend-mode": Shows((), {"color": SUNRISE}, ({"type": "image", "src": "photo.png"},)),
    "shadow-color": Shows(("#d00000", "#0077b680"), {"shadow-x": 4, "shadow-y": 3}),
    "shadow-blur": Shows((2, 8), {"shadow-color": "#000", "shadow-x": 3, "shadow-y": 3}),
    "shadow-x": Shows((-5, "12%"), {"shadow-color": "#0077b6"}),
    "shadow-y": Shows((-5, "12%"), {"shadow-color": "#0077b6"}),
    "border-color": Shows(("#d00000", "#1d355780"), {"border-width": 4}),
    "border-width": Shows((1, "16%"), {"border-color": INK}),
    "border-radius": Shows((3, "28%"), {"border-width": 2}),
    "background-color": Shows((SUNRISE, "#2a9d8f", "radial-gradient(#fff, #003049)", DUSK)),
    "background-image": Shows(("photo.png", "ring.png")),
    "fit": Shows((), {"background-image": "photo.png", "width": "40%", "height": "70%"}),
    "focus-x": Shows((0, 1), {"background-image": "photo.png", "width": "40%", "height": "70%"}),
    "focus-y": Shows((0, 1), {"background-image": "photo.png", "x": "10%", "width": "80%", "height": "24%"}),
    "image.src": Shows(("photo.png", "ring.png")),
    "video.src": Shows(("clip.mkv", "other.mkv")),
    "trim-start": Shows((0, 0.5)),
    "trim-end": Shows((0.4, 0.8)),
    "loop": Shows((), {"trim-end": 0.8}),
    "objects": Shows((PARTS, PARTS[::-1], PARTS[1:])),
    "clip": Shows(),
    "text": Shows(("Ag", "Fj\nÅß", "Привет", "Ωμέγα"), {"x": "4%", "y": "4%", "font-size": "34vmin"}),
    "spans": Shows(([{"match": "A", "color": "#d00000"}], [{"match": "g", "font-size": "1.4em", "color": "#2a9d8f"}])),
    "color": Shows((SUNRISE, INK, "radial-gradient(#fcbf49, #c1121f)", DUSK)),
    "font-family": Shows(("Inter", "Playfair Display", "Bangers", "Nowhere, Space Mono")),
    "font-size": Shows((12, "60vmin")),
    "font-weight": Shows((400, 600, 800)),
    "font-style": Shows((), {"font-family": "Lora"}),
    "line-height": Shows((0.8, 1.6), {"text": "Ag\nAg", "y": 0, "font-size": "28vmin"}),
    "letter-spacing": Shows((-2, "0.4em"), {"text": "Lag", "x": "5%", "font-size": "32vmin"}),
    "text-align": Shows((), {"text": "Ag a\n\u200fA", "x": "5%", "width": "90%", "font-size": "32vmin", "y": 0}),
    "vertical-align": Shows((), {"y": "5%", "height": "90%", "font-size": "30vmin"}),
    "text-transform": Shows((), {"text": "aB cd", "x": "5%", "font-size": "34vmin"}),
    "wrap": Shows((), {"text": "Far away", "x": "5%", "width": "80%", "y": 0, "font-size": "34vmin"}),
    "autofit": Shows(
        (), {"text": "Fit", "x": "10%", "width": "80%", "height": "70%", "font-size": "70vmin", "max-font-size": 16}
    ),
    "min-font-size": Shows(
        (6, 30), {"text": "Fit", "x": 0, "width": 24, "height": 6, "wrap": False, "autofit": "shrink"}
    ),
    "max-font-size": Shows(
        (12, 40), {"text": "Fit", "x": 0, "y": 0, "width": "90%", "height": "90%", "autofit": "fill"}
    ),
    "stroke-color": Shows(("#d00000", "#2a9d8f80"), {"stroke-width": 8}),
    "stroke-width": Shows((3, "20%"), {"stroke-color": "#fcbf49"}),
    "background-radius": Shows((4, "30%"), {"background-color": "#fcbf49", "padding": 6}),
    "padding": Shows((2, "15%"), {"background-color": "#fcbf49", "y": 0}),
    "animations": Shows(
        (
            [{"type": "typewriter", "duration": 1.5}],
            [{"type": "spin", "by": "text", "duration": 2, "easing": "linear"}],
            [{"type": "slide", "duration": 2}, {"type": "wave", "when": "loop"}],
        )
    ),
    "when": Shows(),
    "by": Shows(),
    "order": Shows(),
    "stagger": Shows((0, 0.2)),
    "easing": Shows(("ease-in", "ease-out-expo")),
    "direction": Shows(),
    "distance": Shows((6, "1em")),
    "fade.opacity": Shows((0.1, 0.6)),
    "scale.scale": Shows((0.3, 2)),
    "spin.rotation": Shows((60, -240)),
    "delay": Shows((0.4, 1.2)),
    "start-value": Shows((5, 99)),
    "number": Shows((1, 2)),
    "template.width": Shows((32, 80)),
    "template.height": Shows((32, 60)),
    "template.frame-rate": Shows((1.3, 1.9, 30)),
    "template.fonts": Shows(
        ([{"family": "Brand", "src": "Anton.ttf"}], [{"family": "Brand", "src": "Bangers.ttf"}]),
        {"scenes": [{"objects": [{**BRANDED, "font-family": "Brand"}]}]},
    ),
    "template.variables": Shows(({"word": "one"}, {"word": "two"}), {"scenes": [{"objects": [WORD]}]}),
    "template.scenes": Shows(([{"background-color": "#2a9d8f"}], [{"duration": 0.5}, {"objects": [PARTS[1]]}])),
    "scene.duration": Shows((0.5, 2)),
    "scene.background-video": Shows(("clip.mkv", "other.mkv")),
    "scene.transition": Shows(({"type": "wipe", "duration": 2}, {"type": "circle", "duration": 2})),
    "scene.repeat": Shows(("one", "two"), {"duration": 0.5, "objects": [{**WORD, "text": "{{item.word}}"}]}),
    "transition.type": Shows(),
    "transition.duration": Shows((2.5, 3)),
    "transition.easing": Shows(("ease-in", "ease-out-expo")),
    "transition.direction": Shows(),
    "font.family": Shows(("Brand", "Other")),
    "font.src": Shows(("Anton.ttf", "Bangers.ttf")),
    "font.weight": Shows((400, 700)),
    "font.style": Shows(),
    "match": Shows(("A", "g", "Ag"), {"color": "#d00000"}),
    "whole-words": Shows((), {"color": "#d00000"}),
    "span.color": Shows(("#d00000", "#2a9d8f80")),
    "span.font-family": Shows(("Playfair Display", "Bangers", "Nowhere, Space Mono")),
    "span.font-size": Shows((10, "1.3em")),
    "span.font-weight": Shows((400, 800)),
    "span.font-style": Shows(),
    "span.letter-spacing": Shows((-3, "0.4em"), {"match": "A"}),
    "span.stroke-color": Shows(("#d00000", "#2a9d8f80"), {"stroke-width": 8}),
    "span.stroke-width": Shows((3, "20%"), {"stroke-color": "#fcbf49"}),
    "span.background-color": Shows(("#fcbf49", "#2a9d8f80")),
    "text-decoration": Shows(),
    "keyframe.time": Shows((1.5, 4)),
    "keyframe.easing": Shows(("ease-in", "ease-out-expo")),
}

UNPAINTED: dict[str, str] = {
    "name": "for modifications",
    "volume": "heard",
    "title": "shown in lists of templates",
    "template.type": "there is one",
    "template.audio": "heard",
    "template.loudness": "heard",
}
UNPAINTED_TYPES = {"audio": "heard"}

# Every easing by name, and of the functions each form.
EASINGS = [
    *NAMED,
    *("cubic-bezier(0.16, 1, 0.3, 1)", "cubic-bezier(0.5, -0.4, 0.5, 1.4)"),
    *("steps(4)", "steps(4, start)", "steps(4, end)"),
    *("spring()", "spring(1, 120, 4)", "spring(1, 100, 40)"),
]

LEAVING = {"background-color": "#669bbc", "objects": [{**SUBJECTS["circle"], "type": "circle"}]}
COMING = {"background-color": "#fcbf49", "objects": [{**SUBJECTS["text"], "type": "text"}]}
MOMENTS = (0.3, 0.75)  # of a transition's way
