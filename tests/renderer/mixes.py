"""What a template sounds like before it is encoded."""

from pathlib import Path
from typing import Any

import numpy as np

from renderer.drawing.videos import look_at
from renderer.encoding.audio import cues, sample_of
from renderer.encoding.mixing import mix
from renderer.format.template import parse
from renderer.format.timeline import Timeline
from tests.renderer.filming import Samples


def mixed(template: dict[str, Any], files: dict[str, Path], out: Path) -> Samples:
    """The mix of a template, in frames of 1/10 s unless it says otherwise. `out` is a folder."""
    parsed = parse({"frame-rate": 10, **template})
    media = look_at(parsed, files)
    timeline = Timeline.build(parsed, {url: info.duration for url, info in media.items()})
    samples = sample_of(timeline.frames, timeline.fps)
    mix(cues(parsed, timeline, media), files, samples, out / "mix.f32", lambda: False, loudness=parsed.loudness)
    return np.fromfile(out / "mix.f32", np.float32).reshape(-1, 2)


def scene(duration: float, *objects: dict[str, Any]) -> dict[str, Any]:
    """A template of one."""
    return {"scenes": [{"duration": duration, "objects": [*objects]}]}


def audio(src: str, **properties: Any) -> dict[str, Any]:
    """A sound; its properties may be written with underscores."""
    return {"type": "audio", "src": src, **{name.replace("_", "-"): value for name, value in properties.items()}}
