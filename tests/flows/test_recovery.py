"""What happens to a batch when the database, a process or a team's run fails on the way."""

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from prefect import Task, flow
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_URL
from prefect.states import Crashed

from innkeeper.blocks.database import engine
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.work_orders import open_orders, orders_of_messages
from innkeeper.blocks.settings import settings
from innkeeper.cli.local_prefect import POOL
from innkeeper.engine.routing.taxonomy import load_taxonomy
from innkeeper.flows.fulfilment import fulfil_work_orders
from innkeeper.flows.routing import route_requests
from innkeeper.schemas.errors import DatabaseUnavailable
from innkeeper.schemas.routing import GuestMessage
from innkeeper.schemas.work_orders import WorkOrderStatus
from innkeeper.tasks.policies import is_transient, run_step
from innkeeper.tasks.work_orders import assign_batch, prepare_database, write_orders

MESSAGES = [
    GuestMessage(id="r-1", message="Two bath towels to room 201 please"),
    GuestMessage(id="r-2", message="Phòng 305 máy lạnh không mát"),
]
KILLED = """
import os, signal
from innkeeper.flows import routing
from innkeeper.schemas.routing import GuestMessage

async def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

routing._hand_over = die
import asyncio
messages = [GuestMessage.model_validate_json(line) for line in os.environ["MESSAGES"].splitlines()]
asyncio.run(routing.route_requests(messages))
"""
STEPS: list[tuple[Task[..., Any], tuple[Any, ...]]] = [
    (prepare_database, ()),
    (write_orders, ([],)),
    (assign_batch, ("housekeeping_team", "b")),
]


def watch(monkeypatch: pytest.MonkeyPatch, task: Task[..., Any], after_failure: Callable[[], None]) -> list[bool]:
    """Whether each failed attempt of `task` is to be repeated, as its policy decides; attempts follow at once."""
    verdicts: list[bool] = []

    async def decide(*details: Any) -> bool:
        verdicts.append(await is_transient(*details))
        after_failure()
        return verdicts[-1]

    monkeypatch.setattr(task, "retry_condition_fn", decide)
    monkeypatch.setattr(task, "retry_delay_seconds", 0)
    return verdicts


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 20)


@pytest.mark.parametrize(("task", "arguments"), STEPS, ids=lambda each: getattr(each, "name", ""))
async def test_a_step_is_repeated_while_the_database_is_locked(
    server: Any, hotel: Database, impatient: None, monkeypatch: pytest.MonkeyPatch, task: Any, arguments: Any
) -> None:
    file = settings().home / "innkeeper.db"
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        failures: list[bool] = []

        def unlock_after_two() -> None:
            if len(failures) == 2:
                other.execute("ROLLBACK")

        failures = watch(monkeypatch, task, unlock_after_two)

        @flow(name="one-step", persist_result=False)
        async def one_step() -> None:
            async with Database(settings().database_url) as database:
                await run_step(task, database, *arguments)

        state: Any = await one_step(return_state=True)
    assert state.is_completed(), state.message
    assert failures == [True, True]


async def test_a_lock_that_stays_fails_the_run_after_five_attempts(
    server: Any, hotel: Database, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = watch(monkeypatch, prepare_database, lambda: None)
    with closing(sqlite3.connect(settings().home / "innkeeper.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        state: Any = await route_requests(MESSAGES, return_state=True)
    assert state.is_failed()
    assert "SQLite: database is locked" in state.message
    with pytest.raises(DatabaseUnavailable):
        await state.aresult()
    assert failures == [True] * 4  # the policy is not asked about the fifth, which is the last


async def test_a_file_that_is_no_database_is_tried_once(
    server: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "innkeeper.db").write_text("a diary, not a database, and long enough to show it", encoding="utf-8")
    failures = watch(monkeypatch, prepare_database, lambda: None)
    state: Any = await route_requests(MESSAGES, return_state=True)
    assert state.is_failed()
    assert "is not a SQLite database, or it is damaged" in state.message
    assert failures == [False]


async def test_a_run_that_was_killed_before_the_hand_over_is_made_good_by_the_next(
    server: Any, hotel: Database
) -> None:
    environment = {
        **os.environ,
        "PREFECT_API_URL": PREFECT_API_URL.value() or "",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "MESSAGES": "\n".join(message.model_dump_json() for message in MESSAGES),
    }
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, env=environment)
    assert await killed.wait() == -signal.SIGKILL
    async with hotel.reading() as session:
        left = await open_orders(session)
    assert {order.message_id for order in left} == {"r-1", "r-2"}
    report = await route_requests(MESSAGES)
    assert report.new_work_orders == 0
    async with hotel.reading() as session:
        orders = await orders_of_messages(session, ["r-1", "r-2"])
    assert {order.status for order in orders} == {WorkOrderStatus.ASSIGNED}
    assert {order.batch_id for order in orders} == {left[0].batch_id}


@pytest.fixture
async def deployed(server: Any) -> Any:
    """The fulfilment, deployed for a pool without a worker: its runs stay scheduled."""
    await server.client.create_work_pool(WorkPoolCreate(name=POOL, type="process"), overwrite=True)
    flow_name, name = load_taxonomy().deployment.split("/")
    assert flow_name == fulfil_work_orders.name
    flow_id = await server.client.create_flow(fulfil_work_orders)
    deployment_id = await server.client.create_deployment(flow_id, name, work_pool_name=POOL)
    yield deployment_id
    await server.client.delete_deployment(deployment_id)


async def test_a_deployed_fulfilment_is_started_once_per_team_and_batch(
    server: Any, hotel: Database, deployed: Any
) -> None:
    async def started() -> list[FlowRun]:
        runs = await server.runs_of("fulfil-work-orders")
        return sorted(
            (run for run in runs if run.deployment_id == deployed), key=lambda run: str(run.parameters["team"])
        )

    batch = (await route_requests(MESSAGES)).batch_id
    runs = await started()
    assert [(run.idempotency_key, run.parameters) for run in runs] == [
        (f"{batch}:{team}", {"team": team, "batch_id": batch, "database": None})
        for team in ("housekeeping_team", "maintenance_team")
    ]
    assert {run.work_pool_name for run in runs} == {POOL}
    await server.client.set_flow_run_state(runs[0].id, Crashed(message="the worker's machine went down"), force=True)
    await route_requests(MESSAGES)  # the orders still wait for their teams
    await route_requests(MESSAGES)
    again = [run.idempotency_key for run in await started() if run.parameters["team"] == "housekeeping_team"]
    assert sorted(map(str, again)) == [f"{batch}:housekeeping_team", f"{batch}:housekeeping_team:{runs[0].id}"]
    assert len(await started()) == 3
