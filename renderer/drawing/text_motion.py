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
    """A set text at a moment: the units of it that can be seen."""

    layout: TextLayout
    units: tuple[Unit, ...]
    panel: Unit


class TextMotion:
    """The animations of one text that lives so many seconds; `path` is its place in the template."""

    def __init__(self, animations: Sequence[AnyAnimation], path: str, life: float) -> None:
        self._course = Course(animations, life)
        counters = [animation for animation in animations if isinstance(animation, Counter)]
        self._counting = Counting(counters, self._course)
        self._splits: list[tuple[AnySplit, str]] = [
            (animation, f"{path}.animations[{place}]")  # the seed of its chances
            for place, animation in enumerate(animations)
            if not isinstance(animation, Counter)
        ]
        self._plan: _Plan | None = None

    def rests(self, time: float) -> bool:
        """Whether the text looks as if it had no animations."""
        return self._course.rests(time)

    def block(self, layout: TextLayout, look: Lettering, canvas: tuple[float, float], time: float) -> Block:
        """The set text at seconds of its life."""
        if self._plan is None or self._plan.base is not layout or self._plan.look != look:
            self._plan = _Plan(layout, look, self._splits)
        self._plan.take(self._counting.at(layout, time))
        units, panel = self._plan.units, self._plan.panel
        for level in self._plan.levels:
            room = Room(canvas, layout.size)
            units, panel = level.applied(units, panel, time, self._course, room)
        return Block(self._plan.layout, tuple(unit for unit in units.values() if unit.visible), panel)


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

    def applied(
        self, units: dict[int, Unit], panel: Unit, time: float, course: Course, room: Room
    ) -> tuple[dict[int, Unit], Unit]:
        each = [states(animation, order, time, course, room) for animation, order in self._splits]
        changes = [
            _change(reduce(State.joined, own), box, extent)
            for own, box, extent in zip(zip(*each, strict=True), self._boxes, self._extents, strict=True)
        ]
        changed = {
            place: unit if (change := changes[self._owners[place]]) is None else unit.put(change)
            for place, unit in units.items()
        }
        panels = changes[0] if self._by == "text" and changes else self._panel_change(time, course)
        return changed, panel if panels is None else panel.put(panels)

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
    seen = [unit.bounds for unit in (block.panel, *block.units) if unit.visible and (unit.glyphs or look.panel)]
    return Rect(*(edge + look.padding for edge in reduce(Rect.union, seen))) if seen else None


def paint_block(sheet: Sheet, block: Block, look: Lettering, matrix: Affine) -> None:
    """Draws the block as `lettering.paint_text` does, its units where they are.

    Strokes lie under the fills of all that is solid; what fades or is revealed lies below, each by itself.
    """
    inside = matrix @ Affine.translation(look.padding, look.padding)
    if look.panel is not None and block.panel.visible:
        with _through(sheet, block.panel, inside):
            outside = Affine.translation(-look.padding, -look.padding)
            paint_panel(sheet, block.layout, look, inside @ block.panel.moved @ outside)
    for unit in block.units:
        if not unit.solid:
            with _through(sheet, unit, inside):
                paint_letters(sheet, block.layout, [Lot(unit.glyphs, unit.moved)], look, matrix)
    solid = [Lot(unit.glyphs, unit.moved) for unit in block.units if unit.solid]
    paint_letters(sheet, block.layout, solid, look, matrix)


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
