"""`innkeeper execute`: a task in plain words, or a JSONL file of them."""

import asyncio
import datetime as dt
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from innkeeper.blocks.messages import problems_of
from innkeeper.cli.outcome import fail
from innkeeper.cli.people import local_principal
from innkeeper.cli.reading import line_object, read_lines, read_object, read_text
from innkeeper.cli.task_texts import shown
from innkeeper.schemas.access import Role
from innkeeper.schemas.errors import InnkeeperError, InputInvalid, PermanentError
from innkeeper.schemas.plans import Instruction, TaskReport, TaskStatus

if TYPE_CHECKING:
    from innkeeper.tasks.execution.executor import TaskExecutor


class _Line(BaseModel):
    """A line of the file."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    instruction: str
    role: Role = Role.MANAGER
    user_id: str | None = Field(default=None, max_length=254)
    today: dt.date | None = None
    context: dict[str, Any] | None = None


def execute_command(
    instruction: Annotated[str | None, typer.Argument(help="What is to be done; - reads standard input.")] = None,
    file: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar="FILE.jsonl",
            help="`id?, instruction, role?, user_id?, today?, context?` a line; - is standard input.",
        ),
    ] = None,
    context: Annotated[
        str | None, typer.Option(metavar="FILE.json", help="What is known: booking_id, room_number, guest_email, …")
    ] = None,
    role: Annotated[Role, typer.Option(help="Who asks: what may be done depends on it.")] = Role.MANAGER,
    user_id: Annotated[
        str | None, typer.Option("--user", help="Of a guest: the booking id, e-mail or phone of the own booking.")
    ] = None,
    today: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The hotel's day; by its clock when not given.")
    ] = None,
    is_dry: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON instead of text; --input is always answered so.")
    ] = False,
) -> None:
    """Carry out a task. --input: a report a line, in order; exit code 1 when one failed."""
    if (instruction is None) == (file is None):
        raise typer.BadParameter("give either an INSTRUCTION or --input FILE.jsonl")
    if file is not None and context is not None:
        raise typer.BadParameter("--context is for one INSTRUCTION; the lines of a file have their own")
    given = {"instruction": instruction, "role": role, "user_id": user_id, "today": today.date() if today else None}
    try:
        failed = asyncio.run(_execute(given, context, file, is_dry=is_dry, as_json=as_json))
    except InnkeeperError as error:
        fail(error, as_json=as_json or file is not None)
    raise typer.Exit(1 if failed else 0)


async def _execute(given: dict[str, Any], context: str | None, file: str | None, *, is_dry: bool, as_json: bool) -> int:
    """Report on standard output; how many tasks failed."""
    from innkeeper.cli.task_executor import local_executor

    if given["instruction"] == "-":
        given = given | {"instruction": read_text("-").strip()}
    if context is not None:
        given = given | {"context": read_object(context, "what is known")}
    async with local_executor() as executor:
        if file is not None:
            return await _execute_lines(file, executor, is_dry=is_dry)
        report = await _reported(_checked(given), executor, is_dry=is_dry)
    typer.echo(report.model_dump_json() if as_json else shown(report))
    return int(report.overall_status is TaskStatus.FAILED)


async def _execute_lines(file: str, executor: "TaskExecutor", *, is_dry: bool) -> int:
    failed = 0
    for number, raw in read_lines(file):
        head: dict[str, Any] = {"line": number}
        try:
            given = line_object(raw)
            head = {"id": given.get("id", number)}
            told = head | (await _reported(_checked(given), executor, is_dry=is_dry)).model_dump(mode="json")
        except InnkeeperError as error:
            failed += 1
            told = head | {"error": str(error), "overall_status": TaskStatus.FAILED.value}
        typer.echo(json.dumps(told, ensure_ascii=False))
    if failed:
        typer.echo(f"{failed} line(s) could not be carried out; each has an `error` in its place.", err=True)
    return failed


async def _reported(line: _Line, executor: "TaskExecutor", *, is_dry: bool) -> TaskReport:
    """The report; a fault of ours costs one line, not the file."""
    from innkeeper.tasks.execution.askers import asking_guest, hotel_day
    from innkeeper.tasks.execution.showing import show_approval

    today = line.today or await hotel_day(executor.services)
    try:
        instruction = Instruction(text=line.instruction.strip(), context=line.context or {}, today=today)
    except ValidationError as error:
        raise InputInvalid(problems_of(error)) from None
    try:
        principal = await asking_guest(executor.services, local_principal(line.role, line.user_id), instruction)
        report = await executor.run(instruction, principal, dry_run=is_dry)
        if report.overall_status is TaskStatus.NEEDS_APPROVAL:
            await show_approval(report)
    except InnkeeperError:
        raise
    except Exception as error:
        raise PermanentError(f"the task cannot be carried out ({type(error).__name__}: {error})") from error
    return report


def _checked(given: dict[str, Any]) -> _Line:
    try:
        return _Line.model_validate(given)
    except ValidationError as error:
        raise InputInvalid(problems_of(error)) from None
