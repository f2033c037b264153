"""The lease on sweeping a source: one run at a time, and a run that died gives way.

It only saves work: `sweeps.commit_sweep` takes what one of two sweeps found, with or without it.
"""

import asyncio
import datetime as dt
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.index_lease import LEASE_S, RENEWED_EVERY_S, process_lives
from innkeeper.blocks.database.sweep_models import SweepLeaseRow
from innkeeper.blocks.database.upserts import insert_into
from innkeeper.schemas.errors import Conflict, InnkeeperError


@asynccontextmanager
async def sweep_lease(database: Database, source: str, run_id: str, run_name: str) -> AsyncIterator[None]:
    """
    Hold the lease while the block runs; it is renewed every few seconds.

    Raises:
        Conflict: Another run is sweeping the source and is alive.
    """
    async with database.writing() as session:
        await _take(session, source, run_id, run_name)
    renewing = asyncio.create_task(_renew(database, source, run_id))
    try:
        yield
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing
        with suppress(InnkeeperError):  # it runs out by itself
            async with database.writing() as session:
                await session.execute(delete(SweepLeaseRow).where(_held(source, run_id)))


async def sweeping_run(session: AsyncSession, source: str) -> str | None:
    """Name of the run that is sweeping the source, if one is and lives."""
    row = await session.get(SweepLeaseRow, source)
    return row.run_name if row is not None and _is_alive(row) else None


async def _take(session: AsyncSession, source: str, run_id: str, run_name: str) -> None:
    query = select(SweepLeaseRow).where(SweepLeaseRow.source == source).with_for_update()
    row = (await session.scalars(query)).one_or_none()
    if row is not None and row.run_id != run_id and _is_alive(row):  # its own is one that it could not give back
        raise _busy(source, row.run_name)
    if row is not None:
        await session.delete(row)
        await session.flush()
    now = dt.datetime.now(dt.UTC)
    mine = insert_into(session, SweepLeaseRow).values(
        source=source,
        run_id=run_id,
        run_name=run_name,
        host=socket.gethostname(),
        process=os.getpid(),
        taken_at=now,
        renewed_at=now,
    )
    if await session.scalar(mine.on_conflict_do_nothing().returning(SweepLeaseRow.source)) is None:
        raise _busy(source, "another run")


async def _renew(database: Database, source: str, run_id: str) -> None:
    while True:
        await asyncio.sleep(RENEWED_EVERY_S)
        with suppress(InnkeeperError):  # the database may be away for a moment
            async with database.writing() as session:
                now = dt.datetime.now(dt.UTC)
                await session.execute(update(SweepLeaseRow).where(_held(source, run_id)).values(renewed_at=now))


def _busy(source: str, run_name: str) -> Conflict:
    return Conflict(f"the log source {source!r} is being swept by {run_name}; its lines are read there")


def _held(source: str, run_id: str) -> ColumnElement[bool]:
    return and_(SweepLeaseRow.source == source, SweepLeaseRow.run_id == run_id)


def _is_alive(row: SweepLeaseRow) -> bool:
    if dt.datetime.now(dt.UTC) - row.renewed_at > dt.timedelta(seconds=LEASE_S):
        return False
    return process_lives(row.host, row.process)
