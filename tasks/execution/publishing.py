"""What a run that carries a task out shows in Prefect: steps, ids and reasons, and nothing of a guest's."""

import re
from typing import Any

from innkeeper.schemas.plans import StepReport, TaskReport, TaskStatus
from innkeeper.schemas.tasks import StoredTask
from innkeeper.tasks.publishing import publish_markdown, publish_table

_ADDRESS = re.compile(r"\S+@\S+")
_IDS = ("work_order_id", "notice_id", "wake_up_id", "email_id", "draft_id", "run_id", "team", "department", "status")


async def publish_task(report: TaskReport) -> None:
    """The steps as they are: a plan while nothing is done, the result at the end."""
    key = "task-plan" if report.overall_status in {TaskStatus.RUNNING, TaskStatus.NEEDS_APPROVAL} else "task-result"
    title = f"{report.task_id}: {report.overall_status}. Its words are in the database only."
    await publish_table(key, [_row(each) for each in report.execution_plan], title)


async def publish_question(task: StoredTask) -> None:
    """What a manager has to decide."""
    actions = {each.step: each.action for each in task.plan.steps}
    lines = [f"- step {each.step}, `{actions[each.step]}`: {_masked(each.reason)}" for each in task.checks.open]
    text = "\n".join(
        [
            f"**{task.id}** waits for a manager (asked for by {task.who}, {task.principal.role}).",
            "",
            *lines,
            "",
            "Answer in the form of this run, by `innkeeper tasks approve|reject`, or over HTTP.",
        ]
    )
    await publish_markdown("task-approval", text, f"Approval {task.approval_id}")


def _row(step: StepReport) -> dict[str, Any]:
    shown = {name: step.result[name] for name in _IDS if name in step.result}
    return {
        "step": step.step,
        "action": step.action,
        "by": f"{step.service}/{step.tool}",
        "risk": step.risk.value,
        "status": step.status.value,
        "ms": "" if step.duration_ms is None else round(step.duration_ms),
        "result": ", ".join(f"{name} {value}" for name, value in shown.items()),
        "problem": _masked(step.problem or ""),
    }


def _masked(text: str) -> str:
    return _ADDRESS.sub("…@…", text)
