"""Tasks in plain words: the plan that an instruction becomes, and what became of each step."""

import datetime as dt
from enum import StrEnum
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from innkeeper.schemas.actions import ActionName, RiskTier

MAX_STEPS = 20
MAX_INSTRUCTION_CHARS = 4_000


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Condition(_Frozen):
    """
    When a step is carried out: a fact of an earlier step compares with a value.

    Attributes:
        step: The earlier step.
        fact: Of its result: `ready_for_guest`, `status`, `total`, `current_price`, `found`, …
        operator: `is`, `is_not`, `less`, `more`, `at_most`, `at_least`, `in`.
    """

    step: int = Field(ge=1, le=MAX_STEPS)
    fact: str = Field(min_length=1, max_length=60)
    operator: Literal["is", "is_not", "less", "more", "at_most", "at_least", "in"] = "is"
    value: Any = True


class Reference(_Frozen):
    """An argument that an earlier step's result gives; in JSON `{"from_step": 1, "fact": "booking_id"}`."""

    from_step: int = Field(ge=1, le=MAX_STEPS)
    fact: str = Field(min_length=1, max_length=60)


class PlanStep(_Frozen):
    """
    One step.

    Attributes:
        step: 1, 2, …
        arguments: Of the action's own class, as JSON values; a value may be a `Reference` as JSON.
        depends_on: Steps that have to be completed before; those of `when` and of references are among them.
        when: All have to hold, or the step is skipped.
    """

    step: int = Field(ge=1, le=MAX_STEPS)
    action: ActionName
    arguments: dict[str, Any] = Field(default_factory=dict)
    depends_on: tuple[int, ...] = ()
    when: tuple[Condition, ...] = ()

    @model_validator(mode="after")
    def _looks_back(self) -> "PlanStep":
        if any(earlier >= self.step for earlier in (*self.depends_on, *(each.step for each in self.when))):
            raise ValueError(f"step {self.step} depends on itself or a later step")
        return self


class Clarification(_Frozen):
    """
    What has to be known first.

    Attributes:
        question: In the instruction's language.
        about: The argument that is missing or ambiguous: `booking`, `room_number`, `time`, `date`, `action`, …
        options: What the asking role may see and choose from, at most 10; an answer may also be something else.
    """

    question: str
    about: str
    options: tuple[str, ...] = Field(default=(), max_length=10)


class Refusal(_Frozen):
    """Why nothing is done; `code`, for machines: `not_in_registry`, `bulk_personal_data`, `mass_action`, …"""

    code: str
    reason: str


class Plan(_Frozen):
    """
    What an instruction asks for, from the engine or from a model; both are checked by `engine.planning.validation`.

    Attributes:
        steps: In order; empty when there is a question or a refusal.
        planner: `engine`, or the link of the model.
    """

    language: Literal["en", "vi"]
    steps: tuple[PlanStep, ...] = Field(default=(), max_length=MAX_STEPS)
    clarification: Clarification | None = None
    refusal: Refusal | None = None
    planner: str = "engine"

    @model_validator(mode="after")
    def _numbered(self) -> "Plan":
        if [each.step for each in self.steps] != list(range(1, len(self.steps) + 1)):
            raise ValueError("steps are numbered 1, 2, … in order")
        return self


class StepStatus(StrEnum):
    """Where a step is."""

    PLANNED = "planned"
    WAITING = "waiting"  # for a person's decision
    RUNNING = "running"
    COMPLETED = "completed"
    SKIPPED = "skipped"  # its condition did not hold, or a step that it needs was skipped
    FAILED = "failed"
    COMPENSATED = "compensated"
    CANCELLED = "cancelled"


class TaskStatus(StrEnum):
    """Where a task is; the last five are ends, except that a clarified or approved one goes on."""

    PLANNED = "planned"  # a dry run ends here
    RUNNING = "running"
    COMPLETED = "completed"
    NEEDS_CLARIFICATION = "needs_clarification"
    NEEDS_APPROVAL = "needs_approval"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"


class StepReport(_Frozen):
    """
    A step as it is told: the specification's fields, and what it was carried out with.

    Attributes:
        service, tool: As the specification names them: `cv`/`get_room_status`, `internal`/`business_logic`, …
        result: Facts that the asking role may see.
        problem: Why it failed or was skipped, in words.
    """

    step: int
    action: str
    service: str
    tool: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    status: StepStatus
    risk: RiskTier
    duration_ms: float | None = None
    result: dict[str, Any] = Field(default_factory=dict)
    problem: str | None = None


class TaskReport(_Frozen):
    """
    A task as it is told.

    Attributes:
        results: Facts of all steps by the specification's names: `room_ready`, `email_sent`, `email_id`, …
        execution_summary: A few sentences in the instruction's language.
        preview: Of a dry run and of what waits for approval: one line per step, to whom, with side effects.
    """

    task_id: str
    overall_status: TaskStatus
    execution_plan: tuple[StepReport, ...] = ()
    results: dict[str, Any] = Field(default_factory=dict)
    total_duration_ms: float = 0.0
    execution_summary: str
    clarification: Clarification | None = None
    refusal: Refusal | None = None
    approval_id: int | None = None
    preview: tuple[str, ...] = ()
    planner: str = "engine"
    created_at: AwareDatetime


class Instruction(_Frozen):
    """
    What somebody asks for.

    Attributes:
        context: The specification's: `booking_id`, `room_number`, `guest_email`, …; facts, not orders.
        today: The hotel's day, against which "tomorrow" is read.
        now: For times of day ("at six"); the clock when absent.
    """

    text: str = Field(min_length=1, max_length=MAX_INSTRUCTION_CHARS)
    context: dict[str, Any] = Field(default_factory=dict, max_length=40)
    today: dt.date
    now: AwareDatetime | None = None
