"""One step as a Prefect task inside a flow run, and as a plain call outside; both note what it gave."""

import datetime as dt
from time import perf_counter
from uuid import NAMESPACE_URL, uuid5

from prefect.context import FlowRunContext
from prefect.events import emit_event
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.audit import record
from innkeeper.blocks.database.task_steps import update_step
from innkeeper.blocks.database.timed_actions import find_timed_action
from innkeeper.engine.planning.actions import ACTIONS
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.plans import StepStatus
from innkeeper.schemas.tasks import StoredStep
from innkeeper.tasks.execution.actions import CHANGES, RUNS
from innkeeper.tasks.execution.actions_rooms import TIMED
from innkeeper.tasks.execution.job import Done, Job
from innkeeper.tasks.execution.timed import schedule_timed
from innkeeper.tasks.policies import retried, step

_NOTED_IN_SUMMARY = ("sent", "email_id", "work_order_id", "notice_id", "wake_up_id", "status", "run_id", "draft_id")


class Work:
    """A job that Prefect does not look into: it searches parameters for futures, as deep as they go."""

    def __init__(self, job: Job) -> None:
        self.job = job


async def carry_out(job: Job) -> StoredStep:
    """
    Carry a step out, again after an error that may pass, and note what it gave.

    Raises:
        InnkeeperError: It failed for good.
    """
    if FlowRunContext.get() is None:
        return await retried(lambda: _carried_out(job))
    return await carry_out_step(Work(job), job.stored.action.value)


@step(run_name="{action}")
async def carry_out_step(work: Work, action: str) -> StoredStep:  # the run is called by `action`
    """The step as a task run; what it works on is in the database alone."""
    return await _carried_out(work.job)


async def _carried_out(job: Job) -> StoredStep:
    started_s = perf_counter()
    change, database = CHANGES.get(job.stored.action), job.services.database
    if change is not None:
        async with database.writing() as session:
            stored = await _noted(session, job, await change(job, session), started_s)
        await _told(job, stored)
        return stored
    done = await RUNS[job.stored.action](job)
    async with database.writing() as session:
        return await _noted(session, job, done, started_s)


async def _told(job: Job, stored: StoredStep) -> None:
    """Tell Prefect what is to happen later, and automations who was told; repeated it is the same, lost it is found."""
    if stored.action is ActionName.SCHEDULE_WAKE_UP_CALL:
        async with job.services.database.reading() as session:
            timed = await find_timed_action(session, stored.kept[TIMED])
        await schedule_timed(job.services.database, timed)
    if stored.action is ActionName.NOTIFY_DEPARTMENT and FlowRunContext.get() is not None:
        emit_event(
            event="innkeeper.department.notified",
            id=uuid5(NAMESPACE_URL, f"innkeeper:{stored.key}"),
            resource={"prefect.resource.id": f"innkeeper.work-order.{stored.result['notice_id']}"},
            payload={"department": stored.result["department"], "task": stored.task_id},
        )


async def _noted(session: AsyncSession, job: Job, done: Done, started_s: float) -> StoredStep:

    task, stored = job.task, job.stored
    for note in job.audit:
        record(session, principal=task.who, action=note.action, subject=note.subject, details=note.details)
    job.audit.clear()
    if ACTIONS[stored.action].has_side_effect:
        told = {name: done.facts[name] for name in _NOTED_IN_SUMMARY if name in done.facts}
        details = {"step": stored.step, **told}
        record(session, principal=task.who, action=f"task.{stored.action}", subject=f"task:{task.id}", details=details)
    return await update_step(
        session,
        task.id,
        stored.step,
        status=StepStatus.COMPLETED,
        result=done.facts,
        kept=stored.kept | done.kept,
        finished_at=dt.datetime.now(dt.UTC),
        duration_ms=round((perf_counter() - started_s) * 1000, 2),
    )
