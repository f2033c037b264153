"""The tool calls that one question asks for, once it is known what it is about."""

import datetime as dt
import re
from dataclasses import dataclass, replace
from typing import Any

from innkeeper.engine.assistant.asked_dates import past_instead
from innkeeper.engine.assistant.asked_parts import ROOM_FACTS, Part
from innkeeper.engine.assistant.plan import Fact, Focus, PlannedCall
from innkeeper.engine.entities.source import Pattern
from innkeeper.engine.entities.times import find_times

MAX_TYPES = 3
BOOKING_FACTS = (
    Fact.GUEST_NAME, Fact.ROOM_NUMBER, Fact.CHECK_IN_DATE, Fact.CHECK_OUT_DATE, Fact.CHECK_OUT_TIME, Fact.NIGHTS,
    Fact.BOOKING_ID, Fact.BOOKING_STATUS, Fact.AMOUNT, Fact.EMAIL, Fact.PHONE, Fact.SPECIAL_REQUESTS, Fact.BOOKING,
)  # fmt: skip
_ROOM_WORD = Pattern(r"\b(?:rooms?|villas?|bungalows?|suites?|cabins?|lofts?|units?|phòng|căn|biệt thự|buồng)\b")
_STRONG_FREE = Pattern(
    r"\b(?:trống|free|available|vacant|vacanc\w+|empty|left|availability|full|fully|kín|hết|còn|sold|unsold|unoccupied|rảnh|"
    r"cháy|dư)\b"
)
_ROOM_PRICE = Pattern(
    r"\b(?:room (?:rates?|prices?|costs?|tariffs?)|rates?|(?:rates?|prices?|costs?) (?:of|for) (?:a|the|one|our)? ?rooms?|giá phòng|"
    r"how much (?:is|are|for|does|do) (?:a |an |the |one |our )?rooms?|nightly rate|giá (?:một|1) (?:đêm|phòng)|"
    r"phòng (?:\w+ ){0,3}(?:giá |hết |tốn )?(?:bao nhiêu(?: tiền)?|nhiêu)|giá (?:bán )?(?:các |loại |hạng )*phòng|giá đêm)\b"
)
_ALL_TYPES = Pattern(
    r"\b(?:cheapest|most expensive|all (?:the )?(?:room )?types|each (?:room )?type|every (?:room )?type|all (?:our )?rooms|"
    r"rẻ nhất|đắt nhất|mắc nhất|cao nhất|các loại phòng|các hạng phòng|từng loại|từng hạng|mỗi loại|tất cả (?:các )?(?:loại|hạng)|bảng giá phòng)\b"
)
_STRONG_PRICE = Pattern(r"\b(?:how much|prices?|pricing|rates?|costs?|giá|bao nhiêu tiền|báo giá|nhiêu tiền|charge)\b")
_OPEN_END = Pattern(r"\b(?:late|later|longer|past|extend\w*|muộn|trễ|thêm|chậm|quá|lố|nán)\b")


_OF_OFFERS = {Fact.PRICE, Fact.BASE_PRICE, Fact.TOTAL_PRICE, Fact.AMOUNT, Fact.NIGHTS, Fact.CHECK_IN_DATE, Fact.CHECK_OUT_DATE}


@dataclass(frozen=True)
class Subject:
    """Which bookings or rooms a question is about; the first that is set counts."""

    booking_ids: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    guests: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.booking_ids or self.rooms or self.guests)


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


def asks_availability(part: Part) -> bool:
    """Free rooms, none in particular."""
    if "availability" not in part.labels or part.has_subject or part.labels & {"service", "include", "contact"}:
        return False
    if "procedure" in part.labels and not part.stay.is_named:
        return False
    lower = part.asked.source.lower
    strong = bool(_STRONG_FREE.search(lower))
    named = (
        bool(part.types)
        or bool(_ROOM_WORD.search(lower))
        or bool(re.search(r"\b(?:vacanc|fully booked|sold out|full)", lower))
    )
    return named and (strong or part.stay.is_named)


def asks_price(part: Part) -> bool:
    """The price of a room, not of a service."""
    labels = part.labels
    if labels & {"service", "include", "contact", "bulk", "policy", "late"}:
        return False
    names_offer = bool(part.types) and part.stay.is_named and "availability" not in labels and "procedure" not in labels
    if names_offer and not part.has_subject and not set(part.facts) - _OF_OFFERS:
        return True  # "a deluxe for two nights from Friday"
    if not labels & {"price", "base_price"}:
        return False
    lower = part.asked.source.lower
    if "procedure" in labels and not part.types:
        return False
    if part.has_subject:
        return False
    if part.types or _ALL_TYPES.search(lower):
        return True
    return bool(_ROOM_PRICE.search(lower)) and (part.stay.is_named or part.words <= 6)


def continues_rooms(part: Part, label: str) -> bool:
    """ "How much is it?", "còn trống không": about the rooms that were just spoken of."""
    clear = not part.has_subject and not part.labels & {"service", "include", "procedure", "contact", "policy"}
    if clear and label == "price" and part.stay.is_named and part.labels & {"amount", "total_price", "price"}:
        return True
    return clear and part.words <= 6 and label in part.labels


def wants_strong_price(part: Part) -> bool:
    """Beside free rooms also their price."""
    return bool(part.types) and bool(_STRONG_PRICE.search(part.asked.source.lower)) and asks_price(part)


def named_types(part: Part) -> tuple[str, ...]:
    """Room types that are meant; all of them where "the cheapest" is."""
    found = tuple(dict.fromkeys(each for meant in part.types for each in meant.types))
    if not found and _ALL_TYPES.search(part.asked.source.lower):
        return part.hotel.room_types[:5]
    return found


def prices(types: tuple[str, ...], part: Part, day: dt.date | None, nights: int | None) -> list[PlannedCall]:
    """A price a type; the total first where several nights are asked."""
    nights = nights or 1
    facts: tuple[Fact, ...] = (Fact.PRICE, Fact.BASE_PRICE)
    if nights > 1:
        facts = (Fact.TOTAL_PRICE, Fact.PRICE)
    if Fact.BASE_PRICE in part.facts:
        facts = (Fact.BASE_PRICE, Fact.PRICE)
    when = {"date": day or part.today, "nights": nights}
    return [PlannedCall("get_current_pricing", {"room_type": each, **when}, facts) for each in types]


def availability(types: tuple[str, ...], part: Part, day: dt.date | None, nights: int | None) -> list[PlannedCall]:
    """Free rooms of the types, or of any."""
    start = day or part.today
    end = start + dt.timedelta(nights or 1)
    when = {"check_in_date": start, "check_out_date": end}
    facts: tuple[Fact, ...] = (Fact.AVAILABLE_ROOMS, Fact.AVAILABLE_COUNT)
    if "count" in part.labels:
        facts = (Fact.AVAILABLE_COUNT, Fact.AVAILABLE_ROOMS)
    wanted: tuple[str | None, ...] = types if 0 < len(types) <= MAX_TYPES else (None,)
    return [PlannedCall("find_available_rooms", when | ({"room_type": each} if each else {}), facts) for each in wanted]


def room_price(subject: Subject, part: Part) -> list[PlannedCall]:
    """The price of a certain room: of its type, which its state tells."""
    room = PlannedCall("get_room_status", {"room_number": subject.rooms[0]}, (Fact.ROOM_TYPE,))
    priced = prices(("",), part, part.stay.start, part.stay.nights)[0]
    arguments = {key: value for key, value in priced.arguments.items() if key != "room_type"}
    return [room, replace(priced, arguments=arguments, takes={"room_type": "get_room_status.room_type"})]


def asks_late(part: Part) -> bool:
    """Whether somebody wants to leave after the usual time."""
    if "late" not in part.labels:
        return False
    lower = part.asked.source.lower
    return bool(_OPEN_END.search(lower)) or ("allow" in part.labels and late_until(part) is not None)


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
    if part.asked.language == "vi":
        return f"Trả phòng muộn{f' đến {until}' if until else ''} có được không, phụ thu bao nhiêu?"
    return f"Is late check-out{f' until {until}' if until else ''} possible, and what is the fee?"
