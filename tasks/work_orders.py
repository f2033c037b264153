"""Steps on work orders in the hotel's database."""

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.work_orders import assign_orders, orders_of_messages, write_work_orders
from innkeeper.blocks.hotel_database import HotelDatabase
from innkeeper.blocks.settings import settings
from innkeeper.schemas.errors import NotConfigured
from innkeeper.schemas.work_orders import StoredWorkOrder, WorkOrder, WorkOrderStatus
from innkeeper.tasks.policies import run_step, step

_IDS_AT_ONCE = 1_000  # of one query: both databases take at most some 32,000 parameters


@asynccontextmanager
async def hotel_database(block: str | None) -> AsyncIterator[Database]:
    """
    The hotel's database, with its tables in today's shape.

    Args:
        block: Name of a Hotel Database block; the database of `INNKEEPER_DATABASE_URL` when absent.

    Raises:
        NotConfigured: There is no such block.
        DatabaseUnavailable: No answer, or a lock held for too long, after the retries.
    """
    async with await _named(block) if block else Database(settings().database_url) as database:
        await run_step(prepare_database, database)
        yield database


async def _named(block: str) -> Database:
    name = block.removeprefix("hotel-database/")
    try:
        loaded: HotelDatabase = await HotelDatabase.aload(name)
    except ValueError:
        raise NotConfigured(
            f"there is no Hotel Database block {name!r}; create it, or leave `database` empty"
        ) from None
    return loaded.database()


@step(run_name="prepare-database")
async def prepare_database(database: Database) -> None:
    """Create the tables, or bring them to this version's shape."""
    await database.upgrade()


@step(run_name="write-work-orders")
async def write_orders(database: Database, orders: Sequence[WorkOrder]) -> list[StoredWorkOrder]:
    """Write the orders that are not there yet, in one transaction; return the new ones."""
    async with database.writing() as session:
        return await write_work_orders(session, orders)


@step(run_name="find-open-work-orders")
async def find_open_orders(database: Database, message_ids: Sequence[str]) -> list[StoredWorkOrder]:
    """The messages' orders that no team has been given yet, whichever run wrote them."""
    async with database.reading() as session:
        return [
            order
            for start in range(0, len(message_ids), _IDS_AT_ONCE)
            for order in await orders_of_messages(session, message_ids[start : start + _IDS_AT_ONCE])
            if order.status is WorkOrderStatus.OPEN
        ]


@step(run_name="assign-work-orders-{team}")
async def assign_batch(database: Database, team: str, batch_id: str) -> list[StoredWorkOrder]:
    """Give the batch's open orders to its team, once; return those that this call gave."""
    async with database.writing() as session:
        return await assign_orders(session, team, batch_id, dt.datetime.now(dt.UTC))
