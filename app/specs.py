"""What a worker can be asked: one struct per kind of job, and the class of slot each kind needs."""

from typing import Any, Literal

import msgspec

from renderer.format.output import Quality, VideoFormat
from renderer.segments import SEGMENT_SECONDS

Queue = Literal["cpu", "light", "network"]
"""A job's slot class: a one-second tool never waits behind renders."""

QUEUES: tuple[Queue, ...] = ("cpu", "light", "network")


class RenderSpec(msgspec.Struct, frozen=True, kw_only=True, tag="render"):
    """A template with its modifications applied, ready to draw.

    `template` is the document itself, so that a later edit of the stored template cannot change the job;
    sources inside it are URLs, `asset:ID`, `data:` or paths beside the built-in templates. About every
    `segment_seconds` a long video is cut; 0: never. It stands here so that the bytes follow from the spec alone.
    """

    template: dict[str, Any]
    format: VideoFormat = "mp4"
    quality: Quality = "high"
    segment_seconds: float = SEGMENT_SECONDS


class SegmentSpec(msgspec.Struct, frozen=True, kw_only=True, tag="segment"):
    """Frames `first` to before `end` of a render that is under way; `render` is that job's id."""

    render: str
    first: int
    end: int


class SoundSpec(msgspec.Struct, frozen=True, kw_only=True, tag="sound"):
    """All that is heard in a render that is under way."""

    render: str


PartSpec = SegmentSpec | SoundSpec
Spec = RenderSpec | PartSpec
"""The tagged union of every kind; `kind` in the table is the tag."""

QUEUE_OF_KIND: dict[str, Queue] = {"render": "cpu", "segment": "cpu", "sound": "cpu"}


def kind(spec: Spec) -> str:
    return str(spec.__struct_config__.tag)


def encode(spec: Spec) -> str:
    return msgspec.json.encode(spec).decode()


def decode(text: str) -> Spec:
    decoded: Spec = msgspec.json.decode(text, type=Spec)
    return decoded
