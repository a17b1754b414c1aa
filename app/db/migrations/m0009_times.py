"""Request limits by the times of the last requests; what was counted before begins anew."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.db.engine import sql

ID = "2026-11-25T18:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "times of requests"

STATEMENTS = [
    "DROP TABLE rate_windows",
    "CREATE TABLE rate_windows "
    "(id VARCHAR(120) PRIMARY KEY, used_at BIGINT NOT NULL, taken BIGINT NOT NULL, times TEXT NOT NULL)",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="clipyard", description=DESCRIPTION)

    async def change() -> None:
        for statement in STATEMENTS:
            await sql(statement)

    manager.add_raw(change)
    return manager
