"""Tasks in the database: written once for each idempotency key, carried out by one process at a time."""

import datetime as dt
import os
import secrets
import socket
import string
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.index_lease import process_lives
from innkeeper.blocks.database.task_models import TaskRow as Row
from innkeeper.blocks.database.upserts import insert_into
from innkeeper.schemas.errors import Conflict, NotFound
from innkeeper.schemas.plans import TaskStatus
from innkeeper.schemas.tasks import StoredTask, Submitted

_ID_CHARS = string.ascii_lowercase + string.digits
_SEPARATOR = "|"  # of a holder's host, process and number
_OPEN = (TaskStatus.RUNNING.value,)


def new_task_id() -> str:
    """ "TASK-" and 16 random characters: nobody can guess another one's task."""
    return "TASK-" + "".join(secrets.choice(_ID_CHARS) for _ in range(16))


def new_holder() -> str:
    """A name for whoever carries a task out just now, by which it can be told whether that process lives."""
    return _SEPARATOR.join((socket.gethostname()[:100], str(os.getpid()), secrets.token_hex(8)))


async def add_task(session: AsyncSession, task: StoredTask) -> Submitted:
    """
    Write a task, once for each of its owner's idempotency keys.

    Raises:
        Conflict: The key stands for another request.
    """
    values = {name: _plain(getattr(task, name)) for name in StoredTask.model_fields}
    statement = insert_into(session, Row).values(values)
    if task.idempotency_key is None:
        await session.execute(statement)
        return Submitted(task, True)
    again = statement.on_conflict_do_nothing(index_elements=["owner", "idempotency_key"])
    if await session.scalar(again.returning(Row.id)) is not None:
        return Submitted(task, True)
    found = await task_of_key(session, task.owner, task.idempotency_key, task.request_hash)
    if found is None:  # erased between the two statements
        raise Conflict("the task with this idempotency key is being changed; try again")
    return Submitted(found, False)


async def task_of_key(session: AsyncSession, owner: str, key: str, request_hash: str) -> StoredTask | None:
    """
    The task that an earlier call wrote under the key.

    Raises:
        Conflict: That call asked for something else.
    """
    row = await session.scalar(select(Row).where(Row.owner == owner, Row.idempotency_key == key))
    if row is not None and row.request_hash != request_hash:
        raise Conflict("this idempotency key was used for another task; take a new key for each task")
    return None if row is None else _stored(row)


async def find_task(session: AsyncSession, task_id: str) -> StoredTask:
    """The task; raises `NotFound`."""
    row = await session.get(Row, task_id, populate_existing=True)
    if row is None:
        raise NotFound(f"there is no task {task_id!r}; `innkeeper tasks list` shows the last ones")
    return _stored(row)


async def list_tasks(
    session: AsyncSession, *, owner: str | None = None, status: TaskStatus | None = None, limit: int = 50
) -> list[StoredTask]:
    """The newest tasks, of one owner and status or of all."""
    query = select(Row).order_by(Row.created_at.desc(), Row.id).limit(limit)
    if owner is not None:
        query = query.where(Row.owner == owner)
    if status is not None:
        query = query.where(Row.status == status.value)
    return [_stored(row) for row in await session.scalars(query)]


async def abandoned_tasks(session: AsyncSession, now: dt.datetime, limit: int = 100) -> Sequence[str]:
    """Ids of tasks that are under way and that nobody carries out any more, oldest first."""
    rows = (await session.scalars(select(Row).where(Row.status.in_(_OPEN)).order_by(Row.created_at).limit(limit))).all()
    return [row.id for row in rows if not _is_held(row, now)]


async def claim_task(session: AsyncSession, task_id: str, holder: str, *, now: dt.datetime, until: dt.datetime) -> bool:
    """
    Take a task up; false when somebody else is carrying it out and lives.

    Args:
        session: From `Database.writing()`.
        task_id: "TASK-…".
        holder: From `new_holder`.
        now: Aware.
        until: When others may take it for abandoned, unless `renew_task` says otherwise.
    """
    row = (await session.scalars(select(Row).where(Row.id == task_id).with_for_update())).one_or_none()
    if row is None:
        raise NotFound(f"there is no task {task_id!r}; `innkeeper tasks list` shows the last ones")
    if _is_held(row, now):
        return False
    row.holder, row.held_until = holder, until
    await session.flush()
    return True


async def renew_task(session: AsyncSession, task_id: str, holder: str, until: dt.datetime) -> bool:
    """Hold the task until `until`; false when somebody else took it up."""
    statement = update(Row).where(Row.id == task_id, Row.holder == holder).values(held_until=until)
    return await session.scalar(statement.returning(Row.id)) is not None


async def release_task(session: AsyncSession, task_id: str, holder: str) -> None:
    """Let others take the task up."""
    held = update(Row).where(Row.id == task_id, Row.holder == holder)
    await session.execute(held.values(holder=None, held_until=None))


async def is_held(session: AsyncSession, task_id: str, now: dt.datetime) -> bool:
    """Whether somebody is carrying the task out and lives."""
    row = await session.get(Row, task_id, populate_existing=True)
    return row is not None and _is_held(row, now)


async def update_task(session: AsyncSession, task_id: str, **values: Any) -> StoredTask:
    """Set fields of `StoredTask`, and return the task as it is then; raises `NotFound`."""
    plain = {name: _plain(value) for name, value in values.items()}
    await session.execute(update(Row).where(Row.id == task_id).values(plain))
    session.expire_all()
    return await find_task(session, task_id)


def _is_held(row: Row, now: dt.datetime) -> bool:
    if row.holder is None or row.held_until is None or row.held_until <= now:
        return False
    host, process, _ = row.holder.split(_SEPARATOR)
    return process_lives(host, int(process))


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return value.value if isinstance(value, TaskStatus) else value


def _stored(row: Row) -> StoredTask:
    return StoredTask.model_validate({name: getattr(row, name) for name in StoredTask.model_fields})
