"""A process that reserves two cents as often as it can: prints how often it could.

python -m tests.services.reservers DATABASE_URL DATA_DIR ACCOUNT NAME TIMES
"""

import asyncio
import sys
from pathlib import Path

from app.db import engine as db
from app.errors import PaymentRequired
from app.services import ledger, prices


async def reserved(account: str, job_id: str) -> bool:
    try:
        await ledger.reserve(account, job_id, "trim", prices.TRIM)
    except PaymentRequired:
        return False
    return True


async def reservations(account: str, name: str, times: int) -> int:
    """How many of so many, all asked at once."""
    return sum(await asyncio.gather(*(reserved(account, f"job_{name}_{number}") for number in range(times))))


async def main(database_url: str, data_dir: str, account: str, name: str, times: str) -> None:
    async with db.connected(db.choose(database_url, Path(data_dir))):
        print(await reservations(account, name, int(times)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
