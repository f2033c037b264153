"""
Tasks whose process is killed, again and again: `python -m evals.execution.kills [--runs 200] [--seed N] [--json]`.

A task of six steps (room, work order, notice, letter, mail, wake-up call) is carried out by a process that is killed
(SIGKILL) before or after a random write to the database or hand-over of the mail; the next process goes on, and is
killed as well, up to three times; the last one is left alone. In every other run the last step fails for good, so that
what was done has to be undone, and processes are killed while they undo it. Then each side effect is counted.
"""

import argparse
import asyncio
import datetime as dt
import json
import os
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from evals.execution.killed_effects import problems_of
from innkeeper.blocks.channels.files import MessageFolder
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.hotels import import_hotel
from innkeeper.blocks.database.task_steps import add_steps
from innkeeper.blocks.database.tasks import add_task
from innkeeper.blocks.hotel_file import read_hotel_file
from innkeeper.blocks.settings import settings
from innkeeper.engine.routing.router import load_router
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.outbox import Receipt, StoredMessage
from innkeeper.schemas.plans import Instruction, Plan, TaskStatus
from innkeeper.schemas.tasks import StoredTask
from innkeeper.tasks.execution.executor import open_executor

HOTEL = Path(__file__).parents[2] / "knowledge_base" / "hotel_paradise.json"
TODAY = dt.date(2025, 1, 17)
MOST_POINTS = 46  # places at which a process may die on its way through the task
MOST_KILLS = 3
TASK_ID = "TASK-killed"
_STEPS: list[dict[str, Any]] = [
    {"action": "update_room_status", "arguments": {"room_number": "203", "status": "clean"}},
    {
        "action": "create_work_order",
        "arguments": {
            "category": "housekeeping",
            "subcategory": "amenity_request",
            "room_number": "203",
            "description": "two towels",
        },
    },
    {"action": "notify_department", "arguments": {"department": "front_desk", "message": "room 203 is nearly done"}},
    {"action": "schedule_wake_up_call", "arguments": {"room_number": "501", "at": "2025-01-18T06:00:00+07:00"}},
    {
        "action": "generate_apology",
        "arguments": {"kind": "apology", "room_number": "501", "variables": {"issue": "The lift stood still"}},
    },
    {"action": "send_email", "arguments": {"draft": 5}, "depends_on": [5]},
]
_FAILS = {"action": "update_room_status", "arguments": {"room_number": "9999", "status": "dirty"}}


@dataclass(frozen=True)
class Run:
    """One task: at which points its processes died, and what is wrong with what they left."""

    fails: bool
    points: tuple[int, ...]
    killed: int
    problems: tuple[str, ...]


def plan_of(fails: bool) -> Plan:
    """The task; of one that fails, the mail is left out (it cannot be undone) and the last step is impossible."""
    steps = [*_STEPS[:5], _FAILS] if fails else _STEPS
    return Plan.model_validate(
        {"language": "en", "steps": [{"step": place, **each} for place, each in enumerate(steps, 1)]}
    )


async def prepare(home: Path) -> None:
    """A database with the sample hotel."""
    async with Database(f"sqlite:///{home / 'innkeeper.db'}") as database:
        await database.upgrade()
        file, _ = read_hotel_file(str(HOTEL))
        async with database.writing() as session:
            await import_hotel(session, file)


async def submit(home: Path, fails: bool) -> None:
    """Write the task down."""
    now = dt.datetime(2025, 1, 17, 13, tzinfo=dt.UTC)
    task = StoredTask(
        id=TASK_ID,
        owner="cli:kills",
        principal=Principal(key_id="cli:kills", name="kills", role=Role.MANAGER),
        instruction=Instruction(text="see the plan", today=TODAY, now=now),
        plan=plan_of(fails),
        status=TaskStatus.RUNNING,
        request_hash="0" * 64,
        created_at=now,
    )
    async with Database(f"sqlite:///{home / 'innkeeper.db'}") as database, database.writing() as session:
        await add_task(session, task)
        await add_steps(session, task.id, task.plan)


async def carry_on(home: Path) -> None:
    """Carry the task on, as a process does that is started after a crash."""
    os.environ["INNKEEPER_HOME"] = str(home)
    settings.cache_clear()
    async with open_executor(settings()) as executor:
        await executor.execute(TASK_ID)


def dies_at(point: int) -> None:
    """Let this process kill itself when it comes to a place for the `point`th time."""
    passed = 0
    writing, send = Database.writing, MessageFolder.send

    def place() -> None:
        nonlocal passed
        passed += 1
        if passed == point:
            os.kill(os.getpid(), signal.SIGKILL)

    @asynccontextmanager
    async def writes(self: Database) -> AsyncIterator[AsyncSession]:
        async with writing(self) as session:
            yield session
            place()  # nothing of it is written
        place()

    async def sends(self: MessageFolder, message: StoredMessage) -> Receipt:
        place()
        receipt = await send(self, message)
        place()
        return receipt

    Database.writing = writes  # type: ignore[method-assign]  # in a process of its own
    MessageFolder.send = sends  # type: ignore[method-assign]  # the same


def in_process(work: Callable[[], Any]) -> bool:
    """Do something in a process of its own; false when it was killed. Raises when it failed otherwise."""
    pid = os.fork()
    if pid == 0:
        try:
            asyncio.run(work())
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return False
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError("a process failed; see above")
    return True


def one_run(template: Path, chance: random.Random, fails: bool) -> Run:
    """Carry one task out in spite of all kills, and look at what is there then."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(template, home)
        in_process(lambda: submit(home, fails))
        points, killed = [], 0
        for _ in range(chance.randint(1, MOST_KILLS)):
            points.append(chance.randint(1, MOST_POINTS))

            async def mortal(point: int = points[-1]) -> None:
                dies_at(point)
                await carry_on(home)

            killed += not in_process(mortal)
        in_process(lambda: carry_on(home))
        found: tuple[str, ...] = tuple(asyncio.run(problems_of(home, TASK_ID, fails=fails)))
    return Run(fails, tuple(points), killed, found)


def main() -> int:
    """Print what was found; 1 when anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    os.environ["PREFECT_API_URL"] = ""
    seed = int.from_bytes(os.urandom(4)) if options.seed is None else options.seed
    chance = random.Random(seed)  # noqa: S311  no secret
    load_router()  # once, for all processes
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "home"
        template.mkdir()
        in_process(lambda: prepare(template))
        runs = [one_run(template, chance, fails=bool(number % 2)) for number in range(options.runs)]
    wrong = [each for each in runs if each.problems]
    kills = sum(each.killed for each in runs)
    if options.json:
        print(json.dumps({"runs": len(runs), "kills": kills, "wrong": len(wrong), "seed": seed}))
    else:
        print(f"{len(runs)} tasks, {kills} processes killed (seed {seed}): {len(wrong)} tasks with a wrong side effect")
    for each in wrong:
        print(f"fails={each.fails} points={each.points}: {'; '.join(each.problems)}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
