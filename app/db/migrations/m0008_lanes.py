"""Deliveries that could not be signed. Those of an order's address move from its host's lane to one of sixteen."""

import zlib

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.db.engine import sql

ID = "2026-11-25T17:25:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "unsigned deliveries, sixteen lanes for the hosts that orders name"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="clipyard", description=DESCRIPTION)

    async def change() -> None:
        await sql("ALTER TABLE webhook_deliveries ADD COLUMN unsigned BOOLEAN NOT NULL DEFAULT FALSE")
        waiting = "state = 'pending' AND endpoint IS NULL"
        for row in await sql(f"SELECT DISTINCT lane FROM webhook_deliveries WHERE {waiting}"):
            account, _, host = row["lane"].partition(" ")
            lane = f"{account} orders-{zlib.crc32(host.encode()) % 16}"
            await sql(f"UPDATE webhook_deliveries SET lane = {{}} WHERE lane = {{}} AND {waiting}", lane, row["lane"])

    manager.add_raw(change)
    return manager
