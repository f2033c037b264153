"""Words for prices and free rooms."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence

from innkeeper.engine.assistant.formats import (
    Language,
    clipped,
    list_text,
    money_text,
    night_text,
    number_text,
    range_text,
    sentence,
    short_date,
)
from innkeeper.engine.assistant.phrases_sentences import say, whole
from innkeeper.engine.assistant.phrases_stays import nights_text
from innkeeper.engine.assistant.plan import Fact
from innkeeper.engine.assistant.told import Told
from innkeeper.engine.text import fold
from innkeeper.schemas.tools import Availability, AvailableRoom, RoomPrice

_TYPE_WORDS = 5
_MOST_NIGHTS = 4  # more are told as lowest and highest
_MOST_ROOMS = 12
_MOST_TYPES = 6
_LISTED_WORDS = 30
# A type that ends in one of these names the thing itself: "2 suites", but "2 deluxe rooms".
_HOUSES = re.compile(
    r"\b(?:room|suite|villa|bungalow|studio|apartment|loft|cabin|house|cottage|chalet|tent|penthouse|residence|dorm|"
    r"dormitory)$",
    re.IGNORECASE,
)
# In the texts of the tools' errors.
_KNOWN_TYPES = re.compile(r"(?:\bit has|\btypes?:|\bcould be meant:)\s+([^.;]+)")
_SUBTYPE = re.compile(r"[\s_]+")
_BASE = frozenset({Fact.BASE_PRICE})


def rooms_text(room_type: str, count: int, language: Language) -> str:
    """A number of rooms of a type: "1 deluxe room", "2 suites", "2 phòng deluxe"."""
    kind = kind_text(room_type, language)
    plural = "" if count == 1 or language == "vi" else "s"
    return f"{number_text(count, language)} {kind}{plural}"


def kind_text(room_type: str, language: Language) -> str:
    """A type as a noun: "deluxe room", "family suite", "phòng deluxe"."""
    name = clipped(_SUBTYPE.sub(" ", room_type), _TYPE_WORDS)
    if language == "vi":
        return name if fold(name).startswith(("phong ", "biet thu", "can ")) else f"phòng {name}"
    return name if _HOUSES.search(name) else f"{name} room"


def tell_price(price: RoomPrice, facts: Sequence[Fact], language: Language, today: dt.date) -> Told:
    """
    What is asked of a price: that of the first night, of all nights, or the lowest one.

    Args:
        price: What the tool gave.
        facts: Most wanted first.
        language: Of the text.
        today: The hotel's day.
    """
    told = Told()
    kind = kind_text(price.room_type, language)
    if price.nights > 1:
        told.sentences.append(_total(price, kind, language))
        if Fact.BASE_PRICE in facts:
            told.sentences.append(_base(price, kind, language))
    elif set(facts) == _BASE:
        told.sentences.append(_base(price, kind, language))
    else:
        told.sentences.append(_one_night(price, kind, facts, language, today))
    return told


def _money(price: RoomPrice, language: Language) -> tuple[str, str]:
    return (
        money_text(price.current_price, price.currency, language),
        money_text(price.base_price, price.currency, language),
    )


def _base(price: RoomPrice, kind: str, language: Language) -> str:
    return whole("base", language, rooms=_each(kind, language), base=_money(price, language)[1])


def _each(kind: str, language: Language) -> str:
    if language == "vi":
        return kind
    vowel = re.match(r"[aeio]|u(?!ni)", kind, re.IGNORECASE)
    return f"{'an' if vowel else 'a'} {kind}"


def _one_night(price: RoomPrice, kind: str, facts: Sequence[Fact], language: Language, today: dt.date) -> str:
    current, base = _money(price, language)
    night = night_text(price.date, language, today)
    text = say("price", language, rooms=_each(kind, language), night=night, price=current)
    if price.base_price != price.current_price:
        text += f" ({say('base_aside', language, base=base)})"
    elif Fact.BASE_PRICE in facts:
        text += f" ({say('base_same', language)})"
    return sentence(text)


def _total(price: RoomPrice, kind: str, language: Language) -> str:
    total = money_text(price.total_price, price.currency, language)
    nights = nights_text(price.nights, language)
    day = short_date(price.date, language)
    text = say("total", language, nights=nights, rooms=_each(kind, language), day=day, total=total)
    each = [night.price for night in price.per_night]
    if len(set(each)) == 1:
        aside = say("each_night", language, price=money_text(each[0], price.currency, language))
    elif 1 < len(each) <= _MOST_NIGHTS:
        aside = "; ".join(
            f"{short_date(night.date, language)}: {money_text(night.price, price.currency, language)}"
            for night in price.per_night
        )
    elif each:
        low, high = (money_text(amount, price.currency, language) for amount in (min(each), max(each)))
        aside = say("between", language, low=low, high=high)
    else:
        return sentence(text)
    return sentence(f"{text} ({aside})")


def tell_availability(free: Availability, facts: Sequence[Fact], language: Language, today: dt.date) -> Told:
    """
    Which rooms are free: how many, of which types, and their numbers where they may be seen.

    Args:
        free: What the tool gave.
        facts: A yes or no begins the text when `AVAILABLE_ROOMS` is the first.
        language: Of the text.
        today: The hotel's day; rooms that are ready are named when it is the day of arrival.
    """
    told = Told()
    counts = _counts(free)
    count = sum(counts.values())
    answers = not facts or facts[0] in {Fact.AVAILABLE_ROOMS, Fact.READY}
    night = _nights(free, language, today)
    if count:
        text = _some(free, counts, night, language, numbers=Fact.AVAILABLE_ROOMS in facts or not facts)
        told.sentences.append(sentence(say("yes", language, rest=text) if answers else text))
        told.sentences += _ready(free, language, today)
        return told
    others = {name: left for name, left in free.by_type.items() if left}
    if free.room_type is None or not free.by_type:
        none = say("free_no_room", language, night=night)
    else:
        none = _none(free.room_type, night, language)
    told.sentences.append(sentence(say("no", language, rest=none) if answers else none))
    if others:
        told.sentences.append(whole("free_other", language, rooms=_by_type(others, language)))
    return told


def _counts(free: Availability) -> dict[str, int]:
    """Free rooms per type, of the asked type alone when one was asked."""
    if free.room_type is None:
        return {name: count for name, count in free.by_type.items() if count}
    wanted = fold(free.room_type)
    return {name: count for name, count in free.by_type.items() if count and fold(name) == wanted}


def _nights(free: Availability, language: Language, today: dt.date) -> str:
    if (free.check_out_date - free.check_in_date).days == 1:
        return night_text(free.check_in_date, language, today)
    days = range_text(free.check_in_date, free.check_out_date, language)
    return f"từ {days}" if language == "vi" else days


def _some(free: Availability, counts: Mapping[str, int], night: str, language: Language, *, numbers: bool) -> str:
    count = sum(counts.values())
    are = "is" if count == 1 else "are"
    if len(counts) == 1:
        rooms = rooms_text(next(iter(counts)), count, language)
    else:
        rooms = f"{number_text(count, language)} {'phòng' if language == 'vi' else 'rooms'}"
    text = say("free_some", language, rooms=rooms, are=are, night=night)
    if len(counts) > 1:
        text += f": {_by_type(counts, language)}"
    shown = [room for room in free.rooms if room.room_number and room.room_type in counts]
    if not shown or not (numbers or len(counts) == 1):
        return text
    listed = _numbers(shown, count, language)
    return f"{text} ({listed})" if len(counts) > 1 else f"{text}: {listed}"


def _numbers(rooms: Sequence[AvailableRoom], count: int, language: Language) -> str:
    listed = [str(room.room_number) for room in rooms[:_MOST_ROOMS]]
    more = count - len(listed)
    if more > 0:
        listed.append(say("and_more", language, count=number_text(more, language)))
    return list_text(listed, language)


def _none(room_type: str, night: str, language: Language) -> str:
    return say("free_none", language, rooms=kind_text(room_type, language), night=night)


def _by_type(counts: Mapping[str, int], language: Language) -> str:
    listed = [rooms_text(name, count, language) for name, count in list(counts.items())[:_MOST_TYPES]]
    if len(counts) > _MOST_TYPES:
        left = sum(list(counts.values())[_MOST_TYPES:])
        listed.append(say("and_more", language, count=number_text(left, language)))
    return list_text(listed, language)


def _ready(free: Availability, language: Language, today: dt.date) -> list[str]:
    """On the day of arrival: which of the rooms a guest may have at once."""
    if free.check_in_date != today or not free.rooms:
        return []
    ready = [room for room in free.rooms if room.ready_for_guest]
    if not ready:
        return [whole("free_ready_none", language)]
    numbers = [room.room_number for room in ready[:_MOST_ROOMS] if room.room_number]
    if not numbers or len(ready) == len(free.rooms):
        return []
    return [whole("free_ready", language, rooms=list_text(numbers, language))]


def tell_no_price(arguments: Mapping[str, object], detail: str, language: Language, today: dt.date) -> list[str]:
    """That there is no price or no such type, and which ones there are as far as `detail` names them."""
    room_type, day = arguments.get("room_type"), arguments.get("date") or arguments.get("check_in_date")
    days = [dt.date.fromisoformat(found) for found in re.findall(r"\b\d{4}-\d{2}-\d{2}\b", detail)]
    types = _KNOWN_TYPES.search(detail)
    is_unknown = types is not None and fold(str(room_type)) not in fold(types[1])
    sentences = [_nothing(room_type, None if is_unknown else day, language, today)]
    if types:
        sentences.append(whole("known_types", language, types=clipped(types[1], _LISTED_WORDS)))
    elif len(days) > 1:
        first, last = (short_date(each, language) for each in days[-2:])
        sentences.append(whole("known_period", language, first=first, last=last))
    return sentences


def _nothing(room_type: object, day: object, language: Language, today: dt.date) -> str:
    if isinstance(room_type, str) and isinstance(day, dt.date):
        night = night_text(day, language, today)
        return whole("no_price", language, rooms=_each(kind_text(room_type, language), language), night=night)
    if isinstance(room_type, str):
        return whole("no_type", language, type=clipped(room_type, _TYPE_WORDS))
    return whole("no_price_any", language)


def ask_which_type(detail: str, language: Language) -> str | None:
    """Ask which of the room types in `detail` is meant; none when it names none."""
    types = _KNOWN_TYPES.search(detail)
    return None if types is None else whole("which_of_types", language, types=clipped(types[1], _LISTED_WORDS))
