"""An account that is told of things, on both engines, with time in the test's hands."""

import pytest

from app.db.tables import Account
from tests.conftest import Clock
from tests.services.webhooks.told import OWNER


@pytest.fixture
async def time(clock: Clock) -> Clock:
    """There is OWNER, and a stranger."""
    for name in (OWNER, "bob"):
        await Account.insert(Account(id=name, name=name, created_at=0))
    return clock
