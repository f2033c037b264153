"""`innkeeper route` and `innkeeper extract`: one message, or a JSONL file of them."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer
from pydantic import BaseModel, ValidationError

from innkeeper.cli.outcome import fail
from innkeeper.schemas.errors import InnkeeperError, InputInvalid, PermanentError
from innkeeper.schemas.models import Capability
from innkeeper.schemas.routing import GuestMessage

if TYPE_CHECKING:
    from innkeeper.engine.routing.router import Router

Text = Annotated[
    str | None,
    typer.Argument(metavar="MESSAGE", help="What the guest wrote; - reads standard input.", show_default=False),
]
Input = Annotated[
    str | None, typer.Option("--input", metavar="FILE.jsonl", help="One message a line; - reads standard input.")
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of text; a JSONL file is always answered in JSON.")]
Room = Annotated[str | None, typer.Option("--room", help="The guest's room, when it is known.")]
Sent = Annotated[
    str | None, typer.Option("--timestamp", help="When the message was sent, ISO 8601; now when not given.")
]

Answer = Callable[["Router", GuestMessage], BaseModel]


def route_command(
    message: Text = None, file: Input = None, as_json: AsJson = False, room: Room = None, timestamp: Sent = None
) -> None:
    """Route a guest message to departments. --input: an answer a line, in order; exit code 1 when a line failed."""
    given = {"message": message, "room_number": room, "timestamp": timestamp}
    with _decider(as_json=as_json) as decide:
        _run(given, file, decide, _routed, as_json=as_json)


def extract_command(
    message: Text = None, file: Input = None, as_json: AsJson = False, room: Room = None, timestamp: Sent = None
) -> None:
    """Read dates, times, rooms, items and the like from a guest message; --input as with `route`."""
    given = {"message": message, "room_number": room, "timestamp": timestamp}
    _run(given, file, lambda router, each: router.extract(each), _extracted, as_json=as_json)


@contextmanager
def _decider(*, as_json: bool) -> Iterator[Answer]:
    """The engine, with the models of the routing chain behind it where there are any."""
    from innkeeper.blocks.models.chains import ENGINE, chain_of
    from innkeeper.blocks.settings import settings

    try:
        if chain_of(settings(), Capability.ROUTING) == (ENGINE,):
            yield lambda router, message: router.route(message)
            return
        from innkeeper.cli.escalation import escalating  # Prefect and a provider's SDK: seconds

        with escalating(settings()) as decide:
            yield decide
    except InnkeeperError as error:
        fail(error, as_json=as_json)


def _run(
    given: dict[str, str | None], file: str | None, answer: Answer, text: Callable[[Any], str], *, as_json: bool
) -> None:
    if (given["message"] is None) == (file is None):
        raise typer.BadParameter("give either a MESSAGE or --input FILE.jsonl")
    if file is not None and (given["room_number"] or given["timestamp"]):
        raise typer.BadParameter("with --input, `room_number` and `timestamp` stand on each line of the file")
    try:
        if file is not None:
            failed = _answer_file(file, _router(), answer)
            raise typer.Exit(1 if failed else 0)
        message = _message(given)
        result = _answered(answer, _router(), message)
    except InnkeeperError as error:
        fail(error, as_json=as_json)
    typer.echo(_as_json(result) if as_json else text(result))


def _router() -> "Router":
    from innkeeper.blocks.settings import settings
    from innkeeper.engine.routing.router import load_router

    return load_router(settings().taxonomy, settings().hotel_timezone)


def _message(given: dict[str, str | None]) -> GuestMessage:
    from innkeeper.blocks.messages import problems_of

    text = _standard_input() if given["message"] == "-" else given["message"] or ""
    try:
        return GuestMessage.model_validate(given | {"message": text.rstrip("\r\n")})
    except ValidationError as error:
        if any(each["loc"][0] != "message" for each in error.errors()):
            raise typer.BadParameter(problems_of(error)) from None
        raise InputInvalid(problems_of(error)) from None


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputInvalid(f"standard input is not UTF-8 (byte {error.start + 1})") from None


def _answer_file(file: str, router: "Router", answer: Answer) -> int:
    """Answer each line as it is read; return how many could not be answered."""
    from innkeeper.blocks.messages import parse_lines

    failed = 0
    with _opened(file) as stream:
        for number, identifier, parsed in parse_lines(stream):
            head = {} if identifier is None else {"id": identifier}
            try:
                if isinstance(parsed, str):
                    raise InputInvalid(parsed)
                line = head | json.loads(_as_json(_answered(answer, router, parsed)))
            except InnkeeperError as error:
                failed += 1
                line = head | {"line": number, "error": str(error)}
            typer.echo(json.dumps(line, ensure_ascii=False))
    if failed:
        typer.echo(f"{failed} line(s) could not be answered; each has an `error` in its place.", err=True)
    return failed


def _answered(answer: Answer, router: "Router", message: GuestMessage) -> BaseModel:
    """The answer; a fault of ours costs one line, not the file."""
    try:
        return answer(router, message)
    except InnkeeperError:
        raise
    except Exception as error:
        raise PermanentError(f"the message cannot be answered ({type(error).__name__}: {error})") from error


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = Path(file).open("rb")  # noqa: SIM115  an error while reading is not one of opening
    except (OSError, ValueError) as error:
        raise InputInvalid(f"{file!r} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    with stream:
        yield stream


def _as_json(result: BaseModel) -> str:
    return result.model_dump_json(exclude_none=True)


def _routed(result: Any) -> str:
    """A routing result for a person."""
    lines = [_request(request) for request in result.classifications]
    if not lines:
        lines.append("manipulation attempt: nobody was asked to act" if result.adversarial else "nobody has to act")
    if result.needs_review:
        lines.append("a person should look at it first")
    flag = ", immediate attention" if result.requires_immediate_attention else ""
    lines.append(f"{result.language_detected}, {result.sentiment.value}, {result.intent.value}{flag}")
    if result.decided_by != "engine":
        cost = "price not known" if result.cost_usd is None else f"${result.cost_usd:.6f}"
        lines.append(f"decided by {result.decided_by} ({cost}), since the engine was unsure")
    lines += [f"{each.link} did not decide: {each.detail or each.outcome}" for each in result.escalation]
    lines += [f"note: {warning}" for warning in result.warnings]
    lines.append(f"reply: {result.suggested_response}")
    return "\n".join(lines)


def _request(request: Any) -> str:
    wanted = request.structured_request
    items = ", ".join(f"{'?' if item.quantity is None else item.quantity} × {item.item}" for item in wanted.items or ())
    facts = ", ".join(str(fact) for fact in (wanted.issue, items, wanted.service, wanted.date, wanted.time) if fact)
    room = f" room {wanted.room_number}" if wanted.room_number else ""
    return (
        f"{request.priority.value.upper():8} {request.category}.{request.subcategory} ({request.confidence:.0%}) → "
        f"{request.assigned_to}, {request.estimated_resolution_time_minutes} min, {request.workflow_id}{room}"
        f"{': ' + facts if facts else ''}"
    )


def _extracted(result: Any) -> str:
    found = result.entities.model_dump(mode="json", exclude_none=True)
    lines = [
        f"{name}: {json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value}"
        for name, value in found.items()
    ]
    lines.append(f"intent: {result.intent.value} ({result.confidence:.0%})")
    return "\n".join([*lines, *(f"note: {warning}" for warning in result.warnings)])
