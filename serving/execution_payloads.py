"""Bodies of the task operations, in the specification's shape."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StringConstraints
from pydantic_core import PydanticCustomError

from innkeeper.engine.text import clean
from innkeeper.schemas.plans import MAX_INSTRUCTION_CHARS, TaskReport, TaskStatus
from innkeeper.serving.assistant_payloads import Day, Label, RoleName

MAX_CONTEXT = 40


def _has_text(value: str) -> str:
    if not clean(value).strip():
        raise PydanticCustomError("no_text", "Has no text, only blanks or invisible characters")
    return value


Words = Annotated[str, Field(min_length=1, max_length=MAX_INSTRUCTION_CHARS), AfterValidator(_has_text)]


class _Payload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class TaskRequest(_Payload):
    """Body of `execute/task`."""

    instruction: Words = Field(description="What is to be done, in English or Vietnamese; not only blanks.")
    context: Annotated[dict[str, Any], Field(max_length=MAX_CONTEXT)] | None = Field(
        default=None, description="What is known: booking_id, room_number, guest_email, …; facts, not orders."
    )
    dry_run: StrictBool = Field(default=False, description="Only plan: nothing is done, `preview` says what would be.")
    role: RoleName = None
    user_id: Label | None = Field(
        default=None, description="In the role guest: the booking id, e-mail address or phone number of the own stay."
    )
    today: Day = None


class AnswerRequest(_Payload):
    """Body of `execute/task/{task_id}/answer`."""

    answer: Words = Field(description="One of the options, or other words.")


class TaskDecision(_Payload):
    """Body of `execute/task/{task_id}/approve` and `/reject`; it may be left out."""

    comment: Annotated[str, StringConstraints(max_length=500)] = Field(default="", description="Why.")


class TaskAnswer(TaskReport):
    """
    What became of a task.

    `overall_status` is "success" for a completed one, as the specification has it, and otherwise the same as `status`.
    """

    status: TaskStatus
    overall_status: str  # type: ignore[assignment]  # the specification's word for `completed` is none of ours


class TaskList(BaseModel):
    """Tasks, the newest first."""

    tasks: list[TaskAnswer]


def to_answer(report: TaskReport) -> TaskAnswer:
    """A report in the specification's words."""
    status = report.overall_status
    told = "success" if status is TaskStatus.COMPLETED else status.value
    return TaskAnswer.model_validate({**dict(report), "status": status, "overall_status": told})
