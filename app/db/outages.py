"""When a database does not answer, on either engine; what it refuses as a mistake of ours is something else."""

import contextlib
import sqlite3
from collections.abc import Iterator

import asyncpg


class LocalOutage(sqlite3.OperationalError):
    """SQLite's file is locked or full, or cannot be read or written for the moment."""


UNREACHABLE: tuple[type[Exception], ...] = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what asyncpg says when the server ended a session between two statements
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.TransactionRollbackError,  # a deadlock's victim
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,  # a failover: this server has become a standby
    asyncpg.QueryCanceledError,
    asyncpg.InsufficientResourcesError,  # its disk or memory is full
    OSError,  # refused, reset, timed out, or a name that cannot be resolved for the moment
    LocalOutage,
)
"""The database did not answer. The statement may or may not have run; try again only what may run twice."""

_OUTAGES = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PROTOCOL,  # a race for a lock that went on for too long
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_ABORT,
)


@contextlib.contextmanager
def local_outages_named() -> Iterator[None]:
    """Python calls a locked file and a column that does not exist by one name: OperationalError."""
    try:
        yield
    except sqlite3.OperationalError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        if code & 0xFF not in _OUTAGES:  # what is above the last byte tells details
            raise
        outage = LocalOutage(*error.args)
        outage.sqlite_errorcode = code
        raise outage from error
