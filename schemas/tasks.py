"""A task and its steps as the database holds them."""

import datetime as dt
from typing import Any, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from innkeeper.schemas.access import Principal
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.plans import Clarification, Instruction, Plan, StepStatus, TaskStatus

ENDS = frozenset({TaskStatus.COMPLETED, TaskStatus.REFUSED, TaskStatus.FAILED, TaskStatus.CANCELLED})
SETTLED = frozenset(
    {
        StepStatus.COMPLETED,
        StepStatus.SKIPPED,
        StepStatus.FAILED,
        StepStatus.COMPENSATED,
        StepStatus.CANCELLED,
    }
)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WaitingStep(_Frozen):
    """A step that a person has to confirm, and why, in the plan's language."""

    step: int
    reason: str


class TaskChecks(_Frozen):
    """
    What the check of the plan found, and what a person has said since.

    Attributes:
        waiting: Steps that somebody has to confirm.
        approved: Steps that somebody has confirmed.
        asking: The step whose question is open, where carrying out led to one.
        answers: What was answered to questions, in order.
    """

    waiting: tuple[WaitingStep, ...] = ()
    approved: tuple[int, ...] = ()
    asking: int | None = None
    answers: tuple[str, ...] = ()

    @property
    def open(self) -> tuple[WaitingStep, ...]:
        """What is still to be confirmed."""
        return tuple(each for each in self.waiting if each.step not in self.approved)


class StoredTask(_Frozen):
    """
    A row of `tasks`.

    Attributes:
        ending: How it will end once completed steps are undone; a task that was killed meanwhile goes on with that.
        reason: Why it was refused, or failed without a step.
        is_cancelled: Somebody has cancelled it; whoever carries it out stops before the next step.
    """

    id: str
    owner: str
    principal: Principal
    instruction: Instruction
    plan: Plan
    checks: TaskChecks = TaskChecks()
    status: TaskStatus
    ending: TaskStatus | None = None
    reason: str | None = None
    clarification: Clarification | None = None
    is_dry_run: bool = False
    is_cancelled: bool = False
    idempotency_key: str | None = None
    request_hash: str
    approval_id: int | None = None
    flow_run_id: str | None = None
    created_at: AwareDatetime
    finished_at: AwareDatetime | None = None

    @property
    def who(self) -> str:
        """The principal, as the audit log names it."""
        return audit_name(self.principal)


class StoredStep(_Frozen):
    """
    A row of `task_steps`.

    Attributes:
        arguments: With what earlier steps gave, once it is begun.
        result: Facts, as far as the task's principal may see them.
        kept: For later steps and for undoing it; never shown.
        told: The department that a rule had told in its place.
        compensation: `done`, or none.
    """

    task_id: str
    step: int
    action: ActionName
    arguments: dict[str, Any] = Field(default_factory=dict)
    status: StepStatus = StepStatus.PLANNED
    attempts: int = 0
    started_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None
    duration_ms: float | None = None
    result: dict[str, Any] = Field(default_factory=dict)
    kept: dict[str, Any] = Field(default_factory=dict)
    problem: str | None = None
    told: str | None = None
    compensation: str | None = None

    @property
    def key(self) -> str:
        """What makes its side effect happen once."""
        return f"task:{self.task_id}:step:{self.step}"


class Submitted(NamedTuple):
    """A task, and whether this call wrote it; an earlier one with the same idempotency key did otherwise."""

    task: StoredTask
    is_new: bool


def audit_name(principal: Principal) -> str:
    """A principal as the audit log and approvals name it: "key:3", "cli:maria"."""
    return principal.key_id if ":" in principal.key_id else f"key:{principal.key_id}"
