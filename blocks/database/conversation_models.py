"""The tables of conversations with the assistant, and of what was said in them."""

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from innkeeper.blocks.database.models import Base


class ConversationRow(Base):
    """A conversation; it belongs to one principal in one role, and ends when nobody used it for long enough."""

    __tablename__ = "conversations"
    __table_args__ = (Index(None, "expires_at"),)

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    owner: Mapped[str]  # key_id of the principal
    role: Mapped[str] = mapped_column(String(20))
    guest: Mapped[str | None] = mapped_column(String(254))
    created_at: Mapped[dt.datetime]
    last_used_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    focus: Mapped[dict[str, Any]]
    summary: Mapped[str] = mapped_column(Text)  # of messages that were deleted because there were too many
    message_count: Mapped[int]
    next_seq: Mapped[int]
    thread: Mapped[str] = mapped_column(String(64))  # `conversations.next_thread` over all that was said
    turn_id: Mapped[str | None] = mapped_column(String(40))  # who is answering in it just now
    turn_until: Mapped[dt.datetime | None]  # without a sign of life until then, that process counts as dead


class ConversationMessageRow(Base):
    """A question (role `user`) or an answer (role `assistant`)."""

    __tablename__ = "conversation_messages"
    __table_args__ = (Index(None, "thread"),)

    conversation_id: Mapped[str] = mapped_column(
        String(80), ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    )
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    role: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[dt.datetime]
    about: Mapped[dict[str, Any]]  # of a question: the conversation's focus after it
    thread: Mapped[str | None] = mapped_column(String(64))  # of an answer: the conversation's up to here
