import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from renderer.composition import Composition
from renderer.format.keyframes import Animated
from renderer.format.modifications import apply
from renderer.format.objects import Image, Text
from renderer.format.template import Scene, Template, load, parse, sources, to_builtins
from renderer.format.timeline import Timeline
from renderer.media.probe import probe
from tests.renderer.stills import write_picture

VIDEOS = Path(__file__).parents[2] / "templates" / "videos"
TEMPLATES = {path.stem: path for path in sorted(VIDEOS.glob("*.json"))}
SCENES = ("Scene 1", "Scene 2", "Scene 3", "Scene 4")
TITLES = ("3 Asia Cities to Visit in 2026", "Tashkent", "Penang", "Siem Reap")
PHOTO = "https://images.example/photos/2132126/photo.jpeg?_gl=1*14tqfli*_ga*MTg4MDE1"
LONG = "Everything that we saw, ate and learned on the slow road from Samarkand to Kyoto"
WORD = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"
INK = 12  # of 255: what differs by less from the picture is the end of a soft edge

Pixels = NDArray[np.uint8]


@cache
def built_in(name: str) -> Any:
    return load(TEMPLATES[name].read_bytes())


@pytest.fixture(params=TEMPLATES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=range(4), ids=SCENES)
def scene(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
def white(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The brightest photograph there can be."""
    return write_picture(tmp_path_factory.mktemp("white") / "white.png", np.full((90, 160, 3), 255, np.uint8))


def changed(template: Template, *modifications: dict[str, Any]) -> Template:
    return apply(to_builtins(template), list(modifications)).template


def middle_of(template: Template, scene: int, picture: Path) -> Pixels:
    """RGB of a scene when all of it has come in and nothing has left, every image replaced by one picture."""
    files = {s.url: picture if s.kind == "image" else VIDEOS / s.url for s in sources(template)}
    with Composition(template, files) as composition:
        span = composition.timeline.spans[scene]
        return composition.draw(span.first + span.frames * 11 // 20)[:, :, 2::-1].copy()


def texts_of(scene: Scene) -> list[Text]:
    return [obj for obj in scene.objects if isinstance(obj, Text)]


def title_of(scene: Scene) -> Text:
    return next(text for text in texts_of(scene) if text.name == "title")


def showing(template: Template, scene: int, *names: str | None) -> Template:
    """The template with only some of the texts of a scene."""
    hidden = [text.name for text in texts_of(template.scenes[scene]) if text.name not in names]
    where = template.scenes[scene].name
    return changed(template, *({"scene": where, "object": name, "visible": False} for name in hidden))


def ink_of(drawn: Pixels, without: Pixels) -> tuple[slice, slice]:
    """Rows and columns that a text covers."""
    rows, columns = np.nonzero(np.abs(drawn.astype(int) - without).max(axis=2) > INK)
    return slice(int(rows.min()), int(rows.max()) + 1), slice(int(columns.min()), int(columns.max()) + 1)


def luminance(pixels: NDArray[Any]) -> NDArray[np.float64]:
    """Relative luminance by WCAG 2.2 of sRGB values of 0 to 255."""
    srgb = pixels / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


def test_a_built_in_template_is_valid_and_has_all_its_files(name: str) -> None:
    template = parse(built_in(name))
    assert template.title
    for source in sources(template):
        assert (VIDEOS / source.url).is_file(), source


def test_the_pictures_of_a_built_in_template_are_never_enlarged_and_stay_small_files(name: str) -> None:
    template = parse(built_in(name))
    for image in (obj for scene in template.scenes for obj in scene.objects if isinstance(obj, Image)):
        largest = max(Animated(image).at(keyframe.time).scale for keyframe in image.keyframes)
        height, width = cv2.imread(str(VIDEOS / image.src)).shape[:2]
        assert width >= template.width * largest
        assert height >= template.height * largest
        assert (VIDEOS / image.src).stat().st_size <= 700_000


def test_every_scene_of_the_travel_list_has_a_background_and_a_title_to_be_replaced() -> None:
    template = parse(built_in("travel-list"))
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


def test_texts_keep_their_contrast_over_a_white_photograph(scene: int, white: Path) -> None:
    filled = changed(parse(built_in("travel-list")), {"scene": SCENES[scene], "object": "title", "text": LONG})
    bare = middle_of(showing(filled, scene), scene, white)
    others = {text.name for text in texts_of(filled.scenes[scene])} - {"title"}
    for names in ({"title"}, others):
        drawn = middle_of(showing(filled, scene, *names), scene, white)
        paper = luminance(bare[ink_of(drawn, bare)]).max()
        colours = [str(text.color) for text in texts_of(filled.scenes[scene]) if text.name in names]
        ink = min(luminance(np.array(list(bytes.fromhex(colour[1:7])))).item() for colour in colours)
        assert (ink + 0.05) / (paper + 0.05) >= 4.5, names


@pytest.mark.parametrize("text", ["Ely", LONG, WORD], ids=["3 letters", "80 letters", "one long word"])
def test_a_short_and_a_long_title_stay_in_their_box(scene: int, text: str, white: Path) -> None:
    template = changed(parse(built_in("travel-list")), {"scene": SCENES[scene], "object": "title", "text": text})
    bare = middle_of(showing(template, scene), scene, white)
    rows, columns = ink_of(middle_of(showing(template, scene, "title"), scene, white), bare)
    title = title_of(template.scenes[scene])
    left, bottom = (
        length.px(template.width, template.height, axis) for length, axis in ((title.x, "x"), (title.y, "y"))
    )
    width, height = title.width.px(1920, 1080, "x"), title.height.px(1920, 1080, "y")
    overshoot = 20  # of descenders and accents, in pixels: lines are set tight
    assert left - overshoot <= columns.start
    assert columns.stop <= left + width + overshoot
    assert bottom - height - overshoot <= rows.start
    assert rows.stop <= bottom + overshoot


def test_a_title_can_be_read_before_it_leaves(scene: int) -> None:
    template = parse(built_in("travel-list"))
    span = Timeline.build(template, {}).spans[scene]
    title = Animated(title_of(template.scenes[scene]))
    readable = sum(title.at(frame / 30).opacity > 0.9 for frame in range(span.overlap, span.frames)) / 30
    assert readable >= 1.2 + 0.25 * len(title.obj.text.split())


def test_the_bars_of_the_music_begin_in_the_middle_of_the_transitions() -> None:
    timeline = Timeline.build(parse(built_in("travel-list")), {})
    assert [span.start + span.fade / 2 for span in timeline.spans[1:]] == [4.5, 7.5, 10.5]
    assert timeline.duration == 14.0


def test_the_bed_lasts_as_long_as_the_pictures_at_the_loudness_of_a_background() -> None:
    template = parse(built_in("travel-list"))
    (bed,) = (VIDEOS / sound.src for sound in template.audio)
    assert Timeline.build(template, {}).duration <= (probe(bed).duration or 0) <= 16
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(bed), "-af", "ebur128=peak=true", "-f", "null", "-"]
    summary = subprocess.run(command, capture_output=True, text=True, check=True).stderr.rpartition("Summary:")[2]
    loudness, peak = (float(re.findall(rf"{word}:\s+(-?[\d.]+) ", summary)[0]) for word in ("I", "Peak"))
    assert loudness == pytest.approx(-18, abs=1)
    assert peak <= -1.5
