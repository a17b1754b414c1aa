"""The first schema. The types are spelled so that SQLite and PostgreSQL read the same text."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.db.engine import sql

ID = "2026-11-23T12:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "accounts, keys, jobs, workers, templates, renders, assets, idempotency, webhook deliveries"

STATEMENTS = [
    """CREATE TABLE accounts (
        id VARCHAR(40) PRIMARY KEY, name VARCHAR(200) NOT NULL, admin BOOLEAN NOT NULL,
        running_limit INTEGER, webhook_secret TEXT NOT NULL, created_at BIGINT NOT NULL)""",
    """CREATE TABLE api_keys (
        id VARCHAR(40) PRIMARY KEY, account VARCHAR(40) NOT NULL REFERENCES accounts (id),
        name VARCHAR(100) NOT NULL, prefix VARCHAR(16) NOT NULL, hash VARCHAR(64) NOT NULL UNIQUE,
        disabled BOOLEAN NOT NULL, created_at BIGINT NOT NULL, last_used_at BIGINT)""",
    "CREATE INDEX api_keys_account ON api_keys (account)",
    """CREATE TABLE jobs (
        id VARCHAR(40) PRIMARY KEY, account VARCHAR(40) NOT NULL REFERENCES accounts (id),
        kind VARCHAR(20) NOT NULL, queue VARCHAR(20) NOT NULL, spec TEXT NOT NULL,
        state VARCHAR(12) NOT NULL
            CHECK (state IN ('held', 'queued', 'running', 'done', 'failed', 'cancelled')),
        stage VARCHAR(12) NOT NULL, progress INTEGER NOT NULL, priority INTEGER NOT NULL,
        attempt INTEGER NOT NULL, faults INTEGER NOT NULL, run_at BIGINT NOT NULL, dispatched_until BIGINT,
        lease_until BIGINT, worker VARCHAR(40), cancel_requested BOOLEAN NOT NULL, result TEXT,
        error_code VARCHAR(60), error_message TEXT, created_at BIGINT NOT NULL, started_at BIGINT,
        finished_at BIGINT, swept BOOLEAN NOT NULL)""",
    # The dispatcher and the sweeper look only at what is not over, however long the history grows.
    "CREATE INDEX jobs_live ON jobs (queue, state, run_at) WHERE state IN ('queued', 'running')",
    "CREATE INDEX jobs_unswept ON jobs (finished_at) WHERE finished_at IS NOT NULL AND NOT swept",
    """CREATE TABLE workers (
        id VARCHAR(40) PRIMARY KEY, host VARCHAR(255) NOT NULL, cpu_slots INTEGER NOT NULL,
        light_slots INTEGER NOT NULL, network_slots INTEGER NOT NULL, started_at BIGINT NOT NULL,
        seen_at BIGINT NOT NULL)""",
    """CREATE TABLE templates (
        uid VARCHAR(18) PRIMARY KEY, account VARCHAR(40) NOT NULL REFERENCES accounts (id),
        title VARCHAR(200) NOT NULL, body TEXT NOT NULL, created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL)""",
    "CREATE INDEX templates_account ON templates (account, created_at)",
    """CREATE TABLE renders (
        uid VARCHAR(18) PRIMARY KEY, account VARCHAR(40) NOT NULL REFERENCES accounts (id),
        job VARCHAR(40) NOT NULL UNIQUE REFERENCES jobs (id), template VARCHAR(64) NOT NULL,
        modifications TEXT NOT NULL, metadata TEXT, webhook_url TEXT, webhook_response_code INTEGER,
        credits INTEGER NOT NULL, warnings TEXT NOT NULL, created_at BIGINT NOT NULL)""",
    "CREATE INDEX renders_account ON renders (account, created_at)",
    """CREATE TABLE assets (
        id VARCHAR(40) PRIMARY KEY, account VARCHAR(40) NOT NULL REFERENCES accounts (id),
        key VARCHAR(255) NOT NULL, filename VARCHAR(255) NOT NULL, content_type VARCHAR(100) NOT NULL,
        size BIGINT NOT NULL, sha256 VARCHAR(64) NOT NULL, created_at BIGINT NOT NULL)""",
    "CREATE INDEX assets_account ON assets (account, created_at)",
    """CREATE TABLE idempotency (
        id VARCHAR(64) PRIMARY KEY, account VARCHAR(40) NOT NULL REFERENCES accounts (id),
        request_hash VARCHAR(64) NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
        created_at BIGINT NOT NULL)""",
    "CREATE INDEX idempotency_created_at ON idempotency (created_at)",
    """CREATE TABLE webhook_deliveries (
        id VARCHAR(40) PRIMARY KEY, account VARCHAR(40) NOT NULL REFERENCES accounts (id),
        event VARCHAR(40) NOT NULL, subject VARCHAR(40) NOT NULL, url TEXT NOT NULL, body TEXT,
        state VARCHAR(12) NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
        attempts INTEGER NOT NULL, next_at BIGINT NOT NULL, response_code INTEGER, response_body TEXT,
        error TEXT, created_at BIGINT NOT NULL, finished_at BIGINT)""",
    "CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_at) WHERE state = 'pending'",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="clipyard", description=DESCRIPTION)

    async def create() -> None:
        for statement in STATEMENTS:
            await sql(statement)

    manager.add_raw(create)
    return manager
