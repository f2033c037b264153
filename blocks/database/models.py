"""The tables. `migrations/` creates them; a test compares the two."""

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Double, ForeignKey, Index, MetaData, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from innkeeper.blocks.database.types import Json, Money, NanoUsd, UtcDateTime

NAMING = {  # named constraints can be altered by a later migration, on both databases
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """All tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy's own way to declare it
        dt.datetime: UtcDateTime(),
        Decimal: Money(),
        dict[str, Any]: Json,
        str: String(200),
    }


class Hotel(Base):
    """A hotel. The one that was imported last is the one in use."""

    __tablename__ = "hotels"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    timezone: Mapped[str | None] = mapped_column(String(64))  # none: the setting INNKEEPER_HOTEL_TIMEZONE
    currency: Mapped[str] = mapped_column(String(3))
    snapshot_date: Mapped[dt.date | None]
    profile: Mapped[dict[str, Any]]  # everything else that the file says about the hotel
    imported_at: Mapped[dt.datetime]


class Room(Base):
    """A room and its state."""

    __tablename__ = "rooms"
    __table_args__ = (UniqueConstraint("hotel_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    hotel_id: Mapped[int] = mapped_column(ForeignKey("hotels.id", ondelete="CASCADE"))
    number: Mapped[str] = mapped_column(String(12))
    floor: Mapped[int | None]
    type: Mapped[str] = mapped_column(String(60))
    status: Mapped[str] = mapped_column(String(20))
    ready_for_guest: Mapped[bool]
    note: Mapped[str | None] = mapped_column(Text)


class Guest(Base):
    """A person with a booking; the only table with names and addresses, so that a guest can be erased."""

    __tablename__ = "guests"
    __table_args__ = (UniqueConstraint("hotel_id", "identity"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    hotel_id: Mapped[int] = mapped_column(ForeignKey("hotels.id", ondelete="CASCADE"))
    identity: Mapped[str] = mapped_column(
        String(64)
    )  # hash of name and e-mail or phone: the same person in the next import
    name: Mapped[str]
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(40))


class Booking(Base):
    """A stay, from the afternoon of `check_in_date` to `check_out_date`."""

    __tablename__ = "bookings"
    __table_args__ = (
        UniqueConstraint("hotel_id", "booking_id"),
        CheckConstraint("check_out_date > check_in_date", name="dates_in_order"),
        Index(None, "hotel_id", "check_in_date", "check_out_date"),
        Index(None, "guest_id"),
        Index(None, "room_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    hotel_id: Mapped[int] = mapped_column(ForeignKey("hotels.id", ondelete="CASCADE"))
    booking_id: Mapped[str] = mapped_column(String(64))
    guest_id: Mapped[int | None] = mapped_column(ForeignKey("guests.id", ondelete="SET NULL"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id", ondelete="SET NULL"))
    room_type: Mapped[str | None] = mapped_column(String(60))
    check_in_date: Mapped[dt.date]
    check_out_date: Mapped[dt.date]
    check_out_time: Mapped[dt.time | None]
    status: Mapped[str] = mapped_column(String(20))
    total_amount: Mapped[Decimal | None]
    currency: Mapped[str] = mapped_column(String(3))
    special_requests: Mapped[str | None] = mapped_column(Text)


class Rate(Base):
    """The price of one night in a room of `room_type`, in Vietnamese dong."""

    __tablename__ = "rates"
    __table_args__ = (UniqueConstraint("hotel_id", "room_type", "date"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    hotel_id: Mapped[int] = mapped_column(ForeignKey("hotels.id", ondelete="CASCADE"))
    room_type: Mapped[str] = mapped_column(String(60))
    date: Mapped[dt.date]
    price_vnd: Mapped[Decimal]


class WorkOrder(Base):
    """A request that a team has to fulfil (`schemas.work_orders.StoredWorkOrder`). Never the guest's message."""

    __tablename__ = "work_orders"
    __table_args__ = (UniqueConstraint("message_id", "subcategory"), Index(None, "team", "batch_id", "status"))

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str]
    subcategory: Mapped[str] = mapped_column(String(60))
    category: Mapped[str] = mapped_column(String(60))
    team: Mapped[str] = mapped_column(String(60))
    workflow_id: Mapped[str] = mapped_column(String(60))
    priority: Mapped[str] = mapped_column(String(20))
    room_number: Mapped[str | None] = mapped_column(String(12))
    guest_id: Mapped[str | None]  # as the channel gave it; a guest need not have a booking
    details: Mapped[dict[str, Any]]
    confidence: Mapped[float] = mapped_column(Double)
    needs_review: Mapped[bool]
    status: Mapped[str] = mapped_column(String(20))
    batch_id: Mapped[str | None]
    due_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]
    assigned_at: Mapped[dt.datetime | None]
    assignee: Mapped[str | None]  # a colleague or another team, where it was handed to one


class ApiKey(Base):
    """A key to the HTTP API. The key itself is never stored."""

    __tablename__ = "api_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[str] = mapped_column(String(20))
    prefix: Mapped[str] = mapped_column(String(16))  # the first characters, by which a person recognises it
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[dt.datetime]
    last_used_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]


class AuditEntry(Base):
    """Who did what to which thing, when."""

    __tablename__ = "audit_log"
    __table_args__ = (Index(None, "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime]
    principal: Mapped[str]
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str]
    details: Mapped[dict[str, Any]]


class ModelCall(Base):
    """The ledger: a call to an outside model (`schemas.models.NewCall`, `FinishedCall`). Never its texts."""

    __tablename__ = "model_calls"
    __table_args__ = (
        Index(None, "at"),
        Index(None, "flow", "at"),
        Index(None, "principal", "at"),
        Index(None, "day"),
        Index(None, "flow_run_id"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    at: Mapped[dt.datetime]
    day: Mapped[dt.date]  # of `at`, where the hotel was
    principal: Mapped[str]
    flow: Mapped[str | None]
    flow_run_id: Mapped[str | None] = mapped_column(String(64))
    property_id: Mapped[str | None]
    capability: Mapped[str] = mapped_column(String(20))
    provider: Mapped[str] = mapped_column(String(60))
    model: Mapped[str]
    prompt_fingerprint: Mapped[str | None] = mapped_column(String(64))
    reserved_usd: Mapped[Decimal | None] = mapped_column(NanoUsd)  # counts as spent while `outcome` is pending
    outcome: Mapped[str] = mapped_column(String(20))
    input_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    cached_input_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    cache_write_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    output_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    estimated: Mapped[bool] = mapped_column(default=False)
    cost_usd: Mapped[Decimal | None] = mapped_column(NanoUsd)  # none: pending, or a model without a known price
    latency_ms: Mapped[float | None] = mapped_column(Double)
    first_token_ms: Mapped[float | None] = mapped_column(Double)


class Budget(Base):
    """A limit on spending (`schemas.models.Budget`)."""

    __tablename__ = "budgets"
    __table_args__ = (UniqueConstraint("scope", "name", "period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(20))
    name: Mapped[str]
    period: Mapped[str] = mapped_column(String(10))
    soft_usd: Mapped[Decimal | None] = mapped_column(NanoUsd)
    hard_usd: Mapped[Decimal | None] = mapped_column(NanoUsd)


class BudgetSpending(Base):
    """What one flow, principal or property has spent in one period: a running sum over `model_calls`."""

    __tablename__ = "budget_spending"

    scope: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)  # never `*`
    period_start: Mapped[dt.datetime] = mapped_column(primary_key=True)
    period_end: Mapped[dt.datetime] = mapped_column(primary_key=True)
    settled_usd: Mapped[Decimal] = mapped_column(NanoUsd)
    reserved_usd: Mapped[Decimal] = mapped_column(NanoUsd)


class BudgetAlert(Base):
    """A warning that was given. Of all processes, the one that can write the row gives it."""

    __tablename__ = "budget_alerts"
    __table_args__ = (UniqueConstraint("budget_id", "name", "period_start", "threshold"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    budget_id: Mapped[int] = mapped_column(ForeignKey("budgets.id", ondelete="CASCADE"))
    name: Mapped[str]  # of the flow, principal or property, also where the budget's own is `*`
    period_start: Mapped[dt.datetime]
    threshold: Mapped[int]  # per cent of `soft_usd`
    at: Mapped[dt.datetime]
