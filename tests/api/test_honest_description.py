"""The description is kept: whatever is sent, nothing of ours fails, and no answer has a status or shape beside it."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.api.conftest import ALIKE, KEY, Service, service_for
from tests.api.people import registered, session_of, signed_in

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
COMMAND = (
    *("-m", "schemathesis.cli", "run", "--checks", CHECKS),
    *("--max-examples", "6", "--seed", "1", "--no-shrink", "--generation-database", "none", "--warnings", "off"),
    *("--suppress-health-check", "all", "--continue-on-failure", "--no-color", "--max-redirects", "0"),
)

UNLIMITED = {"rate_limit": 0, "address_limit": 0}
"""Or most of what is sent would be answered with a 429."""
OF_PAGES = "^/account/|^/v1/(keys|account|balance|webhooks)"
"""What a session is for; with the rest it may do what a key may."""


async def complaints(service: Service, folder: Path, *choices: str) -> str:
    """What schemathesis has to say, or nothing: beside SQLite with every edge of the description, else by chance."""
    address = f"{service.url}/openapi.json"
    phases = ("--phases", "examples,fuzzing" if service.settings.database_url else "examples,coverage")
    asking = await asyncio.create_subprocess_exec(
        sys.executable, *COMMAND, *phases, *choices, address, cwd=folder, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await asyncio.wait_for(asking.communicate(), timeout=160)
    return told.decode() if asking.returncode else ""


@pytest.mark.slow
async def test_whatever_a_program_sends(tmp_path: Path, database_url: str) -> None:
    async with service_for(tmp_path, database_url, signup="open", **UNLIMITED) as service:
        # There is no worker: /ready says so with a 503, and the events of a job would not end. What tus calls bytes,
        # schemathesis cannot write.
        without = ("--exclude-path-regex", f"{ALIKE}|^/ready$|^/api/tools/jobs/|^/v1/upload/tus/")
        found = await complaints(service, tmp_path, "--header", f"X-Api-Key: {KEY}", *without)
    assert not found, found


@pytest.mark.slow
async def test_whatever_a_page_sends(tmp_path: Path, database_url: str) -> None:
    async with service_for(tmp_path, database_url, **UNLIMITED) as service:
        password = "that of no example"
        await registered(password=password)
        async with signed_in(service, password=password) as browser:
            page = {
                "Cookie": f"clipyard_session={session_of(browser)}",
                "Origin": service.url,
                "X-CSRF-Token": browser.headers["X-CSRF-Token"],
            }
            headers = [word for name, value in page.items() for word in ("--header", f"{name}: {value}")]
            what = ("--include-path-regex", OF_PAGES, "--exclude-path-regex", "sign-out")
            found = await complaints(service, tmp_path, *headers, *what)
            assert (await browser.get("/account/session")).status_code == 200, "it was signed in all the time"
    assert not found, found
