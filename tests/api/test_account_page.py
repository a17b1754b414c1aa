"""The account page: everybody gets it, it loads nothing from elsewhere, and asks only routes that are there."""

import re
from pathlib import Path
from typing import get_args

import pytest

from app import passwords
from app.asgi import create_app
from app.services.events import Subscribable
from app.settings import Settings
from app.web.account import FOLDER
from tests.api.conftest import Service, service_for

PAGE = (FOLDER / "index.html").read_text()
MODULES = {path.name: path.read_text() for path in sorted(FOLDER.glob("*.js"))}
SCRIPT = "\n".join(MODULES.values())


async def test_the_page_and_all_it_names_come_from_us(service: Service) -> None:
    page = await service.anonymous.get("/account")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = page.headers["content-security-policy"]
    for part in ("default-src 'none'", "frame-ancestors 'none'", "form-action 'none'", "require-trusted-types-for"):
        assert part in policy
    assert "unsafe" not in policy
    named = set(re.findall(r'(?:src|href)="(/[^"]+)"', page.text))
    assert {"/account/page/account.js", "/account/page/account.css", "/docs"} <= named
    for address in (*named, *(f"/account/page/{name}" for name in MODULES)):
        assert (await service.anonymous.get(address)).status_code == 200, address


@pytest.mark.parametrize("name", ["__init__.py", "..%2Faccount.js", "nothing.js"])
async def test_nothing_else_of_the_folder_is_served(service: Service, name: str) -> None:
    assert (await service.anonymous.get(f"/account/page/{name}")).status_code == 404


def test_nothing_stands_in_the_page_that_its_policy_would_refuse() -> None:
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=|javascript:", PAGE)
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|eval\(|\.style\b|https?://", SCRIPT)


def test_the_scripts_ask_routes_that_are_there() -> None:
    routes = {
        (method, re.sub(r"\{.*?\}", "{}", route.path))
        for route in create_app(Settings()).routes
        for method in getattr(route, "methods", ())
    }
    asked = re.findall(r'(?:ask\("(\w+)", |letter\()(?:open \? )?[`"](/[^`"?]*)', SCRIPT)
    assert {path for _, path in asked} == set(re.findall(r'[`"](/(?:v1|account)/[^`"?]*)', SCRIPT)), "all are seen here"
    for method, path in asked:
        assert (method or "POST", re.sub(r"\$\{.*?\}", "{}", path)) in routes, path


def test_the_scripts_import_what_is_exported_and_touch_elements_that_are_there() -> None:
    assert set(re.findall(r'\bat\("([^"]+)"\)', SCRIPT)) <= set(re.findall(r'\bid="([^"]+)"', PAGE))
    for name, module in MODULES.items():
        assert module.count("\n") <= 400, name
        for names, origin in re.findall(r'import \{ (.+?) \} from "\./(.+?)"', module):
            exported = set(re.findall(r"^export (?:async )?(?:function|const|class) (\w+)", MODULES[origin], re.M))
            assert set(names.split(", ")) <= exported, (name, origin)


def test_a_webhook_may_be_told_of_every_event_that_there_is() -> None:
    offered = re.findall(r'name="events" value="([^"]+)"', PAGE)
    assert sorted(offered) == sorted(get_args(Subscribable))


def test_a_password_manager_knows_whose_password_it_is_and_whether_it_is_new() -> None:
    forms = [form for form in re.findall(r"<form.*?</form>", PAGE, re.S) if 'type="password"' in form]
    assert len(forms) == 4
    for form in forms:
        assert 'autocomplete="username"' in form
        for field in re.findall(r'<input[^>]*type="password"[^>]*>', form):
            assert 'autocomplete="current-password"' in field or (
                f'autocomplete="new-password" minlength="{passwords.MIN_CHARACTERS}"' in field
            )


async def test_the_page_is_told_what_is_offered_here(tmp_path: Path) -> None:
    for number, offer in enumerate(({"signup": "open", "billing": "on"}, {"signup": "closed", "billing": "off"})):
        async with service_for(tmp_path / str(number), **offer) as service:
            assert (await service.anonymous.get("/account/service")).json() == offer
