"""Animated texts: what their animations make of a set block at a time, and the piece that draws it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from typing import NamedTuple

import skia

from renderer.drawing.counting import Counting
from renderer.drawing.geometry import GRAZE, Affine, Rect
from renderer.drawing.lettering import Lettering, Lot, paint_letters, paint_panel, painted_by
from renderer.drawing.sheet import Sheet, skia_matrix
from renderer.drawing.text_faults import faults
from renderer.drawing.text_states import REST, TOWARDS, Room, State, presence, states, turns_of
from renderer.drawing.text_units import FINEST_FIRST, boxes_of, ranks, units_of
from renderer.format.animations import AnyAnimation, AnySplit, Counter, Course
from renderer.text.layout import PlacedGlyph, TextLayout

_FAR = 1e6  # pixels; beyond everything that is drawn


class Unit(NamedTuple):
    """Glyphs that move together, and what they cover before they do; the panel is one without glyphs.

    It is seen through all of its `windows`, each a rectangle that has itself been moved.
    """

    glyphs: tuple[PlacedGlyph, ...]
    ink: Rect
    moved: Affine = Affine()
    opacity: float = 1.0
    windows: tuple[tuple[Rect, Affine], ...] = ()

    @property
    def solid(self) -> bool:
        return self.opacity == 1.0 and not self.windows

    @property
    def visible(self) -> bool:
        """Windows that do not meet leave nothing of it."""
        return self.opacity > 0.0 and abs(self.moved.determinant) > GRAZE and not self.bounds.empty

    @property
    def bounds(self) -> Rect:
        seen = (moved.bounds(window) for window, moved in self.windows)
        return reduce(Rect.meet, seen, self.moved.bounds(self.ink))

    def put(self, change: "Change") -> "Unit":
        """Changed with all that it already is."""
        outer = tuple((window, change.moved @ place) for window, place in self.windows)
        inner = () if change.window is None else ((change.window, Affine()),)
        return Unit(self.glyphs, self.ink, change.moved @ self.moved, self.opacity * change.opacity, (*outer, *inner))


class Change(NamedTuple):
    """What a kind of unit does to all that belongs to it; only what comes to lie in `window` is seen."""

    moved: Affine
    opacity: float
    window: Rect | None = None


class Block(NamedTuple):
    """A set text at a moment: the units of it that can be seen. `opacity` is that of all of it together."""

    layout: TextLayout
    units: tuple[Unit, ...]
    panel: Unit
    opacity: float = 1.0

    @property
    def unfaded(self) -> "Block | None":
        """With nothing seen through that is seen at all; None if it is so already."""
        parts = [self.panel, *self.units]
        if not any(0.0 < part.opacity < 1.0 for part in parts):
            return None
        panel, *units = (part._replace(opacity=1.0) if part.visible else part for part in parts)
        return self._replace(panel=panel, units=tuple(units))


class Moved(NamedTuple):
    """What animations have made of the units by their place, of the panel, and of the whole."""

    units: dict[int, Unit]
    panel: Unit
    opacity: float = 1.0


class TextMotion:
    """The animations of one text that lives so many seconds; `path` is its place in the template."""

    def __init__(self, animations: Sequence[AnyAnimation], path: str, life: float) -> None:
        self._animations = animations
        self._course = Course(animations, life)
        counters = [animation for animation in animations if isinstance(animation, Counter)]
        self._counting = Counting(counters, self._course)
        self._splits: list[tuple[AnySplit, str]] = [
            (animation, f"{path}.animations[{place}]")  # the seed of its chances
            for place, animation in enumerate(animations)
            if not isinstance(animation, Counter)
        ]
        self._plan: _Plan | None = None

    def faults(self, layout: TextLayout) -> Iterator[str]:
        """What they cannot do with the set text as they are told."""
        return faults(self._animations, layout, self._course, self._counting.numbers(layout))

    def rests(self, time: float) -> bool:
        """Whether the text looks as if it had no animations."""
        return self._course.rests(time)

    def at_rest(self, layout: TextLayout) -> TextLayout:
        """The set text as it is written, without the room that its numbers need to count."""
        return self._counting.at_rest(layout)

    def block(self, layout: TextLayout, look: Lettering, room: Room, time: float) -> Block:
        """The set text at seconds of its life."""
        if self._plan is None or self._plan.base is not layout or self._plan.look != look:
            self._plan = _Plan(layout, look, self._splits)
        self._plan.take(self._counting.at(layout, time))
        moved = Moved(self._plan.units, self._plan.panel)
        for level in self._plan.levels:
            moved = level.applied(moved, time, self._course, room)
        seen = tuple(unit for unit in moved.units.values() if unit.visible)
        return Block(self._plan.layout, seen, moved.panel, moved.opacity)


class _Plan:
    """All that does not depend on the time: which glyphs are a unit, and by which animations each is moved.

    `units` are those of `layout`, which may have other figures than `base`, the text as it is written.
    """

    def __init__(self, base: TextLayout, look: Lettering, splits: Sequence[tuple[AnySplit, str]]) -> None:
        self.base = base
        self.look = look
        kinds = [by for by in FINEST_FIRST if any(animation.by == by for animation, _ in splits)]
        self._finest = units_of(base, kinds[0] if kinds else "line").of_letter
        self.units: dict[int, Unit] = {}
        self._set(base)
        self.panel = Unit((), Rect(0.0, 0.0, base.width, base.height).outset(look.padding))
        self.levels = [_Level(self, [split for split in splits if split[0].by == by]) for by in kinds]

    def take(self, layout: TextLayout) -> None:
        if self.layout is not layout:
            self._set(layout)
            for level in self.levels:
                level.take(self)

    def _set(self, layout: TextLayout) -> None:
        self.layout = layout
        glyphs: dict[int, list[PlacedGlyph]] = {}
        for glyph in layout.glyphs:
            unit = self._finest[glyph.letter]
            if unit is not None:
                glyphs.setdefault(unit, []).append(glyph)
        self.units = {unit: self._unit(unit, tuple(own)) for unit, own in glyphs.items()}

    def _unit(self, number: int, glyphs: tuple[PlacedGlyph, ...]) -> Unit:
        """The one of the layout before as long as its glyphs are the same: to measure ink is slow."""
        known = self.units.get(number)
        return known if known and known.glyphs == glyphs else Unit(glyphs, painted_by(glyphs, self.layout, self.look))


class _Level:
    """The animations of one kind of unit: letters, words, lines or the whole text."""

    def __init__(self, plan: _Plan, splits: Sequence[tuple[AnySplit, str]]) -> None:
        self._by = splits[0][0].by
        self._found = found = units_of(plan.base, self._by)
        self._owners = {place: found.of_letter[unit.glyphs[0].letter] or 0 for place, unit in plan.units.items()}
        self._splits = [(animation, ranks(found.rows, animation.order, seed)) for animation, seed in splits]
        self.take(plan)

    def take(self, plan: _Plan) -> None:
        """The places of the units in the layout of the moment."""
        self._boxes = boxes_of(plan.layout, self._found.of_letter, self._by)
        self._extents = list(self._boxes)
        for place, unit in plan.units.items():
            owner = self._owners[place]
            self._extents[owner] = self._extents[owner].union(unit.ink)
        if self._by == "text" and plan.look.panel is not None:
            self._extents = [extent.union(plan.panel.ink) for extent in self._extents]

    def applied(self, moved: Moved, time: float, course: Course, room: Room) -> Moved:
        """The text fades as one, whatever of it overlaps; smaller units each by itself."""
        each = [states(animation, order, time, course, room) for animation, order in self._splits]
        joined = [reduce(State.joined, own) for own in zip(*each, strict=True)]
        opacity = moved.opacity
        whole = self._by == "text" and bool(joined)
        if whole:
            opacity, joined = opacity * joined[0].opacity, [joined[0]._replace(opacity=1.0)]
        changes = [
            _change(state, box, extent) for state, box, extent in zip(joined, self._boxes, self._extents, strict=True)
        ]
        units = {
            place: unit if (change := changes[self._owners[place]]) is None else unit.put(change)
            for place, unit in moved.units.items()
        }
        panels = changes[0] if whole else self._panel_change(time, course)
        return Moved(units, moved.panel if panels is None else moved.panel.put(panels), opacity)

    def _panel_change(self, time: float, course: Course) -> Change:
        """A panel comes with the first of the units and goes with the last."""
        seen = [
            presence(animation, 0 if animation.when == "in" else turns_of(order) - 1, turns_of(order), time, course)
            for animation, order in self._splits
            if animation.when != "loop"
        ]
        return Change(Affine(), min(seen, default=1.0))


def _change(state: State, box: Rect, extent: Rect) -> Change | None:
    """`extent` is the place out of which nothing is seen of what is being revealed."""
    if state == REST:
        return None
    if state.hidden == 0.0:
        return Change(state.matrix(box), state.opacity)
    across, down = TOWARDS[state.direction]
    left, top, right, bottom = extent
    shift = Affine.translation(-across * state.hidden * (right - left), -down * state.hidden * (bottom - top))
    # The edge through which it comes is behind it, that through which it goes before it.
    edge = (across, down) if state.hidden < 0 else (-across, -down)
    window = Rect(
        left if edge[0] < 0 else -_FAR,
        top if edge[1] < 0 else -_FAR,
        right if edge[0] > 0 else _FAR,
        bottom if edge[1] > 0 else _FAR,
    )
    return Change(shift @ state.matrix(box), state.opacity, window)


def extent_of_block(block: Block, look: Lettering) -> Rect | None:
    """All that `paint_block` paints, in the coordinates of the text's box; None if that is nothing."""
    if block.opacity == 0.0:
        return None
    seen = [unit.bounds for unit in (block.panel, *block.units) if unit.visible and (unit.glyphs or look.panel)]
    return Rect(*(edge + look.padding for edge in reduce(Rect.union, seen))) if seen else None


def paint_block(sheet: Sheet, block: Block, look: Lettering, matrix: Affine) -> None:
    """Draws the block as `lettering.paint_text` does, its units where they are, but for the opacity of the whole.

    Strokes lie under the fills of all that is solid; what fades or is revealed lies below, each by itself.
    """
    inside = matrix @ Affine.translation(look.padding, look.padding)
    if look.panel is not None and block.panel.visible:
        with _through(sheet, block.panel, inside):
            outside = Affine.translation(-look.padding, -look.padding)
            paint_panel(sheet, block.layout, look, inside @ block.panel.moved @ outside)
    _paint_unsolid(sheet, block, look, matrix)
    solid = [Lot(unit.glyphs, unit.moved) for unit in block.units if unit.solid]
    paint_letters(sheet, block.layout, solid, look, matrix)


def _paint_unsolid(sheet: Sheet, block: Block, look: Lettering, matrix: Affine) -> None:
    """Where the strokes of neighbours overlap, the one that is seen best is seen alone: they would add up to blots."""
    inside = matrix @ Affine.translation(look.padding, look.padding)
    units = [unit for unit in block.units if not unit.solid]
    apart = look.stroked and len(units) > 1
    if apart:
        units.sort(key=lambda unit: unit.opacity)
        bounds = reduce(Rect.union, (unit.bounds for unit in units))
        sheet.canvas.saveLayer(skia.Rect.MakeLTRB(*inside.bounds(bounds)))
    for unit in units:
        own = [Lot(unit.glyphs, unit.moved)]
        if apart:
            with _through(sheet, unit._replace(opacity=1.0), inside), sheet.erasing(inside.bounds(unit.bounds)):
                paint_letters(sheet, block.layout, own, look, matrix)
        with _through(sheet, unit, inside):
            paint_letters(sheet, block.layout, own, look, matrix)
    if apart:
        sheet.canvas.restore()


@contextmanager
def _through(sheet: Sheet, unit: Unit, matrix: Affine) -> Iterator[None]:
    """What is drawn is seen through the unit's windows, and faded as one."""
    canvas = sheet.canvas
    count = canvas.save()
    for window, moved in unit.windows:
        path = skia.Path()
        path.addRect(skia.Rect.MakeLTRB(*window))
        path.transform(skia_matrix(matrix @ moved))
        canvas.clipPath(path, skia.ClipOp.kIntersect, True)
    if unit.opacity < 1.0:
        canvas.saveLayer(skia.Rect.MakeLTRB(*matrix.bounds(unit.bounds)), skia.Paint(Alphaf=unit.opacity))
    yield
    canvas.restoreToCount(count)
