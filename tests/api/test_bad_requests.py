"""Requests that are wrong, in a table: each is answered in one form that names what to change."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.conftest import Service, refusal, service_for


@pytest.fixture(scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """One for the whole table: nothing here changes anything."""
    async with service_for(tmp_path_factory.mktemp("bad")) as running_service:
        yield running_service


def body(text: str) -> dict[str, Any]:
    return {"content": text.encode()}


@pytest.mark.parametrize("path", ["/nope", "/v1", "/v1/renders/a/b", "/", "/v1/%00", "/v1/renders/%ff"])
async def test_an_unknown_address_is_answered_in_our_words(service: Service, path: str) -> None:
    await refusal(service, 404, "GET", path)


@pytest.mark.parametrize(
    ("request_body", "code"),
    [
        (b"{", "invalid_json"),
        (b'{"template": "a",}', "invalid_json"),
        (b"\xff\xfe{}", "invalid_json"),
        (b'{"template": "\xff"}', "invalid_json"),
        (b'{"template": "\\ud800"}', "invalid_json"),
        (b'{"template": NaN}', "invalid_json"),
        (b'{"template": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}", "invalid_json"),
        (b'{"unknown": 1,}', "invalid_json"),
        (b'{"template": "a", "b": x}', "invalid_json"),
        (b"[]", "invalid_request"),
        (b"null", "invalid_request"),
        (b"7", "invalid_request"),
        (b'"text"', "invalid_request"),
        (b"", "invalid_request"),
        (b"template=a&modifications=b", "invalid_json"),
    ],
)
async def test_a_body_that_is_no_request_is_refused(service: Service, request_body: bytes, code: str) -> None:
    told = await refusal(service, 400, "POST", "/v1/renders", content=request_body)
    assert told["code"] == code


async def test_the_line_and_column_of_a_mistake_in_the_json_are_told(service: Service) -> None:
    told = await refusal(service, 400, "POST", "/v1/renders", content=b'{"template": "a",\n "data": NaN}')
    assert told["error"].startswith("The body is not JSON: line 2, column 10: JSON has no NaN and no Infinity")


async def test_a_byte_order_mark_before_the_json_is_passed_over(service: Service) -> None:
    told = await refusal(service, 404, "POST", "/v1/renders", content=b'\xef\xbb\xbf{"template": "none"}')
    assert told["code"] == "unknown_template"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("{}", ""),
        ('{"template": 7}', "template"),
        ('{"template": null}', "template"),
        ('{"template": "a", "modifications": {}}', "modifications"),
        ('{"template": "a", "modifications": "x"}', "modifications"),
        ('{"template": "a", "metadata": {"id": 1}}', "metadata"),
        ('{"template": "a", "strict": "no"}', "strict"),
        ('{"template": "a", "data": []}', "data"),
        ('{"template": "a", "webhook_url": 1}', "webhook_url"),
        ('{"template": "a", "modification": []}', "modification"),
        ('{"template": "a", "webhookUrl": "https://x.example"}', "webhookUrl"),
    ],
)
async def test_a_field_of_the_wrong_kind_or_name_is_named(service: Service, text: str, path: str) -> None:
    told = await refusal(service, 400, "POST", "/v1/renders", **body(text))
    assert [field["path"] for field in told["fields"]] == [path]


async def test_an_unknown_field_is_answered_with_the_nearest(service: Service) -> None:
    told = await refusal(service, 400, "POST", "/v1/renders", **body('{"template": "a", "modification": []}'))
    assert 'did you mean "modifications"?' in told["error"]


async def test_several_mistakes_are_one_sentence(service: Service) -> None:
    told = await refusal(service, 400, "POST", "/v1/templates/quote/frame", **body('{"at": 2, "format": "jpg"}'))
    first, second = told["error"].split("; format: ")
    assert first.startswith('at: unknown property "at"; did you mean "time"?')
    assert first.endswith("format, width")
    assert second == 'expected one of jpeg, png, webp, not "jpg"; did you mean "jpeg"?'


async def test_of_a_key_that_comes_twice_the_last_one_counts(service: Service) -> None:
    told = await refusal(service, 404, "POST", "/v1/renders", **body('{"template": "first", "template": "second"}'))
    assert '"second"' in told["error"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/x", ""])
async def test_json_is_json_whatever_its_content_type_says(service: Service, content_type: str) -> None:
    answer = await service.client.post(
        "/v1/renders", content=b'{"template": "none"}', headers={"Content-Type": content_type}
    )
    assert answer.json()["code"] == "unknown_template"


async def test_an_unknown_query_parameter_is_refused(service: Service) -> None:
    told = await refusal(service, 400, "GET", "/v1/renders?page=1&limt=3&compleet=1")
    assert told["error"] == (
        'unknown query parameter "limt"; did you mean "limit"? There is: page, limit, template, completed.'
    )
    assert [field["path"] for field in told["fields"]] == ["limt", "compleet"]
    told = await refusal(service, 400, "POST", "/v1/renders?dry_run=true", json={"template": "none"})
    assert told["error"] == 'unknown query parameter "dry_run". There is none here.'
    for path in ("/v1/assets", "/v1/fonts"):
        assert "filename" in (await refusal(service, 400, "POST", f"{path}?name=a.png", content=b"x"))["error"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("page=0", 'page: expected a whole number from 1 to 1000000, not "0".'),
        ("page=-1", 'page: expected a whole number from 1 to 1000000, not "-1".'),
        ("page=99999999999999999999", 'page: expected a whole number from 1 to 1000000, not "99999999999999999999".'),
        ("limit=101", 'limit: expected a whole number from 1 to 100, not "101".'),
        ("limit=abc", 'limit: expected a whole number from 1 to 100, not "abc".'),
        ("limit=", 'limit: expected a whole number from 1 to 100, not "".'),
        ("completed=maybe", 'completed: expected true or false, not "maybe".'),
    ],
)
async def test_a_wrong_query_parameter_is_answered_with_what_is_expected(
    service: Service, query: str, sentence: str
) -> None:
    told = await refusal(service, 400, "GET", f"/v1/renders?{query}")
    assert told["error"] == sentence
    assert told["fields"][0]["path"] == query.partition("=")[0]
