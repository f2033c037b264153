"""Wake-up calls and whatever else is to happen at a time: carried out when it comes, once."""

import datetime as dt
from typing import Annotated

from prefect import flow
from pydantic import Field

from innkeeper.schemas.work_orders import StoredWorkOrder
from innkeeper.tasks.execution.timed import carry_out, find_due, schedule_waiting
from innkeeper.tasks.policies import run_step
from innkeeper.tasks.publishing import order_rows, publish_table
from innkeeper.tasks.work_orders import hotel_database


@flow(name="carry-out-timed-action", flow_run_name="{action_id}", persist_result=False)
async def carry_out_timed_action(
    action_id: Annotated[str, Field(min_length=1, max_length=40)], database: str | None = None
) -> bool:
    """
    Do what one timed action asks for: a wake-up call becomes a work order for the front desk.

    Args:
        action_id: As `innkeeper wake-ups list` shows it; WAKE-….
        database: Name of a Hotel Database block; the database of the settings when empty.

    Returns:
        Whether this run did it; not when it was done or called off before, or its time has not come.
    """
    async with hotel_database(database) as hotel:
        done = await run_step(carry_out, hotel, action_id, dt.datetime.now(dt.UTC))
    await _show([done.order] if done else [])
    return done is not None


@flow(name="carry-out-due-actions", persist_result=False)
async def carry_out_due_actions(database: str | None = None) -> int:
    """
    Carry out what is due and has not been, and give what is to come its scheduled run in Prefect.

    Args:
        database: Name of a Hotel Database block; the database of the settings when empty.

    Returns:
        How many timed actions this run carried out.
    """
    now = dt.datetime.now(dt.UTC)
    async with hotel_database(database) as hotel:
        due = await run_step(find_due, hotel, now)
        done = [await run_step(carry_out, hotel, action.id, now) for action in due]
        await run_step(schedule_waiting, hotel, now)
    orders = [each.order for each in done if each is not None]
    await _show(orders)
    return len(orders)


async def _show(orders: list[StoredWorkOrder]) -> None:
    for team in sorted({order.team for order in orders}):
        rows = order_rows([order for order in orders if order.team == team])
        await publish_table(f"work-orders-{team.replace('_', '-')}", rows, f"Work orders for {team}")
