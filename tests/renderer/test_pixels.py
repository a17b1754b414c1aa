import numpy as np
import pytest
from numpy.typing import NDArray

from renderer.matrix import BT601, BT709, Matrix, matrix_for
from renderer.media.light import light_of
from renderer.pixels import STEPS, Light, _compiled, _premultiply, premultiply, through_light, to_bgra, to_i420

Floats = NDArray[np.float64]


def reference(rgb: Floats, matrix: Matrix) -> tuple[Floats, Floats, Floats]:
    """The recommendation's own sums, before rounding: 8-bit limited-range Y, Cb, Cr of every pixel."""
    red, green, blue = (rgb[..., i] / 255 for i in range(3))
    luma = matrix.kr * red + (1 - matrix.kr - matrix.kb) * green + matrix.kb * blue
    return (
        16 + 219 * luma,
        128 + 224 * (blue - luma) / (2 * (1 - matrix.kb)),
        128 + 224 * (red - luma) / (2 * (1 - matrix.kr)),
    )


def noise(height: int, width: int) -> NDArray[np.uint8]:
    picture = np.random.default_rng(7).integers(0, 256, (height, width, 4), np.uint8)
    picture[..., 3] = 255
    return picture


def planes_of(picture: NDArray[np.uint8], matrix: Matrix) -> list[NDArray[np.uint8]]:
    height, width = picture.shape[:2]
    flat = np.empty(height * width * 3 // 2, np.uint8)
    to_i420(picture, flat, matrix)
    y, u, v = np.split(flat, [height * width, height * width * 5 // 4])
    return [y.reshape(height, width), *(plane.reshape(height // 2, width // 2) for plane in (u, v))]


@pytest.mark.parametrize("matrix", [BT601, BT709], ids=["601", "709"])
def test_noise_converts_to_within_one_level_of_the_recommendation(matrix: Matrix) -> None:
    picture = noise(54, 98)
    wanted = reference(picture[..., 2::-1].astype(float), matrix)
    got = planes_of(picture, matrix)
    assert np.abs(got[0] - wanted[0]).max() <= 0.51
    for plane, exact in zip(got[1:], wanted[1:], strict=True):
        mean = exact.reshape(27, 2, 49, 2).mean(axis=(1, 3))
        assert np.abs(plane - mean).max() <= 0.51


@pytest.mark.parametrize(
    ("bgr", "yuv"),
    [
        ((0, 0, 0), (16, 128, 128)),
        ((255, 255, 255), (235, 128, 128)),
        ((0, 0, 255), (63, 102, 240)),
        ((0, 255, 0), (173, 42, 26)),
        ((255, 0, 0), (32, 240, 118)),
    ],
)
def test_the_709_primaries_have_the_levels_that_the_standard_gives(bgr: tuple[int, ...], yuv: tuple[int, ...]) -> None:
    picture = np.full((2, 2, 4), (*bgr, 255), np.uint8)
    assert tuple(int(plane[0, 0]) for plane in planes_of(picture, BT709)) == yuv


@pytest.mark.parametrize("matrix", [BT601, BT709], ids=["601", "709"])
@pytest.mark.parametrize("full_range", [False, True], ids=["limited", "full"])
def test_decoding_is_within_one_level_of_the_recommendation(matrix: Matrix, full_range: bool) -> None:
    rng = np.random.default_rng(3)
    y, u, v = (rng.integers(16, 241, size, np.uint8) for size in [(9, 40), (5, 24), (5, 24)])
    out = np.empty((9, 37, 4), np.uint8)
    to_bgra((y, u, v), out, matrix, full_range=full_range)
    luma = y[:, :37] / 255 if full_range else (y[:, :37] - 16.0) / 219
    cb, cr = ((plane.repeat(2, 0).repeat(2, 1)[:9, :37] - 128.0) / (255 if full_range else 224) for plane in (u, v))
    red, blue = luma + 2 * (1 - matrix.kr) * cr, luma + 2 * (1 - matrix.kb) * cb
    green = (luma - matrix.kr * red - matrix.kb * blue) / (1 - matrix.kr - matrix.kb)
    wanted = np.clip(np.stack([blue, green, red], axis=-1) * 255, 0, 255)
    assert np.abs(out[..., :3] - wanted).max() <= 0.51
    assert (out[..., 3] == 255).all()


def test_a_picture_keeps_its_planes_through_bgra_and_back() -> None:
    picture = np.full((16, 16, 4), (90, 140, 170, 255), np.uint8)
    picture[:8] = (200, 60, 40, 255)
    first = planes_of(picture, BT709)
    to_bgra((first[0], first[1], first[2]), picture, BT709, full_range=False)
    assert all(np.array_equal(a, b) for a, b in zip(first, planes_of(picture, BT709), strict=True))


def test_high_definition_is_709_and_anything_smaller_601() -> None:
    assert [matrix_for(*size) for size in [(1280, 720), (720, 1280), (1920, 800)]] == [BT709] * 3
    assert [matrix_for(*size) for size in [(640, 360), (720, 576), (160, 90)]] == [BT601] * 3


def test_premultiplied_colours_are_rounded_to_the_nearest_level() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (20, 30, 4), np.uint8)
    wanted = picture[..., :3] * (picture[..., 3:].astype(float) / 255)
    alpha = picture[..., 3].copy()
    premultiply(picture)
    assert np.abs(picture[..., :3] - wanted).max() <= 0.51
    assert np.array_equal(picture[..., 3], alpha)


def test_a_kernel_compiles_where_nothing_can_be_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("numba.core.caching.CompileResultCacheImpl._locator_classes", [])
    picture = np.full((2, 2, 4), 100, np.uint8)
    _compiled.__wrapped__(_premultiply)(picture)
    assert (picture[..., :3] == 39).all()


def test_codes_become_light_and_codes_again_in_other_primaries() -> None:
    """The curve squares, the system doubles, the roll-off divides by three, and the matrix swaps red and blue."""
    steps = np.linspace(0, 1, STEPS)
    table = np.ones(STEPS, np.float32)
    light = Light(
        curve=(steps**2).astype(np.float32),
        weights=np.array([0.2, 0.7, 0.1], np.float32),
        system=table * 2,
        roll_off=table / 3,
        matrix=np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]], np.float32),
        codes=np.rint(steps * 255).astype(np.uint8),
    )
    red, green, blue = (np.random.default_rng(n).integers(0, STEPS * 7 // 10, (9, 64), np.uint16) for n in range(3))
    picture = np.full((9, 37, 4), 123, np.uint8)
    through_light((red, green, blue), picture, light)
    wanted = np.stack([red, green, blue], axis=-1)[:, :37] / (STEPS - 1) * np.sqrt(2 / 3) * 255
    assert np.abs(picture[..., :3] - wanted).max() <= 1
    assert (picture[..., 3] == 123).all()


def test_codes_that_twelve_bits_cannot_hold_are_the_strongest() -> None:
    light, pictures = light_of(9, 16), []
    assert light is not None
    for code in (STEPS - 1, STEPS, 65_535):
        words = np.full((2, 2), code, np.uint16)
        pictures.append(np.zeros((2, 2, 4), np.uint8))
        through_light((words, words, words), pictures[-1], light)
    assert (pictures[0][..., :3] == 255).all()
    assert np.array_equal(pictures[0], pictures[1])
    assert np.array_equal(pictures[0], pictures[2])
