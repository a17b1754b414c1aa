"""The painter of a template: any frame of it, drawn into a BGRA array.

    painter = Painter(template, timeline, files, frames)
    target = np.empty((template.height, template.width, 4), np.uint8)
    painter.draw(timeline.at(frame), target)  # one scene, or two and their transition
    painter.warnings                          # sentences; grows while frames are drawn

`files` maps the address of every picture, as written in the template, to a local file.

`frames(key, seconds)` gives the picture of a video as BGRA (h, w, 4), premultiplied. `key` is the path of the
video as `template.sources` names it (`scenes[0].objects[2].src`, `scenes[1].background-video`), `seconds` count
from the start of its object; trimming, looping and holding the last frame are the provider's. It returns the
same array object only for the same picture. `sizes.needs(template)[key].size(w, h)` is how large its pictures
have to be. Videos with alpha are named in `translucent`.

What a frame shows depends on its number alone, never on what was drawn before. One painter, one thread.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from renderer.drawing.resources import Frames, Resources, VideoKey
from renderer.drawing.scene import ScenePainter, paint_fills
from renderer.drawing.sheet import Allowance, Pixels, Sheet, Slot
from renderer.drawing.transitions import combine
from renderer.format.template import Template
from renderer.format.timeline import Moment, Timeline
from renderer.media.shelf import Shelf
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
        self._scenes: dict[int, ScenePainter] = {}
        self._buffers: tuple[Pixels, Pixels] | None = None

    @property
    def warnings(self) -> list[str]:
        return self._resources.warnings

    def draw(self, moment: Moment, target: Pixels) -> None:
        """Fills `target`, uint8 (height, width, 4), with opaque BGRA."""
        coming = moment.scenes[-1]
        if moment.transition is None:
            self._draw(coming.span.index, coming.frame, target)
            return
        old, new = self._two_buffers()
        if len(moment.scenes) == 2:
            self._draw(moment.scenes[0].span.index, moment.scenes[0].frame, old)
        else:
            paint_fills((self._resources.backdrop,), Sheet(old, opaque=True), Slot())
        self._draw(coming.span.index, coming.frame, new)
        combine(moment.transition, moment.progress, old, new, target)

    def _draw(self, index: int, frame: int, target: Pixels) -> None:
        self._scene(index).draw(frame, Sheet(target, opaque=True))

    def _scene(self, index: int) -> ScenePainter:
        scene = self._scenes.pop(index, None) or ScenePainter(self._timeline.spans[index], self._resources, self._size)
        self._scenes[index] = scene  # the last one drawn is the last in the dict
        while len(self._scenes) > SCENES_KEPT:
            gone = next(iter(self._scenes))
            del self._scenes[gone]
            self._resources.forget_videos(f"scenes[{gone}].")
        return scene

    def _two_buffers(self) -> tuple[Pixels, Pixels]:
        if self._buffers is None:
            width, height = self._size
            self._buffers = np.empty((height, width, 4), np.uint8), np.empty((height, width, 4), np.uint8)
        return self._buffers
