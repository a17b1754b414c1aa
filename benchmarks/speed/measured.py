"""What was measured of a scene, and what it is measured against."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from benchmarks.speed.processes import Run


class Figure(NamedTuple):
    """Of several measurements of one thing."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Figure":
        found = sorted(values)
        return cls(statistics.median(found), found[0], found[-1])


class Race(NamedTuple):
    """One scene: pairs of runs, ours and ffmpeg's alone, in turn, and frames a second of each peer."""

    frames: int
    ours: Sequence[Run]
    bounds: Sequence[Run]
    peers: Mapping[str, Sequence[float]]

    @property
    def rate(self) -> Figure:
        return Figure.of(self.frames / run.steady for run in self.ours)

    @property
    def bound_rate(self) -> Figure:
        return Figure.of(self.frames / run.steady for run in self.bounds)

    @property
    def ratio(self) -> Figure:
        """Wall to wall, each without its start-up."""
        return Figure.of(ours.steady / bound.steady for ours, bound in self._pairs())

    @property
    def whole_ratio(self) -> Figure:
        return Figure.of(ours.wall / bound.wall for ours, bound in self._pairs())

    @property
    def work_ratio(self) -> Figure:
        """In processor time, which hardly depends on what else the machine does."""
        return Figure.of(ours.family / bound.family for ours, bound in self._pairs())

    @property
    def start_up(self) -> Figure:
        return Figure.of(run.start_up for run in self.ours)

    @property
    def memory(self) -> float:
        return max(run.own_memory for run in self.ours)

    @property
    def family_memory(self) -> float:
        return max(run.family_memory for run in self.ours)

    def faster_than(self, peer: str) -> Figure:
        rates = Figure.of(self.peers[peer])
        return Figure(*(self.rate.median / rate for rate in (rates.median, rates.most, rates.least)))

    def _pairs(self) -> Iterable[tuple[Run, Run]]:
        return zip(self.ours, self.bounds, strict=True)
