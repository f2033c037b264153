"""Timed actions in the database: written once for each key, carried out by one process."""

import datetime as dt
import secrets
import string
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.task_models import TimedActionRow as Row
from innkeeper.blocks.database.upserts import insert_into
from innkeeper.schemas.actions import TimedAction, TimedActionStatus
from innkeeper.schemas.errors import NotFound

WAKE_UP_CALL = "wake_up_call"  # a `TimedAction.kind`
_ID_CHARS = string.ascii_uppercase + string.digits
_MAX_PROBLEM_CHARS = 300


async def add_timed_action(
    session: AsyncSession, *, key: str, kind: str, room_number: str | None, due_at: dt.datetime, requested_by: str
) -> tuple[TimedAction, bool]:
    """
    Write something that is to happen later, once for each key.

    Args:
        session: From `Database.writing()`.
        key: Two calls with one key are one timed action.
        kind: `wake_up_call`, …
        room_number: Where; as the hotel writes it.
        due_at: Aware.
        requested_by: As the audit log names a principal.

    Returns:
        The timed action of the key, and whether this call wrote it.
    """
    values = {
        "id": "WAKE-" + "".join(secrets.choice(_ID_CHARS) for _ in range(8)),
        "key": key,
        "kind": kind,
        "room_number": room_number,
        "due_at": due_at,
        "status": TimedActionStatus.SCHEDULED.value,
        "requested_by": requested_by,
        "created_at": dt.datetime.now(dt.UTC),
    }
    insert = insert_into(session, Row).values(values).on_conflict_do_nothing(index_elements=["key"])
    row = await session.scalar(insert.returning(Row))
    if row is not None:
        return _read(row), True
    row = (await session.scalars(select(Row).where(Row.key == key))).one()
    return _read(row), False


async def find_timed_action(session: AsyncSession, action_id: str) -> TimedAction:
    """The timed action; raises `NotFound`."""
    row = await session.get(Row, action_id, populate_existing=True)
    if row is None:
        raise NotFound(f"there is no wake-up call {action_id!r}; `innkeeper wake-ups list` shows those that are set")
    return _read(row)


async def list_timed_actions(
    session: AsyncSession, status: TimedActionStatus | None = None, *, kind: str | None = None, limit: int = 100
) -> list[TimedAction]:
    """Timed actions by their time, of one status and kind or of all."""
    query = select(Row).order_by(Row.due_at, Row.id).limit(limit)
    if status is not None:
        query = query.where(Row.status == status.value)
    if kind is not None:
        query = query.where(Row.kind == kind)
    return [_read(row) for row in await session.scalars(query)]


async def due_timed_actions(session: AsyncSession, now: dt.datetime, limit: int = 100) -> list[TimedAction]:
    """Those whose time has come and that nobody has carried out, the earliest first."""
    query = select(Row).where(Row.status == TimedActionStatus.SCHEDULED.value, Row.due_at <= now)
    return [_read(row) for row in await session.scalars(query.order_by(Row.due_at, Row.id).limit(limit))]


async def unscheduled_timed_actions(session: AsyncSession, limit: int = 100) -> Sequence[TimedAction]:
    """Those to come for which Prefect has no scheduled run yet."""
    query = select(Row).where(Row.status == TimedActionStatus.SCHEDULED.value, Row.flow_run_id.is_(None))
    return [_read(row) for row in await session.scalars(query.order_by(Row.due_at, Row.id).limit(limit))]


async def note_flow_run(session: AsyncSession, action_id: str, flow_run_id: str) -> None:
    """Note which scheduled run will carry it out."""
    await session.execute(update(Row).where(Row.id == action_id).values(flow_run_id=flow_run_id))


async def end_timed_action(
    session: AsyncSession, action_id: str, status: TimedActionStatus, *, at: dt.datetime, problem: str | None = None
) -> TimedAction | None:
    """
    End a timed action that is still scheduled, as done, cancelled or failed.

    Args:
        session: From `Database.writing()`: what is done at the time belongs to the same transaction.
        action_id: "WAKE-…".
        status: The end.
        at: Aware.
        problem: Why it failed.

    Returns:
        None when it has ended before: then the caller has nothing to do.
    """
    values: dict[str, Any] = {
        "status": status.value,
        "finished_at": at,
        "problem": problem and problem[:_MAX_PROBLEM_CHARS],
    }
    statement = update(Row).where(Row.id == action_id, Row.status == TimedActionStatus.SCHEDULED.value)
    row = await session.scalar(statement.values(values).returning(Row).execution_options(populate_existing=True))
    return None if row is None else _read(row)


def _read(row: Row) -> TimedAction:
    return TimedAction(
        id=row.id,
        kind=row.kind,
        room_number=row.room_number,
        due_at=row.due_at,
        status=TimedActionStatus(row.status),
        requested_by=row.requested_by,
        flow_run_id=row.flow_run_id,
    )
