"""Colours through the whole pipe: made apart from the renderer, and seen by a decoder that is not ours."""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from renderer.format.template import parse
from renderer.recipe import Recipe
from renderer.render import render
from tests.renderer.colours import (
    BT709,
    BT2020,
    COLUMNS,
    NTSC,
    P3,
    PAL,
    PATCHES,
    ROWS,
    Primaries,
    Tags,
    apart,
    clear_film_of,
    codes,
    exchanged,
    film_of,
    hlg,
    light,
    looked_at,
    painted,
    pq,
    profile,
    worst,
)
from tests.renderer.filming import run_ffmpeg

SMALL = (240, 180)
PLAIN = {"width": SMALL[0], "height": SMALL[1]}
CLOSE = 2.0  # of CIEDE2000


def made(
    objects: list[dict[str, Any]],
    files: dict[str, Path],
    out: Path,
    size: tuple[int, int] = SMALL,
    **scene: Any,
) -> NDArray[np.uint8]:
    """The first frame of a rendered template of one scene, RGB."""
    scenes = [{"duration": 0.2, "objects": objects, **scene}]
    template = parse({"width": size[0], "height": size[1], "frame-rate": 10, "scenes": scenes})
    kind = "webm" if out.suffix == ".webm" else "mp4"
    render(Recipe(template, files, kind, "best"), out, on_progress=lambda share: None, stop=lambda: False)
    return looked_at(out, size)[0]


def shown(film: Path, out: Path, size: tuple[int, int] = SMALL, **properties: Any) -> NDArray[np.uint8]:
    """A film, shown in a video that is rendered."""
    return made([{"type": "video", "src": "a", **properties}], {"a": film}, out, size)


# From Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula: implementation notes" (2005).
SHARMA = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.49, -0.001), (50, -2.49, 0.0010), 7.1792),
    ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (56, -27, -3), 31.9030),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


def test_the_measure_of_these_tests_agrees_with_its_published_data() -> None:
    first, second, wanted = (np.array([row[i] for row in SHARMA], float) for i in range(3))
    assert np.abs(apart(first, second) - wanted).max() < 0.0001


@pytest.mark.parametrize(
    ("name", "size", "matrix"),
    [("sd.mp4", SMALL, 6), ("sd.webm", SMALL, 6), ("hd.mp4", (1280, 720), 1), ("hd.webm", (1280, 720), 1)],
)
def test_drawn_colours_arrive_and_the_tags_say_how(
    tmp_path: Path, name: str, size: tuple[int, int], matrix: int
) -> None:
    width, height = size[0] // COLUMNS, size[1] // ROWS
    objects = [
        {
            "type": "rectangle",
            "x": n % COLUMNS * width,
            "y": n // COLUMNS * height,
            "width": size[0],
            "height": size[1],
            "background-color": "#" + bytes(np.rint(patch * 255).astype(np.uint8)).hex(),
        }
        for n, patch in enumerate(PATCHES)
    ]
    assert worst(made(objects, {}, tmp_path / name, size)) < CLOSE
    with av.open(str(tmp_path / name)) as container:
        context = container.streams.video[0].codec_context
        said = context.colorspace, context.color_primaries, context.color_trc, context.color_range
    assert said == (matrix, 1, 1, 1)


def test_a_picture_is_shown_in_the_colours_of_its_profile(tmp_path: Path) -> None:
    wide = painted(exchanged(light(PATCHES), BT709, P3) ** (1 / 1.8), SMALL)
    image = Image.fromarray(np.rint(wide * 255).clip(0, 255).astype(np.uint8))
    image.save(tmp_path / "wide.png", icc_profile=profile(P3, 1.8))
    seen = made([{"type": "image", "src": "a"}], {"a": tmp_path / "wide.png"}, tmp_path / "out.mp4")
    assert worst(seen) < CLOSE


STANDARD = {
    "601 of America": (NTSC, Tags("smpte170m", "smpte170m", "smpte170m")),
    "601 of Europe": (PAL, Tags("smpte170m", "bt470bg", "gamma28")),
    "601 of a computer": (BT709, Tags("smpte170m", "bt709", "iec61966-2-1", full=True)),
    "709": (BT709, Tags()),
    "709, full range": (BT709, Tags(full=True)),
    "709, ten bits": (BT709, Tags(depth=10)),
    "709, full range, ten bits": (BT709, Tags(full=True, depth=10)),
    "2020": (BT2020, Tags("bt2020nc", "bt2020", "bt2020-10", depth=10)),
    "2020, full range": (BT2020, Tags("bt2020nc", "bt2020", "bt2020-10", full=True, depth=10)),
    "Display P3": (P3, Tags("bt709", "smpte432", "iec61966-2-1")),
}


@pytest.mark.parametrize(("primaries", "tags"), STANDARD.values(), ids=STANDARD)
def test_a_film_is_shown_in_the_colours_of_its_tags(tmp_path: Path, primaries: Primaries, tags: Tags) -> None:
    colours = exchanged(light(PATCHES), BT709, primaries)
    film = film_of(painted(codes(colours), SMALL), tmp_path / "a.mp4", tags)
    assert worst(shown(film, tmp_path / "out.mp4"), codes(exchanged(colours, primaries, BT709))) < CLOSE


HIGH = {
    "PQ": (pq, Tags("bt2020nc", "bt2020", "smpte2084", depth=10)),
    "HLG": (hlg, Tags("bt2020nc", "bt2020", "arib-std-b67", depth=10)),
}
PAPER = 203.0  # cd/m² of white paper (ITU-R BT.2408)


@pytest.mark.parametrize(("curve", "tags"), HIGH.values(), ids=HIGH)
def test_high_dynamic_range_below_its_highlights_looks_as_it_would_in_ours(
    tmp_path: Path, curve: Any, tags: Tags
) -> None:
    dim = light(PATCHES) * 0.4  # of paper
    picture = painted(curve(exchanged(dim, BT709, BT2020) * PAPER), SMALL)
    film = film_of(picture, tmp_path / "a.mp4", tags)
    assert worst(shown(film, tmp_path / "out.mp4"), codes(dim)) < CLOSE


@pytest.mark.parametrize(("curve", "tags"), HIGH.values(), ids=HIGH)
def test_highlights_of_high_dynamic_range_are_rolled_off_and_not_cut(tmp_path: Path, curve: Any, tags: Tags) -> None:
    levels = np.array([80, 120, PAPER, 300, 420, 600, 1000])
    nits = np.zeros((ROWS * COLUMNS, 3))
    nits[: len(levels)] = levels[:, np.newaxis]
    nits[len(levels)] = exchanged(np.array([[1.0, 0.1, 0.1]]), BT709, BT2020)[0] * 700  # a red lamp
    film = film_of(painted(curve(nits), SMALL), tmp_path / "a.mp4", tags)
    seen = shown(film, tmp_path / "out.mp4")[15::30, 20::40].reshape(-1, 3).astype(int)
    greys, lamp = seen[: len(levels)], seen[len(levels)]
    assert np.ptp(greys, axis=1).max() <= 2
    assert np.diff(greys.mean(axis=1)).min() >= 1
    assert 225 <= greys[2].mean() <= 235  # paper: nine tenths
    assert greys[-1].min() >= 254
    assert lamp[0] > 235
    assert abs(lamp[1] - lamp[2]) < 12
    assert lamp[1:].max() < 130  # still as red as 10 : 1 of light


def test_a_turned_film_keeps_its_colours_in_their_places(tmp_path: Path) -> None:
    objects, files = [], {}
    for turns in range(4):
        picture = np.rot90(painted(PATCHES, SMALL), -turns)
        straight = film_of(picture, tmp_path / f"{turns}.mp4", Tags("smpte170m"))
        files[f"a{turns}"] = tmp_path / f"turned{turns}.mp4"
        run_ffmpeg("-display_rotation", 90 * turns, "-i", straight, "-c", "copy", files[f"a{turns}"])
        objects.append({"type": "video", "src": f"a{turns}", "x": turns * SMALL[0], **PLAIN})
    seen = made(objects, files, tmp_path / "out.mp4", (4 * SMALL[0], SMALL[1]))
    for turns in range(4):
        assert worst(seen[:, turns * SMALL[0] : (turns + 1) * SMALL[0]]) < CLOSE, turns


def test_a_film_of_an_odd_size_keeps_its_colours(tmp_path: Path) -> None:
    odd = (SMALL[0] - 1, SMALL[1] - 1)
    film = film_of(painted(PATCHES, odd), tmp_path / "a.webm", Tags(), "-c:v", "libvpx-vp9", "-lossless", "1")
    assert worst(shown(film, tmp_path / "out.mp4")[: odd[1], : odd[0]]) < CLOSE


def test_an_interlaced_film_keeps_its_colours_at_any_size(tmp_path: Path) -> None:
    fields = ("-c:v", "libx264", "-qp", "0", "-flags", "+ilme+ildct", "-x264-params", "tff=1")
    for size in (SMALL, (2 * SMALL[0], 2 * SMALL[1])):
        film = film_of(painted(PATCHES, size), tmp_path / "a.mp4", Tags(), *fields)
        assert worst(shown(film, tmp_path / "out.mp4", fit="fill", **PLAIN)) < CLOSE


def test_a_film_of_rgb_keeps_its_colours(tmp_path: Path) -> None:
    opaque = np.concatenate([painted(PATCHES, SMALL), np.ones((SMALL[1], SMALL[0], 1))], axis=2)
    lossless = ("-c:v", "libx264rgb", "-qp", "0", "-pix_fmt", "rgb24")
    film = clear_film_of(np.rint(opaque * 255).astype(np.uint8), tmp_path / "a.mkv", *lossless)
    assert worst(shown(film, tmp_path / "out.mp4")) < CLOSE


CLEAR = {
    "VP9": ("a.webm", ("-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-crf", "4", "-b:v", "0")),
    "ProRes 4444": ("a.mov", ("-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le")),
    "PNG": ("a.mov", ("-c:v", "png")),
    "Animation": ("a.mov", ("-c:v", "qtrle", "-pix_fmt", "argb")),
}


@pytest.mark.parametrize(("name", "options"), CLEAR.values(), ids=CLEAR)
def test_a_half_clear_film_is_mixed_with_what_lies_below(tmp_path: Path, name: str, options: tuple[str, ...]) -> None:
    straight = np.concatenate([painted(PATCHES, SMALL), np.full((SMALL[1], SMALL[0], 1), 0.6)], axis=2)
    film = clear_film_of(np.rint(straight * 255).astype(np.uint8), tmp_path / name, *options)
    seen = made([{"type": "video", "src": "a"}], {"a": film}, tmp_path / "out.mp4", **{"background-color": "#fff"})
    assert worst(seen, 0.6 * PATCHES + 0.4) < CLOSE


def test_a_half_clear_film_of_other_primaries_is_shown_in_its_colours(tmp_path: Path) -> None:
    wide = painted(codes(exchanged(light(PATCHES), BT709, P3)), SMALL)
    straight = np.concatenate([wide, np.full((SMALL[1], SMALL[0], 1), 0.6)], axis=2)
    said = ("-vf", "format=gbrap12le,setparams=color_primaries=smpte432", "-c:v", "ffv1")
    film = clear_film_of(np.rint(straight * 255).astype(np.uint8), tmp_path / "a.mkv", *said)
    seen = made([{"type": "video", "src": "a"}], {"a": film}, tmp_path / "out.mp4", **{"background-color": "#fff"})
    assert worst(seen, 0.6 * PATCHES + 0.4) < CLOSE


def test_what_a_film_hides_behind_clear_pixels_does_not_show_at_their_edges(tmp_path: Path) -> None:
    """White beside black that is clear, on white: whatever the scale, all is white."""
    rgba = np.zeros((180, 240, 4), np.uint8)
    rgba[(np.arange(180) // 9 % 2 == 0)[:, np.newaxis] & (np.arange(240) // 9 % 2 == 0)] = 255
    film = clear_film_of(rgba, tmp_path / "a.mov", "-c:v", "png")
    fill: dict[str, Any] = {"type": "video", "src": "a", "width": 104, "height": 78, "fit": "fill"}
    seen = made([fill], {"a": film}, tmp_path / "out.mp4", (104, 78), **{"background-color": "#fff"})
    assert seen.min() >= 252
