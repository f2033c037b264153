"""The outbox in the database: a message is written once for each key, and sent by one sender at a time."""

import datetime as dt
import hashlib
import secrets
import string
from collections.abc import Sequence
from typing import Any

from sqlalchemy import CursorResult, and_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.outbox_models import OutboxRow
from innkeeper.schemas.errors import Conflict, NotFound
from innkeeper.schemas.messages import MessageChannel
from innkeeper.schemas.outbox import OutboxStatus, OutgoingMessage, Receipt, StoredMessage

_ID_CHARS = string.ascii_lowercase + string.digits
_ERASED = {"recipient": "erased@invalid", "subject": "erased", "body": "erased", "html": "erased", "chat": "erased"}
_MAX_PROBLEM_CHARS = 300
_OPEN = (OutboxStatus.WAITING.value, OutboxStatus.APPROVAL.value)


def address_hash(channel: MessageChannel, recipient: str) -> str:
    """64 hex digits that are the same for one address however it is written."""
    return hashlib.sha256(f"{channel.value}:{recipient.strip().casefold()}".encode()).hexdigest()


async def add_message(
    session: AsyncSession, message: OutgoingMessage, *, needs_approval: bool, now: dt.datetime
) -> tuple[StoredMessage, bool]:
    """
    Write a message, once for each key.

    Args:
        session: From `Database.writing()`.
        message: As it will be sent.
        needs_approval: Whether it waits for a person first.
        now: Aware.

    Returns:
        The message that the key stands for, and whether this call wrote it.

    Raises:
        Conflict: The key stands for another request.
    """
    status = OutboxStatus.APPROVAL if needs_approval else OutboxStatus.WAITING
    values: dict[str, Any] = {name: getattr(message, name) for name in OutgoingMessage.model_fields}
    values |= {name: values[name].value for name in ("kind", "channel")}
    values |= {
        "id": "msg_" + "".join(secrets.choice(_ID_CHARS) for _ in range(26)),
        "address_hash": address_hash(message.channel, message.recipient),
        "status": status.value,
        "attempts": 0,
        "next_attempt_at": max(now, message.not_before or now),
        "created_at": now,
    }
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(OutboxRow).values(values)
    row = await session.scalar(insert.on_conflict_do_nothing(index_elements=["idempotency_key"]).returning(OutboxRow))
    if row is not None:
        return _stored(row), True
    found = await find_by_key(session, message.idempotency_key, message.request_hash)
    if found is None:  # erased between the two statements
        raise Conflict("the message with this idempotency key is being changed; try again")
    return found, False


async def find_by_key(session: AsyncSession, idempotency_key: str, request_hash: str) -> StoredMessage | None:
    """
    The message that an earlier call wrote under the key.

    Raises:
        Conflict: That call asked for something else.
    """
    row = await session.scalar(select(OutboxRow).where(OutboxRow.idempotency_key == idempotency_key))
    if row is not None and row.request_hash != request_hash:
        raise Conflict("this idempotency key was used for another message; take a new key for each message")
    return None if row is None else _stored(row)


async def find_message(session: AsyncSession, message_id: str) -> StoredMessage:
    """The message; raises `NotFound`."""
    row = await session.get(OutboxRow, message_id, populate_existing=True)
    if row is None:
        raise NotFound(f"the outbox has no message {message_id!r}")
    return _stored(row)


async def list_messages(
    session: AsyncSession, status: OutboxStatus | None = None, *, limit: int = 50
) -> list[StoredMessage]:
    """The newest messages, of one status or of all."""
    query = select(OutboxRow).order_by(OutboxRow.created_at.desc(), OutboxRow.id).limit(limit)
    if status is not None:
        query = query.where(OutboxRow.status == status.value)
    return [_stored(row) for row in await session.scalars(query)]


async def due_messages(session: AsyncSession, now: dt.datetime, limit: int) -> Sequence[str]:
    """Ids of messages whose time has come, and of those whose sender died, oldest first."""
    query = select(OutboxRow.id).where(_is_due(now)).order_by(OutboxRow.next_attempt_at, OutboxRow.id).limit(limit)
    return (await session.scalars(query)).all()


async def claim_message(
    session: AsyncSession, message_id: str, holder: str, *, now: dt.datetime, until: dt.datetime
) -> StoredMessage | None:
    """
    Take a message up for sending.

    Args:
        session: From `Database.writing()`.
        message_id: From `due_messages`.
        holder: Who sends it; at most 40 characters, different for each sender.
        now: Aware.
        until: When others may take it for abandoned, unless `renew_lease` says otherwise.

    Returns:
        None when it is not due, or another sender has it.
    """
    claimed = update(OutboxRow).where(OutboxRow.id == message_id, _is_due(now))
    row = await session.scalar(
        claimed.values(
            status=OutboxStatus.SENDING.value,
            attempts=OutboxRow.attempts + 1,
            next_attempt_at=now,
            lease_holder=holder,
            lease_until=until,
        )
        .returning(OutboxRow)
        .execution_options(populate_existing=True)
    )
    return None if row is None else _stored(row)


async def renew_lease(session: AsyncSession, message_id: str, holder: str, until: dt.datetime) -> bool:
    """Hold the message until `until`; false when somebody else took it up, and then it must not be sent."""
    return await _update_held(session, message_id, holder, lease_until=until)


async def mark_delivered(session: AsyncSession, message_id: str, receipt: Receipt, at: dt.datetime) -> None:
    """Note that a channel took the message, whoever is sending it by now: it went out."""
    delivered = update(OutboxRow).where(OutboxRow.id == message_id, OutboxRow.sent_at.is_(None))
    await session.execute(
        delivered.values(
            status=receipt.status.value,
            sent_at=at,
            provider_id=receipt.provider_id,
            problem=None,
            lease_holder=None,
            lease_until=None,
        )
    )


async def put_back(
    session: AsyncSession,
    message_id: str,
    holder: str,
    *,
    next_attempt_at: dt.datetime,
    problem: str | None = None,
    is_attempt: bool = True,
) -> None:
    """
    Let the message wait; nothing happens when somebody else took it up.

    Args:
        session: From `Database.writing()`.
        message_id: Of a message that was claimed.
        holder: Who claimed it.
        next_attempt_at: Aware.
        problem: Why it was not sent.
        is_attempt: False when no channel was asked: then the claim does not count.
    """
    attempts = {} if is_attempt else {"attempts": OutboxRow.attempts - 1}
    await _update_held(
        session,
        message_id,
        holder,
        **attempts,
        status=OutboxStatus.WAITING.value,
        next_attempt_at=next_attempt_at,
        problem=_short(problem),
        lease_holder=None,
        lease_until=None,
    )


async def give_up(session: AsyncSession, message_id: str, holder: str, problem: str) -> None:
    """Mark the message as failed; nothing happens when somebody else took it up."""
    await _update_held(
        session,
        message_id,
        holder,
        status=OutboxStatus.FAILED.value,
        problem=_short(problem),
        lease_holder=None,
        lease_until=None,
    )


async def release_message(session: AsyncSession, message_id: str, now: dt.datetime) -> StoredMessage:
    """Let an approved message go; one that went before stays as it is."""
    await session.execute(_approved(message_id).values(status=OutboxStatus.WAITING.value, next_attempt_at=now))
    return await find_message(session, message_id)


async def reject_message(session: AsyncSession, message_id: str) -> StoredMessage:
    """Never send a message that waits for approval."""
    await session.execute(_approved(message_id).values(status=OutboxStatus.REJECTED.value))
    return await find_message(session, message_id)


async def forget_recipient(session: AsyncSession, channel: MessageChannel, recipient: str) -> int:
    """Delete what the messages to an address say and where they went; those that wait are rejected. How many."""
    theirs = OutboxRow.address_hash == address_hash(channel, recipient)
    waiting = update(OutboxRow).where(theirs, OutboxRow.status.in_(_OPEN))
    await session.execute(waiting.values(status=OutboxStatus.REJECTED.value))
    erased = update(OutboxRow).where(theirs, OutboxRow.recipient != _ERASED["recipient"])
    done = await session.execute(erased.values(**_ERASED, unsubscribe_url=None, problem=None))
    return done.rowcount if isinstance(done, CursorResult) else 0


def _is_due(now: dt.datetime) -> Any:
    waits = and_(OutboxRow.status == OutboxStatus.WAITING.value, OutboxRow.next_attempt_at <= now)
    abandoned = and_(OutboxRow.status == OutboxStatus.SENDING.value, OutboxRow.lease_until <= now)
    return or_(waits, abandoned)


def _approved(message_id: str) -> Any:
    return update(OutboxRow).where(OutboxRow.id == message_id, OutboxRow.status == OutboxStatus.APPROVAL.value)


async def _update_held(session: AsyncSession, message_id: str, holder: str, **values: Any) -> bool:
    held = (OutboxRow.id == message_id) & (OutboxRow.lease_holder == holder)
    sending = held & (OutboxRow.status == OutboxStatus.SENDING.value)
    row = await session.scalar(update(OutboxRow).where(sending).values(**values).returning(OutboxRow.id))
    return row is not None


def _short(problem: str | None) -> str | None:
    return None if problem is None else problem[:_MAX_PROBLEM_CHARS]


def _stored(row: OutboxRow) -> StoredMessage:
    return StoredMessage.model_validate({name: getattr(row, name) for name in StoredMessage.model_fields})
