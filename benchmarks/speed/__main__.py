"""The speed table: our renderer against its bound and against its peers, on four scenes, in one run.

    python -m benchmarks.speed [--scenes A,C] [--quick] [--no-peers] [--seconds 30] [--pairs 5] [--json FILE]

Each scene of 30 s is 1920x1080 at 30 frames a second. It is rendered by a process of the product, as a worker starts
it; the bound is ffmpeg alone with the same command, encoding the very same frames out of memory (scene B: decoding
and encoding the clip behind the text). The two run in turn, so that both see the same machine; medians are
compared, and start-up is told apart. Peers draw the same template, read by small programs in benchmarks/peers; as
most of them are slow, they draw it in a second and in three, and the difference is taken.
Wants a machine that does nothing else, 4 GB in /dev/shm, and for the peers Node.js, Chromium and their packages.
"""

import argparse
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.speed.curve import curves
from benchmarks.speed.encoder import encode_alone, record, transcode_alone
from benchmarks.speed.measured import Race
from benchmarks.speed.peers import ALL, Peer
from benchmarks.speed.product import render
from benchmarks.speed.report import Results, as_json, machine, rows
from benchmarks.speed.scenes import NAMES, SECONDS, scene
from benchmarks.speed.stills import stills

MEMORY = Path("/dev/shm")


def race(name: str, seconds: float, pairs: int, peers: list[Peer], others: int) -> Race:
    template = scene(name, seconds)
    with workshop() as folder:
        recording = record(template, Path(folder))  # and so all that is compiled or cached at first is there
        bound = transcode_alone if name == "B" else encode_alone
        runs = [(render(template, Path(folder)), bound(recording)) for _ in range(pairs)]
        rates = {peer.name: peer.frames_a_second(name, Path(folder), others) for peer in peers if name in peer.scenes}
    ours, bounds = zip(*runs, strict=True)
    return Race(recording.frames, ours, bounds, rates)


def workshop() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="clipyard-bench-", dir=MEMORY if MEMORY.is_dir() else None)


def installed() -> list[Peer]:
    """Those that can be had here."""
    found: list[Peer] = []
    for peer in ALL:
        say(f"preparing {peer.name} …")
        try:
            found.append(peer())
        except (OSError, subprocess.CalledProcessError) as error:
            say(f"  left out: {error}")
    return found


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--scenes", default=",".join(NAMES), help="of A, B, C and D, with commas between")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each scene; shorter ones have all its parts")
    parser.add_argument("--pairs", type=int, default=5, help="of our run and its bound")
    parser.add_argument("--others", type=int, default=3, help="runs of each peer, and of each point of a curve")
    parser.add_argument("--no-peers", action="store_true", help="measure no other programs")
    parser.add_argument("--quick", action="store_true", help="3 s, one pair: shows that all of it works, no more")
    parser.add_argument("--json", type=Path, default=Path("data/speed.json"), help="where every figure is written")
    given = parser.parse_args()
    given.scenes = given.scenes.upper().split(",")
    if unknown := set(given.scenes) - NAMES.keys():
        parser.error(f"there is no scene {', '.join(sorted(unknown))}")
    if given.quick:
        given.seconds, given.pairs, given.others = 3.0, 1, 1
    return given


def main() -> int:
    given = parsed()
    if os.getloadavg()[0] > 0.5:
        say(f"the machine is busy (load {os.getloadavg()[0]:.1f}): what is measured now is not worth much")
    peers = [] if given.no_peers else installed()
    races = {}
    for name in given.scenes:
        say(f"scene {name} …")
        races[name] = race(name, given.seconds, given.pairs, peers, given.others)
    say("stills and curves …")
    with workshop() as folder:
        pictures = stills(scene("A"), Path(folder), 15) if "A" in races else {}
        results = Results(races, pictures, curves(Path(folder), given.others))
    conditions = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": given.seconds,
        "pairs": given.pairs,
    }
    print(
        f"{given.seconds:g} s of 1080p30, medians of {given.pairs} (and the spread); {machine()['processor']}, "
        f"{os.cpu_count()} cores"
    )
    for row in rows(results):
        print(row)
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps(as_json(results, **conditions), indent=1))
    return 1 if any(row.verdict is False for row in rows(results)) else 0


if __name__ == "__main__":
    sys.exit(main())
