"""Stopping for a person: a question that has to be answered, or steps that have to be confirmed."""

import datetime as dt
from collections.abc import Sequence

from innkeeper.blocks.database.approvals import request_approval
from innkeeper.blocks.database.audit import record
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.task_steps import update_step
from innkeeper.blocks.database.tasks import update_task
from innkeeper.schemas.plans import StepStatus, TaskStatus
from innkeeper.schemas.tasks import StoredStep, StoredTask, WaitingStep
from innkeeper.tasks.execution.job import NeedsAnswer

TASK = "task"  # `Approval.subject_kind`


async def ask_person(database: Database, task: StoredTask, waiting: Sequence[WaitingStep]) -> StoredTask:
    """Let a task wait for a manager, and write the question; both or neither."""
    known = {each.step: each for each in (*task.checks.waiting, *waiting)}
    checks = task.checks.model_copy(update={"waiting": tuple(known.values())})
    async with database.writing() as session:
        approval = await request_approval(
            session,
            subject_kind=TASK,
            subject_id=task.id,
            reason="; ".join(f"{each.step}. {each.reason}" for each in waiting),
            requested_by=task.who,
            now=dt.datetime.now(dt.UTC),
        )
        for each in waiting:
            await update_step(session, task.id, each.step, status=StepStatus.WAITING)
        return await update_task(
            session, task.id, status=TaskStatus.NEEDS_APPROVAL, checks=checks, approval_id=approval.id
        )


async def ask_question(database: Database, task: StoredTask, step: StoredStep, asked: NeedsAnswer) -> StoredTask:
    """Let a task wait for an answer; the step is begun anew with it."""
    checks = task.checks.model_copy(update={"asking": step.step})
    async with database.writing() as session:
        await update_step(session, task.id, step.step, status=StepStatus.PLANNED, kept=step.kept | asked.kept)
        record(
            session,
            principal=task.who,
            action="task.asked",
            subject=f"task:{task.id}",
            details={"step": step.step, "about": asked.clarification.about},
        )
        return await update_task(
            session,
            task.id,
            status=TaskStatus.NEEDS_CLARIFICATION,
            checks=checks,
            clarification=asked.clarification,
        )
