"""The command line of the renderer: what may be said to it, and its errors in the words that were typed."""

import argparse
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, get_args

from renderer.errors import Problem, TemplateError, sentence, summary
from renderer.format.names import did_you_mean
from renderer.format.output import Quality
from renderer.recipe import Manner

_SECONDS = "seconds such as 2.5"
_PIXELS = "pixels such as 640"
_MODIFICATION = re.compile(r"modifications\[(\d+)\]")
_OPTIONS = {  # by the place of a problem, what was typed to give it
    "time": "at",
    "output.width": "width",
    "output.frame_rate": "frame_rate",
}


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """`clipyard render …` and `clipyard frame …` arrive here with that word in front; `at` None is the whole video.

    Ends the program, with a sentence, for what is not understood.
    """
    word, *rest = arguments if arguments and arguments[0] in ("render", "frame") else ("render", *arguments)
    parser = _frame() if word == "frame" else _render()
    given, unknown = parser.parse_known_args(rest)
    if unknown and not unknown[0].startswith("-"):
        parser.error(f'one template at a time; "{unknown[0]}" is one too many')
    if unknown:
        known = [name for action in parser.shown for name in action.option_strings]
        parser.error(f"there is no option {unknown[0]}{did_you_mean(unknown[0], known)}")
    if not (given.template or given.job or given.serve):
        parser.error("which template? Give a JSON file, - for stdin, or the name of a built-in one.")
    return given


def as_typed(error: Exception, given: argparse.Namespace) -> Exception:
    """The same error; what is wrong with an option is told by its name."""
    if not isinstance(error, TemplateError):
        return error
    problems = tuple(Problem(place_typed(problem.path, given), problem.message) for problem in error.problems)
    return error if problems == error.problems else TemplateError(error.code, summary(problems), problems)


def place_typed(path: str, given: argparse.Namespace) -> str:
    if match := _MODIFICATION.match(path):
        return f'--set "{given.set[int(match[1])]}"'
    option: str = given.typed.get(_OPTIONS.get(path), path)
    return option


def warning_typed(sentence: str, given: argparse.Namespace) -> str:
    """A warning that begins with its place."""
    path, colon, message = sentence.partition(": ")
    return f"{place_typed(path, given)}{colon}{message}"


class _Parser(argparse.ArgumentParser):
    """Without the usage, in which an error is lost."""

    def error(self, message: str) -> NoReturn:
        told = sentence(message.removeprefix("argument "))
        self.exit(2, f"error: {told}\n{self.prog} --help says what there is.\n")

    @property
    def shown(self) -> list[argparse.Action]:
        return [action for action in self._actions if action.help != argparse.SUPPRESS]


class _Taken(argparse.Action):
    """A value that is `read`, which raises ValueError for what is not `what`; keeps how the option was typed."""

    def __init__(self, *names: Any, read: Callable[[str], object], what: str, **options: Any) -> None:
        super().__init__(*names, **options)
        self._read, self._what = read, what

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        try:
            setattr(namespace, self.dest, self._read(values))
        except ValueError:
            parser.error(f'{option} takes {self._what}, not "{values}"')
        namespace.typed[self.dest] = option


def _seconds(text: str) -> float:
    if not math.isfinite(seconds := float(text)):
        raise ValueError(text)
    return seconds


def _frame() -> _Parser:
    parser = _parser("frame", "Draws one picture of a template.", ".png, .jpg or .webp")
    parser.add_argument(
        "--at", action=_Taken, read=_seconds, what=_SECONDS, default=0.0, metavar="SECONDS", help="when; 0 unless given"
    )
    parser.add_argument("--frame", dest="at", action=_Taken, read=_seconds, what=_SECONDS, help=argparse.SUPPRESS)
    parser.set_defaults(frame_rate=None, quality=Manner().quality)
    return parser


def _render() -> _Parser:
    parser = _parser("render", "Draws the video of a template.", ".mp4, .webm or .gif")
    parser.add_argument(
        "--frame-rate", action=_Taken, read=str, what="a rate", metavar="RATE", help="25, 29.97, 30000/1001 …"
    )
    parser.add_argument("--quality", choices=get_args(Quality), default=Manner().quality)
    parser.add_argument(
        "--at", "--frame", dest="at", action=_Taken, read=_seconds, what=_SECONDS, help=argparse.SUPPRESS
    )
    return parser


def _parser(word: str, about: str, suffixes: str) -> _Parser:
    """With what both have, and what only programs say."""
    parser = _Parser(prog=f"clipyard {word}", description=about)
    parser.add_argument("template", nargs="?", help="a JSON file, - for stdin, or the name of a built-in one")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help=f"what to write: {suffixes}")
    parser.add_argument("--set", action="append", default=[], metavar="SCENE/OBJECT/PROPERTY=VALUE")
    parser.add_argument("--data", type=Path, metavar="FILE", help="JSON with what fills {{placeholders}}")
    parser.add_argument("--files", type=Path, metavar="FILE", help="JSON with a local path for each address")
    parser.add_argument("--width", action=_Taken, read=int, what=_PIXELS, metavar="PIXELS", help="the height follows")
    parser.add_argument("--json", action="store_true", help="progress and result as JSON lines on stdout")
    parser.add_argument("--ffmpeg", help=argparse.SUPPRESS)
    parser.add_argument("--job", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.set_defaults(typed={})
    return parser
