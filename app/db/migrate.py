"""Brings the schema up to date: Piccolo's migration files, run in one locked transaction."""

import importlib
import logging
import pkgutil
import sqlite3
from types import ModuleType

from piccolo.apps.migrations.tables import Migration

from app.db import migrations
from app.db.engine import Engine, alone, current, tx
from app.db.piccolo_app import APP_CONFIG

_ADVISORY_LOCK = 0x436C6970  # "Clip"

log = logging.getLogger("clipyard.migrate")


async def migrate() -> list[str]:
    """Run what has not run yet, oldest first, and answer its ids. Many processes may call it at once.

    One of them works, and may take its time (an index on a large table takes minutes); the others wait for it.
    """
    while True:
        try:
            return await _migrate(current())
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            log.info("waiting for the process that writes to the database")


async def _migrate(engine: Engine) -> list[str]:
    Migration._meta.db = engine
    async with tx(unhurried=True):
        await alone(_ADVISORY_LOCK)
        await Migration.create_table(if_not_exists=True)
        done = set(await Migration.get_migrations_which_ran(APP_CONFIG.app_name))
        fresh = [module for module in _files() if module.ID not in done]
        for module in fresh:
            manager = await module.forwards()
            for statement in manager.raw:
                await statement()
            await Migration.insert(Migration(name=module.ID, app_name=APP_CONFIG.app_name))
    return [module.ID for module in fresh]


def _files() -> list[ModuleType]:
    names = sorted(module.name for module in pkgutil.iter_modules(migrations.__path__))
    return [importlib.import_module(f"{migrations.__name__}.{name}") for name in names]
