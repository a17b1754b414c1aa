"""Files of subtitles, read as hostile text and written anew as ASS."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from renderer.errors import MediaError

MAX_BYTES = 5_000_000
MAX_CUES = 20_000
MAX_TEXT = 2_000

_TIMES = re.compile(
    r"^\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
)
_TAG = re.compile(r"<(/?)([a-zA-Z]+)[^<>]*>|<[\d:.]+>")
_COMMANDS = re.compile(r"\{\\[^{}]*\}")
_PLACED = re.compile(r"\{\\an([1-9])\}")
_SECTION = re.compile(r"^\[(.*)\]\s*$")
_PASSED_ON = ("script info", "v4+ styles", "v4 styles", "events")  # [Fonts] and [Graphics] are files in the file


class Style(Struct, frozen=True):
    """How what has no style of its own is drawn; lengths in pixels of the video."""

    width: int
    height: int
    size: int
    font: str


class _Cue(Struct, frozen=True):
    start: int
    end: int
    text: str


def as_ass(path: Path, style: Style) -> str:
    """Raises MediaError for what is no SRT, WebVTT or ASS, or has no line in it."""
    text = _text(path)
    if re.match(r"\[Script Info\]", text, re.IGNORECASE):
        return _passed_on(text)
    cues = []
    for cue in _cues(text):
        cues.append(cue)
        if len(cues) > MAX_CUES:
            raise MediaError("media_too_large", f"There are more than {MAX_CUES:,} subtitles in the file.")
    if not cues:
        raise _none()
    return _header(style) + "".join(map(_dialogue, cues))


def _text(path: Path) -> str:
    if path.stat().st_size > MAX_BYTES:
        raise MediaError("media_too_large", f"The file of subtitles is larger than {MAX_BYTES // 1_000_000} MB.")
    raw = path.read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = raw.decode("utf-16", errors="replace")
    else:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1252", errors="replace")
    if "\0" in text:
        raise _none()
    return text.replace("\r\n", "\n").replace("\r", "\n").lstrip()


def _none() -> MediaError:
    message = "No subtitles are found in the file. Give SRT, WebVTT or ASS, as text in UTF-8."
    return MediaError("unsupported_media", message)


def _cues(text: str) -> Iterator[_Cue]:
    """SRT and WebVTT alike: a line with two times, then the text up to an empty line."""
    for block in re.split(r"\n[ \t]*\n", text):
        lines = block.split("\n")
        for place, line in enumerate(lines):
            if times := _TIMES.match(line):
                start, end = _moment(times.groups()[:4]), _moment(times.groups()[4:])
                words = "\n".join(lines[place + 1 :]).strip()[:MAX_TEXT]
                if words and end > start:
                    yield _Cue(start, end, words)
                break


def _moment(parts: tuple[str | None, ...]) -> int:
    """In hundredths of a second, which ASS counts in."""
    hours, minutes, seconds, fraction = parts
    thousandths = int(str(fraction).ljust(3, "0"))
    return (int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)) * 100 + round(thousandths / 10)


def _header(style: Style) -> str:
    outline, margin = max(1, round(style.size / 16)), round(style.height * 0.06)
    look = f"{style.font},{style.size},&H00FFFFFF,&H00FFFFFF,&H00000000,&H80000000,-1,0,0,0,100,100,0,0,1"
    return (
        f"[Script Info]\nScriptType: v4.00+\nPlayResX: {style.width}\nPlayResY: {style.height}\nWrapStyle: 0\n"
        "ScaledBorderAndShadow: yes\n\n[V4+ Styles]\n"
        "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, "
        "Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, "
        "MarginR, MarginV, Encoding\n"
        f"Style: Default,{look},{outline},{outline / 2:g},2,{margin},{margin},{margin},1\n\n"
        "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    )


def _dialogue(cue: _Cue) -> str:
    return f"Dialogue: 0,{_clock(cue.start)},{_clock(cue.end)},Default,,0,0,0,,{_marked(cue.text)}\n"


def _clock(hundredths: int) -> str:
    seconds, rest = divmod(hundredths, 100)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:02}"


def _marked(text: str) -> str:
    """Italic, bold and underlined stay, and the place {\\an8}; of everything else the words."""
    placed = _PLACED.match(text)
    words = _COMMANDS.sub("", text)
    kept: list[str] = [f"{{\\an{placed[1]}}}"] if placed else []
    done = 0
    for tag in _TAG.finditer(words):
        kept.append(_words(words[done : tag.start()]))
        if (name := (tag[2] or "").lower()) in ("i", "b", "u"):
            kept.append(f"{{\\{name}{0 if tag[1] else 1}}}")
        done = tag.end()
    return "".join([*kept, _words(words[done:])])


def _words(text: str) -> str:
    """A brace would open a command, a backslash be one."""
    plain = html.unescape(text).replace("\\", "\\\u2060").replace("{", "(").replace("}", ")")
    return "\\N".join(plain.split("\n"))


def _passed_on(text: str) -> str:
    """Sections that say how and when; without fonts and pictures embedded in the file."""
    kept, passing, events = [], False, 0
    for line in text.split("\n"):
        if section := _SECTION.match(line):
            passing = section[1].strip().lower() in _PASSED_ON
        if passing:
            kept.append(line[: 10 * MAX_TEXT])
            events += line.startswith("Dialogue:")
    if not events:
        raise _none()
    if events > MAX_CUES:
        raise MediaError("media_too_large", f"There are more than {MAX_CUES:,} subtitles in the file.")
    return "\n".join(kept) + "\n"
