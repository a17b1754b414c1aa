"""Request limits, and keys with limits of their own."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.db.engine import sql

ID = "2026-11-25T15:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "request limits"

SLOTS = ", ".join(f"s{n} BIGINT NOT NULL" for n in range(13))
STATEMENTS = [
    "ALTER TABLE api_keys ADD COLUMN by_user BOOLEAN NOT NULL DEFAULT FALSE",
    "ALTER TABLE api_keys ADD COLUMN limits TEXT",
    f"CREATE TABLE rate_windows (id VARCHAR(120) PRIMARY KEY, used_at BIGINT NOT NULL, slot BIGINT NOT NULL, {SLOTS})",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="clipyard", description=DESCRIPTION)

    async def change() -> None:
        for statement in STATEMENTS:
            await sql(statement)

    manager.add_raw(change)
    return manager
