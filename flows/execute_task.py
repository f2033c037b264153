"""Carry out tasks in plain words: step after step, and with a person where it matters."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

from prefect import flow
from prefect.context import FlowRunContext
from prefect.flow_runs import asuspend_flow_run
from prefect.input import RunInput
from pydantic import BaseModel, ConfigDict, Field

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.tasks import abandoned_tasks, find_task, update_task
from innkeeper.blocks.database.work_orders import open_orders
from innkeeper.blocks.settings import settings
from innkeeper.flows.fulfilment import fulfil_work_orders
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.errors import Conflict, NotConfigured
from innkeeper.schemas.outbox import Decision
from innkeeper.schemas.plans import TaskReport, TaskStatus
from innkeeper.schemas.tasks import ENDS
from innkeeper.tasks.execution.approval import PREFECT_UI, WAITS_FOR, decide_task, expire_approvals
from innkeeper.tasks.execution.executor import TaskExecutor, open_executor
from innkeeper.tasks.execution.publishing import publish_question, publish_task
from innkeeper.tasks.execution.services import Runner
from innkeeper.tasks.work_orders import hotel_database

DEPLOYMENT = "execute-task/production"
_TaskId = Annotated[str, Field(pattern=r"^TASK-[0-9a-z]{1,34}$")]


class TaskApproval(RunInput):
    """The form that a suspended run shows."""

    approve: bool = Field(default=False, description="Let the task go on.")
    comment: str = Field(default="", max_length=300, description="For the audit log; no guest data.")


class TaskOutcome(BaseModel):
    """What became of a task, without anything that it says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task_id: str
    status: TaskStatus
    steps: dict[int, str]
    duration_ms: float


@flow(name="execute-task", flow_run_name="{task_id}", persist_result=False)
async def execute_task(task_id: _TaskId, database: str | None = None) -> TaskOutcome:
    """
    Carry a task on from where it is; one that waits for an approval suspends this run with a form.

    Args:
        task_id: Of a task that was submitted: "TASK-…". What it says stays in the hotel's database.
        database: Name of a Hotel Database block; the database of the settings when empty.
    """
    async with (
        hotel_database(database) as hotel,
        open_executor(settings(), hotel, runners=flow_runners()) as executor,
    ):
        await _note_run(hotel, task_id)
        report = await _carried_on(executor, task_id)
        while report.overall_status is TaskStatus.NEEDS_APPROVAL and _is_deployed():
            await publish_task(report)
            report = await _decided(executor, hotel, report)
        await _hand_over(hotel, database, task_id)
    await publish_task(report)
    return _outcome(report)


async def _carried_on(executor: TaskExecutor, task_id: str) -> TaskReport:
    try:
        return await executor.execute(task_id)
    except Conflict:  # whoever decided about it elsewhere carries it on just now
        return await executor.report(task_id)


async def _decided(executor: TaskExecutor, hotel: Database, report: TaskReport) -> TaskReport:
    """Leave this process until somebody decides; the run that is resumed comes here again, with the form's answer."""
    async with hotel.reading() as session:
        task = await find_task(session, report.task_id)
    await publish_question(task)
    question = "; ".join(f"step {each.step}: {task.plan.steps[each.step - 1].action}" for each in task.checks.open)
    form = TaskApproval.with_initial_data(description=f"**{task.id}** waits for a manager ({question}).")
    timeout_s = int(WAITS_FOR.total_seconds())
    answer = await asuspend_flow_run(wait_for_input=form, timeout=timeout_s, key=f"approval-{task.approval_id}")
    decision = Decision.APPROVED if answer.approve else Decision.REJECTED
    await decide_task(hotel, task.id, decision, PREFECT_UI, comment=answer.comment or None)
    return await executor.execute(task.id)


@flow(name="continue-tasks", persist_result=False)
async def continue_tasks(database: str | None = None) -> list[TaskOutcome]:
    """
    Go on with tasks whose process died, and end those that nobody has decided about within a day.

    Work orders of tasks that no run carried out are handed to their teams.

    Args:
        database: Name of a Hotel Database block; the database of the settings when empty.
    """
    outcomes = []
    async with (
        hotel_database(database) as hotel,
        open_executor(settings(), hotel, runners=flow_runners()) as executor,
    ):
        expired = await expire_approvals(hotel)
        async with hotel.reading() as session:
            abandoned = await abandoned_tasks(session, dt.datetime.now(dt.UTC))
        for task_id in dict.fromkeys((*expired, *abandoned)):
            try:
                report = await executor.execute(task_id)
            except Conflict:  # somebody took it up meanwhile
                continue
            outcomes.append(_outcome(report))
        await _hand_over(hotel, database)
    return outcomes


async def _hand_over(hotel: Database, database: str | None, task_id: str | None = None) -> None:
    """Give the orders of tasks that have ended to their teams; until then they may still be taken back."""
    async with hotel.reading() as session:
        orders = [each for each in await open_orders(session, batch_id=task_id) if _is_of_task(each.batch_id)]
        batches = {each.batch_id for each in orders if each.batch_id}
        ended = {each for each in batches if (await find_task(session, each)).status in ENDS}
    for team, batch_id in sorted({(each.team, each.batch_id) for each in orders if each.batch_id in ended}):
        await fulfil_work_orders(team, batch_id or "", database)


def _is_of_task(batch_id: str | None) -> bool:
    return batch_id is not None and batch_id.startswith("TASK-")


def _outcome(report: TaskReport) -> TaskOutcome:
    steps = {each.step: each.status.value for each in report.execution_plan}
    return TaskOutcome(
        task_id=report.task_id, status=report.overall_status, steps=steps, duration_ms=report.total_duration_ms
    )


def flow_runners() -> Mapping[ActionName, Runner]:
    """Actions that are flows: subflows inside of a run, their plain bodies outside."""
    return {ActionName.INDEX_KNOWLEDGE_BASE: _index, ActionName.ANALYZE_LOGS: _analyze}


async def _index(_arguments: Mapping[str, Any]) -> dict[str, Any]:
    from innkeeper.flows.index_knowledge_base import index_knowledge_base

    report = await (index_knowledge_base if FlowRunContext.get() else index_knowledge_base.fn)()
    return {"documents": report.documents, "chunks": report.chunks}


async def _analyze(arguments: Mapping[str, Any]) -> dict[str, Any]:
    from innkeeper.flows.analyze_logs import analyze_logs

    sources = [each.strip() for each in settings().log_sources.split(",") if each.strip()]
    files = [each for each in sources if each != "prefect" and not each.startswith("hotel-")]
    if not files:
        raise NotConfigured("no log files are configured; set INNKEEPER_LOG_SOURCES")
    since = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=arguments["minutes"])
    report = await (analyze_logs if FlowRunContext.get() else analyze_logs.fn)(files, since=since)
    service = arguments.get("service")
    issues = [each for each in report.issues if service is None or service.lower() in each.service.lower()]
    opened = [each for each in issues if each.incident_id]
    return {"anomalies": len(issues), "incidents": len(opened), "summary": report.summary}


async def _note_run(hotel: Database, task_id: str) -> None:
    context = FlowRunContext.get()
    if context is not None and context.flow_run is not None:
        async with hotel.writing() as session:
            await update_task(session, task_id, flow_run_id=str(context.flow_run.id))


def _is_deployed() -> bool:
    """Only a run of a deployment can be suspended: a worker has to start it again."""
    context = FlowRunContext.get()
    return context is not None and context.flow_run is not None and context.flow_run.deployment_id is not None
