"""What an action is given, and what it gives back."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, TypeAdapter

from innkeeper.blocks.database.audit import AuditNote
from innkeeper.engine.planning.wording import Telling
from innkeeper.schemas.access import Role
from innkeeper.schemas.errors import PermanentError
from innkeeper.schemas.plans import Clarification, PlanStep, StepStatus
from innkeeper.schemas.tasks import StoredStep, StoredTask
from innkeeper.tasks.assistant.tool_desk import Desk
from innkeeper.tasks.execution.services import ExecutionServices

_JSON: TypeAdapter[Any] = TypeAdapter(Any)


class NeedsAnswer(PermanentError):
    """A step cannot be carried out before something is known."""

    def __init__(self, clarification: Clarification, kept: Mapping[str, Any] | None = None) -> None:
        super().__init__(clarification.question)
        self.clarification = clarification
        self.kept = dict(kept or {})


@dataclass(frozen=True)
class Done:
    """What a step gave: facts for whoever asked, and what is kept for later steps and for undoing it."""

    facts: dict[str, Any]
    kept: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """
    A step that is to be carried out.

    Attributes:
        plan_step: As it was planned.
        stored: As the database has it; `stored.key` makes its side effect happen once.
        arguments: Of the action's own class, with what earlier steps gave.
        earlier: All steps of the task, by number.
        audit: Gets a note for each booking that is shown or refused.
    """

    services: ExecutionServices
    task: StoredTask
    plan_step: PlanStep
    stored: StoredStep
    arguments: BaseModel
    earlier: Mapping[int, StoredStep]
    zone: ZoneInfo
    audit: list[AuditNote] = field(default_factory=list)

    @property
    def desk(self) -> Desk:
        """Where the assistant's tools work for whoever asked: they give what that role may see."""
        return Desk(self.services.tools, self.task.principal, self.task.instruction.today, self.audit)

    @property
    def whole_desk(self) -> Desk:
        """The same with every field, for letters and rules; what it gives is not shown."""
        front = self.task.principal.model_copy(update={"role": Role.RECEPTIONIST, "guest": None})
        return Desk(self.services.tools, front, self.task.instruction.today, self.audit)

    @property
    def now(self) -> dt.datetime:
        """When the task was asked for, aware."""
        return self.task.instruction.now or dt.datetime.now(self.zone)

    @property
    def telling(self) -> Telling:
        """Who reads, and what completed steps gave."""
        return telling_of(self.task, self.earlier)


def facts_of(steps: Mapping[int, StoredStep]) -> dict[int, dict[str, Any]]:
    """What completed steps gave, by number."""
    return {number: each.result for number, each in steps.items() if each.status is StepStatus.COMPLETED}


def telling_of(task: StoredTask, steps: Mapping[int, StoredStep]) -> Telling:
    """The plan, who reads it, and what completed and undone steps gave."""
    known = {
        number: each.result
        for number, each in steps.items()
        if each.status in {StepStatus.COMPLETED, StepStatus.COMPENSATED}
    }
    return Telling(task.plan, task.principal.role, task.instruction.today, known)


def as_json(value: Any) -> Any:
    """`value` as JSON has it: days and times as ISO text, whole amounts as integers."""
    return _plain_numbers(_JSON.dump_python(value, mode="python"))


def _plain_numbers(value: Any) -> Any:
    from decimal import Decimal

    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {str(name): _plain_numbers(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain_numbers(each) for each in value]
    return _JSON.dump_python(value, mode="json")
