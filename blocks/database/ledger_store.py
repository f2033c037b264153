"""
A held connection for the ledger's writer, and transactions on it. Used by one thread, and by that thread alone.

SQLite is driven directly: through an async driver each statement costs two changes of thread, 1 ms a transaction
instead of 0.2. PostgreSQL has an event loop of its own in the thread.
"""

import asyncio
import functools
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from innkeeper.blocks.database.engine import BUSY_TIMEOUT_MS
from innkeeper.blocks.database.engine import create_engine as create_async_engine
from innkeeper.blocks.database.errors import as_innkeeper_error, unreachable
from innkeeper.blocks.database.urls import is_sqlite

T = TypeVar("T")
_QUICK_TIMEOUT_MS = 5
_ADVISORY_LOCK = 0x1221_0002  # beside that of `migrate`: one writer of the ledger at a time


class Store(Protocol):
    """Transactions that exclude each other, across processes."""

    def write(self, work: Callable[[Connection], T]) -> T:
        """
        Run `work` in one transaction, committed at its end.

        Raises:
            DatabaseUnavailable: No answer; whether it was committed is not known when the connection broke at the end.
            NotConfigured: Tables are missing, or the address is wrong.
        """
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


def open_store(url: str) -> Store:
    """A store on the database at `url` (as `Database.url`); nothing is connected yet."""
    return _SqliteStore(url, BUSY_TIMEOUT_MS) if is_sqlite(url) else _PostgresqlStore(url)


def open_quick_store(url: str) -> Store | None:
    """A store that takes less time than waking a thread, and gives up at once on a lock; none: there is none such."""
    return _SqliteStore(url, _QUICK_TIMEOUT_MS) if is_sqlite(url) else None


class _SqliteStore:
    def __init__(self, url: str, timeout_ms: int) -> None:
        # used by one thread at a time, which SQLite cannot know
        self._engine = create_engine(
            url.replace("sqlite+aiosqlite:", "sqlite+pysqlite:", 1), connect_args={"check_same_thread": False}
        )
        event.listen(self._engine, "connect", functools.partial(_prepare, timeout_ms))
        event.listen(self._engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        self._connection: Connection | None = None

    def write(self, work: Callable[[Connection], T]) -> T:
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            with self._connection.begin():
                return work(self._connection)
        except Exception as error:
            self.close()
            ours = as_innkeeper_error(error)
            if ours is None:
                raise
            raise ours from error

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._engine.dispose()


class _PostgresqlStore:
    def __init__(self, url: str) -> None:
        self._engine = create_async_engine(url, pool_size=1)
        self._connection: AsyncConnection | None = None
        self._runner = asyncio.Runner()

    def write(self, work: Callable[[Connection], T]) -> T:
        try:
            return self._runner.run(self._write(work))
        except OSError as error:
            self._runner.run(self._discard())
            raise unreachable(error) from error
        except Exception as error:
            self._runner.run(self._discard())
            ours = as_innkeeper_error(error)
            if ours is None:
                raise
            raise ours from error

    def close(self) -> None:
        self._runner.run(self._discard())
        self._runner.close()

    async def _write(self, work: Callable[[Connection], T]) -> T:
        if self._connection is None:
            self._connection = await self._engine.connect()
        async with self._connection.begin():
            await self._connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            return await self._connection.run_sync(work)

    async def _discard(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.invalidate()
            await connection.close()
        await self._engine.dispose()


def _prepare(timeout_ms: int, connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions: the event does
    connection.execute(f"PRAGMA busy_timeout = {timeout_ms}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")  # as `engine` has it; the file's log is set up by then
