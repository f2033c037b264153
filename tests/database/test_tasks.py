"""Tasks, their steps and timed actions as rows, on both databases."""

import asyncio
import datetime as dt
import socket
import subprocess
import sys
from typing import Any

import pytest
from sqlalchemy import update

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.hotels import current_hotel, import_hotel
from innkeeper.blocks.database.room_states import change_room_status
from innkeeper.blocks.database.stays import find_room
from innkeeper.blocks.database.task_models import TaskRow
from innkeeper.blocks.database.task_steps import add_steps, begin_step, cancel_open_steps, steps_of, update_step
from innkeeper.blocks.database.tasks import (
    abandoned_tasks,
    add_task,
    claim_task,
    find_task,
    list_tasks,
    new_holder,
    new_task_id,
    release_task,
    renew_task,
    update_task,
)
from innkeeper.blocks.database.timed_actions import (
    WAKE_UP_CALL,
    add_timed_action,
    due_timed_actions,
    end_timed_action,
    list_timed_actions,
    note_flow_run,
    unscheduled_timed_actions,
)
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.actions import TimedActionStatus
from innkeeper.schemas.errors import Conflict, NotFound
from innkeeper.schemas.hotel import RoomStatus
from innkeeper.schemas.hotel_file import parse_hotel_file
from innkeeper.schemas.plans import Instruction, Plan, StepStatus, TaskStatus
from innkeeper.schemas.tasks import StoredTask

NOW = dt.datetime(2025, 1, 17, 13, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
PLAN = Plan.model_validate(
    {
        "language": "vi",
        "steps": [
            {"step": 1, "action": "get_room_status", "arguments": {"room_number": "1"}},
            {"step": 2, "action": "verify_room_ready", "arguments": {"room_number": "1"}, "depends_on": [1]},
        ],
    }
)


def task_of(**more: Any) -> StoredTask:
    values: dict[str, Any] = {
        "id": new_task_id(),
        "owner": "3",
        "principal": Principal(key_id="3", name="desk", role=Role.RECEPTIONIST),
        "instruction": Instruction(text="phòng 1 xong chưa", today=NOW.date(), now=NOW),
        "plan": PLAN,
        "status": TaskStatus.RUNNING,
        "request_hash": "a" * 64,
        "created_at": NOW,
    }
    return StoredTask.model_validate(values | more)


def dead_process() -> int:
    """Number of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


async def stored(database: Database, **more: Any) -> StoredTask:
    async with database.writing() as session:
        submitted = await add_task(session, task_of(**more))
        await add_steps(session, submitted.task.id, submitted.task.plan)
    return submitted.task


async def claims(database: Database, task_id: str, holder: str, at: dt.datetime) -> bool:
    async with database.writing() as session:
        return await claim_task(session, task_id, holder, now=at, until=at + MINUTE)


async def test_a_task_is_read_as_it_was_written(database: Database) -> None:
    task = await stored(database, idempotency_key="k")
    async with database.reading() as session:
        assert await find_task(session, task.id) == task
        assert [each.status for each in await steps_of(session, task.id)] == [StepStatus.PLANNED] * 2
        with pytest.raises(NotFound, match="TASK-none"):
            await find_task(session, "TASK-none")


async def test_one_key_of_one_owner_is_one_task_however_many_write_it_at_once(database: Database) -> None:
    written = await asyncio.gather(*(stored(database, idempotency_key="k") for _ in range(5)))
    assert len({each.id for each in written}) == 1
    other = await stored(database, idempotency_key="k", owner="4")
    assert other.id != written[0].id
    with pytest.raises(Conflict, match="another task"):
        await stored(database, idempotency_key="k", request_hash="b" * 64)


async def test_a_task_is_carried_out_by_one_and_taken_over_when_its_claim_runs_out(database: Database) -> None:
    task = await stored(database)
    mine, others = new_holder(), new_holder()
    assert await claims(database, task.id, mine, NOW)
    assert not await claims(database, task.id, others, NOW)
    async with database.writing() as session:
        assert await renew_task(session, task.id, mine, NOW + 2 * MINUTE)
    assert not await claims(database, task.id, others, NOW + MINUTE)
    assert await claims(database, task.id, others, NOW + 3 * MINUTE)
    async with database.writing() as session:
        assert not await renew_task(session, task.id, mine, NOW + 9 * MINUTE)
        await release_task(session, task.id, mine)  # no longer theirs to release
    assert not await claims(database, task.id, mine, NOW + 3 * MINUTE)


async def test_the_task_of_a_dead_process_is_free_at_once(database: Database) -> None:
    task = await stored(database)
    dead = dead_process()
    async with database.writing() as session:
        holder = f"{socket.gethostname()}|{dead}|x"
        await session.execute(update(TaskRow).values(holder=holder, held_until=NOW + MINUTE))
    async with database.reading() as session:
        assert await abandoned_tasks(session, NOW) == [task.id]
    assert await claims(database, task.id, new_holder(), NOW)
    async with database.reading() as session:
        assert await abandoned_tasks(session, NOW) == []


async def test_of_many_that_claim_a_task_at_once_one_gets_it(database: Database) -> None:
    task = await stored(database)
    got = await asyncio.gather(*(claims(database, task.id, new_holder(), NOW) for _ in range(6)))
    assert sum(got) == 1


async def test_steps_are_begun_settled_and_cancelled(database: Database) -> None:
    task = await stored(database)
    async with database.writing() as session:
        begun = await begin_step(session, task.id, 1, {"room_number": "P1"})
        assert (begun.status, begun.attempts, begun.arguments) == (StepStatus.RUNNING, 1, {"room_number": "P1"})
        await update_step(session, task.id, 1, status=StepStatus.COMPLETED, result={"status": "clean"})
        await cancel_open_steps(session, task.id)
        await add_steps(session, task.id, PLAN)  # they are there
        found = await steps_of(session, task.id)
    assert [each.status for each in found] == [StepStatus.COMPLETED, StepStatus.CANCELLED]
    assert found[0].result == {"status": "clean"}


async def test_tasks_are_listed_by_owner_and_status_newest_first(database: Database) -> None:
    old, new = await stored(database), await stored(database, created_at=NOW + MINUTE)
    other = await stored(database, owner="4")
    async with database.writing() as session:
        await update_task(session, other.id, status=TaskStatus.COMPLETED, finished_at=NOW)
    async with database.reading() as session:
        assert [each.id for each in await list_tasks(session, owner="3")] == [new.id, old.id]
        assert [each.id for each in await list_tasks(session, status=TaskStatus.COMPLETED)] == [other.id]


async def test_a_timed_action_is_written_once_and_ended_once(database: Database) -> None:
    async def add(key: str, at: dt.datetime) -> tuple[str, bool]:
        async with database.writing() as session:
            action, is_new = await add_timed_action(
                session, key=key, kind=WAKE_UP_CALL, room_number="305", due_at=at, requested_by="key:3"
            )
        return action.id, is_new

    first, again = await add("a", NOW), await add("a", NOW)
    later, _ = await add("b", NOW + MINUTE)
    assert first[0] == again[0]
    assert (first[1], again[1]) == (True, False)
    async with database.writing() as session:
        await note_flow_run(session, later, "run-1")
        assert [each.id for each in await due_timed_actions(session, NOW)] == [first[0]]
        assert [each.id for each in await unscheduled_timed_actions(session)] == [first[0]]
        assert await end_timed_action(session, first[0], TimedActionStatus.DONE, at=NOW) is not None
        assert await end_timed_action(session, first[0], TimedActionStatus.CANCELLED, at=NOW) is None
        assert [each.id for each in await list_timed_actions(session, TimedActionStatus.SCHEDULED)] == [later]


async def test_of_two_who_change_a_room_at_once_one_does(database: Database, sample: bytes) -> None:
    file, _ = parse_hotel_file(sample, "sample")
    async with database.writing() as session:
        await import_hotel(session, file)
    async with database.reading() as session:
        room = await find_room(session, (await current_hotel(session)).id, "203")
    assert room is not None

    async def change(after: RoomStatus) -> bool:
        async with database.writing() as session:
            return await change_room_status(session, room.id, before=RoomStatus.DIRTY, after=after, is_ready=False)

    done = await asyncio.gather(change(RoomStatus.CLEAN), change(RoomStatus.OUT_OF_ORDER))
    assert sorted(done) == [False, True]
