"""Uploads, the clips made of them, who looked at those, and the jobs of tools. (No m0010 was ever released.)"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.db.engine import sql

ID = "2026-11-25T18:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "uploads, clips and tools"

STATEMENTS = [
    """CREATE TABLE uploads (
        id VARCHAR(40) PRIMARY KEY, account VARCHAR(40) NOT NULL REFERENCES accounts (id),
        way VARCHAR(12) NOT NULL CHECK (way IN ('put', 'multipart', 'tus', 'url')),
        state VARCHAR(12) NOT NULL CHECK (state IN ('pending', 'processing', 'ready', 'failed')),
        key VARCHAR(255) NOT NULL, url TEXT, filename VARCHAR(255) NOT NULL, content_type VARCHAR(100) NOT NULL,
        size BIGINT, received BIGINT NOT NULL, store_id TEXT, part_size BIGINT, part_count INTEGER,
        job VARCHAR(40), info TEXT, error_code VARCHAR(60), error_message TEXT, clip_job VARCHAR(40),
        created_at BIGINT NOT NULL, url_expires_at BIGINT, look_at BIGINT, expires_at BIGINT)""",
    "CREATE INDEX uploads_account ON uploads (account, created_at)",
    "CREATE INDEX uploads_due ON uploads (look_at)",
    "CREATE INDEX uploads_expiring ON uploads (expires_at)",
    """CREATE TABLE clips (
        id VARCHAR(36) PRIMARY KEY, account VARCHAR(40) NOT NULL REFERENCES accounts (id),
        job VARCHAR(40) NOT NULL, upload VARCHAR(40), key VARCHAR(255) NOT NULL, poster VARCHAR(255),
        filename VARCHAR(255) NOT NULL, content_type VARCHAR(100) NOT NULL, title VARCHAR(200) NOT NULL,
        search TEXT NOT NULL, source_title VARCHAR(200) NOT NULL, format VARCHAR(8) NOT NULL,
        quality VARCHAR(8) NOT NULL, aspect_ratio VARCHAR(12) NOT NULL, width INTEGER, height INTEGER,
        start_ms BIGINT, end_ms BIGINT, duration_ms BIGINT NOT NULL, bytes BIGINT NOT NULL,
        captioned BOOLEAN NOT NULL, pinned BOOLEAN NOT NULL, views INTEGER NOT NULL, views_public BOOLEAN NOT NULL,
        created_at BIGINT NOT NULL, expires_at BIGINT)""",
    "CREATE INDEX clips_account ON clips (account, created_at)",
    "CREATE INDEX clips_job ON clips (job)",
    "CREATE INDEX clips_expiring ON clips (expires_at) WHERE NOT pinned",
    """CREATE TABLE clip_views (
        id VARCHAR(64) PRIMARY KEY, clip VARCHAR(36) NOT NULL REFERENCES clips (id) ON DELETE CASCADE,
        created_at BIGINT NOT NULL)""",
    "CREATE INDEX clip_views_clip ON clip_views (clip)",
    """CREATE TABLE tool_jobs (
        id VARCHAR(36) PRIMARY KEY, account VARCHAR(40) NOT NULL REFERENCES accounts (id),
        job VARCHAR(40) NOT NULL UNIQUE, tool VARCHAR(40) NOT NULL, filename VARCHAR(255) NOT NULL,
        source VARCHAR(255), created_at BIGINT NOT NULL, expires_at BIGINT)""",
    "CREATE INDEX tool_jobs_account ON tool_jobs (account)",
    "CREATE INDEX tool_jobs_expiring ON tool_jobs (expires_at)",
    "CREATE INDEX tool_jobs_sources ON tool_jobs (expires_at) WHERE source IS NOT NULL",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="clipyard", description=DESCRIPTION)

    async def change() -> None:
        for statement in STATEMENTS:
            await sql(statement)

    manager.add_raw(change)
    return manager
