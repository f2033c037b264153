"""What the assistant's tools take and give. A field that its reader may not see is absent, and named in `withheld`."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from innkeeper.schemas.hotel import BookingStatus, RoomStatus
from innkeeper.schemas.routing import RoomNumber

MAX_NIGHTS = 30
MAX_BOOKINGS = 5
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class _Arguments(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RoomStatusArguments(_Arguments):
    """Which room."""

    room_number: RoomNumber = Field(description="As on the door: 407.")


class BookingArguments(_Arguments):
    """Which booking: at least one of `booking_id`, `room_number`, `guest_name`."""

    booking_id: Short | None = Field(default=None, description="The booking's id, exactly.")
    room_number: RoomNumber | None = Field(default=None, description="The room of the stay.")
    guest_name: Short | None = Field(
        default=None, description="Name or part of it, 3 letters or more; accents do not matter."
    )
    date: dt.date | None = Field(default=None, description="A day of the stay; today for a room when absent.")

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not (self.booking_id or self.room_number or self.guest_name):
            raise ValueError("give a booking_id, a room_number or a guest_name")
        return self


class PricingArguments(_Arguments):
    """Which price."""

    room_type: Short = Field(description="A room type of the hotel: standard, deluxe, suite, …")
    date: dt.date | None = Field(default=None, description="The first night; today when absent.")
    nights: int = Field(default=1, ge=1, le=MAX_NIGHTS)


class AvailabilityArguments(_Arguments):
    """Which nights."""

    check_in_date: dt.date | None = Field(default=None, description="Today when absent.")
    check_out_date: dt.date | None = Field(default=None, description="The day after `check_in_date` when absent.")
    room_type: Short | None = None

    @model_validator(mode="after")
    def _leaves_after_arriving(self) -> Self:
        if self.check_in_date and self.check_out_date and self.check_out_date <= self.check_in_date:
            raise ValueError("check_out_date must be after check_in_date")
        return self


class KnowledgeArguments(_Arguments):
    """What to look for in the hotel's documents."""

    query: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
    top_k: int = Field(default=5, ge=1, le=10)


class CheckoutPolicyArguments(_Arguments):
    """Nothing: the hotel has one check-out policy."""


class ContactArguments(_Arguments):
    """Whom to ask."""

    topic: Short = Field(description="What it is about, in a few words.")


class _Result(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    origin: str = Field(description="Where it comes from: `database:rooms`, `service:room-status`, `documents`.")
    stale: bool = Field(
        default=False,
        description="A live service did not answer: the database's last state, and has to be told.",
    )


class RoomFacts(_Result):
    """State of a room."""

    room_number: str
    floor: int | None = None
    room_type: str | None = None
    status: RoomStatus
    ready_for_guest: bool
    note: str | None = None
    withheld: tuple[str, ...] = ()


class BookingFacts(BaseModel):
    """One booking."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    booking_id: str | None = None
    guest_name: str | None = None
    email: str | None = None
    phone: str | None = None
    room_number: str | None = None
    room_type: str | None = None
    check_in_date: dt.date
    check_out_date: dt.date
    check_out_time: dt.time | None = None
    status: BookingStatus
    total_amount: Decimal | None = None
    currency: str | None = None
    special_requests: str | None = None
    withheld: tuple[str, ...] = Field(default=(), description="Fields that the principal may not see.")


class Bookings(_Result):
    """Bookings that match, the current or next stay first; several are asked about, never guessed."""

    bookings: tuple[BookingFacts, ...] = Field(max_length=MAX_BOOKINGS)
    total: int = Field(ge=0, description="How many match in all.")


class NightPrice(BaseModel):
    """The price of one night."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    date: dt.date
    price: Decimal


class RoomPrice(_Result):
    """What a room type costs."""

    room_type: str
    date: dt.date
    nights: int
    current_price: Decimal = Field(description="Of the first night.")
    base_price: Decimal = Field(description="The lowest price of a night of this type that the hotel has set.")
    total_price: Decimal = Field(description="Of all nights.")
    per_night: tuple[NightPrice, ...]
    currency: str = "VND"


class AvailableRoom(BaseModel):
    """A room that is free for all nights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    room_number: str | None = None  # not shown to guests
    room_type: str
    floor: int | None = None
    ready_for_guest: bool


class Availability(_Result):
    """Rooms that are free."""

    check_in_date: dt.date
    check_out_date: dt.date
    room_type: str | None = None
    by_type: dict[str, int] = Field(description="Free rooms per type; 0 for a type that is full.")
    rooms: tuple[AvailableRoom, ...] = Field(description="At most 30.")


class KnowledgePassage(BaseModel):
    """A passage of a document; `id` is what an answer cites."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    document: str
    title: str
    page: int | None = None
    heading_path: tuple[str, ...] = ()
    text: str
    language: str = "und"
    relevance: float = Field(ge=0, le=1)


class KnowledgeFound(_Result):
    """Passages, best first."""

    passages: tuple[KnowledgePassage, ...]
    relevance: float = Field(ge=0, le=1, description="Of the best; how likely the documents answer at all.")
    note: str = ""


class Contacts(_Result):
    """Whom to ask about a topic."""

    topic: str
    team: str = Field(description="Of the taxonomy, e.g. `front_desk_team`.")
    passages: tuple[KnowledgePassage, ...] = ()
