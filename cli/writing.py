"""`innkeeper write`: a message to a guest, from its template and, where there is a model, in its words."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from innkeeper.cli.outcome import AsJson, run
from innkeeper.cli.reading import read_object
from innkeeper.schemas.access import Role
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.messages import DraftRequest, MessageChannel, MessageKind, MessageLanguage, Tone, WrittenMessage
from innkeeper.schemas.models import Capability, Spender

if TYPE_CHECKING:
    from innkeeper.blocks.settings import Settings


def write_command(
    kind: Annotated[MessageKind, typer.Argument(help="What the message is for.")],
    variables: Annotated[
        str, typer.Option("--vars", metavar="FILE.json", help="The variables, a JSON object; - reads standard input.")
    ],
    language: Annotated[MessageLanguage, typer.Option(help="Of the message.")] = "en",
    tone: Annotated[Tone | None, typer.Option(help="In which words; the kind's own when not given.")] = None,
    channel: Annotated[
        MessageChannel, typer.Option(help="An e-mail, or the short form for chat.")
    ] = MessageChannel.EMAIL,
    role: Annotated[Role, typer.Option(help="Whose message it is: what it may offer depends on it.")] = Role.MANAGER,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the HTML there, too.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a message to a guest. Nothing is sent."""

    async def work() -> WrittenMessage:
        given = read_object(variables, "the variables of the message")
        request = DraftRequest(kind=kind, variables=given, language=language, tone=tone, channel=channel)
        message = await _written(request, role)
        if html is not None:
            _save(html, message.html_body)
        return message

    run(
        work,
        as_json=as_json,
        text=lambda message: _shown(message, channel),
        data=lambda message: message.model_dump(mode="json"),
    )


async def _written(request: DraftRequest, role: Role) -> WrittenMessage:
    from innkeeper.blocks.database.engine import Database
    from innkeeper.blocks.models.chains import ENGINE, chain_of
    from innkeeper.blocks.settings import settings
    from innkeeper.engine.compensation import load_rules
    from innkeeper.tasks.messages.hotel import hotel_of_messages
    from innkeeper.tasks.messages.templates import hotel_templates
    from innkeeper.tasks.messages.writing import write

    known = settings()
    async with Database(known.database_url) as database:
        await database.upgrade()
        hotel = await hotel_of_messages(database, known.hotel_timezone)
        templates = await hotel_templates(database, known.templates_path)
    arguments: dict[str, Any] = {
        "templates": templates,
        "profile": hotel.profile,
        "spender": Spender(flow="write"),
        "now": dt.datetime.now(dt.UTC),
        "role": role,
        "rules": load_rules(known.compensation),
    }
    if chain_of(known, Capability.MESSAGES) == (ENGINE,):
        return await write(request, gateway=None, **arguments)
    return await _with_models(request, known, arguments)


async def _with_models(request: DraftRequest, known: "Settings", arguments: dict[str, Any]) -> WrittenMessage:
    from innkeeper.tasks.gateway import ModelGateway
    from innkeeper.tasks.messages.writing import write

    async with ModelGateway(known) as gateway:
        return await write(request, gateway=gateway, **arguments)


def _save(path: Path, html: str) -> None:
    try:
        path.write_text(html, encoding="utf-8")
    except OSError as error:
        raise InputInvalid(f"{path} cannot be written: {error.strerror}") from None


def _shown(message: WrittenMessage, channel: MessageChannel) -> str:
    lines = [message.chat] if channel is MessageChannel.CHAT else [f"Subject: {message.subject}", "", message.body]
    told = [f"  needs approval: {message.needs_approval}"] if message.needs_approval else []
    told += [f"  note: {warning}" for warning in message.warnings]
    told += [f"  {each.link}: {each.outcome}, its words are not used: {each.detail}" for each in message.attempts]
    told.append(
        f"  {message.template} {message.template_version}, {message.model}, {message.generation_time_ms:.0f} ms"
    )
    return "\n".join([*lines, "", *told])
