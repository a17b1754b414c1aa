"""The file a caller wants of a template: another size, frame rate, format or quality."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from renderer.composition import Composition
from renderer.encoding.ffmpeg import to_gif
from renderer.errors import EncodeError, Stopped, TemplateError
from renderer.format.output import OutputOptions, check_length, with_output
from renderer.format.template import Template, parse, to_builtins
from renderer.recipe import Recipe
from renderer.render import render
from tests.renderer.stills import painter_of

SCENE = {
    "duration": 1,
    "background-color": "linear-gradient(90deg, #123, #fc8)",
    "objects": [
        {
            "type": "group",
            "x": 40,
            "y": 20,
            "width": 200,
            "height": 120,
            "objects": [
                {
                    "type": "rectangle",
                    "width": "50%",
                    "height": 60,
                    "background-color": "#e33",
                    "border-width": 6,
                    "border-radius": 20,
                    "shadow-color": "#000",
                    "shadow-blur": 10,
                    "shadow-y": 8,
                }
            ],
            "keyframes": [{"time": 0, "x": 0}, {"time": 1, "x": 80}],
        },
        {"type": "text", "text": "Sized", "x": 150, "y": 90, "font-size": 60, "letter-spacing": 2, "font-weight": 800},
    ],
}
RAW = {"width": 400, "height": 240, "frame-rate": 30, "scenes": [SCENE]}


def wanted(raw: dict[str, Any] = RAW, **options: Any) -> Template:
    return with_output(parse(raw), OutputOptions(**options))


def drawn(template: Template, frame: int = 15) -> np.ndarray:
    painter, timeline = painter_of(to_builtins(template))
    target = np.zeros((template.height, template.width, 4), np.uint8)
    painter.draw(timeline.at(frame), target)
    return target[:, :, :3]


def test_a_template_as_it_is_stays_as_it_is() -> None:
    assert wanted() == parse(RAW)


@pytest.mark.parametrize("width", [200, 800, 1200])
def test_another_size_shows_the_same_picture_drawn_anew(width: int) -> None:
    resized = wanted(width=width)
    assert (resized.width, resized.height) == (width, width * 240 // 400)
    here, there = drawn(parse(RAW)), cv2.resize(drawn(resized), (400, 240), interpolation=cv2.INTER_AREA)
    assert np.abs(here.astype(int) - there).mean() < 1.5
    assert parse(to_builtins(resized)) == resized, "it can be written and read again"


def test_the_other_side_follows_and_is_even() -> None:
    for options, size in (({"height": 120}, (200, 120)), ({"width": 130}, (130, 78)), ({"height": 130}, (216, 130))):
        template = wanted(**options)
        assert (template.width, template.height) == size


@pytest.mark.parametrize("width", [426, 560, 854])
def test_what_reaches_from_edge_to_edge_still_does(width: int) -> None:
    sheet = {"type": "rectangle", "width": 1920, "height": 1080, "background-color": "#000"}
    scene = {"duration": 1, "background-color": "#fff", "objects": [sheet]}
    assert drawn(wanted({"width": 1920, "height": 1080, "scenes": [scene]}, width=width), 0).max() == 0


def test_lengths_in_percent_and_em_are_not_scaled_twice() -> None:
    text = {"type": "text", "text": "x", "x": "50%", "letter-spacing": "0.1em", "width": "40vw", "font-size": "10vmin"}
    raw = {"width": 400, "height": 240, "scenes": [{"objects": [text]}]}
    (resized,), (own,) = (template.scenes[0].objects for template in (wanted(raw, width=800), parse(raw)))
    for name in ("x", "letter_spacing", "width", "font_size"):
        assert getattr(resized, name) == getattr(own, name)


@pytest.mark.parametrize(
    ("asked", "rate"), [(24, 24), (29.97, Fraction(30000, 1001)), ("24000/1001", Fraction(24000, 1001))]
)
def test_another_frame_rate_keeps_the_times(asked: Any, rate: Fraction) -> None:
    template = wanted(frame_rate=asked)
    assert template.frame_rate == rate
    assert template.scenes[0].duration == 1


@pytest.mark.parametrize(
    ("options", "path", "says"),
    [
        ({"width": 201}, "output.width", "201 is odd, and video needs even sizes: use 200 or 202"),
        ({"width": 400, "height": 400}, "output.height", "400 x 400 has another shape, the template is 400 x 240"),
        ({"height": 4000}, "output.height", "this makes 6666 x 4000"),
        ({"frame_rate": 500}, "output.frame_rate", "frames a second from 1 to 120"),
        ({"frame_rate": "fast"}, "output.frame_rate", "frames a second from 1 to 120"),
        ({"format": "gif", "width": 1600}, "output.width", "a GIF has at most 1280 pixels a side"),
        ({"format": "gif", "frame_rate": 60}, "output.frame_rate", "a GIF has at most 50 frames a second"),
    ],
)
def test_what_cannot_be_had_is_said_with_its_place(options: dict[str, Any], path: str, says: str) -> None:
    with pytest.raises(TemplateError) as caught:
        wanted(**options)
    (problem,) = caught.value.problems
    assert problem.path == path
    assert says in problem.message


def test_a_long_gif_is_refused() -> None:
    check_length(OutputOptions(format="mp4"), 3000)
    check_length(OutputOptions(format="gif"), 30)
    with pytest.raises(TemplateError, match="at most 30 seconds, not 31; use mp4 or webm"):
        check_length(OutputOptions(format="gif"), 31)


@pytest.mark.parametrize(("kind", "codec", "frames"), [("mp4", "h264", 30), ("webm", "vp9", 30), ("gif", "gif", 15)])
def test_each_format_shows_the_same_video(tmp_path: Path, kind: Any, codec: str, frames: int) -> None:
    template, out = wanted(format=kind), tmp_path / f"video.{kind}"
    made = render(Recipe(template, {}, format=kind), out, on_progress=lambda _: None, stop=lambda: False)
    with av.open(str(out)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.width, stream.height) == (codec, 400, 240)
        pictures = [picture.to_ndarray(format="bgr24") for picture in container.decode(stream)]
    assert (made.frames, made.bytes, made.duration) == (frames, out.stat().st_size, 1.0)
    assert len(pictures) == frames
    with Composition(template, {}) as composition:
        expected = composition.draw(frames // 2)[:, :, :3].astype(int)
    assert np.abs(pictures[frames // 2] - expected).mean() < 6
    assert [path.name for path in tmp_path.iterdir()] == [out.name], "nothing is left beside it"


def test_a_gif_that_turns_out_too_long_is_refused_before_it_is_drawn(tmp_path: Path) -> None:
    template = parse({"width": 64, "height": 36, "scenes": [{"duration": 31}]})
    with pytest.raises(TemplateError, match="at most 30 seconds"):
        render(Recipe(template, {}, "gif"), tmp_path / "a.gif", on_progress=lambda _: None, stop=lambda: False)
    assert list(tmp_path.iterdir()) == []


def test_a_gif_that_cannot_be_made_is_told_without_our_paths(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"no film" * 1000)
    with pytest.raises(EncodeError) as caught:
        to_gif(tmp_path / "film.mp4", tmp_path / "film.gif", lambda: False)
    assert caught.value.message.startswith("The video could not be encoded. ")
    assert str(tmp_path) not in caught.value.message


def test_a_gif_is_given_up_when_it_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        to_gif(tmp_path / "film.mp4", tmp_path / "film.gif", lambda: True)
