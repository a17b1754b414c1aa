from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renderer.errors import TemplateError
from renderer.format.template import parse
from renderer.format.timeline import Durations, Timeline, check_times, frame_of, seconds_of, window


def timeline(*scenes: dict[str, Any], durations: Durations | None = None, **template: Any) -> Timeline:
    return Timeline.build(parse({"scenes": list(scenes), **template}), durations or {})


def lasting(seconds: float, fade: float | None = None, **scene: Any) -> dict[str, Any]:
    transition = {} if fade is None else {"transition": {"type": "fade", "duration": fade, "easing": "linear"}}
    return {"duration": seconds, **transition, **scene}


def video(**properties: Any) -> dict[str, Any]:
    return {"type": "video", "src": "a.mp4", **properties}


def test_scenes_follow_one_another_without_a_gap() -> None:
    line = timeline(lasting(2), lasting(3), lasting(1))
    assert [(span.first, span.end) for span in line.spans] == [(0, 60), (60, 150), (150, 180)]
    assert (line.frames, line.duration) == (180, 6)


def test_a_transition_overlaps_the_scene_before() -> None:
    line = timeline(lasting(2), lasting(3, fade=0.5))
    assert [(span.first, span.end, span.overlap) for span in line.spans] == [(0, 60, 0), (45, 135, 15)]
    assert (line.spans[1].start, line.spans[1].fade, line.duration) == (1.5, 0.5, 4.5)


def test_in_a_transition_two_scenes_play_each_at_its_own_time() -> None:
    line = timeline(lasting(2), lasting(3, fade=0.5))
    before, during, after = line.at(44), line.at(51), line.at(60)
    assert [(playing.span.index, playing.frame) for playing in before.scenes] == [(0, 44)]
    assert [(playing.span.index, playing.frame) for playing in during.scenes] == [(0, 51), (1, 6)]
    assert [(playing.span.index, playing.frame) for playing in after.scenes] == [(1, 15)]
    assert during.transition is not None
    assert during.progress == 6 / 15
    assert [playing.time for playing in during.scenes] == [1.7, 0.2]
    assert (before.transition, after.transition, after.progress) == (None, None, 1)


def test_the_progress_of_a_transition_follows_its_easing() -> None:
    scene = {"duration": 2, "transition": {"type": "wipe", "duration": 1, "easing": "ease-in-quad"}}
    assert timeline(lasting(2), scene).at(45).progress == 0.25


def test_the_first_scene_comes_in_over_nothing() -> None:
    line = timeline(lasting(2, fade=0.5), lasting(1))
    first = line.at(0)
    assert [playing.span.index for playing in first.scenes] == [0]
    assert first.transition is not None
    assert first.progress == 0
    assert line.duration == 3


@pytest.mark.parametrize("frame", [-1, 60, 10_000])
def test_frames_outside_the_video_do_not_exist(frame: int) -> None:
    with pytest.raises(IndexError):
        timeline(lasting(2)).at(frame)


@pytest.mark.parametrize(
    ("seconds", "fps", "frame"),
    [
        (0.1, "30", 3),
        (0.7, "30", 21),
        (0.05, "30", 2),
        (0.0166, "30", 0),
        (1.001, "30000/1001", 30),
        (3600, "30000/1001", 107_892),
        (0.3, "10", 3),
    ],
)
def test_a_time_becomes_the_nearest_frame_and_of_two_the_later(seconds: float, fps: str, frame: int) -> None:
    assert frame_of(seconds, Fraction(fps)) == frame


def test_many_odd_durations_do_not_drift() -> None:
    line = timeline(*[lasting(0.1)] * 200, **{"frame-rate": 29.97})
    assert line.frames == round(20 * 30000 / 1001)
    assert {span.frames for span in line.spans} == {3, 2} or {span.frames for span in line.spans} == {3}


@pytest.mark.parametrize(
    ("scene", "durations", "seconds"),
    [
        ({}, {}, 5),
        ({"objects": [{"type": "circle"}]}, {}, 5),
        ({"objects": [{"type": "circle", "duration": 2}, {"type": "circle", "start": 1, "duration": 3}]}, {}, 4),
        ({"objects": [video()]}, {"a.mp4": 7.5}, 7.5),
        ({"objects": [video()]}, {"a.mp4": None}, 5),
        ({"objects": [video()]}, {}, 5),
        ({"objects": [video()]}, {"a.mp4": float("inf")}, 5),
        ({"objects": [video(start=1, **{"trim-start": 2})]}, {"a.mp4": 7.5}, 6.5),
        ({"objects": [video(**{"trim-start": 2, "trim-end": 5})]}, {"a.mp4": 7.5}, 3),
        ({"objects": [video(**{"trim-start": 2, "trim-end": 5})]}, {}, 3),
        ({"objects": [video(**{"trim-end": 50})]}, {"a.mp4": 7.5}, 7.5),
        ({"objects": [video(**{"trim-start": 9})]}, {"a.mp4": 7.5}, 5),
        ({"objects": [video(loop=True)]}, {"a.mp4": 7.5}, 5),
        ({"objects": [video(loop=True, duration=9)]}, {"a.mp4": 7.5}, 9),
        ({"objects": [video(visible=False)]}, {"a.mp4": 7.5}, 5),
        ({"objects": [{"type": "audio", "src": "a.mp3"}, {"type": "circle", "duration": 1}]}, {"a.mp3": 3}, 3),
        ({"objects": [{"type": "group", "start": 1, "objects": [video(start=2)]}]}, {"a.mp4": 4}, 7),
        ({"objects": [{"type": "group", "duration": 2, "objects": [video()]}]}, {"a.mp4": 4}, 2),
        ({"background-video": "a.mp4"}, {"a.mp4": 3.2}, 3.2),
        ({"duration": 2, "objects": [video()]}, {"a.mp4": 9}, 2),
    ],
)
def test_an_automatic_duration_is_that_of_what_ends_last(scene, durations: Durations, seconds: float) -> None:
    assert timeline(scene, durations=durations).duration == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("scenes", "path", "sentence"),
    [
        (
            [lasting(1), lasting(5, fade=2)],
            "scenes[1].transition.duration",
            "the transition takes 2 s, longer than the scene before, which lasts 1 s",
        ),
        (
            [lasting(5), lasting(1, fade=2)],
            "scenes[1].transition.duration",
            "the transition takes 2 s, longer than this scene, which lasts 1 s",
        ),
        (
            [lasting(5), lasting(2, fade=1.5), lasting(5, fade=1)],
            "scenes[1]",
            "the transitions into this scene (1.5 s) and the next (1 s) do not fit into its 2 s",
        ),
        ([lasting(0.01)], "scenes[0].duration", "0.01 s is shorter than a frame (0.0333333 s)"),
        ([lasting(3600), lasting(1)], "scenes", "together they last 3601 s; at most 3600 s are allowed"),
    ],
)
def test_times_that_do_not_fit_are_refused(scenes: list[dict[str, Any]], path: str, sentence: str) -> None:
    template = parse({"scenes": scenes})
    for check in (check_times, lambda one: Timeline.build(one, {})):
        with pytest.raises(TemplateError) as caught:
            check(template)
        assert caught.value.problems[0].path == path
        assert sentence in caught.value.message


def test_what_depends_on_media_is_judged_when_the_media_is_known() -> None:
    template = parse({"scenes": [{"objects": [video()]}, lasting(8, fade=6)]})
    check_times(template)
    assert Timeline.build(template, {"a.mp4": 7}).duration == 9
    with pytest.raises(TemplateError, match="the scene before, which lasts 5 s"):
        Timeline.build(template, {})


def test_media_of_hours_is_refused_as_too_long() -> None:
    with pytest.raises(TemplateError) as caught:
        timeline({"objects": [video()]}, durations={"a.mp4": 10_000})
    assert caught.value.code == "template_too_large"


@pytest.mark.parametrize(
    ("start", "duration", "frames", "expected"),
    [
        (0, None, 90, (0, 90)),
        (0.5, 1, 90, (15, 45)),
        (2.5, 1, 90, (75, 90)),
        (9, 1, 90, (270, 270)),
        (0.1, 0.2, 90, (3, 9)),
    ],
)
def test_an_object_is_there_for_whole_frames(start: float, duration, frames: int, expected: tuple[int, int]) -> None:
    raw = {"type": "circle", "start": start, **({} if duration is None else {"duration": duration})}
    obj = parse({"scenes": [{"objects": [raw]}]}).scenes[0].objects[0]
    assert window(obj, frames, Fraction(30)) == expected


def test_a_time_finds_the_frame_on_the_screen() -> None:
    line = timeline(lasting(2))
    assert [line.frame_at(t) for t in (-1, 0, 0.033, 0.034, 0.1, 1.99, 2, 99)] == [0, 0, 0, 1, 3, 59, 59, 59]


@given(
    st.lists(st.tuples(st.integers(2, 300), st.integers(0, 100)), min_size=1, max_size=8),
    st.sampled_from([1, 24, 25, 29.97, 30, 59.94, 120]),
)
@settings(deadline=None)
def test_every_frame_shows_one_or_two_neighbouring_scenes_and_time_only_goes_on(
    lengths: list[tuple[int, int]], fps: float
) -> None:
    seconds = [halves / 2 for halves, _ in lengths]
    shorter = [min(pair) for pair in zip(seconds[:1] + seconds, seconds, strict=False)]
    fades = [least * share / 200 for least, (_, share) in zip(shorter, lengths, strict=True)]
    scenes = [lasting(length, fade=fade or None) for length, fade in zip(seconds, fades, strict=True)]
    line = timeline(*scenes, **{"frame-rate": fps})
    assert line.spans[0].first == 0
    for before, after in pairwise(line.spans):
        assert before.end - after.overlap == after.first
    for frame in {0, line.frames - 1, *(span.first for span in line.spans), *(span.end - 1 for span in line.spans)}:
        moment = line.at(frame)
        assert 1 <= len(moment.scenes) <= 2
        for playing in moment.scenes:
            assert 0 <= playing.frame < playing.span.frames
            assert playing.time == seconds_of(frame - playing.span.first, line.fps)
