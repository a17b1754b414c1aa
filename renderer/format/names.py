"""The name that was probably meant."""

import difflib
from collections.abc import Iterable
from itertools import islice

MAX_COMPARED = 200  # names; 0.5 ms

# What CSS and other video services call our properties.
_COLORS = ("color", "background-color", "stroke-color")
_MEANT = {
    **dict.fromkeys(("color", "colour", "fill"), _COLORS),
    **dict.fromkeys(("background", "backgroundcolor"), ("background-color",)),
    **dict.fromkeys(("url", "source", "href", "image", "media-url", "video"), ("src", "background-image")),
    **dict.fromkeys(("left", "pos-x"), ("x",)),
    **dict.fromkeys(("top", "pos-y"), ("y",)),
    **dict.fromkeys(("angle", "rotate"), ("rotation",)),
    **dict.fromkeys(("hidden", "hide", "display"), ("visible",)),
    **dict.fromkeys(("content", "value"), ("text",)),
    **dict.fromkeys(("radius", "rx"), ("border-radius", "background-radius")),
    **dict.fromkeys(("font", "family", "typeface"), ("font-family",)),
    **dict.fromkeys(("size",), ("font-size", "width")),
    **dict.fromkeys(("weight", "bold"), ("font-weight",)),
    **dict.fromkeys(("italic",), ("font-style",)),
    **dict.fromkeys(("align",), ("text-align", "anchor")),
    **dict.fromkeys(("alpha",), ("opacity",)),
    **dict.fromkeys(("length", "time", "end"), ("duration", "trim-end")),
    **dict.fromkeys(("fps",), ("frame-rate",)),
    **dict.fromkeys(("elements", "layers", "clips"), ("objects", "scenes")),
    **dict.fromkeys(("animations", "animation"), ("keyframes",)),
}


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant."""
    plain = {name.lower().replace("_", "-"): name for name in islice(known, MAX_COMPARED)}
    asked = word.lower().replace("_", "-")[:100]
    close = [*(n for n in _MEANT.get(asked, ()) if n in plain), *difflib.get_close_matches(asked, plain, n=1)]
    return plain[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    near = nearest(word, known)
    return f'; did you mean "{near}"?' if near else "."
