"""Schema changes, oldest first; each runs on SQLite and PostgreSQL."""
