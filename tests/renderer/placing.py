"""Where the texts of a template are at a time, found without drawing."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from renderer.drawing.geometry import Affine, Rect, placement
from renderer.drawing.lettering import Setting, lettering, setting_of
from renderer.drawing.text_motion import TextMotion
from renderer.drawing.text_states import Room
from renderer.format.keyframes import Animated
from renderer.format.objects import AnyObject, Drawn, Group, Text
from renderer.format.template import Template
from renderer.format.timeline import SceneSpan, Timeline, seconds_of, window
from renderer.text.fonts import Fonts
from renderer.text.layout import TextLayout, lay_out

SOLID = 0.9  # opacity above which a text can be read
WHOLE = 0.9  # share of a text's box that must have come into the groups that clip it
ACROSS, DOWN = 240, 12  # places looked at behind a line
FONTS = Fonts()

Size = tuple[float, float]


class Seen(NamedTuple):
    """A text at a frame: its values then, its opacity in all, and where its box is on the video."""

    text: Text
    opacity: float
    place: Affine
    canvas: Size
    window: Rect
    """What is not clipped by the groups that it lies in."""
    arrived: bool
    """Whether its animations have brought all letters, counted to its numbers, and taken nothing away yet."""

    @property
    def box(self) -> Rect:
        return self.place.bounds(_rect(_size(self.text, self.canvas)))

    @property
    def readable(self) -> bool:
        return self.arrived and self.opacity > SOLID and area(self.box.meet(self.window)) >= WHOLE * area(self.box)

    def behind(self, words: str, picture: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
        """The pixels of the video that each line of these words would cover, as rows of colours."""
        edge, place = self.text.padding.px(*self.canvas), self.place
        found = []
        for box in (line.box for line in self.layout(words).lines):
            along, down = np.meshgrid(np.linspace(0, box.width, ACROSS), np.linspace(0, box.height, DOWN))
            x, y = along + box.x + edge, down + box.y + edge
            columns = (place.xx * x + place.xy * y + place.x0).astype(int).clip(0, picture.shape[1] - 1)
            rows = (place.yx * x + place.yy * y + place.y0).astype(int).clip(0, picture.shape[0] - 1)
            found.append(picture[rows, columns].reshape(-1, picture.shape[2]))
        return found

    def layout(self, words: str) -> TextLayout:
        return _set(setting_of(self.text, self.canvas)._replace(text=words))


class Placed:
    """A text in the groups it lies in, from the outermost on, and in its scene."""

    def __init__(self, span: SceneSpan, most: range, groups: tuple[Group, ...], text: Text, video: Size) -> None:
        self.span, self.groups, self.text, self.video = span, groups, text, video
        self.most = most  # frames of the scene in which it is most of the picture
        self._animated = [Animated[Drawn](obj) for obj in (*groups, text)]

    def __str__(self) -> str:
        return "/".join(str(part.name) for part in (self.span.scene, *self.groups, self.text))

    def at(self, frame: int) -> Seen | None:
        """At a frame of its scene; None while it is not there."""
        place, canvas, opacity, end = Affine.scaling(1.0, 1.0), self.video, 1.0, self.span.frames
        clipped = _rect(self.video)
        for animated in self._animated:
            first, last = window(animated.obj, end, self.span.fps)
            if not first <= frame < last:
                return None
            frame, end = frame - first, last - first
            obj = animated.at(seconds_of(frame, self.span.fps))
            size = _size(obj, canvas)
            place, opacity = place @ placement(obj, *size, canvas), opacity * obj.opacity
            if isinstance(obj, Group):
                clipped = clipped.meet(place.bounds(_rect(size))) if obj.clip else clipped
                canvas = size
        assert isinstance(obj, Text)
        motion = TextMotion(obj.animations, str(self), seconds_of(end, self.span.fps))
        arrived = _has_arrived(obj, motion, canvas, seconds_of(frame, self.span.fps))
        return Seen(obj, opacity, place, canvas, clipped, arrived)

    def resting(self) -> tuple[int, Seen]:
        """The middle of the time in which it can be read: it has come in and does not leave yet."""
        readable = [(frame, seen) for frame in range(self.span.frames) if (seen := self.at(frame)) and seen.readable]
        assert readable, f"{self} can never be read"
        return readable[len(readable) // 2]


def texts(template: Template) -> list[Placed]:
    """Every text of a template, those in groups too."""
    video = (float(template.width), float(template.height))
    spans = Timeline.build(template, {}).spans
    halves = [span.overlap // 2 for span in spans]
    ends = [span.frames - leaving for span, leaving in zip(spans, [*halves[1:], 0], strict=True)]
    return [
        Placed(span, range(half, end), groups, text, video)
        for span, half, end in zip(spans, halves, ends, strict=True)
        for groups, text in _inside((), span.scene.objects)
    ]


def _inside(groups: tuple[Group, ...], objects: tuple[AnyObject, ...]) -> Iterator[tuple[tuple[Group, ...], Text]]:
    for obj in objects:
        if isinstance(obj, Group):
            yield from _inside((*groups, obj), obj.objects)
        elif isinstance(obj, Text):
            yield groups, obj


def _has_arrived(text: Text, motion: TextMotion, canvas: Size, time: float) -> bool:
    if motion.rests(time):
        return True
    setting, look = setting_of(text, canvas), lettering(text, canvas)
    layout = _set(setting)
    block = motion.block(layout, look, Room(canvas, canvas, layout.size), time)
    solid = (unit for unit in block.units if unit.opacity * block.opacity > SOLID)
    seen = [unit for unit in solid if area(unit.bounds) >= WHOLE * area(unit.ink)]
    printed = [glyph for glyph in layout.glyphs if layout.letters[glyph.letter].word is not None]
    return set(printed) <= {glyph for unit in seen for glyph in unit.glyphs}


@cache
def _set(setting: Setting) -> TextLayout:
    return lay_out(setting.text, setting.style, FONTS, setting.spans)


def _size(obj: Drawn, canvas: Size) -> Size:
    """Text without a width or height has none here; those of a built-in template have both."""
    width = obj.width.px(*canvas, "x") if obj.width else 0.0
    height = obj.height.px(*canvas, "y") if obj.height else 0.0
    return width, height


def _rect(size: Size) -> Rect:
    return Rect(0.0, 0.0, *size)


def area(rect: Rect) -> float:
    return max(0.0, rect.right - rect.left) * max(0.0, rect.bottom - rect.top)
