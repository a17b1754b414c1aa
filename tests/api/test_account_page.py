"""The account page: everybody gets it, it loads nothing from elsewhere, and asks only routes that are there."""

import re

import pytest

from app.asgi import create_app
from app.settings import Settings
from app.web.account import FOLDER
from tests.api.conftest import Service

OTHERS = {"/v1/balance", "/v1/webhooks", "/v1/webhooks/{}/deliveries"}
"""What the page asks for where it is there."""


async def test_the_page_and_all_it_names_come_from_us(service: Service) -> None:
    page = await service.anonymous.get("/account")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    named = set(re.findall(r'(?:src|href)="(/[^"]+)"', page.text))
    assert {"/account/page/account.js", "/account/page/account.css", "/docs"} <= named
    for address in named:
        assert (await service.anonymous.get(address)).status_code == 200, address


@pytest.mark.parametrize("name", ["__init__.py", "..%2Faccount.js", "nothing.js"])
async def test_nothing_else_of_the_folder_is_served(service: Service, name: str) -> None:
    assert (await service.anonymous.get(f"/account/page/{name}")).status_code == 404


def test_nothing_stands_in_the_page_that_its_policy_would_refuse() -> None:
    page = (FOLDER / "index.html").read_text()
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=|javascript:", page)
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|eval\(", (FOLDER / "account.js").read_text())


def test_the_script_asks_routes_that_are_there_and_touches_elements_that_are() -> None:
    script, page = (FOLDER / "account.js").read_text(), (FOLDER / "index.html").read_text()
    asked = {re.sub(r"\$\{.*?\}", "{}", path) for path in re.findall(r'[`"](/(?:v1|account)/[^`"?]*)', script)}
    routes = {re.sub(r"\{.*?\}", "{}", route.path) for route in create_app(Settings()).routes}
    assert {path for path in asked if path not in routes | OTHERS} <= {"/account/{}"}
    assert {"/account/sign-up", "/account/forgot"} <= routes, "what /account/{} stands for"
    ids = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'\bat\("([^"]+)"\)', script)) | set(re.findall(r'onSubmit\("([^"]+)"', script)) <= ids
