"""`innkeeper route` and `innkeeper extract`: one message, or a JSONL file of them."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer
from pydantic import BaseModel, ValidationError

from innkeeper.schemas.errors import InnkeeperError, InputInvalid
from innkeeper.schemas.routing import GuestMessage

if TYPE_CHECKING:
    from innkeeper.engine.routing.router import Router

Text = Annotated[str | None, typer.Argument(metavar="[MESSAGE]", help="What the guest wrote; - reads standard input.", show_default=False)]
Input = Annotated[str | None, typer.Option("--input", metavar="FILE.jsonl", help="One message a line; - reads standard input.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of text; a JSONL file is always answered in JSON.")]
Room = Annotated[str | None, typer.Option("--room", help="The guest's room, when it is known.")]
Sent = Annotated[str | None, typer.Option("--timestamp", help="When the message was sent, ISO 8601; now when not given.")]

Answer = Callable[["Router", GuestMessage], BaseModel]


def route_command(message: Text = None, file: Input = None, as_json: AsJson = False, room: Room = None, timestamp: Sent = None) -> None:
    """Route a guest message to departments. With --input: one answer a line, in order; exit code 1 when a line failed."""
    _run(message, file, room, timestamp, lambda router, each: router.route(each), None if as_json else _routed)


def extract_command(message: Text = None, file: Input = None, as_json: AsJson = False, room: Room = None, timestamp: Sent = None) -> None:
    """Read dates, times, rooms, items and the like from a guest message."""
    _run(message, file, room, timestamp, lambda router, each: router.extract(each), None if as_json else _extracted)


def _run(
    message: str | None, file: str | None, room: str | None, timestamp: str | None, answer: Answer, text: Callable[[Any], str] | None
) -> None:
    if (message is None) == (file is None):
        raise typer.BadParameter("give either a MESSAGE or --input FILE.jsonl")
    try:
        router = _router()
        if file is not None:
            failed = _answer_file(file, router, answer)
            raise typer.Exit(1 if failed else 0)
        result = answer(router, _message(sys.stdin.read() if message == "-" else message or "", room, timestamp))
    except InnkeeperError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(text(result) if text else _as_json(result))


def _router() -> "Router":
    from innkeeper.blocks.settings import settings
    from innkeeper.engine.routing.router import load_router

    return load_router(settings().taxonomy, settings().hotel_timezone)


def _message(text: str, room: str | None, timestamp: str | None) -> GuestMessage:
    try:
        return GuestMessage.model_validate({"message": text.rstrip("\n"), "room_number": room, "timestamp": timestamp})
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_input=False))
        raise InputInvalid(problems) from None


def _answer_file(file: str, router: "Router", answer: Answer) -> int:
    """Answer each line as it is read; return how many could not be answered."""
    from innkeeper.blocks.messages import parse_lines

    failed = 0
    with _opened(file) as stream:
        for number, identifier, parsed in parse_lines(stream):
            try:
                if isinstance(parsed, str):
                    raise InputInvalid(parsed)
                line = {"id": identifier} | json.loads(_as_json(answer(router, parsed)))
            except InnkeeperError as error:
                failed += 1
                line = {"id": identifier, "line": number, "error": str(error)}
            typer.echo(json.dumps({key: value for key, value in line.items() if key != "id" or value is not None}, ensure_ascii=False))
    if failed:
        typer.echo(f"{failed} line(s) could not be answered; each has an `error` in its place.", err=True)
    return failed


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = Path(file).open("rb")
    except OSError as error:
        raise InputInvalid(f"{file!r} cannot be read: {error.strerror or error}") from None
    with stream:
        yield stream


def _as_json(result: BaseModel) -> str:
    return result.model_dump_json(exclude_none=True)


def _routed(result: Any) -> str:
    """A routing result for a person."""
    lines = []
    for request in result.classifications:
        wanted = request.structured_request
        items = ", ".join(f"{item.quantity or '?'} × {item.item}" for item in wanted.items or ())
        facts = ", ".join(str(fact) for fact in (wanted.issue, items, wanted.service, wanted.date, wanted.time) if fact)
        room = f" room {wanted.room_number}" if wanted.room_number else ""
        lines.append(
            f"{request.priority.value.upper():8} {request.category}.{request.subcategory} ({request.confidence:.0%}) → "
            f"{request.assigned_to}, {request.estimated_resolution_time_minutes} min, {request.workflow_id}{room}{': ' + facts if facts else ''}"
        )
    if not lines:
        lines.append("manipulation attempt: nobody was asked to act" if result.adversarial else "nobody has to act")
    if result.needs_review:
        lines.append("a person should look at it first")
    flag = ", immediate attention" if result.requires_immediate_attention else ""
    lines.append(f"{result.language_detected}, {result.sentiment.value}, {result.intent.value}{flag}")
    lines += [f"note: {warning}" for warning in result.warnings]
    lines.append(f"reply: {result.suggested_response}")
    return "\n".join(lines)


def _extracted(result: Any) -> str:
    found = result.entities.model_dump(mode="json", exclude_none=True)
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value}" for name, value in found.items()]
    return "\n".join([*lines, f"intent: {result.intent.value} ({result.confidence:.0%})", *(f"note: {warning}" for warning in result.warnings)])
