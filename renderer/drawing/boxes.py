"""Boxes: rectangles and ellipses with a fill, a picture, rounded corners and a border."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import msgspec
import skia
from msgspec import Struct

from renderer.drawing.drawable import Canvas, Drawable, shadow
from renderer.drawing.geometry import GRAZE, TOUCH, Affine, Rect, placement
from renderer.drawing.pictures import Bitmap, Photo, fitted, paste
from renderer.drawing.pieces import Piece, direct, sprite
from renderer.drawing.resources import Resources
from renderer.drawing.shadows import Shadow
from renderer.drawing.sheet import Sheet, Slot, skia_matrix
from renderer.drawing.whereabouts import Extents
from renderer.format.objects import BlendMode, Circle, Fit, Image, Picture, Rectangle, Video
from renderer.format.values import Color, Fill, Gradient, LinearGradient

_SQUARE_ROOT_OF_2 = 2**0.5


class BoxLook(Struct, frozen=True, kw_only=True):
    """How a box looks; pixels of its canvas. `fit` and `focus` place the picture drawn with it."""

    width: float
    height: float
    ellipse: bool = False
    radius: float = 0.0
    fill: Fill | None = None
    border: Color | None = None
    border_width: float = 0.0
    fit: Fit = "cover"
    focus: tuple[float, float] = (0.5, 0.5)

    @property
    def rect(self) -> Rect:
        return Rect(0.0, 0.0, self.width, self.height)

    def filled(self, fill: Fill) -> "BoxLook":
        return msgspec.structs.replace(self, fill=fill)

    @property
    def bordered(self) -> bool:
        return self.border is not None and self.border.a > 0 and self.border_width > 0


class BoxDrawable(Drawable[Rectangle | Circle | Image | Video]):
    """Shapes and pictures."""

    def __init__(
        self, obj: Rectangle | Circle | Image | Video, path: str, frames: int, fps: Fraction, resources: Resources
    ) -> None:
        super().__init__(obj, path, frames, fps, resources)
        self._warped = Slot(resources.sprites)
        self._bitmap: Bitmap | None = None

    @property
    def lively(self) -> bool:
        return isinstance(self.obj, Video)

    def extents(self, canvas: Canvas) -> Extents:
        return Extents.of(self.animated, canvas)

    def state(self, time: float, matrix: Affine, canvas: Canvas) -> object:
        """Which picture it shows."""
        if isinstance(self.obj, Video):
            self._bitmap = self.resources.footage(f"{self.path}.src", time)
        elif self._bitmap is None and isinstance(self.obj, Image):
            self._bitmap = self.resources.picture(self.obj.src, f"{self.path}.src")
        elif self._bitmap is None and isinstance(self.obj, Rectangle | Circle) and self.obj.background_image:
            self._bitmap = self.resources.picture(self.obj.background_image, f"{self.path}.background-image")
        return self._bitmap and self._bitmap.serial

    def draw(self, obj: Rectangle | Circle | Image | Video, matrix: Affine, canvas: Canvas) -> Sequence[Piece]:
        box = _box_of(obj, canvas)
        placed = matrix @ placement(obj, box.width, box.height, canvas)
        if min(box.width, box.height) <= 0 or abs(placed.determinant) < GRAZE:
            return ()
        thrown, slots = shadow(obj, canvas, placed), (self.sprite, self.shade, self._warped)
        piece = box_piece(box, self._bitmap, placed, slots, shadow=thrown, opacity=obj.opacity, blend=obj.blend_mode)
        return (piece,) if piece else ()

    def forget(self) -> None:
        super().forget()
        self._warped.forget()
        if isinstance(self.obj, Video):
            self._bitmap = None
            self.resources.forget_videos(self.path)


def _box_of(obj: Rectangle | Circle | Image | Video, canvas: Canvas) -> BoxLook:
    return BoxLook(
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


def box_piece(
    box: BoxLook,
    bitmap: Bitmap | None,
    matrix: Affine,
    slots: tuple[Slot, Slot, Slot],
    *,
    shadow: Shadow | None = None,
    opacity: float = 1.0,
    blend: BlendMode = "normal",
) -> Piece | None:
    """The slots keep its own pixels, its shadow and the pixels of its picture, while they rest."""
    own, shade, warped = slots
    gradient = box.fill is not None and not isinstance(box.fill, Color)
    overlapping = (box.fill is not None) + (bitmap is not None) + box.bordered > 1
    if shadow is None and blend == "normal" and not gradient and not (overlapping and opacity < 1):
        level = opacity == 1.0 and matrix.upright and not box.ellipse and box.radius == 0
        return direct(
            matrix.bounds(box.rect),
            lambda sheet: paint_box(sheet, box, bitmap, matrix, opacity, warped),
            own,
            solid=level and _opaque(box, bitmap),
            photo=_photo(box, bitmap, matrix) if level else None,
        )
    return sprite(
        lambda sheet, at: paint_box(sheet, box, bitmap, at, 1.0, warped),
        box.rect,
        matrix,
        shadow=shadow,
        opacity=opacity,
        key=(box, bitmap and bitmap.serial),
        slots=(own, shade),
        blend=blend,
    )


def _opaque(box: BoxLook, bitmap: Bitmap | None) -> bool:
    """Whether a rectangle hides all that is below it."""
    filled = isinstance(box.fill, Color) and box.fill.a == 1.0
    return filled or (bitmap is not None and bitmap.opaque and box.fit != "contain")


def _photo(box: BoxLook, bitmap: Bitmap | None, matrix: Affine) -> Photo | None:
    """The picture of a rectangle in which nothing else is seen, and that can be laid plane by plane."""
    if bitmap is None or not bitmap.opaque or box.fit == "contain" or box.bordered:
        return None
    photo = Photo(bitmap, matrix @ fitted(bitmap.width, bitmap.height, (box.width, box.height), box.fit, box.focus))
    return photo if photo.plain else None


def outline(box: BoxLook, inset: float = 0.0) -> Any:
    """The box's edge as a path from (0, 0) to (width, height), moved inwards by `inset`."""
    path = skia.Path()
    across, down = min(inset, box.width / 2), min(inset, box.height / 2)
    rect = skia.Rect.MakeLTRB(across, down, box.width - across, box.height - down)
    radius = box.radius - inset
    if box.ellipse:
        path.addOval(rect)
    elif radius > 0:
        path.addRRect(skia.RRect.MakeRectXY(rect, radius, radius))
    else:
        path.addRect(rect)
    return path


def fill_paint(fill: Fill, box: Rect, opacity: float = 1.0) -> Any:
    """A paint for this box; gradients are dithered and mixed premultiplied, as in CSS."""
    paint = skia.Paint(AntiAlias=True)
    if isinstance(fill, Color):
        paint.setColor4f(_color4f(fill))
    elif isinstance(fill, Gradient):
        shader = _gradient(fill, box)
        if shader is None:  # a box without area: as in CSS, the last colour
            return fill_paint(fill.stops[-1].color, box, opacity)
        paint.setShader(shader)
        paint.setDither(True)
    paint.setAlphaf(paint.getAlphaf() * opacity)
    return paint


def argb(color: Color) -> int:
    """The colour as one of Skia's whole numbers."""
    number: int = _color4f(color).toColor()
    return number


def _color4f(color: Color) -> Any:
    return skia.Color4f(*color.rgba)


def _gradient(fill: Gradient, box: Rect) -> Any:
    colors = [argb(stop.color) for stop in fill.stops]
    positions = [stop.position for stop in fill.stops]
    mode, premultiplied = skia.TileMode.kClamp, 1  # the flag kInterpolateColorsInPremul_Flag
    width, height = box.right - box.left, box.bottom - box.top
    if isinstance(fill, LinearGradient):
        ends = [skia.Point(*end) for end in fill.line(width, height)]
        place = skia_matrix(Affine.translation(box.left, box.top))
        return skia.GradientShader.MakeLinear(ends, colors, positions, mode, premultiplied, place)
    across, down = width / 2 * _SQUARE_ROOT_OF_2, height / 2 * _SQUARE_ROOT_OF_2
    place = skia_matrix(Affine(across, 0.0, box.left + width / 2, 0.0, down, box.top + height / 2))
    return skia.GradientShader.MakeRadial(skia.Point(0, 0), 1.0, colors, positions, mode, premultiplied, place)


def paint_box(sheet: Sheet, box: BoxLook, bitmap: Bitmap | None, matrix: Affine, opacity: float, slot: Slot) -> None:
    """Draws the box at `matrix`. Parts that overlap show through each other where `opacity` is below 1."""
    # An opaque border hides the edge of what it frames, whose colour would shine through its soft outside.
    hidden = box.border_width / 2 if box.bordered and box.border is not None and box.border.a == 1.0 else 0.0
    inner = outline(box, hidden)
    if box.fill is not None:
        sheet.path(inner, fill_paint(box.fill, box.rect, opacity), matrix)
    if bitmap is not None:
        _paint_picture(sheet, box, bitmap, (inner, hidden), matrix, opacity, slot)
    if box.bordered and box.border is not None:
        ring = outline(box)
        ring.addPath(outline(box, box.border_width))
        ring.setFillType(skia.PathFillType.kEvenOdd)
        sheet.path(ring, fill_paint(box.border, box.rect, opacity), matrix)


def _paint_picture(
    sheet: Sheet,
    box: BoxLook,
    bitmap: Bitmap,
    inside: tuple[Any, float],
    matrix: Affine,
    opacity: float,
    slot: Slot,
) -> None:
    path, inset = inside
    inner = box.rect.outset(-inset)
    if inner.left >= inner.right or inner.top >= inner.bottom:
        return
    placed = fitted(bitmap.width, bitmap.height, (box.width, box.height), box.fit, box.focus)
    rect = placed.bounds(Rect(0.0, 0.0, bitmap.width, bitmap.height)).meet(inner)
    shown = skia.Path(path)
    if any(
        abs(a - b) > TOUCH for a, b in zip(rect, inner, strict=True)
    ):  # a contained picture does not reach the edges
        edge = skia.Path()
        edge.addRect(skia.Rect.MakeLTRB(*rect))
        shown = skia.Op(shown, edge, skia.PathOp.kIntersect_PathOp)
    shown.transform(skia_matrix(matrix))
    level = matrix.upright and not box.ellipse and box.radius <= inset
    paste(
        sheet,
        bitmap,
        matrix @ placed,
        shown,
        box=matrix.bounds(rect) if level else None,
        opacity=opacity,
        slot=slot,
    )
