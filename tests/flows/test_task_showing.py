"""Tasks that no flow run carried out, shown in Prefect: a finished run, and a form for a manager."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_URL, temporary_settings
from tests.flows.conftest import Server

from innkeeper.cli.local_prefect import POOL
from innkeeper.flows.execute_task import execute_task
from innkeeper.schemas.actions import RiskTier
from innkeeper.schemas.plans import StepReport, StepStatus, TaskReport, TaskStatus
from innkeeper.tasks.execution import showing
from innkeeper.tasks.execution.showing import DEPLOYMENT, RecordedTask, show_approval
from innkeeper.tasks.recording import Recorder

AT = dt.datetime(2026, 1, 17, 3, tzinfo=dt.UTC)


def report(task_id: str, status: TaskStatus) -> TaskReport:
    step = StepReport(
        step=1,
        action="send_email",
        service="prefect",
        tool="trigger_email_workflow",
        arguments={"recipient": "ha@example.com"},
        status=StepStatus.COMPLETED if status is TaskStatus.COMPLETED else StepStatus.WAITING,
        risk=RiskTier.OUTWARD,
        duration_ms=320.0,
        result={"recipient": "ha@example.com"},
    )
    return TaskReport(
        task_id=task_id,
        overall_status=status,
        execution_plan=(step,),
        total_duration_ms=320.0,
        execution_summary="Sent to Ms Hà.",
        approval_id=1,
        created_at=AT,
    )


async def test_a_task_becomes_a_finished_run_without_its_words(server: Server) -> None:
    recorder = Recorder(1.0)
    recorder.record(RecordedTask(report("TASK-recorded", TaskStatus.COMPLETED), AT))

    async def found() -> list[FlowRun]:
        runs = [each for each in await server.runs_of("execute-task") if each.name == "TASK-recorded"]
        return [each for each in runs if each.state is not None and each.state.is_completed()]

    (run,) = await server.until(found, bool)
    (row,) = await server.table(run.id)
    assert (row["action"], row["status"], row["ms"]) == ("send_email", "completed", 320)
    assert "ha@example.com" not in f"{run.parameters}{row}{run.state}"
    await recorder.aclose()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that does much else at once is slow, not away."""
    monkeypatch.setattr(showing, "PATIENCE_S", 20.0)


@pytest.fixture
async def deployed(server: Server) -> AsyncIterator[UUID]:
    """The flow, deployed for a pool without a worker."""
    await server.client.create_work_pool(WorkPoolCreate(name=POOL, type="process"), overwrite=True)
    flow_id = await server.client.create_flow(execute_task)
    deployment_id = await server.client.create_deployment(flow_id, DEPLOYMENT.split("/")[1], work_pool_name=POOL)
    yield deployment_id
    await server.client.delete_deployment(deployment_id)


async def test_a_task_that_waits_is_handed_once_to_the_deployment_whose_run_asks(server: Server, deployed: Any) -> None:
    waiting = report("TASK-waits", TaskStatus.NEEDS_APPROVAL)
    assert [await show_approval(waiting) for _ in range(2)] == [True, True]
    (run,) = [each for each in await server.runs_of("execute-task") if each.name == "TASK-waits"]
    assert (run.deployment_id, run.parameters) == (deployed, {"task_id": "TASK-waits"})


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/api", None], ids=["away", "none"])
async def test_without_a_server_a_task_waits_all_the_same(address: str | None) -> None:
    with temporary_settings(updates={PREFECT_API_URL: address}):
        assert not await show_approval(report("TASK-alone", TaskStatus.NEEDS_APPROVAL))


async def test_without_the_deployment_a_task_waits_all_the_same(server: Server) -> None:
    assert not await show_approval(report("TASK-undeployed", TaskStatus.NEEDS_APPROVAL))
