"""What the command line or a job file asks for: which template, with which files, and where to."""

import base64
import json
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from renderer.arguments import warning_typed
from renderer.errors import MediaError, Problem, TemplateError, summary
from renderer.format.modifications import apply
from renderer.format.names import did_you_mean
from renderer.format.output import OutputOptions, VideoFormat, with_output
from renderer.format.refusals import MAX_PROBLEMS
from renderer.format.template import Template, load, parse, sources
from renderer.recipe import Manner, Recipe

BUILT_IN = Path(__file__).parent.parent / "templates" / "videos"
FORMATS: dict[str, VideoFormat] = {".mp4": "mp4", ".webm": "webm", ".gif": "gif"}
_STDIN = "-"
_TEXTS = ("text", "font-family", "name", "title")  # properties of which 2024 is a text, not a number


class Shared(Struct, frozen=True, tag="shared"):
    """A video of several segments is not drawn: how it is cut is answered. A shorter one is drawn."""


class OneSegment(Struct, frozen=True, tag="segment"):
    """These frames alone, which are a segment of the video, without sound."""

    first: int
    end: int


class SoundOnly(Struct, frozen=True, tag="sound"):
    pass


class Joining(Struct, frozen=True, tag="joining"):
    """The video, from files of all its segments in their order and of its sound if it has one."""

    pieces: list[str]
    sound: str | None = None


Task = Shared | OneSegment | SoundOnly | Joining


class Order(Struct, frozen=True, kw_only=True):
    """What to write to `out`, and to `preview` a JPEG of the video. `part`: less than the whole work."""

    recipe: Recipe
    out: Path
    preview: Path | None = None
    part: Task | None = None
    warnings: tuple[str, ...] = ()


class Job(Manner, frozen=True, kw_only=True):
    """A job file. `files`: local paths by address; `preview`: where to put a JPEG of the video.

    `part`: less than the whole work.
    """

    template: dict[str, Any]
    files: dict[str, str] = msgspec.field(default_factory=dict)
    out: str
    preview: str | None = None
    ffmpeg: str | None = None
    part: Task | None = None


def order_of_job(path: Path) -> Order:
    job = msgspec.json.decode(path.read_bytes(), type=Job)
    return Order(
        recipe=Recipe(
            template=parse(job.template),
            files=paths(job.files),
            format=job.format,
            quality=job.quality,
            segment_seconds=job.segment_seconds,
            ffmpeg=job.ffmpeg,
        ),
        out=Path(job.out),
        preview=Path(job.preview) if job.preview else None,
        part=job.part,
    )


def order_of_arguments(given: Namespace, scratch: Path) -> Order:
    """Files that the template names are looked for beside it; embedded ones are unpacked into `scratch`."""
    raw, folder = _read_template(given.template)
    data = _json(given.data, f"--data {given.data}") if given.data else None
    applied = apply(raw, [modification(text) for text in given.set], data)
    listed = _listed(_json(given.files, f"--files {given.files}")) if given.files else {}
    found = dict(_found(applied.template, folder, scratch))
    name = "video" if given.template == _STDIN else Path(given.template).stem
    out = given.out or Path(f"{name}.mp4" if given.at is None else f"{name}.png")
    if not out.parent.is_dir():
        raise TemplateError("invalid_value", f'-o {out}: there is no folder "{out.parent}".')
    if out.is_dir():
        raise TemplateError("invalid_value", f"-o {out}: this is a folder; give the name of a file in it.")
    files = {**found, **paths(listed)}
    _check_files(applied.template, files)
    recipe = Recipe(template=applied.template, files=files, quality=given.quality, ffmpeg=given.ffmpeg)
    order = Order(recipe=recipe, out=out, warnings=tuple(warning_typed(told, given) for told in applied.warnings))
    return order if given.at is not None else _as_video(order, given.width, given.frame_rate)


def _json(path: Path, called: str) -> object:
    """What a file given on the command line holds; an error names it as it is `called` there."""
    with _called(called):
        try:
            return load(sys.stdin.buffer.read() if called == _STDIN else path.read_bytes())
        except OSError as error:
            raise TemplateError("invalid_value", f"{error.strerror}.") from error


@contextmanager
def _called(name: str) -> Iterator[None]:
    """Puts what was typed in front of a TemplateError from within."""
    try:
        yield
    except TemplateError as error:
        raise TemplateError(error.code, f"{name}: {error.message}") from error


def _check_files(template: Template, files: dict[str, Path]) -> None:
    """All that are missing are told at once."""
    faults = ((source.path, _file_fault(source.url, files.get(source.url))) for source in sources(template))
    missing = [Problem(path, fault) for path, fault in faults if fault][:MAX_PROBLEMS]
    if missing:
        raise MediaError("media_missing", summary(missing), tuple(missing))


def _file_fault(url: str, file: Path | None) -> str | None:
    if file is not None:
        return None if file.is_file() else f'there is no file "{file}"'
    if ":" in url:
        return f"{url[:100]} is not fetched here; --files says which local file stands for it"
    return f'there is no file "{url[:100]}" beside the template'


def _listed(files: object) -> dict[str, str]:
    try:
        return msgspec.convert(files, dict[str, str])
    except msgspec.ValidationError as error:
        raise TemplateError("invalid_value", "--files: expected an object of addresses and paths.") from error


def _as_video(order: Order, width: int | None, frame_rate: str | None) -> Order:
    """In the size, at the rate and in the format that the name of the file to write asks for."""
    format = FORMATS.get(order.out.suffix.lower())  # noqa: A001
    if format is None:
        raise TemplateError("invalid_value", f'A video is written as {", ".join(FORMATS)}, not as "{order.out.name}".')
    options = OutputOptions(width=width, frame_rate=frame_rate, format=format)
    recipe = msgspec.structs.replace(order.recipe, template=with_output(order.recipe.template, options), format=format)
    return msgspec.structs.replace(order, recipe=recipe)


def paths(files: dict[str, str]) -> dict[str, Path]:
    return {address: Path(path) for address, path in files.items()}


def modification(text: str) -> dict[str, Any]:
    """`[SCENE/][GROUP/…][OBJECT]/PROPERTY=VALUE`, the value as JSON where it is some: `Intro/title/font-size=80`.

    A property alone is the template's: `loudness=-14`.
    """
    target, equals, value = text.partition("=")
    names = target.split("/")
    if not equals:
        raise TemplateError("invalid_value", f'--set "{text}" is not SCENE/OBJECT/PROPERTY=VALUE.')
    if len(names) > 3:
        names = [names[0], "/".join(names[1:-1]), names[-1]]
    keys = ("scene", "object")[3 - len(names) :]
    where = {key: name for key, name in zip(keys, names[:-1], strict=True) if name}
    return {**where, names[-1]: value if names[-1] in _TEXTS else _plain(value, text)}


def _plain(value: str, text: str) -> Any:
    """What begins like an object or a list, and is none, is a mistake; else it is a text."""
    if value.lstrip().startswith(("{", "[")) and not value.lstrip().startswith("{{"):
        with _called(f'--set "{text}"'):
            return load(value)
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _read_template(name: str) -> tuple[object, Path]:
    """What it holds and the folder that its paths are relative to. A bare word may be a built-in template."""
    if name == _STDIN:
        return _json(Path(), _STDIN), Path.cwd()
    try:
        for file in (Path(name), BUILT_IN / f"{name}.json"):
            if file.is_file():
                return _json(file, name), file.parent
        if Path(name).is_dir():
            raise TemplateError("invalid_template", f'"{name}" is a folder; give the name of a template file in it.')
    except OSError:  # no name that a file could have
        pass
    known = sorted(path.stem for path in BUILT_IN.glob("*.json"))
    missing = f'there is no file and no built-in template "{name[:100]}"{did_you_mean(name, known)}'
    raise TemplateError("invalid_template", f"{missing} Built in: {', '.join(known) or 'none'}.")


def _found(template: Template, folder: Path, scratch: Path) -> Iterator[tuple[str, Path]]:
    for number, source in enumerate(sources(template)):
        if source.url.startswith("data:"):
            path = scratch / f"embedded-{number}"
            path.write_bytes(base64.b64decode(source.url.partition(",")[2]))
            yield source.url, path
        elif ":" not in source.url and (folder / source.url).is_file():
            yield source.url, folder / source.url
