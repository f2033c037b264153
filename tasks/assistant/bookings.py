"""The tool that looks bookings up, and shows of them what its principal may see."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NoReturn

from innkeeper.blocks.database.stays import (
    FoundStay,
    booking_by_id,
    find_room,
    guest_contacts,
    in_order,
    is_live,
    room_spellings,
    stay_of_room,
    stays_of_guests,
)
from innkeeper.engine.assistant.policy import (
    LookedUpBy,
    is_own,
    may_look_up,
    phone_digits,
    same_text,
    sees_only_own,
    shown,
)
from innkeeper.engine.text import fold
from innkeeper.schemas.errors import NotAllowed, NotFound
from innkeeper.schemas.hotel import BookingStatus
from innkeeper.schemas.tools import MAX_BOOKINGS, BookingArguments, Bookings
from innkeeper.tasks.assistant.directory import name_fits
from innkeeper.tasks.assistant.tool_desk import Books, Desk

OTHERS_BOOKING = "A guest may only be told about their own booking; please ask the front desk."
NOT_THIS_WAY = "This role looks bookings up by room number or guest name only; please ask the front desk."
_MYSELF = frozenset({"me", "my", "mine", "my booking", "own", "self", "toi", "minh", "cua toi", "cua minh"})  # folded
_PHONE_END = 7  # digits that the national and the international form share
_KEYS: tuple[LookedUpBy, ...] = ("booking_id", "guest_name", "room_number")  # the most telling first


async def lookup_booking(desk: Desk, asked: BookingArguments) -> Bookings:
    """
    Bookings that match all that was asked, current and coming stays first.

    Of one guest, past stays count only where there is no current or coming one, and cancelled ones only where there is
    nothing else; by its id, any booking is found. A room without a stay gives no booking and no error.

    Raises:
        NotFound: There is no such room, id or name.
        NotAllowed: A guest asks about a booking that is not their own, whether or not it exists; or the role may not
            look up in this way.
        InputInvalid: The name has fewer than 3 letters.
    """
    keys = [key for key in _KEYS if getattr(asked, key) is not None and may_look_up(desk.principal.role, key)]
    if not keys:
        _refuse(desk, "role", NOT_THIS_WAY)
    async with desk.books() as books:
        if sees_only_own(desk.principal.role):
            stays = await _own(desk, books, asked)
        else:
            stays = await _found(desk, books, asked, keys)
    return _told(desk, in_order(stays, desk.today), keys[0])


async def own_live_stays(desk: Desk, books: Books) -> list[FoundStay]:
    """The current and coming stays of the guest whom the principal stands for."""
    return [stay for stay in await _own_stays(desk, books) if is_live(stay.facts, desk.today)]


async def _found(desk: Desk, books: Books, asked: BookingArguments, keys: Sequence[LookedUpBy]) -> list[FoundStay]:
    key = keys[0]
    if key == "booking_id":
        stay = await booking_by_id(books.session, books.hotel_id, asked.booking_id or "")
        stays = [] if stay is None else [stay]
    elif key == "guest_name":
        stays = await _of_name(desk, books, asked)
    else:
        return await _of_room(desk, books, asked)  # a room without a stay is an answer
    fitting = [stay for stay in stays if _fits(stay, asked, keys)]
    if not fitting:
        raise NotFound("no booking has that id" if key == "booking_id" else "no booking is in that name")
    return fitting


async def _of_name(desk: Desk, books: Books, asked: BookingArguments) -> list[FoundStay]:
    guests = books.directory.guests_named(asked.guest_name or "")
    stays = await stays_of_guests(books.session, books.hotel_id, guests)
    return _best_of_each(_on(asked, stays), desk)


async def _of_room(desk: Desk, books: Books, asked: BookingArguments) -> list[FoundStay]:
    room = await find_room(books.session, books.hotel_id, asked.room_number or "")
    if room is None:
        raise NotFound(f"the hotel has no room {asked.room_number}")
    stay = await stay_of_room(books.session, books.hotel_id, room.id, asked.date or desk.today, desk.today)
    return [] if stay is None else [stay]


async def _own(desk: Desk, books: Books, asked: BookingArguments) -> list[FoundStay]:
    stays = [stay for stay in await _own_stays(desk, books) if _is_meant(stay, asked, desk)]
    if not stays:
        _refuse(desk, "guest", OTHERS_BOOKING)
    if asked.booking_id is not None and any(same_text(asked.booking_id, each.facts.booking_id or "") for each in stays):
        return stays
    return _best_of_each(_on(asked, stays), desk)


async def _own_stays(desk: Desk, books: Books) -> list[FoundStay]:
    guest = desk.principal.guest
    if guest is None:
        return []
    by_id = None if "@" in guest else await booking_by_id(books.session, books.hotel_id, guest)
    if by_id is not None:
        return [by_id]
    digits = phone_digits(guest)
    end = None if digits is None else digits[-_PHONE_END:]
    contacts = await guest_contacts(books.session, books.hotel_id, guest.strip(), end)
    ids = {one for one, email, phone in contacts if is_own(guest, booking_id="", email=email, phone=phone)}
    return await stays_of_guests(books.session, books.hotel_id, ids)


def _is_meant(stay: FoundStay, asked: BookingArguments, desk: Desk) -> bool:
    """Whether a guest's question fits their own booking in all that it names."""
    facts = stay.facts
    named = asked.booking_id or ""
    return (
        asked.booking_id is None
        or _is_self(named)
        or same_text(named, facts.booking_id or "")
        or same_text(named, desk.principal.guest or "")
        or is_own(named, booking_id="", email=facts.email, phone=facts.phone)
    ) and _fits(stay, asked, ("guest_name", "room_number"))


def _fits(stay: FoundStay, asked: BookingArguments, keys: Sequence[LookedUpBy]) -> bool:
    """Whether a booking has the room and the name that were named besides."""
    facts = stay.facts
    if "room_number" in keys and asked.room_number is not None:
        given = (facts.room_number or "").lower()
        if given not in room_spellings(asked.room_number):
            return False
    if "guest_name" in keys and asked.guest_name is not None and not _is_self(asked.guest_name):
        return name_fits(asked.guest_name, facts.guest_name or "")
    return True


def _is_self(text: str) -> bool:
    return fold(text.strip()) in _MYSELF


def _on(asked: BookingArguments, stays: list[FoundStay]) -> list[FoundStay]:
    """The stays that hold the day that was named; all when none does: their dates then tell."""
    day = asked.date
    if day is None:
        return stays
    return [each for each in stays if each.facts.check_in_date <= day <= each.facts.check_out_date] or stays


def _best_of_each(stays: list[FoundStay], desk: Desk) -> list[FoundStay]:
    """Of each guest the current and coming stays, or else the past ones, or else those that never were."""
    of_guest = defaultdict[int, list[FoundStay]](list)
    for stay in stays:
        of_guest[stay.guest_key or -id(stay)].append(stay)  # an erased guest's bookings belong to nobody
    kept = list[FoundStay]()
    for theirs in of_guest.values():
        live = [stay for stay in theirs if is_live(stay.facts, desk.today)]
        left = [stay for stay in theirs if stay.facts.status is BookingStatus.CHECKED_OUT]
        kept += live or left or theirs
    return kept


def _told(desk: Desk, stays: list[FoundStay], by: LookedUpBy) -> Bookings:
    facts = [stay.facts for stay in stays[:MAX_BOOKINGS]]
    desk.withhold(facts, "booking")
    told = tuple(shown(each, desk.principal.role, "booking") for each in facts)
    for each, seen in zip(facts, told, strict=True):
        fields = sorted(name for name, value in seen if value is not None and name != "withheld")
        desk.note("booking.read", f"booking:{each.booking_id}", tool="lookup_booking", by=by, fields=fields)
    return Bookings(origin="database:bookings", bookings=told, total=len(stays))


def _refuse(desk: Desk, why: str, message: str) -> NoReturn:
    desk.note("booking.refused", "booking", tool="lookup_booking", why=why)
    raise NotAllowed(message)
