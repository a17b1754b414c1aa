import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import cv2
import numpy as np
import pytest

from renderer.still_server import MAX_REQUEST, serve
from tests.renderer.filming import film, number_of, numbered

ROOT = Path(__file__).parents[2]
TEMPLATE: dict[str, Any] = {
    "width": 160,
    "height": 90,
    "frame-rate": 10,
    "scenes": [{"duration": 1, "background-color": "#f00"}],
}


class Server:
    """A process of its own, spoken to as the API does."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process, self.requests, self.answers = process, process.stdin, process.stdout

    def ask(self, request: object) -> tuple[dict[str, Any], bytes]:
        return self.send(json.dumps(request).encode())

    def send(self, request: bytes) -> tuple[dict[str, Any], bytes]:
        self.requests.write(len(request).to_bytes(4) + request)
        self.requests.flush()
        return receive(self.answers)


def receive(answers: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    header = json.loads(answers.read(int.from_bytes(answers.read(4))))
    return header, answers.read(header["bytes"])


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    command = [sys.executable, "-m", "renderer", "--serve"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, bufsize=0) as process:
        yield Server(process)
        Server(process).requests.close()
        assert process.wait(10) == 0


def picture(image: bytes) -> np.ndarray[Any, Any]:
    decoded = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded


def test_stills_are_answered_one_after_another(server: Server) -> None:
    for kind, magic in (("jpeg", b"\xff\xd8"), ("png", b"\x89PNG"), ("webp", b"RIFF")):
        header, image = server.ask({"template": TEMPLATE, "time": 0.5, "format": kind, "width": 80})
        assert header == {"bytes": len(image)}
        assert image.startswith(magic)
        assert picture(image).shape == (45, 80, 3)
        assert np.abs(picture(image)[20, 40].astype(int) - (0, 0, 255)).max() <= 3


def test_an_error_is_answered_and_the_next_request_served(server: Server) -> None:
    broken = {**TEMPLATE, "scenes": [{"duration": 1, "background-image": "a.png"}]}
    codes = [
        server.ask({"template": {"scenes": []}})[0]["error"]["code"],
        server.ask({"template": broken, "files": {"a.png": "/nowhere/a.png"}})[0]["error"]["code"],
        server.ask({"nonsense": 1})[0]["error"]["code"],
        server.send(b"no JSON")[0]["error"]["code"],
        server.send(bytes(MAX_REQUEST + 1))[0]["error"]["code"],
    ]
    assert codes == ["invalid_value", "media_missing", "invalid_request", "invalid_request", "invalid_request"]
    assert server.ask({"template": TEMPLATE})[1].startswith(b"\xff\xd8")


def test_a_file_that_changed_is_read_again(server: Server, tmp_path: Path) -> None:
    request = {
        "template": {**TEMPLATE, "scenes": [{"duration": 1, "background-video": "a"}]},
        "files": {"a": str(tmp_path / "a.mp4")},
        "format": "png",
    }
    film(tmp_path / "a.mp4", numbered(3), fps=10)
    assert number_of(picture(server.ask(request)[1])) == 0
    film(tmp_path / "a.mp4", numbered(9)[5:], fps=10)
    assert number_of(picture(server.ask(request)[1])) == 5


def test_any_time_of_the_same_template_is_answered(server: Server, tmp_path: Path) -> None:
    request = {
        "template": {**TEMPLATE, "scenes": [{"duration": 2, "background-video": "a"}]},
        "files": {"a": str(film(tmp_path / "a.mp4", numbered(20), fps=10))},
        "format": "png",
    }
    times = [7, 3, 19, 0, 12]
    assert [number_of(picture(server.ask({**request, "time": n / 10})[1])) for n in times] == times


def test_what_others_print_never_reaches_the_answers(server: Server) -> None:
    complaint = {"type": "text", "text": "x", "font-family": "No Such Font"}
    header, image = server.ask({"template": {**TEMPLATE, "scenes": [{"duration": 1, "objects": [complaint]}]}})
    assert image.startswith(b"\xff\xd8")
    assert "No Such Font" in header["warnings"][0]


def test_a_proof_tells_the_warnings_of_all_texts_and_needs_no_picture(server: Server) -> None:
    long = {"type": "text", "text": "Incomprehensibilities", "width": 20}
    scenes = [
        {"duration": 1},
        {"background-image": "none.jpg", "objects": [{"type": "video", "src": "none.mp4"}, long]},
    ]
    header, image = server.ask({"template": {**TEMPLATE, "scenes": scenes}, "proof": True})
    assert image == b""
    assert all(warning.startswith("scenes[1].objects[1].text: ") for warning in header["warnings"])
    assert "error" not in header
    missing = server.ask({"template": {**TEMPLATE, "fonts": [{"family": "Own", "src": "a.ttf"}]}, "proof": True})[0]
    assert missing["error"]["problems"][0]["path"] == "fonts[0].src"


def test_what_is_warned_of_does_not_depend_on_the_frames_asked_for_before(server: Server) -> None:
    long = {"type": "text", "text": "Incomprehensible", "width": 20, "font-size": 30}
    scenes = [{"duration": 1}, {"duration": 1, "objects": [long]}]
    template = {**TEMPLATE, "scenes": scenes}
    told = [server.ask({"template": template, "time": time})[0]["warnings"] for time in (0, 1.5, 0)]
    assert told[0] == told[1] == told[2] != []


def test_the_end_of_the_requests_ends_the_server() -> None:
    answers = io.BytesIO()
    request = json.dumps({"template": TEMPLATE}).encode()
    serve(io.BytesIO(len(request).to_bytes(4) + request), answers)
    answers.seek(0)
    assert receive(answers)[1].startswith(b"\xff\xd8")
    assert answers.read() == b""
