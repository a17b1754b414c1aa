import os
import string
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables.TupleVariation import TupleVariation

from renderer.drawing.lettering import lettering
from renderer.drawing.text_motion import TextMotion
from renderer.drawing.text_states import Room
from renderer.errors import MediaError
from renderer.format.animations import Counter
from renderer.format.families import DEFAULT_FAMILY, FONT_FOLDER, bundled, complaint
from renderer.format.objects import Text
from renderer.text.faces import Face
from renderer.text.fonts import FALLBACK_FAMILY, Fonts, nearest_weight
from renderer.text.installed import best_family, han_of
from renderer.text.layout import TextStyle, lay_out
from renderer.text.shaping import Paragraph
from renderer.text.spans import Stretch
from tests.conftest import missing

FILES = sorted(FONT_FOLDER.glob("*/*.[to]tf"))
LATIN = string.ascii_letters + string.digits + string.punctuation + "ÄÖÜäöüßéèêñçøåæłžğőșțŒœ€£¥©®°±×÷–—…‘’“”«»•¿¡"
# What these display families lack comes from Noto Sans.
PARTLY = {
    "Fredoka": {"ș", "ț"},
    "Instrument Serif": {"±"},
    "Lilita One": set("ğőșț"),
    "Orbitron": set("^¥©«®±»øğłőșț"),
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


def _variable_font(path: Path) -> Path:
    """A font from weight 100 to 900 whose I grows from 100 to 500 units of 1000, and its advance with it."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 700), (100, 700), (100, 0)):
        pen.lineTo(corner)
    pen.closePath()
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder([".notdef", "I"])
    font.setupCharacterMap({ord("I"): "I"})
    font.setupGlyf(dict.fromkeys([".notdef", "I"], pen.glyph()))
    font.setupHorizontalMetrics({".notdef": (100, 0), "I": (100, 0)})
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": "Elastic", "styleName": "Thin"})
    font.setupOS2(usWeightClass=100)
    font.setupPost()
    font.setupFvar([("wght", 100, 100, 900, "Weight")], [])
    wider = [(0, 0), (0, 0), (400, 0), (400, 0)]
    edges = [(0, 0), (400, 0), (0, 0), (0, 0)]
    font.setupGvar({"I": [TupleVariation({"wght": (0, 1, 1)}, wider + edges)]})
    font.save(path)
    return path


def _stem(face: Face) -> float:
    left, _, right, _ = face.ink(face.hb_font.get_nominal_glyph(ord("I")))
    return right - left


@pytest.mark.parametrize(("weight", "width"), [(50, 0.1), (100, 0.1), (500, 0.3), (900, 0.5), (1000, 0.5)])
def test_a_variable_font_is_drawn_and_set_in_any_weight_it_has(tmp_path: Path, weight: int, width: float) -> None:
    fonts = alone(_variable_font(tmp_path / "elastic.ttf"))
    face = fonts.find("Elastic", weight)
    assert _stem(face) == pytest.approx(width, abs=1e-3)
    assert Paragraph([Stretch("I", face)], fonts).offsets[-1] == pytest.approx(width)


def test_a_variable_font_that_was_given_a_weight_not_its_own_has_that_one(tmp_path: Path) -> None:
    fonts = alone(_variable_font(tmp_path / "elastic.ttf"), family="Elastic", weight=700)
    assert _stem(fonts.find("Elastic", 400)) == pytest.approx(0.4, abs=1e-3)
    same = alone(tmp_path / "elastic.ttf", family="Elastic", weight=100)
    assert _stem(same.find("Elastic", 500)) == pytest.approx(0.3, abs=1e-3), (
        "as an account's fonts always are given one"
    )


def _installed(fonts: Fonts, text: str, weight: int = 400) -> list[str]:
    """The PostScript names of the fonts that the letters of a text are drawn with."""
    if not best_family("ก", False, "sc") or not best_family("中", False, "sc"):
        missing("fontconfig, asked for fonts-noto-core and fonts-noto-cjk,")
    paragraph = Paragraph([Stretch(text, fonts.find("Inter", weight))], fonts, han=han_of(text))
    glyphs = paragraph.shape(0, len(paragraph.letters))
    return list(dict.fromkeys(glyph.face.typeface.getPostScriptName() for glyph in glyphs))


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("ไทย", "NotoSansThai"),
        ("ខ្មែរ", "NotoSansKhmer"),
        ("ລາວ", "NotoSansLao"),
        ("မြန်မာ", "NotoSansMyanmar"),
        ("বাংলা", "NotoSansBengali"),
        ("தமிழ்", "NotoSansTamil"),
        ("العربية", "NotoSansArabic"),
        ("עברית", "NotoSansHebrew"),
        ("ქართული", "NotoSansGeorgian"),
        ("「日本」のかな。", "NotoSansCJKjp"),
        ("「한국어」漢字", "NotoSansCJKkr"),
        ("漢ㄏㄢ", "NotoSansCJKtc"),
        ("「中国」。", "NotoSansCJKsc"),
    ],
)
@pytest.mark.parametrize(("weight", "style"), [(400, "Regular"), (800, "Bold")])
def test_a_script_has_its_noto_font_in_the_nearest_weight(
    fonts: Fonts, text: str, family: str, weight: int, style: str
) -> None:
    assert _installed(fonts, text, weight) == [f"{family}-{style}"]


def test_punctuation_that_many_scripts_share_stays_in_the_font_of_its_letters(fonts: Fonts) -> None:
    assert _installed(fonts, "বাংলা।") == ["NotoSansBengali-Regular"]
    assert _installed(fonts, "தமிழ்।") == ["NotoSansTamil-Regular"]


def test_the_fonts_chosen_do_not_depend_on_the_language_of_the_machine() -> None:
    asked = "from renderer.text.installed import best_family as b; print([b(c, False, 'sc') for c in '中ก।♥「ب'])"
    languages = [dict.fromkeys(("LANG", "LC_ALL", "LANGUAGE"), name) for name in ("ja_JP.UTF-8", "th_TH.UTF-8")]
    first, second = (
        subprocess.check_output([sys.executable, "-c", asked], env={**os.environ, **language}, text=True)
        for language in languages
    )
    assert first == second


@pytest.mark.parametrize("emoji", ["👋🏽", "👩‍👩‍👧‍👦", "🇫🇷", "❤️"], ids=["skin tone", "family", "flag", "heart"])
def test_an_emoji_is_one_cluster_of_a_font_in_colour(fonts: Fonts, emoji: str) -> None:
    face = fonts.for_cluster(emoji, fonts.find("Inter"))
    if face is None or not face.in_colour:
        missing("fontconfig, asked for a colour emoji font,")
    assert face.covers(emoji)


def _font_of_two_scripts(path: Path) -> Path:
    """Its figures are 0.5 em wide, and 0.6 em as equally wide ones of Cyrillic; 3 and 4 are drawn as one."""
    figures = [f"{kind}{digit}" for kind in ("narrow", "wide") for digit in range(10)]
    names = [".notdef", "space", "be", *figures]
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 700), (100, 700), (100, 0)):
        pen.lineTo(corner)
    pen.closePath()
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder(names)
    font.setupCharacterMap({ord(" "): "space", ord("б"): "be", **{ord(name[-1]): name for name in figures[:10]}})
    font.setupGlyf(dict.fromkeys(names, pen.glyph()))
    font.setupHorizontalMetrics({name: (600 if name.startswith("wide") else 500, 0) for name in names})
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": "Two Scripts", "styleName": "Regular"})
    font.setupOS2()
    font.setupPost()
    swaps = " ".join(f"sub narrow{digit} by wide{digit};" for digit in range(10))
    joined = "feature rlig { sub narrow3 narrow4 by be; } rlig;"
    addOpenTypeFeaturesFromString(font.font, f"feature tnum {{ script cyrl; {swaps} }} tnum; {joined}")
    font.save(path)
    return path


def test_figures_of_equal_width_are_those_of_the_script_around_them(tmp_path: Path) -> None:
    style = TextStyle(family="Two Scripts", size=100, tabular=True)
    layout = lay_out("б 12", style, alone(_font_of_two_scripts(tmp_path / "scripts.ttf")))
    *_, one, two = layout.glyphs
    assert one.figures is not None
    assert (one.id, two.id) == one.figures.ids[1:3]
    assert [letter.box.width for letter in layout.letters[-2:]] == pytest.approx([60, 60])


def test_figures_that_a_font_draws_as_one_do_not_count(tmp_path: Path) -> None:
    style = TextStyle(family="Two Scripts", tabular=True)
    layout = lay_out("34", style, alone(_font_of_two_scripts(tmp_path / "joined.ttf")))
    motion = TextMotion([Counter()], "text", 2.0)
    assert list(motion.faults(layout)) == [
        "animations[0]: the font lacks figures or draws them joined: they do not count."
    ]
    canvas = (100.0, 100.0)
    block = motion.block(layout, lettering(Text(text="34"), canvas), Room(canvas, canvas, layout.size), 0.5)
    assert block.layout.letters == layout.letters
