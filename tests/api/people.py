"""People in browsers: clients that hold a session's cookie and send what its pages send."""

import contextlib
from collections.abc import AsyncIterator

import httpx

from app.services import accounts, credentials
from tests.api.conftest import Service, client_for

PASSWORD = "correct horse battery"


async def registered(email: str = "ann@example.com", password: str = PASSWORD) -> str:
    """An account with a password; answers its id."""
    account = await accounts.create_account(email, email=email)
    await credentials.set_password(account, password)
    return account


@contextlib.asynccontextmanager
async def signed_in(
    service: Service, email: str = "ann@example.com", password: str = PASSWORD
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser after its sign-in."""
    async with client_for(service.url, {"Origin": service.settings.base_url}) as browser:
        answer = await browser.post("/account/sign-in", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        browser.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        yield browser


def session_of(browser: httpx.AsyncClient) -> str:
    """What its cookie holds."""
    session = browser.cookies["clipyard_session"]
    assert len(session) == 43
    return session
