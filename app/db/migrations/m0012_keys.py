"""Several links by mail for one e-mail; of a key when it was revoked, and whether a setting brought it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.db.engine import sql

ID = "2026-11-25T18:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "links and keys"

STATEMENTS = [
    # Made anew, as SQLite takes no constraint away.
    """CREATE TABLE several_links (
        id VARCHAR(64) PRIMARY KEY, email VARCHAR(200) NOT NULL, created_at BIGINT NOT NULL)""",
    "INSERT INTO several_links (id, email, created_at) SELECT id, email, created_at FROM mailed_links",
    "DROP TABLE mailed_links",
    "ALTER TABLE several_links RENAME TO mailed_links",
    "CREATE INDEX mailed_links_email ON mailed_links (email)",
    "ALTER TABLE api_keys ADD COLUMN by_setting BOOLEAN NOT NULL DEFAULT FALSE",
    "ALTER TABLE api_keys ADD COLUMN revoked_at BIGINT",
    "UPDATE api_keys SET revoked_at = :now WHERE disabled",
    "CREATE INDEX api_keys_revoked ON api_keys (revoked_at) WHERE revoked_at IS NOT NULL",
    "CREATE INDEX accounts_banned ON accounts (id) WHERE banned",
    # To find what is old and still has an address, without reading all that is old.
    """CREATE INDEX audit_log_addresses ON audit_log (created_at)
        WHERE action IN ('signed_in', 'password_reset') AND detail <> '{{}}'""",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="clipyard", description=DESCRIPTION)

    async def change() -> None:
        for statement in STATEMENTS:
            await sql(statement)

    manager.add_raw(change)
    return manager
