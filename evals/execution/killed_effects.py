"""What a task has left behind, counted: each side effect once, or undone once."""

import datetime as dt
import os
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.models import AuditEntry, Room, WorkOrder
from innkeeper.blocks.database.outbox_models import OutboxRow
from innkeeper.blocks.database.task_models import TaskRow, TaskStepRow, TimedActionRow
from innkeeper.blocks.settings import settings
from innkeeper.tasks.messages.sending import open_channels, send_message

_DONE = ["update_room_status", "create_work_order", "notify_department", "schedule_wake_up_call", "generate_apology"]


async def problems_of(home: Path, task_id: str, *, fails: bool) -> list[str]:
    """What is wrong; empty when each side effect is there once, or was undone once."""
    os.environ["INNKEEPER_HOME"] = str(home)
    settings.cache_clear()
    async with Database(settings().database_url) as database:
        await _let_the_sender_be_dead(database)
        async with database.reading() as session:
            return [each async for each in _problems(session, home, task_id, fails)]


async def _let_the_sender_be_dead(database: Database) -> None:
    """What the next sweep of the outbox does once the lease of a killed sender has run out."""
    async with database.writing() as session:
        held = update(OutboxRow).where(OutboxRow.status == "sending")
        await session.execute(held.values(lease_until=dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)))
    async with database.reading() as session:
        ids = list(await session.scalars(select(OutboxRow.id).where(OutboxRow.status == "sending")))
    for each in ids:
        await send_message(database, await open_channels(settings()), each)


async def _problems(session: AsyncSession, home: Path, task_id: str, fails: bool) -> AsyncIterator[str]:
    task = await session.get_one(TaskRow, task_id)
    wanted = "failed" if fails else "completed"
    if task.status != wanted:
        yield f"the task is {task.status}, not {wanted}"
    steps = list(await session.scalars(select(TaskStepRow).order_by(TaskStepRow.step)))
    states = [each.status for each in steps]
    if states != (["compensated"] * 5 + ["failed"] if fails else ["completed"] * 6):
        yield f"the steps are {states}"
    audit = Counter(
        (row.action, row.details.get("step")) for row in await session.scalars(select(AuditEntry)) if row.details
    )
    repeated = {each: count for each, count in audit.items() if each[0].startswith("task.") and count != 1}
    if repeated:
        yield f"done more than once: {repeated}"
    noted = [f"task.{each}" for each in _DONE]
    noted += ["task.step.undone"] if fails else ["task.send_email"]
    missing = [each for each in noted if not any(action == each for action, _ in audit)]
    if missing:
        yield f"never noted: {missing}"
    async for problem in _effects(session, home, fails):
        yield problem


async def _effects(session: AsyncSession, home: Path, fails: bool) -> AsyncIterator[str]:
    room = (await session.scalars(select(Room).where(Room.number == "203"))).one()
    if room.status != ("dirty" if fails else "clean"):
        yield f"room 203 is {room.status}"
    orders = list(await session.scalars(select(WorkOrder)))
    found = sorted((each.subcategory, each.status) for each in orders)
    status = "cancelled" if fails else "open"
    if found != [("amenity_request", status), ("notice", status)]:
        yield f"work orders: {found}"
    calls = [each.status for each in await session.scalars(select(TimedActionRow))]
    if calls != ["cancelled" if fails else "scheduled"]:
        yield f"wake-up calls: {calls}"
    mails = [each.status for each in await session.scalars(select(OutboxRow))]
    files = list((home / "outbox").glob("*.eml"))
    if mails != ([] if fails else ["written"]) or len(files) != len(mails):
        yield f"mails: {mails}, {len(files)} files"
