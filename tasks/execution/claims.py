"""One process at a time carries a task out; one that dies gives way at once, or when its claim runs out."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.tasks import claim_task, new_holder, release_task, renew_task
from innkeeper.schemas.errors import Conflict, InnkeeperError

LEASE = dt.timedelta(seconds=60)  # after it a process on another machine may take the task up
RENEWED_EVERY_S = 15.0


class Claim:
    """A task that this process carries out; `is_lost` once somebody else has taken it up."""

    def __init__(self, holder: str) -> None:
        self.holder = holder
        self.is_lost = False


@asynccontextmanager
async def claimed(database: Database, task_id: str) -> AsyncIterator[Claim]:
    """
    Hold a task while the block runs; the claim is renewed every few seconds.

    Raises:
        Conflict: Somebody else is carrying it out.
        NotFound: There is no such task.
    """
    claim = Claim(new_holder())
    now = dt.datetime.now(dt.UTC)
    async with database.writing() as session:
        if not await claim_task(session, task_id, claim.holder, now=now, until=now + LEASE):
            raise Conflict(f"task {task_id} is being carried out just now; look at it again in a moment")
    renewing = asyncio.create_task(_renew(database, task_id, claim))
    try:
        yield claim
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing
        with suppress(InnkeeperError):  # it runs out by itself
            async with database.writing() as session:
                await release_task(session, task_id, claim.holder)


async def _renew(database: Database, task_id: str, claim: Claim) -> None:
    while not claim.is_lost:
        await asyncio.sleep(RENEWED_EVERY_S)
        with suppress(InnkeeperError):  # the database may be away for a moment
            async with database.writing() as session:
                until = dt.datetime.now(dt.UTC) + LEASE
                claim.is_lost = not await renew_task(session, task_id, claim.holder, until)
