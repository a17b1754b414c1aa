"""Cuts H.264 without encoding what can be copied: only the pictures beside the cuts are made anew (`cut_plan`).

They are encoded to the same profile, level, size and memory under parameter sets of their own, which stand beside the
source's in one track. The new file is looked through before anybody gets it; every doubt is told, and nothing is made.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, dropwhile
from pathlib import Path
from typing import NamedTuple

import av.error
from msgspec import Struct

from renderer.media.probe import open_media, video_stream
from workers.media.copied_sound import Range, Track, sound_of
from workers.media.cut_plan import Doubt, Plan, plans_of, reorders
from workers.media.cut_proof import Expected, prove
from workers.media.frame_table import Untimed, standing_at
from workers.media.h264 import Malformed, ParameterSets, Promise, in_mp4, parameter_sets, sequence_of, units_of
from workers.media.mp4_track import Picture, write_mp4
from workers.media.seams import PROFILES, WITNESSES, Coded, Like, Seam, Sewn, sew

_EIGHT_BITS = {"yuv420p", "yuvj420p"}
_NOTHING = Sewn([], {}, {}, ParameterSets((), ()))


class SmartCut(Struct, frozen=True):
    """How many pictures the new file has, and how many of them are copied."""

    pictures: int
    copied: int


class _Piece(NamedTuple):
    """In the order in which it is stored: `before` and `after` are encoded."""

    before: Sewn
    plan: Plan
    after: Sewn

    def times(self) -> list[int]:
        """When its pictures are shown in the new file."""
        copied = [sample.pts + self.plan.shift for sample in self.plan.copied]
        return [*(coded.pts for coded in self.before.coded), *copied, *(coded.pts for coded in self.after.coded)]


def smart_cut(
    source: Path,
    pieces: Sequence[tuple[float, float]],
    out: Path,
    progress: Callable[[float], None],
    stop: Callable[[], bool],
    fade: float = 0,
) -> SmartCut:
    """Joins the pieces (from, to in seconds) of `source` in `out`. Doubt where that cannot be done, or not surely.

    `fade`: seconds of coming and going of each piece's sound.
    """
    try:
        own = _sets_of(source)
        plans = plans_of(source, pieces, own)
        like = Like(sequence_of(own.sequences[0]), own.free_number(), reorders(plans), plans[0].table.tick)
        sewn = [_sewn(source, plan, like, stop) for plan in plans]
        tables = [plan.table for plan in plans]
        sound = sound_of(source, [Range(table.begins, table.ends) for table in tables], fade)
        return _written(source, sewn, own, sound, out, progress, stop)
    except Untimed:
        raise Doubt("its packets do not tell when they are shown") from None
    except Malformed as error:
        raise Doubt(str(error)) from None
    except av.error.FFmpegError:
        raise Doubt("some of its packets cannot be decoded") from None


def _sets_of(source: Path) -> ParameterSets:
    with open_media(source) as container:
        stream = video_stream(container)
        if stream is None or stream.codec_context.name != "h264":
            raise Doubt("it is not H.264")
        if stream.codec_context.pix_fmt not in _EIGHT_BITS:
            raise Doubt("its colours are not the 8-bit 4:2:0 that plays everywhere")
        own = parameter_sets(stream.codec_context.extradata or b"")
    sequences = [sequence_of(unit) for unit in own.sequences]
    if not sequences or not own.pictures:
        raise Doubt("its parameter sets are not told beforehand")
    if len({sequence.size for sequence in sequences}) > 1:
        raise Doubt("its size changes on the way")
    if not all(sequence.frames_only for sequence in sequences):
        raise Doubt("it is interlaced")
    if any(sequence.profile not in PROFILES for sequence in sequences):
        raise Doubt("its H.264 profile is a rare one")
    return own


def _sewn(source: Path, plan: Plan, like: Like, stop: Callable[[], bool]) -> _Piece:
    made = []
    for pictures, beside in ((plan.before, plan.shown[:WITNESSES]), (plan.after, plan.shown[-WITNESSES:])):
        witnesses = {time: time + plan.shift for time in beside}
        sewn = sew(source, Seam(pictures, witnesses), like, stop) if pictures else _NOTHING
        if pictures and (set(sewn.small) != set(pictures.values()) or set(sewn.exact) != set(witnesses.values())):
            raise Doubt("not every picture beside the cuts can be decoded")
        made.append(sewn)
    return _Piece(made[0], plan, made[1])


def _written(
    source: Path,
    pieces: Sequence[_Piece],
    own: ParameterSets,
    sound: Track | None,
    out: Path,
    progress: Callable[[float], None],
    stop: Callable[[], bool],
) -> SmartCut:
    seams = [seam for piece in pieces for seam in (piece.before, piece.after)]
    sets = own
    for seam in seams:
        sets = sets.joined(seam.sets)
    new = [sequence_of(unit) for unit in sets.sequences[len(own.sequences) :]]
    if len(new) > 1 or any(not _fits(sequence, sequence_of(own.sequences[0])) for sequence in new):
        raise Doubt("no pictures could be encoded that fit to it")
    times = list(chain.from_iterable(piece.times() for piece in pieces))
    last = pieces[-1].plan
    end = last.table.end + last.shift
    pictures = _pictures(source, pieces, own, sets)
    write_mp4(out, source, pictures, times, end, sets.record(), sound, progress, stop)
    small = {time: picture for seam in seams for time, picture in seam.small.items()}
    exact = {time: print_ for seam in seams for time, print_ in seam.exact.items()}
    prove(out, Expected(last.table.tick, times, end, small, exact, sound is not None), stop)
    return SmartCut(len(times), sum(len(piece.plan.copied) for piece in pieces))


def _fits(new: Promise, source: Promise) -> bool:
    """Whether what decodes the one can go on with the other as if nothing was."""
    same = [(one.profile, one.level, one.size, one.chroma, one.depth) for one in (new, source)]
    return same[0] == same[1]


def _pictures(source: Path, pieces: Sequence[_Piece], own: ParameterSets, sets: ParameterSets) -> Iterator[Picture]:
    for piece in pieces:
        yield from _encoded(piece.before.coded, sets)
        yield from _copied(source, piece.plan, own, sets)
        yield from _encoded(piece.after.coded, sets)


def _encoded(coded: Sequence[Coded], sets: ParameterSets) -> Iterator[Picture]:
    for one in coded:
        yield Picture(one.pts, one.is_key, in_mp4(units_of(one.data, 0), sets))


def _copied(source: Path, plan: Plan, own: ParameterSets, sets: ParameterSets) -> Iterator[Picture]:
    if not plan.copied:
        return
    with standing_at(source, plan.copied[0].pts * plan.table.tick) as standing:
        first, left = plan.copied[0].pts, len(plan.copied)
        packets = dropwhile(lambda packet: packet.pts != first, standing.packets)
        for sample, packet in zip(plan.copied, packets, strict=False):
            if packet.pts != sample.pts:
                raise Doubt("it reads differently each time")
            data = in_mp4(units_of(bytes(packet), own.size_bytes), sets)
            yield Picture(sample.pts + plan.shift, sample.is_key, data)
            left -= 1
    if left:
        raise Doubt("it reads differently each time")
