"""Actions that send a message to a guest: through the outbox, once for each step."""

import datetime as dt
from typing import Any, cast

from innkeeper.blocks.settings import Settings
from innkeeper.engine.planning.wording_questions import which_address
from innkeeper.schemas.actions import ActionName, SendEmailArguments, SendGuestMessageArguments
from innkeeper.schemas.errors import InputInvalid, PermanentError
from innkeeper.schemas.messages import DraftRequest, MessageChannel, MessageKind, WrittenMessage
from innkeeper.schemas.outbox import OutboxStatus, StoredMessage
from innkeeper.schemas.tools import BookingFacts
from innkeeper.tasks.execution.actions_writing import BOOKING, REQUEST, WRITTEN, kept_of, written_message
from innkeeper.tasks.execution.guests import guest_of
from innkeeper.tasks.execution.job import Done, Job, NeedsAnswer
from innkeeper.tasks.messages.hotel import hotel_of_messages
from innkeeper.tasks.messages.outbox import Order, PromotionPolicy, outgoing, promotion_time, store_message
from innkeeper.tasks.messages.sending import open_channels, send_message
from innkeeper.tasks.policies import run_step

MESSAGE_ID = "message_id"  # in `StoredStep.kept`
_GONE = frozenset({OutboxStatus.SENT, OutboxStatus.WRITTEN})
_LOST = frozenset({OutboxStatus.FAILED, OutboxStatus.REJECTED})


async def send_email(job: Job) -> Done:
    """
    Send what an earlier step wrote, to the booking's address unless another one was given.

    Raises:
        NeedsAnswer: There is no address.
    """
    asked = cast(SendEmailArguments, job.arguments)
    draft = draft_of(job, asked.draft)
    recipient = asked.recipient or booking_of(draft).email
    if not recipient:
        raise NeedsAnswer(which_address(job.plan_step, job.telling))
    return await _sent(job, draft, MessageChannel.EMAIL, recipient)


async def send_guest_message(job: Job) -> Done:
    """
    Send a short message: what an earlier step wrote, or one of a kind that has a template.

    Raises:
        NeedsAnswer: Whom it is for, or something that it has to say, is not known.
    """
    asked = cast(SendGuestMessageArguments, job.arguments)
    draft = draft_of(job, asked.draft) if asked.draft else await _written(job, asked)
    booking = booking_of(draft)
    reached = booking.phone or booking.email or booking.booking_id
    if asked.channel is MessageChannel.EMAIL:
        reached = booking.email
    if not reached:
        raise NeedsAnswer(which_address(job.plan_step, job.telling))
    return await _sent(job, draft, asked.channel, "".join(reached.split()))


async def _written(job: Job, asked: SendGuestMessageArguments) -> dict[str, Any]:
    booking = await guest_of(job)
    kind = asked.kind or MessageKind.REQUEST_RECEIVED
    request, written = await written_message(job, kind, booking, asked.variables, asked.language, None, asked.channel)
    return kept_of(booking, request, written)


def draft_of(job: Job, number: int) -> dict[str, Any]:
    """What the step that wrote a message kept of it."""
    kept = job.earlier[number].kept
    if WRITTEN not in kept:
        raise InputInvalid(f"step {number} has no draft that can be sent; it was skipped or discarded")
    return kept


def booking_of(draft: dict[str, Any]) -> BookingFacts:
    """Of whom a draft is about."""
    return BookingFacts.model_validate(draft[BOOKING])


async def _sent(job: Job, draft: dict[str, Any], channel: MessageChannel, recipient: str) -> Done:
    services, settings = job.services, job.services.settings
    request = DraftRequest.model_validate(draft[REQUEST]).model_copy(update={"channel": channel})
    written = WrittenMessage.model_validate(draft[WRITTEN])
    timezone = (await hotel_of_messages(services.database, settings.hotel_timezone)).profile.timezone
    channels = await open_channels(settings, timezone=timezone)
    now = dt.datetime.now(dt.UTC)
    not_before = await _not_before(settings, timezone, job, request, recipient, now)
    order = Order(recipient, job.stored.key, job.task.who)
    # Whoever had to see it has seen it: the task waits for approvals, not the outbox.
    stored = await run_step(store_message, services.database, outgoing(written, request, order, not_before), None, now)
    message = stored.message
    if message.status is OutboxStatus.WAITING:
        message = await send_message(services.database, channels, message.id)
    return _done(message)


async def _not_before(
    settings: Settings, timezone: str | None, job: Job, request: DraftRequest, recipient: str, now: dt.datetime
) -> dt.datetime | None:
    policy = PromotionPolicy.of(settings, timezone)
    return await run_step(promotion_time, job.services.database, request, recipient, policy, now)


def _done(message: StoredMessage) -> Done:
    if message.status in _LOST:
        raise PermanentError(message.problem or "the message was not sent")
    facts = {
        "sent": message.status in _GONE,
        "email_id": message.id,
        "recipient": message.recipient,
        "status": message.status.value,
    }
    return Done(facts, {MESSAGE_ID: message.id})


SENDINGS = {ActionName.SEND_EMAIL: send_email, ActionName.SEND_GUEST_MESSAGE: send_guest_message}
