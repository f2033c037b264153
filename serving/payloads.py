"""Bodies of the routing operations, in the specification's shape."""

import datetime as dt
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from innkeeper.engine.language import SUPPORTED
from innkeeper.engine.text import clean
from innkeeper.schemas.routing import MAX_MESSAGE_CHARS, GuestMessage, Identifier, RoomNumber

_ISO = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d")
_YEARS = range(2000, 2101)  # a date computed from it must exist, too


def _read_timestamp(value: object) -> object:
    """Refuse the numbers and digit strings that pydantic takes for seconds since 1970."""
    if value is None or isinstance(value, dt.datetime):
        return value
    if not isinstance(value, str) or not _ISO.match(value):
        raise PydanticCustomError("timestamp", "Should be an ISO 8601 date and time, such as 2025-01-17T14:30:00Z")
    if int(value[:4]) not in _YEARS:
        raise PydanticCustomError("timestamp", "Should lie between the years 2000 and 2100")
    return value


def _has_text(value: str) -> str:
    if not clean(value).strip():
        raise PydanticCustomError("no_text", "Has no text, only blanks or invisible characters")
    return value


Text = Annotated[
    str,
    Field(min_length=1, max_length=MAX_MESSAGE_CHARS, description="What the guest wrote; not only blanks."),
    AfterValidator(_has_text),
]
Timestamp = Annotated[
    dt.datetime | None,
    BeforeValidator(_read_timestamp),
    Field(description="When it was sent; now when absent. Without a zone the hotel's is assumed, with a warning."),
]
Language = Annotated[
    str | None,
    StringConstraints(max_length=35),
    Field(
        description="BCP 47 tag; used when the text does not tell. Not English or Vietnamese: ignored, with a warning."
    ),
]


class _Payload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class InboundRequest(_Payload):
    """One guest message. Unknown keys are ignored."""

    message: Text
    id: Identifier | None = Field(default=None, description="Unique per channel.")
    guest_id: Identifier | None = Field(default=None, description="The hotel's id of the guest, never a name.")
    channel: Annotated[str, StringConstraints(max_length=40)] | None = Field(default=None, description="whatsapp, …")
    room_number: RoomNumber | None = Field(default=None, description="Known from the stay; a room in the text wins.")
    timestamp: Timestamp = None


class ClassifyRequest(_Payload):
    """Body of `routing/classify`."""

    request: InboundRequest
    language: Language = None

    def to_message(self) -> tuple[GuestMessage, tuple[str, ...]]:
        """The message for the router, and what was ignored."""
        return _to_message(self.request.model_dump(), self.language)


class ExtractContext(_Payload):
    """What is known besides the text. Unknown keys are ignored."""

    guest_id: Identifier | None = None
    room_number: RoomNumber | None = Field(default=None, description="Known from the stay; a room in the text wins.")
    timestamp: Timestamp = None


class ExtractRequest(_Payload):
    """Body of `routing/extract-entities`."""

    message: Text
    context: ExtractContext | None = None
    timestamp: Timestamp = Field(default=None, description="Wins over the one in `context`.")
    language: Language = None

    def to_message(self) -> tuple[GuestMessage, tuple[str, ...]]:
        """The message for the router, and what was ignored."""
        known = (self.context or ExtractContext()).model_dump()
        known["timestamp"] = self.timestamp or known["timestamp"]
        return _to_message({"message": self.message, **known}, self.language)


def spec_json(value: Any) -> Any:
    """
    A dumped result without its nulls: what a message does not say is absent.

    The one exception is an item's `quantity`, which the specification always shows.
    """
    if isinstance(value, dict):
        return {key: spec_json(each) for key, each in value.items() if each is not None or key == "quantity"}
    return [spec_json(each) for each in value] if isinstance(value, list) else value


def _to_message(fields: dict[str, Any], language: str | None) -> tuple[GuestMessage, tuple[str, ...]]:
    primary = re.split("[-_]", language or "")[0].strip().lower()
    known = primary if primary in SUPPORTED else None
    ignored = (
        ("`language` is neither English (en) nor Vietnamese (vi); it was ignored.",) if primary != (known or "") else ()
    )
    return GuestMessage.model_validate({**fields, "language": known}), ignored
