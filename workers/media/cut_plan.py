"""What of a piece of H.264 is copied, and what is encoded around it.

    key frame              start                          key frame        end
        |- - - decoded - - - |======== encoded ========== | copied, bit by bit … | encoded |

What is copied begins with an IDR picture, before which nothing is referred to, and ends where decoding and showing
come together: no picture in it is shown after one that is left out.
"""

from bisect import bisect_left, insort
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from av.packet import Packet
from av.video.stream import VideoStream

from workers.media.frame_table import Sample, Table, table_of
from workers.media.h264 import IDR, ParameterSets, kind_of, units_of

_LONGEST_SEAM = 60  # seconds to encode of a piece
_DEEPEST = 4  # pictures that may wait for one that is shown before them


class Doubt(Exception):
    """Why a source has to be encoded instead: part of a sentence."""


class Plan(NamedTuple):
    """Of one piece: what is encoded, what is copied, what is encoded. Times in the source, with those in the new file.

    `shift` leads from the ones to the others.
    """

    table: Table
    before: dict[int, int]
    copied: Sequence[Sample]
    after: dict[int, int]
    shift: int

    @property
    def shown(self) -> list[int]:
        """When the copied pictures are shown in the source."""
        return sorted(sample.pts for sample in self.copied)


def plans_of(source: Path, pieces: Sequence[tuple[float, float]], own: ParameterSets) -> list[Plan]:
    def is_idr(packet: "Packet[VideoStream]") -> bool:
        return packet.is_keyframe and any(kind_of(unit) == IDR for unit in units_of(bytes(packet), own.size_bytes))

    tables = [table_of(source, start, end, is_idr) for start, end in pieces]
    offsets = accumulate((table.end - table.first for table in tables), initial=0)
    plans = [_plan(table, offset - table.first) for table, offset in zip(tables, offsets, strict=False)]
    for plan in plans:
        seconds = (plan.table.end - plan.table.first - _length(plan)) * plan.table.tick
        if seconds > _LONGEST_SEAM:
            raise Doubt("its key frames are too far apart, or pictures refer across them")
    return plans


def reorders(plans: Sequence[Plan]) -> int:
    """How many pictures at most have to wait for one that is stored behind them and shown before."""
    deepest = 0
    for plan in plans:
        stored: list[int] = []
        for sample in plan.copied:
            deepest = max(deepest, len(stored) - bisect_left(stored, sample.pts))
            insort(stored, sample.pts)
    if deepest > _DEEPEST:
        raise Doubt("its pictures are stored in too wild an order")
    return deepest


def _plan(table: Table, shift: int) -> Plan:
    times = [sample.pts for sample in table.samples]
    if len(set(times)) < len(times):
        raise Doubt("several of its pictures are shown at once")
    keys = (n for n, sample in enumerate(table.samples) if sample.is_key and table.first <= sample.pts < table.end)
    begin = next(keys, len(times))
    copied = table.samples[begin : _where_orders_meet(times, begin, table.end)]
    if any(sample.is_discarded for sample in copied):
        raise Doubt("its edit list leaves pictures out")
    if copied and (max(times[:begin], default=times[begin] - 1) >= times[begin] or min(times[begin:]) < times[begin]):
        raise Doubt("pictures are shown across its key frames")
    first = copied[0].pts if copied else table.end
    last = max((sample.pts for sample in copied), default=table.end)
    held = {} if table.held is None else {table.held: table.first + shift}
    before = {time: time + shift for time in table.shown if time < first}
    after = {time: time + shift for time in table.shown if time > last}
    return Plan(table, held | before, copied, after, shift)


def _where_orders_meet(times: list[int], begin: int, end: int) -> int:
    """The end of the longest run from `begin` that is shown before `end` and before all that is stored behind it."""
    behind = [*accumulate(reversed(times[begin:]), min)][::-1]
    meeting, latest = begin, times[begin] if begin < len(times) else end
    for place in range(begin, len(times)):
        latest = max(latest, times[place])
        following = behind[place + 1 - begin] if place + 1 < len(times) else end
        if latest < min(following, end):
            meeting = place + 1
    return meeting


def _length(plan: Plan) -> int:
    """Of what is copied."""
    if not plan.copied:
        return 0
    return min((*plan.after, plan.table.end)) - plan.copied[0].pts
