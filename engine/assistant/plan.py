"""What a question asks for: which tools with which arguments, and which of their facts."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal


class Fact(StrEnum):
    """What somebody wants to know of a tool's result."""

    ROOM_STATUS = "room_status"  # what state is it in
    READY = "ready"  # may a guest have it
    ROOM_NOTE = "room_note"  # what is wrong with it
    ROOM_TYPE = "room_type"
    FLOOR = "floor"
    GUEST_NAME = "guest_name"
    ROOM_NUMBER = "room_number"
    CHECK_IN_DATE = "check_in_date"
    CHECK_OUT_DATE = "check_out_date"
    CHECK_OUT_TIME = "check_out_time"
    NIGHTS = "nights"
    BOOKING_ID = "booking_id"
    BOOKING_STATUS = "booking_status"
    AMOUNT = "amount"
    EMAIL = "email"
    PHONE = "phone"
    SPECIAL_REQUESTS = "special_requests"
    BOOKING = "booking"  # everything that may be seen
    PRICE = "price"
    BASE_PRICE = "base_price"
    TOTAL_PRICE = "total_price"
    AVAILABLE_COUNT = "available_count"
    AVAILABLE_ROOMS = "available_rooms"
    POLICY = "policy"  # what the documents say
    CONTACT = "contact"


@dataclass(frozen=True)
class PlannedCall:
    """
    A tool to call.

    Attributes:
        tool: Name in the registry (`schemas/tools.py` has the argument models).
        arguments: As its argument model takes them, dates as `datetime.date`.
        facts: What is asked of its result, most wanted first.
        takes: Arguments that come from the result of an earlier call of the same plan, as
            {"room_number": "lookup_booking.room_number"}: the call runs in the next round.
    """

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()
    takes: dict[str, str] = field(default_factory=dict)


Clarification = Literal[
    "which_room", "which_guest", "name_too_short", "which_room_type", "which_dates", "nothing_asked"
]
Courtesy = Literal["greeting", "thanks", "goodbye", "help"]


@dataclass(frozen=True)
class Plan:
    """
    How a question is answered.

    Attributes:
        language: Of the answer.
        calls: Tools; without any, the documents alone answer, or nothing does.
        document_question: The part that the documents have to answer, self-contained (a follow-up's subject is put in);
            none when the tools answer it all.
        clarification: What has to be asked back before anything can be looked up.
        courtesy: There is no question in it.
        focus: What the conversation is about after this question, for the next one.
    """

    language: Literal["en", "vi"]
    calls: tuple[PlannedCall, ...] = ()
    document_question: str | None = None
    clarification: Clarification | None = None
    courtesy: Courtesy | None = None
    focus: "Focus" = field(default_factory=lambda: Focus())


@dataclass(frozen=True)
class Focus:
    """
    What a conversation is about; a follow-up such as "and when does she leave?" is read with it. Plain JSON values.

    Attributes:
        choices: Booking ids that were asked about in the last answer, in the order they were listed.
        facts: What was asked last, for "and 305?".
        question: The last question to the documents, for "and on Sundays?".
    """

    room_number: str | None = None
    booking_id: str | None = None
    guest_name: str | None = None
    room_type: str | None = None
    date: dt.date | None = None
    nights: int | None = None
    tool: str | None = None
    facts: tuple[Fact, ...] = ()
    choices: tuple[str, ...] = ()
    question: str | None = None


@dataclass(frozen=True)
class HotelWords:
    """
    What the hotel calls things, read once from its database; a question is understood with them.

    Attributes:
        room_numbers: All of them, as on the doors.
        room_types: All of them.
        guest_names: Folded words (no accents, lower case) of the names of current and coming guests; a name without a
            title ("is Lan here?") is only a name when it is one of these.
        booking_ids: Folded.
        spelt_names: The words of `guest_names` in lower case with their accents: "hủy" is no Huy. Empty when unknown.
    """

    room_numbers: frozenset[str] = frozenset()
    room_types: tuple[str, ...] = ()
    guest_names: frozenset[str] = frozenset()
    booking_ids: frozenset[str] = frozenset()
    spelt_names: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Worded:
    """
    A text for a person.

    Attributes:
        text: At most 80 words.
        confidence: [0, 1]; below 0.5 where the answer is not known.
        cited: Ids of the passages that it rests on, in order.
        origins: `origin` of the tool results that it rests on.
        handoff: Why somebody else has to be asked; none when it is an answer.
    """

    text: str
    confidence: float
    cited: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    handoff: Literal["not_known", "not_allowed", "unclear", "failed"] | None = None
