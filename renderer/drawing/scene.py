"""One scene: its background, and its objects over it from back to front."""

from collections.abc import Iterator

from renderer.drawing.boxes import BoxLook, argb, box_piece, paint_box
from renderer.drawing.cast import Cast
from renderer.drawing.drawables import drawables_of
from renderer.drawing.geometry import Affine, Rect
from renderer.drawing.pictures import Bitmap
from renderer.drawing.pieces import Piece, direct
from renderer.drawing.resources import Resources
from renderer.drawing.sheet import Sheet, Slot
from renderer.format.objects import BLACK
from renderer.format.timeline import SceneSpan, seconds_of
from renderer.format.values import Color, Fill


class SceneDrawing:
    """Holds what its scene needs; letting go of it frees that."""

    def __init__(self, span: SceneSpan, resources: Resources, size: tuple[int, int]) -> None:
        self._span = span
        self._resources = resources
        self._size = (float(size[0]), float(size[1]))
        self._path = f"scenes[{span.index}]"
        drawables = drawables_of(span.scene.objects, self._path, span.frames, span.fps, resources)
        self._cast = Cast(drawables, span.frames, sight=Rect(0.0, 0.0, *self._size))
        self._fill = fill_piece((resources.backdrop, span.scene.background_color), self._size)
        self._image: Piece | None = None
        self._film: tuple[Bitmap, Piece] | None = None

    def pieces(self, frame: int) -> list[Piece]:
        """All that is seen at a frame of the scene, from back to front; what rests is the very same piece again.

        The first one is `solid` and covers the whole.
        """
        return [*self._background(frame), *self._cast.pieces(frame, Affine(), self._size)]

    def _background(self, frame: int) -> Iterator[Piece]:
        scene = self._span.scene
        yield self._fill
        if scene.background_image is not None:
            if self._image is None:
                bitmap = self._resources.picture(scene.background_image, f"{self._path}.background-image")
                self._image = self._whole(bitmap)
            yield self._image
        if scene.background_video is not None:
            time = seconds_of(frame, self._span.fps)
            bitmap = self._resources.footage(f"{self._path}.background-video", time)
            if self._film is None or self._film[0] is not bitmap:
                self._film = bitmap, self._whole(bitmap)
            yield self._film[1]

    def _whole(self, bitmap: Bitmap) -> Piece:
        """A picture that covers the frame."""
        box = BoxLook(width=self._size[0], height=self._size[1])
        sprites = self._resources.sprites
        piece = box_piece(box, bitmap, Affine(), (Slot(sprites), Slot(sprites), Slot(sprites)))
        assert piece
        return piece


def fill_piece(fills: tuple[Fill | None, ...], size: tuple[float, float]) -> Piece:
    """Fills that cover the frame one over another, on black."""
    box = BoxLook(width=size[0], height=size[1])

    def paint(sheet: Sheet) -> None:
        hiding = [at for at, fill in enumerate(fills) if isinstance(fill, Color) and fill.a == 1.0]
        sheet.canvas.clear(argb(BLACK))
        for fill in fills[max(hiding, default=0) :]:
            if fill is not None:
                paint_box(sheet, box.filled(fill), None, Affine(), 1.0, Slot())

    return direct(box.rect, paint, Slot(), solid=True)
