import string
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont

from renderer.errors import MediaError
from renderer.format.families import DEFAULT_FAMILY, FONT_FOLDER, bundled, complaint
from renderer.text.fonts import FALLBACK_FAMILY, Fonts, nearest_weight
from tests.conftest import missing

FILES = sorted(FONT_FOLDER.glob("*/*.[to]tf"))
LATIN = string.ascii_letters + string.digits + string.punctuation + "ÄÖÜäöüßéèêñçøåæłžğőșțŒœ€£¥©®°±×÷–—…‘’“”«»•¿¡"
# What these display families lack comes from Noto Sans.
PARTLY = {
    "Fredoka": set("ğőșț"),
    "Instrument Serif": {"±"},
    "Lilita One": set("ğőșț"),
    "Orbitron": set("^¥©«®±»øğłőșț"),
    "Press Start 2P": {"ș"},
}


@pytest.fixture(scope="module")
def fonts() -> Fonts:
    return Fonts()


def alone(path: Path, **named: Any) -> Fonts:
    """The bundled fonts and one more file."""
    fonts = Fonts()
    fonts.add(path, **named)
    return fonts


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_bundled_font_loads_covers_latin_and_has_its_licence_beside_it(path: Path) -> None:
    assert path.parent.name == TTFont(path)["name"].getBestFamilyName()
    face = alone(path).find(path.parent.name)
    assert {c for c in LATIN if not face.covers(c)} == PARTLY.get(path.parent.name, set())
    assert "SIL OPEN FONT LICENSE" in (path.parent / "OFL.txt").read_text().upper()


def test_the_bundled_fonts_stay_small() -> None:
    assert len(FILES) >= 80
    assert sum(path.stat().st_size for path in FILES) < 16_000_000


def test_the_fallback_and_the_default_are_bundled(fonts: Fonts) -> None:
    assert {DEFAULT_FAMILY, FALLBACK_FAMILY, "Playfair Display"} <= set(fonts.families)


@pytest.mark.parametrize(
    ("wanted", "available", "picked"),
    [
        (400, [300, 500], 500),
        (450, [400, 700], 400),
        (500, [400, 600], 400),
        (300, [200, 400], 200),
        (300, [400, 700], 400),
        (600, [400, 700], 700),
        (900, [400, 800], 800),
        (700, [700], 700),
    ],
)
def test_the_nearest_weight_is_the_one_css_picks(wanted: int, available: list[int], picked: int) -> None:
    assert nearest_weight(wanted, available) == picked


def test_a_family_is_found_in_any_case_and_as_the_first_known_of_a_list(fonts: Fonts) -> None:
    assert fonts.find("playfair display").family == "Playfair Display"
    assert fonts.find("Helvetica Now, 'DM Sans', serif").family == "DM Sans"


def test_a_weight_and_an_italic_choose_their_own_file(fonts: Fonts) -> None:
    bold = fonts.find("Inter", 700)
    assert bold.weight == 700
    assert fonts.find("Inter", 700, italic=True).typeface.isItalic()
    assert not bold.oblique


def test_a_family_without_italics_is_slanted(fonts: Fonts) -> None:
    upright, slanted = fonts.find("Space Grotesk"), fonts.find("Space Grotesk", italic=True)
    stem = upright.hb_font.get_nominal_glyph(ord("l"))
    assert slanted.ink(stem)[2] - slanted.ink(stem)[0] > upright.ink(stem)[2] - upright.ink(stem)[0] + 0.05


def test_a_family_that_nobody_has_is_told_with_the_nearest_name_and_all_that_exist(fonts: Fonts) -> None:
    sentence = complaint("Monserrat") or ""
    assert 'there is no font family "Monserrat"; did you mean "Montserrat"?' in sentence
    assert all(family in sentence for family in fonts.families)
    assert complaint("Helvetica Now, inter, serif") is None
    assert complaint("Our Brand", ["our brand"]) is None
    assert fonts.find("Monserrat").family == "Inter"


def test_the_bundled_families_are_known_without_opening_a_font(fonts: Fonts) -> None:
    assert list(bundled()) == fonts.families
    assert len(bundled()) >= 20


def test_a_letter_the_family_lacks_comes_from_noto_sans_in_the_same_weight(fonts: Fonts) -> None:
    face = fonts.for_cluster("Ж", fonts.find("Space Grotesk", 700))
    assert face is not None
    assert (face.family, face.weight) == ("Noto Sans", 700)


def test_a_cluster_is_never_divided_between_two_fonts(fonts: Fonts) -> None:
    wanted = fonts.find("Space Grotesk")
    assert wanted.covers("x")
    assert not wanted.covers("x\u0305")
    face = fonts.for_cluster("x\u0305", wanted)
    assert face is not None
    assert face.family == "Noto Sans"


def test_a_character_that_no_font_has_is_said_to_be_missing(fonts: Fonts) -> None:
    assert fonts.for_cluster("\U0010fffd", fonts.find("Inter")) is None


def test_a_font_of_the_caller_is_found_by_its_own_name(tmp_path: Path) -> None:
    font = TTFont(FONT_FOLDER / "DM Sans" / "DMSans_400Regular.ttf")
    for record in font["name"].names:
        if record.nameID in (1, 4, 16):
            record.string = "Our Brand"
    font.save(tmp_path / "brand.ttf")
    assert alone(tmp_path / "brand.ttf").find("our brand").family == "Our Brand"


def test_a_font_of_the_caller_goes_by_the_name_weight_and_style_it_is_given() -> None:
    file = FONT_FOLDER / "Anton" / "Anton_400Regular.ttf"
    fonts = alone(file, family="Our Brand", weight=700, italic=True)
    assert fonts.find("Our Brand", 700, italic=True).family == "Anton"
    assert not fonts.find("Our Brand", 700, italic=True).oblique
    assert fonts.find("Anton", 700, italic=True).oblique, "the bundled one is as it was"


def test_a_broken_font_file_is_refused_without_its_place_on_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "broken.ttf"
    path.write_bytes(b"not a font")
    with pytest.raises(MediaError, match="The font cannot be read") as caught:
        alone(path)
    assert caught.value.code == "media_unreadable"
    assert str(tmp_path) not in caught.value.message


@pytest.mark.parametrize("emoji", ["👋🏽", "👩‍👩‍👧‍👦", "🇫🇷", "❤️"], ids=["skin tone", "family", "flag", "heart"])
def test_an_emoji_is_one_cluster_of_a_font_in_colour(fonts: Fonts, emoji: str) -> None:
    face = fonts.for_cluster(emoji, fonts.find("Inter"))
    if face is None or not face.in_colour:
        missing("fontconfig, asked for a colour emoji font,")
    assert face.covers(emoji)
