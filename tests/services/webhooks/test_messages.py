"""What a message says and proves in each dialect, checked by verifiers that share no code with us."""

import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from app import ids
from app.api.fastclip import webhooks
from app.api.tornado import webhook_secret
from app.dialects import Dialect
from app.services.webhooks import messages
from app.services.webhooks.messages import Message

SECRET, OLD = ids.webhook_secret(), ids.webhook_secret()


def signed(dialect: Dialect, event: str, data: Any) -> tuple[str, dict[str, str]]:
    body = messages.body(dialect, event, messages.canonical(data))
    message = Message(id="msg_1", event=event, dialect=dialect, body=body)
    return body, messages.headers(message, [SECRET, OLD], int(time.time()))


def test_fastclip_s_body_is_an_envelope_in_canonical_json() -> None:
    body, _ = signed("fastclip", "upload.ready", {"filename": "grüße.mp4", "file_id": "upl_1", "duration": 1810.2})
    assert body == (
        '{"data":{"duration":1810.2,"file_id":"upl_1","filename":"gr\\u00fc\\u00dfe.mp4"},"event":"upload.ready"}'
    )


def test_fastclip_s_signature_is_over_the_bytes_with_the_secret_as_it_is_shown() -> None:
    body, headers = signed("fastclip", "upload.ready", {"file_id": "upl_1"})
    expected = hmac.new(SECRET.encode("utf-8"), body.encode(), hashlib.sha256).hexdigest()
    assert headers["X-FastClip-Signature"] == f"sha256={expected}"
    assert (headers["X-FastClip-Event"], headers["X-FastClip-Delivery-ID"]) == ("upload.ready", "msg_1")


def test_a_client_that_sorts_and_packs_what_it_parsed_gets_the_signed_bytes() -> None:
    body, _ = signed("fastclip", "clip.complete", {"z": [1.5, None, True], "a": {"b": "\u2028\x00é😀"}})
    assert json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")) == body


def test_clipcat_posts_the_render_itself() -> None:
    body, headers = signed("clipcat", "render.completed", {"uid": "r1", "status": "completed"})
    assert json.loads(body) == {"uid": "r1", "status": "completed"}
    assert all(name.startswith("webhook-") for name in headers)
    older = '{"uid": "r1", "name": "grüße", "at": 1.0}'
    assert messages.body("clipcat", "render.completed", older) == older, "the very bytes that were sent before"


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({"media_id": "m", "status": "complete"}, {"media_id": "m"}),
        ({"run_id": "r", "source_media": {}}, {"run_id": "r"}),
        ({"render_id": "v", "media_id": "m"}, {"render_id": "v"}),
    ],
)
def test_video_dev_names_what_the_event_is_about(data: dict[str, Any], named: dict[str, str]) -> None:
    body, _ = signed("videodev", "complete", data)
    assert json.loads(body) == {"event": "complete", "data": data, **named}


def test_tornado_s_type_stands_among_the_facts_and_its_signature_has_a_time() -> None:
    body, headers = signed("tornado", "job_completed", {"job_id": "j"})
    assert json.loads(body) == {"type": "job_completed", "job_id": "j"}
    stamp, _, given_hex = headers["X-Tornado-Signature"].removeprefix("t=").partition(",v1=")
    assert given_hex == hmac.new(SECRET.encode(), f"{stamp}.{body}".encode(), hashlib.sha256).hexdigest()
    assert abs(int(stamp) - time.time()) < 60


@pytest.mark.parametrize("dialect", ["fastclip", "clipcat", "videodev", "tornado"])
@pytest.mark.parametrize("secret", [SECRET, OLD], ids=["new", "old"])
def test_every_message_is_verified_by_the_standards_library_with_either_secret(dialect: Dialect, secret: str) -> None:
    body, headers = signed(dialect, "complete", {"media_id": "m"})
    assert Webhook(secret).verify(body, headers) == json.loads(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON)
def test_what_is_stored_and_read_back_makes_the_same_bytes(data: Any) -> None:
    stored = messages.canonical(data)
    assert messages.canonical(json.loads(stored)) == stored
    assert stored.isascii()


def test_who_rotates_is_told_which_headers_the_old_secret_signs_no_more() -> None:
    told: dict[Dialect, tuple[Any, ...]] = {
        "fastclip": (webhooks.rotate, webhook_secret.rotate),
        "tornado": (webhook_secret.rotate,),
    }
    for dialect, handlers in told.items():
        message = Message(id="msg_1", event="e", dialect=dialect, body="{}")
        both, new, old = (messages.headers(message, secrets, 1) for secrets in ([SECRET, OLD], [SECRET], [OLD]))
        [own] = [name for name in both if both[name] == new[name] != old[name]]
        assert both["webhook-signature"] == f"{new['webhook-signature']} {old['webhook-signature']}"
        assert all(own in (handler.fn.__doc__ or "") for handler in handlers), own
