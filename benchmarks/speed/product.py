"""The product as a worker runs it: `python -m renderer --job …`, one process for each video."""

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.speed.processes import Run, timed
from benchmarks.speed.scenes import Template, files

RENDERER = [sys.executable, "-m", "renderer"]


def render(template: Template, folder: Path, **more: Any) -> Run:
    """Its start-up ends with the first word on its progress: one frame is drawn then."""
    path = folder / "job.json"
    path.write_text(
        json.dumps({"template": template, "files": files(template), "out": str(folder / "ours.mp4"), **more})
    )
    return timed([*RENDERER, "--job", str(path), "--json"])
