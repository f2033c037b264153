"""Routing: a guest message in; its requests, entities and a suggested reply out."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from innkeeper.schemas.models import LinkAttempt, TokenUsage
from innkeeper.schemas.taxonomy import Priority

MAX_MESSAGE_CHARS = 10_000
MAX_REQUESTS = 4
FIRST_YEAR, LAST_YEAR = 2000, 2100

Confidence = Annotated[float, Field(ge=0, le=1, description="Calibrated probability, 0 to 1.")]
RoomNumber = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=12, pattern=r"^[0-9A-Za-z-]+$")
]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Sentiment(StrEnum):
    """How the guest feels."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class Intent(StrEnum):
    """What the message as a whole does."""

    SERVICE_REQUEST = "service_request"
    BOOKING_REQUEST = "booking_request"
    INFORMATION_REQUEST = "information_request"
    COMPLAINT = "complaint"
    EMERGENCY = "emergency"
    ORDER = "order"
    CANCELLATION = "cancellation"
    MODIFICATION = "modification"
    FEEDBACK = "feedback"
    GREETING = "greeting"


class GuestMessage(BaseModel):
    """One inbound message, as a channel delivered it. Unknown keys are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    message: str = Field(min_length=1, max_length=MAX_MESSAGE_CHARS, description="What the guest wrote.")
    id: Identifier | None = Field(
        default=None,
        description="Unique among all messages (add the channel where they number alike); orders are idempotent by it.",
    )
    guest_id: Identifier | None = Field(default=None, description="The hotel's id of the guest, never a name.")
    channel: Annotated[str, StringConstraints(max_length=40)] | None = Field(
        default=None, description="whatsapp, zalo, email, …"
    )
    room_number: RoomNumber | None = Field(default=None, description="Known from the stay; a room in the text wins.")
    timestamp: dt.datetime | None = Field(
        default=None, description="When it was sent (ISO 8601); now when absent. Without a zone the hotel's is assumed."
    )

    @field_validator("timestamp")
    @classmethod
    def _in_this_century(cls, timestamp: dt.datetime | None) -> dt.datetime | None:
        if timestamp is not None and not FIRST_YEAR <= timestamp.year < LAST_YEAR:
            raise ValueError(f"the year must be between {FIRST_YEAR} and {LAST_YEAR}")
        return timestamp

    language: Literal["en", "vi"] | None = Field(
        default=None, description="The guest's language, used when the text does not tell."
    )


class RequestedItem(BaseModel):
    """A thing to be brought, ordered, washed, collected, found or contested."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    item: str = Field(description="English, singular.")
    quantity: int | None = Field(default=None, ge=0, le=10_000, description="`null` when the guest did not say.")
    size: str | None = Field(default=None, description="king, large, bath, 500 ml, … when stated.")


class Mention(BaseModel):
    """Where in the message a value was read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["room_number", "date", "time", "party_size", "item", "service", "guest_name"]
    text: str
    start: int = Field(ge=0, description="Offset in characters into the NFC form of the message.")
    end: int = Field(ge=0)
    value: str = Field(description="The normalised value.")
    granularity: Literal["minute", "hour", "part_of_day", "day", "range", "week", "month"] | None = None


class Entities(BaseModel):
    """What a message states; absent means it does not say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: str | None = Field(default=None, description="Short English name of a bookable service or facility.")
    party_size: int | None = Field(default=None, ge=1, le=500, description="Persons, children included.")
    date: dt.date | None = None
    time: Annotated[str, Field(pattern=r"^\d{2}:\d{2}$")] | None = Field(
        default=None, description="HH:MM, 24 hours, hotel time."
    )
    room_number: str | None = None
    items: tuple[RequestedItem, ...] | None = None
    guest_name: str | None = None
    special_requests: tuple[str, ...] | None = Field(default=None, description="Wishes in the guest's own words.")


class EntityResult(BaseModel):
    """Answer of `extract`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    entities: Entities
    intent: Intent
    confidence: Confidence
    language_detected: str
    mentions: tuple[Mention, ...] = ()
    warnings: tuple[str, ...] = ()


class StructuredRequest(BaseModel):
    """What a team needs to act. Fields that do not apply are absent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    room_number: str | None = None
    items: tuple[RequestedItem, ...] | None = None
    issue: str | None = None
    service: str | None = None
    date: dt.date | None = None
    time: str | None = None
    party_size: int | None = None
    guest_name: str | None = None
    special_requests: tuple[str, ...] | None = None
    declined: bool | None = Field(default=None, description="True when the guest calls the service off.")
    urgency: str = Field(description="low, normal, high or critical.")


class Classification(BaseModel):
    """One request of a message."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    category: str
    subcategory: str
    confidence: Confidence
    priority: Priority
    structured_request: StructuredRequest
    assigned_to: str
    workflow_id: str
    estimated_resolution_time_minutes: int


class RoutingResult(BaseModel):
    """Answer of `route`, in the specification's shape with added fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    classifications: tuple[Classification, ...]
    sentiment: Sentiment
    language_detected: str = Field(description="BCP 47; `und` when the text does not tell.")
    requires_immediate_attention: bool
    suggested_response: str
    processing_time_ms: float
    out_of_scope: bool = Field(description="Nobody has to act.")
    adversarial: bool = Field(description="The text tries to manipulate an assistant; it was treated as data.")
    needs_review: bool = Field(description="A person should look before anything is done.")
    intent: Intent
    entities: Entities
    assumed_fields: tuple[str, ...] = Field(description="Fields a team has to assume, since the guest did not say.")
    warnings: tuple[str, ...] = ()
    engine_version: str = Field(description="Router version and the first digits of its hash.")
    decided_by: str = Field(default="engine", description="`engine`, or the model that was asked where it was unsure.")
    escalation: tuple[LinkAttempt, ...] = Field(
        default=(), description="Models that were asked or passed over and did not decide, and why."
    )
    usage: TokenUsage | None = Field(default=None, description="Tokens of the model's decision.")
    cost_usd: Decimal | None = Field(default=None, description="Its price; absent where the price is not known.")
