"""Questions to the assistant, its answers, and what it says on the way."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from innkeeper.schemas.models import LinkAttempt

MAX_QUESTION_CHARS = 4_000
MAX_ANSWER_WORDS = 80
ConversationId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,80}$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AssistantQuestion(_Frozen):
    """
    One question of one person.

    Attributes:
        message: What was asked, after `engine.text.clean`.
        conversation_id: Continues a conversation; a new one begins without it.
        today: The hotel's day, against which "tomorrow" is read; the hotel's own clock when absent.
        language: Of the answer, `en` or `vi`, when the question's own does not tell.
    """

    message: str = Field(min_length=1, max_length=MAX_QUESTION_CHARS)
    conversation_id: ConversationId | None = None
    today: dt.date | None = None
    language: Literal["en", "vi"] | None = None


class DatabaseSource(_Frozen):
    """Rows of the hotel's database, or the answer of one of its services."""

    type: Literal["database"] = "database"
    table: str = Field(description="`rooms`, `bookings`, `rates`, or the service's name.")
    confidence: float = Field(ge=0, le=1)


class KnowledgeSource(_Frozen):
    """A passage of the hotel's documents."""

    type: Literal["knowledge_base"] = "knowledge_base"
    document: str = Field(description="Relative to the indexed folder.")
    page: int | None = None
    title: str | None = None
    confidence: float = Field(ge=0, le=1)


Source = Annotated[DatabaseSource | KnowledgeSource, Field(discriminator="type")]


class ToolUse(_Frozen):
    """A tool that was called; what it gave stays in the trace."""

    tool: str
    input: dict[str, Any]
    success: bool


class TokensUsed(_Frozen):
    """Tokens of all model calls of one answer; 0 where the engine answered."""

    prompt: int = Field(default=0, ge=0)
    completion: int = Field(default=0, ge=0)
    total: int = Field(default=0, ge=0)


class Handoff(_Frozen):
    """Whom to ask instead."""

    reason: Literal["not_known", "not_allowed", "unclear", "failed"]
    contact: str = Field(description="A department or a person of the hotel, in the answer's language.")


class AssistantAnswer(_Frozen):
    """
    The specification's response, and what we add to it.

    Attributes:
        confidence: Below 0.5 where the answer is not known; `engine/assistant/confidence.py` has the formula.
        model: Which link answered: `openai/gpt-…`, or `engine`.
        handoff: Set where the answer is not known or not allowed.
        attempts: Links that were asked before and did not answer.
    """

    response: str
    sources: tuple[Source, ...] = ()
    tools_used: tuple[ToolUse, ...] = ()
    confidence: float = Field(ge=0, le=1)
    conversation_id: str
    message_id: str
    tokens_used: TokensUsed = TokensUsed()
    response_time_ms: float = Field(ge=0)
    model: str
    language: Literal["en", "vi"] = "en"
    handoff: Handoff | None = None
    cost_usd: Decimal | None = Decimal(0)
    attempts: tuple[LinkAttempt, ...] = ()


class ToolCalled(_Frozen):
    """A tool is about to run."""

    type: Literal["tool_call"] = "tool_call"
    tool: str
    status: Literal["running"] = "running"


class ToolReturned(_Frozen):
    """A tool has run."""

    type: Literal["tool_result"] = "tool_result"
    tool: str
    status: Literal["success", "error"]


class ContentAdded(_Frozen):
    """More of the answer's text."""

    type: Literal["content"] = "content"
    delta: str


class ContentWithdrawn(_Frozen):
    """What was said so far could not be supported: forget it, the answer follows."""

    type: Literal["correction"] = "correction"


Progress = ToolCalled | ToolReturned | ContentAdded | ContentWithdrawn
