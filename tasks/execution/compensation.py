"""Undoing what a task has done: completed reversible steps in reverse order, each once, each noted with its undoing."""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.audit import record
from innkeeper.blocks.database.room_states import change_room_status
from innkeeper.blocks.database.task_steps import steps_of, update_step
from innkeeper.blocks.database.timed_actions import end_timed_action, find_timed_action
from innkeeper.blocks.database.work_orders import change_order, find_order
from innkeeper.engine.planning.actions import ACTIONS
from innkeeper.schemas.actions import ActionName, TimedActionStatus
from innkeeper.schemas.hotel import RoomStatus
from innkeeper.schemas.plans import StepStatus
from innkeeper.schemas.tasks import StoredStep, StoredTask
from innkeeper.schemas.work_orders import WorkOrderStatus
from innkeeper.tasks.execution.actions_rooms import READY, ROOM_ID, TIMED
from innkeeper.tasks.execution.actions_work import OPEN, ORDER, ORDER_BEFORE, write_notice
from innkeeper.tasks.execution.actions_writing import BOOKING, REQUEST, WRITTEN
from innkeeper.tasks.execution.services import ExecutionServices
from innkeeper.tasks.execution.timed_runs import cancel_run

DONE = "done"
_CHANGED_SINCE = "it was not undone: somebody else has changed it since"


async def undo_task(services: ExecutionServices, task: StoredTask) -> None:
    """Undo what can be undone; called again after a crash, it goes on where it was."""
    async with services.database.reading() as session:
        steps = await steps_of(session, task.id)
    for each in reversed(steps):
        if each.status is StepStatus.COMPLETED and ACTIONS[each.action].compensation and each.compensation is None:
            await undo_step(services, task, each)


async def undo_step(services: ExecutionServices, task: StoredTask, step: StoredStep) -> None:
    """Undo a step and note it, in one transaction."""
    async with services.database.writing() as session:
        problem = await _UNDO[step.action](services, session, step)
        status = StepStatus.COMPENSATED if problem is None else StepStatus.COMPLETED
        kept = {name: value for name, value in step.kept.items() if name not in {BOOKING, REQUEST, WRITTEN}}
        await update_step(
            session, task.id, step.step, status=status, compensation=problem or DONE, problem=problem, kept=kept
        )
        record(
            session,
            principal=task.who,
            action="task.step.undone" if problem is None else "task.step.not_undone",
            subject=f"task:{task.id}",
            details={"step": step.step, "action": step.action.value},
        )
    if TIMED in step.kept:
        await _off_the_schedule(services, step.kept[TIMED])


async def _off_the_schedule(services: ExecutionServices, action_id: str) -> None:
    """Take the run of a cancelled call off Prefect's schedule; one that starts all the same finds nothing to do."""
    async with services.database.reading() as session:
        timed = await find_timed_action(session, action_id)
    if timed.status is TimedActionStatus.CANCELLED and timed.flow_run_id is not None:
        await cancel_run(timed.flow_run_id)


async def _discard(_services: ExecutionServices, _session: AsyncSession, _step: StoredStep) -> str | None:
    return None  # what was kept of a draft goes with every undone step


async def _cancel_order(_services: ExecutionServices, session: AsyncSession, step: StoredStep) -> str | None:
    done = await change_order(session, step.kept[ORDER], before=OPEN, status=WorkOrderStatus.CANCELLED)
    return None if done is not None else _CHANGED_SINCE


async def _withdraw(services: ExecutionServices, session: AsyncSession, step: StoredStep) -> str | None:
    """A notice that nobody has taken up is taken back; whoever has read it is told."""
    order = await find_order(session, step.kept[ORDER])
    open_one = (WorkOrderStatus.OPEN,)
    if await change_order(session, order.id, before=open_one, status=WorkOrderStatus.CANCELLED) is None:
        await write_notice(
            session,
            services.router.taxonomy,
            key=f"{step.key}:withdrawn",
            batch=step.task_id,
            department=order.category,
            message=f"Withdrawn / đã hủy: {order.details.issue}"[:500],
            room_number=order.room_number,
        )
    return None


async def _unassign(_services: ExecutionServices, session: AsyncSession, step: StoredStep) -> str | None:
    was, order_id = step.kept[ORDER_BEFORE], step.kept[ORDER]
    order = await find_order(session, order_id)
    if order.assignee != step.result.get("assignee"):
        return _CHANGED_SINCE
    at = was["assigned_at"] and dt.datetime.fromisoformat(was["assigned_at"])
    status = WorkOrderStatus(was["status"])
    before = (WorkOrderStatus.ASSIGNED,)
    done = await change_order(session, order_id, before=before, status=status, assignee=was["assignee"], assigned_at=at)
    return None if done is not None else _CHANGED_SINCE


async def _restore_room(_services: ExecutionServices, session: AsyncSession, step: StoredStep) -> str | None:
    now_is, was = RoomStatus(step.result["status"]), RoomStatus(step.result["previous_status"])
    room_id, was_ready = step.kept[ROOM_ID], step.kept[READY]
    done = await change_room_status(session, room_id, before=now_is, after=was, is_ready=was_ready)
    return None if done else _CHANGED_SINCE


async def _cancel_call(_services: ExecutionServices, session: AsyncSession, step: StoredStep) -> str | None:
    now = dt.datetime.now(dt.UTC)
    ended = await end_timed_action(session, step.kept[TIMED], TimedActionStatus.CANCELLED, at=now)
    return None if ended is not None else _CHANGED_SINCE


_UNDO: Mapping[ActionName, Callable[[ExecutionServices, AsyncSession, StoredStep], Awaitable[str | None]]] = {
    ActionName.GENERATE_EMAIL: _discard,
    ActionName.GENERATE_APOLOGY: _discard,
    ActionName.GENERATE_CHECKIN_INSTRUCTIONS: _discard,
    ActionName.CREATE_WORK_ORDER: _cancel_order,
    ActionName.NOTIFY_DEPARTMENT: _withdraw,
    ActionName.ASSIGN_STAFF: _unassign,
    ActionName.UPDATE_ROOM_STATUS: _restore_room,
    ActionName.SCHEDULE_WAKE_UP_CALL: _cancel_call,
}
