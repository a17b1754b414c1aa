"""What a worker can be asked: one struct per kind of job, and the class of slot each kind needs."""

from typing import Any, Literal

import msgspec

from app.clips import Clip
from app.tools import AnyTool
from renderer.recipe import Manner

Queue = Literal["cpu", "light", "network"]
"""A job's slot class: a one-second tool never waits behind renders."""

QUEUES: tuple[Queue, ...] = ("cpu", "light", "network")


class RenderSpec(Manner, frozen=True, kw_only=True, tag="render"):
    """A template with its modifications applied, ready to draw.

    `template` is the document itself, so that a later edit of the stored template cannot change the job;
    sources inside it are URLs, `asset:ID`, `data:` or paths beside the built-in templates. With the manner of making
    it the bytes follow from the spec alone.
    """

    template: dict[str, Any]


class SegmentSpec(msgspec.Struct, frozen=True, kw_only=True, tag="segment"):
    """Frames `first` to before `end` of a render that is under way; `render` is that job's id."""

    render: str
    first: int
    end: int


class SoundSpec(msgspec.Struct, frozen=True, kw_only=True, tag="sound"):
    """All that is heard in a render that is under way."""

    render: str


class ClipSpec(msgspec.Struct, frozen=True, kw_only=True, tag="clip"):
    """A clip of a source: of the stored object `key`, or else of what is at `url`, of which nothing is known yet.

    `unseen`: nobody has looked at it yet. `upload`: whose object it is. `stem`: how the name of the clip's file begins.
    `open_format`: none was asked for, and what turns out to be sound alone becomes an MP3.
    """

    clip: Clip
    key: str | None = None
    url: str | None = None
    upload: str | None = None
    stem: str
    source_title: str
    open_format: bool = False
    unseen: bool = False


class InspectSpec(msgspec.Struct, frozen=True, kw_only=True, tag="inspect"):
    """Whether what was uploaded is media that can be used."""

    upload: str
    key: str


class FetchSpec(msgspec.Struct, frozen=True, kw_only=True, tag="fetch"):
    """The same, of what is at a client's address and has to be stored at `key` first."""

    upload: str
    key: str
    url: str


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a file comes from: our own store, by `key`, or a client's address."""

    key: str | None = None
    url: str | None = None


class ToolSpec(msgspec.Struct, frozen=True, kw_only=True, tag="tool"):
    """Tools one after another, on what comes from `sources`; `queue`: some take a second, others minutes."""

    queue: Queue
    steps: tuple[AnyTool, ...]
    sources: tuple[Origin, ...]
    subtitles: Origin | None = None


PartSpec = SegmentSpec | SoundSpec
Spec = RenderSpec | PartSpec | ClipSpec | InspectSpec | FetchSpec | ToolSpec
"""The tagged union of every kind; `kind` in the table is the tag."""

QUEUE_OF_KIND: dict[str, Queue] = {
    "render": "cpu",
    "segment": "cpu",
    "sound": "cpu",
    "clip": "cpu",
    "inspect": "light",
    "fetch": "network",
    "tool": "cpu",
}
"""That of a kind whose jobs are not alike is where most of them go: see `queue_of`."""


def kind(spec: Spec) -> str:
    return str(spec.__struct_config__.tag)


def queue_of(spec: Spec) -> Queue:
    return spec.queue if isinstance(spec, ToolSpec) else QUEUE_OF_KIND[kind(spec)]


def encode(spec: Spec) -> str:
    return msgspec.json.encode(spec).decode()


def decode(text: str) -> Spec:
    decoded: Spec = msgspec.json.decode(text, type=Spec)
    return decoded
