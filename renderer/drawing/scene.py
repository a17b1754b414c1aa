"""One scene: its background, and its objects over it from back to front."""

import numpy as np

from renderer.drawing.boxes import Box, argb, paint_box
from renderer.drawing.drawables import drawables_of
from renderer.drawing.geometry import Affine
from renderer.drawing.pictures import Bitmap
from renderer.drawing.resources import Resources
from renderer.drawing.sheet import Pixels, Sheet, Slot
from renderer.format.objects import BLACK
from renderer.format.timeline import SceneSpan, seconds_of
from renderer.format.values import Color, Fill


class ScenePainter:
    """Holds what its scene needs; letting go of it frees that."""

    def __init__(self, span: SceneSpan, resources: Resources, size: tuple[int, int]) -> None:
        self._span = span
        self._resources = resources
        self._size = (float(size[0]), float(size[1]))
        self._path = f"scenes[{span.index}]"
        self._drawables = drawables_of(span.scene.objects, self._path, span.frames, span.fps, resources)
        self._image: Bitmap | None = None
        self._fills, self._still, self._moving = (Slot(resources.sprites) for _ in range(3))

    def draw(self, frame: int, sheet: Sheet) -> None:
        """Draws the scene's `frame` over the whole of an opaque sheet."""
        self._draw_background(frame, sheet)
        for drawable in self._drawables:
            piece = drawable.piece(frame, Affine(), self._size)
            if piece is not None:
                piece.draw(sheet)

    def _draw_background(self, frame: int, sheet: Sheet) -> None:
        scene = self._span.scene
        if self._image is None and scene.background_image is not None:
            self._image = self._resources.picture(scene.background_image, f"{self._path}.background-image")
        video: Bitmap | None = None
        if scene.background_video is not None:
            time = seconds_of(frame, self._span.fps)
            video = self._resources.footage(f"{self._path}.background-video", time)
        if not any(bitmap.opaque for bitmap in (self._image, video) if bitmap):
            paint_fills((self._resources.backdrop, scene.background_color), sheet, self._fills)
        box = Box(width=self._size[0], height=self._size[1])
        for bitmap, slot in ((self._image, self._still), (video, self._moving)):
            if bitmap is not None:
                paint_box(sheet, box, bitmap, Affine(), 1.0, slot)


def paint_fills(fills: tuple[Fill | None, ...], sheet: Sheet, slot: Slot) -> None:
    """Covers an opaque sheet with fills one over another, on black; the slot keeps gradients."""
    top = next((fill for fill in reversed(fills) if fill is not None), BLACK)
    if isinstance(top, Color) and top.a == 1.0:
        sheet.canvas.clear(argb(top))
        return

    def paint(pixels: Pixels) -> None:
        whole = Sheet(pixels, opaque=True)
        whole.canvas.clear(argb(BLACK))
        for fill in fills:
            box = Box(width=sheet.area.width, height=sheet.area.height, fill=fill)
            paint_box(whole, box, None, Affine(), 1.0, Slot())

    np.copyto(sheet.pixels, slot.pixels(fills, sheet.area, paint))
