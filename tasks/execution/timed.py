"""What is to happen at a time, once: the row is the truth, a scheduled run of Prefect only comes to it earlier."""

import datetime as dt
import zoneinfo
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.audit import record
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.hotels import current_hotel
from innkeeper.blocks.database.timed_actions import (
    due_timed_actions,
    end_timed_action,
    find_timed_action,
    list_timed_actions,
    note_flow_run,
    unscheduled_timed_actions,
)
from innkeeper.blocks.database.work_orders import assign_orders, orders_of_messages, write_work_orders
from innkeeper.blocks.settings import Settings, settings
from innkeeper.engine.routing.taxonomy import load_taxonomy
from innkeeper.schemas.actions import TimedAction, TimedActionStatus
from innkeeper.schemas.errors import Conflict, NotConfigured
from innkeeper.schemas.routing import StructuredRequest
from innkeeper.schemas.taxonomy import Priority, Taxonomy
from innkeeper.schemas.work_orders import StoredWorkOrder, WorkOrder
from innkeeper.tasks.execution.timed_runs import cancel_run, scheduled_run
from innkeeper.tasks.policies import step

GRACE = dt.timedelta(minutes=15)  # later than that, a call wakes nobody in time: a person has to see to it
EARLY = dt.timedelta(minutes=1)  # clocks of two machines differ by less
_CATEGORY, _SUBCATEGORY = "front_desk", "wake_up_call"
_TEAM, _WORKFLOW = "front_desk_team", "WF_FRONT_DESK_009"  # of a taxonomy that has no such subcategory


@dataclass(frozen=True)
class CarriedOut:
    """A timed action that this call ended, and the work order that its time made."""

    action: TimedAction
    order: StoredWorkOrder


async def schedule_timed(database: Database, action: TimedAction) -> bool:
    """
    Have Prefect start a run at the action's time; whether it will. Never fails, and takes 2 s at most.

    Without a Prefect server, or where it is away, `carry-out-due-actions` sees to it.
    """
    if action.status is not TimedActionStatus.SCHEDULED or action.due_at <= dt.datetime.now(dt.UTC):
        return False
    run_id = await scheduled_run(action)
    if run_id is None:
        return False
    async with database.writing() as session:
        await note_flow_run(session, action.id, run_id)
    return True


async def cancel_timed(database: Database, action_id: str, *, by: str) -> TimedAction:
    """
    Call a timed action off, with its scheduled run; a second time changes nothing.

    Args:
        database: The hotel's.
        action_id: "WAKE-…".
        by: As the audit log names a principal.

    Raises:
        NotFound: There is none of this id.
        Conflict: Its time has come before.
    """
    async with database.writing() as session:
        ended = await end_timed_action(
            session, action_id, TimedActionStatus.CANCELLED, at=dt.datetime.now(dt.UTC), problem=None
        )
        if ended is None:
            found = await find_timed_action(session, action_id)
            if found.status is not TimedActionStatus.CANCELLED:
                raise Conflict(f"{action_id} is {found.status.value} already and cannot be cancelled")
            return found
        record(session, principal=by, action="timed_action.cancel", subject=f"timed_action:{action_id}")
    if ended.flow_run_id is not None:
        await cancel_run(ended.flow_run_id)
    return ended


async def list_timed(database: Database, status: TimedActionStatus | None = None) -> list[TimedAction]:
    """Timed actions by their time, which is in the hotel's zone; of one status or of all."""
    async with database.reading() as session:
        zone = await _zone(session, settings())
        found = await list_timed_actions(session, status)
    return [each.model_copy(update={"due_at": each.due_at.astimezone(zone)}) for each in found]


@step(run_name="find-due-actions")
async def find_due(database: Database, now: dt.datetime) -> list[TimedAction]:
    """What should have begun by now."""
    async with database.reading() as session:
        return await due_timed_actions(session, now)


@step(run_name="schedule-actions")
async def schedule_waiting(database: Database, now: dt.datetime) -> int:
    """Give those to come that have no scheduled run one; how many have one now. Where Prefect is away, none has."""
    async with database.reading() as session:
        waiting = [each for each in await unscheduled_timed_actions(session) if each.due_at > now + EARLY]
    scheduled = 0
    for action in waiting:
        if not await schedule_timed(database, action):
            break  # the next one would wait as long, for nothing
        scheduled += 1
    return scheduled


@step(run_name="carry-out-{action_id}")
async def carry_out(database: Database, action_id: str, now: dt.datetime) -> CarriedOut | None:
    """
    Do what is due: a work order for the front desk, in the transaction that ends the action.

    More than 15 minutes late, the action has failed, and the work order says so.

    Args:
        database: The hotel's.
        action_id: "WAKE-…".
        now: Aware.

    Returns:
        None when there is nothing to do: it was done, or called off, or its time has not come.

    Raises:
        NotFound: There is none of this id.
    """
    used = settings()
    async with database.writing() as session:
        action = await find_timed_action(session, action_id)
        if action.status is not TimedActionStatus.SCHEDULED or action.due_at > now + EARLY:
            return None
        is_missed = now - action.due_at > GRACE
        ended = await end_timed_action(
            session,
            action_id,
            TimedActionStatus.FAILED if is_missed else TimedActionStatus.DONE,
            at=now,
            problem=f"{_minutes(now - action.due_at)} minutes late" if is_missed else None,
        )
        if ended is None:
            return None
        order = _order(ended, now, await _zone(session, used), load_taxonomy(used.taxonomy), is_missed=is_missed)
        await write_work_orders(session, [order])
        await assign_orders(session, order.team, order.message_id, now)
        (stored,) = await orders_of_messages(session, [order.message_id])
    return CarriedOut(ended, stored)


def _order(
    action: TimedAction, now: dt.datetime, zone: zoneinfo.ZoneInfo, taxonomy: Taxonomy, *, is_missed: bool
) -> WorkOrder:
    category = taxonomy.categories.get(_CATEGORY)
    entry = category.subcategories.get(_SUBCATEGORY) if category else None
    local = action.due_at.astimezone(zone)
    text = f"{'MISSED ' if is_missed else ''}wake-up call, room {action.room_number or '?'}, {local:%H:%M}"
    key = f"timed:{action.id}"
    return WorkOrder(
        message_id=key,
        subcategory=_SUBCATEGORY,
        category=_CATEGORY,
        team=(entry.team if entry else None) or (category.team if category else _TEAM),
        workflow_id=entry.workflow_id if entry else _WORKFLOW,
        priority=Priority.CRITICAL if is_missed else Priority.HIGH,
        room_number=action.room_number,
        details=StructuredRequest(
            type=_SUBCATEGORY,
            room_number=action.room_number,
            issue=text,
            date=local.date(),
            time=f"{local:%H:%M}",
            urgency=(Priority.CRITICAL if is_missed else Priority.HIGH).urgency,
        ),
        confidence=1.0,
        needs_review=is_missed,
        batch_id=key,
        due_at=action.due_at,
        created_at=now,
    )


async def _zone(session: AsyncSession, used: Settings) -> zoneinfo.ZoneInfo:
    try:
        hotel = await current_hotel(session)
    except NotConfigured:  # a call that was taken is made, whatever has become of the hotel's data
        return used.zone
    return zoneinfo.ZoneInfo(hotel.timezone) if hotel.timezone else used.zone


def _minutes(late: dt.timedelta) -> int:
    return int(late.total_seconds() // 60)
