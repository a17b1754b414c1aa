"""What is promised of every built-in template, and a few things of the travel list alone."""

import re
import subprocess
from collections.abc import Callable
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import cv2
import imageio_ffmpeg
import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from renderer.composition import Composition
from renderer.drawing.geometry import Rect
from renderer.drawing.sizes import needs
from renderer.format.gradients import Gradient
from renderer.format.modifications import apply
from renderer.format.objects import AnyObject, Audio, Group, Image, Picture, Text, Video
from renderer.format.output import OutputOptions, with_output
from renderer.format.template import Scene, Source, Template, load, parse, sources, walk
from renderer.format.timeline import Timeline, seconds_of
from renderer.format.values import Fill, parse_fill
from renderer.media.probe import probe
from renderer.text.layout import TextLayout
from tests.renderer.placing import Placed, area, texts
from tests.renderer.stills import write_picture

VIDEOS = Path(__file__).parents[2] / "templates" / "videos"
TEMPLATES = {path.stem: path for path in sorted(VIDEOS.glob("*.json"))}
BYTES = {".jpg": 700_000, ".png": 700_000, ".mp4": 3_000_000, ".m4a": 350_000}
SMALL = 384  # pixels of the longer side of what is drawn here
CLEAR = parse_fill("#0000")
DESCENT = 0.1  # font sizes: descenders and accents may leave a box whose lines are set tight

DECORATIVE = {  # texts that nobody replaces, by template and path
    "quote": {"Scene 1/mark": "the quotation mark, a drawing made with a font"},
    "event-countdown": {
        f"Countdown/{unit}-window/{unit}-roll": "figures that roll past before the one that counts"
        for unit in ("days", "hours", "minutes")
    },
}
GLANCED_AT = {  # texts that are shown for less time than reading takes, by template and path
    "event-countdown": {f"Final/{figure}": "a beat of the countdown" for figure in ("three", "two", "one")},
}
SILENT = {"lower-third": "it lies over a person who speaks"}

SCENES = ("Scene 1", "Scene 2", "Scene 3", "Scene 4")
TITLES = ("3 Asia Cities to Visit in 2026", "Tashkent", "Penang", "Siem Reap")
PHOTO = "https://images.example/photos/2132126/photo.jpeg?_gl=1*14tqfli*_ga*MTg4MDE1"
LONG = "Everything that we saw, ate and learned on the slow road from Samarkand to Kyoto"
WORD = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"

Pixels = NDArray[np.uint8]


@cache
def built_in(name: str) -> Any:
    return load(TEMPLATES[name].read_bytes())


@cache
def template_of(name: str) -> Template:
    return parse(built_in(name))


@cache
def all_texts(name: str) -> list[Placed]:
    return texts(template_of(name))


def texts_to_replace(name: str) -> list[Placed]:
    return [text for text in all_texts(name) if str(text) not in DECORATIVE.get(name, {})]


@pytest.fixture(params=TEMPLATES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=["white", "black"])
def plain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The brightest and the darkest photograph there can be."""
    grey = 255 if request.param == "white" else 0
    path = tmp_path_factory.mktemp("plain") / f"{request.param}.png"
    return write_picture(path, np.full((90, 160, 3), grey, np.uint8))


def with_objects(template: Template, change: Callable[[AnyObject], AnyObject]) -> Template:
    """The template with every object changed, those in groups first."""

    def changed(obj: AnyObject) -> AnyObject:
        inner = replace(obj, objects=tuple(map(changed, obj.objects))) if isinstance(obj, Group) else obj
        return change(inner)

    scenes = (replace(scene, objects=tuple(map(changed, scene.objects))) for scene in template.scenes)
    return replace(template, scenes=tuple(scenes))


def without_letters(obj: AnyObject) -> AnyObject:
    """Only what lies behind a text stays: its panel too."""
    if not isinstance(obj, Text):
        return obj
    return replace(obj, color=CLEAR, stroke_width=type(obj.stroke_width)())


def still_pictures(obj: AnyObject) -> AnyObject:
    """A video as a picture in its place."""
    if not isinstance(obj, Video):
        return obj
    return Image(**{field: getattr(obj, field) for field in Picture.__struct_fields__ if field != "keyframes"})


def small(template: Template) -> Template:
    side = "width" if template.width >= template.height else "height"
    return with_output(template, OutputOptions(**{side: SMALL}))


def files_of(template: Template) -> dict[str, Path]:
    return {source.url: VIDEOS / source.url for source in sources(template)}


def is_place(source: Source) -> bool:
    """Whether a user puts a picture there: what has holes is artwork."""
    return source.kind in ("image", "video") and not source.url.endswith(".png")


def luminance(pixels: NDArray[Any]) -> NDArray[np.float64]:
    """Relative luminance by WCAG 2.2 of sRGB values of 0 to 255."""
    srgb = pixels / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


def inks(fill: Fill) -> NDArray[np.float64]:
    """Luminances of the colours of a text."""
    colours = [stop.color for stop in fill.stops] if isinstance(fill, Gradient) else [fill]
    return luminance(np.array([colour.rgba[:3] for colour in colours]) * 255)  # type: ignore[attr-defined]


def contrast(ink: NDArray[np.float64], paper: NDArray[np.float64]) -> float:
    """Of the colour that is worst on nearly all of the paper: a thin line of a pattern may be nearer to it."""
    bright, dark = np.maximum(ink[:, None], paper), np.minimum(ink[:, None], paper)
    return float(np.percentile((bright + 0.05) / (dark + 0.05), 2, axis=1).min())


# What holds for every template.


def test_a_built_in_template_is_valid_and_has_all_its_files(name: str) -> None:
    template = template_of(name)
    assert template.title
    for source in sources(template):
        assert (VIDEOS / source.url).is_file(), source


def test_the_files_of_a_built_in_template_are_small(name: str) -> None:
    for source in sources(template_of(name)):
        path = VIDEOS / source.url
        assert path.stat().st_size <= BYTES[path.suffix], source.url


def test_no_file_lies_in_the_media_folder_that_no_template_uses() -> None:
    used = {VIDEOS / source.url for name in TEMPLATES for source in sources(template_of(name))}
    assert {path for path in (VIDEOS / "media").rglob("*") if path.is_file()} - used == set()


def test_the_pictures_of_a_built_in_template_are_never_enlarged(name: str) -> None:
    template = template_of(name)
    boxes = needs(template)
    for source in (s for s in sources(template) if s.kind == "image"):
        height, width = cv2.imread(str(VIDEOS / source.url), cv2.IMREAD_UNCHANGED).shape[:2]
        box = boxes[source.path]
        enlarged = (min if box.fit == "contain" else max)(box.width / width, box.height / height)
        assert enlarged <= 1.001, (source, (width, height), box)


def test_scenes_and_what_users_change_have_names(name: str) -> None:
    template = template_of(name)
    assert all(scene.name for scene in template.scenes)
    for path, obj in walk(template):
        assert obj.name or not isinstance(obj, Text | Image | Video | Audio), path
        assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", obj.name or "none"), (path, obj.name)


def test_a_built_in_template_lasts_six_to_sixteen_seconds(name: str) -> None:
    assert 6 <= Timeline.build(template_of(name), {}).duration <= 16


def test_every_text_has_a_box_that_it_shrinks_into(name: str) -> None:
    for text in texts_to_replace(name):
        assert text.text.width is not None, str(text)
        assert text.text.height is not None, str(text)
        assert text.text.autofit == "shrink", str(text)


@pytest.mark.parametrize("words", ["Ely", LONG, WORD], ids=["3 letters", "80 letters", "one long word"])
def test_short_and_long_texts_stay_in_their_box(name: str, words: str) -> None:
    """A word that is too long for a line at the smallest size is cut: letters too small to read help nobody."""
    layouts = {str(text): text.resting()[1].layout(words) for text in texts_to_replace(name)}
    assert {label: out for label, layout in layouts.items() if (out := beyond(layout)) > DESCENT} == {}


def beyond(layout: TextLayout) -> float:
    """How far letters stick out of their box, in font sizes."""
    ink = layout.ink
    across = max(-ink.x, ink.x + ink.width - layout.width)
    return max(across, -ink.y, ink.y + ink.height - layout.height) / layout.size


def test_the_boxes_of_texts_lie_on_the_canvas_and_clear_of_the_buttons_of_an_app(name: str) -> None:
    template = template_of(name)
    across, down = (0.88, 0.84) if template.height > template.width else (1, 1)
    free = Rect(0, 0, template.width * across, template.height * down)
    seen = {str(text): text.resting()[1] for text in texts_to_replace(name)}
    assert {label: s.box for label, s in seen.items() if not within(s.box, s.window.meet(free))} == {}


def within(inner: Rect, outer: Rect) -> bool:
    """But for a pixel: places at rest may be fractions."""
    return inner.union(outer.outset(1)) == outer.outset(1)


def test_the_boxes_of_texts_that_show_together_do_not_overlap(name: str) -> None:
    pairs = combinations(texts_to_replace(name), 2)
    assert [(str(one), str(other)) for one, other in pairs if one.span == other.span and meeting(one, other)] == []


def meeting(one: Placed, other: Placed) -> bool:
    """Whether their boxes overlap while both can be read."""
    pairs = ((one.at(frame), other.at(frame)) for frame in range(0, one.span.frames, 5))
    boxes = [(a.box.meet(a.window), b.box.meet(b.window)) for a, b in pairs if a and b and a.readable and b.readable]
    return any(area(a.meet(b)) > 0 for a, b in boxes)


def test_every_text_can_be_read_before_it_leaves(name: str) -> None:
    read = {str(text): text for text in texts_to_replace(name) if str(text) not in GLANCED_AT.get(name, {})}
    times = {label: (seconds_to_read(text), 1.2 + 0.25 * len(text.text.text.split())) for label, text in read.items()}
    assert {label: time for label, time in times.items() if time[0] < time[1] - 1e-9} == {}


def seconds_to_read(text: Placed) -> float:
    """From the middle of the transition into its scene to the middle of the one out of it."""
    frames = (text.at(frame) for frame in text.most)
    return seconds_of(sum(seen is not None and seen.readable for seen in frames), text.span.fps)


def test_texts_keep_their_contrast_over_any_picture(name: str, plain: Path) -> None:
    template = small(template_of(name))
    places = {source.url for source in sources(template) if is_place(source)}
    bare = with_objects(with_objects(template, still_pictures), without_letters)
    files = files_of(template) | dict.fromkeys(places, plain)
    found = {}
    with Composition(bare, files) as composition:
        for text in (text for text in texts(template) if str(text) not in DECORATIVE.get(name, {})):
            frame, seen = text.resting()
            picture = composition.draw(text.span.first + frame)[:, :, 2::-1]
            papers = [paper for words in (text.text.text, LONG) for paper in seen.behind(words, picture)]
            found[str(text)] = min(contrast(inks(seen.text.color), luminance(paper)) for paper in papers)
    assert {label: round(got, 2) for label, got in found.items() if got < 4.5} == {}


def drawn(template: Template, *frames: int) -> list[Pixels]:
    with Composition(template, files_of(template)) as composition:
        pictures = [composition.draw(frame % composition.timeline.frames)[:, :, :3].copy() for frame in frames]
        assert composition.warnings == ()
    return pictures


def test_a_built_in_template_is_drawn_without_a_warning(name: str) -> None:
    template = small(template_of(name))
    drawn(template, *(span.first + span.frames // 2 for span in Timeline.build(template, {}).spans))


def test_the_first_frame_is_not_empty(name: str) -> None:
    (first,) = drawn(small(template_of(name)), 0)
    ground = np.median(first.reshape(-1, 3), axis=0)
    assert np.mean(np.abs(first - ground).max(axis=2) > 24) > 0.05


def test_the_last_frame_shows_text(name: str) -> None:
    template = small(template_of(name))
    (whole,), (bare,) = drawn(template, -1), drawn(with_objects(template, without_letters), -1)
    assert np.mean(np.abs(whole.astype(int) - bare).max(axis=2) > 60) > 0.002


def test_the_bed_lasts_as_long_as_the_pictures_at_the_loudness_of_a_background(name: str) -> None:
    template = template_of(name)
    assert len(template.audio) == (name not in SILENT)
    for bed in template.audio:
        assert (bed.fade_in, bed.fade_out) == (0.3, 0.3)
        length = Timeline.build(template, {}).duration
        assert length <= (probe(VIDEOS / bed.src).duration or 0) <= length + 2
        loudness, peak = measured(VIDEOS / bed.src)
        assert loudness == pytest.approx(-18, abs=1)
        assert peak <= -1.5


def measured(sound: Path) -> tuple[float, float]:
    """Loudness in LUFS and true peak in dBTP."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(sound), "-af", "ebur128=peak=true", "-f", "null", "-"]
    summary = subprocess.run(command, capture_output=True, text=True, check=True).stderr.rpartition("Summary:")[2]
    loudness, peak = (float(re.findall(rf"{word}:\s+(-?[\d.]+) ", summary)[0]) for word in ("I", "Peak"))
    return loudness, peak


@pytest.mark.parametrize("listed", [DECORATIVE, GLANCED_AT], ids=["decorative", "glanced at"])
def test_every_exception_is_one_of_a_text_that_exists(listed: dict[str, dict[str, str]]) -> None:
    for name, paths in listed.items():
        assert set(paths) <= {str(text) for text in all_texts(name)}


# What holds for the travel list.


def title_of(scene: Scene) -> Text:
    return next(obj for obj in scene.objects if isinstance(obj, Text) and obj.name == "title")


def test_every_scene_of_the_travel_list_has_a_background_and_a_title_to_be_replaced() -> None:
    template = template_of("travel-list")
    assert tuple(scene.name for scene in template.scenes) == SCENES
    for scene in template.scenes:
        assert {"background", "title"} <= {obj.name for obj in scene.objects}


def test_four_titles_and_four_backgrounds_are_replaced_by_their_names_alone() -> None:
    photos = [{"scene": scene, "object": "background", "background-image": PHOTO} for scene in SCENES]
    titles = [{"scene": s, "object": "title", "text": text} for s, text in zip(SCENES, TITLES, strict=True)]
    applied = apply(built_in("travel-list"), photos + titles)
    assert applied.warnings == []
    assert tuple(title_of(scene).text for scene in applied.template.scenes) == TITLES
    assert [s.url for s in sources(applied.template) if s.kind == "image"] == [PHOTO] * 4


def test_the_bars_of_the_music_begin_in_the_middle_of_the_transitions() -> None:
    timeline = Timeline.build(template_of("travel-list"), {})
    assert [span.start + span.fade / 2 for span in timeline.spans[1:]] == [4.5, 7.5, 10.5]
    assert timeline.duration == 14.0
