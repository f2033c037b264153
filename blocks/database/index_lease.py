"""The lease on indexing a collection: one run at a time, and a run that died gives way."""

import asyncio
import datetime as dt
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.knowledge_models import IndexLeaseRow
from innkeeper.schemas.errors import InnkeeperError
from innkeeper.schemas.knowledge_index import IndexBusy

LEASE_S = 60.0  # without a sign of life for that long a run counts as dead
RENEWED_EVERY_S = 10.0


@asynccontextmanager
async def index_lease(database: Database, collection: str, run_id: str, run_name: str) -> AsyncIterator[None]:
    """
    Hold the lease while the block runs; it is renewed every few seconds.

    Raises:
        IndexBusy: Another run holds it and is alive.
    """
    async with database.writing() as session:
        await _take(session, collection, run_id, run_name)
    renewing = asyncio.create_task(_renew(database, collection, run_id))
    try:
        yield
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing
        with suppress(InnkeeperError):  # it runs out by itself
            async with database.writing() as session:
                await session.execute(delete(IndexLeaseRow).where(_held(collection, run_id)))


async def lease_holder(session: AsyncSession, collection: str) -> str | None:
    """Name of the run that is indexing the collection, if one is and lives."""
    row = await session.get(IndexLeaseRow, collection)
    return row.run_name if row is not None and _is_alive(row) else None


async def _take(session: AsyncSession, collection: str, run_id: str, run_name: str) -> None:
    query = select(IndexLeaseRow).where(IndexLeaseRow.collection == collection).with_for_update()
    row = (await session.scalars(query)).one_or_none()
    if row is not None and _is_alive(row):
        raise IndexBusy(
            f"the collection {collection!r} is being indexed by {row.run_name} since {row.taken_at:%H:%M:%S} UTC"
            f" on {row.host} (process {row.process}); wait for it, or stop it"
        )
    if row is not None:
        await session.delete(row)
        await session.flush()
    now = dt.datetime.now(dt.UTC)
    session.add(
        IndexLeaseRow(
            collection=collection,
            run_id=run_id,
            run_name=run_name,
            host=socket.gethostname(),
            process=os.getpid(),
            taken_at=now,
            renewed_at=now,
        )
    )


async def _renew(database: Database, collection: str, run_id: str) -> None:
    while True:
        await asyncio.sleep(RENEWED_EVERY_S)
        with suppress(InnkeeperError):  # the database may be away for a moment; the switch looks at the lease again
            async with database.writing() as session:
                now = dt.datetime.now(dt.UTC)
                await session.execute(update(IndexLeaseRow).where(_held(collection, run_id)).values(renewed_at=now))


def _held(collection: str, run_id: str) -> ColumnElement[bool]:
    return and_(IndexLeaseRow.collection == collection, IndexLeaseRow.run_id == run_id)


def _is_alive(row: IndexLeaseRow) -> bool:
    """Whether its run may still be at work: it gave a sign of life lately, and its process here was not killed."""
    if dt.datetime.now(dt.UTC) - row.renewed_at > dt.timedelta(seconds=LEASE_S):
        return False
    return process_lives(row.host, row.process)


def process_lives(host: str, process: int) -> bool:
    """Whether a process is there, as far as can be told: one of another host is taken to be."""
    return host != socket.gethostname() or _exists(process)


def _exists(process: int) -> bool:
    if os.name == "nt":  # there the call below would end the process
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it belongs to somebody else
        return True
    return True
