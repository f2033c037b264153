"""A person's decision about a task: it goes on, or it never does."""

import datetime as dt
import logging
from uuid import UUID

from innkeeper.blocks.database.approvals import decide, find_approval
from innkeeper.blocks.database.audit import record
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.task_steps import update_step
from innkeeper.blocks.database.tasks import find_task, list_tasks, update_task
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.errors import Conflict, NotAllowed
from innkeeper.schemas.outbox import Approval, Decision
from innkeeper.schemas.plans import StepStatus, TaskStatus
from innkeeper.schemas.tasks import StoredTask, audit_name

WAITS_FOR = dt.timedelta(hours=24)  # then a task that nobody has decided about is rejected
NOBODY = Principal(key_id="system:timeout", name="timeout", role=Role.MANAGER)
PREFECT_UI = Principal(key_id="prefect:form", name="Prefect UI", role=Role.MANAGER)
_logger = logging.getLogger(__name__)


async def decide_task(
    database: Database, task_id: str, decision: Decision, principal: Principal, *, comment: str | None = None
) -> StoredTask:
    """
    Decide about a task that waits, in one transaction; the same decision again changes nothing.

    Args:
        database: The hotel's.
        task_id: "TASK-…".
        decision: Yes or no.
        principal: Who decides.
        comment: For the audit log, at most 300 characters of it.

    Raises:
        NotAllowed: Only a manager may, and nobody about the own task.
        NotFound: There is no such task.
        Conflict: It does not wait for an approval, or was decided otherwise, or it is too late.
    """
    if principal.role is not Role.MANAGER:
        raise NotAllowed("Only a manager may decide about what waits for approval.")
    now = dt.datetime.now(dt.UTC)
    async with database.writing() as session:
        task = await find_task(session, task_id)
        if task.approval_id is None:
            raise Conflict(f"task {task_id} does not wait for an approval; it is {task.status}")
        asked = await find_approval(session, task.approval_id)
        if asked.decision is None and task.status is not TaskStatus.NEEDS_APPROVAL:
            raise Conflict(f"task {task_id} does not wait for an approval; it is {task.status}")
        if asked.decision is None and principal is not NOBODY and now - asked.requested_at > WAITS_FOR:
            raise Conflict(f"task {task_id} has waited longer than a day and counts as rejected; ask for it again")
        await decide(session, asked.id, decision, decided_by=audit_name(principal), now=now)
        if asked.decision is not None:  # the same decision again
            return task
        if comment:
            details = {"approval": asked.id, "comment": comment[:300]}
            name, subject = audit_name(principal), f"task:{task_id}"
            record(session, principal=name, action="task.decision.comment", subject=subject, details=details)
        if decision is Decision.REJECTED:
            reason = _not_approved(task, asked)
            return await update_task(
                session, task_id, status=TaskStatus.RUNNING, ending=TaskStatus.REFUSED, reason=reason
            )
        approved = tuple(each.step for each in task.checks.open)
        for number in approved:
            await update_step(session, task_id, number, status=StepStatus.PLANNED)
        checks = task.checks.model_copy(update={"approved": (*task.checks.approved, *approved)})
        return await update_task(session, task_id, status=TaskStatus.RUNNING, checks=checks)


def _not_approved(task: StoredTask, asked: Approval) -> str:
    if task.plan.language == "vi":
        return f"yêu cầu không được duyệt (số {asked.id}) nên không thực hiện"
    return f"it was not approved (approval {asked.id}), so it was not carried out"


async def expire_approvals(database: Database, task_id: str | None = None) -> list[str]:
    """
    Reject what has waited longer than a day.

    Args:
        database: The hotel's.
        task_id: This task only; all when absent.

    Returns:
        Ids of the tasks that were rejected; carrying them on ends them.
    """
    now, expired = dt.datetime.now(dt.UTC), list[str]()
    async with database.reading() as session:
        if task_id is not None:
            waiting = [await find_task(session, task_id)]
        else:
            waiting = await list_tasks(session, status=TaskStatus.NEEDS_APPROVAL, limit=1_000)
        for task in waiting:
            if task.status is TaskStatus.NEEDS_APPROVAL and task.approval_id is not None:
                asked = await find_approval(session, task.approval_id)
                if asked.decision is None and now - asked.requested_at > WAITS_FOR:
                    expired.append(task.id)
    for each in expired:
        await decide_task(database, each, Decision.REJECTED, NOBODY, comment="nobody decided within a day")
    return expired


async def resume_run(flow_run_id: str, decision: Decision, comment: str | None) -> bool:
    """Resume a flow run that is suspended for a decision; false when there is none, or Prefect does not answer."""
    import httpx
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound

    answer = {"approve": decision is Decision.APPROVED, "comment": comment or ""}
    try:
        async with get_client() as client:
            run = await client.read_flow_run(UUID(flow_run_id))
            if run.state is None or not run.state.is_paused():
                return False
            result = await client.resume_flow_run(run.id, run_input=answer)
    except (httpx.HTTPError, ObjectNotFound, OSError, ValueError) as error:
        _logger.warning("The suspended run of a task cannot be resumed: %s", type(error).__name__)
        return False
    return str(getattr(result.status, "value", result.status)) == "ACCEPT"
