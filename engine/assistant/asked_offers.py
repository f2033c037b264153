"""Free rooms and prices of rooms: whether a question asks for them, and the calls that tell."""

import datetime as dt
import re
from dataclasses import replace

from innkeeper.engine.assistant.asked_calls import Step, Subject
from innkeeper.engine.assistant.asked_follow_ups import leads_in
from innkeeper.engine.assistant.asked_parts import Part
from innkeeper.engine.assistant.plan import Fact, Focus, PlannedCall
from innkeeper.engine.entities.source import Pattern

ROOM_TOOLS = {"get_current_pricing", "find_available_rooms"}
_SHORT = 8
_ROOM_WORD = Pattern(r"\b(?:rooms?|villas?|bungalows?|suites?|cabins?|lofts?|units?|phòng|căn|biệt thự|buồng)\b")

_STRONG_FREE = Pattern(
    r"\b(?:trống|free|available|vacant|vacanc\w+|empty|left|availability|full|fully|busy|kín|hết|còn|sold|unsold|"
    r"unoccupied|rảnh|"
    r"cháy|dư)\b"
)
_WANTED = Pattern(
    r"\b(?:any|is there|are there|do (?:we|you|i) have|have (?:we|you) got|got|needs?|still|can i get|còn|có|cần|tìm)\b"
)
_VACANT = re.compile(r"\b(?:nao|may phong|bao nhieu phong|co phong)\b|\btrong(?: (?:khong|ko|chua|hong))?\W*$")

_ROOM_PRICE = Pattern(
    r"\b(?:room (?:rates?|prices?|costs?|tariffs?)|(?:rates?|prices?|costs?) (?:of|for) (?:a|the|one|our)? "
    r"?rooms?|giá phòng|"
    r"how much (?:is|are|for|does|do) (?:a |an |the |one |our )?rooms?|nightly rate|giá (?:một|1) (?:đêm|phòng)|"
    r"phòng (?:\w+ ){0,3}(?:giá |hết |tốn )?(?:bao nhiêu(?: tiền)?|nhiêu)|giá (?:bán )?(?:các |loại |hạng )*phòng|"
    r"giá đêm)\b|"
    r"(?:^\W*|\b(?:is|are|the|our|your|today's|tonight's) )rates?(?= (?:for |on |from )?(?:today|tonight|tomorrow|this|"
    r"next|on|from|\d)|\W*$)"
)

_ALL_TYPES = Pattern(
    r"\b(?:cheapest|most expensive|all (?:the )?(?:room )?types|each (?:room )?type|every (?:room )?type|all (?:our "
    r")?rooms|"
    r"rẻ nhất|đắt nhất|mắc nhất|cao nhất|các loại phòng|các hạng phòng|từng loại|từng hạng|mỗi loại|tất cả (?:các "
    r")?(?:loại|hạng)|bảng giá phòng)\b"
)

_STRONG_PRICE = Pattern(r"\b(?:how much|prices?|pricing|rates?|costs?|giá|bao nhiêu tiền|báo giá|nhiêu tiền|charge)\b")

_OF_OFFERS = {
    Fact.PRICE,
    Fact.BASE_PRICE,
    Fact.TOTAL_PRICE,
    Fact.AMOUNT,
    Fact.NIGHTS,
    Fact.CHECK_IN_DATE,
    Fact.CHECK_OUT_DATE,
}

MAX_TYPES = 3


def offers(part: Part, topic: Focus, is_same_message: bool) -> Step | None:
    """Free rooms, prices, or both; what was spoken of before fills in a type and days that are left out."""
    free = _asks_availability(part)
    priced = _asks_price(part) and (not free or "price" in part.labels or "base_price" in part.labels)
    if topic.tool in ROOM_TOOLS:
        if re.search(r"\b(?:thì sao|thi sao)\W*$", part.asked.source.lower) and not priced:
            return None
        priced = priced or (not free and _continues(part, "price"))
        free = free or (not priced and _continues(part, "availability"))
    if not (free or priced):
        return None
    continues = is_same_message or leads_in(part) or topic.tool in ROOM_TOOLS
    types = _named_types(part) or ((topic.room_type,) if continues and topic.room_type else ())
    day = part.stay.start or (topic.date if continues and topic.tool in ROOM_TOOLS else None)
    nights = part.stay.nights if part.stay.is_named else (topic.nights if continues else None)
    found: list[PlannedCall] = []
    if free:
        found += _availability(types, part, day, nights)
    if priced and (not free or _wants_strong_price(part)):
        if not types or len(types) > 5:
            focus = Focus(date=day, nights=nights, tool="get_current_pricing", facts=(Fact.PRICE,))
            return Step(clarification="which_room_type", focus=focus)
        found += _prices(types, part, day, nights)
    last = found[-1]
    named = types[0] if len(types) == 1 else None
    return Step(tuple(found), focus=Focus(room_type=named, date=day, nights=nights, tool=last.tool, facts=last.facts))


def same_offer(part: Part, topic: Focus, is_same_message: bool) -> Step | None:
    """ "What about tomorrow?", "and the suite?": the last question with another day or type."""
    if not (part.stay.is_named or part.types) or part.words > _SHORT or part.labels & {"service", "policy"}:
        return None
    if not (leads_in(part) or part.words <= 5):
        return None
    day, nights = part.stay.start or topic.date, part.stay.nights or topic.nights
    if topic.tool in ROOM_TOOLS:
        types = _named_types(part) or ((topic.room_type,) if topic.room_type else ())
        if topic.tool == "find_available_rooms":
            found = _availability(types, part, day, nights)
        elif types:
            found = _prices(types, part, day, nights)
        else:
            return Step(clarification="which_room_type", focus=replace(topic, date=day, nights=nights))
        last = types[-1] if types else None
        return Step(
            tuple(found), focus=Focus(room_type=last, date=day, nights=nights, tool=topic.tool, facts=topic.facts)
        )
    return None


def room_price(subject: Subject, part: Part) -> list[PlannedCall]:
    """The price of a certain room: of its type, which its state tells."""
    room = PlannedCall("get_room_status", {"room_number": subject.rooms[0]}, (Fact.ROOM_TYPE,))
    priced = _prices(("",), part, part.stay.start, part.stay.nights)[0]
    arguments = {key: value for key, value in priced.arguments.items() if key != "room_type"}
    return [room, replace(priced, arguments=arguments, takes={"room_type": "get_room_status.room_type"})]


def _asks_availability(part: Part) -> bool:
    """Free rooms, none in particular."""
    is_clear = part.stay.is_named or part.words <= _SHORT - 2
    names_type = bool(part.types) and Fact.ROOM_STATUS in part.facts and is_clear
    if part.types and part.stay.is_named and "price" not in part.labels and _WANTED.search(part.asked.source.lower):
        names_type = True
    if not ("availability" in part.labels or names_type):
        return False
    if part.has_subject or part.labels & {"service", "include", "contact"}:
        return False
    if "procedure" in part.labels and not part.stay.is_named:
        return False
    lower = part.asked.source.lower
    strong = _says_free(part)
    named = (
        bool(part.types)
        or bool(_ROOM_WORD.search(lower))
        or bool(re.search(r"\b(?:vacanc|fully booked|sold out|full|anything|còn gì|con gi)", lower))
    )
    return (named or part.stay.nights is not None) and (strong or part.stay.is_named)


def _says_free(part: Part) -> bool:
    """Whether a word for "free" stands there; "trong" without accents needs company, it may be "in" as well."""
    lower = part.without_inside
    words = {match.group() for match in _STRONG_FREE.finditer(lower)}
    if not part.asked.may_lack_accents or words != {"trong"}:
        return bool(words)
    return part.stay.is_named or bool(_VACANT.search(lower))


def _asks_price(part: Part) -> bool:
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
    if part.types or (_ALL_TYPES.search(lower) and _ROOM_WORD.search(lower)):
        return True
    return bool(_ROOM_PRICE.search(lower)) and (part.stay.is_named or part.words <= 6)


def _continues(part: Part, label: str) -> bool:
    """ "How much is it?", "còn trống không": about the rooms that were just spoken of."""
    clear = not part.has_subject and not part.labels & {"service", "include", "procedure", "contact", "policy"}
    if clear and label == "price" and part.stay.is_named and part.labels & {"amount", "total_price", "price"}:
        return True
    return clear and part.words <= 6 and label in part.labels


def _wants_strong_price(part: Part) -> bool:
    """Beside free rooms also their price."""
    return bool(part.types) and bool(_STRONG_PRICE.search(part.asked.source.lower)) and _asks_price(part)


def _named_types(part: Part) -> tuple[str, ...]:
    """Room types that are meant; all of them where "the cheapest" is."""
    found = tuple(dict.fromkeys(each for meant in part.types for each in meant.types))
    if not found and _ALL_TYPES.search(part.asked.source.lower):
        return part.hotel.room_types[:5]
    return found


def _prices(types: tuple[str, ...], part: Part, day: dt.date | None, nights: int | None) -> list[PlannedCall]:
    """A price a type; the total first where several nights are asked."""
    nights = nights or 1
    facts: tuple[Fact, ...] = (Fact.PRICE, Fact.BASE_PRICE)
    if nights > 1:
        facts = (Fact.TOTAL_PRICE, Fact.PRICE)
    if Fact.BASE_PRICE in part.facts:
        facts = (Fact.BASE_PRICE, Fact.PRICE)
    when = {"date": day or part.today, "nights": nights}
    return [PlannedCall("get_current_pricing", {"room_type": each, **when}, facts) for each in types]


def _availability(types: tuple[str, ...], part: Part, day: dt.date | None, nights: int | None) -> list[PlannedCall]:
    """Free rooms of the types, or of any."""
    start = day or part.today
    end = start + dt.timedelta(nights or 1)
    when = {"check_in_date": start, "check_out_date": end}
    facts: tuple[Fact, ...] = (Fact.AVAILABLE_ROOMS, Fact.AVAILABLE_COUNT)
    if "count" in part.labels:
        facts = (Fact.AVAILABLE_COUNT, Fact.AVAILABLE_ROOMS)
    wanted: tuple[str | None, ...] = types if 0 < len(types) <= MAX_TYPES else (None,)
    return [PlannedCall("find_available_rooms", when | ({"room_type": each} if each else {}), facts) for each in wanted]
