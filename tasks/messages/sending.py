"""Sends messages of the outbox: at least once, one sender at a time, again after a pause when it may help."""

import datetime as dt
from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import uuid4

from prefect.blocks.core import Block
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.channels.chat import ChatService
from innkeeper.blocks.channels.files import MessageFolder
from innkeeper.blocks.channels.smtp import SmtpServer
from innkeeper.blocks.database import outbox
from innkeeper.blocks.database.consents import consent_of, promotions_since
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.settings import Settings
from innkeeper.engine.consent import PromotionVerdict, check_promotion
from innkeeper.schemas.errors import NotConfigured, PermanentError, TransientError
from innkeeper.schemas.messages import MessageChannel, MessageKind
from innkeeper.schemas.outbox import Receipt, StoredMessage
from innkeeper.tasks.messages.outbox import PromotionPolicy
from innkeeper.tasks.policies import LONGEST_WAIT_S, run_step, step

# Longer than one attempt with what Prefect waits before it; each attempt renews it.
LEASE = dt.timedelta(seconds=LONGEST_WAIT_S + 180)
PAUSES_MINUTES = (1, 5, 15, 60, 180, 360, 720)  # between the times that a message is taken up: a day in all
B = TypeVar("B", bound=Block)


class Channel(Protocol):
    """What takes a message: a server, a service or a folder."""

    async def send(self, message: StoredMessage) -> Receipt:
        """Hand the message over; raises a `TransientError` or a `PermanentError`."""


@dataclass(frozen=True)
class Channels:
    """The ways to guests, and what promotions have to keep to."""

    email: Channel
    chat: Channel
    promotions: PromotionPolicy

    def of(self, channel: MessageChannel) -> Channel:
        """The way of one kind of message."""
        return self.email if channel is MessageChannel.EMAIL else self.chat


async def open_channels(
    settings: Settings, *, timezone: str | None = None, mail_server: str | None = None, chat_service: str | None = None
) -> Channels:
    """
    The channels that blocks or settings name; a folder for what neither names.

    Args:
        settings: Of the process.
        timezone: The hotel's own.
        mail_server: Name of an SMTP Server block.
        chat_service: Name of a Chat Service block.

    Raises:
        NotConfigured: There is no such block, or a setting cannot be used.
    """
    folder = MessageFolder.of(settings)
    mail = await _named(SmtpServer, mail_server) if mail_server else SmtpServer.of(settings)
    chat = await _named(ChatService, chat_service) if chat_service else ChatService.of(settings)
    return Channels(mail or folder, chat or folder, PromotionPolicy.of(settings, timezone))


async def _named(kind: type[B], name: str) -> B:
    slug = kind.get_block_type_slug()
    try:
        loaded: B = await kind.aload(name.removeprefix(f"{slug}/"))
    except ValueError:
        raise NotConfigured(
            f"there is no {kind.get_block_type_name()} block {name!r}; create it, or leave the name empty"
        ) from None
    return loaded


async def send_message(database: Database, channels: Channels, message_id: str) -> StoredMessage:
    """
    Send a message, if it is due and nobody else is sending it.

    A failure that may pass lets it wait for a later sweep of the outbox; any other ends it as `failed`.

    Returns:
        The message as it is now: its `status` says what became of it.

    Raises:
        NotFound: There is no such message.
        DatabaseUnavailable: The outbox cannot be read or written.
    """
    holder = uuid4().hex
    claimed = await run_step(take_up, database, channels.promotions, message_id, holder)
    if claimed is not None:
        try:
            receipt = await run_step(deliver, database, channels, claimed, holder)
        except (TransientError, PermanentError) as error:
            await run_step(note_failure, database, claimed, holder, error)
        else:
            if receipt is not None:
                await run_step(note_delivery, database, message_id, receipt)
    return await run_step(look_up, database, message_id)


@step(run_name="take-up-message")
async def take_up(
    database: Database, promotions: PromotionPolicy, message_id: str, holder: str
) -> StoredMessage | None:
    """Claim the message; none when it is not to be sent now, and then its row says why."""
    now = dt.datetime.now(dt.UTC)
    async with database.writing() as session:
        claimed = await outbox.claim_message(session, message_id, holder, now=now, until=now + LEASE)
        if claimed is None:
            return None
        verdict = await _verdict(session, claimed, promotions, now)
        if verdict.refused is not None:
            await outbox.give_up(session, message_id, holder, verdict.refused)
        elif verdict.not_before is not None:
            await outbox.put_back(session, message_id, holder, next_attempt_at=verdict.not_before, is_attempt=False)
        else:
            return claimed
    return None


async def _verdict(
    session: AsyncSession, message: StoredMessage, promotions: PromotionPolicy, now: dt.datetime
) -> PromotionVerdict:
    """What speaks against sending it now."""
    if message.window_expires_at is not None and message.window_expires_at <= now:
        return PromotionVerdict("the channel takes no more messages to this guest: its window is over")
    if message.attempts > len(PAUSES_MINUTES) + 1:
        return PromotionVerdict("every sender that took it up broke off")
    if message.kind is not MessageKind.PROMOTIONAL_OFFER:
        return PromotionVerdict()
    address = outbox.address_hash(message.channel, message.recipient)
    since = now - dt.timedelta(days=promotions.rules.days)
    return check_promotion(  # again: consent may have been withdrawn since it was written
        has_consent=await consent_of(session, address),
        sent_at=await promotions_since(session, address, since, besides=message.id),
        now=now,
        zone=promotions.zone,
        rules=promotions.rules,
    )


@step(run_name="deliver-message")
async def deliver(database: Database, channels: Channels, message: StoredMessage, holder: str) -> Receipt | None:
    """Hand the message to its channel; none when another sender took it up meanwhile."""
    async with database.writing() as session:
        if not await outbox.renew_lease(session, message.id, holder, dt.datetime.now(dt.UTC) + LEASE):
            return None
    return await channels.of(message.channel).send(message)


@step(run_name="note-delivery")
async def note_delivery(database: Database, message_id: str, receipt: Receipt) -> None:
    """Write down that the message went out."""
    async with database.writing() as session:
        await outbox.mark_delivered(session, message_id, receipt, dt.datetime.now(dt.UTC))


@step(run_name="note-failure")
async def note_failure(
    database: Database, message: StoredMessage, holder: str, error: TransientError | PermanentError
) -> None:
    """Let the message wait when a later attempt may succeed, or an operator has to set something; else give it up."""
    passing = isinstance(error, TransientError | NotConfigured) and message.attempts <= len(PAUSES_MINUTES)
    async with database.writing() as session:
        if passing:
            pause = dt.timedelta(minutes=PAUSES_MINUTES[max(0, message.attempts - 1)])
            asked = dt.timedelta(seconds=getattr(error, "retry_after_s", None) or 0)
            later = dt.datetime.now(dt.UTC) + max(pause, min(asked, dt.timedelta(days=1)))
            await outbox.put_back(session, message.id, holder, next_attempt_at=later, problem=str(error))
        else:
            await outbox.give_up(session, message.id, holder, str(error))


@step(run_name="look-up-message")
async def look_up(database: Database, message_id: str) -> StoredMessage:
    """The message as it is now."""
    async with database.reading() as session:
        return await outbox.find_message(session, message_id)


@step(run_name="find-due-messages")
async def find_due(database: Database, limit: int) -> list[str]:
    """Ids of the messages whose time has come, oldest first."""
    async with database.reading() as session:
        return list(await outbox.due_messages(session, dt.datetime.now(dt.UTC), limit))
