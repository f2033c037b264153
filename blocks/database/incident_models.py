"""The tables of incidents, their alerts and silences."""

import datetime as dt
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from innkeeper.blocks.database.log_types import JsonText
from innkeeper.blocks.database.models import Base


class IncidentRow(Base):
    """An incident (`schemas.incidents.Incident`); `content` is all of it, the columns are what is asked for."""

    __tablename__ = "incidents"
    __table_args__ = (Index(None, "status", "last_seen_at"), Index(None, "service", "last_seen_at"))

    key: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str | None] = mapped_column(String(40), unique=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    active_fingerprint: Mapped[str | None] = mapped_column(String(64), unique=True)  # none once it is resolved
    service: Mapped[str]  # `log_types.fitted`
    kind: Mapped[str] = mapped_column(String(40))
    severity: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[dt.datetime]
    opened_at: Mapped[dt.datetime | None]
    last_seen_at: Mapped[dt.datetime]
    resolved_at: Mapped[dt.datetime | None]
    version: Mapped[int]  # of two who change it at once, one is told
    content: Mapped[Any] = mapped_column(JsonText)


class NumberRow(Base):
    """The last number of a series: "INC-2026", "ALERT". A transaction that is rolled back gives its numbers back."""

    __tablename__ = "incident_numbers"

    series: Mapped[str] = mapped_column(String(20), primary_key=True)
    last: Mapped[int]


class AlertRow(Base):
    """An alert (`schemas.incidents.Alert`)."""

    __tablename__ = "alerts"
    __table_args__ = (Index(None, "incident_id"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    incident_id: Mapped[str] = mapped_column(String(40))
    event: Mapped[str] = mapped_column(String(20))
    occurred_at: Mapped[dt.datetime]
    content: Mapped[Any] = mapped_column(JsonText)


class DeliveryRow(Base):
    """An alert on its way to one target."""

    __tablename__ = "alert_deliveries"
    __table_args__ = (Index(None, "target", "status", "next_attempt_at"), Index(None, "incident_id", "target"))

    alert_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    target: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(String(40))
    event: Mapped[str] = mapped_column(String(20))
    urgency: Mapped[int]  # of its severity: the most urgent go first
    status: Mapped[str] = mapped_column(String(20))
    attempts: Mapped[int]
    next_attempt_at: Mapped[dt.datetime]
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    claimed_until: Mapped[dt.datetime | None]  # then its sender counts as dead
    created_at: Mapped[dt.datetime]
    sent_at: Mapped[dt.datetime | None]
    receipt: Mapped[str | None] = mapped_column(String(300))
    problem: Mapped[str | None] = mapped_column(String(300))


class AlertTargetRow(Base):
    """How much a target takes; locked while a delivery to it is claimed."""

    __tablename__ = "alert_targets"

    name: Mapped[str] = mapped_column(primary_key=True)
    paused_until: Mapped[dt.datetime | None]  # as it asked
    window_started_at: Mapped[dt.datetime]
    sent_in_window: Mapped[int]


class SilenceRow(Base):
    """A silence (`schemas.incidents.Silence`)."""

    __tablename__ = "silences"
    __table_args__ = (Index(None, "ends_at"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    service: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str | None] = mapped_column(String(40))
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    reason: Mapped[str] = mapped_column(Text)
    created_by: Mapped[str]
