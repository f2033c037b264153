"""A task as it is told: the specification's shape, with what whoever asked may see."""

from collections.abc import Mapping, Sequence
from typing import Any

from innkeeper.engine.planning.actions import ACTIONS, SENDS, WRITES, service_and_tool
from innkeeper.engine.planning.references import reference_in
from innkeeper.engine.planning.validation_rights import StepApproval
from innkeeper.engine.planning.wording import StepOutcome, Telling, preview_lines, summary
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.plans import StepReport, StepStatus, TaskReport, TaskStatus
from innkeeper.schemas.tasks import StoredStep, StoredTask
from innkeeper.tasks.execution.job import telling_of

_GUESTS = frozenset({"guest_name", "email", "booking_id", "phone"})  # facts that not every role may see
# What the specification calls a fact in `results`, by the actions that give it.
_RESULTS: Mapping[ActionName, Mapping[str, str]] = {
    ActionName.GET_ROOM_STATUS: {"status": "room_status", "ready_for_guest": "room_ready"},
    ActionName.VERIFY_ROOM_READY: {"status": "room_status", "ready_for_guest": "room_ready"},
    ActionName.LOOKUP_BOOKING: {"found": "booking_found", "total": "bookings_found", "booking_id": "booking_id"},
    ActionName.GET_CURRENT_PRICING: {
        "current_price": "current_price", "total_price": "total_price", "currency": "currency",
    },
    ActionName.FIND_AVAILABLE_ROOMS: {"total": "rooms_available", "rooms": "rooms", "by_type": "rooms_by_type"},
    ActionName.SEARCH_KNOWLEDGE_BASE: {"answer": "answer", "documents": "documents"},
    ActionName.SEND_EMAIL: {"sent": "email_sent", "email_id": "email_id", "status": "email_status"},
    ActionName.SEND_GUEST_MESSAGE: {"sent": "message_sent", "email_id": "message_id", "status": "message_status"},
    ActionName.CREATE_WORK_ORDER: {"work_order_id": "work_order_id", "team": "team"},
    ActionName.ASSIGN_STAFF: {"assigned": "assigned", "assignee": "assignee"},
    ActionName.NOTIFY_DEPARTMENT: {"notified": "department_notified", "department": "department"},
    ActionName.UPDATE_ROOM_STATUS: {"status": "room_status", "previous_status": "previous_status"},
    ActionName.SCHEDULE_WAKE_UP_CALL: {"wake_up_id": "wake_up_id", "at": "wake_up_at"},
    ActionName.ANALYZE_LOGS: {"anomalies": "anomalies", "incidents": "incidents"},
    ActionName.INDEX_KNOWLEDGE_BASE: {"documents": "documents_indexed", "chunks": "chunks"},
    ActionName.RUN_FLOW: {"run_id": "run_id"},
}  # fmt: skip


def task_report(task: StoredTask, steps: Sequence[StoredStep]) -> TaskReport:
    """The report on a task as its rows have it."""
    known = {each.step: each for each in steps}
    telling = telling_of(task, known)
    approvals = [StepApproval(each.step, each.reason) for each in task.checks.open]
    outcomes = [
        StepOutcome(each.step, each.status, problem=each.problem, told=each.told)
        for each in steps
        if each.status is not StepStatus.PLANNED
    ]
    has_preview = task.status in {TaskStatus.PLANNED, TaskStatus.NEEDS_APPROVAL}
    return TaskReport(
        task_id=task.id,
        overall_status=task.status,
        execution_plan=tuple(_step_report(each, task, telling) for each in steps),
        results=_results(steps, telling),
        total_duration_ms=round(sum(each.duration_ms or 0.0 for each in steps), 2),
        execution_summary=_summary(task, telling, outcomes, approvals),
        clarification=task.clarification,
        refusal=task.plan.refusal,
        approval_id=task.approval_id if task.status is TaskStatus.NEEDS_APPROVAL else None,
        preview=preview_lines(telling, approvals) if has_preview else (),
        planner=task.plan.planner,
        created_at=task.created_at,
    )


def _summary(
    task: StoredTask, telling: Telling, outcomes: Sequence[StepOutcome], approvals: Sequence[StepApproval]
) -> str:
    asked = task.plan.model_copy(update={"clarification": task.clarification})
    telling = Telling(asked, telling.role, telling.today, telling.facts)
    return summary(telling, outcomes, task.status, approvals=approvals, reason=task.reason)


def _step_report(step: StoredStep, task: StoredTask, telling: Telling) -> StepReport:
    planned = task.plan.steps[step.step - 1]
    service, tool = service_and_tool(step.action, planned.arguments)
    has_begun = step.started_at is not None
    return StepReport(
        step=step.step,
        action=step.action.value,
        service=service,
        tool=tool,
        arguments=_arguments(planned.arguments, step.arguments if has_begun else planned.arguments, telling),
        status=step.status,
        risk=ACTIONS[step.action].risk,
        duration_ms=step.duration_ms,
        result=_visible(step, telling),
        problem=step.problem,
    )


def _arguments(planned: Mapping[str, Any], begun: Mapping[str, Any], telling: Telling) -> dict[str, Any]:
    """With what the step was carried out; what whoever asked may not see stays the reference that it was."""
    shown: dict[str, Any] = {}
    for name, value in planned.items():
        taken = reference_in(value)
        hidden = taken is not None and taken.fact in _GUESTS and not telling.sees(taken.fact)
        shown[name] = value if hidden else begun.get(name, value)
    return shown


def _visible(step: StoredStep, telling: Telling) -> dict[str, Any]:
    """Facts of a step; what reads has left out by itself what the role may not see."""
    facts = dict(step.result)
    if step.action in SENDS and "recipient" in facts:
        facts["recipient"] = telling.address(facts["recipient"])
    if step.action in WRITES and not telling.sees("guest_name"):
        facts.pop("subject", None)
    return facts


def _results(steps: Sequence[StoredStep], telling: Telling) -> dict[str, Any]:
    results: dict[str, Any] = {}
    for step in steps:
        if step.status is not StepStatus.COMPLETED:
            continue
        facts = _visible(step, telling)
        names = {"draft_id": "draft_id", "subject": "subject"} if step.action in WRITES else _RESULTS[step.action]
        results |= {name: facts[fact] for fact, name in names.items() if facts.get(fact) is not None}
    return results
