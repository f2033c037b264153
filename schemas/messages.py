"""Messages to guests: what can be written, in which words, and what came out."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from innkeeper.schemas.models import LinkAttempt

MAX_VARIABLES = 60


class MessageKind(StrEnum):
    """What a message is for; each has a context class and a template per language."""

    BOOKING_CONFIRMATION = "booking_confirmation"
    CHECKIN_INSTRUCTIONS = "checkin_instructions"
    APOLOGY = "apology"
    PROMOTIONAL_OFFER = "promotional_offer"
    SERVICE_RECOMMENDATION = "service_recommendation"
    REQUEST_RECEIVED = "request_received"
    REQUEST_ON_THE_WAY = "request_on_the_way"
    REQUEST_DONE = "request_done"
    REQUEST_DELAYED = "request_delayed"
    REQUEST_DECLINED = "request_declined"
    LATE_CHECKOUT_GRANTED = "late_checkout_granted"
    LATE_CHECKOUT_REFUSED = "late_checkout_refused"
    LOST_AND_FOUND = "lost_and_found"
    PAYMENT_REMINDER = "payment_reminder"


class Tone(StrEnum):
    """In which words; a template has variants."""

    PROFESSIONAL_WARM = "professional_warm"
    SINCERE_APOLOGETIC = "sincere_apologetic"
    FRIENDLY = "friendly"
    FORMAL = "formal"


class MessageChannel(StrEnum):
    """How it reaches the guest."""

    EMAIL = "email"
    CHAT = "chat"


MessageLanguage = Literal["en", "vi"]


class DraftRequest(BaseModel):
    """
    What is to be written.

    Attributes:
        variables: The fields of the kind's context class, as JSON values.
        tone: The kind's own when absent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: MessageKind
    variables: dict[str, Any] = Field(max_length=MAX_VARIABLES)
    language: MessageLanguage
    tone: Tone | None = None
    channel: MessageChannel = MessageChannel.EMAIL


class WrittenMessage(BaseModel):
    """
    A message, ready to be sent.

    Attributes:
        body: Plain text of the e-mail.
        chat: The short form for chat.
        template: `booking_confirmation_vi`, as the specification names it.
        template_version: First 12 hex digits of the template's SHA-256.
        model: `template`, or the link that rephrased it.
        needs_approval: Why a person has to see it before it is sent; none when nobody has to.
        attempts: Models that were asked and whose words were not used, and why.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: MessageKind
    language: MessageLanguage
    tone: Tone
    subject: str
    body: str
    html_body: str
    chat: str
    template: str
    template_version: str
    model: str = "template"
    tokens_used: int = Field(default=0, ge=0)
    cost_usd: Decimal | None = Decimal(0)
    generation_time_ms: float = Field(default=0.0, ge=0)
    needs_approval: str | None = None
    warnings: tuple[str, ...] = ()
    attempts: tuple[LinkAttempt, ...] = ()
    written_at: dt.datetime | None = None
