"""What business rules may look at, and where each fact comes from."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from innkeeper.engine.consent import PromotionRules, end_of_quiet
from innkeeper.engine.planning.facts import Fact, FactType
from innkeeper.schemas.access import Role
from innkeeper.schemas.hotel import BookingStatus, RoomStatus
from innkeeper.schemas.messages import MessageChannel
from innkeeper.schemas.tools import BookingFacts, RoomFacts

RuleFacts = Mapping[str, Any]


def _flag() -> Fact:
    return Fact(FactType.FLAG, True)


def _number() -> Fact:
    return Fact(FactType.NUMBER, 0)


def _one_of(values: type[Role] | type[RoomStatus] | type[BookingStatus] | type[MessageChannel]) -> Fact:
    names = [each.value for each in values]
    return Fact(FactType.TEXT, names[0], frozenset(names))


_TEXT = Fact(FactType.TEXT, "1")
ROOM_FACTS: Mapping[str, Fact] = {
    "room_number": _TEXT,
    "room_status": _one_of(RoomStatus),
    "room_ready": _flag(),
}
BOOKING_FACTS: Mapping[str, Fact] = {
    "booking_id": _TEXT,
    "booking_status": _one_of(BookingStatus),
    "room_given": _flag(),  # the booking has a room
    "has_address": _flag(),  # the booking has an e-mail address
    "check_in_in_days": _number(),  # 0 is today, 1 tomorrow, -1 yesterday
    "check_out_in_days": _number(),
}
STAY_FACTS: Mapping[str, Fact] = {  # of the room, not of a booking that somebody named
    "guest_in_house": _flag(),  # somebody is checked in
    "guest_stays_on": _flag(),  # and does not leave today
    "someone_to_wake": _flag(),  # a stay holds the day of the call
}
STEP_FACTS: Mapping[str, Fact] = {
    "role": _one_of(Role),
    "is_own": _flag(),  # of a guest: the room or booking is theirs, or none is named
    "new_status": _one_of(RoomStatus),
    "channel": _one_of(MessageChannel),
    "recipient_given": _flag(),  # the step names an address
    "recipient_known": _flag(),  # it is the booking's, or was given by whoever asked
    "compensation_within_limits": _flag(),
    "is_quiet_hours": _flag(),
    "wake_up_in_hours": _number(),  # from now; less than 0 is over
    "department": _TEXT,
    "category": _TEXT,
}
FACTS: Mapping[str, Fact] = {**ROOM_FACTS, **BOOKING_FACTS, **STAY_FACTS, **STEP_FACTS}


def facts_of_room(room: RoomFacts | None) -> dict[str, Any]:
    """What rules may look at of a room; nothing when it is not known, or the live service did not answer."""
    if room is None:
        return {}
    known = {"room_number": room.room_number, "room_status": room.status.value, "room_ready": room.ready_for_guest}
    return {"room_number": room.room_number} if room.stale else known


def facts_of_booking(booking: BookingFacts | None, today: dt.date) -> dict[str, Any]:
    """What rules may look at of a booking, which has to be given with every field whatever its reader may see."""
    if booking is None:
        return {}
    return {
        "booking_id": booking.booking_id,
        "booking_status": booking.status.value,
        "room_given": booking.room_number is not None,
        "has_address": booking.email is not None,
        "check_in_in_days": (booking.check_in_date - today).days,
        "check_out_in_days": (booking.check_out_date - today).days,
    }


def facts_of_stay(stay: BookingFacts | None, room: RoomFacts | None, today: dt.date) -> dict[str, Any]:
    """
    What rules may look at of whoever is in a room.

    Args:
        stay: The room's stay: of today, or of the day of the wake-up call; none when there is none.
        room: The room; one that is occupied has somebody in it, whatever the bookings say.
        today: The hotel's day.
    """
    is_in = stay is not None and stay.status is BookingStatus.CHECKED_IN and stay.check_in_date <= today
    is_live = stay is not None and stay.status in {BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN}
    is_occupied = room is not None and room.status is RoomStatus.OCCUPIED
    return {
        "guest_in_house": is_in,
        "guest_stays_on": is_in and stay is not None and stay.check_out_date > today,
        "someone_to_wake": is_live or is_occupied,
    }


def quiet_hours(now: dt.datetime | None, zone: ZoneInfo, rules: PromotionRules) -> dict[str, Any]:
    """Whether guests are left alone now; nothing when the time of the task is not known."""
    return {} if now is None else {"is_quiet_hours": end_of_quiet(now, zone, rules) is not None}


def hours_until(at: dt.datetime, now: dt.datetime) -> dict[str, Any]:
    """How long it is until a wake-up call; both aware."""
    return {"wake_up_in_hours": round((at - now).total_seconds() / 3600, 2)}
