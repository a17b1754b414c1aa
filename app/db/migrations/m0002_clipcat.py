"""Quotas, the output a render asked for, brand fonts, and indexes for the lists of renders."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.db.engine import sql

ID = "2026-11-25T05:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "credit quotas, render output, fonts"

STATEMENTS = [
    "ALTER TABLE accounts ADD COLUMN plan_name VARCHAR(60) NOT NULL DEFAULT 'Self-hosted'",
    "ALTER TABLE accounts ADD COLUMN monthly_credits INTEGER CHECK (monthly_credits >= 0)",
    "ALTER TABLE renders ADD COLUMN output TEXT",
    "ALTER TABLE renders ADD COLUMN period VARCHAR(7) NOT NULL DEFAULT ''",
    "UPDATE renders SET credits = 0 WHERE job IN (SELECT id FROM jobs WHERE state IN ('failed', 'cancelled'))",
    "CREATE INDEX renders_template ON renders (account, template, created_at)",
    """CREATE TABLE credit_usage (
        id VARCHAR(48) PRIMARY KEY, account VARCHAR(40) NOT NULL REFERENCES accounts (id),
        period VARCHAR(7) NOT NULL, used BIGINT NOT NULL CHECK (used >= 0))""",
    """CREATE TABLE fonts (
        id VARCHAR(40) PRIMARY KEY, account VARCHAR(40) NOT NULL REFERENCES accounts (id),
        asset VARCHAR(40) NOT NULL UNIQUE REFERENCES assets (id) ON DELETE CASCADE,
        family VARCHAR(200) NOT NULL, weight INTEGER NOT NULL, italic BOOLEAN NOT NULL,
        created_at BIGINT NOT NULL)""",
    # One file for each family, weight and style, whatever the family's spelling.
    "CREATE UNIQUE INDEX fonts_face ON fonts (account, lower(family), weight, italic)",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="clipyard", description=DESCRIPTION)

    async def change() -> None:
        for statement in STATEMENTS:
            await sql(statement)

    manager.add_raw(change)
    return manager
