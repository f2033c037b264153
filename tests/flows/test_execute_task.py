"""`execute_task` as real flow runs: what Prefect shows of a task, and how a suspended run comes back."""

import datetime as dt
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import Pause
from prefect.flow_engine import run_flow_async
from prefect.states import Crashed
from tests.flows.conftest import Server

from innkeeper.blocks.database.approvals import list_approvals
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.hotels import import_hotel
from innkeeper.blocks.database.outbox import list_messages
from innkeeper.blocks.database.work_orders import open_orders
from innkeeper.blocks.hotel_file import read_hotel_file
from innkeeper.blocks.settings import settings
from innkeeper.flows.execute_task import TaskOutcome, continue_tasks, execute_task
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.outbox import Decision
from innkeeper.schemas.plans import Instruction, TaskStatus
from innkeeper.tasks.execution.executor import open_executor

SAMPLE = Path(__file__).parents[2] / "knowledge_base" / "hotel_paradise.json"
DESK = Principal(key_id="3", name="desk", role=Role.RECEPTIONIST)
MANAGER = Principal(key_id="1", name="Ms Ha", role=Role.MANAGER)
GENEROUS = "Apologise to Daniel Whitaker by email for the noise and offer him two free nights"
ADDRESS = "daniel.whitaker@example.com"


@pytest.fixture
async def paradise(hotel: Database) -> Database:
    file, _ = read_hotel_file(str(SAMPLE))
    async with hotel.writing() as session:
        await import_hotel(session, file)
    return hotel


async def submitted(database: Database, text: str) -> str:
    async with open_executor(settings(), database) as executor:
        instruction = Instruction(text=text, today=dt.date(2025, 1, 17))
        return (await executor.submit(instruction, DESK)).task.id


async def artifacts(server: Server, run_id: UUID) -> dict[str, str]:
    of_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run_id]))
    found = await server.client.read_artifacts(artifact_filter=of_run)
    return {str(each.key): str(each.data) for each in found}


async def deployed_run(server: Server, task_id: str) -> FlowRun:
    """A run of a deployment, as `run_deployment` makes it."""
    flow_id = await server.client.create_flow(execute_task)
    deployment = await server.client.create_deployment(flow_id, "production")
    return await server.client.create_flow_run_from_deployment(deployment, parameters={"task_id": task_id})


async def worked_off(server: Server, run_id: UUID) -> Any:
    """What a worker does with a run that is scheduled."""
    run = await server.client.read_flow_run(run_id)
    try:
        return await run_flow_async(execute_task, flow_run=run, parameters=run.parameters, return_type="state")
    except Pause as suspended:  # a worker's process ends with it
        return suspended.state


async def test_a_task_is_a_run_with_a_task_run_for_each_step_and_nothing_of_the_guest(
    server: Server, paradise: Database
) -> None:
    text = "Check if 104 is ready, then email Daniel Whitaker an apology for the noise"
    state = await execute_task(await submitted(paradise, text), return_state=True)
    outcome: TaskOutcome = await state.aresult()
    assert outcome.status is TaskStatus.COMPLETED
    run_id = state.state_details.flow_run_id
    assert run_id is not None
    tasks = await server.until(lambda: server.task_runs(run_id), lambda found: len(found) >= 8)
    assert {"get_room_status", "lookup_booking", "generate_apology", "send_email"} <= {each.name for each in tasks}
    run = await server.run(run_id)
    shown = await artifacts(server, run_id)
    assert [row["status"] for row in json.loads(shown["task-result"])] == ["completed"] * len(outcome.steps)
    told = f"{run.model_dump_json()} {shown}"
    assert run.name == outcome.task_id
    assert "Whitaker" not in told
    assert ADDRESS not in told


@pytest.mark.parametrize("approve", [True, False])
async def test_the_form_of_a_suspended_run_decides(server: Server, paradise: Database, approve: bool) -> None:
    task_id = await submitted(paradise, GENEROUS)
    run = await deployed_run(server, task_id)
    state = await worked_off(server, run.id)
    assert state.is_paused()
    assert state.name == "Suspended"
    shown = await artifacts(server, run.id)
    assert "send_email" in shown["task-approval"]
    assert ADDRESS not in str(shown)
    await server.client.resume_flow_run(run.id, run_input={"approve": approve, "comment": "seen"})
    state = await worked_off(server, run.id)
    outcome: TaskOutcome = await state.aresult()
    async with paradise.reading() as session:
        mails, (approval,) = await list_messages(session), await list_approvals(session, decided=True)
    assert outcome.status is (TaskStatus.COMPLETED if approve else TaskStatus.REFUSED)
    assert [each.recipient for each in mails] == ([ADDRESS] if approve else [])
    assert (approval.subject_id, approval.decided_by) == (task_id, "prefect:form")


async def test_a_decision_elsewhere_resumes_the_suspended_run(server: Server, paradise: Database) -> None:
    task_id = await submitted(paradise, GENEROUS)
    run = await deployed_run(server, task_id)
    await worked_off(server, run.id)
    async with open_executor(settings(), paradise) as executor:
        report = await executor.decide(task_id, Decision.APPROVED, MANAGER)
    assert report.overall_status is TaskStatus.RUNNING  # the run's worker carries it on
    state = await worked_off(server, run.id)
    outcome: TaskOutcome = await state.aresult()
    assert outcome.status is TaskStatus.COMPLETED
    async with paradise.reading() as session:
        assert len(await list_messages(session)) == 1
        assert [each.decided_by for each in await list_approvals(session, decided=True)] == ["key:1"]


async def test_teams_are_given_the_orders_of_tasks_that_have_ended(server: Server, paradise: Database) -> None:
    await execute_task(await submitted(paradise, "send two towels to 305"))
    async with open_executor(settings(), paradise) as executor:  # no run carries this one out
        instruction = Instruction(text="the shower in 407 leaks, please send somebody", today=dt.date(2025, 1, 17))
        await executor.run(instruction, DESK)
    async with paradise.reading() as session:
        assert [each.team for each in await open_orders(session)] == ["maintenance_team"]
    await continue_tasks()
    async with paradise.reading() as session:
        assert await open_orders(session) == []


async def test_a_task_whose_run_is_gone_is_carried_on_by_the_next_sweep(server: Server, paradise: Database) -> None:
    task_id = await submitted(paradise, "mark room 203 clean")
    run = await deployed_run(server, task_id)
    await server.client.set_flow_run_state(run.id, Crashed(), force=True)
    outcomes = await continue_tasks()
    assert [(each.task_id, each.status) for each in outcomes] == [(task_id, TaskStatus.COMPLETED)]
    assert await continue_tasks() == []
