"""People: e-mail and password of an account, sessions, links sent by mail, and the audit log."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.db.engine import sql

ID = "2026-11-25T15:15:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "people, sessions, audit log"

STATEMENTS = [
    "ALTER TABLE accounts ADD COLUMN email VARCHAR(200)",
    "ALTER TABLE accounts ADD COLUMN password TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE accounts ADD COLUMN banned BOOLEAN NOT NULL DEFAULT FALSE",
    "ALTER TABLE accounts ADD COLUMN erased_at BIGINT",
    "ALTER TABLE accounts ADD COLUMN erasing BOOLEAN NOT NULL DEFAULT FALSE",
    "CREATE UNIQUE INDEX accounts_email ON accounts (email)",
    """CREATE TABLE sessions (
        id VARCHAR(64) PRIMARY KEY, account VARCHAR(40) NOT NULL REFERENCES accounts (id),
        created_at BIGINT NOT NULL, seen_at BIGINT NOT NULL)""",
    "CREATE INDEX sessions_account ON sessions (account)",
    """CREATE TABLE mailed_links (
        id VARCHAR(64) PRIMARY KEY, email VARCHAR(200) NOT NULL UNIQUE, created_at BIGINT NOT NULL)""",
    """CREATE TABLE audit_log (
        id VARCHAR(40) PRIMARY KEY, actor VARCHAR(40) NOT NULL, action VARCHAR(40) NOT NULL,
        subject VARCHAR(64) NOT NULL, detail TEXT NOT NULL, created_at BIGINT NOT NULL)""",
    "CREATE INDEX audit_log_created_at ON audit_log (created_at)",
    # To forget an account without reading everybody else's.
    "CREATE INDEX audit_log_actor ON audit_log (actor)",
    "CREATE INDEX audit_log_subject ON audit_log (subject)",
    "CREATE INDEX idempotency_account ON idempotency (account)",
    "CREATE INDEX accounts_erasing ON accounts (id) WHERE erasing",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="clipyard", description=DESCRIPTION)

    async def change() -> None:
        for statement in STATEMENTS:
            await sql(statement)

    manager.add_raw(change)
    return manager
