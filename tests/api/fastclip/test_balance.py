"""`GET /v1/balance` of the FastClip dialect."""

import pytest

from app.services import accounts, ledger
from app.services.money import MICROS, cents
from tests.api.conftest import Service, refusal


async def test_an_account_without_money_has_a_balance_of_nothing(everywhere: Service) -> None:
    answer = await everywhere.client.get("/v1/balance")
    assert answer.status_code == 200
    assert answer.json() == {"balance": 0.0, "reserved": 0.0, "currency": "USD", "paid_deposit": False}


async def test_the_balance_is_told_in_dollars_and_is_the_accounts_own(everywhere: Service) -> None:
    await ledger.deposit(accounts.BOOTSTRAP, 5 * MICROS, "payment")
    await ledger.reserve(accounts.BOOTSTRAP, "job_a", "transcript", cents(10))
    assert (await everywhere.client.get("/v1/balance")).json() == {
        "balance": 7.4,
        "reserved": 0.1,
        "currency": "USD",
        "paid_deposit": True,
    }
    assert (await everywhere.other.get("/v1/balance")).json()["balance"] == 0


async def test_a_balance_is_nobodys_without_a_key(service: Service) -> None:
    assert (await service.anonymous.get("/v1/balance")).status_code == 401


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_a_balance_is_only_read(service: Service, method: str) -> None:
    await refusal(service, 405, method, "/v1/balance")
