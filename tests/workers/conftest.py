"""A worker's belongings, for tests that run in the worker's place."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.db.engine import Engine
from app.db.tables import Account
from app.egress import Egress
from app.settings import Settings
from app.storage import open_storage
from workers.run import Context
from workers.workspace import WorkRoot

OWNER = "ann"


@pytest.fixture
async def context(database: Engine, tmp_path: Path) -> AsyncIterator[Context]:
    """On both engines, with local files, the shortest lease, and the account OWNER."""
    await Account.insert(Account(id=OWNER, name=OWNER, created_at=0))
    async with contextlib.AsyncExitStack() as stack:
        egress = Egress(allow_private=True)
        stack.push_async_callback(egress.aclose)
        root = WorkRoot(tmp_path, "w1")
        stack.callback(root.close)
        yield Context(
            worker="w1",
            settings=Settings(data_dir=str(tmp_path), lease_seconds=1),
            storage=open_storage("", data_dir=tmp_path, public_url="http://127.0.0.1", secret=b"x" * 32),
            egress=egress,
            root=root,
            secret=b"x" * 32,
        )
