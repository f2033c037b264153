"""A task as a person reads it in a terminal."""

from collections.abc import Sequence

from innkeeper.schemas.actions import TimedAction
from innkeeper.schemas.plans import StepReport, TaskReport, TaskStatus

_STATUS_WIDTH = 11


def shown(report: TaskReport) -> str:
    """Summary, steps, and what to do next."""
    took = f", {report.total_duration_ms:.0f} ms" if report.total_duration_ms else ""
    lines = [f"{report.task_id}  {report.overall_status.value}{took}, planned by {report.planner}", ""]
    lines += [report.execution_summary] if report.execution_summary else []
    if report.overall_status in {TaskStatus.PLANNED, TaskStatus.NEEDS_APPROVAL}:
        lines += [f"  {line}" for line in report.preview]
    else:
        lines += [_step(each) for each in report.execution_plan]
    return "\n".join([*lines, *_next(report)])


def listed(reports: Sequence[TaskReport]) -> str:
    """A line for each task."""
    return "\n".join(
        f"{each.task_id}  {each.created_at:%Y-%m-%d %H:%M} UTC  {each.overall_status.value:19} "
        f"{_shortened(each.execution_summary)}"
        for each in reports
    )


def timed_line(action: TimedAction) -> str:
    """A wake-up call, at its hotel's time."""
    run = "scheduled in Prefect" if action.flow_run_id else ""
    room = f"room {action.room_number or '?'}"
    return f"{action.id}  {room:10} {action.due_at:%Y-%m-%d %H:%M}  {action.status.value:9}  {run}".rstrip()


def _step(step: StepReport) -> str:
    took = f"{step.duration_ms:.0f} ms" if step.duration_ms is not None else ""
    end = step.problem or took
    return f"  {step.step} {step.status.value:{_STATUS_WIDTH}} {step.action}  {end}".rstrip()


def _next(report: TaskReport) -> list[str]:
    if report.overall_status is TaskStatus.NEEDS_CLARIFICATION and report.clarification is not None:
        options = [f"  - {each}" for each in report.clarification.options]
        return [*options, "", f'Answer: innkeeper tasks answer {report.task_id} "…"']
    if report.overall_status is TaskStatus.NEEDS_APPROVAL:
        return ["", f"A manager decides: innkeeper tasks approve {report.task_id}  (or: tasks reject)"]
    return []


def _shortened(text: str, most: int = 90) -> str:
    first = " ".join(text.split())
    return first if len(first) <= most else f"{first[: most - 1]}…"
