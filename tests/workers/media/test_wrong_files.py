import re
from pathlib import Path

import pytest
from PIL import Image

from app import tools
from app.tools import TOOLS, AnyTool
from renderer.errors import MediaError
from tests.renderer.filming import record, tone
from tests.workers.media.material import counted, use
from workers.media.tools.chain import function_of

FIELDS: dict[str, dict[str, str]] = {
    "convert": {"outputFormat": "webm"},
    "gif": {"startTime": "0", "duration": "1"},
    "trim-video": {"startTime": "0", "endTime": "1"},
    "resize-video": {"width": "64"},
    "rotate-video": {"rotation": "90"},
    "video-speed": {"speed": "2"},
    "audio-converter": {"outputFormat": "mp3"},
    "trim-audio": {"startTime": "0", "endTime": "1"},
    "image-converter": {"outputFormat": "png"},
    "resize-image": {"width": "9"},
}
EVERY = [tools.from_form(kind, FIELDS.get(name, {})) for name, kind in TOOLS.items()]


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files that no tool can use, under the names of videos."""
    folder = tmp_path_factory.mktemp("wrong")
    secret = counted(folder / "secret.ts")
    contents = {
        "empty": b"",
        "noise": bytes(range(7, 251)) * 20,
        "playlist": f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{secret}\n#EXT-X-ENDLIST\n".encode(),
        "script": f"ffconcat version 1.0\nfile '{secret}'\n".encode(),
        "drawing": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
        "page": b"<!doctype html><title>Not found</title>",
        "cut": counted(folder / "whole.mp4").read_bytes()[:3000],
        "head": b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom",
        "words": b"Please see the attached video.",
    }
    for name, content in contents.items():
        (folder / f"{name}.mp4").write_bytes(content)
    return {name: folder / f"{name}.mp4" for name in contents}


def refusal(source: Path, tool: AnyTool, out: Path) -> str:
    with pytest.raises(MediaError) as caught:
        use(source, out, tool)
    told = caught.value.message
    assert re.fullmatch(r"[A-Z0-9][^\n]{10,300}[.?]", told), told
    assert "/tmp" not in told
    assert "ffmpeg" not in told.lower().replace("ffmpeg concat script", "")
    assert not out.exists()
    return told


@pytest.mark.parametrize("tool", EVERY, ids=tools.name_of)
def test_what_is_no_media_at_all_is_refused_in_a_sentence(
    wrong: dict[str, Path], tmp_path: Path, tool: AnyTool
) -> None:
    for name, path in wrong.items():
        told = refusal(path, tool, tmp_path / "out")
        assert name != "playlist" or "HLS playlist" in told
        assert name != "script" or "concat script" in told


def test_each_tool_says_what_it_needs_instead_of_another_kind(tmp_path: Path) -> None:
    Image.new("RGB", (9, 9)).save(tmp_path / "picture.png")
    files = {
        "image": tmp_path / "picture.png",
        "audio": record(tmp_path / "sound.wav", tone(0.2)),
        "video": counted(tmp_path / "silent.mp4", sound=False),
    }
    for tool in EVERY:
        for kind, path in files.items():
            if kind not in tool.wants():
                refusal(path, tool, tmp_path / "out")
            elif kind == "video" and tool.wants() == ("video", "audio"):
                assert "no sound" in refusal(path, tool, tmp_path / "out")


def test_every_tool_has_its_function() -> None:
    assert {function_of(tool).__name__ for tool in EVERY} == {name.replace("-", "_") for name in TOOLS}
