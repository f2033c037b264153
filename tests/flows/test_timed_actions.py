"""Wake-up calls: made once at their time, whatever is restarted meanwhile, and called off with their run."""

import asyncio
import datetime as dt
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.settings import PREFECT_API_URL, temporary_settings
from tests.flows.conftest import Server

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.timed_actions import WAKE_UP_CALL, add_timed_action, find_timed_action
from innkeeper.blocks.database.work_orders import orders_of_messages
from innkeeper.cli.local_prefect import POOL
from innkeeper.flows.carry_out_timed_action import carry_out_due_actions, carry_out_timed_action
from innkeeper.schemas.actions import TimedAction, TimedActionStatus
from innkeeper.schemas.errors import Conflict, NotFound
from innkeeper.schemas.taxonomy import Priority
from innkeeper.schemas.work_orders import StoredWorkOrder, WorkOrderStatus
from innkeeper.tasks.execution import timed_runs
from innkeeper.tasks.execution.timed import cancel_timed, carry_out, schedule_timed, schedule_waiting
from innkeeper.tasks.execution.timed_runs import DEPLOYMENT

AT = dt.datetime(2030, 5, 4, 23, 0, tzinfo=dt.UTC)  # 06:00 of the next day in Vietnam
SOON = dt.timedelta(hours=1)
PROCESSES_TIMEOUT_S = 90.0


async def wake_up(hotel: Database, at: dt.datetime = AT, key: str = "task:TASK-1:step:1") -> TimedAction:
    async with hotel.writing() as session:
        action, _ = await add_timed_action(
            session, key=key, kind=WAKE_UP_CALL, room_number="407", due_at=at, requested_by="key:1"
        )
    return action


async def now_of(hotel: Database, action: TimedAction) -> TimedAction:
    async with hotel.reading() as session:
        return await find_timed_action(session, action.id)


async def orders_of(hotel: Database, action: TimedAction) -> list[StoredWorkOrder]:
    async with hotel.reading() as session:
        return await orders_of_messages(session, [f"timed:{action.id}"])


async def is_over(hotel: Database, action: TimedAction) -> bool:
    return (await now_of(hotel, action)).status is not TimedActionStatus.SCHEDULED


async def until(look: Callable[[], Awaitable[bool]]) -> None:
    """Other processes change the state."""
    async with asyncio.timeout(PROCESSES_TIMEOUT_S):
        is_reached = await look()
        while not is_reached:
            await asyncio.sleep(0.1)
            is_reached = await look()


async def test_a_call_becomes_one_order_for_the_front_desk_however_many_carry_it_out(hotel: Database) -> None:
    action = await wake_up(hotel)
    done = await asyncio.gather(*(carry_out.fn(hotel, action.id, AT) for _ in range(6)))
    assert [each is not None for each in done].count(True) == 1
    (order,) = await orders_of(hotel, action)
    assert order.details.issue == "wake-up call, room 407, 06:00"
    assert (order.team, order.priority, order.status) == (
        "front_desk_team",
        Priority.HIGH,
        WorkOrderStatus.ASSIGNED,
    )
    assert (await now_of(hotel, action)).status is TimedActionStatus.DONE


async def test_a_call_waits_for_its_time(hotel: Database) -> None:
    action = await wake_up(hotel)
    assert await carry_out.fn(hotel, action.id, AT - dt.timedelta(minutes=2)) is None
    assert (await now_of(hotel, action)).status is TimedActionStatus.SCHEDULED
    assert await orders_of(hotel, action) == []


@pytest.mark.parametrize(
    ("late", "status", "priority", "text"),
    [
        (14, TimedActionStatus.DONE, Priority.HIGH, "wake-up call, room 407, 06:00"),
        (16, TimedActionStatus.FAILED, Priority.CRITICAL, "MISSED wake-up call, room 407, 06:00"),
    ],
    ids=["a-little-late", "too-late"],
)
async def test_after_a_quarter_of_an_hour_the_front_desk_is_told_that_a_call_was_missed(
    hotel: Database, late: int, status: TimedActionStatus, priority: Priority, text: str
) -> None:
    action = await wake_up(hotel)
    assert await carry_out.fn(hotel, action.id, AT + dt.timedelta(minutes=late)) is not None
    (order,) = await orders_of(hotel, action)
    assert (order.priority, order.details.issue) == (priority, text)
    assert (await now_of(hotel, action)).status is status


async def test_a_call_that_was_called_off_is_not_made_and_one_that_was_made_cannot_be_called_off(
    hotel: Database,
) -> None:
    off, made = await wake_up(hotel, key="off"), await wake_up(hotel, key="made")
    for _ in range(2):
        assert (await cancel_timed(hotel, off.id, by="cli:test")).status is TimedActionStatus.CANCELLED
    assert await carry_out.fn(hotel, off.id, AT) is None
    assert await orders_of(hotel, off) == []
    await carry_out.fn(hotel, made.id, AT)
    with pytest.raises(Conflict, match="done already"):
        await cancel_timed(hotel, made.id, by="cli:test")
    with pytest.raises(NotFound):
        await cancel_timed(hotel, "WAKE-NONE", by="cli:test")


async def test_without_a_prefect_server_a_call_is_kept_and_found_when_it_is_due(hotel: Database) -> None:
    with temporary_settings(updates={PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        action = await wake_up(hotel, dt.datetime.now(dt.UTC) + SOON)
        assert not await schedule_timed(hotel, action)
    late = await wake_up(hotel, dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1), key="due")
    assert await carry_out_due_actions.fn() == 1
    assert len(await orders_of(hotel, late)) == 1
    assert (await now_of(hotel, action)).status is TimedActionStatus.SCHEDULED


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that does much else at once is slow, not away."""
    monkeypatch.setattr(timed_runs, "PATIENCE_S", 20.0)


@pytest.fixture
async def deployed(server: Server) -> AsyncIterator[Any]:
    """The flow, deployed for a pool without a worker: its runs stay scheduled."""
    await server.client.create_work_pool(WorkPoolCreate(name=POOL, type="process"), overwrite=True)
    deployment_id = await deploy(server.client)
    yield deployment_id
    await server.client.delete_deployment(deployment_id)


async def deploy(client: PrefectClient) -> Any:
    flow_id = await client.create_flow(carry_out_timed_action)
    return await client.create_deployment(
        flow_id,
        DEPLOYMENT.split("/")[1],
        work_pool_name=POOL,
        entrypoint="innkeeper.flows.carry_out_timed_action.carry_out_timed_action",
        enforce_parameter_schema=False,
    )


async def test_a_call_has_one_scheduled_run_at_its_time_which_goes_with_it(
    server: Server, hotel: Database, deployed: Any
) -> None:
    at = dt.datetime.now(dt.UTC) + SOON
    action = await wake_up(hotel, at)
    assert await schedule_timed(hotel, action)
    assert await schedule_timed(hotel, action)  # as after a crash between the run and the row
    (run,) = [each for each in await server.runs_of("carry-out-timed-action") if each.name == action.id]
    assert (run.deployment_id, run.parameters) == (deployed, {"action_id": action.id})
    assert run.expected_start_time is not None
    assert run.expected_start_time.timestamp() == pytest.approx(at.timestamp(), abs=1)
    assert (await now_of(hotel, action)).flow_run_id == str(run.id)
    await cancel_timed(hotel, action.id, by="cli:test")
    state = (await server.run(run.id)).state
    assert state is not None
    assert state.is_cancelled()


async def test_calls_that_came_while_prefect_was_away_get_their_runs_later(
    server: Server, hotel: Database, deployed: Any
) -> None:
    now = dt.datetime.now(dt.UTC)
    actions = [await wake_up(hotel, now + SOON, key=f"later-{number}") for number in range(3)]
    assert await schedule_waiting.fn(hotel, now) == 3
    assert await schedule_waiting.fn(hotel, now) == 0
    assert all([(await now_of(hotel, each)).flow_run_id for each in actions])


async def test_a_run_shows_the_front_desk_its_order(server: Server, hotel: Database) -> None:
    action = await wake_up(hotel, dt.datetime.now(dt.UTC))
    state: Any = await carry_out_timed_action(action.id, return_state=True)
    assert await state.aresult() is True
    (row,) = await server.table(state.state_details.flow_run_id)
    assert (row["room"], row["priority"], row["workflow"]) == ("407", "high", "WF_FRONT_DESK_009")
    assert await carry_out_timed_action(action.id) is False


STOPPED_WITHIN_S = 20.0


class OwnPrefect:
    """A Prefect server and a worker as processes, with a database of their own that outlives them."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = str(probe.getsockname()[1])
        self.api = f"http://127.0.0.1:{self._port}/api"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        self._environment = clean | {
            "PREFECT_HOME": str(folder),
            "PREFECT_API_URL": self.api,
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "PREFECT_LOGGING_TO_API_ENABLED": "false",
            "PREFECT_LOGGING_LEVEL": "ERROR",
        }
        self._running: list[asyncio.subprocess.Process] = []

    async def start(self, *words: str) -> asyncio.subprocess.Process:
        null = asyncio.subprocess.DEVNULL
        command = (sys.executable, "-m", "prefect", *words)
        process = await asyncio.create_subprocess_exec(*command, env=self._environment, stdout=null, stderr=null)
        self._running.append(process)
        return process

    async def start_server(self) -> asyncio.subprocess.Process:
        process = await self.start("server", "start", "--host", "127.0.0.1", "--port", self._port)
        async with httpx.AsyncClient() as client:
            await until(lambda: self._answers(client))
        return process

    async def stop(self, *processes: asyncio.subprocess.Process) -> None:
        for process in processes or reversed(self._running):  # a worker whose server has gone waits for it
            if process.returncode is not None:
                continue
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), STOPPED_WITHIN_S)
            except TimeoutError:
                process.kill()
                await process.wait()

    async def _answers(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(f"{self.api}/health")).is_success
        except httpx.TransportError:
            return False


@pytest.fixture
async def own_prefect(tmp_path: Path) -> AsyncIterator[OwnPrefect]:
    prefect = OwnPrefect(tmp_path / "prefect")
    yield prefect
    await prefect.stop()


async def test_a_scheduled_call_survives_a_restart_of_the_server_and_is_made_by_the_worker_that_comes_back(
    own_prefect: OwnPrefect, hotel: Database
) -> None:
    first = await own_prefect.start_server()
    with temporary_settings(updates={PREFECT_API_URL: own_prefect.api}):
        async with get_client() as client:
            await client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
            await deploy(client)
        action = await wake_up(hotel, dt.datetime.now(dt.UTC) + dt.timedelta(seconds=3))
        assert await schedule_timed(hotel, action)
        await own_prefect.stop(first)
        await own_prefect.start_server()
        await own_prefect.start("worker", "start", "--pool", POOL, "--type", "process")
        await until(lambda: is_over(hotel, action))
    assert (await now_of(hotel, action)).status is TimedActionStatus.DONE
    assert len(await orders_of(hotel, action)) == 1
