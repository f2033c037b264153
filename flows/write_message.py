"""Write a message to a guest, once, and send it; or leave it to a person who has to see it first."""

import datetime as dt
from typing import Annotated, Any
from uuid import uuid4

from prefect import Flow, flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.context import FlowRunContext
from pydantic import Field, ValidationError

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.settings import settings
from innkeeper.engine.compensation import load_rules
from innkeeper.schemas.access import Role
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.messages import DraftRequest, MessageChannel, MessageKind, MessageLanguage, Tone, WrittenMessage
from innkeeper.schemas.outbox import MessageReport, OutboxStatus
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.messages.announcing import announce, message_report, report_row
from innkeeper.tasks.messages.hotel import HotelOfMessages, hotel_of_messages
from innkeeper.tasks.messages.outbox import (
    Order,
    PromotionPolicy,
    StoredDraft,
    check_order,
    find_written,
    outgoing,
    promotion_time,
    store_message,
)
from innkeeper.tasks.messages.sending import open_channels, send_message
from innkeeper.tasks.messages.templates import hotel_templates
from innkeeper.tasks.messages.writing import write
from innkeeper.tasks.models import forget_answers
from innkeeper.tasks.policies import run_step
from innkeeper.tasks.publishing import publish_cost, publish_markdown, publish_table
from innkeeper.tasks.spenders import current_spender
from innkeeper.tasks.work_orders import hotel_database

_FLOW = "write-message"
_EARLIER = "earlier"  # whose words a message has that an earlier run wrote is in that run


async def forget_guest(  # the parameters have the names that Prefect gives them
    flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]
) -> None:
    """Once a run has succeeded, take what it was told about the guest out of its stored parameters."""
    async with get_client() as client:
        kept = flow_run.parameters | {"variables": {}, "recipient": "removed after the run"}
        await client.update_flow_run(flow_run.id, parameters=kept)


@flow(
    name=_FLOW,
    on_completion=[forget_guest, forget_answers],
    validate_parameters=False,  # Prefect's own validation would log the guest's data when another parameter is wrong
    persist_result=False,
)
async def write_message(
    kind: MessageKind,
    variables: dict[str, Any],
    recipient: Annotated[str, Field(min_length=1, max_length=254)],
    language: MessageLanguage = "vi",
    tone: Tone | None = None,
    channel: MessageChannel = MessageChannel.EMAIL,
    role: Role = Role.RECEPTIONIST,
    idempotency_key: Annotated[str, Field(max_length=200)] = "",
    requested_by: Annotated[str, Field(min_length=1, max_length=200)] = "flow:write-message",
    window_expires_at: dt.datetime | None = None,
    mail_server: str | None = None,
    chat_service: str | None = None,
    show_text: bool = False,
    database: str | None = None,
) -> MessageReport:
    """
    Write a message, store it in the outbox and send it.

    A message that offers more than the role may is left for a manager (`innkeeper approvals list`), and this run ends
    with the status `approval`.

    Args:
        kind: What the message is for.
        variables: What it says, as its kind asks for. Prefect keeps them until the run has succeeded.
        recipient: An e-mail address, or the guest's id in the chat channel; kept as long.
        language: Of the message.
        tone: In which words; the kind's own when empty.
        channel: By e-mail, or as the short form in chat.
        role: Whose message it is; how much it may offer depends on it.
        idempotency_key: Two runs with one key are one message; the run's own id when empty.
        requested_by: Who asks, as the audit log names a principal; the same principal cannot approve it.
        window_expires_at: When the channel stops taking messages to this guest.
        mail_server: Name of an SMTP Server block; the settings' server, or else a folder, when empty.
        chat_service: Name of a Chat Service block; the settings' service, or else a folder, when empty.
        show_text: Show the message in Prefect as an artifact. It holds the guest's data, and stays until it is deleted.
        database: Name of a Hotel Database block; the database of the settings when empty.
    """
    request = _request(kind=kind, variables=variables, language=language, tone=tone, channel=channel)
    key = idempotency_key or f"{_FLOW}:{_run_id()}"
    order = Order(recipient, key, requested_by, _aware(window_expires_at))
    async with hotel_database(database) as hotel:
        known = await hotel_of_messages(hotel, settings().hotel_timezone)
        # a channel that cannot work is said before a model is paid
        channels = await open_channels(
            settings(), timezone=known.profile.timezone, mail_server=mail_server, chat_service=chat_service
        )
        draft, model, warnings = await _drafted(hotel, known, request, order, Role(role))
        message = draft.message
        if message.status is OutboxStatus.WAITING:
            message = await send_message(hotel, channels, message.id)
    report = message_report(draft, message, model, warnings)
    announce(message, report.approval_id)
    if show_text:
        await publish_markdown("message-text", f"**{message.subject}**\n\n{message.body}", "As the guest gets it.")
    await publish_table("message", [report_row(report)], "One message; its words are in the outbox only.")
    return report


async def _drafted(
    hotel: Database, known: HotelOfMessages, request: DraftRequest, order: Order, role: Role
) -> tuple[StoredDraft, str, tuple[str, ...]]:
    """The stored message, whose words it has, and what to know about them."""
    found = await run_step(find_written, hotel, request, order)
    if found is not None:
        return found, _EARLIER, ()
    check_order(request, order)
    now = dt.datetime.now(dt.UTC)
    policy = PromotionPolicy.of(settings(), known.profile.timezone)
    not_before = await run_step(promotion_time, hotel, request, order.recipient, policy, now)
    written = await _written(hotel, known, request, role, now)
    message = outgoing(written, request, order, not_before)
    draft = await run_step(store_message, hotel, message, written.needs_approval, now)
    return draft, written.model, written.warnings


async def _written(
    hotel: Database, known: HotelOfMessages, request: DraftRequest, role: Role, now: dt.datetime
) -> WrittenMessage:
    async with ModelGateway(settings()) as gateway:
        written = await write(
            request,
            templates=await hotel_templates(hotel, settings().templates_path),
            profile=known.profile,
            gateway=gateway,
            spender=current_spender(_FLOW),
            now=now,
            role=role,
            rules=load_rules(settings().compensation),
        )
        await publish_cost(gateway)
    return written


def _request(**fields: Any) -> DraftRequest:
    try:
        return DraftRequest.model_validate(fields)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise InputInvalid(f"The message cannot be written: {'; '.join(problems)}", problems=problems) from None


def _aware(time: dt.datetime | str | None) -> dt.datetime | None:
    """A time of the run form, which is a text there; one without a zone is in the hotel's."""
    if time is None or time == "":
        return None
    try:
        read = time if isinstance(time, dt.datetime) else dt.datetime.fromisoformat(time)
    except ValueError:
        raise InputInvalid("window_expires_at is no time such as 2026-01-17T20:00:00+07:00") from None
    return read if read.tzinfo else read.replace(tzinfo=settings().zone)


def _run_id() -> str:
    context = FlowRunContext.get()
    return str(context.flow_run.id) if context and context.flow_run else uuid4().hex
