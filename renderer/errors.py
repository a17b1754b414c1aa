"""What can go wrong in a render.

RenderError
├── TemplateError   the template or a modification is wrong; the author can mend it
├── MediaError      a picture, video, sound or font is broken, missing or too large
├── EncodeError     ffmpeg failed; the machine's fault, worth another try
└── Stopped         the caller asked to stop
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from msgspec import Struct


class Problem(Struct, frozen=True):
    """One thing to change: where (a JSON path such as ``scenes[0].objects[2].color``) and what."""

    path: str
    message: str


def summary(problems: Sequence[Problem]) -> str:
    """The first of them in a sentence, and how many more there are."""
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{first.path or 'template'}: {first.message}{more}"


def sentence(*parts: str) -> str:
    """Several complaints as one sentence, with one full stop, and none after a question."""
    whole = "; ".join(part.rstrip(".") for part in parts)
    return whole if whole.endswith("?") else f"{whole}."


class RenderError(Exception):
    """`code` is a machine word, `message` a sentence for the template's author, `problems` say where."""

    def __init__(self, code: str, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.problems = problems


class TemplateError(RenderError):
    pass


class MediaError(RenderError):
    pass


class EncodeError(RenderError):
    pass


class Stopped(RenderError):
    def __init__(self) -> None:
        super().__init__("stopped", "The render was stopped.")


@contextmanager
def writing(what: str) -> Iterator[None]:
    """An OSError from within is one of the disk, and no fault of the template."""
    try:
        yield
    except OSError as error:
        raise EncodeError("encode_failed", f"The {what} could not be written: {error.strerror}.") from error


@contextmanager
def telling_where(path: str) -> Iterator[None]:
    """Adds the place in the template to a MediaError from within."""
    try:
        yield
    except MediaError as error:
        raise MediaError(error.code, f"{path}: {error.message}", (Problem(path, error.message),)) from error
