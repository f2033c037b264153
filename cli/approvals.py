"""`innkeeper approvals`, `outbox` and `consents`: messages that wait for a person, that go out, that are wanted."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import typer

from innkeeper.cli.outcome import AsJson, person, run
from innkeeper.schemas.messages import MessageChannel
from innkeeper.schemas.outbox import Approval, Decision, OutboxStatus, SendingReport, StoredMessage

if TYPE_CHECKING:
    from innkeeper.blocks.database.engine import Database

app = typer.Typer(help="Messages that a person has to see before they are sent.", no_args_is_help=True)
outbox_app = typer.Typer(help="Messages on their way to guests.", no_args_is_help=True)
consents_app = typer.Typer(help="Who wants promotions.", no_args_is_help=True)

ApprovalId = Annotated[int, typer.Argument(metavar="ID", help="As `approvals list` shows it.")]
_TEXTS = ("recipient", "subject", "body", "html", "chat", "request_hash", "unsubscribe_url")


@app.command("list")
def list_command(
    every: Annotated[bool, typer.Option("--all", help="Those that were decided, too.")] = False, as_json: AsJson = False
) -> None:
    """List what waits for a decision, oldest first."""
    run(
        lambda: _list(every),
        as_json=as_json,
        text=lambda found: "\n".join(map(_line, found)) or "Nothing waits for approval.",
        data=lambda found: {"approvals": [each.model_dump(mode="json") for each in found]},
    )


@app.command("show")
def show_command(approval_id: ApprovalId, as_json: AsJson = False) -> None:
    """Show the message that waits, as the guest would read it."""
    run(lambda: _show(approval_id), as_json=as_json, text=_letter, data=lambda found: _data(*found, with_texts=True))


@app.command("approve")
def approve_command(approval_id: ApprovalId, as_json: AsJson = False) -> None:
    """Let the message go, and send it."""
    run(
        lambda: _decide(approval_id, Decision.APPROVED),
        as_json=as_json,
        text=lambda decided: f"Approved; the message is {_state(decided[1])}.",
        data=lambda decided: _data(*decided),
    )


@app.command("reject")
def reject_command(approval_id: ApprovalId, as_json: AsJson = False) -> None:
    """Never send the message."""
    run(
        lambda: _decide(approval_id, Decision.REJECTED),
        as_json=as_json,
        text=lambda decided: f"Rejected; message {decided[1].id} is never sent.",
        data=lambda decided: _data(*decided),
    )


@outbox_app.command("list")
def outbox_command(
    status: Annotated[OutboxStatus | None, typer.Option(help="Only these.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List the newest messages, without what they say and to whom they go."""
    run(
        lambda: _messages(status, limit),
        as_json=as_json,
        text=lambda found: "\n".join(map(_message_line, found)) or "The outbox has no such message.",
        data=lambda found: {"messages": [_facts(each) for each in found]},
    )


@outbox_app.command("send")
def send_command(limit: Annotated[int, typer.Option(min=1, max=1_000)] = 100, as_json: AsJson = False) -> None:
    """Send what is due now."""
    run(lambda: _send(limit), as_json=as_json, text=_counts, data=lambda report: report.model_dump())


@consents_app.command("record")
def consent_command(
    address: Annotated[str, typer.Argument(help="The guest's e-mail address, or id in the chat channel.")],
    is_given: Annotated[bool, typer.Option("--yes/--no", help="Whether the guest wants promotions.")],
    channel: Annotated[MessageChannel, typer.Option(help="In which channel.")] = MessageChannel.EMAIL,
    as_json: AsJson = False,
) -> None:
    """Note whether somebody wants promotions; of the address only a hash is kept."""
    run(
        lambda: _consent(address, channel, is_given),
        as_json=as_json,
        text=lambda given: "Noted: promotions may be sent there." if given else "Noted: no more promotions go there.",
        data=lambda given: {"promotions": given},
    )


async def _opened() -> "Database":
    from innkeeper.blocks.database.engine import Database
    from innkeeper.blocks.settings import settings

    database = Database(settings().database_url)
    await database.upgrade()
    return database


async def _list(every: bool) -> list[Approval]:
    from innkeeper.blocks.database.approvals import list_approvals

    async with await _opened() as database, database.reading() as session:
        return await list_approvals(session, decided=every)


async def _show(approval_id: int) -> tuple[Approval, StoredMessage]:
    from innkeeper.tasks.messages.approval import read_waiting

    async with await _opened() as database:
        return await read_waiting(database, approval_id)


async def _decide(approval_id: int, decision: Decision) -> tuple[Approval, StoredMessage]:
    from innkeeper.flows.send_messages import send_messages
    from innkeeper.tasks.messages.approval import decide_message
    from innkeeper.tasks.messages.sending import look_up

    async with await _opened() as database:
        decided = await decide_message(database, approval_id, decision, decided_by=person())
        if decided[1].status is not OutboxStatus.WAITING:
            return decided
        await send_messages.fn([decided[1].id])
        return decided[0], await look_up.fn(database, decided[1].id)


async def _messages(status: OutboxStatus | None, limit: int) -> list[StoredMessage]:
    from innkeeper.blocks.database.outbox import list_messages

    async with await _opened() as database, database.reading() as session:
        return await list_messages(session, status, limit=limit)


async def _send(limit: int) -> SendingReport:
    from innkeeper.flows.send_messages import send_messages

    return await send_messages.fn(limit=limit)


async def _consent(address: str, channel: MessageChannel, is_given: bool) -> bool:
    from innkeeper.blocks.database.consents import record_consent
    from innkeeper.blocks.database.outbox import address_hash
    from innkeeper.schemas.errors import InputInvalid
    from innkeeper.schemas.outbox import is_email

    if channel is MessageChannel.EMAIL and not is_email(address.strip()):
        raise InputInvalid("this is no e-mail address such as name@example.com; for another channel, say --channel")
    async with await _opened() as database, database.writing() as session:
        now = dt.datetime.now(dt.UTC)
        key = address_hash(channel, address)
        await record_consent(session, key, is_given=is_given, recorded_by=person(), now=now)
    return is_given


def _line(approval: Approval) -> str:
    state = f"{approval.decision} by {approval.decided_by}" if approval.decision else "waits"
    asked = f"{approval.requested_at:%Y-%m-%d %H:%M} UTC"
    return f"{approval.id:5}  {asked}  {approval.subject_id}  {state}: {approval.reason}"


def _message_line(message: StoredMessage) -> str:
    problem = f"  {message.problem}" if message.problem else ""
    return f"{message.id}  {message.created_at:%Y-%m-%d %H:%M} UTC  {message.status:8} {message.kind}{problem}"


def _letter(found: tuple[Approval, StoredMessage]) -> str:
    approval, message = found
    text = message.chat if message.channel is MessageChannel.CHAT else f"Subject: {message.subject}\n\n{message.body}"
    return f"{_line(approval)}\nTo: {message.recipient}\n{text}"


def _state(message: StoredMessage) -> str:
    return f"{message.status}" + (f" ({message.problem})" if message.problem else "")


def _counts(report: SendingReport) -> str:
    return ", ".join(f"{count} {name}" for name, count in report.model_dump().items())


def _facts(message: StoredMessage) -> dict[str, Any]:
    return message.model_dump(mode="json", exclude=set(_TEXTS))


def _data(approval: Approval, message: StoredMessage, *, with_texts: bool = False) -> dict[str, Any]:
    texts = {name: getattr(message, name) for name in ("recipient", "subject", "body", "chat")} if with_texts else {}
    return {"approval": approval.model_dump(mode="json"), "message": _facts(message) | texts}
