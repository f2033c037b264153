"""The tool calls that one question asks for, once it is known what it is about."""

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Any

from innkeeper.engine.assistant.asked_dates import past_instead
from innkeeper.engine.assistant.asked_parts import ROOM_FACTS, Part
from innkeeper.engine.assistant.plan import Clarification, Fact, Focus, PlannedCall
from innkeeper.engine.entities.source import Pattern
from innkeeper.engine.entities.times import find_times

BOOKING_FACTS = (
    Fact.GUEST_NAME, Fact.ROOM_NUMBER, Fact.CHECK_IN_DATE, Fact.CHECK_OUT_DATE, Fact.CHECK_OUT_TIME, Fact.NIGHTS,
    Fact.BOOKING_ID, Fact.BOOKING_STATUS, Fact.AMOUNT, Fact.EMAIL, Fact.PHONE, Fact.SPECIAL_REQUESTS, Fact.BOOKING,
)  # fmt: skip
_BARE_WORDS = 6
# What one word beside a room, a name or an id asks for: "212 who", "BK-12 total".
_BARE = (
    (Pattern(r"\b(?:phone|tel|sđt)\b"), Fact.PHONE),
    (Pattern(r"\b(?:notes?|why|lý do|ghi chú)\b"), Fact.ROOM_NOTE),
    (Pattern(r"\b(?:who|names?|tên|ai)\b"), Fact.GUEST_NAME),
    (Pattern(r"\b(?:total|sum|tổng)\b"), Fact.AMOUNT),
    (Pattern(r"\b(?:nights|how long|bao lâu|số đêm)\b"), Fact.NIGHTS),
    (Pattern(r"\b(?:departure|leaves|leaving|out)\b"), Fact.CHECK_OUT_DATE),
    (Pattern(r"\b(?:arrival|arrives|arriving)\b"), Fact.CHECK_IN_DATE),
    (Pattern(r"\b(?:floor|tầng|lầu)\b"), Fact.FLOOR),
    (Pattern(r"\btype\b"), Fact.ROOM_TYPE),
)
_OPEN_END = Pattern(r"\b(?:late|later|longer|past|extend\w*|another|extra|gia hạn|muộn|trễ|thêm|chậm|quá|lố|nán)\b")


@dataclass(frozen=True)
class Subject:
    """Which bookings or rooms a question is about; the first that is set counts."""

    booking_ids: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    guests: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.booking_ids or self.rooms or self.guests)


@dataclass(frozen=True)
class Step:
    """What one part comes to."""

    calls: tuple[PlannedCall, ...] = ()
    document: str | None = None
    clarification: Clarification | None = None
    focus: Focus = field(default_factory=Focus)


def subject_of(part: Part) -> Subject:
    """What a question names itself."""
    return Subject(
        tuple(each.booking_id for each in part.ids),
        tuple(each.number for each in part.rooms),
        tuple(each.name for each in part.guests if not each.is_too_short),
    )


def subject_of_focus(focus: Focus) -> Subject:
    """What the conversation is about."""
    return Subject(
        (focus.booking_id,) if focus.booking_id else (),
        (focus.room_number,) if focus.room_number else (),
        (focus.guest_name,) if focus.guest_name else (),
    )


def booking_facts(part: Part, *, about_room: bool) -> tuple[Fact, ...]:
    """Facts of a booking that are asked; where a room is named, its number is known."""
    facts = [fact for fact in part.facts if fact in BOOKING_FACTS]
    if about_room:
        facts = [fact for fact in facts if fact is not Fact.ROOM_NUMBER]
    if len(facts) > 1:
        facts = [fact for fact in facts if fact is not Fact.BOOKING]
    return tuple(facts)


def bare_fact(part: Part) -> Fact | None:
    """The fact that a single word of a short question stands for."""
    if part.words > _BARE_WORDS:
        return None
    lower = part.asked.source.lower
    return next((fact for pattern, fact in _BARE if pattern.search(lower)), None)


def room_facts(part: Part) -> tuple[Fact, ...]:
    """Facts of a room that are asked; its state explains whether it is ready."""
    facts = [fact for fact in part.facts if fact in ROOM_FACTS or fact is Fact.ROOM_TYPE]
    if Fact.READY in facts and Fact.ROOM_STATUS not in facts:
        facts.append(Fact.ROOM_STATUS)
    if Fact.ROOM_NOTE in facts and Fact.ROOM_STATUS not in facts:
        facts.append(Fact.ROOM_STATUS)
    if facts == [Fact.ROOM_STATUS]:
        facts.append(Fact.READY)
    return tuple(dict.fromkeys(facts))


def lookups(subject: Subject, facts: tuple[Fact, ...], part: Part) -> list[PlannedCall]:
    """Look the subject's bookings up."""
    keys: list[dict[str, Any]] = (
        [{"booking_id": each} for each in subject.booking_ids]
        or [{"room_number": each} for each in subject.rooms]
        or [{"guest_name": each} for each in subject.guests]
    )
    day = part.stay.start
    is_of_stay = day is not None and not _asks_that_day(part, facts)
    when = (
        {"date": past_instead(day, part.today)}
        if day and is_of_stay and subject.rooms and not subject.booking_ids
        else {}
    )
    return [PlannedCall("lookup_booking", {**key, **when}, facts or (Fact.BOOKING,)) for key in keys]


def _asks_that_day(part: Part, facts: tuple[Fact, ...]) -> bool:
    """ "Is she leaving today?" asks for the day; "who is in 301 today?" names it."""
    return (
        part.stay.start is not None
        and part.stay.start >= part.today
        and bool(
            {Fact.CHECK_OUT_DATE, Fact.CHECK_OUT_TIME, Fact.CHECK_IN_DATE, Fact.BOOKING_STATUS}.intersection(facts)
        )
    )


def states(subject: Subject, facts: tuple[Fact, ...], part: Part) -> list[PlannedCall]:
    """Ask for the state of the subject's rooms; of a guest's room once the booking has told its number."""
    if subject.rooms:
        return [PlannedCall("get_room_status", {"room_number": room}, facts) for room in subject.rooms]
    first = lookups(subject, (Fact.ROOM_NUMBER,), part)[:1]
    chained = PlannedCall("get_room_status", {}, facts, {"room_number": "lookup_booking.room_number"})
    return [*first, chained]


def asks_late(part: Part) -> bool:
    """Whether somebody wants to leave after the usual time."""
    lower = part.asked.source.lower
    if "late" not in part.labels:
        leaves = re.search(r"\b(?:check[- ]out|trả phòng|tra phong)", lower)
        return bool(leaves) and "allow" in part.labels and late_until(part) is not None
    return bool(_OPEN_END.search(lower) or part.stay.nights) or (
        "allow" in part.labels and late_until(part) is not None
    )


def late_until(part: Part) -> str | None:
    """The time of a late check-out, HH:MM; nobody leaves late before eight in the morning."""
    reference = dt.datetime.combine(part.today, dt.time(12), dt.UTC)
    found = find_times(part.asked.source, reference, is_today=False)
    if not found:
        return None
    minutes = found[0].minutes + (720 if found[0].minutes < 480 else 0)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def late_question(part: Part) -> str:
    """The question that the documents answer about a late check-out."""
    until = late_until(part)
    if until is None and part.stay.is_named:
        return part.asked.text.strip()  # another night, no later hour
    if part.asked.language == "vi":
        return f"Trả phòng muộn{f' đến {until}' if until else ''} có được không, phụ thu bao nhiêu?"
    return f"Is late check-out{f' until {until}' if until else ''} possible, and what is the fee?"
