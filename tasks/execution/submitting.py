"""Taking a task: planned, checked and written down, once for each idempotency key."""

import datetime as dt
import hashlib
import json

from innkeeper.blocks.database.audit import record
from innkeeper.blocks.database.task_steps import add_steps
from innkeeper.blocks.database.tasks import add_task, new_task_id, task_of_key
from innkeeper.engine.planning.validation import CheckedPlan
from innkeeper.schemas.access import Principal
from innkeeper.schemas.plans import Instruction, TaskStatus
from innkeeper.schemas.tasks import StoredTask, Submitted, TaskChecks, WaitingStep
from innkeeper.tasks.execution.planning import plan_task
from innkeeper.tasks.execution.services import ExecutionServices


async def submit_task(
    services: ExecutionServices,
    instruction: Instruction,
    principal: Principal,
    *,
    idempotency_key: str | None = None,
    dry_run: bool = False,
) -> Submitted:
    """
    Plan an instruction and write it down as a task; nothing is done yet.

    Args:
        services: The hotel's.
        instruction: What is asked for.
        principal: Who asks.
        idempotency_key: Two calls of one principal with one key are one task.
        dry_run: It is planned and never carried out.

    Raises:
        Conflict: The key was used for another instruction.
        NotConfigured: No hotel has been imported.
    """
    request_hash = _hash(instruction, principal, dry_run)
    if idempotency_key is not None:
        async with services.database.reading() as session:
            found = await task_of_key(session, principal.key_id, idempotency_key, request_hash)
        if found is not None:
            return Submitted(found, False)
    asked, checked = await plan_task(services, instruction, principal)
    task = StoredTask(
        id=new_task_id(),
        owner=principal.key_id,
        principal=principal,
        instruction=asked,
        is_dry_run=dry_run,
        idempotency_key=idempotency_key,
        request_hash=request_hash,
        created_at=dt.datetime.now(dt.UTC),
        **planned(checked, dry_run=dry_run),
    )
    async with services.database.writing() as session:
        submitted = await add_task(session, task)
        if submitted.is_new:
            await add_steps(session, task.id, task.plan)
            details = {"status": task.status.value, "steps": len(task.plan.steps), "planner": task.plan.planner}
            record(session, principal=task.who, action="task.created", subject=f"task:{task.id}", details=details)
    return submitted


def planned(checked: CheckedPlan, *, dry_run: bool) -> dict[str, object]:
    """The fields of a task that its checked plan decides: where it is, and what waits for a person."""
    plan = checked.plan
    status, reason = TaskStatus.PLANNED if dry_run else TaskStatus.RUNNING, None
    if plan.refusal is not None:
        status, reason = TaskStatus.REFUSED, plan.refusal.reason
    elif plan.clarification is not None:
        status = TaskStatus.NEEDS_CLARIFICATION
    elif checked.problems:
        status, reason = TaskStatus.FAILED, "; ".join(checked.problems)
        plan = plan.model_copy(update={"steps": ()})
    waiting = tuple(WaitingStep(step=each.step, reason=each.reason) for each in checked.approvals)
    return {
        "plan": plan,
        "checks": TaskChecks(waiting=waiting),
        "status": status,
        "reason": reason,
        "clarification": plan.clarification,
        "finished_at": dt.datetime.now(dt.UTC) if status in {TaskStatus.REFUSED, TaskStatus.FAILED} else None,
    }


def _hash(instruction: Instruction, principal: Principal, dry_run: bool) -> str:
    asked = {
        "instruction": instruction.model_dump(mode="json"),
        "role": principal.role.value,
        "guest": principal.guest,
        "dry_run": dry_run,
    }
    text = json.dumps(asked, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
