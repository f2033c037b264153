"""The steps of tasks in the database: written before the work and after it."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.task_models import TaskStepRow as Row
from innkeeper.blocks.database.upserts import insert_into
from innkeeper.schemas.plans import Plan, StepStatus
from innkeeper.schemas.tasks import StoredStep

_OPEN = (StepStatus.PLANNED.value, StepStatus.WAITING.value, StepStatus.RUNNING.value)


async def add_steps(session: AsyncSession, task_id: str, plan: Plan) -> None:
    """Write the steps of a plan; those that are there already stay as they are."""
    rows = [
        StoredStep(task_id=task_id, step=each.step, action=each.action, arguments=each.arguments).model_dump(
            mode="json"
        )
        for each in plan.steps
    ]
    if rows:
        await session.execute(insert_into(session, Row).values(rows).on_conflict_do_nothing())


async def steps_of(session: AsyncSession, task_id: str) -> list[StoredStep]:
    """The steps of a task, in order."""
    query = select(Row).where(Row.task_id == task_id).order_by(Row.step).execution_options(populate_existing=True)
    return [_stored(row) for row in await session.scalars(query)]


async def steps_of_tasks(session: AsyncSession, task_ids: Sequence[str]) -> dict[str, list[StoredStep]]:
    """The steps of several tasks, in order, by the id of their task."""
    found: dict[str, list[StoredStep]] = {each: [] for each in task_ids}
    query = select(Row).where(Row.task_id.in_(task_ids)).order_by(Row.task_id, Row.step)
    for row in await session.scalars(query):
        found[row.task_id].append(_stored(row))
    return found


async def begin_step(session: AsyncSession, task_id: str, step: int, arguments: dict[str, Any]) -> StoredStep:
    """Note that a step is under way, with the arguments that it is carried out with."""
    return await update_step(
        session,
        task_id,
        step,
        arguments=arguments,
        status=StepStatus.RUNNING,
        attempts=Row.attempts + 1,
        started_at=dt.datetime.now(dt.UTC),
        problem=None,
    )


async def update_step(session: AsyncSession, task_id: str, step: int, **values: Any) -> StoredStep:
    """Set fields of `StoredStep`, and return the step as it is then."""
    plain = {name: value.value if isinstance(value, StepStatus) else value for name, value in values.items()}
    statement = update(Row).where(Row.task_id == task_id, Row.step == step).values(plain)
    row = await session.scalar(statement.returning(Row).execution_options(populate_existing=True))
    if row is None:
        raise LookupError(f"task {task_id} has no step {step}")
    return _stored(row)


async def cancel_open_steps(session: AsyncSession, task_id: str) -> None:
    """Cancel the steps that have not come to an end."""
    statement = update(Row).where(Row.task_id == task_id, Row.status.in_(_OPEN))
    await session.execute(statement.values(status=StepStatus.CANCELLED.value))


async def replace_steps(session: AsyncSession, task_id: str, plan: Plan) -> None:
    """Put the steps of a new plan in the place of the old ones, of which none has been begun."""
    for row in await session.scalars(select(Row).where(Row.task_id == task_id)):
        await session.delete(row)
    await session.flush()
    await add_steps(session, task_id, plan)


def _stored(row: Row) -> StoredStep:
    return StoredStep.model_validate({name: getattr(row, name) for name in StoredStep.model_fields})
