"""`innkeeper tasks` and `innkeeper wake-ups`: tasks that were asked for, and what is to happen later."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from innkeeper.cli.outcome import AsJson, person, run
from innkeeper.cli.people import local_principal
from innkeeper.cli.task_texts import listed, shown, timed_line
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.actions import TimedAction, TimedActionStatus
from innkeeper.schemas.outbox import Decision
from innkeeper.schemas.plans import TaskReport, TaskStatus

if TYPE_CHECKING:
    from innkeeper.blocks.database.engine import Database
    from innkeeper.tasks.execution.executor import TaskExecutor

app = typer.Typer(help="Tasks in plain words: what became of them, and decisions about them.", no_args_is_help=True)
wake_ups_app = typer.Typer(help="Wake-up calls that are set.", no_args_is_help=True)

TaskId = Annotated[str, typer.Argument(metavar="TASK", help="As `tasks list` shows it; TASK-….")]
Comment = Annotated[str, typer.Option(help="Why; it is kept with the decision.")]
Statuses = Annotated[TaskStatus | None, typer.Option(help="Only these.")]


@app.command("list")
def list_command(
    status: Statuses = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List the newest tasks."""
    run(
        lambda: _list(status, limit),
        as_json=as_json,
        text=lambda found: listed(found) or "There is no such task.",
        data=lambda found: {"tasks": [each.model_dump(mode="json") for each in found]},
    )


@app.command("show")
def show_command(task_id: TaskId, as_json: AsJson = False) -> None:
    """Show a task with its steps."""
    _report(lambda executor: executor.report(task_id, _manager()), as_json=as_json)


@app.command("answer")
def answer_command(
    task_id: TaskId,
    answer: Annotated[str, typer.Argument(help="One of the options, or other words.")],
    as_json: AsJson = False,
) -> None:
    """Answer a task's question; it goes on."""
    _report(lambda executor: executor.answer(task_id, answer, _manager()), as_json=as_json)


@app.command("approve")
def approve_command(task_id: TaskId, comment: Comment = "", as_json: AsJson = False) -> None:
    """Let a task that waits go on."""
    _report(lambda executor: executor.decide(task_id, Decision.APPROVED, _manager(), comment=comment), as_json=as_json)


@app.command("reject")
def reject_command(task_id: TaskId, comment: Comment = "", as_json: AsJson = False) -> None:
    """Refuse a task that waits; what it did is undone where that can be."""
    _report(lambda executor: executor.decide(task_id, Decision.REJECTED, _manager(), comment=comment), as_json=as_json)


@app.command("cancel")
def cancel_command(task_id: TaskId, as_json: AsJson = False) -> None:
    """Call off what a task has not begun; the step that runs is finished."""
    _report(lambda executor: executor.cancel(task_id, _manager()), as_json=as_json)


@wake_ups_app.command("list")
def wake_ups_command(
    every: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False, as_json: AsJson = False
) -> None:
    """List the wake-up calls to come, by their time."""
    run(
        lambda: _wake_ups(every),
        as_json=as_json,
        text=lambda found: "\n".join(map(timed_line, found)) or "No wake-up call is set.",
        data=lambda found: {"wake_ups": [each.model_dump(mode="json") for each in found]},
    )


@wake_ups_app.command("cancel")
def cancel_wake_up_command(
    action_id: Annotated[str, typer.Argument(metavar="ID", help="As `wake-ups list` shows it; WAKE-….")],
    as_json: AsJson = False,
) -> None:
    """Call a wake-up call off."""
    run(
        lambda: _cancel_wake_up(action_id),
        as_json=as_json,
        text=lambda action: f"{action.id} for room {action.room_number} is cancelled.",
        data=lambda action: action.model_dump(mode="json"),
    )


def _report(act: "Callable[[TaskExecutor], Awaitable[TaskReport]]", *, as_json: bool) -> None:
    async def acted() -> TaskReport:
        from innkeeper.cli.task_executor import local_executor

        async with local_executor() as executor:
            return await act(executor)

    run(acted, as_json=as_json, text=shown, data=lambda report: report.model_dump(mode="json"))


async def _list(status: TaskStatus | None, limit: int) -> list[TaskReport]:
    from innkeeper.cli.task_executor import local_executor

    async with local_executor() as executor:
        return await executor.tasks(_manager(), status=status, limit=limit)


async def _wake_ups(every: bool) -> list[TimedAction]:
    from innkeeper.tasks.execution.timed import list_timed

    async with await _opened() as database:
        return await list_timed(database, None if every else TimedActionStatus.SCHEDULED)


async def _cancel_wake_up(action_id: str) -> TimedAction:
    from innkeeper.tasks.execution.timed import cancel_timed

    async with await _opened() as database:
        return await cancel_timed(database, action_id, by=person())


async def _opened() -> "Database":
    from innkeeper.blocks.database.engine import Database
    from innkeeper.blocks.settings import settings

    database = Database(settings().database_url)
    await database.upgrade()
    return database


def _manager() -> Principal:
    return local_principal(Role.MANAGER)
