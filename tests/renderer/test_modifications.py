import copy
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renderer.errors import TemplateError
from renderer.format.modifications import Applied, apply
from renderer.format.objects import Audio, Group, Image, Rectangle, Text
from renderer.format.template import Scene, parse
from renderer.format.values import Size, parse_color

TEMPLATE: dict[str, Any] = {
    "audio": [{"name": "music", "src": "bed.mp3"}],
    "scenes": [
        {
            "name": "Intro",
            "objects": [
                {"type": "text", "name": "title", "text": "Hello"},
                {"type": "image", "name": "photo", "src": "a.jpg"},
                {"type": "video", "name": "clip", "src": "a.mp4"},
                {"type": "rectangle", "name": "box", "background-color": "#fff"},
            ],
        },
        {
            "name": "Outro",
            "objects": [
                {"type": "text", "name": "title", "text": "Bye"},
                {"type": "group", "name": "card", "objects": [{"type": "text", "name": "price", "text": "1"}]},
                {"type": "group", "name": "other", "objects": [{"type": "text", "name": "price", "text": "2"}]},
            ],
        },
        {"objects": [{"type": "text", "name": "last", "text": "The end"}]},
    ],
}

SHOP: dict[str, Any] = {
    "title": "{{shop.name}}",
    "variables": {"shop": {"name": "Ours", "rating": 4.5}, "products": [{"name": "Tea", "price": 3, "size": 40}]},
    "scenes": [
        {"name": "Start", "objects": [{"type": "text", "text": "{{ shop.name }}: {{shop.rating}} stars"}]},
        {
            "name": "Product",
            "repeat": "products",
            "objects": [
                {"type": "text", "name": "line", "text": "{{index}}. {{item.name}}", "font-size": "{{item.size}}"}
            ],
        },
    ],
}


def change(*modifications: dict[str, Any], **options: Any) -> Applied:
    return apply(TEMPLATE, list(modifications), **options)


def refusal(*modifications: dict[str, Any], **options: Any) -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        change(*modifications, **options)
    return caught.value


def scene(applied: Applied, index: int = 0) -> Scene:
    return applied.template.scenes[index]


def test_the_objects_of_a_scene_are_changed_by_name() -> None:
    applied = change(
        {"scene": "Intro", "object": "title", "text": "New", "color": "red", "font-size": "5vmin"},
        {"scene": "Outro", "object": "title", "text": "Newer"},
    )
    first, second = scene(applied).objects[0], scene(applied, 1).objects[0]
    assert isinstance(first, Text)
    assert isinstance(second, Text)
    assert (first.text, first.color, first.font_size) == ("New", parse_color("red"), Size(vmin=5))
    assert second.text == "Newer"
    assert applied.warnings == []


def test_the_template_that_was_given_stays_as_it_is() -> None:
    before = copy.deepcopy(TEMPLATE)
    applied = change({"object": "box", "keyframes": [{"time": 0, "x": 1}]}, {"scene": "Intro", "duration": 9})
    assert before == TEMPLATE
    assert parse(applied.raw) == applied.template


def test_the_scene_may_be_left_out_when_only_one_object_has_the_name() -> None:
    box = scene(change({"object": "box", "background_color": "#123"})).objects[3]
    assert isinstance(box, Rectangle)
    assert box.background_color == parse_color("#123")


def test_without_an_object_the_scene_itself_is_changed() -> None:
    applied = change({"scene": "Intro", "background-color": "#123", "duration": 3})
    assert scene(applied).background_color == parse_color("#123")
    assert scene(applied).duration == 3


def test_without_scene_and_object_the_template_itself_is_changed() -> None:
    applied = change({"loudness": -14, "background_color": "#123"})
    assert (applied.template.loudness, applied.template.background_color) == (-14, parse_color("#123"))
    error = refusal({"loudness": 3})
    assert (error.problems[0].path, "from -40 to -5" in error.message) == ("modifications[0].loudness", True)
    assert "only title, background-color, loudness can be" in refusal({"width": 640}).message


def test_a_scene_without_a_name_is_called_by_its_place() -> None:
    assert scene(change({"scene": "Scene 3", "duration": 3}), 2).duration == 3


def test_the_sounds_of_the_template_are_addressed_without_a_scene() -> None:
    music = change({"object": "music", "volume": 0.2}).template.audio[0]
    assert isinstance(music, Audio)
    assert music.volume == 0.2


@pytest.mark.parametrize("name", ["media_url", "media-url", "src", "background-image", "background_image"])
def test_the_picture_of_an_image_goes_by_several_names(name: str) -> None:
    photo = scene(change({"object": "photo", name: "b.jpg"})).objects[1]
    assert isinstance(photo, Image)
    assert photo.src == "b.jpg"


def test_media_url_is_the_source_of_a_video_and_background_image_the_picture_of_a_shape() -> None:
    applied = change({"object": "clip", "media_url": "b.mp4"}, {"object": "box", "background-image": "b.jpg"})
    raw = applied.raw["scenes"][0]["objects"]
    assert raw[2]["src"] == "b.mp4"
    assert raw[3]["background-image"] == "b.jpg"


def test_what_lies_in_a_group_is_found_and_its_group_tells_two_apart() -> None:
    assert "ambiguous" in refusal({"scene": "Outro", "object": "price", "text": "9"}).code
    card = scene(change({"object": "card/price", "text": "9"}), 1).objects[1]
    assert isinstance(card, Group)
    assert isinstance(card.objects[0], Text)
    assert card.objects[0].text == "9"


def test_a_later_modification_wins() -> None:
    applied = change({"object": "box", "x": 1}, {"object": "box", "x": 2})
    assert applied.raw["scenes"][0]["objects"][3]["x"] == 2


@pytest.mark.parametrize(
    ("modification", "code", "path", "sentence"),
    [
        (
            {"scene": "Intor", "object": "title", "text": "x"},
            "unknown_scene",
            "scene",
            'the template has no scene "Intor"; did you mean "Intro"? There is: Intro, Outro, Scene 3.',
        ),
        (
            {"scene": "Intro", "object": "titel", "text": "x"},
            "unknown_object",
            "object",
            'scene "Intro" has no object "titel"; did you mean "title"? There is: title, photo, clip, box.',
        ),
        (
            {"object": "zzz", "text": "x"},
            "unknown_object",
            "object",
            'the template has no object "zzz". There is: music, title, photo, clip, box, card, card/price, other, '
            "other/price, last.",
        ),
        (
            {"scene": "Outro", "object": "photo", "src": "x"},
            "unknown_object",
            "object",
            'scene "Outro" has no object "photo"; did you mean "photo" of scene "Intro"?',
        ),
        (
            {"object": "title", "text": "x"},
            "ambiguous_object",
            "object",
            '"title" is the name of several objects ("title" of scene "Intro", "title" of scene "Outro"): '
            'add its "scene"',
        ),
        (
            {"object": "box", "colour": "red"},
            "unknown_property",
            "colour",
            '"box" of scene "Intro": unknown property "colour"; did you mean "background-color"? A rectangle object ',
        ),
        ({"object": "box", "type": "circle"}, "unknown_property", "type", '"type" cannot be changed'),
        ({"scene": "Intro", "objects": []}, "unknown_property", "objects", '"objects" cannot be changed'),
        (
            {"object": "box", "opacity": "half"},
            "invalid_value",
            "opacity",
            '"box" of scene "Intro": expected a number from 0 to 1, not "half"',
        ),
        ({"scene": "Intro", "duration": "long"}, "invalid_value", "duration", 'scene "Intro": expected a number above'),
        (
            {"object": "box", "keyframes": [{"time": 0}, {"time": 0, "x": "wide"}]},
            "invalid_value",
            "keyframes[1].x",
            "expected a length",
        ),
        (
            {"object": "photo", "media_url": "file:///etc/passwd"},
            "invalid_value",
            "media_url",
            '"file:" is not supported',
        ),
        ({"text": "x"}, "invalid_value", "", 'say which "scene" or "object" is to be changed'),
        ({"scene": 3, "object": "box"}, "invalid_value", "scene", "the name of a scene is text"),
    ],
)
def test_a_mistake_is_reported_at_its_place_in_the_modifications(
    modification: dict[str, Any], code: str, path: str, sentence: str
) -> None:
    error = refusal({"object": "box", "x": 1}, modification)
    assert error.code == code
    assert error.problems[0].path == f"modifications[1].{path}".removesuffix(".")
    assert sentence in error.message


def test_all_mistakes_are_told_in_one_answer() -> None:
    error = refusal(
        {"scene": "Nowhere", "object": "title", "text": "x"},
        {"object": "box", "colour": "red", "opacity": 7, "x": 5},
        {"object": "titel", "text": "x"},
    )
    assert [problem.path for problem in error.problems] == [
        "modifications[0].scene",
        "modifications[1].colour",
        "modifications[1].opacity",
        "modifications[2].object",
    ]


def test_when_not_strict_unknown_names_become_warnings_and_the_rest_is_applied() -> None:
    applied = change({"object": "titel", "text": "x"}, {"object": "box", "colour": "red", "x": 5}, strict=False)
    assert [warning.partition(":")[0] for warning in applied.warnings] == [
        "modifications[0].object",
        "modifications[1].colour",
    ]
    assert applied.raw["scenes"][0]["objects"][3]["x"] == 5
    with pytest.raises(TemplateError, match="expected a number from 0 to 1"):
        change({"object": "box", "opacity": 7}, strict=False)


def test_a_value_that_keyframes_overrule_is_warned_about() -> None:
    raw = {
        "scenes": [
            {"objects": [{"type": "circle", "name": "dot", "border-width": 1, "keyframes": [{"time": 0, "x": 1}]}]}
        ]
    }
    assert apply(raw, [{"object": "dot", "x": 5}]).warnings == [
        'modifications[0].x: "dot" of scene "Scene 1" has keyframes for x, and they decide.'
    ]


@pytest.mark.parametrize(
    ("modifications", "sentence"),
    [
        ({}, "modifications: expected a list, not "),
        ("x", "modifications: expected a list, not "),
        ([1], "modifications[0]: expected an object"),
        ([{}] * 501, "modifications: there are 501; at most 500 are allowed"),
        ([{"object": "box", "x": float("nan")}], "modifications[0].x: a number is finite"),
    ],
)
def test_modifications_that_are_none_are_refused(modifications: object, sentence: str) -> None:
    with pytest.raises(TemplateError) as caught:
        apply(TEMPLATE, modifications)
    assert sentence in caught.value.message


def texts(applied: Applied) -> list[str]:
    return [obj.text for each in applied.template.scenes for obj in each.objects if isinstance(obj, Text)]


def test_variables_are_the_defaults_for_data() -> None:
    assert texts(apply(SHOP)) == ["Ours: 4.5 stars", "1. Tea"]
    assert apply(SHOP).template.title == "Ours"
    assert texts(apply(SHOP, data={"shop": {"name": "Theirs", "rating": 5.0}}))[0] == "Theirs: 5 stars"


def test_a_scene_is_repeated_for_each_item_and_then_modified_by_its_number() -> None:
    products = [{"name": "Tea", "size": 40}, {"name": "Cake", "size": "5vmin"}]
    applied = apply(SHOP, [{"scene": "Product 2", "object": "line", "color": "red"}], {"products": products})
    assert [each.name for each in applied.template.scenes] == ["Start", "Product 1", "Product 2"]
    assert texts(applied)[1:] == ["1. Tea", "2. Cake"]
    tea, cake = (each.objects[0] for each in applied.template.scenes[1:])
    assert isinstance(tea, Text)
    assert isinstance(cake, Text)
    assert (tea.font_size, cake.font_size) == (Size(40), Size(vmin=5))
    assert (tea.color, cake.color) == (parse_color("white"), parse_color("red"))


def test_an_empty_list_leaves_its_scene_out() -> None:
    assert [each.name for each in apply(SHOP, data={"products": []}).template.scenes] == ["Start"]


def test_a_scene_whose_name_is_filled_keeps_that_name() -> None:
    raw = {"scenes": [{"name": "{{item}}", "repeat": "places"}]}
    applied = apply(raw, data={"places": ["Oslo", "Rome"]})
    assert [each.name for each in applied.template.scenes] == ["Oslo", "Rome"]


def test_a_text_that_is_one_placeholder_takes_the_value_with_its_type() -> None:
    raw = {
        "scenes": [{"objects": [{"type": "text", "text": "{{n}}!", "visible": "{{on}}", "opacity": "{{half}}"}]}],
        "variables": {"n": 3, "on": False, "half": 0.5},
    }
    obj = apply(raw).template.scenes[0].objects[0]
    assert isinstance(obj, Text)
    assert (obj.text, obj.visible, obj.opacity) == ("3!", False, 0.5)


def test_what_data_says_is_not_filled_again() -> None:
    raw = {
        "scenes": [{"objects": [{"type": "text", "name": "a", "text": "{{a}}"}]}],
        "variables": {"a": "", "b": "secret"},
    }
    assert texts(apply(raw, data={"a": "{{b}}"})) == ["{{b}}"]
    assert texts(apply(raw, [{"object": "a", "text": "{{b}}"}])) == ["{{b}}"]


def test_braces_that_name_nothing_are_text() -> None:
    raw = {"scenes": [{"objects": [{"type": "text", "text": "{{ }} {{1}} {a} {{a b}}"}]}]}
    assert texts(apply(raw)) == ["{{ }} {{1}} {a} {{a b}}"]


@pytest.mark.parametrize(
    ("data", "path", "sentence"),
    [
        ({"shop": {"nam": "x", "rating": 1}}, "title", "nothing is known as {{shop.name}}; did you mean {{shop.nam}}?"),
        ({"shop": 3}, "title", "nothing is known as {{shop.name}}; did you mean {{shop}}? There is: shop, products."),
        ({"shop": {"name": [1], "rating": 1}}, "title", "{{shop.name}} is a list; only texts, numbers"),
        ({"products": 3}, "scenes[1].repeat", '"products" in the data is not a list'),
        ({"products": [{"name": "x"}]}, "scenes[1].objects[0].font-size", "nothing is known as {{item.size}}"),
    ],
)
def test_a_placeholder_that_cannot_be_filled_is_an_error_that_lists_what_there_is(data, path, sentence) -> None:
    with pytest.raises(TemplateError) as caught:
        apply(SHOP, data=data)
    assert caught.value.problems[0].path == path
    assert sentence in caught.value.message


def test_when_not_strict_what_is_not_known_is_left_empty_with_a_warning() -> None:
    applied = apply(SHOP, data={"shop": {"name": "Mine"}}, strict=False)
    assert texts(applied)[0] == "Mine:  stars"
    assert len(applied.warnings) == 1
    assert applied.warnings[0].startswith("scenes[0].objects[0].text: nothing is known as {{shop.rating}}")


def test_data_that_nothing_uses_is_warned_about() -> None:
    assert apply(SHOP, data={"shopp": 1}).warnings == ['data.shopp is used nowhere; did you mean "shop"?']


def test_a_list_that_does_not_exist_is_named() -> None:
    with pytest.raises(TemplateError, match=r"scenes\[0\]\.repeat: nothing is known as {{list}}. There is no data."):
        apply({"scenes": [{"repeat": "list"}]})


@pytest.mark.parametrize(
    ("raw", "items", "sentence"),
    [
        ({"scenes": [{"repeat": "list"}, {}]}, 200, "has 201 scenes; at most 200"),
        ({"scenes": [{"repeat": "list", "objects": [{"type": "circle"}] * 100}]}, 21, "has 2100 objects; at most 2000"),
        ({"scenes": [{"repeat": "list", "objects": [{"x": [0] * 50_000}]}]}, 50, "more than 200,000 values"),
        ({"scenes": [{"name": "{{list.0}}" * 10}], "title": "{{list.0}}" * 1000}, 50, "this text is too long"),
    ],
)
def test_repetition_cannot_grow_a_template_beyond_its_limits(raw: dict[str, Any], items: int, sentence: str) -> None:
    with pytest.raises(TemplateError, match=sentence) as caught:
        apply(raw, data={"list": ["x" * 5000] * items})
    assert caught.value.code == "template_too_large"


def test_a_modification_that_breaks_the_times_is_refused() -> None:
    raw = {"scenes": [{"name": "A", "duration": 3}, {"duration": 3, "transition": {"type": "fade", "duration": 2}}]}
    with pytest.raises(TemplateError, match="longer than the scene before, which lasts 1 s"):
        apply(raw, [{"scene": "A", "duration": 1}])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.just("{{a}}"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["Intro", "Outro", "title", "box", "card/price", "music", ""]) | json_values
properties = st.sampled_from(["text", "x", "color", "keyframes", "duration", "transition", "src", "media_url", "type"])


@given(
    st.lists(
        st.fixed_dictionaries({}, optional={"scene": names, "object": names, "x": json_values})
        | st.dictionaries(properties | st.just("object"), json_values, max_size=4)
        | json_values,
        max_size=4,
    ),
    json_values,
    st.booleans(),
)
@settings(deadline=None, max_examples=200)
def test_no_modifications_and_no_data_fail_in_another_way(modifications: object, data: object, strict: bool) -> None:
    with suppress(TemplateError):
        applied = apply(TEMPLATE, modifications, data, strict)
        assert parse(applied.raw) == applied.template


def test_a_font_that_nobody_has_is_refused_where_it_was_asked_for() -> None:
    text = {"type": "text", "name": "title", "text": "x"}
    raw = {"fonts": [{"family": "Our Brand", "src": "a.ttf"}], "scenes": [{"name": "A", "objects": [text]}]}
    for family in ("Our Brand", "Helvetica, Inter"):
        assert apply(raw, [{"object": "title", "font-family": family}]).warnings == []
    with pytest.raises(TemplateError) as caught:
        apply(raw, [{"object": "title", "font-family": "Monserrat"}])
    assert caught.value.code == "unknown_font"
    (problem,) = caught.value.problems
    assert problem.path == "modifications[0].font-family"
    assert 'did you mean "Montserrat"?' in problem.message
    assert apply(raw, [{"object": "title", "font-family": "Own"}], families=["Own"]).warnings == []
    (warning,) = apply(raw, [{"object": "title", "font-family": "Monserrat"}], strict=False).warnings
    assert warning.startswith("scenes[0].objects[0].font-family: there is no font family")


def test_a_video_of_which_an_empty_list_leaves_no_scene_is_refused() -> None:
    with pytest.raises(TemplateError, match=r'scenes\[0\].repeat: "list" in the data is empty'):
        apply({"variables": {"list": []}, "scenes": [{"repeat": "list"}]})
