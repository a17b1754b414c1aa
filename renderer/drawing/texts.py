"""Text objects: set once, then drawn as they rest or as their animations have them."""

from collections.abc import Sequence
from fractions import Fraction

from renderer.drawing.drawable import Canvas, Drawable, shadow
from renderer.drawing.geometry import GRAZE, Affine, Rect, placement
from renderer.drawing.lettering import Setting, extent, lettering, paint_text, setting_of
from renderer.drawing.pieces import Piece, sprite
from renderer.drawing.resources import Resources
from renderer.drawing.text_motion import Block, TextMotion, extent_of_block, paint_block
from renderer.drawing.text_states import Room
from renderer.drawing.whereabouts import Extents
from renderer.format.objects import Drawn, Text
from renderer.format.timeline import seconds_of
from renderer.text.layout import TextLayout

_OF_THE_WHOLE = {*Drawn.__struct_fields__} - {"width", "height"}


class TextDrawable(Drawable[Text]):
    """Its text is set again only when the words or their style change."""

    def __init__(
        self, obj: Text, path: str, frames: int, fps: Fraction, resources: Resources, *, clipped: bool = False
    ) -> None:
        """`clipped`: nothing is seen of it outside of its canvas."""
        super().__init__(obj, path, frames, fps, resources)
        self._clipped = clipped
        self._layout: tuple[Setting, TextLayout] | None = None
        self._motion = TextMotion(obj.animations, path, seconds_of(self.end - self.first, fps))
        self._moving: Block | None = None

    @property
    def lively(self) -> bool:
        return bool(self.obj.animations)

    def extents(self, canvas: Canvas) -> Extents | None:
        """Known if its letters rest, wherever the whole moves."""
        if self.lively or not _OF_THE_WHOLE.issuperset(self.animated.names):
            return None
        look, layout = lettering(self.obj, canvas), self.laid_out(setting_of(self.obj, canvas))
        width, height = layout.width + 2 * look.padding, layout.height + 2 * look.padding
        return Extents([width], [height]).painting(extent(layout, look))

    def state(self, time: float, matrix: Affine, canvas: Canvas) -> object:
        self._moving = None
        if not self._motion.rests(time):
            obj = self.animated.at(time)
            look, setting = lettering(obj, canvas), setting_of(obj, canvas)
            layout = self.laid_out(setting)
            room = Room(canvas, self._sight(obj, matrix, canvas), layout.size)
            self._moving = self._motion.block(layout, look, room, time)
        return self._moving

    def _sight(self, obj: Text, matrix: Affine, canvas: Canvas) -> Canvas:
        """The size, in the text's own pixels, of the frame or of the group that clips it."""
        own = placement(obj, 0.0, 0.0, canvas)
        placed, seen = (own, (0.0, 0.0, *canvas)) if self._clipped else (matrix @ own, self.resources.frame)
        if abs(placed.determinant) < GRAZE:
            return canvas
        around = placed.inverse().bounds(Rect(*seen))
        return around.right - around.left, around.bottom - around.top

    def draw(self, obj: Text, matrix: Affine, canvas: Canvas) -> Sequence[Piece]:
        look, setting, block = lettering(obj, canvas), setting_of(obj, canvas), self._moving
        layout = block.layout if block else self._motion.at_rest(self.laid_out(setting))
        width, height = layout.width + 2 * look.padding, layout.height + 2 * look.padding
        placed = matrix @ placement(obj, width, height, canvas)
        rect = extent_of_block(block, look) if block else extent(layout, look)
        if rect is None:
            return ()
        unfaded = block.unfaded if block else None
        piece = sprite(
            lambda sheet, at: paint_block(sheet, block, look, at) if block else paint_text(sheet, layout, look, at),
            rect,
            placed,
            shadow=shadow(obj, canvas, placed),
            silhouette=unfaded and (lambda sheet, at: paint_block(sheet, unfaded, look, at)),
            opacity=obj.opacity * (block.opacity if block else 1.0),
            key=(setting, look, block and block._replace(opacity=1.0)),
            slots=(self.sprite, self.shade),
            blend=obj.blend_mode,
        )
        return (piece,) if piece else ()

    def laid_out(self, setting: Setting) -> TextLayout:
        """What cannot be as it is told is warned of."""
        if self._layout is None or self._layout[0] != setting:
            layout = self.resources.set_text(*setting, self.path)
            self._layout = setting, layout
            for fault in self._motion.faults(layout):
                self.resources.warn(f"{self.path}.{fault}")
        return self._layout[1]
