"""Calls to outside models: who asks, what it took, what it cost."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Capability(StrEnum):
    """What a model is asked for; each may have a chain of its own."""

    ROUTING = "routing"
    ASSISTANT = "assistant"
    MESSAGES = "messages"
    LOGS = "logs"
    PLANNING = "planning"
    EMBEDDING = "embedding"


class CallOutcome(StrEnum):
    """How a call ended."""

    PENDING = "pending"  # under way, or its process died: its reservation counts as spent
    ANSWERED = "answered"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"  # a server error, or no connection
    TIMED_OUT = "timed_out"
    REJECTED = "rejected"
    REFUSED = "refused"
    INVALID = "invalid"  # not the shape that was asked for
    CANCELLED = "cancelled"


class TokenUsage(BaseModel):
    """
    Tokens of one call.

    Attributes:
        input_tokens: All input, cached input included.
        cached_input_tokens: Input read from the provider's cache.
        cache_write_tokens: Input written to the provider's cache; part of `input_tokens`.
        output_tokens: All output, reasoning included.
        estimated: Counted here because the provider reported nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    input_tokens: int = Field(default=0, ge=0)
    cached_input_tokens: int = Field(default=0, ge=0)
    cache_write_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)
    estimated: bool = False

    @property
    def total(self) -> int:
        """Input and output."""
        return self.input_tokens + self.output_tokens


class Spender(BaseModel):
    """For whom a call is made; a budget may limit each of these. Never a guest's name or words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    principal: str = Field(default="local", max_length=200, description="Name of an API key, or `local`.")
    flow: str | None = Field(default=None, max_length=200, description="Name of the flow, or of the HTTP endpoint.")
    flow_run_id: str | None = Field(default=None, max_length=64)
    property_id: str | None = Field(default=None, max_length=200, description="The hotel, where there are many.")


class NewCall(BaseModel):
    """A call that is about to be made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    spender: Spender = Spender()
    capability: Capability
    provider: str = Field(description="`openai`, `anthropic`, `compatible`.")
    model: str
    prompt_fingerprint: str | None = Field(default=None, max_length=64)
    reserved_usd: Decimal | None = Field(default=None, ge=0, description="The most it can cost; none: no known price.")


class FinishedCall(BaseModel):
    """How a call ended and what it took."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: CallOutcome
    usage: TokenUsage = TokenUsage()
    cost_usd: Decimal | None = Field(default=None, ge=0, description="None: the model has no known price.")
    latency_ms: float = Field(ge=0)
    first_token_ms: float | None = Field(default=None, ge=0)


class LinkAttempt(BaseModel):
    """One link of the chain that was asked, or passed over."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    link: str = Field(description="`openai/gpt-…`, `anthropic/claude-…`, `engine`, …")
    outcome: str = Field(description="A `CallOutcome`, or why it was passed over: `circuit_open`, `over_budget`, ….")
    detail: str = ""


class Period(StrEnum):
    """How often a budget starts anew, in the hotel's time zone."""

    DAY = "day"
    MONTH = "month"


class BudgetScope(StrEnum):
    """Whose spending a budget limits."""

    ALL = "all"
    FLOW = "flow"
    PRINCIPAL = "principal"
    PROPERTY = "property"


class Budget(BaseModel):
    """A limit on spending. `soft_usd` warns at 80, 95 and 100 %; `hard_usd` stops outside calls."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scope: BudgetScope = BudgetScope.ALL
    name: str = Field(default="", max_length=200, description="Which flow, principal or property; `*`: each of them.")
    period: Period = Period.DAY
    soft_usd: Decimal | None = Field(default=None, gt=0)
    hard_usd: Decimal | None = Field(default=None, ge=0)


class Spending(BaseModel):
    """Sum over calls, as `innkeeper costs` shows it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field(description="The day, flow, model or principal.")
    requests: int = Field(ge=0)
    input_tokens: int = Field(ge=0)
    cached_input_tokens: int = Field(ge=0)
    output_tokens: int = Field(ge=0)
    cost_usd: Decimal = Field(ge=0, description="Of the calls with a known price.")
    unpriced_requests: int = Field(ge=0)
    first_at: dt.datetime
    last_at: dt.datetime
