"""Each order exists once and is assigned once, whoever writes it and how often."""

import asyncio
import datetime as dt
import random
from typing import Any

from sqlalchemy import func, select

from innkeeper.blocks.database import models
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.work_orders import assign_orders, open_orders, write_work_orders
from innkeeper.schemas.routing import RequestedItem, StructuredRequest
from innkeeper.schemas.taxonomy import Priority
from innkeeper.schemas.work_orders import WorkOrder, WorkOrderStatus

NOON = dt.datetime(2025, 1, 17, 12, tzinfo=dt.UTC)


def _order(message_id: str = "m1", subcategory: str = "amenity_request", **changes: Any) -> WorkOrder:
    values: dict[str, Any] = {
        "message_id": message_id,
        "subcategory": subcategory,
        "category": "housekeeping",
        "team": "housekeeping_team",
        "workflow_id": "WF_HOUSEKEEPING_001",
        "priority": Priority.MEDIUM,
        "room_number": "201",
        "guest_id": "g1",
        "details": StructuredRequest(
            type="amenity_request", urgency="normal", items=(RequestedItem(item="towel", quantity=2),)
        ),
        "confidence": 0.93,
        "batch_id": "b1",
        "due_at": NOON + dt.timedelta(minutes=15),
        "created_at": NOON,
    }
    return WorkOrder.model_validate(values | changes)


async def test_an_order_comes_back_as_it_was_written(database: Database) -> None:
    order = _order()
    async with database.writing() as session:
        (written,) = await write_work_orders(session, [order])
    async with database.reading() as session:
        (found,) = await open_orders(session, "housekeeping_team", "b1")
    assert found == written
    assert found.model_dump(exclude={"id", "status", "assigned_at", "assignee"}) == order.model_dump()
    assert found.status is WorkOrderStatus.OPEN


async def test_only_new_orders_are_reported_and_old_ones_stay_as_they_are(database: Database) -> None:
    async with database.writing() as session:
        await write_work_orders(session, [_order("m1")])
    async with database.writing() as session:
        written = await write_work_orders(
            session, [_order("m1", priority=Priority.CRITICAL), _order("m2"), _order("m2")]
        )
    assert [order.message_id for order in written] == ["m2"]
    async with database.reading() as session:
        assert {order.priority for order in await open_orders(session)} == {Priority.MEDIUM}


async def test_nothing_to_write_is_no_error(database: Database) -> None:
    async with database.writing() as session:
        assert await write_work_orders(session, []) == []


async def test_twenty_writers_at_once_write_each_order_once(database: Database) -> None:
    orders = [_order(f"m{number}", kind) for number in range(15) for kind in ("amenity_request", "laundry")]

    async def write(seed: int) -> int:
        mine = random.Random(seed).sample(orders, len(orders))
        async with Database(database.url, pool_size=1) as own, own.writing() as session:
            return len(await write_work_orders(session, mine))

    assert sum(await asyncio.gather(*(write(seed) for seed in range(20)))) == len(orders)
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(models.WorkOrder)) == len(orders)


async def test_more_orders_than_fit_into_one_statement_are_written(database: Database) -> None:
    async with database.writing() as session:
        assert len(await write_work_orders(session, [_order(f"m{number}") for number in range(1_201)])) == 1_201


async def test_a_batch_is_assigned_once(database: Database) -> None:
    async with database.writing() as session:
        await write_work_orders(session, [_order("m1"), _order("m2"), _order("m3", batch_id="b2")])

    async def assign() -> int:
        async with database.writing() as session:
            return len(await assign_orders(session, "housekeeping_team", "b1", NOON))

    assert sorted(await asyncio.gather(*(assign() for _ in range(5)))) == [0, 0, 0, 0, 2]
    async with database.reading() as session:
        assert [order.message_id for order in await open_orders(session)] == ["m3"]


async def test_assigned_orders_carry_their_time(database: Database) -> None:
    async with database.writing() as session:
        await write_work_orders(session, [_order("m1")])
        (assigned,) = await assign_orders(session, "housekeeping_team", "b1", NOON)
    assert (assigned.status, assigned.assigned_at) == (WorkOrderStatus.ASSIGNED, NOON)


async def test_another_team_or_batch_is_left_alone(database: Database) -> None:
    async with database.writing() as session:
        await write_work_orders(session, [_order("m1"), _order("m2", team="it_team")])
        assert [order.message_id for order in await assign_orders(session, "it_team", "b1", NOON)] == ["m2"]
        assert [order.message_id for order in await open_orders(session, batch_id="b1")] == ["m1"]
