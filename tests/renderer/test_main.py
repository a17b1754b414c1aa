import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from renderer.__main__ import main
from renderer.order import modification
from renderer.report import failure_of
from tests.renderer.filming import film, numbered

ROOT = Path(__file__).parents[2]
TITLE = {"type": "text", "name": "title", "text": "Hello {{who}}", "font-size": 30}
TEMPLATE: dict[str, Any] = {
    "width": 160,
    "height": 90,
    "frame-rate": 10,
    "variables": {"who": "you"},
    "scenes": [{"name": "Intro", "duration": 0.5, "objects": [TITLE]}],
}


def run(*arguments: object, given: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "renderer", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, input=given, capture_output=True, text=True, check=False)


def written(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value))
    return path


def said(result: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_job_is_drawn_and_told_in_json_lines(tmp_path: Path) -> None:
    clip = film(tmp_path / "elsewhere.mp4", numbered(5), fps=10)
    scene = {"objects": [{"type": "video", "src": "https://example.com/a.mp4"}, TEMPLATE["scenes"][0]["objects"][0]]}
    job = {
        "template": {**TEMPLATE, "scenes": [scene]},
        "files": {"https://example.com/a.mp4": str(clip)},
        "out": str(tmp_path / "out.mp4"),
        "preview": str(tmp_path / "out.jpg"),
        "quality": "medium",
        "ffmpeg": None,
    }
    job["template"]["scenes"][0]["objects"][1] = {**TITLE, "text": "Hello"}  # type: ignore[index]
    result = run("--job", written(tmp_path / "job.json", job), "--json")
    assert result.returncode == 0, result.stderr
    lines = said(result)
    assert [set(line) for line in lines[:-1]] == [{"progress"}] * (len(lines) - 1)
    facts = lines[-1]["result"]
    assert (facts["frames"], facts["duration"], facts["width"], facts["height"]) == (5, 0.5, 160, 90)
    assert facts["bytes"] == (tmp_path / "out.mp4").stat().st_size
    assert (tmp_path / "out.jpg").exists()


def test_an_error_of_the_author_ends_with_code_1_and_says_where(tmp_path: Path) -> None:
    job = {"template": {**TEMPLATE, "scenes": [{"objects": [{"type": "txt"}]}]}, "out": str(tmp_path / "out.mp4")}
    result = run("--job", written(tmp_path / "job.json", job), "--json")
    assert result.returncode == 1
    error = said(result)[-1]["error"]
    assert error["code"] == "invalid_value"
    assert error["problems"][0]["path"].startswith("scenes[0].objects[0]")
    assert str(tmp_path) not in result.stdout


def test_an_error_of_the_machine_ends_with_code_2(tmp_path: Path) -> None:
    job = {"template": TEMPLATE, "out": str(tmp_path / "out.mp4"), "ffmpeg": "/bin/false"}
    job["template"] = {**TEMPLATE, "scenes": [{"duration": 1}]}
    result = run("--job", written(tmp_path / "job.json", job), "--json")
    assert result.returncode == 2
    assert said(result)[-1]["error"]["code"] == "encode_failed"


SHORT_OF_MEMORY = """
import resource, sys
from pathlib import Path
from renderer.__main__ import main

used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (32 << 20), resource.RLIM_INFINITY))
sys.exit(main(sys.argv[1:]))
"""


def test_want_of_memory_is_the_templates_fault_and_says_what_to_change(tmp_path: Path) -> None:
    template = {**TEMPLATE, "width": 4096, "height": 4096}
    job = written(tmp_path / "job.json", {"template": template, "out": str(tmp_path / "out.mp4")})
    command = [sys.executable, "-c", SHORT_OF_MEMORY, "--job", str(job), "--json"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 1, result.stderr
    error = said(result)[-1]["error"]
    assert error["code"] == "out_of_memory"
    assert error["message"].endswith("Use fewer or smaller pictures, videos and shadows.")


def test_opencv_short_of_memory_is_told_alike() -> None:
    with pytest.raises(cv2.error) as refused:
        cv2.copyMakeBorder(np.zeros((1, 1), np.uint8), 0, 2_000_000_000, 0, 2_000_000_000, cv2.BORDER_REPLICATE)
    assert failure_of(refused.value).code == "out_of_memory"
    with pytest.raises(cv2.error) as wrong:
        cv2.resize(np.zeros((0, 0), np.uint8), (2, 2))
    assert failure_of(wrong.value).code == "internal"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    moving = {**TITLE, "text": "x", "keyframes": [{"time": 0, "x": 0}, {"time": 500, "x": 999}]}
    template = {**TEMPLATE, "width": 1280, "height": 720, "scenes": [{"duration": 600, "objects": [moving]}]}
    job = written(tmp_path / "job.json", {"template": template, "out": str(tmp_path / "out.mp4")})
    command = [sys.executable, "-m", "renderer", "--job", str(job), "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "progress" in process.stdout.readline()
        [encoder] = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(process.pid, number)
        last = process.stdout.readlines()[-1]
    assert json.loads(last)["error"]["code"] == "stopped"
    assert process.returncode == 2
    assert not Path(f"/proc/{encoder}").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["job.json"]


def test_a_template_is_drawn_with_the_files_beside_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film(tmp_path / "clip.mp4", numbered(5), fps=10)
    template = {**TEMPLATE, "scenes": [{"objects": [{"type": "video", "src": "clip.mp4"}]}]}
    written(tmp_path / "my.json", template)
    out = tmp_path / "out.mp4"
    assert main([str(tmp_path / "my.json"), "-o", str(out)]) == 0
    assert out.stat().st_size > 500
    said = capsys.readouterr().err.splitlines()[-1]
    assert re.fullmatch(rf"{out}: 0\.5 s, 160x90, 5 frames, \d+ kB in \d+\.\d s", said)


def frame(path: Path, *arguments: str) -> np.ndarray[Any, Any]:
    assert main(["frame", str(path), "-o", str(path.with_suffix(".png")), *arguments]) == 0
    picture = cv2.imread(str(path.with_suffix(".png")))
    assert picture is not None
    return picture


def test_a_person_is_told_what_was_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "my.json", TEMPLATE)
    frame(path, "--width", "80")
    said = capsys.readouterr().err.splitlines()[-1]
    assert re.fullmatch(rf"{path.with_suffix('.png')}: 80x45, \d+ kB in \d+\.\d s", said)


def test_a_picture_tells_what_a_video_would_warn_of(tmp_path: Path) -> None:
    long = {**TITLE, "text": "Incomprehensibilities", "width": 20}
    template = {**TEMPLATE, "scenes": [{"duration": 1, "objects": [long]}]}
    arguments = (written(tmp_path / "a.json", template), "--frame", "0", "--json")
    warned = said(run(*arguments, "-o", tmp_path / "a.png"))[-1]["result"]["warnings"]
    assert warned
    assert all(warning.startswith("scenes[0].objects[0].text: ") for warning in warned)


def test_values_can_be_set_and_data_filled_in(tmp_path: Path) -> None:
    path = written(tmp_path / "my.json", TEMPLATE)
    plain = frame(path)
    assert np.array_equal(plain, frame(path, "--set", "title/text=Hello you"))
    assert not np.array_equal(plain, frame(path, "--set", "Intro/title/text=2024"))
    assert not np.array_equal(plain, frame(path, "--data", str(written(tmp_path / "data.json", {"who": "all"}))))
    red = frame(path, "--set", "Intro//background-color=#f00", "--set", "title/visible=false", "--width", "32")
    assert red.shape == (18, 32, 3)
    assert (red[..., 2] > 250).all()
    assert red[..., :2].max() < 5


def test_embedded_files_are_unpacked(tmp_path: Path) -> None:
    import base64

    image = cv2.imencode(".png", np.full((4, 4, 3), (0, 255, 0), np.uint8))[1].tobytes()
    url = f"data:image/png;base64,{base64.b64encode(image).decode()}"
    template = {**TEMPLATE, "scenes": [{"duration": 1, "background-image": url}]}
    assert frame(written(tmp_path / "my.json", template))[45, 80].tolist() == [0, 255, 0]


def test_mistakes_of_the_author_are_told_in_sentences(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(written(tmp_path / "my.json", TEMPLATE))
    out = ["-o", str(tmp_path / "out.mp4")]
    for arguments, sentence in [
        (["nowhere.json"], "no file and no built-in template"),
        (
            ["travel-lits"],
            'there is no file and no built-in template "travel-lits"; did you mean "travel-list"? Built in: ',
        ),
        ([str(tmp_path)], "is a folder; give the name of a template file in it."),
        (["x" * 5000], "no file and no built-in template"),
        ([path, "--set", "title/spans=[1"], '--set "title/spans=[1": This is not JSON: line 1, column 3: it ends here'),
        (
            [path, "--set", "title/opacity=7"],
            '--set "title/opacity=7": "title" of scene "Intro": expected a number from 0',
        ),
        ([path, "--frame-rate", "0"], "error: --frame-rate: expected frames a second"),
        ([path, "--width", "81"], "error: --width: 81 is odd"),
        ([path, "--set", "nonsense"], "SCENE/OBJECT/PROPERTY=VALUE"),
        ([path, "--set", "titel/text=Hi"], 'did you mean "title"'),
        (
            [path, "--set", "text=Hi"],
            'say which "scene" or "object" is to be changed; of the template itself',
        ),
        ([path, "--frame", "1", "-o", str(tmp_path / "x.bmp")], 'written as .jpg, .jpeg, .png, .webp, not as "x.bmp".'),
        ([path, "-o", str(tmp_path)], "this is a folder"),
        (
            [path, "--frame", "-1", "-o", str(tmp_path / "x.png")],
            "error: --frame: the video is 0.5 s long, so there is no picture at -1 s",
        ),
        (
            [path, "--at", "0.6", "-o", str(tmp_path / "x.png")],
            "error: --at: the video is 0.5 s long, so there is no picture at 0.6 s",
        ),
    ]:
        assert main([*out, *arguments]) == 1
        complaint = capsys.readouterr().err
        assert sentence in complaint
        assert "Traceback" not in complaint


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        *(
            (["frame", "a", "--at", given], f'--at takes seconds such as 2.5, not "{given}"')
            for given in ("0:02", "2,5")
        ),
        (["frame", "a", "--at", ""], '--at takes seconds such as 2.5, not ""'),
        (["frame", "a", "--at", "nan"], '--at takes seconds such as 2.5, not "nan"'),
        (["a", "--frame", "banana"], '--frame takes seconds such as 2.5, not "banana"'),
        (["render", "a", "--width", "abc"], '--width takes pixels such as 640, not "abc"'),
        (["frame", "a", "--att", "2"], 'there is no option --att; did you mean "--at"?'),
        (["frame", "a", "b"], 'one template at a time; "b" is one too many'),
        (["render"], "which template? Give a JSON file, - for stdin, or the name of a built-in one."),
        (["render", "a", "--quality", "fine"], "--quality: invalid choice: 'fine'"),
    ],
)
def test_what_is_not_understood_is_told_without_the_usage(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith(f"error: {sentence}")
    assert "usage" not in told


def test_help_says_what_a_person_may_say(capsys: pytest.CaptureFixture[str]) -> None:
    for word, own, others in (("frame", "--at SECONDS", "--frame-rate"), ("render", "--frame-rate RATE", "--at")):
        with pytest.raises(SystemExit):
            main([word, "--help"])
        told = capsys.readouterr().out
        assert own in told
        assert not any(option in told for option in (others, "--job", "--serve", "--ffmpeg", "--frame "))


def test_a_warning_about_a_setting_names_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame(written(tmp_path / "my.json", TEMPLATE), "--set", "title/shadow-x=4")
    assert 'warning: --set "title/shadow-x=4": it does nothing without shadow-color' in capsys.readouterr().err


def test_each_mistake_is_told_once_in_a_line_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    objects = [{"type": "txt"}, {**TITLE, "text": "Hi", "x": "wide"}]
    path = written(tmp_path / "my.json", {"scenes": [{"objects": objects}]})
    assert main([str(path), "-o", str(tmp_path / "out.mp4")]) == 1
    first, *lines = capsys.readouterr().err.splitlines()
    assert first == "error: 2 mistakes:"
    assert [line.partition(": ")[0] for line in lines] == ["  scenes[0].objects[0].type", "  scenes[0].objects[1].x"]


def test_all_files_that_are_missing_are_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    objects = [{"type": "image", "src": "bay.jpg"}, {"type": "video", "src": "https://example.com/a.mp4"}]
    scene = {"background-image": "asset:sky", "objects": objects}
    path = written(tmp_path / "my.json", {"scenes": [scene]})
    listed = written(tmp_path / "files.json", {"asset:sky": "sky.jpg"})
    assert main([str(path), "-o", str(tmp_path / "out.mp4"), "--files", str(listed)]) == 1
    told = capsys.readouterr().err
    assert '  scenes[0].background-image: there is no file "sky.jpg".\n' in told
    assert '  scenes[0].objects[0].src: there is no file "bay.jpg" beside the template.\n' in told
    assert "  scenes[0].objects[1].src: https://example.com/a.mp4 is not fetched here; --files says" in told


def test_a_picture_that_cannot_be_written_is_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(written(tmp_path / "my.json", TEMPLATE))
    assert main(["frame", path, "-o", f"/proc/{'x' * 300}.png"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: The picture could not be written: ")
    assert "Traceback" not in told


def test_a_setting_names_scene_object_and_property() -> None:
    assert modification("Intro/title/font-size=80") == {"scene": "Intro", "object": "title", "font-size": 80}
    assert modification("title/text=80") == {"object": "title", "text": "80"}
    assert modification("Intro//duration=2.5") == {"scene": "Intro", "duration": 2.5}
    assert modification("a/color=#fff") == {"object": "a", "color": "#fff"}
    assert modification("loudness=-14") == {"loudness": -14}
    assert modification("a/text=x=y") == {"object": "a", "text": "x=y"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--data", "no.json"], "--data no.json: No such file or directory."),
        (["--data", "broken.json"], "--data broken.json: This is not JSON"),
        (["--data", "twice.json"], 'error: --data twice.json: The name "a" stands twice in one object of the JSON.'),
        (["broken.json"], "broken.json: This is not JSON: line 1, column 2: it ends here"),
        (["--files", "list.json"], "--files: expected an object of addresses and paths."),
        (["-o", "no/such/folder.mp4"], '-o no/such/folder.mp4: there is no folder "no/such".'),
        (["-o", "film.avi"], 'A video is written as .mp4, .webm, .gif, not as "film.avi".'),
    ],
)
def test_a_wrong_file_on_the_command_line_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("broken.json").write_text("{")
    Path("twice.json").write_text('{"b": [{"a": 1, "c": {"a": 2}, "a": 3}]}')
    Path("list.json").write_text("[]")
    Path("my.json").write_text('{"scenes": [{"duration": 1}]}')
    assert main(["render", *([] if arguments[0] == "broken.json" else ["my.json"]), *arguments]) == 1
    told = capsys.readouterr().err
    assert says in told
    assert "Traceback" not in told
