"""Conversations in the database: whose they are, whose turn it is, and what was said."""

import base64
import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.conversation_models import ConversationMessageRow, ConversationRow
from innkeeper.blocks.database.conversation_statements import ADVANCE, READ, SAY, TAKE
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.errors import ConversationNotFound

_UNNAMED = ""  # whoever reads a row's owner needs its role, not the name of the key


@dataclass(frozen=True)
class SaidMessage:
    """A question (role `user`) or an answer (role `assistant`); `about` is the focus after a question, as JSON."""

    seq: int
    role: str
    text: str
    about: dict[str, Any]


@dataclass(frozen=True)
class StoredConversation:
    """
    A row of `conversations`.

    Attributes:
        next_seq: Number of the next message; grows with every turn, so that it tells two states apart.
        thread: `next_thread` over all that was said.
    """

    id: str
    owner: Principal
    created_at: dt.datetime
    focus: dict[str, Any]
    summary: str
    message_count: int
    next_seq: int
    thread: str


@dataclass(frozen=True)
class SaidTurn:
    """What one turn adds; the texts are as the database takes them (`storable`)."""

    question: str
    answer: str
    about: dict[str, Any]
    at: dt.datetime
    expires_at: dt.datetime


def new_conversation_id() -> str:
    """An id that nobody can guess: `conv_` and 26 letters and digits."""
    return f"conv_{random_name()}"


def random_name() -> str:
    """26 letters and digits, of 130 random bits."""
    return base64.b32encode(secrets.token_bytes(17)).decode().lower()[:26]


def first_thread(owner: Principal) -> str:
    """The thread of a conversation of `owner` in which nothing was said yet."""
    return _digest(owner.key_id, owner.role.value, owner.guest or "")


def next_thread(thread: str, question: str, answer: str) -> str:
    """
    The thread after one more turn: 64 hex digits.

    Two clients that heard the same from us have the same thread, so a chat client that sends back all that was said,
    and no id, finds its conversation. White space does not matter.
    """
    return _digest(thread, " ".join(question.split()), " ".join(answer.split()))


def storable(text: str) -> str:
    """`text` without what PostgreSQL refuses: NUL, and halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


async def take_turn(
    session: AsyncSession,
    conversation_id: str,
    owner: Principal,
    *,
    turn_id: str,
    now: dt.datetime,
    until: dt.datetime,
    expires_at: dt.datetime,
) -> StoredConversation | None:
    """
    Get the conversation, or begin it, and take the turn in it.

    Args:
        session: From `Database.writing()`.
        conversation_id: Any; a new one begins a conversation.
        owner: Whose it is, in the role that asks.
        turn_id: Who takes the turn.
        now: Aware.
        until: Until when the turn is held unless it is renewed.
        expires_at: When the conversation expires if nothing more is said.

    Returns:
        None while another process has the turn.

    Raises:
        ConversationNotFound: It is somebody else's.
    """
    values: dict[str, Any] = {
        "id": conversation_id,
        "owner": owner.key_id,
        "role": owner.role.value,
        "guest": owner.guest,
        "created_at": now,
        "last_used_at": now,
        "expires_at": expires_at,
        "focus": {},
        "summary": "",
        "message_count": 0,
        "next_seq": 1,
        "thread": first_thread(owner),
        "turn_id": turn_id,
        "turn_until": until,
        "now": now,
    }
    statement = TAKE[session.get_bind().dialect.name]
    connection = await session.connection()
    row = (await connection.execute(statement, values)).one_or_none()
    if row is not None:
        return _stored(row)
    there = (await connection.execute(READ, {"wanted": conversation_id})).one_or_none()
    if there is not None and there.expires_at <= now:
        await delete_conversation(session, conversation_id)
        return _stored((await connection.execute(statement, values)).one())
    if there is not None and (there.owner, there.role, there.guest) != (owner.key_id, owner.role.value, owner.guest):
        raise ConversationNotFound
    return None


async def renew_turn(session: AsyncSession, conversation_id: str, turn_id: str, until: dt.datetime | None) -> None:
    """Hold the turn until `until`, or give it back when that is none; nothing happens when it was lost."""
    held = update(ConversationRow).where(ConversationRow.id == conversation_id, ConversationRow.turn_id == turn_id)
    await session.execute(
        held.values(turn_until=until) if until is not None else held.values(turn_id=None, turn_until=None)
    )


async def add_turn(session: AsyncSession, conversation: StoredConversation, turn_id: str, turn: SaidTurn) -> int | None:
    """
    Write a question and its answer, and give the turn back.

    Returns:
        How many messages the conversation has now; none when it was deleted meanwhile, and then nothing is written.
    """
    connection = await session.connection()
    thread = next_thread(conversation.thread, turn.question, turn.answer)
    written = {
        "wanted": conversation.id,
        "wanted_created_at": conversation.created_at,
        "wanted_seq": conversation.next_seq,
        "wanted_turn": turn_id,
        "to_focus": turn.about,
        "to_thread": thread,
        "to_last_used_at": turn.at,
        "to_expires_at": turn.expires_at,
    }
    count = (await connection.execute(ADVANCE, written)).scalar_one_or_none()
    if count is None:
        return await _added_late(session, conversation, turn_id, turn)
    said = {"conversation_id": conversation.id, "at": turn.at}
    asked = {"seq": conversation.next_seq, "role": "user", "text": turn.question, "about": turn.about, "thread": None}
    told = {"seq": conversation.next_seq + 1, "role": "assistant", "text": turn.answer, "about": {}, "thread": thread}
    await connection.execute(SAY, [said | asked, said | told])
    return int(count)


async def _added_late(
    session: AsyncSession, conversation: StoredConversation, turn_id: str, turn: SaidTurn
) -> int | None:
    """The same after the turn was lost to somebody who said something meanwhile: it comes after theirs."""
    connection = await session.connection()
    row = (await connection.execute(READ, {"wanted": conversation.id})).one_or_none()
    if row is None or row.created_at != conversation.created_at:
        return None
    return await add_turn(session, _stored(row), turn_id, turn)


async def messages_of(session: AsyncSession, conversation_id: str, limit: int | None = None) -> list[SaidMessage]:
    """What was said, oldest first; the first `limit` messages, or all that are kept."""
    columns = (
        ConversationMessageRow.seq,
        ConversationMessageRow.role,
        ConversationMessageRow.text,
        ConversationMessageRow.about,
    )
    query = select(*columns).where(ConversationMessageRow.conversation_id == conversation_id)
    rows = await session.execute(query.order_by(ConversationMessageRow.seq).limit(limit))
    return [SaidMessage(row.seq, row.role, row.text, row.about) for row in rows]


async def fold_messages(session: AsyncSession, conversation_id: str, before_seq: int, summary: str) -> None:
    """Delete the messages before `before_seq`, of which `summary` is all that stays."""
    old = ConversationMessageRow.seq < before_seq
    gone = await session.execute(
        delete(ConversationMessageRow).where(ConversationMessageRow.conversation_id == conversation_id, old)
    )
    count = gone.rowcount if isinstance(gone, CursorResult) else 0
    await session.execute(
        update(ConversationRow)
        .where(ConversationRow.id == conversation_id)
        .values(summary=summary, message_count=ConversationRow.message_count - count)
    )


async def find_conversation(
    session: AsyncSession, conversation_id: str, principal: Principal, now: dt.datetime
) -> StoredConversation:
    """
    The conversation, for a principal who may be its owner.

    Raises:
        ConversationNotFound: There is none, it has expired, or it is somebody else's.
    """
    row = await session.get(ConversationRow, conversation_id)
    if row is None or row.expires_at <= now or not principal.may_be(_owner(row)):
        raise ConversationNotFound
    return _stored(row)


async def find_thread(session: AsyncSession, thread: str, owner: Principal, now: dt.datetime) -> str | None:
    """Id of the conversation of `owner` in which exactly this was said, the one used last if there are several."""
    query = (
        select(ConversationRow.id)
        .join(ConversationMessageRow, ConversationMessageRow.conversation_id == ConversationRow.id)
        .where(
            ConversationMessageRow.thread == thread,
            ConversationRow.owner == owner.key_id,
            ConversationRow.role == owner.role.value,
            ConversationRow.guest.is_not_distinct_from(owner.guest),
            ConversationRow.expires_at > now,
        )
        .order_by(ConversationRow.last_used_at.desc())
        .limit(1)
    )
    return await session.scalar(query)


async def delete_conversation(session: AsyncSession, conversation_id: str) -> int:
    """Delete the conversation with all that was said; how many messages that were."""
    said = delete(ConversationMessageRow).where(ConversationMessageRow.conversation_id == conversation_id)
    gone = await session.execute(said)
    await session.execute(delete(ConversationRow).where(ConversationRow.id == conversation_id))
    return gone.rowcount if isinstance(gone, CursorResult) else 0


async def delete_expired(session: AsyncSession, now: dt.datetime) -> list[str]:
    """Delete the conversations that expired; their ids."""
    ids = await session.scalars(
        delete(ConversationRow).where(ConversationRow.expires_at <= now).returning(ConversationRow.id)
    )
    return list(ids)


async def conversations_of_guest(session: AsyncSession, guest: str) -> Sequence[str]:
    """Ids of the conversations that somebody had as `guest`, or for them."""
    return (await session.scalars(select(ConversationRow.id).where(ConversationRow.guest == guest))).all()


def _owner(row: Any) -> Principal:
    return Principal(key_id=row.owner, name=_UNNAMED, role=Role(row.role), guest=row.guest)


def _stored(row: Any) -> StoredConversation:
    return StoredConversation(
        id=row.id,
        owner=_owner(row),
        created_at=row.created_at,
        focus=row.focus,
        summary=row.summary,
        message_count=row.message_count,
        next_seq=row.next_seq,
        thread=row.thread,
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
