"""Money: what accounts have, every operation with its entries, and what each job may cost and used."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.db.engine import sql

ID = "2026-11-25T15:05:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "ledger and charges"

STATEMENTS = [
    # The conditions of the UPDATEs that take money are the first guard, these checks the second.
    """CREATE TABLE balances (
        account VARCHAR(40) PRIMARY KEY REFERENCES accounts (id),
        available BIGINT NOT NULL CHECK (available >= 0), reserved BIGINT NOT NULL CHECK (reserved >= 0),
        operations BIGINT NOT NULL, warned SMALLINT NOT NULL, paid_deposit BOOLEAN NOT NULL)""",
    """CREATE TABLE ledger_operations (
        id VARCHAR(40) PRIMARY KEY, account VARCHAR(40) NOT NULL REFERENCES balances (account),
        number BIGINT NOT NULL, subject VARCHAR(80) NOT NULL, charge VARCHAR(20) NOT NULL,
        step VARCHAR(10) NOT NULL CHECK (step IN ('reserve', 'settle', 'deposit', 'grant', 'signup')),
        balance BIGINT NOT NULL CHECK (balance >= 0), created_at BIGINT NOT NULL,
        UNIQUE (account, number), UNIQUE (subject, charge, step))""",
    """CREATE TABLE ledger_entries (
        id VARCHAR(60) PRIMARY KEY, operation VARCHAR(40) NOT NULL REFERENCES ledger_operations (id),
        book VARCHAR(12) NOT NULL
            CHECK (book IN ('available', 'reserved', 'earned', 'deposits', 'bonuses', 'grants')),
        amount BIGINT NOT NULL CHECK (amount <> 0))""",
    "CREATE INDEX ledger_entries_operation ON ledger_entries (operation)",
    """CREATE TABLE charges (
        id VARCHAR(64) PRIMARY KEY, job VARCHAR(40) NOT NULL REFERENCES jobs (id),
        account VARCHAR(40) NOT NULL REFERENCES accounts (id), kind VARCHAR(20) NOT NULL,
        unit VARCHAR(12) NOT NULL, price BIGINT NOT NULL CHECK (price >= 0),
        quantity BIGINT NOT NULL CHECK (quantity >= 0), used BIGINT CHECK (used >= 0 AND used <= quantity),
        billed BOOLEAN NOT NULL, duration_ms BIGINT NOT NULL, bytes BIGINT NOT NULL,
        created_at BIGINT NOT NULL, ended_at BIGINT)""",
    # Who had the signup credit, which erasing an account does not undo.
    "CREATE TABLE welcomes (id VARCHAR(64) PRIMARY KEY, created_at BIGINT NOT NULL)",
    "CREATE INDEX charges_job ON charges (job)",
    "CREATE INDEX charges_account ON charges (account, created_at)",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="clipyard", description=DESCRIPTION)

    async def change() -> None:
        for statement in STATEMENTS:
            await sql(statement)

    manager.add_raw(change)
    return manager
