"""What is required, and the table that says whether it holds."""

import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.speed.curve import Curve
from benchmarks.speed.measured import Figure, Race
from benchmarks.speed.peers import ALL
from benchmarks.speed.scenes import NAMES

AT_MOST_BOUND = {"A": 1.35, "B": 1.30, "C": 1.30, "D": 3.0}
GOALS = {"A": "goal 1.20"}
PEERS = {
    "A": {"MoviePy": 5.0, "Remotion": 5.0, "movielite": 1.1},
    "B": {"MoviePy": 5.0},
    "C": {"Remotion": 10.0},
    "D": {"Remotion": 3.0},
}
STILLNESS_PAYS = 1.8  # the frames a second of C to those of A
OWN_MEMORY, FAMILY_MEMORY = 400, 800  # megabytes, A to C
STILLS = {"cold": 1200.0, "jpeg": 60.0, "png": 250.0}  # milliseconds
FLAT = 1.15  # a frame's cost at the curve's other end: measured twice, the same thing differs by less

_STILL_NAMES = {"cold": "cold process, JPEG", "jpeg": "warm, JPEG", "png": "warm, PNG"}
_FLAT_CURVES = ("seconds of scene A", "moving objects off the screen", "objects that are not there yet")


class Row(NamedTuple):
    """A line of the table. `verdict`: whether what is required holds; None where nothing is."""

    what: str
    figure: str
    required: str = ""
    verdict: bool | None = None
    note: str = ""

    def __str__(self) -> str:
        verdict = {True: "ok", False: "MISS", None: ""}[self.verdict]
        return f"{self.what:<47} {self.figure:<18} {self.required:<9} {verdict:<5} {self.note}".rstrip()


class Results(NamedTuple):
    races: dict[str, Race]
    stills: dict[str, float]
    curves: dict[str, Curve]


def rows(results: Results) -> Iterator[Row]:
    for name, race in results.races.items():
        yield from _of_scene(name, race)
    if {"A", "C"} <= results.races.keys():
        yield _at_least("C, frames a second to those of A", _stillness(results.races), STILLNESS_PAYS)
    for kind, limit in STILLS.items() if results.stills else ():
        took = results.stills[kind]
        yield Row(f"A, still, {_STILL_NAMES[kind]}", f"{took:.0f} ms", f"≤ {limit:.0f}", took <= limit)
    for what, curve in results.curves.items():
        yield _of_curve(what, curve)


def _of_scene(name: str, race: Race) -> Iterator[Row]:
    bound = "decoding and encoding the clip" if name == "B" else "x264 on the same frames"
    yield Row(f"{name}: {NAMES[name]}", "")
    yield Row(f"{name}, frames a second", _told(race.rate, 1), note=f"{race.start_up.median:.2f} s start-up apart")
    yield Row(f"{name}, ffmpeg alone", _told(race.bound_rate, 1), note=bound)
    limit = AT_MOST_BOUND[name]
    others = f"{race.whole_ratio.median:.2f} with start-up, {race.work_ratio.median:.2f} in processor time"
    note = ", ".join([*filter(None, [GOALS.get(name)]), others])
    yield Row(f"{name}, wall to ffmpeg alone", _told(race.ratio), f"≤ {limit:.2f}", race.ratio.median <= limit, note)
    for peer in race.peers:
        yield _of_peer(name, race, peer)
    if name in "ABC":
        for what, found, most in (
            ("Python", race.memory, OWN_MEMORY),
            ("with ffmpeg", race.family_memory, FAMILY_MEMORY),
        ):
            yield Row(f"{name}, memory, {what}", f"{found:.0f} MB", f"≤ {most}", found <= most)


def _of_peer(name: str, race: Race, peer: str) -> Row:
    lacks = next(known.lacks for known in ALL if known.name == peer)
    rate = "; ".join(filter(None, [f"{Figure.of(race.peers[peer]).median:.1f} frames a second", lacks]))
    limit = PEERS[name].get(peer.partition(" ")[0])
    if limit is None:
        return Row(f"{name}, times {peer}", _told(race.faster_than(peer), 1), note=rate)
    # Where ffmpeg alone is no faster than that, as near to it as is required of us in any case.
    alone = race.bound_rate.median / Figure.of(race.peers[peer]).median
    within = min(limit, round(alone / AT_MOST_BOUND[name], 2))
    note = rate if within == limit else f"{rate}; ffmpeg alone {alone:.1f} times, so not the {limit:g}"
    return _at_least(f"{name}, times {peer}", race.faster_than(peer), within)._replace(note=note)


def _at_least(what: str, figure: Figure, limit: float) -> Row:
    return Row(what, _told(figure), f"≥ {limit:g}", figure.median >= limit)


def _stillness(races: dict[str, Race]) -> Figure:
    still, moving = races["C"].rate, races["A"].rate
    return Figure(still.median / moving.median, still.least / moving.most, still.most / moving.least)


def _of_curve(what: str, curve: Curve) -> Row:
    """A flat one costs at its end what it costs at its start; the others grow by the same for each object."""
    figure = ", ".join(f"{at:g}: {cost:.1f}" for at, cost in curve.items())
    costs = list(curve.values())
    if what in _FLAT_CURVES:
        growth = costs[-1] / costs[0]
        return Row(f"ms a frame by {what}", figure, f"× ≤ {FLAT}", growth <= FLAT, f"× {growth:.2f}")
    (first, low), *_, (last, high) = curve.items()
    return Row(f"ms a frame by {what}", figure, note=f"{(high - low) / (last - first):.3f} ms each")


def _told(figure: Figure, digits: int = 2) -> str:
    return f"{figure.median:.{digits}f} ({figure.least:.{digits}f}–{figure.most:.{digits}f})"


def as_json(results: Results, **conditions: Any) -> dict[str, Any]:
    """Everything in the table and every single run behind it."""
    races = {
        name: {
            **race._asdict(),
            "ours": [run._asdict() for run in race.ours],
            "bounds": [run._asdict() for run in race.bounds],
        }
        for name, race in results.races.items()
    }
    table = [row._asdict() for row in rows(results)]
    return {"machine": machine(), **conditions, "table": table, **results._asdict(), "races": races}


def machine() -> dict[str, Any]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())
    return {"processor": model, "cores": os.cpu_count(), "system": platform.platform(), "load": os.getloadavg()[0]}
