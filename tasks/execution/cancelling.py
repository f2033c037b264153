"""Cancelling a task: what has not been begun never is."""

from innkeeper.blocks.database.audit import record
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.tasks import find_task, update_task
from innkeeper.schemas.access import Principal
from innkeeper.schemas.errors import Conflict
from innkeeper.schemas.plans import TaskStatus
from innkeeper.schemas.tasks import ENDS, StoredTask, audit_name


async def cancel_task(database: Database, task_id: str, principal: Principal) -> StoredTask:
    """
    Note that a task is to stop before its next step; whoever carries it out does.

    Raises:
        NotFound: There is no such task.
        Conflict: It has ended.
    """
    async with database.writing() as session:
        task = await find_task(session, task_id)
        if task.status is TaskStatus.CANCELLED or task.is_cancelled:
            return task
        if task.status in ENDS or task.is_dry_run:
            raise Conflict(f"task {task_id} has ended ({task.status}); there is nothing left to cancel")
        record(session, principal=audit_name(principal), action="task.cancelled", subject=f"task:{task_id}")
        # A task that waits goes on, to its end: nobody has to decide or answer any more.
        return await update_task(session, task_id, is_cancelled=True, status=TaskStatus.RUNNING, clarification=None)
