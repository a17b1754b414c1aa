"""Other programs that draw the same scenes, each in an environment of its own outside of the repository.

They are slow, so each draws the scene in two short versions, and the difference is taken: no start-up is counted.
"""

import json
import os
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from benchmarks.speed import media
from benchmarks.speed.encoder import FFMPEG
from benchmarks.speed.processes import timed
from benchmarks.speed.scenes import NAMES, Template, files, scene

PROGRAMS = Path(__file__).parents[1] / "peers"
FONTS = Path(__file__).parents[2] / "renderer" / "fonts" / "Inter"
WEIGHTS = {"400": "Inter_400Regular.ttf", "600": "Inter_600SemiBold.ttf", "700": "Inter_700Bold.ttf"}
_DONE = ".installed"


class Peer(ABC):
    """`lengths`: seconds of the two versions. `lacks`: what it shows otherwise than we do."""

    name: ClassVar[str]
    scenes: ClassVar[str]
    lengths: ClassVar[tuple[float, float]]
    lacks: ClassVar[str]

    def __init__(self) -> None:
        self.home = media.cache() / self.name.lower().replace(" ", "-")
        if not (self.home / _DONE).exists():
            shutil.rmtree(self.home, ignore_errors=True)
            self.home.mkdir()
            self.install()
            (self.home / _DONE).touch()

    @abstractmethod
    def install(self) -> None:
        """Into `home`, which is empty; raises CalledProcessError when a package cannot be had."""

    @abstractmethod
    def command(self, order: Path) -> list[str]: ...

    def order(self, template: Template, out: Path) -> dict[str, Any]:
        """What the peer's program reads, see peers/layers.py."""
        fonts = {weight: str(FONTS / file) for weight, file in WEIGHTS.items()}
        return {"template": template, "files": files(template), "fonts": fonts, "ffmpeg": FFMPEG, "out": str(out)}

    def frames_a_second(self, name: str, folder: Path, times: int) -> list[float]:
        return [self._measured(name, folder) for _ in range(times)]

    def _measured(self, name: str, folder: Path) -> float:
        short, long = (self._seconds(scene(name, length), folder) for length in self.lengths)
        rate: float = scene(name)["frame-rate"]
        return rate * (self.lengths[1] - self.lengths[0]) / (long - short)

    def _seconds(self, template: Template, folder: Path) -> float:
        path = folder / "order.json"
        path.write_text(json.dumps(self.order(template, folder / "peer.mp4")))
        return timed(self.command(path), folder=folder).wall


class PythonPeer(Peer):
    packages: ClassVar[tuple[str, ...]]
    program: ClassVar[str]

    def install(self) -> None:
        subprocess.run([sys.executable, "-m", "venv", self.home], check=True)
        pip = [str(self.home / "bin" / "pip"), "install", "-qqq", "--disable-pip-version-check", *self.packages]
        subprocess.run(pip, check=True)

    def command(self, order: Path) -> list[str]:
        return [str(self.home / "bin" / "python"), str(PROGRAMS / self.program), str(order)]


class MoviePy(PythonPeer):
    name, packages, program = "MoviePy 2.2.1", ("moviepy==2.2.1",), "moviepy_scene.py"
    scenes, lengths = "ABC", (1.0, 3.0)
    lacks = "pictures at whole pixels only"


class Movielite(PythonPeer):
    """It looks for programs named ffmpeg and ffprobe; the latter it needs for sound only."""

    name, program = "movielite 0.2.2", "movielite_scene.py"
    packages = ("movielite==0.2.2", "pillow==11.3.0")
    scenes, lengths = "AC", (2.0, 8.0)
    lacks = "pictures at whole pixels only; x264 at a rate factor of 21"

    def install(self) -> None:
        super().install()
        for program in ("ffmpeg", "ffprobe"):
            (self.home / "bin" / program).symlink_to(FFMPEG)

    def command(self, order: Path) -> list[str]:
        path = f"PATH={self.home / 'bin'}:{os.environ.get('PATH', os.defpath)}"
        return ["env", path, *super().command(order)]


class Remotion(Peer):
    """Remotion is not open source: it is measured, free of charge as an evaluation, and nothing of it comes with us.

    It needs Node.js and a Chromium, as Debian's packages `nodejs`, `npm` and `chromium` are.
    """

    name = "Remotion 4.0.529"
    scenes, lengths = "ABCD", (1.0, 3.0)
    lacks = ""

    def __init__(self) -> None:
        super().__init__()
        for file in PROGRAMS.joinpath("remotion").iterdir():
            shutil.copy(file, self.home)
        self._publish()
        subprocess.run(["node", "bundle.mjs"], cwd=self.home, check=True, stdout=subprocess.DEVNULL)

    def install(self) -> None:
        shutil.copy(PROGRAMS / "remotion" / "package.json", self.home)
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=self.home, check=True)

    def _publish(self) -> None:
        """What its site may show."""
        named = {url: path for name in NAMES for url, path in files(scene(name)).items()}
        named |= {f"inter-{weight}.ttf": str(FONTS / file) for weight, file in WEIGHTS.items()}
        for url, path in named.items():
            published = self.home / "public" / url
            published.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, published)

    def command(self, order: Path) -> list[str]:
        return ["node", str(self.home / "render.mjs"), str(order)]

    def order(self, template: Template, out: Path) -> dict[str, Any]:
        browser = shutil.which("chromium") or shutil.which("google-chrome")
        if browser is None:
            raise FileNotFoundError("there is no chromium")
        made = {"template": template, "weights": list(WEIGHTS), "out": str(out)}
        return {**made, "site": str(self.home / "site"), "browser": browser, "tabs": os.cpu_count()}


ALL: tuple[type[Peer], ...] = (MoviePy, Movielite, Remotion)
