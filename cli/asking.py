"""`innkeeper ask`: a question to the assistant, or a JSONL file of them."""

import asyncio
import datetime as dt
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from innkeeper.blocks.messages import problems_of
from innkeeper.cli.outcome import fail
from innkeeper.cli.reading import line_object, read_lines, read_text
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.assistant import AssistantAnswer, AssistantQuestion, ConversationId
from innkeeper.schemas.errors import InnkeeperError, InputInvalid, PermanentError

if TYPE_CHECKING:
    from innkeeper.tasks.assistant.assistant import HotelAssistant


class _Line(BaseModel):
    """A line of the file."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    question: str
    role: Role = Role.MANAGER
    user_id: str | None = Field(default=None, max_length=254)
    conversation_id: ConversationId | None = None
    today: dt.date | None = None
    language: str | None = None


def ask_command(
    question: Annotated[str | None, typer.Argument(help="A question; - reads standard input.")] = None,
    file: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar="FILE.jsonl",
            help="`id?, question, role?, user_id?, conversation_id?, today?, language?` a line; - is standard input.",
        ),
    ] = None,
    role: Annotated[Role, typer.Option(help="Who asks: what may be shown depends on it.")] = Role.MANAGER,
    user_id: Annotated[
        str | None, typer.Option("--user", help="Of a guest: the booking id, e-mail or phone of the own booking.")
    ] = None,
    conversation: Annotated[str | None, typer.Option(help="Continue this conversation.")] = None,
    today: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The hotel's day; by its clock when not given.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="en or vi, when the question does not tell.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON instead of text; --input is always answered so.")
    ] = False,
) -> None:
    """Ask the assistant. --input: an answer a line, in order; exit code 1 when a line failed."""
    if (question is None) == (file is None):
        raise typer.BadParameter("give either a QUESTION or --input FILE.jsonl")
    given = {
        "question": question,
        "role": role,
        "user_id": user_id,
        "conversation_id": conversation,
        "today": today.date() if today else None,
        "language": language,
    }
    try:
        failed = asyncio.run(_ask(given, file, as_json=as_json))
    except InnkeeperError as error:
        fail(error, as_json=as_json or file is not None)
    raise typer.Exit(1 if failed else 0)


async def _ask(given: dict[str, Any], file: str | None, *, as_json: bool) -> int:
    """Answer on standard output; how many lines failed."""
    from innkeeper.blocks.settings import settings
    from innkeeper.tasks.assistant.assistant import open_assistant

    async with open_assistant(settings()) as assistant:
        for problem in await assistant.missing():
            typer.echo(f"note: {problem}", err=True)
        if file is not None:
            return await _answer_lines(file, assistant)
        if given["question"] == "-":
            given = given | {"question": read_text("-").strip()}
        answer = await _answered(_checked(given), assistant)
    typer.echo(answer.model_dump_json(exclude_none=True) if as_json else _shown(answer))
    return 0


async def _answer_lines(file: str, assistant: "HotelAssistant") -> int:
    failed = 0
    for number, raw in read_lines(file):
        head: dict[str, Any] = {"line": number}
        try:
            given = line_object(raw)
            head = {"id": given.get("id", number)}
            line = _checked(given)
            told = head | (await _answered(line, assistant)).model_dump(mode="json")
        except InnkeeperError as error:
            failed += 1
            told = head | {"error": str(error)}
        typer.echo(json.dumps(told, ensure_ascii=False))
    if failed:
        typer.echo(f"{failed} line(s) could not be answered; each has an `error` in its place.", err=True)
    return failed


async def _answered(line: _Line, assistant: "HotelAssistant") -> AssistantAnswer:
    """The answer; a fault of ours costs one line, not the file."""
    guest = line.user_id if line.role is Role.GUEST else None
    principal = Principal(key_id="local", name=line.user_id or "innkeeper ask", role=line.role, guest=guest)
    try:
        question = AssistantQuestion(
            message=line.question,
            conversation_id=line.conversation_id,
            today=line.today,
            language={"en": "en", "vi": "vi"}.get((line.language or "")[:2].lower()),
        )
    except ValidationError as error:
        raise InputInvalid(problems_of(error)) from None
    try:
        return await assistant.answer(question, principal)
    except InnkeeperError:
        raise
    except Exception as error:
        raise PermanentError(f"the question cannot be answered ({type(error).__name__}: {error})") from error


def _checked(given: dict[str, Any]) -> _Line:
    try:
        return _Line.model_validate(given)
    except ValidationError as error:
        raise InputInvalid(problems_of(error)) from None


def _shown(answer: AssistantAnswer) -> str:
    lines = [answer.response, ""]
    for source in answer.sources:
        if source.type == "database":
            lines.append(f"  from the hotel's data: {source.table}")
        else:
            lines.append(f"  from {source.document}{f', page {source.page}' if source.page else ''}")
    if answer.handoff is not None:
        lines.append(f"  ask: {answer.handoff.contact}")
    called = ", ".join(f"{use.tool}{'' if use.success else ' (failed)'}" for use in answer.tools_used)
    lines += [f"  tools: {called}"] if called else []
    lines += [f"  {each.link} did not answer: {each.detail or each.outcome}" for each in answer.attempts]
    took = f"confidence {answer.confidence:.2f}, {answer.response_time_ms:.0f} ms"
    lines.append(f"  {answer.model}, {took}, conversation {answer.conversation_id}")
    return "\n".join(lines)
