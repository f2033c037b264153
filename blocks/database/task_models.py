"""The tables of tasks in plain words: what was asked, each step of its plan, and what is to happen later."""

import datetime as dt
from typing import Any

from sqlalchemy import Double, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from innkeeper.blocks.database.models import Base
from innkeeper.blocks.database.types import Json


class TaskRow(Base):
    """A task. What was asked, its context and its plan may hold guest data, and are nowhere else."""

    __tablename__ = "tasks"
    __table_args__ = (
        UniqueConstraint("owner", "idempotency_key"),
        Index(None, "status", "created_at"),
        Index(None, "owner", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner: Mapped[str]  # key id of the principal
    principal: Mapped[dict[str, Any]]  # `schemas.access.Principal`
    instruction: Mapped[dict[str, Any]]  # `schemas.plans.Instruction`
    plan: Mapped[dict[str, Any]]  # `schemas.plans.Plan`, checked
    checks: Mapped[dict[str, Any]]  # `schemas.tasks.TaskChecks`: what waits for a person, what was confirmed
    status: Mapped[str] = mapped_column(String(30))
    ending: Mapped[str | None] = mapped_column(String(30))  # how it ends once completed steps are undone
    reason: Mapped[str | None] = mapped_column(Text)  # why it was refused, or failed without a step
    clarification: Mapped[dict[str, Any] | None] = mapped_column(Json)
    is_dry_run: Mapped[bool]
    is_cancelled: Mapped[bool]  # asked for; whoever carries it out stops before the next step
    idempotency_key: Mapped[str | None]
    request_hash: Mapped[str] = mapped_column(String(64))
    approval_id: Mapped[int | None]
    flow_run_id: Mapped[str | None] = mapped_column(String(64))
    holder: Mapped[str | None]  # who carries it out: host, process and a number of its own
    held_until: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]
    finished_at: Mapped[dt.datetime | None]


class TaskStepRow(Base):
    """A step. Its row is written before the work (running) and after it; database work shares the second write."""

    __tablename__ = "task_steps"

    task_id: Mapped[str] = mapped_column(String(40), ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    action: Mapped[str] = mapped_column(String(60))
    arguments: Mapped[dict[str, Any]]  # with what earlier steps gave, once it is begun
    status: Mapped[str] = mapped_column(String(20))
    attempts: Mapped[int]
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    duration_ms: Mapped[float | None] = mapped_column(Double)
    result: Mapped[dict[str, Any]]  # facts, as far as the task's principal may see them
    kept: Mapped[dict[str, Any]]  # for later steps and for undoing it: a draft, the status before, ids
    problem: Mapped[str | None] = mapped_column(Text)
    told: Mapped[str | None] = mapped_column(String(60))  # the department that a rule had told in its place
    compensation: Mapped[str | None] = mapped_column(String(80))  # done, or why not


class TimedActionRow(Base):
    """Something that is to happen at a time, once (`schemas.actions.TimedAction`)."""

    __tablename__ = "timed_actions"
    __table_args__ = (Index(None, "status", "due_at"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    room_number: Mapped[str | None] = mapped_column(String(12))
    due_at: Mapped[dt.datetime]
    status: Mapped[str] = mapped_column(String(20))
    requested_by: Mapped[str]
    flow_run_id: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[dt.datetime]
    finished_at: Mapped[dt.datetime | None]
    problem: Mapped[str | None] = mapped_column(String(300))
