"""Events, webhook endpoints, secrets that overlap, and a row for each attempt at a delivery."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.db.engine import sql

ID = "2026-11-25T15:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "events and webhook endpoints"

STATEMENTS = [
    """CREATE TABLE events (
        id VARCHAR(40) PRIMARY KEY, account VARCHAR(40) NOT NULL REFERENCES accounts (id),
        name VARCHAR(40) NOT NULL, subject VARCHAR(64) NOT NULL, payload TEXT, created_at BIGINT NOT NULL)""",
    "CREATE INDEX events_created_at ON events (created_at)",
    "CREATE INDEX events_account ON events (account)",
    """CREATE TABLE webhook_endpoints (
        id VARCHAR(40) PRIMARY KEY, account VARCHAR(40) NOT NULL REFERENCES accounts (id),
        url TEXT NOT NULL, events TEXT NOT NULL, description VARCHAR(200) NOT NULL, enabled BOOLEAN NOT NULL,
        disabled_reason TEXT, failing_since BIGINT, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL)""",
    "CREATE INDEX webhook_endpoints_account ON webhook_endpoints (account)",
    """CREATE TABLE signing_secrets (
        id VARCHAR(40) PRIMARY KEY, owner VARCHAR(40) NOT NULL,
        account VARCHAR(40) NOT NULL REFERENCES accounts (id), secret TEXT NOT NULL, valid_until BIGINT)""",
    "CREATE INDEX signing_secrets_owner ON signing_secrets (owner)",
    "CREATE INDEX signing_secrets_account ON signing_secrets (account)",
    "CREATE UNIQUE INDEX signing_secrets_current ON signing_secrets (owner) WHERE valid_until IS NULL",
    """INSERT INTO signing_secrets (id, owner, account, secret)
        SELECT 'sec_' || substr(id, 5), id, id, webhook_secret FROM accounts WHERE webhook_secret <> ''""",
    "ALTER TABLE accounts DROP COLUMN webhook_secret",
    # What was on its way goes on: each delivery of before has an event, and a queue of its account's.
    "ALTER TABLE webhook_deliveries RENAME TO old_deliveries",
    """INSERT INTO events (id, account, name, subject, payload, created_at)
        SELECT 'evt_' || substr(id, 5), account,
            CASE event WHEN 'render.done' THEN 'render.completed' ELSE event END, subject, body, created_at
        FROM old_deliveries""",
    # No reference to the endpoint: one that is deleted meanwhile must not keep a job from ending.
    """CREATE TABLE webhook_deliveries (
        id VARCHAR(40) PRIMARY KEY, account VARCHAR(40) NOT NULL REFERENCES accounts (id),
        event VARCHAR(40) NOT NULL REFERENCES events (id) ON DELETE CASCADE, endpoint VARCHAR(40), url TEXT,
        dialect VARCHAR(12) NOT NULL, lane VARCHAR(320) NOT NULL,
        state VARCHAR(12) NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
        tries INTEGER NOT NULL, next_at BIGINT NOT NULL, leased_until BIGINT, response_code INTEGER,
        created_at BIGINT NOT NULL, finished_at BIGINT)""",
    """INSERT INTO webhook_deliveries (id, account, event, url, dialect, lane, state, tries, next_at, response_code,
            created_at, finished_at)
        SELECT id, account, 'evt_' || substr(id, 5), url, 'clipcat', account || ' ', state, attempts, next_at,
            response_code, created_at, finished_at
        FROM old_deliveries""",
    """CREATE TABLE webhook_attempts (
        id VARCHAR(40) PRIMARY KEY, delivery VARCHAR(40) NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
        at BIGINT NOT NULL, duration_ms INTEGER NOT NULL, status INTEGER, error TEXT, response TEXT NOT NULL)""",
    """INSERT INTO webhook_attempts (id, delivery, at, duration_ms, status, error, response)
        SELECT 'att_' || substr(id, 5), id, COALESCE(finished_at, created_at), 0, response_code, error,
            COALESCE(response_body, '')
        FROM old_deliveries WHERE response_code IS NOT NULL OR error IS NOT NULL""",
    "DROP TABLE old_deliveries",
    "CREATE INDEX webhook_deliveries_event ON webhook_deliveries (event)",
    "CREATE INDEX webhook_deliveries_endpoint ON webhook_deliveries (endpoint, created_at)",
    # Which lanes wait, and what is due in each, is found without reading what else waits there.
    "CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (lane, next_at) WHERE state = 'pending'",
    "CREATE INDEX webhook_attempts_delivery ON webhook_attempts (delivery)",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="clipyard", description=DESCRIPTION)

    async def change() -> None:
        for statement in STATEMENTS:
            await sql(statement)

    manager.add_raw(change)
    return manager
