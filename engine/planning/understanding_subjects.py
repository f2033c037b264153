"""Whom and what a clause is about: rooms, guests, bookings, room types, days, addresses; and what it leaves out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from innkeeper.engine.assistant.asked_dates import Stay, read_stay
from innkeeper.engine.assistant.asked_guests import Guest, find_guests
from innkeeper.engine.assistant.asked_ids import find_booking_ids
from innkeeper.engine.assistant.asked_names import may_be_name
from innkeeper.engine.assistant.asked_room_types import find_room_types
from innkeeper.engine.assistant.asked_rooms import AskedRoom, find_asked_rooms
from innkeeper.engine.assistant.asked_text import Asked, tokenize
from innkeeper.engine.assistant.plan import HotelWords
from innkeeper.engine.entities.source import Pattern, Source
from innkeeper.engine.planning.understanding_clauses import Clause
from innkeeper.schemas.plans import Instruction

ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_MIN_NAME_LETTERS = 3
_NAMED_BEHIND = Pattern(
    r"\b(?:to|for|guest|from|with|of|by|mr|mrs|ms|miss|dr|email|mail|message|text|tell|notify|family|cho|khách|"
    r"của|anh|chị|"
    r"ông|~bà|~cô|tên|named|nhắn|under)\.?\s$"
)
_LEADS_ON = frozenset({"to", "do", "an", "can", "for", "may", "the", "so", "with", "at", "on", "is", "by", "hi"})
_NOT_NAMES = re.compile(
    r"(?:housekeep|maintenance|engineer|concierge|reception|front|manage|security|guest|room|booking|reservation|hotel|"
    r"vietnam|english|whatsapp|zalo|sms|deluxe|suite|standard|kitchen|spa|check|vip|lunar|tet|monday|tuesday|wednesday|"
    r"thursday|friday|saturday|sunday|january|february|march|april|june|july|august|september|october|november|"
    r"december|"
    r"today|tomorrow|please|the|a|an|khach|phong|buong|le|ky|bao|quan|bep|it|hk|fo|ac|tv|wifi|all|everyone|xmas|"
    r"christmas)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Subject:
    """What a clause names, each in order of appearance."""

    rooms: tuple[str, ...] = ()
    guests: tuple[str, ...] = ()
    booking_ids: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    stay: Stay = field(default_factory=lambda: Stay(None, None, None, ()))
    addresses: tuple[str, ...] = ()
    spots: tuple[int, ...] = ()  # where the rooms stand in the clause

    @property
    def names_somebody(self) -> bool:
        """Whether it says which room or whose booking it is about."""
        return bool(self.rooms or self.guests or self.booking_ids)


@dataclass(frozen=True)
class Focus:
    """What the clauses before were about; at first what the context tells."""

    room: str | None = None
    guest: str | None = None
    booking_id: str | None = None
    address: str | None = None
    room_type: str | None = None
    stay: Stay | None = None
    is_context: bool = False
    rooms: tuple[str, ...] = ()  # all that were named last
    booking_ids: tuple[str, ...] = ()  # likewise

    def moved(self, subject: Subject) -> "Focus":
        """The focus behind a clause that names `subject`: another room has another guest."""
        focus = self
        if subject.booking_ids and subject.booking_ids[-1].lower() != (focus.booking_id or "").lower():
            focus = replace(focus, booking_id=subject.booking_ids[-1], room=None, guest=None, address=None)
        if subject.rooms and subject.rooms[-1] != focus.room:
            keeps = bool(subject.booking_ids)
            focus = replace(focus, room=subject.rooms[-1], guest=None,
                            booking_id=focus.booking_id if keeps else None, address=None)  # fmt: skip
        if subject.guests and subject.guests[-1] != focus.guest:
            keeps = bool(subject.booking_ids) or (focus.is_context and focus.guest is None and not subject.rooms)
            focus = replace(focus, guest=subject.guests[-1], room=focus.room if subject.rooms or keeps else None,
                            booking_id=focus.booking_id if keeps else None)  # fmt: skip
        if subject.names_somebody:
            focus = replace(focus, rooms=subject.rooms, booking_ids=subject.booking_ids)
        if subject.types:
            focus = replace(focus, room_type=subject.types[-1])
        if subject.stay.is_named:
            focus = replace(focus, stay=subject.stay)
        return focus


def focus_of(instruction: Instruction, guest: str | None = None) -> Focus:
    """
    What the context tells; a value that is no plain text is left out.

    Args:
        guest: Booking id of a guest who asks; what they do not say otherwise is about their own room.
    """

    def text(*names: str) -> str | None:
        found = (_plain(instruction.context, name) for name in names)
        return next((each for each in found if each), None)

    room = text("room_number", "room")
    address = text("guest_email", "email", "recipient")
    return Focus(
        room=room if room and re.fullmatch(r"[0-9A-Za-z-]{1,12}", room) else None,
        guest=text("guest_name", "guest"),
        booking_id=text("booking_id", "reservation_id", "confirmation_number") or guest,
        address=address if address and ADDRESS.fullmatch(address) else None,
        room_type=text("room_type"),
        is_context=True,
    )


def _plain(context: Mapping[str, Any], name: str) -> str | None:
    value = context.get(name)
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value).strip()[:200] or None
    return None


def subject_of(clause: Clause, words: HotelWords, today: Any) -> Subject:
    """What one clause names."""
    asked = clause.piece
    addresses = tuple(match.group() for match in ADDRESS.finditer(asked.text))
    masked = ADDRESS.sub(lambda match: "_" * len(match.group()), asked.text)
    asked = Asked(masked, asked.language, may_lack_accents=asked.may_lack_accents) if addresses else asked
    ids = find_booking_ids(asked, words.booking_ids, words.room_numbers)
    stay = read_stay(asked.source, today)
    types = find_room_types(asked.tokens, words.room_types)
    blocked = [*stay.spans, *((each.start, each.end) for each in ids)]
    rooms = find_asked_rooms(_without_counting_words(asked), words.room_numbers, blocked)
    rooms = [room for room in rooms if not _is_order_number(asked, room.start)]
    rooms += _lettered(asked, words.room_numbers, {room.number for room in rooms})
    taken = [(each.start, each.end) for each in ids] + [(each.start, each.end) for each in rooms]
    taken += [(each.start, each.end) for each in types] + _verb_span(clause, in_words(words).guest_names)
    guests = _guests(asked, words, taken, list(stay.spans))
    if rooms and asked.may_lack_accents:
        guests = tuple(name for name in guests if not name.islower() or _is_titled(asked, name))
    return Subject(
        tuple(room.number for room in rooms),
        guests,
        tuple(dict.fromkeys(each.booking_id for each in ids)),
        tuple(name for meant in types for name in meant.types),
        stay,
        addresses,
        tuple(room.start for room in rooms),
    )


def _is_titled(asked: Asked, name: str) -> bool:
    """Whether "anh", "mr" stands before it; other small words beside a room are seldom a name ("do an", food)."""
    return bool(
        re.search(rf"(?i)\b(?:anh|chi|ong|chu|bac|mr|mrs|ms|ten|khach ten)\.?\s+{re.escape(name)}\b", asked.text)
    )


_COUNTING = re.compile(
    r"\b(?:kiểm tra|kiem tra|call|gọi|goi|about|over|with|to|trên|"
    r"hơn)(?=\s#?[A-Za-z]?\d)",
    re.IGNORECASE,
)
_ORDER = Pattern(
    r"\b(?:work order|ticket|order|job|wo|phiếu|lệnh|phiếu số|phiếu việc|task)\s(?:no\.?|number|số|id)?\s?#?$"
)


def _lettered(asked: Asked, numbers: frozenset[str], known: set[str]) -> list[AskedRoom]:
    """ "PH-2": a door with letters, written exactly as it is."""
    pattern = _doors(numbers)
    matches = pattern.finditer(asked.text) if pattern else ()
    spelt = {number.lower(): number for number in numbers}
    found = [AskedRoom(*match.span(), spelt[match.group().lower()]) for match in matches]
    return [room for room in found if room.number not in known]


@lru_cache(maxsize=16)
def _doors(numbers: frozenset[str]) -> re.Pattern[str] | None:
    lettered = [
        re.escape(number) for number in sorted(numbers) if not number.isdecimal() and any(map(str.isdigit, number))
    ]
    return re.compile(rf"(?<![\w-])(?:{'|'.join(lettered)})(?![\w-])", re.IGNORECASE) if lettered else None


def _without_counting_words(asked: Asked) -> Source:
    """ "Kiểm tra 201", "call 305": elsewhere a number behind such a word is a price, a count or an extension."""
    text = _COUNTING.sub(lambda match: "~" * len(match.group()), asked.text)
    return Source(text, asked.language)


def _is_order_number(asked: Asked, start: int) -> bool:
    return bool(_ORDER.search(asked.source.before(start, 24)))


def _verb_span(clause: Clause, names: frozenset[str]) -> list[tuple[int, int]]:
    """ "Mark 201 clean" is no order to a guest called Mark."""
    if not clause.verbs or not clause.tokens or clause.borrowed:
        return []
    verb = clause.tokens[clause.verb_at]
    following = clause.tokens[clause.verb_at + 1 : clause.verb_at + 2]
    if verb.plain in names and following and following[0].plain in names:
        return []  # "Mark Hall wants a taxi"
    return [(verb.start, verb.end)]


def _guests(
    asked: Asked, words: HotelWords, blocked: list[tuple[int, int]], days: list[tuple[int, int]]
) -> tuple[str, ...]:
    known = find_guests(asked, in_words(words), blocked, days, of_booking=True)
    names = [_unled(asked, each) for each in known if not each.is_too_short and not _is_no_name(each.name)]
    for start, end in _capitalised(asked):
        used = [*blocked, *((first, last) for first, last, _ in names)]
        is_free = not any(start < last and first < end for first, last in used)
        if is_free and _NAMED_BEHIND.search(asked.source.before(start, 16)):
            names.append((start, end, asked.text[start:end]))
    return tuple(dict.fromkeys(name for _, _, name in sorted(names)))


def _unled(asked: Asked, guest: Guest) -> tuple[int, int, str]:
    """Without the words before it that are spelt as some guest's name: "to" where somebody is called Tố."""
    inside = [token for token in asked.tokens if guest.start <= token.start < guest.end]
    is_written = any(asked.text[token.start].isupper() for token in inside)
    while (
        len(inside) > 1
        and not asked.text[inside[0].start].isupper()
        and (is_written or (inside[0].text in _LEADS_ON and asked.language == "en"))
    ):
        inside = inside[1:]
    if not inside or inside[0].start == guest.start:
        return guest.start, guest.end, guest.name
    return inside[0].start, guest.end, asked.text[inside[0].start : guest.end].removesuffix("'s")


def _is_no_name(name: str) -> bool:
    return bool(_NOT_NAMES.match(name)) and " " not in name and bool(_NOT_NAMES.fullmatch(name))


def _capitalised(asked: Asked) -> list[tuple[int, int]]:
    """Runs of words that are written like a name the hotel does not know."""
    runs: list[tuple[int, int]] = []
    for token in asked.tokens:
        if not may_be_name(asked, token) or _NOT_NAMES.match(token.plain) or len(token.text) < 2:
            continue
        if runs and asked.text[runs[-1][1] : token.start] in {" ", "-", "'"}:
            runs[-1] = (runs[-1][0], token.end)
        else:
            runs.append((token.start, token.end))
    return [(start, end) for start, end in runs if sum(map(str.isalpha, asked.text[start:end])) >= _MIN_NAME_LETTERS]


@lru_cache(maxsize=16)
def in_words(words: HotelWords) -> HotelWords:
    """ "Ji-hoon" is two words, as an instruction is read."""
    plain = frozenset(token.plain for name in words.guest_names for token in tokenize(name))
    spelt = frozenset(token.text for name in words.spelt_names for token in tokenize(name))
    return replace(words, guest_names=plain, spelt_names=spelt)
