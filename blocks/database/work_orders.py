"""Work orders in the database. Writing and assigning may be repeated, and done by many at once."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.models import WorkOrder as Row
from innkeeper.schemas.errors import NotFound
from innkeeper.schemas.work_orders import StoredWorkOrder, WorkOrder, WorkOrderStatus

_AT_ONCE = 500  # rows a statement: 17 columns stay below PostgreSQL's 32767 parameters


async def write_work_orders(session: AsyncSession, orders: Sequence[WorkOrder]) -> list[StoredWorkOrder]:
    """
    Write `orders` that are not there yet, as open.

    An order whose message and subcategory are already there is left as it is.

    Args:
        session: From `Database.writing()`.
        orders: Any number, in any order; repeated ones count once.

    Returns:
        The newly written ones only, with their ids, sorted by message and subcategory.
    """
    # One order for all writers: two that insert the same rows crosswise would deadlock.
    unique = {(order.message_id, order.subcategory): order for order in reversed(orders)}
    waiting = [_values(order) for _, order in sorted(unique.items(), key=lambda pair: pair[0])]
    written: list[Row] = []
    for start in range(0, len(waiting), _AT_ONCE):
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        insert = dialect.insert(Row).values(waiting[start : start + _AT_ONCE])
        written += await session.scalars(insert.on_conflict_do_nothing().returning(Row))
    return [_stored(row) for row in sorted(written, key=lambda row: (row.message_id, row.subcategory))]


async def open_orders(
    session: AsyncSession, team: str | None = None, batch_id: str | None = None
) -> list[StoredWorkOrder]:
    """Open orders, oldest first, of one team and of one batch when they are given."""
    wanted = [Row.status == WorkOrderStatus.OPEN.value]
    wanted += [] if team is None else [Row.team == team]
    wanted += [] if batch_id is None else [Row.batch_id == batch_id]
    query = select(Row).where(*wanted).order_by(Row.created_at, Row.id)
    return [_stored(row) for row in await session.scalars(query)]


async def orders_of_messages(session: AsyncSession, message_ids: Sequence[str]) -> list[StoredWorkOrder]:
    """Every order that the messages led to, whatever its status and batch, by id."""
    query = select(Row).where(Row.message_id.in_(message_ids)).order_by(Row.id)
    return [_stored(row) for row in await session.scalars(query)]


async def assign_orders(session: AsyncSession, team: str, batch_id: str, at: dt.datetime) -> list[StoredWorkOrder]:
    """
    Hand the open orders of a batch to its team: open becomes assigned.

    Args:
        session: From `Database.writing()`.
        team: As the taxonomy names it.
        batch_id: The batch that wrote the orders.
        at: Aware time of the assignment.

    Returns:
        The orders that this call assigned, oldest first; a second call returns none and changes nothing.
    """
    statement = (
        update(Row)
        .where(Row.team == team, Row.batch_id == batch_id, Row.status == WorkOrderStatus.OPEN.value)
        .values(status=WorkOrderStatus.ASSIGNED.value, assigned_at=at)
        .returning(Row)
        .execution_options(populate_existing=True)
    )
    rows = (await session.scalars(statement)).all()
    return [_stored(row) for row in sorted(rows, key=lambda row: (row.created_at, row.id))]


async def find_order(session: AsyncSession, order_id: int) -> StoredWorkOrder:
    """The order; raises `NotFound`."""
    row = await session.get(Row, order_id, populate_existing=True)
    if row is None:
        raise NotFound(f"there is no work order {order_id}")
    return _stored(row)


async def change_order(
    session: AsyncSession, order_id: int, *, before: Sequence[WorkOrderStatus], **values: Any
) -> StoredWorkOrder | None:
    """
    Set fields of an order that is still in one of the states `before`; none when it is not.

    Args:
        session: From `Database.writing()`.
        order_id: Of the order.
        before: States from which it may be changed.
        values: `status`, `assignee`, `assigned_at`.
    """
    plain = {name: value.value if isinstance(value, WorkOrderStatus) else value for name, value in values.items()}
    held = update(Row).where(Row.id == order_id, Row.status.in_([each.value for each in before]))
    row = await session.scalar(held.values(plain).returning(Row).execution_options(populate_existing=True))
    return None if row is None else _stored(row)


def _values(order: WorkOrder) -> dict[str, Any]:
    return order.model_dump(exclude={"details", "priority"}) | {
        "details": order.details.model_dump(mode="json", exclude_none=True),
        "priority": order.priority.value,
        "status": WorkOrderStatus.OPEN.value,
        "assigned_at": None,
    }


def _stored(row: Row) -> StoredWorkOrder:
    return StoredWorkOrder.model_validate({name: getattr(row, name) for name in StoredWorkOrder.model_fields})
