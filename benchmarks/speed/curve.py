"""How the cost of a frame grows: with the video's length, what is on the screen, what is not, and the template."""

import statistics
from pathlib import Path
from typing import Any

from benchmarks.speed.product import render
from benchmarks.speed.scenes import Template, scene

SHORT = 8.0  # seconds of a video in which something else than the length varies

LENGTHS = (4.0, 8.0, 16.0)
ON_SCREEN = (0, 20, 40, 80)
UNSEEN = (0, 100, 400, 1600)

Curve = dict[float, float]


def curves(folder: Path, times: int) -> dict[str, Curve]:
    """Milliseconds of the renderer's own processor time for each frame after the start, by what varies.

    Processor time, as the encoder shares the wall with us and hardly notices a few small objects. Medians of so many
    `times`.
    """

    def cost(template: Template, seconds: float = SHORT) -> float:
        return statistics.median(_cost(template, folder, seconds) for _ in range(times))

    return {
        "seconds of scene A": {length: cost(scene("A", length), length) for length in LENGTHS},
        "moving objects on the screen": {n: cost(_circles(n, 0)) for n in ON_SCREEN},
        "moving objects off the screen": {n: cost(_circles(n, 4000)) for n in UNSEEN},
        "objects that are not there yet": {n: cost(_later(n)) for n in UNSEEN},
    }


def _cost(template: Template, folder: Path, seconds: float) -> float:
    """Without the start, which is what a video of two frames takes."""
    rate: float = template["frame-rate"]
    least = render(_cut(template, 2 / rate), folder).own
    return (render(template, folder).own - least) * 1000 / (seconds * rate - 2)


def _cut(template: Template, seconds: float) -> Template:
    return {**template, "scenes": [{**template["scenes"][0], "duration": seconds}]}


def _circles(count: int, right: int) -> Template:
    """In rows across the canvas, or so many pixels to the right of it; each moves to and fro."""
    return _still_life([_circle(n, right) for n in range(count)])


def _circle(number: int, right: int) -> dict[str, Any]:
    x, y = right + 60 + number % 10 * 190, 60 + number // 10 % 8 * 130
    keyframes = [{"time": 0, "x": x}, {"time": SHORT, "x": x + 100}]
    return {"type": "circle", "y": y, "width": 80, "height": 80, "background-color": "#ffd166", "keyframes": keyframes}


def _later(count: int) -> Template:
    """They would start when the scene is over: nothing but a longer template."""
    return _still_life([{**_circle(n, 0), "start": SHORT + 1} for n in range(count)])


def _still_life(objects: list[dict[str, Any]]) -> Template:
    """With one thing that always moves, so that every frame is drawn."""
    mover = {**_circle(75, 0), "width": 40, "height": 40}
    only = {"duration": SHORT, "background-color": "#264653", "objects": [mover, *objects]}
    return {"width": 1920, "height": 1080, "frame-rate": 30, "scenes": [only]}
