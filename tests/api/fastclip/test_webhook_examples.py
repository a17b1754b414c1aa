"""What the README shows of webhooks works as it is written there."""

import json
import re
import time
from pathlib import Path
from typing import Any

from app.services.webhooks import messages
from app.services.webhooks.deliveries import JITTER, MOST_PATIENCE_S, SCHEDULE_S
from app.services.webhooks.endpoints import PATIENCE_S
from app.services.webhooks.secrets import OVERLAP_S
from tests.api.conftest import Service
from workers.webhook import TIMEOUT_S

README = (Path(__file__).parents[3] / "README.md").read_text()
SECTION = README.partition("\n### Webhooks\n")[2].partition("\n### ")[0]
SECRETS = ["whsec_" + "a" * 32, "whsec_" + "b" * 32]


async def test_the_subscription_works_as_it_stands_there(service: Service) -> None:
    (body,) = re.findall(r"-d '(\{.*?\})'", SECTION, re.DOTALL)
    answer = await service.client.post("/v1/webhooks", json=json.loads(body))
    assert answer.status_code == 200
    assert answer.json()["secret"].startswith("whsec_")


def signed(now: float) -> tuple[dict[str, str], bytes]:
    body = messages.body("fastclip", "upload.ready", messages.canonical({"filename": "grüße.mp4"}))
    message = messages.Message(id="msg_1", event="upload.ready", dialect="fastclip", body=body)
    return messages.headers(message, SECRETS, int(now)), body.encode()


def test_the_verifier_believes_what_we_sign_and_nothing_else() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    verified = names["verified"]
    headers, body = signed(time.time())
    assert all(verified(headers, body, secret) for secret in SECRETS)
    assert not verified(headers, body + b" ", SECRETS[0])
    assert not verified(headers, body, "whsec_" + "c" * 32)
    assert not verified(*signed(time.time() - 301), SECRETS[0])
    assert not verified({}, body, SECRETS[0])
    assert not verified({**headers, "webhook-signature": "v1,é v1"}, body, SECRETS[0])


def test_the_times_it_names_are_the_true_ones() -> None:
    units = {"s": 1, "min": 60, "h": 3600}
    (planned,) = re.findall(r"sent again after\n(.*?), each up to a tenth longer", SECTION)
    told = [int(count) * units[unit] for count, unit in re.findall(r"(\d+) (s|min|h)\b", planned)]
    assert (told, JITTER, MOST_PATIENCE_S) == (list(SCHEDULE_S), 0.1, 86_400)
    assert f"within {TIMEOUT_S:.0f} seconds" in SECTION
    assert f"nothing has arrived for {PATIENCE_S // 3600} hours" in SECTION
    assert f"For {OVERLAP_S // 3600} hours after a rotation" in SECTION


def test_every_call_it_names_exists() -> None:
    from app.asgi import create_app
    from app.settings import Settings

    known = {route.path for route in create_app(Settings()).routes}
    named = re.findall(r"(?:GET|POST|DELETE) (/[^`]+)`", SECTION)
    shapes = {re.sub(r"\{.*?\}", "{}", path) for path in known}
    assert len(named) >= 7
    assert [path for path in named if re.sub(r"\{.*?\}", "{}", path) not in shapes] == []
