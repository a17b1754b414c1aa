"""A process that asks as fast as it can: prints how often it was let in.

python -m tests.services.limit_takers DATABASE_URL DATA_DIR LIMIT TIMES
"""

import asyncio
import sys
from pathlib import Path

from app.db import engine as db
from app.errors import LimitReached
from app.services import limits


async def taken(database_url: str, data_dir: Path, limit: int, times: int) -> int:
    rule = limits.Rule(name="edge", count=limit, window_s=3600)
    accepted = 0

    async def one() -> None:
        nonlocal accepted
        try:
            await limits.take("key_edge", [rule])
            accepted += 1
        except LimitReached:
            pass

    async with db.connected(db.choose(database_url, data_dir)):
        for _ in range(times // 25):
            await asyncio.gather(*(one() for _ in range(25)))
    return accepted


if __name__ == "__main__":
    print(asyncio.run(taken(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))))
