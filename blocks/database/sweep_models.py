"""The tables of log sweeps: how far each source was read, what was learnt from it, and who is reading it."""

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from innkeeper.blocks.database.log_types import JsonText, PackedJson
from innkeeper.blocks.database.models import Base


class LogSourceRow(Base):
    """A source: the next sweep goes on from here. `version` grows with every sweep that is committed."""

    __tablename__ = "log_sources"

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    cursor: Mapped[Any] = mapped_column(JsonText, nullable=True)
    miner: Mapped[Any] = mapped_column(PackedJson, nullable=True)
    tally: Mapped[Any] = mapped_column(PackedJson, nullable=True)
    profile: Mapped[Any] = mapped_column(PackedJson, nullable=True)
    swept_at: Mapped[dt.datetime]
    lines: Mapped[int] = mapped_column(BigInteger)  # over all sweeps


class LogBaselineRow(Base):
    """What is normal in one service; a row each, so that a sweep writes only what changed."""

    __tablename__ = "log_baselines"

    source: Mapped[str] = mapped_column(primary_key=True)
    service: Mapped[str] = mapped_column(primary_key=True)  # `log_types.fitted`
    state: Mapped[Any] = mapped_column(PackedJson)  # [the service's whole name, its state]
    updated_at: Mapped[dt.datetime]


class SweepRow(Base):
    """A sweep that is over."""

    __tablename__ = "sweeps"
    __table_args__ = (Index(None, "source", "finished_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    status: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[dt.datetime]
    finished_at: Mapped[dt.datetime]
    lines: Mapped[int] = mapped_column(BigInteger)
    findings: Mapped[int]
    from_cursor: Mapped[str] = mapped_column(String(64))  # hash of where it began
    problem: Mapped[str | None] = mapped_column(String(300))


class SweepLeaseRow(Base):
    """Who is sweeping a source. A run that stops renewing its lease is taken for dead."""

    __tablename__ = "sweep_leases"

    source: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[str]
    run_name: Mapped[str]
    host: Mapped[str]
    process: Mapped[int]
    taken_at: Mapped[dt.datetime]
    renewed_at: Mapped[dt.datetime]
