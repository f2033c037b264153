"""The tables of messages to guests: the outbox, approvals, and who agreed to promotions."""

import datetime as dt

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from innkeeper.blocks.database.models import Base


class OutboxRow(Base):
    """A message to a guest; its texts and `recipient` are guest data, and go when the guest is erased."""

    __tablename__ = "outbox"
    __table_args__ = (Index(None, "status", "next_attempt_at"), Index(None, "address_hash", "kind"))

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(10))
    channel: Mapped[str] = mapped_column(String(20))
    recipient: Mapped[str] = mapped_column(String(254))
    address_hash: Mapped[str] = mapped_column(String(64))  # `outbox.address_hash`
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    chat: Mapped[str] = mapped_column(Text)
    template: Mapped[str] = mapped_column(String(120))
    unsubscribe_url: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20))
    attempts: Mapped[int]
    next_attempt_at: Mapped[dt.datetime]
    not_before: Mapped[dt.datetime | None]
    window_expires_at: Mapped[dt.datetime | None]
    lease_holder: Mapped[str | None] = mapped_column(String(40))  # who is sending it just now
    lease_until: Mapped[dt.datetime | None]  # without a sign of life until then, that sender counts as dead
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]
    sent_at: Mapped[dt.datetime | None]
    provider_id: Mapped[str | None] = mapped_column(String(300))
    problem: Mapped[str | None] = mapped_column(String(300))


class ApprovalRow(Base):
    """A question to a person about one thing, such as a message of the outbox, and the answer."""

    __tablename__ = "approvals"
    __table_args__ = (Index(None, "subject_kind", "subject_id"), Index(None, "decision", "requested_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text)
    requested_by: Mapped[str]
    requested_at: Mapped[dt.datetime]
    decided_by: Mapped[str | None]
    decision: Mapped[str | None] = mapped_column(String(20))
    decided_at: Mapped[dt.datetime | None]


class PromotionConsent(Base):
    """Whether somebody wants promotions at an address; the address itself is not kept."""

    __tablename__ = "promotion_consents"

    address_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    is_given: Mapped[bool]
    recorded_at: Mapped[dt.datetime]
    recorded_by: Mapped[str]
