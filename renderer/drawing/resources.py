"""What all scenes share: decoded pictures, video frames, fonts, and the warnings that using them gave."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from weakref import WeakValueDictionary

from renderer.drawing.geometry import Area
from renderer.drawing.images import load_picture
from renderer.drawing.pictures import Bitmap, Plain, Shot
from renderer.drawing.shadows import FARTHEST_REACH
from renderer.drawing.sheet import Allowance
from renderer.drawing.sizes import needs
from renderer.errors import MediaError, telling_where
from renderer.format.families import complaint
from renderer.format.template import Template, sources
from renderer.media.photographs import picture_size
from renderer.media.shelf import Shelf
from renderer.text.fonts import Fonts
from renderer.text.layout import Overflow, TextLayout, TextStyle, lay_out
from renderer.text.spans import Span

VideoKey = str
"""The path of a video in the template, as `template.sources` gives it: `scenes[0].objects[2].src`."""

Frames = Callable[[VideoKey, float], Shot]
"""The picture of a video at seconds from its object's start; the same shot only for the same picture."""


_OVERFLOWS: Mapping[Overflow, str] = {
    "word": "a word is longer than a line and is cut in two. It needs a larger width",
    "width": "a line is wider than the text's box and sticks out. It needs a larger width, wrap",
    "height": "the lines are higher than the text's box and stick out. They need a larger height",
}


class Resources:
    def __init__(
        self,
        template: Template,
        files: Mapping[str, Path],
        frames: Frames,
        fonts: Fonts,
        translucent: frozenset[VideoKey],
        sprites: Allowance,
        shelf: Shelf,
    ) -> None:
        """Raises MediaError for a picture that is missing, of a wrong kind or too large."""
        self.warnings: list[str] = []
        self.sprites = sprites
        self.backdrop = template.background_color
        self.frame = Area(0, 0, template.width, template.height)
        self.vicinity = self.frame.outset(FARTHEST_REACH).evened
        self._shelf = shelf
        self._files = files
        self._frames = frames
        self._fonts = fonts
        self._translucent = translucent
        self._sizes = _sizes_by_url(template, self._file)
        self._pictures: WeakValueDictionary[str, Bitmap] = WeakValueDictionary()
        self._shown: dict[VideoKey, tuple[Shot, Bitmap]] = {}

    def picture(self, url: str, path: str) -> Bitmap:
        """Decoded for its largest use; kept as long as a scene that is being drawn holds it."""
        bitmap = self._pictures.get(url)
        if bitmap is None:
            with telling_where(path):
                file, size = self._file(url), self._sizes[url]
                decoded = self._shelf.take(file, size, lambda: load_picture(file, size), lambda p: p.pixels.nbytes)
            bitmap = self._pictures[url] = Bitmap(Plain(decoded.pixels), opaque=decoded.opaque)
        return bitmap

    def footage(self, key: VideoKey, time: float) -> Bitmap:
        shot = self._frames(key, time)
        shown = self._shown.get(key)
        if shown is None or shown[0] is not shot:
            shown = shot, Bitmap(shot, opaque=key not in self._translucent)
            self._shown[key] = shown
        return shown[1]

    def set_text(self, text: str, style: TextStyle, spans: Sequence[Span], path: str) -> TextLayout:
        layout = lay_out(text, style, self._fonts, spans)
        named = {f"{path}.spans[{index}]": span.family for index, span in enumerate(spans) if span.family is not None}
        for place, family in {path: style.family, **named}.items():
            if fault := complaint(family, self._fonts.families):
                self.warn(f"{place}.font-family: {fault}")
        found = {index for letter in layout.letters for index in letter.spans}
        for index, span in enumerate(spans):
            if index not in found:
                how = " in whole words" if span.whole_words else ""
                self.warn(f'{path}.spans[{index}].match: the text does not have "{span.match}"{how}.')
        if layout.missing:
            shown = " ".join(layout.missing[:20])
            self.warn(f"{path}.text: no font here has these characters, they are drawn as boxes: {shown}")
        for script in layout.unspaced:
            self.warn(f"{path}.text: {script} letters are joined, so letter-spacing leaves them as they are.")
        for overflow in layout.overflow:
            remedy = "a smaller min-font-size" if style.autofit != "none" else 'a smaller font-size or autofit "shrink"'
            self.warn(f"{path}.text: {_OVERFLOWS[overflow]}, {remedy} or fewer words.")
        return layout

    def forget_videos(self, prefix: str) -> None:
        """Lets go of the last frames of the videos whose paths begin so."""
        for key in [key for key in self._shown if key.startswith(prefix)]:
            del self._shown[key]

    def _file(self, url: str) -> Path:
        if url not in self._files:
            raise MediaError("media_missing", "The picture was not provided.")
        return self._files[url]

    def warn(self, sentence: str) -> None:
        if sentence not in self.warnings:
            self.warnings.append(sentence)


def _sizes_by_url(template: Template, file: Callable[[str], Path]) -> dict[str, tuple[int, int]]:
    """How large to decode each picture: for the largest of the places where it is used."""
    wanted = needs(template)
    found: dict[str, tuple[int, int]] = {}
    for source in sources(template):
        if source.kind == "image":
            with telling_where(source.path):
                own = picture_size(file(source.url))
            found[source.url] = max(found.get(source.url, (0, 0)), wanted[source.path].size(*own))
    return found
