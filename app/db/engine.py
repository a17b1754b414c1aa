"""SQLite and PostgreSQL behind one code: connections, transactions and the database's clock.

Piccolo's own engines are kept; what is replaced is named with its reason at each class.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import aiosqlite
import asyncpg
from piccolo.engine.postgres import PostgresEngine
from piccolo.engine.sqlite import SQLiteEngine, dict_factory
from piccolo.querystring import QueryString

from app.db import piccolo_conf
from app.db.outages import UNREACHABLE as UNREACHABLE  # noqa: PLC0414 - whoever asks `sql` catches it
from app.db.outages import local_outages_named
from app.db.tables import TABLES

T = TypeVar("T")
BUSY_TIMEOUT_S = 15
READERS = 2
STATEMENT_S = 60
"""How long PostgreSQL may take for a statement, but for those of an unhurried transaction."""
SESSION = {"idle_in_transaction_session_timeout": "10s"}
"""A process that is paused or cut off inside a transaction would hold its locks, and the sweepers, for hours."""
PRAGMAS = ("synchronous = NORMAL", f"busy_timeout = {BUSY_TIMEOUT_S * 1000}", "foreign_keys = 1")

AT_HAND = ("synchronous = NORMAL", "foreign_keys = 1", "wal_autocheckpoint = 0")
"""Of the connection on the event loop: it waits for no lock, and leaves what takes time to the others."""

_UNIQUE = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)

REFUSED: tuple[type[Exception], ...] = (asyncpg.InvalidCatalogNameError, asyncpg.InvalidAuthorizationSpecificationError)
"""There is no such database, user or password: CLIPYARD_DATABASE_URL has to be put right."""

NOT_TEXT: tuple[type[Exception], ...] = (asyncpg.CharacterNotInRepertoireError,)
"""A null character is nothing that PostgreSQL could keep or look for."""


class Duplicate(Exception):
    """A row with this value is there already, in words that both engines share. See `sql`."""


class Transaction(NamedTuple):
    """What Piccolo's engines look for in their context variable: the connection that queries go to.

    `leave`: what is done with it afterwards.
    """

    connection: Any
    leave: Callable[[], Awaitable[None]]


class LocalEngine(SQLiteEngine):
    """SQLite with WAL, one writing connection and a few reading ones.

    Piccolo opens a connection (a thread) per query: 2.1 ms against 0.4 ms here, and several writers of one
    process would meet each other's locks. Other processes' locks are waited for by `busy_timeout`.
    """

    now = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"

    def __init__(self, path: Path) -> None:
        self._at_hand: sqlite3.Connection | None = None
        self._writer: aiosqlite.Connection | None = None
        self._readers: list[aiosqlite.Connection] = []
        self._turn = 0
        self._write_lock = asyncio.Lock()
        super().__init__(path=str(path), timeout=BUSY_TIMEOUT_S)

    async def open(self) -> None:
        with local_outages_named():
            self._writer = await self._connect()
            await _until_unlocked(self._writer, "PRAGMA journal_mode = WAL")
            self._readers = [await self._connect() for _ in range(READERS)]
            self._at_hand = sqlite3.connect(**{**self.connection_kwargs, "timeout": 0})
            self._at_hand.row_factory = dict_factory
            for pragma in AT_HAND:
                self._at_hand.execute(f"PRAGMA {pragma}")

    async def _connect(self) -> aiosqlite.Connection:
        connection = await aiosqlite.connect(**self.connection_kwargs)
        connection.row_factory = dict_factory  # type: ignore[assignment]
        try:
            for pragma in PRAGMAS:
                await connection.execute_fetchall(f"PRAGMA {pragma}")
        except BaseException:
            await connection.close()  # its thread would keep the process from ending
            raise
        return connection

    async def close(self) -> None:
        for connection in [*self._readers, *([self._writer] if self._writer else [])]:
            await connection.close()
        self._readers, self._writer = [], None
        if self._at_hand:
            self._at_hand.close()
            self._at_hand = None

    async def begin(self, *, unhurried: bool) -> Transaction:
        """IMMEDIATE, because a deferred transaction that reads and then writes fails at once when locked.

        It makes no haste in any case.
        """
        await self._write_lock.acquire()
        try:
            with local_outages_named():
                await self._writing().execute("BEGIN IMMEDIATE")
        except BaseException:
            self._write_lock.release()
            raise
        return Transaction(self._writing(), self._let_go)

    async def _let_go(self) -> None:
        self._write_lock.release()

    async def end(self, transaction: Transaction, *, commit: bool) -> None:
        try:
            with local_outages_named():
                await transaction.connection.execute("COMMIT" if commit else "ROLLBACK")
        except sqlite3.OperationalError:
            if transaction.connection.in_transaction:
                await transaction.connection.execute("ROLLBACK")
            raise
        finally:
            await transaction.leave()

    async def run_querystring(self, querystring: QueryString, in_pool: bool = False) -> Any:
        query, arguments = querystring.compile_string(engine_type=self.engine_type)
        return await self._run(query, arguments)

    async def run_quickly(self, querystring: QueryString) -> Any:
        """On the spot, unless somebody else is writing: handing 50 µs of work to a thread takes 150 µs more."""
        if self._at_hand and not self.current_transaction.get():
            query, arguments = querystring.compile_string(engine_type=self.engine_type)
            with contextlib.suppress(sqlite3.OperationalError):
                return self._at_hand.execute(query, arguments).fetchall()
        return await self.run_querystring(querystring)

    async def run_ddl(self, ddl: str, in_pool: bool = False) -> Any:
        return await self._run(ddl, [])

    async def _run(self, query: str, arguments: list[Any]) -> Any:
        with local_outages_named():
            return await self._answered(query, arguments)

    async def _answered(self, query: str, arguments: list[Any]) -> Any:
        transaction = self.current_transaction.get()
        if transaction:
            return await transaction.connection.execute_fetchall(query, arguments)
        if query.lstrip()[:6].upper() == "SELECT":
            self._turn = (self._turn + 1) % READERS
            return await self._readers[self._turn].execute_fetchall(query, arguments)
        async with self._write_lock:
            return await self._writing().execute_fetchall(query, arguments)

    def _writing(self) -> aiosqlite.Connection:
        if self._writer is None:
            raise ConnectionError("the database is closed")
        return self._writer


class _Connection(asyncpg.Connection):  # type: ignore[misc]
    """Nothing of a session is ever changed, so none has to be reset: that took as long as another query."""

    def get_reset_query(self) -> str:
        return ""


class ServerEngine(PostgresEngine):
    """PostgreSQL with a pool; Piccolo would connect once in its constructor only to read the version."""

    now = "(SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT))"
    """Asked once for a statement, not for each row, which no index could serve."""

    async def get_version(self) -> float:
        return float(self.min_version_number)

    async def open(self) -> None:
        await self.start_connection_pool(
            min_size=1,
            max_size=10,
            timeout=10,
            command_timeout=STATEMENT_S,
            server_settings=SESSION,
            connection_class=_Connection,
        )

    async def run_quickly(self, querystring: QueryString) -> Any:
        return await self.run_querystring(querystring)

    async def close(self) -> None:
        if self.pool:
            await self.close_connection_pool()

    async def begin(self, *, unhurried: bool) -> Transaction:
        if self.pool is None:
            raise ConnectionError("the database is closed")
        connection = await (self._unhurried() if unhurried else self.pool.acquire())
        transaction = Transaction(connection, connection.close if unhurried else partial(self.pool.release, connection))
        try:
            await connection.execute("BEGIN")
        except BaseException:
            await transaction.leave()
            raise
        return transaction

    async def _unhurried(self) -> Any:
        """A connection of its own: the pool's have their limit from the start."""
        return await asyncpg.connect(**self.config, timeout=10, server_settings={**SESSION, "statement_timeout": "0"})

    async def end(self, transaction: Transaction, *, commit: bool) -> None:
        try:
            await transaction.connection.execute("COMMIT" if commit else "ROLLBACK")
        finally:
            # The pool rolls back what is open on what it takes back, so one that failed here carries nothing over.
            await transaction.leave()


Engine = LocalEngine | ServerEngine


def choose(database_url: str, data_dir: Path) -> Engine:
    """An engine for `postgres://…`; without a URL, SQLite in the data directory. Connects to nothing."""
    if database_url:
        return ServerEngine(config={"dsn": database_url})
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    return LocalEngine(data_dir / "clipyard.sqlite")


@contextlib.asynccontextmanager
async def connected(engine: Engine) -> AsyncIterator[Engine]:
    """Open the engine and make it the one that every table uses, until the block ends."""
    try:
        await engine.open()
        use(engine)
        yield engine
    finally:
        await engine.close()


def use(engine: Engine) -> None:
    piccolo_conf.DB = engine
    for table in TABLES:
        table._meta.db = engine


def current() -> Engine:
    engine = piccolo_conf.DB
    assert isinstance(engine, LocalEngine | ServerEngine), "no database is connected"
    return engine


async def sql(query: str, *arguments: Any) -> list[dict[str, Any]]:
    """Run a statement on either engine and answer its rows.

    `{}` stands for the next argument; `:now` for the database's clock in milliseconds, which is one clock for
    every process and host. Raises Duplicate where a unique constraint refuses what somebody else wrote first: the
    transaction can only be given up then, or that part of it which began at a `savepoint`.
    """
    return await _rows(current().run_querystring, query, arguments)


async def quick(query: str, *arguments: Any) -> list[dict[str, Any]]:
    """As `sql`, for a statement on a few rows by their key, which SQLite has done before a thread wakes up."""
    return await _rows(current().run_quickly, query, arguments)


async def _rows(
    run: Callable[[QueryString], Awaitable[Any]], query: str, arguments: tuple[Any, ...]
) -> list[dict[str, Any]]:
    try:
        rows = await run(QueryString(query.replace(":now", current().now), *arguments))
    except asyncpg.UniqueViolationError as error:
        raise Duplicate(str(error)) from error
    except sqlite3.IntegrityError as error:
        if error.sqlite_errorcode in _UNIQUE:
            raise Duplicate(str(error)) from error
        raise
    return [dict(row) for row in rows]


def marks(count: int) -> str:
    """Placeholders for a list of `count` values."""
    return ", ".join(["{}"] * count)


@contextlib.asynccontextmanager
async def tx(*, unhurried: bool = False) -> AsyncIterator[None]:
    """All or nothing. Await only the database inside, and start no tasks: they would share the connection.

    `unhurried`: its statements may take as long as they need. A block inside another joins it. Begin, commit and
    rollback run to their end even when the caller is cancelled (Piccolo's own transaction then leaks its connection and
    stays current); the cancellation is raised afterwards.
    """
    engine = current()
    holder: ContextVar[Any] = engine.current_transaction
    if holder.get():
        yield
        return
    transaction = await _to_the_end(
        engine.begin(unhurried=unhurried), undo=lambda begun: engine.end(begun, commit=False)
    )
    token = holder.set(transaction)
    try:
        yield
    except BaseException:
        holder.reset(token)
        with contextlib.suppress(*UNREACHABLE):
            await _to_the_end(engine.end(transaction, commit=False))
        raise
    holder.reset(token)
    await _to_the_end(engine.end(transaction, commit=True))


def in_tx() -> bool:
    return bool(current().current_transaction.get())


async def alone(what: int) -> None:
    """Until the transaction ends, no other that asks for the same is under way. On SQLite none is in any case.

    `what`: a number that every Clipyard process agrees on.
    """
    if isinstance(current(), ServerEngine):
        await sql("SELECT pg_advisory_xact_lock({})", what)


@contextlib.asynccontextmanager
async def savepoint() -> AsyncIterator[None]:
    """As `tx`; but inside another one the block is undone alone when it fails, so that who catches that can go on.

    A `tx` that joins another leaves to it what was written before the failure.
    """
    if not in_tx():
        async with tx():
            yield
        return
    await sql("SAVEPOINT part")
    try:
        yield
    except Exception:  # not a cancellation, which ends the whole transaction
        await sql("ROLLBACK TO SAVEPOINT part")
        await sql("RELEASE SAVEPOINT part")
        raise
    await sql("RELEASE SAVEPOINT part")


async def _to_the_end(work: Coroutine[Any, Any, T], undo: Any = None) -> T:
    """Await `work` whole, however often the caller is cancelled; then let the cancellation through."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
        except Exception:  # noqa: BLE001, S112 - the task holds it; `result` raises it below
            continue
    result = task.result()
    if cancelled:
        if undo:
            await _to_the_end(undo(result))
        raise cancelled
    return result


async def _until_unlocked(connection: aiosqlite.Connection, statement: str) -> None:
    """Switching to WAL does not honour `busy_timeout` while another process writes."""
    for attempt in range(50):
        try:
            await connection.execute_fetchall(statement)
            return
        except sqlite3.OperationalError:
            if attempt == 49:
                raise
            await asyncio.sleep(0.1)
