"""The README's commands for who is asking, run as they stand there."""

import asyncio
import re
from pathlib import Path

from app.storage import lasting_file_url
from tests.api.conftest import KEY, Service
from tests.api.people import registered
from tests.services.uploads import png

README = (Path(__file__).parents[2] / "README.md").read_text()
SECTION = README.partition("\n### Who is asking\n")[2].partition("\n### ")[0]
COMMANDS = [block for block in re.findall(r"```\n(.*?)```", SECTION, re.DOTALL) if "curl" in block]


async def test_each_way_to_ask_works_as_it_is_written(service: Service, tmp_path: Path) -> None:
    await registered("you@example.com")
    asset = (await service.client.post("/v1/assets", content=png())).json()["id"]
    url = lasting_file_url(service.url, f"assets/acc_bootstrap/{asset}.png", secret=service.settings.secret.encode())
    assert len(COMMANDS) == 3
    for commands in COMMANDS:
        shell = await asyncio.create_subprocess_exec(
            *("bash", "-euo", "pipefail", "-c", commands.replace("http://127.0.0.1:8000", service.url)),
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "KEY": KEY, "URL": url},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        told, _ = await shell.communicate()
        assert shell.returncode == 0, (commands, told)
    assert (tmp_path / "video.mp4").read_bytes() == png()
