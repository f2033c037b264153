"""Steps on work orders in the hotel's database."""

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.work_orders import assign_orders, open_orders, write_work_orders
from innkeeper.blocks.hotel_database import HotelDatabase
from innkeeper.blocks.settings import settings
from innkeeper.schemas.work_orders import StoredWorkOrder, WorkOrder
from innkeeper.tasks.policies import step


@asynccontextmanager
async def hotel_database(block: str | None) -> AsyncIterator[Database]:
    """
    The hotel's database, with its tables in today's shape.

    Args:
        block: Name of a Hotel Database block; the database of `INNKEEPER_DATABASE_URL` when absent.
    """
    if block:
        loaded: HotelDatabase = await HotelDatabase.aload(block.removeprefix("hotel-database/"))
        database = loaded.database()
    else:
        database = Database(settings().database_url)
    async with database:
        await database.upgrade()
        yield database


@step(run_name="write-work-orders")
async def write_orders(database: Database, orders: Sequence[WorkOrder]) -> list[StoredWorkOrder]:
    """Write the orders that are not there yet, in one transaction; return the new ones."""
    async with database.writing() as session:
        return await write_work_orders(session, orders)


@step(run_name="find-open-work-orders")
async def find_open_orders(database: Database, batch_id: str) -> list[StoredWorkOrder]:
    """The batch's orders that no team has been given yet."""
    async with database.reading() as session:
        return await open_orders(session, batch_id=batch_id)


@step(run_name="assign-work-orders-{team}")
async def assign_batch(database: Database, team: str, batch_id: str) -> list[StoredWorkOrder]:
    """Give the batch's open orders to its team, once; return those that this call gave."""
    async with database.writing() as session:
        return await assign_orders(session, team, batch_id, dt.datetime.now(dt.UTC))
