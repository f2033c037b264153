"""
Speed of tasks: `python -m benchmarks.execution [--rounds N]`.

Prints one JSON line per figure, with date, machine and versions: how long the engine takes for a plan, and what
carrying out a task of four steps costs above the steps' own time, in this process and as a flow run on a local server.
"""

import argparse
import asyncio
import datetime as dt
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.figures import print_figure

HOTEL = Path(__file__).parents[1] / "knowledge_base" / "hotel_paradise.json"
INSTRUCTIONS = Path(__file__).parents[1] / "evals" / "execution" / "instructions.jsonl"
TODAY = dt.date(2025, 1, 17)
STEPS: list[dict[str, Any]] = [
    {"action": "get_room_status", "arguments": {"room_number": "104"}},
    {"action": "verify_room_ready", "arguments": {"room_number": "104"}, "depends_on": [1]},
    {
        "action": "generate_apology",
        "arguments": {"kind": "apology", "room_number": "501", "variables": {"issue": "The lift stood still"}},
        "when": [{"step": 2, "fact": "ready_for_guest"}],
        "depends_on": [2],
    },
    {"action": "send_email", "arguments": {"draft": 3}, "depends_on": [3]},
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as home:
        os.environ["INNKEEPER_HOME"] = home
        _planning()
        asyncio.run(_carrying_out(rounds))
        _through_prefect(rounds)


def _planning() -> None:
    """The engine's plans, of everything that the evaluation asks for."""
    from evals.execution.plans import hotel_words

    from innkeeper.engine.planning.understanding import plan_instruction
    from innkeeper.engine.routing.router import load_router
    from innkeeper.schemas.access import Role
    from innkeeper.schemas.plans import Instruction

    words, router = hotel_words(json.loads(HOTEL.read_text(encoding="utf-8"))), load_router()
    now = dt.datetime(2025, 1, 17, 20, tzinfo=router.zone)
    lines = INSTRUCTIONS.read_text(encoding="utf-8").splitlines()
    asked = [Instruction(text=json.loads(each)["instruction"], today=TODAY, now=now) for each in lines]
    took = []
    for turn in range(2):
        for each in asked:
            started_s = time.perf_counter()
            plan_instruction(each, words=words, role=Role.RECEPTIONIST, router=router)
            took += [(time.perf_counter() - started_s) * 1000] if turn else []
    print_figure("plan of an instruction, engine", **_spread(took), n=len(took), target_p50_ms=50)


async def _carrying_out(rounds: int) -> None:
    """In this process, with no Prefect server."""
    from innkeeper.blocks.settings import settings
    from innkeeper.tasks.execution.executor import open_executor

    settings.cache_clear()
    async with open_executor(settings()) as executor:
        await _prepare(executor.services.database)
        over = []
        for turn in range(rounds + 1):
            task_id = await _task(executor.services.database)
            started_s = time.perf_counter()
            report = await executor.execute(task_id)
            took_ms = (time.perf_counter() - started_s) * 1000
            over += [took_ms - report.total_duration_ms] if turn else []
    print_figure("a task of 4 steps in process, above its steps", **_spread(over), n=len(over))


def _through_prefect(rounds: int) -> None:
    """As flow runs on a local server with SQLite."""
    import logging

    from prefect.testing.utilities import prefect_test_harness

    for name in ("prefect", "prefect.flow_runs", "prefect.task_runs"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with prefect_test_harness(server_startup_timeout=120):
        asyncio.run(_runs(rounds))


async def _runs(rounds: int) -> None:
    from prefect import flow

    from innkeeper.blocks.database.engine import Database
    from innkeeper.blocks.settings import settings
    from innkeeper.flows.execute_task import execute_task

    @flow
    async def nothing() -> None:
        pass

    over, empty = [], []
    async with Database(settings().database_url) as database:
        for turn in range(rounds + 1):
            task_id = await _task(database)
            begun_s = time.perf_counter()
            await nothing()
            started_s = time.perf_counter()
            outcome = await execute_task(task_id)
            took_ms = (time.perf_counter() - started_s) * 1000
            over += [took_ms - outcome.duration_ms] if turn else []
            empty += [(started_s - begun_s) * 1000] if turn else []
    print_figure("a flow run that does nothing", "prefect", **_spread(empty), n=len(empty))
    target = {"target_p50_ms": 1_000}
    print_figure("a task of 4 steps as a flow run, above its steps", "prefect", **_spread(over), n=len(over), **target)


async def _prepare(database: Any) -> None:
    from innkeeper.blocks.database.hotels import import_hotel
    from innkeeper.blocks.hotel_file import read_hotel_file

    file, _ = read_hotel_file(str(HOTEL))
    async with database.writing() as session:
        await import_hotel(session, file)


async def _task(database: Any) -> str:
    """A task of exactly these steps, planned beforehand."""
    from innkeeper.blocks.database.task_steps import add_steps
    from innkeeper.blocks.database.tasks import add_task, new_task_id
    from innkeeper.schemas.access import Principal, Role
    from innkeeper.schemas.plans import Instruction, Plan, TaskStatus
    from innkeeper.schemas.tasks import StoredTask

    steps = [{"step": place, **each} for place, each in enumerate(STEPS, 1)]
    task = StoredTask(
        id=new_task_id(),
        owner="cli:bench",
        principal=Principal(key_id="cli:bench", name="bench", role=Role.MANAGER),
        instruction=Instruction(text="see the plan", today=TODAY),
        plan=Plan.model_validate({"language": "en", "steps": steps}),
        status=TaskStatus.RUNNING,
        request_hash="0" * 64,
        created_at=dt.datetime.now(dt.UTC),
    )
    async with database.writing() as session:
        await add_task(session, task)
        await add_steps(session, task.id, task.plan)
    return task.id


def _spread(took_ms: list[float]) -> dict[str, float]:
    ordered = sorted(took_ms)
    p95_ms = ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)]
    return {"least_ms": ordered[0], "p50_ms": statistics.median(ordered), "p95_ms": p95_ms}


if __name__ == "__main__":
    main()
