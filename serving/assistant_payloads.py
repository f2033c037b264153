"""Bodies of the assistant's operations, in the specification's shape."""

import datetime as dt
import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StringConstraints
from pydantic_core import PydanticCustomError

from innkeeper.engine.language import SUPPORTED
from innkeeper.engine.text import clean
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.assistant import MAX_QUESTION_CHARS, AssistantQuestion, ConversationId
from innkeeper.serving.problems import Problem

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_YEARS = range(2000, 2101)
_ROLES = ", ".join(Role)


def _read_role(value: object) -> object:
    if value is None or value in tuple(Role):
        return value
    raise PydanticCustomError("role", "Should be one of {roles}", {"roles": _ROLES})


def _read_day(value: object) -> object:
    """Refuse the numbers that pydantic takes for seconds since 1970, and days that no hotel knows."""
    if value is None or isinstance(value, dt.date):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value) or int(value[:4]) not in _YEARS:
        raise PydanticCustomError("day", "Should be a day such as 2026-01-17, between the years 2000 and 2100")
    return value


def _has_text(value: str) -> str:
    if not clean(value).strip():
        raise PydanticCustomError("no_text", "Has no text, only blanks or invisible characters")
    return value


Label = Annotated[str, StringConstraints(max_length=254)]
RoleName = Annotated[
    Role | None,
    BeforeValidator(_read_role),
    Field(description="In which to ask; one above the key's own is not given."),
]
Day = Annotated[
    dt.date | None, BeforeValidator(_read_day), Field(description="The hotel's day; its own clock's when absent.")
]


class _Payload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class AskerContext(_Payload):
    """Who asks, and when. Unknown keys are ignored."""

    role: RoleName = None
    department: Label | None = None
    language: Label | None = Field(default=None, description="BCP 47; used when the question's own does not tell.")
    today: Day = None


class QueryRequest(_Payload):
    """Body of `assistant/query` and `assistant/query-stream`."""

    message: Annotated[
        str,
        Field(min_length=1, description=f"The question; at most {MAX_QUESTION_CHARS} characters, not only blanks."),
        AfterValidator(_has_text),
    ]
    user_id: Label | None = Field(
        default=None, description="Who asks; in the role guest: the booking id, e-mail address or phone number."
    )
    context: AskerContext | None = None
    conversation_id: ConversationId | None = Field(
        default=None, description="Continues a conversation; absent or new, one begins."
    )
    stream: StrictBool = Field(default=False, description="Answer as server-sent events.")


class ClearRequest(_Payload):
    """Body of `assistant/clear-history`."""

    conversation_id: ConversationId


class Cleared(BaseModel):
    """What was deleted."""

    success: bool
    conversation_id: str
    messages_cleared: int = Field(ge=0)


def asker(caller: Principal, context: AskerContext | None, user_id: str | None) -> Principal:
    """Who asks, in the role that they ask in."""
    return caller.acting_as(context.role if context else None, user_id)


def to_question(message: str, conversation_id: str, context: AskerContext | None) -> AssistantQuestion:
    """
    The question as the assistant takes it.

    Raises:
        Problem: 413 when it is too long.
    """
    text = clean(message).strip()
    if len(text) > MAX_QUESTION_CHARS:
        raise Problem(413, f"The question is longer than {MAX_QUESTION_CHARS} characters; ask for one thing at a time.")
    context = context or AskerContext()
    primary = re.split("[-_]", context.language or "")[0].strip().lower()
    return AssistantQuestion.model_validate(
        {
            "message": text,
            "conversation_id": conversation_id,
            "today": context.today,
            "language": primary if primary in SUPPORTED else None,
        }
    )
