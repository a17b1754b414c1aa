"""FastClip's minimal example as the README has it: from a file to its clip, by the commands that stand there."""

import asyncio
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from tests.faults.harness import Yard
from tests.faults.test_serve import client

README = (Path(__file__).parents[2] / "README.md").read_text()
SECTION = README.partition("\n### FastClip dialect\n")[2].partition("\n### ")[0]
[EXAMPLE] = re.findall(r"```\n(# 1\).*?)```", SECTION, re.DOTALL)
STEPS = re.split(r"\n(?=# \d\))", EXAMPLE)


class Reader:
    """Somebody who copies commands and puts in what the answers before said."""

    def __init__(self, yard: Yard, folder: Path) -> None:
        self._yard, self._folder = yard, folder
        self._known = {"http://127.0.0.1:8000": yard.settings.base_url}

    def learn(self, placeholder: str, value: str) -> None:
        self._known[placeholder] = value

    async def run(self, step: str) -> str:
        for placeholder, value in self._known.items():
            step = step.replace(placeholder, value)
        shell = await asyncio.create_subprocess_exec(
            *("bash", "-euo", "pipefail", "-c", step),
            cwd=self._folder,
            env={"PATH": "/usr/bin:/bin", "KEY": self._yard.settings.bootstrap_key},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        told, _ = await shell.communicate()
        assert shell.returncode == 0, (step, told)
        return told.decode()

    async def told(self, step: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(await self.run(step))
        return answer

    async def polled(self, step: str, wanted: str) -> dict[str, Any]:
        async with asyncio.timeout(60):
            while (told := await self.told(step))["status"] != wanted:
                assert told["status"] != "failed", told
                await asyncio.sleep(0.2)
        return told


@pytest.mark.slow
async def test_the_example_makes_a_clip_of_a_file(embedded: Yard, tmp_path: Path) -> None:
    source = tmp_path / "source.mp4"
    pictures = ("-f", "lavfi", "-i", "testsrc2=size=128x72:rate=10:duration=45")
    command = (
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        *pictures,
        "-g",
        "50",
        "-pix_fmt",
        "yuv420p",
        str(source),
    )
    await asyncio.to_thread(subprocess.run, command, check=True)
    embedded.start("app.cli", "serve")
    reader = Reader(embedded, tmp_path)
    reader.learn("734003200", str(source.stat().st_size))
    async with client(embedded) as session:
        upload = await reader.told(STEPS[0])
        reader.learn("https://...presigned...", upload["upload_url"])
        reader.learn("upl_a1b2c3d4e5f6", upload["file_id"])
        await reader.run(STEPS[1])
        assert (await reader.polled(STEPS[2], "ready"))["duration"] == pytest.approx(45, abs=0.2)
        reader.learn("job_123", (await reader.told(STEPS[3]))["job_id"])
        clip = await reader.polled(STEPS[4], "complete")
        assert (clip["file_name"], clip["duration"]) == ("source_0-12-0-42.mp4", pytest.approx(30, abs=0.2))
        assert (await session.get(clip["download_url"])).content[4:8] == b"ftyp"
        assert (await session.get(clip["share_url"], headers={"Authorization": ""})).status_code == 200
        for part in ("status", "progress", "status_message", "download_url", "format", "quality", "aspect_ratio"):
            assert clip[part] is not None, part
    assert len(STEPS) == 5
