"""The name that was probably meant."""

import difflib
import re
from collections.abc import Iterable
from itertools import islice

MAX_COMPARED = 200  # names; 0.5 ms

# What CSS, other programs and other video services call our properties and their values. What is right depends on
# where the word stands: the first that is known there.
_COLORS = ("color", "background-color", "stroke-color", "shadow-color")
_MOVING = ("animations", "keyframes")
_SYNONYMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    # properties
    ("color colour fill", _COLORS),
    ("background backgroundcolor bg bg-color", ("background-color",)),
    ("url source href image media-url video", ("src", "background-image")),
    ("left pos-x", ("x",)),
    ("top pos-y", ("y",)),
    ("angle rotate", ("rotation", "spin")),
    ("hidden hide display", ("visible",)),
    ("content value caption label string", ("text",)),
    ("radius rx corner-radius", ("border-radius", "background-radius", "width")),
    ("font family typeface font-name", ("font-family",)),
    ("size", ("font-size", "width")),
    ("weight bold", ("font-weight",)),
    ("italic", ("font-style",)),
    ("underline", ("text-decoration",)),
    ("uppercase", ("text-transform",)),
    ("align alignment justify", ("text-align", "anchor")),
    ("origin", ("anchor",)),
    ("alpha transparency", ("opacity",)),
    ("length", ("duration", "trim-end")),
    ("end", ("duration", "trim-end", "right", "out")),
    ("at offset", ("time", "start")),
    ("time", ("start", "duration", "trim-end")),
    ("begin delay from", ("start", "start-value")),
    ("fps framerate", ("frame-rate",)),
    ("elements layers clips children items", ("objects", "scenes")),
    ("animation animations effect effects", _MOVING),
    ("fade-in enter", ("in", *_MOVING)),
    ("fade-out exit leave", ("out", *_MOVING)),
    ("ease timing-function easing-function", ("easing",)),
    ("shape kind", ("type",)),
    ("object-fit crop", ("fit", "cover")),
    ("border outline", ("border-width", "stroke-width")),
    ("stroke", ("stroke-width", "border-width")),
    ("shadow text-shadow box-shadow drop-shadow", ("shadow-color",)),
    ("text-color font-color", ("color",)),
    ("highlight", ("background-color", "spans")),
    ("text word words", ("match",)),
    ("fade", ("fade-in", *_MOVING)),
    ("mute muted gain", ("volume",)),
    ("leading", ("line-height",)),
    ("tracking kerning", ("letter-spacing",)),
    ("mix-blend-mode blend", ("blend-mode",)),
    # objects, animations, transitions
    ("ellipse oval round", ("circle",)),
    ("rect square box line shape div", ("rectangle",)),
    ("title heading label caption string", ("text",)),
    ("img picture photo", ("image",)),
    ("movie clip footage", ("video",)),
    ("sound music song", ("audio",)),
    ("container layer composition", ("group",)),
    ("typing type-on", ("typewriter",)),
    ("zoom pop grow shrink", ("scale",)),
    ("crossfade dissolve", ("fade",)),
    ("iris", ("circle",)),
    # what has happened
    ("complete completed done finish finished ready success succeeded", ("completed", "complete", "ready", "done")),
    ("error errored failure", ("failed",)),
    ("canceled aborted stopped", ("cancelled",)),
    ("callback callback-url endpoint target target-url webhook webhook-url", ("url",)),
    # other values
    ("char chars character characters glyph", ("letter",)),
    ("whole all block", ("text",)),
    ("reverse reversed backwards", ("backward",)),
    ("normal forwards", ("forward", "none")),
    ("shuffle", ("random",)),
    ("repeat infinite", ("loop",)),
    ("stretch", ("fill",)),
    ("middle centre", ("center",)),
    ("top-center center-top top-middle", ("top",)),
    ("bottom-center center-bottom bottom-middle", ("bottom",)),
    ("left-center center-left middle-left", ("left",)),
    ("right-center center-right middle-right", ("right",)),
    ("top", ("up",)),
    ("bottom", ("down",)),
    ("center", ("middle",)),
    ("start", ("left", "in")),
    ("oblique", ("italic",)),
    ("add", ("plus-lighter",)),
    # easings
    ("spring", ("spring(1, 100, 10)",)),
    ("steps", ("steps(4)",)),
    ("bezier cubic-bezier", ("cubic-bezier(0.2, 0, 0, 1)",)),
    ("none", ("linear",)),
    ("step step-end", ("hold",)),
    ("ease-out-in smooth", ("ease-in-out",)),
    ("elastic", ("ease-out-elastic",)),
    ("bounce", ("ease-out-bounce",)),
    ("back", ("ease-out-back",)),
)
_MEANT: dict[str, tuple[str, ...]] = {}
for _words, _right in _SYNONYMS:
    for _word in _words.split():
        _MEANT[_word] = (*_MEANT.get(_word, ()), *_right)
# Properties that we have no word for, and how it is done here.
_INSTEAD = dict.fromkeys(("z-index", "z", "zindex", "layer"), "what comes later in the list lies above")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")  # easeOutCubic, backgroundColor

# "render." of the event render.done: what is meant is another one of those.
_FAMILY = re.compile(r"([a-z-]+\.)+")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant."""
    plain = {_kebab(name): name for name in islice(known, MAX_COMPARED)}
    asked = _kebab(word[:100])
    if asked in plain:
        return plain[asked]
    family = _FAMILY.match(asked)
    if family and (relatives := {name[family.end() :]: plain[name] for name in plain if name.startswith(family[0])}):
        meant = nearest(asked[family.end() :], relatives)
        return relatives[meant] if meant else None
    close = [*(n for n in _MEANT.get(asked, ()) if n in plain), *difflib.get_close_matches(asked, plain, n=1)]
    return plain[close[0]] if close else None


def _kebab(word: str) -> str:
    return _HUMP.sub("-", word).lower().replace("_", "-")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    near = nearest(word, known)
    return f'; did you mean "{near}"?' if near else "."


def property_meant(word: str, known: Iterable[str]) -> str:
    """`did_you_mean` of a property, or how what it would do is done here."""
    instead = _INSTEAD.get(_kebab(word[:100]))
    return f"; {instead}." if instead else did_you_mean(word, known)
