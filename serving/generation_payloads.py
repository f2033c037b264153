"""Bodies of the message operations, in the specification's shape."""

import re
from typing import Annotated, Any, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from innkeeper.schemas.message_contexts import MAX_SERVICES, RecommendedService
from innkeeper.schemas.message_values import OneLine, OptionalLine, Title
from innkeeper.schemas.messages import MAX_VARIABLES, MessageKind, MessageLanguage, Tone, WrittenMessage
from innkeeper.schemas.models import LinkAttempt
from innkeeper.schemas.recommendations import HotelService, Stay

_KINDS = ", ".join(MessageKind)
_TONES = ", ".join(Tone)


def _read_kind(value: object) -> object:
    if value in tuple(MessageKind):
        return value
    raise PydanticCustomError("template_type", "Should be one of {kinds}", {"kinds": _KINDS})


def _read_language(value: object) -> object:
    primary = re.split("[-_]", value)[0].strip().lower() if isinstance(value, str) else value
    if primary in get_args(MessageLanguage):
        return primary
    raise PydanticCustomError("language", "Should be en or vi")


def _read_tone(value: object) -> object:
    if value is None or value in tuple(Tone):
        return value
    raise PydanticCustomError("tone", "Should be one of {tones}", {"tones": _TONES})


Kind = Annotated[MessageKind, BeforeValidator(_read_kind)]
Language = Annotated[MessageLanguage, BeforeValidator(_read_language), Field(description="en or vi; en-GB is en.")]
OptionalTone = Annotated[Tone | None, BeforeValidator(_read_tone), Field(description="The kind's own when absent.")]
Variables = Annotated[dict[str, Any], Field(max_length=MAX_VARIABLES)]


class _Payload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    language: Language = "en"
    tone: OptionalTone = None


class EmailRequest(_Payload):
    """Body of `generate/email`."""

    template_type: Kind = Field(description="What the message is for.")
    variables: Variables = Field(description="The variables of that template; what is wrong with them is named.")


class ApologyRequest(_Payload):
    """Body of `generate/apology`."""

    incident: Variables = Field(description="guest_name, description, type?, room_number?, compensation_offered?, …")


class CheckinRequest(_Payload):
    """Body of `generate/checkin-instructions`."""

    booking: Variables = Field(description="guest_name, check_in_date, room_number?, check_in_time?, …")


class PromotionRequest(_Payload):
    """Body of `generate/promotion`."""

    offer: Variables = Field(description="guest_name, offer_title, valid_until, discount_percent?, price?, …")


class GuestOfStay(BaseModel):
    """Who is written to."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    guest_name: OneLine
    guest_title: Title = None
    room_number: OptionalLine = None


class RecommendationRequest(_Payload):
    """Body of `generate/recommendation`."""

    guest: GuestOfStay
    stay: Stay = Field(default=Stay(), description="What is known of the stay: dates, party, wishes, interests.")
    services: tuple[HotelService, ...] | None = Field(
        default=None, max_length=200, description="To choose from; those of the hotel's profile when absent."
    )
    limit: int = Field(default=3, ge=1, le=MAX_SERVICES)


class MessageMetadata(BaseModel):
    """How a message was made."""

    template_used: str
    template_version: str
    model: str = Field(description="`template`, or the model whose words it has.")
    tone: Tone
    tokens_used: int = Field(ge=0)
    cost_usd: float | None = Field(description="None: a model has no known price.")
    generation_time_ms: float = Field(ge=0)
    needs_approval: str | None = Field(description="Why a person has to see it first; none when nobody has to.")
    warnings: list[str]
    attempts: list[LinkAttempt] = Field(description="Models whose words were not used, and why.")


class GeneratedEmail(BaseModel):
    """Answer of `generate/email` and `generate/promotion`."""

    subject: str
    body: str
    html_body: str
    chat: Annotated[str, StringConstraints(min_length=1)] = Field(description="The short form, for chat.")
    metadata: MessageMetadata


class GeneratedApology(BaseModel):
    """Answer of `generate/apology`."""

    message: str
    sentiment: str = "apologetic"
    tone: Tone
    tokens_used: int = Field(ge=0)
    subject: str
    html_message: str
    needs_approval: str | None
    metadata: MessageMetadata


class GeneratedInstructions(BaseModel):
    """Answer of `generate/checkin-instructions`."""

    instructions: str
    tokens_used: int = Field(ge=0)
    subject: str
    html_instructions: str
    metadata: MessageMetadata


class GeneratedRecommendation(GeneratedEmail):
    """Answer of `generate/recommendation`."""

    recommendations: list[RecommendedService]


def metadata_of(message: WrittenMessage) -> MessageMetadata:
    """How `message` was made."""
    return MessageMetadata(
        template_used=message.template,
        template_version=message.template_version,
        model=message.model,
        tone=message.tone,
        tokens_used=message.tokens_used,
        cost_usd=None if message.cost_usd is None else float(message.cost_usd),
        generation_time_ms=message.generation_time_ms,
        needs_approval=message.needs_approval,
        warnings=list(message.warnings),
        attempts=list(message.attempts),
    )
