import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renderer.text import bidi
from renderer.text.fonts import Fonts
from renderer.text.layout import TextLayout, TextStyle, lay_out
from renderer.text.spans import Marked, Span, Transform, marked, transformed

FONTS = Fonts()
FOX = "The quick brown fox jumps over the lazy dog"
BIDI_CASES = [
    line for line in (Path(__file__).parent / "bidi_cases.txt").read_text().splitlines() if not line.startswith("#")
]
FAMILY = "👨\u200d👩\u200d👧"


def layout(text: str, **style: object) -> TextLayout:
    return lay_out(text, TextStyle(**style), FONTS)  # type: ignore[arg-type]


def lines(text: str, **style: object) -> list[str]:
    return [line.text for line in layout(text, **style).lines]


def test_lines_are_as_full_as_the_width_allows_and_break_between_words() -> None:
    found = layout(FOX, width=400.0)
    assert " ".join(line.text for line in found.lines) == FOX
    assert all(line.box.width <= 400 for line in found.lines)
    for line, following in itertools.pairwise(found.lines):
        word = following.text.split()[0]
        assert layout(f"{line.text} {word}").width > 400


def test_without_wrapping_only_written_line_ends_count() -> None:
    assert lines(FOX, width=50.0, wrap=False) == [FOX]
    assert lines("one\ntwo\r\nthree\n\nfive", wrap=False) == ["one", "two", "three", "", "five"]


def test_a_word_longer_than_the_line_is_cut_between_letters() -> None:
    found = lines("Donaudampfschifffahrt", width=200.0)
    assert len(found) > 1
    assert "".join(found) == "Donaudampfschifffahrt"


def test_a_grapheme_is_never_cut_even_where_no_letter_fits() -> None:
    assert lines(f"e\u0301{FAMILY}🇩🇪", width=1.0) == ["e\u0301", FAMILY, "🇩🇪"]


def test_chinese_breaks_between_characters_but_not_before_a_full_stop() -> None:
    found = lines("天地玄黄。宇宙洪荒", width=48 * 4.5, autofit="none")
    assert len(found) > 1
    assert not any(line.startswith("。") for line in found)


@pytest.mark.parametrize(
    "words",
    [
        ["ภาษา", "ไทย", "เป็น", "ภาษา", "ที่", "มี", "ระดับ", "เสียง"],
        ["ພາສາ", "ລາວ", "ເປັນ", "ພາສາ", "ທາງການ"],
        ["កម្ពុជា", "មាន", "ទីក្រុង"],
        ["မြန်မာနိုင်ငံ", "တော်သည်"],
    ],
    ids=["Thai", "Lao", "Khmer", "Burmese"],
)
def test_scripts_without_spaces_break_between_words(words: list[str]) -> None:
    widest = max(layout(word).width for word in words)
    assert "".join(lines("".join(words), width=widest + 1)) == "".join(words)
    ends = set(itertools.accumulate(len(word) for word in words))
    assert set(itertools.accumulate(len(line) for line in lines("".join(words), width=widest + 1))) <= ends


@pytest.mark.parametrize("whole", ["and/or", "24/7", "$100", "3.5%", "me@example.com"])
def test_a_word_with_signs_in_it_stays_whole(whole: str) -> None:
    assert whole in lines(f"one two {whole} three", width=layout(whole).width + 1)


def test_a_hyphen_and_an_opening_bracket_may_part_a_word() -> None:
    assert lines("well-known", width=layout("known").width + 1) == ["well-", "known"]
    assert lines("now!(really)", width=layout("(really)").width + 1) == ["now!", "(really)"]


def test_white_space_at_the_end_of_a_line_takes_no_room() -> None:
    width = layout("Hello").width
    assert lines("Hello      hill", width=width + 1) == ["Hello", "hill"]
    assert layout("Hello   ").width == width


@pytest.mark.parametrize(("align", "share"), [("left", 0.0), ("center", 0.5), ("right", 1.0)])
def test_lines_are_aligned_in_the_box(align: str, share: float) -> None:
    line = layout("Hello", width=500.0, align=align).lines[0]
    assert line.box.x == pytest.approx(share * (500 - line.box.width))


@pytest.mark.parametrize(
    ("align", "leftwards", "rightwards"), [("start", 1.0, 0.0), ("end", 0.0, 1.0), ("left", 0.0, 0.0)]
)
def test_each_paragraph_starts_at_the_side_from_which_it_is_read(
    align: str, leftwards: float, rightwards: float
) -> None:
    lines = layout("\u05e9\u05dc\u05d5\u05dd a\nb \u05e9\u05dc\u05d5\u05dd\n12", width=500.0, align=align).lines
    shares = [line.box.x / (500.0 - line.box.width) for line in lines]
    assert shares == pytest.approx([leftwards, rightwards, rightwards])


@pytest.mark.parametrize(("align", "share"), [("top", 0.0), ("middle", 0.5), ("bottom", 1.0)])
def test_the_block_is_aligned_in_the_height(align: str, share: float) -> None:
    found = layout("Hello\nworld", height=300.0, vertical_align=align)
    assert found.block.y == pytest.approx(share * (300 - found.block.height))
    assert found.height == 300


def test_baselines_are_a_line_height_apart_and_letters_sit_in_the_middle_of_their_line() -> None:
    found = layout("Hxg\nHxg", size=100.0, line_height=1.5)
    assert found.lines[1].baseline - found.lines[0].baseline == pytest.approx(150)
    assert found.height == pytest.approx(300)
    assert 0 < found.ink.y < 60
    assert found.ink.y + found.ink.height < 300


def test_letter_spacing_lies_between_letters_and_not_after_the_last() -> None:
    plain = layout("HHHH")
    assert layout("HHHH", letter_spacing=(10.0, 0.0)).width == pytest.approx(plain.width + 30)
    assert layout("HHHH", size=50.0, letter_spacing=(0.0, 0.1)).width == pytest.approx(plain.width * 50 / 48 + 15)


@pytest.mark.parametrize(
    ("content", "script"),
    [
        ("السلام عليكم", "Arabic"),
        ("नमस्ते दुनिया 12", "Devanagari"),
        ("বাংলা", "Bengali"),
        ("ਪੰਜਾਬੀ", "Gurmukhi"),
        ("ܫܠܡܐ", "Syriac"),
        ("ߒߞߏ", "N’Ko"),
        ("ᠮᠣᠩᠭᠣᠯ", "Mongolian"),
    ],
)
def test_letter_spacing_tears_no_joined_letters_apart(content: str, script: str) -> None:
    plain, spaced = layout(content), layout(content, letter_spacing=(10.0, 0.1))
    assert [(glyph.id, glyph.x) for glyph in spaced.glyphs] == [(glyph.id, glyph.x) for glyph in plain.glyphs]
    assert (plain.unspaced, spaced.unspaced) == ((), (script,))


def test_letter_spacing_beside_joined_letters_parts_the_others() -> None:
    plain, spaced = layout("שלום العربية HHH"), layout("שלום العربية HHH", letter_spacing=(10.0, 0.0))
    assert spaced.width == pytest.approx(plain.width + 5 * 10 + 2 * 10)


def test_letters_of_a_ligature_share_its_width_and_spacing_dissolves_it() -> None:
    joined = layout("ffi", family="Playfair Display", italic=True)
    assert len(joined.glyphs) < len(joined.letters) == 3
    widths = [letter.box.width for letter in joined.letters]
    assert sum(widths) == pytest.approx(joined.width)
    assert min(widths) > 0
    spread = layout("ffi", family="Playfair Display", italic=True, letter_spacing=(1.0, 0.0))
    assert len(spread.glyphs) == 3


def test_pairs_are_kerned() -> None:
    assert layout("AV").width < layout("A").width + layout("V").width - 1


@pytest.mark.parametrize(
    ("how", "text", "shown"),
    [
        ("uppercase", "straße", "STRASSE"),
        ("lowercase", "ÉTÉ", "été"),
        ("capitalize", "the “old” l'été don't", "The “Old” L'été Don't"),
        ("none", "As It Is", "As It Is"),
    ],
)
def test_text_is_transformed_as_css_says(how: Transform, text: str, shown: str) -> None:
    assert transformed([Marked(text, ())], how) == [Marked(shown, ())]


def test_a_word_that_spans_part_gets_one_capital() -> None:
    parts = transformed(marked("more words", [Span(match="re wo")]), "capitalize")
    assert [part.text for part in parts] == ["Mo", "re Wo", "rds"]


def test_a_sigma_has_its_final_form_only_where_the_whole_word_ends() -> None:
    parts = transformed(marked("ΟΔΟΣ ΣΟΦΟΣ", [Span(match="ΣΟΦ")]), "lowercase")
    assert [part.text for part in parts] == ["οδος ", "σοφ", "ος"]
    assert transformed(marked("ΣΑΣ", [Span(match="ΣΑ")]), "lowercase")[1].text == "ς"
    assert transformed(marked("İıß", [Span(match="ı")]), "lowercase")[0].text == "i\u0307"


def test_whole_words_are_not_found_inside_of_others() -> None:
    def found(content: str, match: str) -> list[int]:
        parts = marked(content, [Span(match=match, whole_words=True)])
        starts = [sum(len(part.text) for part in parts[:place]) for place in range(len(parts))]
        return [start for start, part in zip(starts, parts, strict=True) if part.spans]

    assert found("cat category, (cat) scat cat's", "cat") == [0, 15, 25]
    assert found("$19 for $190 or US$19", "$19") == [0, 18]
    assert found("50% of 150%", "50%") == [0]
    assert found("xa a a", "a a") == [3]


@pytest.mark.parametrize(
    ("match", "longer"),
    [
        ("कम", "कमी"),
        ("cafe", "cafe\u0301"),
        ("ท", "ที่"),
        ("ك", "كَتَبَ"),
        ("\u05e9", "\u05e9\u05b8\u05dc\u05d5\u05b9\u05dd"),
        ("न", "स्नान"),
    ],
    ids=["Hindi", "accent", "Thai", "Arabic", "Hebrew", "conjunct"],
)
def test_marks_on_letters_belong_to_their_words(match: str, longer: str) -> None:
    parts = marked(f"{longer} {match}, {longer}", [Span(match=match, whole_words=True)])
    assert [part.text for part in parts] == [f"{longer} ", match, f", {longer}"]
    assert [part.spans for part in parts] == [(), (0,), ()]


def test_tabs_are_found_as_the_blanks_that_they_are() -> None:
    found = lay_out("one\ttwo", TextStyle(), FONTS, [Span(match="one\ttwo")])
    assert {letter.spans for letter in found.letters} == {(0,)}


def test_spans_that_overlap_add_to_each_other() -> None:
    parts = marked("a big sale, a sale", [Span(match="big sale"), Span(match="sale")])
    assert [(part.text, part.spans) for part in parts] == [
        ("a ", ()),
        ("big ", (0,)),
        ("sale", (0, 1)),
        (", a ", ()),
        ("sale", (1,)),
    ]


def test_a_span_has_a_face_and_a_size_of_its_own_and_its_letters_know_it() -> None:
    found = lay_out("from $19 on", TextStyle(size=40.0), FONTS, [Span(match="$19", weight=800, scale=2.0)])
    inside = [letter for letter in found.letters if letter.spans == (0,)]
    assert "".join(letter.text for letter in inside) == "$19"
    large = layout("$19", size=80.0, weight=800)
    assert sum(letter.box.width for letter in inside) == pytest.approx(large.width)
    assert {glyph.size for glyph in found.glyphs} == {40.0, 80.0}


def test_a_line_is_as_high_as_its_largest_span_and_letters_share_its_baseline() -> None:
    found = lay_out("small\nsome BIG\nsmall", TextStyle(size=40.0), FONTS, [Span(match="BIG", scale=2.0)])
    assert [line.box.height for line in found.lines] == pytest.approx([48, 96, 48])
    assert found.height == pytest.approx(192)
    assert found.lines[2].baseline - found.lines[1].box.y == pytest.approx(
        96 + layout("x", size=40.0).lines[0].baseline
    )
    assert {glyph.y for glyph in found.glyphs if found.letters[glyph.letter].line == 1} == {found.lines[1].baseline}


def test_letters_of_a_span_have_the_space_of_their_own_after_them() -> None:
    def widths(*spans: Span, spacing: tuple[float, float] = (0.0, 0.0)) -> tuple[float, list[float]]:
        found = lay_out("one two", TextStyle(size=40, letter_spacing=spacing), FONTS, spans)
        return found.width, [letter.box.x for letter in found.letters]

    width, plain = widths()
    spread, places = widths(Span(match="one", spacing=(5.0, 0.1)))
    assert spread == pytest.approx(width + 3 * 9)
    assert places == pytest.approx([x + 9 * min(place, 3) for place, x in enumerate(plain)], abs=1e-6)
    assert widths(Span(match="two", spacing=(0.0, 0.0)), spacing=(5.0, 0.1))[0] == pytest.approx(width + 4 * 9)
    larger = widths(Span(match="one", scale=2.0))[0]
    assert widths(Span(match="one", scale=2.0, spacing=(0.0, 0.1)))[0] == pytest.approx(larger + 3 * 8)


def test_space_between_letters_is_as_wide_in_scripts_that_run_leftwards() -> None:
    content = "\u05e9\u05dc\u05d5\u05dd \u05e9\u05dc"
    found = lay_out(content, TextStyle(size=40), FONTS, [Span(match="\u05dc\u05d5", spacing=(20.0, 0.0))])
    ends = max(letter.box.x + letter.box.width for letter in found.letters)
    assert found.width == pytest.approx(ends)
    assert found.width == pytest.approx(lay_out(content, TextStyle(size=40), FONTS).width + 40, abs=1)


def test_only_letters_with_space_between_them_are_drawn_without_ligatures() -> None:
    style = TextStyle(family="Lora", size=40)
    spans = [Span(match="office", spacing=(2.0, 0.0))]
    drawn = [len(lay_out("office fine", style, FONTS, each).glyphs) for each in ((), spans)]
    assert drawn == [9, 10]


def test_letters_join_and_kern_across_spans_of_one_face() -> None:
    assert lay_out("AVAV", TextStyle(), FONTS, [Span(match="V")]).width == pytest.approx(layout("AVAV").width)
    arabic = lay_out("مرحبا", TextStyle(), FONTS, [Span(match="حب")])
    assert [glyph.id for glyph in arabic.glyphs] == [glyph.id for glyph in layout("مرحبا").glyphs]


def test_spans_are_fitted_with_the_rest_and_reach_over_line_ends() -> None:
    spans = [Span(match="two\nthree", scale=1.5)]
    style = TextStyle(autofit="shrink", width=200.0, height=100.0, size=80.0)
    found = lay_out("one two\nthree four", style, FONTS, spans)
    assert found.overflow == ()
    assert found.block.height == pytest.approx(1.5 * 1.2 * found.size * len(found.lines))
    assert "".join(letter.text for letter in found.letters if letter.spans) == "twothree"


def test_shrink_makes_text_smaller_until_it_fits_but_never_larger() -> None:
    found = layout(FOX, size=80.0, autofit="shrink", width=300.0, height=100.0)
    assert found.size < 80
    assert found.block.height <= 100.1
    assert all(line.box.width <= 300.1 for line in found.lines)
    assert layout("Hi", size=30.0, autofit="shrink", width=300.0, height=100.0).size == 30


def test_fill_takes_the_largest_size_that_fits_and_cuts_no_word() -> None:
    box = {"width": 320.0, "height": 150.0}
    found = layout("AUTOFIT fill box", autofit="fill", **box)
    assert found.block.height <= 150.1
    assert max(line.box.width for line in found.lines) <= 320.1
    larger = layout("AUTOFIT fill box", size=found.size * 1.02, width=320.0)
    assert larger.block.height > 150 or any(" " not in line.text and line.text != "AUTOFIT" for line in larger.lines)
    assert [word.text for word in found.words] == ["AUTOFIT", "fill", "box"]


def test_fitting_keeps_between_the_smallest_and_the_largest_size() -> None:
    assert layout("Hi", autofit="fill", max_size=70.0, width=900.0, height=900.0).size == 70
    assert layout(FOX * 20, autofit="fill", min_size=20.0, width=90.0, height=30.0).size == 20


@pytest.mark.parametrize(
    ("style", "overflow"),
    [
        ({"width": 2000.0, "height": 60.0}, ()),
        ({"width": 100.0}, ("word",)),
        ({"width": 100.0, "wrap": False}, ("width",)),
        ({"width": 340.0, "height": 100.0}, ("height",)),
        ({"width": 340.0, "height": 100.0, "vertical_align": "bottom"}, ("height",)),
        ({"width": 340.0, "height": 100.0, "autofit": "shrink"}, ()),
        ({"width": 300.0, "height": 20.0, "autofit": "shrink", "min_size": 40.0}, ("height",)),
        ({"width": 90.0, "height": 20.0, "autofit": "fill", "min_size": 40.0}, ("word", "height")),
        ({"max_width": 340.0, "max_height": 20.0, "autofit": "shrink", "min_size": 40.0}, ("height",)),
        ({"max_width": 340.0, "max_height": 20.0}, ()),
    ],
)
def test_what_does_not_fit_its_box_is_known(style: dict[str, object], overflow: tuple[str, ...]) -> None:
    assert layout("Extraordinary words in boxes", **style).overflow == overflow


def test_a_line_higher_than_its_box_fits_while_its_ink_does() -> None:
    assert layout("Hxg", size=50.0, line_height=2.0, height=60.0, vertical_align="middle").overflow == ()
    assert layout("Hxg", size=50.0, line_height=2.0, height=60.0).overflow == ("height",)


def test_letters_and_words_have_boxes_in_the_order_they_are_read() -> None:
    found = layout("Hello big\nworld")
    assert [word.text for word in found.words] == ["Hello", "big", "world"]
    assert [word.line for word in found.words] == [0, 0, 1]
    big = found.words[1]
    letters = found.letters[big.first : big.end]
    assert "".join(letter.text for letter in letters) == "big"
    assert big.box.x == letters[0].box.x
    assert big.box.x + big.box.width == pytest.approx(letters[-1].box.x + letters[-1].box.width)
    assert [found.letters[glyph.letter].text for glyph in found.glyphs] == list("Hello bigworld")


def test_a_missing_character_is_reported_once_and_still_takes_room() -> None:
    found = layout("a\U0010fffdb\U0010fffd")
    assert found.missing == ("\U0010fffd",)
    assert found.letters[1].box.width > 0


def test_empty_text_has_a_line_but_no_ink() -> None:
    found = layout("")
    assert [line.text for line in found.lines] == [""]
    assert found.ink.width == found.width == 0


def test_hebrew_runs_from_right_to_left_and_its_numbers_from_left_to_right() -> None:
    found = layout("\u05d0\u05d1 12 \u05d2")
    x = {letter.text: letter.box.x for letter in found.letters if letter.text != " "}
    assert x["\u05d2"] < x["1"] < x["2"] < x["\u05d1"] < x["\u05d0"]


@pytest.mark.parametrize(
    ("logical", "visual"),
    [  # capitals stand for Hebrew letters
        ("abc DEF ghi", "abc FED ghi"),
        ("ABC def", "def CBA"),
        ("ABC 12.5% def", "def 12.5% CBA"),
        ("say (ABC) now", "say (CBA) now"),
        ("ABC, DEF! 34", "34 !FED ,CBA"),
        ("12 abc", "12 abc"),
    ],
)
def test_runs_are_reordered_by_the_bidirectional_algorithm(logical: str, visual: str) -> None:
    text = "".join(chr(0x5D0 + ord(c) - 65) if c.isupper() else c for c in logical)
    shown = "".join(
        logical[first:end][:: -1 if level % 2 else 1] for first, end, level in bidi.visual_order(bidi.levels(text))
    )
    assert shown == visual


@pytest.mark.parametrize("case", BIDI_CASES)
def test_levels_and_order_are_those_of_unicodes_own_test(case: str) -> None:
    codes, expected, order = (field.split() for field in case.split(";"))
    found = bidi.levels("".join(chr(int(code, 16)) for code in codes))
    kept = [i for i, level in enumerate(expected) if level != "x"]
    assert [str(found[i]) for i in kept] == [expected[i] for i in kept]
    runs = bidi.visual_order([found[i] for i in kept])
    shown = [i for first, end, level in runs for i in kept[first:end][:: -1 if level % 2 else 1]]
    assert [str(i) for i in shown] == order


@pytest.mark.parametrize("mark", ["\u200d", "\u00ad", "\u200b", "\u202c"])
def test_a_mark_that_cannot_be_seen_never_parts_the_text_beside_it(mark: str) -> None:
    assert bidi.levels(f"abc אב{mark}ג") == [0, 0, 0, 0, 1, 1, 1, 1]


@given(st.text(alphabet="a1א٣ ,+()[\u2066\u2067\u2068\u2069\u202a\u202b\u202e\u202c\u0301\x1c", max_size=200))
def test_every_order_of_marks_of_direction_gives_levels(text: str) -> None:
    assert all(0 <= level <= 127 for level in bidi.levels(text))
    assert len(bidi.levels(text)) == len(text)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.floats(1, 400), st.booleans())
def test_no_text_is_too_strange_to_set(text: str, width: float, right: bool) -> None:
    found = layout(text, width=width, size=20.0, align="right" if right else "left")
    assert len(found.lines) >= 1
    assert all(0 <= glyph.letter < len(found.letters) for glyph in found.glyphs)
    covered = [range(word.first, word.end) for word in found.words]
    in_words = {index for letters in covered for index in letters}
    assert in_words == {i for i, letter in enumerate(found.letters) if letter.word is not None}
