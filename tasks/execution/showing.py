"""Tasks that no flow run carried out, shown in Prefect: a finished run each, and a form for one that waits."""

import asyncio
import datetime as dt
import json
import logging
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx
from prefect import Flow
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate
from prefect.events import emit_event
from prefect.exceptions import PrefectException
from prefect.settings import PREFECT_API_URL
from prefect.states import Completed, Running

from innkeeper.schemas.plans import TaskReport

FLOW_NAME = "execute-task"
DEPLOYMENT = f"{FLOW_NAME}/production"
PATIENCE_S = 2.0  # somebody waits for the task
_AWAY = (httpx.HTTPError, PrefectException, OSError, TimeoutError, RuntimeError)
_logger = logging.getLogger(__name__)


def _executed() -> None:
    """Stands for the flow, under whose name the runs appear: tasks do not know flows."""


_EXECUTED: Flow[..., Any] = Flow(_executed, name=FLOW_NAME)


@dataclass(frozen=True)
class RecordedTask:
    """A task that has come to rest, for `recording.Recorder`: its actions and how they went, no word of it."""

    report: TaskReport
    rested_at: dt.datetime

    async def write(self, client: PrefectClient) -> None:
        """Write a finished run with a table of the steps, and an event."""
        report = self.report
        tags = ["tasks", "recorded", report.overall_status.value]
        run = await client.create_flow_run(_EXECUTED, name=report.task_id, tags=tags, parameters={})
        began = self.rested_at - dt.timedelta(milliseconds=report.total_duration_ms)
        await client.set_flow_run_state(run.id, Running(timestamp=began), force=True)
        await client.create_artifact(
            ArtifactCreate(
                key="task-result",
                type="table",
                description=f"{report.task_id}: {report.overall_status.value}. Its words are in the database only.",
                data=json.dumps(_rows(report)),
                flow_run_id=run.id,
            )
        )
        message = f"{report.overall_status.value}, {len(report.execution_plan)} steps"
        await client.set_flow_run_state(run.id, Completed(message=message, timestamp=self.rested_at), force=True)
        emit_event(
            event="innkeeper.task.rested",
            id=uuid5(NAMESPACE_URL, f"innkeeper:task:{report.task_id}:{report.overall_status.value}"),
            resource={"prefect.resource.id": f"innkeeper.task.{report.task_id}"},
            related=[{"prefect.resource.id": f"prefect.flow-run.{run.id}", "prefect.resource.role": "flow-run"}],
            payload={"status": report.overall_status.value, "planner": report.planner},
        )


async def show_approval(report: TaskReport) -> bool:
    """
    Hand a task that waits for a manager to the deployment, whose run is suspended with a form; whether it was.

    Never fails, and takes 2 s at most: without a Prefect server the decision comes over HTTP or from a command.
    """
    if not PREFECT_API_URL.value():
        return False
    try:
        async with asyncio.timeout(PATIENCE_S), get_client() as client:
            deployment = await client.read_deployment_by_name(DEPLOYMENT)
            await client.create_flow_run_from_deployment(
                deployment.id,
                parameters={**deployment.parameters, "task_id": report.task_id},
                name=report.task_id,
                tags=["tasks", "approval"],
                idempotency_key=f"{report.task_id}:approval:{report.approval_id}",
            )
    except _AWAY as error:
        _logger.info("%s has no form in Prefect: %s", report.task_id, type(error).__name__)
        return False
    return True


def _rows(report: TaskReport) -> list[dict[str, Any]]:
    return [
        {
            "step": each.step,
            "action": each.action,
            "risk": each.risk.value,
            "status": each.status.value,
            "ms": "" if each.duration_ms is None else round(each.duration_ms),
        }
        for each in report.execution_plan
    ]
