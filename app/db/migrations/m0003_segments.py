"""Parts of a job, such as the segments of a long render: they are jobs too, and go with it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.db.engine import sql

ID = "2026-11-25T09:30:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "parts of a job"

STATEMENTS = [
    "ALTER TABLE jobs ADD COLUMN parent VARCHAR(40) REFERENCES jobs (id) ON DELETE CASCADE",
    "CREATE INDEX jobs_parent ON jobs (parent) WHERE parent IS NOT NULL",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="clipyard", description=DESCRIPTION)

    async def change() -> None:
        for statement in STATEMENTS:
            await sql(statement)

    manager.add_raw(change)
    return manager
