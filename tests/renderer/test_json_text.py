"""What is said of text that is no JSON: its place as an editor counts, and the mistake in words."""

import pytest

from renderer.format.json_text import NotJson, read_json


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"a": 1,\n "b": x}', "line 2, column 7: a value is expected; there stands x}"),
        ('{"a": 1,}', "line 1, column"),
        ('{"a": 1,}', "there is a comma too many"),
        ('{"a": [1,\n]}', "there is a comma too many"),
        ("{'a': 1}", "line 1, column 2: names and texts stand in straight double quotes"),
        ('{"a": “b”}', "line 1, column 7: names and texts stand in straight double quotes"),
        ("{a: 1}", 'line 1, column 2: a name in double quotes, "…", is expected; there stands a: 1}'),
        ('{"ä": NaN}', "line 1, column 7: JSON has no NaN and no Infinity; write a number or null"),
        ('{"a": -Infinity}', "line 1, column 7: JSON has no NaN and no Infinity"),
        ('{"NaN": "\\" NaN", "b": NaN}', "line 1, column 24: JSON has no NaN"),
        ('{"a": 1 // one\n}', "line 1, column 9: JSON has no comments; there stands // one"),
        ('{"a": True}', "line 1, column 7: JSON writes true, false and null; there stands True}"),
        ('{"a": 1\n"b": 2}', 'line 2, column 1: a comma or a closing bracket is expected; there stands "b": 2}'),
        ('{"a" 1}', "line 1, column 6: a colon is expected"),
        ('{"a": "b\nc"}', r"line 1, column 9: a line break in a text is written \n"),
        ('{"a": "b', 'line 1, column 7: this text has no closing quotation mark; there stands "b'),
        ('{"a": [1', "line 1, column 9: it ends here, before everything that was opened is closed"),
        ("{} x", "line 1, column 4: the JSON is over before this; there stands x"),
        (" \n", "it is empty"),
        (b'{"a":\n "\xff"}', "line 2, column 3: this is not UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "it is UTF-16; save it as UTF-8"),
        ('{"a": "1e999", "b": 1e999}', "line 1, column 21: 1e999 is too large a number"),
        (f'{{"a": {"9" * 5000}}}', f"line 1, column 7: {'9' * 30} is too large a number"),
        ('{"a": \x1b[31m}', "there stands ?[31m}"),
    ],
)
def test_the_place_of_a_mistake_is_told_with_what_to_change(text: str | bytes, sentence: str) -> None:
    for given in {text, text.encode() if isinstance(text, str) else text}:
        with pytest.raises(NotJson) as caught:
            read_json(given)
        assert sentence in str(caught.value)


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read_json('\ufeff{"a": 1}') == read_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
