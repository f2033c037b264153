"""Connections: an engine per address, and sessions that read or write."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from innkeeper.blocks.database.errors import as_innkeeper_error, unreachable
from innkeeper.blocks.database.urls import async_url, is_sqlite
from innkeeper.schemas.errors import NotConfigured

BUSY_TIMEOUT_MS = 15_000
_BEGIN = "innkeeper_begin"


def create_engine(url: str, *, pool_size: int = 5) -> AsyncEngine:
    """
    An engine for a SQLite or PostgreSQL address; nothing is connected yet.

    SQLite: write-ahead log, foreign keys on, waits up to 15 s for a lock.
    PostgreSQL: a connection is checked before it is used.

    Args:
        url: As an operator writes it; `urls.async_url` says what is taken.
        pool_size: Connections kept open; as many again for a burst.

    Raises:
        ValueError: The address is of another kind.
    """
    url = async_url(url)
    if not is_sqlite(url):
        return create_async_engine(
            url, pool_pre_ping=True, pool_size=pool_size, max_overflow=pool_size, pool_timeout=15
        )
    _make_folder(url)
    engine = create_async_engine(url, pool_size=pool_size, max_overflow=pool_size, pool_timeout=15)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def write_locked(engine: AsyncEngine) -> AsyncEngine:
    """
    `engine` for transactions that write.

    On SQLite they take the lock at the start: a transaction that has read cannot wait for it later.
    """
    return engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})


class Database:
    """
    Sessions on one database.

    `async with Database(url) as database:` closes its connections at the end. Driver errors that an operator or a retry
    can mend leave its sessions as `DatabaseUnavailable` or `NotConfigured`.
    """

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        self._engine = create_engine(url, pool_size=pool_size)
        self.url = async_url(url)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A connected session whose changes are thrown away."""
        async with _translated(), AsyncSession(self._engine, expire_on_commit=False) as session:
            await _connect(session)
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """
        A connected session in one transaction: committed at the end, rolled back on any error.

        On SQLite it holds the only write lock from start to end, so wait for nothing else inside.
        """
        async with (
            _translated(),
            AsyncSession(write_locked(self._engine), expire_on_commit=False) as session,
            session.begin(),
        ):
            await _connect(session)
            yield session

    async def upgrade(self) -> None:
        """Create the tables, or bring them to this version's shape."""
        from innkeeper.blocks.database.migrate import upgrade

        await upgrade(self.url)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._engine.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except Exception as error:
        ours = as_innkeeper_error(error)
        if ours is None:
            raise
        raise ours from error


async def _connect(session: AsyncSession) -> None:
    """Connect now, while a refused socket can only be the database's; later it may be anything the caller talks to."""
    try:
        await session.connection()
    except OSError as error:
        raise unreachable(error) from error


def _make_folder(url: str) -> None:
    file = make_url(url).database
    if file and not file.startswith("file:"):
        folder = Path(file).absolute().parent
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103  Path.mkdir gives `mode` to the last folder too
        except OSError as error:
            raise NotConfigured(
                f"the folder {str(folder)!r} for the database cannot be made ({error.strerror}); set INNKEEPER_HOME"
            ) from None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions: `_begin_sqlite` does
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = NORMAL")  # with a write-ahead log: safe when a process dies
    cursor.execute("PRAGMA journal_mode")
    if cursor.fetchone()[0] != "wal":
        _switch_to_wal(cursor)
    cursor.close()


def _switch_to_wal(cursor: Any) -> None:
    """Once per file. Of two processes that do it at once one gets "locked" without waiting; the other has done it."""
    import sqlite3

    try:
        cursor.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))
