"""Orders of clips: checked as far as they can be before a job exists, priced, and queued as far as there is room."""

from collections.abc import Callable, Sequence
from functools import partial
from math import ceil
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from app import clips, specs
from app.clips import (
    MAX_GIF_SECONDS,
    MAX_SEGMENT_SECONDS,
    MAX_SEGMENTS,
    Clip,
    Fades,
    Focus,
    Segment,
    Shape,
    faults,
    format_of,
    frame_of,
)
from app.egress import Egress
from app.errors import Forbidden, InvalidInput, Problem, Unsupported, sentence
from app.services import admission, billing, jobs, ledger, prices
from app.services.billing import Bill, Mode
from app.services.clips.sources import Facts, Source, find

Seconds = Annotated[float, Meta(ge=0, le=10_800, examples=[15])]
Asked = Literal["key", "session"]

QUEUE_BUSY = "Clip queue is temporarily unavailable"


class Wanted(Struct, frozen=True, kw_only=True):
    """What to make of a source: `start` and `end` of one clip, or up to 50 `segments`, each a clip of its own.

    `join` makes one clip of all segments. `format`: mp4, mp3, wav, m4a (or aac), flac, and gif for who is signed in;
    left out it is mp4, or mp3 of what is sound alone. `quality`: only of pictures; left out they stay as large as they
    are. `aspect_ratio` crops around `focus`, or with `fit` "blur" lays the whole picture before a blurred one.
    """

    start: Seconds | None = None
    end: Seconds | None = None
    segments: tuple[Segment, ...] | None = None
    format: clips.GivenFormat | None = None
    quality: clips.Quality | None = None
    source_title: Annotated[str, Meta(max_length=200, examples=["My Source"])] | None = None
    aspect_ratio: clips.AspectRatio = "original"
    fit: clips.Fit = "crop"
    focus: Focus = Focus()
    fades: Fades = Fades()
    join: bool = False
    captions: dict[str, Any] | None = None


class Order(Wanted, frozen=True, kw_only=True):
    """Of what: an upload, or the address of a file."""

    file_id: str | None = None
    url: Annotated[str, Meta(max_length=2048)] | None = None


class Plan(Struct, frozen=True, kw_only=True):
    """An order that passed every check, ready to become jobs. `many`: it was asked for as several segments."""

    account: str
    jobs: tuple[tuple[specs.ClipSpec, Bill], ...]
    many: bool

    @property
    def most(self) -> int:
        """Micro-dollars, with billing on."""
        return sum(bill.most for _, bill in self.jobs if bill.mode == "on")


class Queued(Struct, frozen=True, kw_only=True):
    """The ids of what was queued, in order; `reserved`: micro-dollars; `left_out`: how many there was no room for."""

    job_ids: list[str]
    reserved: int
    left_out: int = 0


async def prepare(order: Order, *, account: str, asked: Asked, mode: Mode, egress: Egress) -> Plan:
    """Check all that can be checked before a job exists. Raises AppError."""
    check(order, asked=asked)
    source = await find(order.file_id, order.url, account=account, egress=egress)
    return await plan(order, source, account=account, mode=mode)


def check(wanted: Wanted, *, asked: Asked) -> None:
    """What is wrong with an order whatever its source is. Raises InvalidInput, Forbidden, Unsupported."""
    if wanted.captions is not None:
        message = "Captions are not available on this service yet. Leave `captions` out to get the clip without them."
        raise Unsupported(message, code="captions_unavailable", fields=(Problem("captions", message),))
    if wanted.format == "gif" and asked == "key":
        message = "GIFs are made for who is signed in, not with an API key. Ask for mp4."
        raise Forbidden(message, code="session_only", fields=(Problem("format", message),))
    made = _clips(wanted, None, capped=False)
    for number, clip in enumerate(made):
        _check_lengths(clip, partial(_place, wanted, number))
        _refuse(faults(clip), partial(_place, wanted, number))


async def plan(wanted: Wanted, source: Source, *, account: str, mode: Mode) -> Plan:
    """An order that was checked, of a source that is known as far as it can be. Raises AppError."""
    capped = not await billing.may_4k(account, asked=wanted.quality == "4k", mode=mode)
    made = _clips(wanted, source.facts, capped=capped)
    for number, clip in enumerate(made if source.facts else ()):
        check_against(clip, source.facts, partial(_place, wanted, number))
    title = (wanted.source_title or "").strip() or source.title
    if not title.isprintable():
        message = "A title is one line of text."
        raise InvalidInput(message, fields=(Problem("source_title", message),))
    return Plan(
        account=account,
        many=wanted.segments is not None and not wanted.join,
        jobs=tuple(
            (
                specs.ClipSpec(
                    clip=clip,
                    key=source.key,
                    url=source.url,
                    upload=source.upload,
                    stem=source.stem,
                    source_title=title[:200],
                    open_format=wanted.format is None and source.facts is None,
                    unseen=source.facts is None,
                ),
                Bill(charges=_charges(clip, source.facts), mode=mode),
            )
            for clip in made
        ),
    )


async def submit(plan: Plan, *, queue_limit: int) -> Queued:
    """Make the jobs, inside the transaction that also keeps the answer and holds the account.

    Raises PaymentRequired when the balance does not cover all that was ordered, and Unavailable where there is room
    for none of it: nothing was queued then. Only what is queued is reserved.
    """
    if plan.most:
        await ledger.check(plan.account, plan.most)
    room = await admission.room(plan.account, queue_limit)
    admitted = plan.jobs if room is None else plan.jobs[:room]
    if not admitted:
        raise admission.full(queue_limit)
    queued = [await jobs.submit(spec, account=plan.account, bill=bill) for spec, bill in admitted]
    reserved = sum(bill.most for _, bill in admitted)
    return Queued(job_ids=queued, reserved=reserved, left_out=len(plan.jobs) - len(admitted))


def check_against(clip: Clip, facts: Facts | None, place: Callable[[str], str] = str) -> None:
    """Raises InvalidInput or Unsupported for what cannot be made of such a source.

    `place`: where in the order what stands in the clip is from.
    """
    assert facts is not None
    if clip.format in clips.AUDIO_FORMATS and not facts.has_audio:
        raise Unsupported(f"The source has no sound to make {clip.format.upper()} of. Ask for mp4.", code="no_sound")
    _refuse(faults(clip, has_video=facts.has_video), place)
    for number, segment in enumerate(clip.segments):
        if segment.start >= facts.duration or segment.end > ceil(facts.duration):
            beyond = f"{segment.start:g} to {segment.end:g} is beyond its end. Choose a range inside it."
            message = f"The source lasts {facts.duration:.2f} seconds, and {beyond}"
            fields = (Problem(place(f"segments[{number}].end"), message),)
            raise Unsupported(message, code="outside_source", fields=fields)


def in_the_format(clip: Clip, facts: Facts) -> Clip:
    """Of a clip whose format nobody asked for: sound alone becomes an MP3."""
    if facts.has_video or clip.quality not in (None, "1080p"):
        return clip
    return msgspec.structs.replace(clip, format="mp3", quality=None)


def _clips(wanted: Wanted, facts: Facts | None, *, capped: bool) -> list[Clip]:
    """One for each file. `capped`: pictures are no larger than 1080p unless something smaller is asked for."""
    segments = _segments(wanted)
    sound_alone = facts is not None and not facts.has_video
    chosen = format_of(wanted.format or ("mp3" if sound_alone else "mp4"))
    quality = wanted.quality
    if capped and quality is None and chosen == "mp4":
        quality = "1080p"
    return [
        Clip(
            segments=pieces,
            format=chosen,
            quality=quality,
            shape=Shape(aspect_ratio=wanted.aspect_ratio, fit=wanted.fit, focus=wanted.focus),
            fades=wanted.fades,
        )
        for pieces in ([segments] if wanted.join else [(segment,) for segment in segments])
    ]


def _segments(wanted: Wanted) -> tuple[Segment, ...]:
    one = (wanted.start, wanted.end)
    if wanted.segments is None and wanted.start is not None and wanted.end is not None:
        return (Segment(start=wanted.start, end=wanted.end),)
    if wanted.segments is None or one != (None, None):
        message = "Give `start` and `end` of one clip, or `segments` with a start and an end each."
        raise InvalidInput(message, fields=(Problem("start" if wanted.segments is None else "segments", message),))
    if not 1 <= len(wanted.segments) <= MAX_SEGMENTS:
        message = f"A request has 1 to {MAX_SEGMENTS} segments, not {len(wanted.segments)}."
        raise InvalidInput(message, code="too_many_segments", fields=(Problem("segments", message),))
    return wanted.segments


def _place(wanted: Wanted, number: int, path: str) -> str:
    """Where in the order it stands, what is at `path` of its so-manieth clip."""
    if wanted.segments is None:
        return path.rpartition(".")[2]
    return path if wanted.join else path.replace("segments[0]", f"segments[{number}]")


def _check_lengths(clip: Clip, place: Callable[[str], str]) -> None:
    longest, kind = (MAX_GIF_SECONDS, "GIF") if clip.format == "gif" else (MAX_SEGMENT_SECONDS, "segment")
    for number, segment in enumerate(clip.segments):
        if segment.duration > longest:
            message = f"This {kind} lasts {segment.duration:g} seconds, and may last {longest}. Choose a shorter one."
            fields = (Problem(place(f"segments[{number}].end"), message),)
            raise Unsupported(message, code="too_long", fields=fields)


def _refuse(found: Sequence[Problem], place: Callable[[str], str]) -> None:
    if found:
        fields = tuple(Problem(place(fault.path), fault.message) for fault in found)
        raise InvalidInput(sentence(*(fault.message for fault in found[:5])), fields=fields)


def _charges(clip: Clip, facts: Facts | None) -> tuple[prices.Charge, ...]:
    length = sum(segment.duration for segment in clip.segments)
    return prices.trim(four_k=_may_become_4k(clip, facts), segments=len(clip.segments), duration_s=length)


def _may_become_4k(clip: Clip, facts: Facts | None) -> bool:
    if clip.format != "mp4" or clip.quality not in (None, "4k"):
        return False
    if facts is None:
        return True
    frame = frame_of(clip, facts.width, facts.height)
    return prices.is_4k(frame.width, frame.height)
