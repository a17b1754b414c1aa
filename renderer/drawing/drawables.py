"""The objects of a scene, ready to be drawn: each makes, at any frame, the piece that draws it.

What is kept of an object from frame to frame (set text, sprites, its decoded picture) lives in its drawable.
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import TypeAlias

from renderer.drawing.boxes import Box, outline, paint_box
from renderer.drawing.geometry import GRAZE, Affine, placement
from renderer.drawing.lettering import extent, lettering, paint_text, text_style
from renderer.drawing.pictures import Bitmap
from renderer.drawing.pieces import Piece, layer, sprite, together
from renderer.drawing.resources import Resources
from renderer.drawing.shadows import Shadow, shadow_of
from renderer.drawing.sheet import Sheet, Slot
from renderer.drawing.text_motion import TextMotion, moving_text
from renderer.format.keyframes import Animated
from renderer.format.objects import AnyObject, Audio, Circle, Drawn, Group, Image, Picture, Rectangle, Text, Video
from renderer.format.timeline import seconds_of, window
from renderer.format.values import Color
from renderer.text.layout import TextLayout, TextStyle

Canvas: TypeAlias = tuple[float, float]
BoxObject: TypeAlias = Rectangle | Circle | Image | Video
Visible: TypeAlias = Text | Group | BoxObject


class Drawable:
    """One object in `frames` frames of what it lies in. `path` is its place in the template."""

    def __init__(self, obj: Visible, path: str, frames: int, fps: Fraction, resources: Resources) -> None:
        self._obj = obj
        self._path = path
        self._fps = fps
        self._resources = resources
        self._first, self._end = window(obj, frames, fps)
        self._animated = Animated(obj)
        self._motion: TextMotion | None = None
        if isinstance(obj, Text) and obj.animations:
            self._motion = TextMotion(obj.animations, path, seconds_of(self._end - self._first, fps))
        self._sprite = Slot(resources.sprites)
        self._warped = Slot(resources.sprites)
        self._bitmap: Bitmap | None = None
        self._layout: tuple[tuple[str, TextStyle], TextLayout] | None = None
        self._resting: tuple[Affine, Canvas, Piece | None] | None = None
        inside = obj.objects if isinstance(obj, Group) else ()
        self._children = drawables_of(inside, path, self._end - self._first, fps, resources)

    def piece(self, frame: int, matrix: Affine, canvas: Canvas) -> Piece | None:
        """How it looks at a frame of what it lies in, whose canvas `matrix` maps to the video's frame.

        None when it is not there or cannot be seen.
        """
        if not self._first <= frame < self._end:
            self.forget()
            return None
        if self._obj.keyframes or self._motion or isinstance(self._obj, Group | Video):
            return self._piece_at(frame - self._first, matrix, canvas)
        if self._resting is None or self._resting[:2] != (matrix, canvas):  # made once: saves 40 µs a frame
            self._resting = matrix, canvas, self._piece_at(0, matrix, canvas)
        return self._resting[2]

    def forget(self) -> None:
        """Lets go of its sprites, for those that are seen."""
        self._sprite.forget()
        self._warped.forget()
        for child in self._children:
            child.forget()

    def _piece_at(self, frame: int, matrix: Affine, canvas: Canvas) -> Piece | None:
        obj = self._animated.at(seconds_of(frame, self._fps))
        if obj.opacity <= 0:
            return None
        if isinstance(obj, Text):
            return self._text(obj, frame, matrix, canvas)
        if isinstance(obj, Group):
            return self._group(obj, frame, matrix, canvas)
        return self._box(obj, frame, matrix, canvas)

    def _text(self, obj: Text, frame: int, matrix: Affine, canvas: Canvas) -> Piece | None:
        look, style = lettering(obj, canvas), text_style(obj, canvas)
        layout = self._set(obj.text, style)
        width, height = layout.width + 2 * look.padding, layout.height + 2 * look.padding
        placed = matrix @ placement(obj, width, height, canvas)
        shadow, key = _shadow(obj, canvas, placed), (obj.text, style, look)
        time = seconds_of(frame, self._fps)
        if self._motion is not None and not self._motion.rests(time):
            block = self._motion.block(layout, style, look, canvas, time)
            return moving_text(block, look, placed, shadow=shadow, opacity=obj.opacity, key=key, slot=self._sprite)
        return sprite(
            lambda sheet, at: paint_text(sheet, layout, look, at),
            extent(layout, look),
            placed,
            shadow=shadow,
            opacity=obj.opacity,
            key=key,
            slot=self._sprite,
        )

    def _set(self, text: str, style: TextStyle) -> TextLayout:
        if self._layout is None or self._layout[0] != (text, style):
            self._layout = (text, style), self._resources.set_text(text, style, self._path)
        return self._layout[1]

    def _box(self, obj: BoxObject, frame: int, matrix: Affine, canvas: Canvas) -> Piece | None:
        box, bitmap = _box_of(obj, canvas), self._bitmap_at(frame)
        warped = self._warped  # pieces do not refer to their drawable: in a cycle it would outlive its scene
        placed = matrix @ placement(obj, box.width, box.height, canvas)
        if min(box.width, box.height) <= 0 or abs(placed.determinant) < GRAZE:
            return None
        shadow = _shadow(obj, canvas, placed)
        gradient = box.fill is not None and not isinstance(box.fill, Color)
        overlapping = (box.fill is not None) + (bitmap is not None) + box.bordered > 1
        if shadow is None and not gradient and not (overlapping and obj.opacity < 1):
            return Piece(
                placed.bounds(box.rect),
                lambda sheet: paint_box(sheet, box, bitmap, placed, obj.opacity, warped),
            )
        return sprite(
            lambda sheet, at: paint_box(sheet, box, bitmap, at, 1.0, warped),
            box.rect,
            placed,
            shadow=shadow,
            opacity=obj.opacity,
            key=(box, bitmap and bitmap.serial),
            slot=self._sprite,
        )

    def _bitmap_at(self, frame: int) -> Bitmap | None:
        obj = self._obj
        if isinstance(obj, Video):
            return self._resources.footage(f"{self._path}.src", seconds_of(frame, self._fps))
        if self._bitmap is None and isinstance(obj, Image):
            self._bitmap = self._resources.picture(obj.src, f"{self._path}.src")
        elif self._bitmap is None and isinstance(obj, Rectangle | Circle) and obj.background_image:
            self._bitmap = self._resources.picture(obj.background_image, f"{self._path}.background-image")
        return self._bitmap

    def _group(self, obj: Group, frame: int, matrix: Affine, canvas: Canvas) -> Piece | None:
        width, height = obj.width.px(*canvas, "x"), obj.height.px(*canvas, "y")
        placed = matrix @ placement(obj, width, height, canvas)
        made = (child.piece(frame, placed, (width, height)) for child in self._children)
        pieces = [piece for piece in made if piece is not None]
        if not pieces or abs(placed.determinant) < GRAZE:
            return None
        whole = together(pieces)
        if obj.clip:
            whole = _clipped(whole, Box(width=width, height=height), placed)
        shadow = _shadow(obj, canvas, placed)
        if obj.opacity == 1.0 and shadow is None:
            return whole
        return layer(whole, shadow=shadow, opacity=obj.opacity, slot=self._sprite)


def drawables_of(
    objects: Iterable[AnyObject], path: str, frames: int, fps: Fraction, resources: Resources
) -> list[Drawable]:
    """A drawable for each object that can be seen; `path` and `frames` are of what they lie in."""
    return [
        Drawable(obj, f"{path}.objects[{index}]", frames, fps, resources)
        for index, obj in enumerate(objects)
        if obj.visible and not isinstance(obj, Audio)
    ]


def _clipped(piece: Piece, box: Box, matrix: Affine) -> Piece:
    edge = outline(box)

    def draw(sheet: Sheet) -> None:
        with sheet.clip(edge, matrix):
            piece.draw(sheet)

    return Piece(piece.bounds.meet(matrix.bounds(box.rect)), draw)


def _box_of(obj: BoxObject, canvas: Canvas) -> Box:
    return Box(
        width=obj.width.px(*canvas, "x"),
        height=obj.height.px(*canvas, "y"),
        ellipse=isinstance(obj, Circle),
        radius=0.0 if isinstance(obj, Circle) else obj.border_radius.px(*canvas),
        fill=None if isinstance(obj, Picture) else obj.background_color,
        border=obj.border_color,
        border_width=obj.border_width.px(*canvas),
        fit=obj.fit,
        focus=(obj.focus_x, obj.focus_y),
    )


def _shadow(obj: Drawn, canvas: Canvas, matrix: Affine) -> Shadow | None:
    x, y = obj.shadow_x.px(*canvas, "x"), obj.shadow_y.px(*canvas, "y")
    return shadow_of(obj.shadow_color, x, y, obj.shadow_blur.px(*canvas), matrix)
