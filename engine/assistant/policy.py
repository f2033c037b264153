"""Who may call which tool and see which field: one table, applied before a tool's result leaves it."""

import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Literal, TypeVar

from pydantic import BaseModel

from innkeeper.schemas.access import Role
from innkeeper.schemas.tools import AvailableRoom, BookingFacts, RoomFacts, RoomPrice

Kind = Literal["booking", "room", "price", "free_room"]
LookedUpBy = Literal["booking_id", "room_number", "guest_name"]
Shown = TypeVar("Shown", bound=BaseModel)

_ALWAYS = {"origin", "stale", "withheld"}  # about the result, not about anybody
_FIELDS: dict[Kind, frozenset[str]] = {
    "booking": frozenset(BookingFacts.model_fields) - _ALWAYS,
    "room": frozenset(RoomFacts.model_fields) - _ALWAYS,
    "price": frozenset(RoomPrice.model_fields) - _ALWAYS,
    "free_room": frozenset(AvailableRoom.model_fields) - _ALWAYS,
}
_STAY = frozenset({"room_number", "room_type", "check_in_date", "check_out_date", "check_out_time", "status"})
# What differs from "every field": all other roles and kinds see everything.
_LIMITED: dict[tuple[Role, Kind], frozenset[str]] = {
    (Role.HOUSEKEEPING, "booking"): _STAY,
    (Role.GUEST, "room"): _FIELDS["room"] - {"note"},
    (Role.GUEST, "free_room"): _FIELDS["free_room"] - {"room_number", "floor"},
}
_MAY_LOOK_UP_BY: dict[Role, frozenset[LookedUpBy]] = {
    Role.MANAGER: frozenset({"booking_id", "room_number", "guest_name"}),
    Role.SERVICE: frozenset({"booking_id", "room_number", "guest_name"}),
    Role.RECEPTIONIST: frozenset({"booking_id", "room_number", "guest_name"}),
    Role.HOUSEKEEPING: frozenset({"room_number", "guest_name"}),
    Role.GUEST: frozenset({"booking_id", "room_number", "guest_name"}),  # of the own booking: see `sees_only_own`
}
HOME_COUNTRY_CODE = "84"  # of a phone number that begins with one 0
_MIN_PHONE_DIGITS = 8


class ToolName(StrEnum):
    """The registry's names."""

    GET_ROOM_STATUS = "get_room_status"
    LOOKUP_BOOKING = "lookup_booking"
    GET_CURRENT_PRICING = "get_current_pricing"
    FIND_AVAILABLE_ROOMS = "find_available_rooms"
    SEARCH_KNOWLEDGE_BASE = "search_knowledge_base"
    GET_CHECKOUT_POLICY = "get_checkout_policy"
    WHO_TO_CONTACT = "who_to_contact"


# Every role has every tool: what a tool gives them differs.
_MAY_CALL: Mapping[Role, frozenset[ToolName]] = {role: frozenset(ToolName) for role in Role}

# How clients, samples and models spell them.
ALIASES: Mapping[str, ToolName] = {
    "room_status": ToolName.GET_ROOM_STATUS,
    "check_room_status": ToolName.GET_ROOM_STATUS,
    "cv_get_room_status": ToolName.GET_ROOM_STATUS,
    "get_room": ToolName.GET_ROOM_STATUS,
    "db_lookup_booking": ToolName.LOOKUP_BOOKING,
    "get_booking": ToolName.LOOKUP_BOOKING,
    "find_booking": ToolName.LOOKUP_BOOKING,
    "booking_lookup": ToolName.LOOKUP_BOOKING,
    "lookup_guest": ToolName.LOOKUP_BOOKING,
    "get_pricing": ToolName.GET_CURRENT_PRICING,
    "get_price": ToolName.GET_CURRENT_PRICING,
    "get_room_price": ToolName.GET_CURRENT_PRICING,
    "ml_get_current_pricing": ToolName.GET_CURRENT_PRICING,
    "get_available_rooms": ToolName.FIND_AVAILABLE_ROOMS,
    "check_availability": ToolName.FIND_AVAILABLE_ROOMS,
    "find_rooms": ToolName.FIND_AVAILABLE_ROOMS,
    "search_documents": ToolName.SEARCH_KNOWLEDGE_BASE,
    "knowledge_search": ToolName.SEARCH_KNOWLEDGE_BASE,
    "knowledge_base_search": ToolName.SEARCH_KNOWLEDGE_BASE,
    "search_knowledge": ToolName.SEARCH_KNOWLEDGE_BASE,
    "rag_search": ToolName.SEARCH_KNOWLEDGE_BASE,
    "checkout_policy": ToolName.GET_CHECKOUT_POLICY,
    "get_check_out_policy": ToolName.GET_CHECKOUT_POLICY,
    "contact": ToolName.WHO_TO_CONTACT,
    "who_to_ask": ToolName.WHO_TO_CONTACT,
    "find_contact": ToolName.WHO_TO_CONTACT,
}
_BY_NAME: Mapping[str, ToolName] = {tool.value: tool for tool in ToolName}


def tool_named(name: str) -> ToolName | None:
    """The tool that somebody calls `name`, by an alias too, whatever its capitals and separators; or none."""
    plain = name.strip().casefold().replace("-", "_").replace(".", "_").replace(" ", "_")
    return _BY_NAME.get(plain) or ALIASES.get(plain)


def may_call(role: Role, tool: ToolName) -> bool:
    """Whether the tool is offered at all."""
    return tool in _MAY_CALL[role]


def may_look_up(role: Role, by: LookedUpBy) -> bool:
    """Whether a booking may be asked for in this way; of a guest, the own one."""
    return by in _MAY_LOOK_UP_BY[role]


def sees_only_own(role: Role) -> bool:
    """Whether bookings and rooms of others are out of reach."""
    return role is Role.GUEST


def visible(role: Role, kind: Kind) -> frozenset[str]:
    """The fields that `role` may see; of a guest, those of the own booking or room."""
    return _LIMITED.get((role, kind), _FIELDS[kind])


def shown(result: Shown, role: Role, kind: Kind) -> Shown:
    """
    `result` as `role` may see it: other fields are empty, and named in its `withheld` if they had a value.

    Args:
        result: `BookingFacts` for `booking`, `RoomFacts` for `room`, …; a field that may be hidden is optional in it.
        role: Who reads.
        kind: What it is.
    """
    hidden = _FIELDS[kind] - visible(role, kind)
    withheld = tuple(name for name in type(result).model_fields if name in hidden and getattr(result, name) is not None)
    changes: dict[str, object] = dict.fromkeys(hidden)
    if "withheld" in type(result).model_fields:
        changes["withheld"] = withheld
    return result.model_copy(update=changes) if hidden else result


def is_own(guest: str | None, *, booking_id: str, email: str | None, phone: str | None) -> bool:
    """
    Whether a booking is that of the guest who is known by `guest`.

    Args:
        guest: `Principal.guest`: a booking id, e-mail address or phone number; nobody without it.
        booking_id, email, phone: Of the booking.
    """
    if guest is None or not guest.strip():
        return False
    if same_text(guest, booking_id) or (email is not None and same_text(guest, email)):
        return True
    number = phone_digits(guest)
    return number is not None and phone is not None and number == phone_digits(phone)


def same_text(one: str, other: str) -> bool:
    """Whether two ids or addresses are the same but for case and spaces around; accents tell them apart."""
    return _plain(one) == _plain(other)


def phone_digits(text: str) -> str | None:
    """The digits of a phone number with its country code: "0900 000 003" → "84900000003"; none when it is no number."""
    if not text.strip() or any(char not in "+()-./ 0123456789\u00a0" for char in text.strip()):
        return None
    digits = "".join(char for char in text if char in "0123456789")
    if digits.startswith("00"):
        digits = digits[2:]
    elif digits.startswith("0"):
        digits = HOME_COUNTRY_CODE + digits[1:]
    return digits if len(digits) >= _MIN_PHONE_DIGITS else None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip()).casefold()
