"""A template with its files, looked at and laid out: ready to be drawn at any frame."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from renderer.drawing.painter import Painter
from renderer.drawing.videos import Videos, look_at
from renderer.errors import MediaError, telling_where
from renderer.format.template import Template
from renderer.format.timeline import Timeline
from renderer.media.shelf import Shelf
from renderer.text.fonts import Fonts


class Composition:
    """What a render and a still share. `files` holds a local file for each address in the template.

    `shelf` may hold what others decoded of the same files. Raises MediaError for what is missing or cannot be used,
    TemplateError for times that do not fit.
    """

    def __init__(self, template: Template, files: Mapping[str, Path], shelf: Shelf | None = None) -> None:
        self.template, self.files = template, files
        self.media = look_at(template, files)
        durations = {url: info.duration for url, info in self.media.items()}
        self.timeline = Timeline.build(template, durations)
        shelf = shelf or Shelf()
        self._videos = Videos(template, files, self.media, shelf)
        self._painter = Painter(
            template,
            self.timeline,
            files,
            self._videos.shot,
            fonts=fonts_of(template, files),
            translucent=self._videos.translucent,
            shelf=shelf,
        )
        self._told: list[str] = []
        self._canvas = np.empty((template.height, template.width, 4), np.uint8)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences for the template's author; what is wrong with a frame is known once it was drawn."""
        return (*self._painter.warnings, *self._told)

    def warn(self, sentence: str) -> None:
        """Of what is found out by others who work with it."""
        self._told.append(sentence)

    def draw(self, frame: int) -> NDArray[np.uint8]:
        """Opaque BGRA (height, width, 4), the same array every time."""
        self._painter.draw(self.timeline.at(frame), self._canvas)
        return self._canvas

    def look(self, frame: int) -> tuple[object, ...]:
        """Equal for a frame and the one after it, asked for in turn, when both are the same picture."""
        return self._painter.look(self.timeline.at(frame))

    def film(self, frame: int, i420: NDArray[np.uint8]) -> None:
        """The same picture as the encoder takes it: height * width * 3 // 2 bytes of limited-range Y, U, V."""
        self._painter.film(self.timeline.at(frame), i420)

    def close(self) -> None:
        self._videos.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def fonts_of(template: Template, files: Mapping[str, Path]) -> Fonts:
    """The bundled ones and the template's own. Raises MediaError."""
    fonts = Fonts()
    for index, font in enumerate(template.fonts):
        with telling_where(f"fonts[{index}].src"):
            if font.src not in files:
                raise MediaError("media_missing", "The font was not provided.")
            fonts.add(files[font.src], font.family, font.weight, font.style and font.style == "italic")
    return fonts
