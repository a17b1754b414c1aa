"""The painter of a template: any frame of it, as a BGRA array or, for the encoder, as planes.

    painter = Painter(template, timeline, files, frames)
    target = np.empty((template.height, template.width, 4), np.uint8)
    painter.draw(timeline.at(frame), target)  # one scene, or two and their transition
    i420 = np.empty(template.height * template.width * 3 // 2, np.uint8)
    painter.film(timeline.at(frame), i420)    # the same picture with half as many samples of colour
    painter.warnings                          # sentences; grows while frames are drawn

`files` maps the address of every picture, as written in the template, to a local file.

`frames(key, seconds)` gives the picture of a video as a `pictures.Shot`. `key` is the path of the
video as `template.sources` names it (`scenes[0].objects[2].src`, `scenes[1].background-video`), `seconds` count
from the start of its object; trimming, looping and holding the last frame are the provider's. It returns the
same shot only for the same picture. `sizes.needs(template)[key].size(w, h)` is how large its pictures
have to be. Videos with alpha are named in `translucent`.

What a frame shows depends on its number alone, never on what was drawn before. One painter, one thread.
"""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import numpy as np

from renderer.drawing.compositor import Compositor
from renderer.drawing.pieces import Piece
from renderer.drawing.resources import Frames, Resources, VideoKey
from renderer.drawing.scene import SceneDrawing, fill_piece
from renderer.drawing.sheet import Allowance, Pixels, Sheet
from renderer.drawing.transitions import combine
from renderer.format.template import Template
from renderer.format.timeline import Moment, Playing, Timeline
from renderer.matrix import matrix_for
from renderer.media.shelf import Shelf
from renderer.pixels import to_i420
from renderer.text.fonts import Fonts

__all__ = ["Frames", "Painter", "VideoKey"]

SCENES_KEPT = 2  # the one that is seen and the one that leaves or comes; sprites and pictures of others are let go

SPRITE_BYTES = 192 << 20  # 24 sprites of the whole frame at 1920x1080


class Painter:
    """Raises MediaError at once for a picture that is missing, of a wrong kind or too large."""

    def __init__(
        self,
        template: Template,
        timeline: Timeline,
        files: Mapping[str, Path],
        frames: Frames,
        *,
        fonts: Fonts | None = None,
        translucent: frozenset[VideoKey] = frozenset(),
        sprite_bytes: int = SPRITE_BYTES,
        shelf: Shelf | None = None,
    ) -> None:
        self._size = (template.width, template.height)
        self._timeline = timeline
        sprites = Allowance(sprite_bytes)
        self._resources = Resources(template, files, frames, fonts or Fonts(), translucent, sprites, shelf or Shelf())
        self._scenes: dict[int, SceneDrawing] = {}
        self._nothing = fill_piece((template.background_color,), (float(template.width), float(template.height)))

    @property
    def warnings(self) -> list[str]:
        return self._resources.warnings

    def draw(self, moment: Moment, target: Pixels) -> None:
        """Fills `target`, uint8 (height, width, 4), with opaque BGRA."""
        if moment.transition is None:
            _paint(self._pieces(moment.scenes[-1]), target)
            return
        old, new = self._buffers
        _paint(self._pieces(moment.scenes[0]) if len(moment.scenes) == 2 else [self._nothing], old)
        _paint(self._pieces(moment.scenes[-1]), new)
        combine(moment.transition, moment.progress, old, new, target)

    def film(self, moment: Moment, i420: Pixels) -> None:
        """Fills `i420`, height * width * 3 // 2 bytes of limited-range Y, U, V."""
        if moment.transition is None:
            self._compositor.draw(self._pieces(moment.scenes[-1]), i420)
            return
        self.draw(moment, self._canvas)
        to_i420(self._canvas, i420, matrix_for(*self._size))

    def look(self, moment: Moment) -> tuple[object, ...]:
        """Equal for two moments, one asked for right after the other, at which the same is seen."""
        progress = moment.transition and moment.progress
        return (progress, *(piece for playing in moment.scenes for piece in self._pieces(playing)))

    def _pieces(self, playing: Playing) -> list[Piece]:
        return self._scene(playing.span.index).pieces(playing.frame)

    def _scene(self, index: int) -> SceneDrawing:
        scene = self._scenes.pop(index, None) or SceneDrawing(self._timeline.spans[index], self._resources, self._size)
        self._scenes[index] = scene  # the last one drawn is the last in the dict
        while len(self._scenes) > SCENES_KEPT:
            gone = next(iter(self._scenes))
            del self._scenes[gone]
            self._resources.forget_videos(f"scenes[{gone}].")
        return scene

    @cached_property
    def _compositor(self) -> Compositor:
        return Compositor(self._canvas)

    @cached_property
    def _canvas(self) -> Pixels:
        return np.empty((self._size[1], self._size[0], 4), np.uint8)

    @cached_property
    def _buffers(self) -> tuple[Pixels, Pixels]:
        return np.empty_like(self._canvas), np.empty_like(self._canvas)


def _paint(pieces: list[Piece], target: Pixels) -> None:
    sheet = Sheet(target, opaque=True)
    for piece in pieces:
        piece.paint(sheet)
