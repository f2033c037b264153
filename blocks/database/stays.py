"""What staff ask about stays: rooms, bookings, free nights, prices. Only reading, of one hotel at a time."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.models import Booking, Guest, Rate, Room
from innkeeper.schemas.hotel import BookingStatus, RoomStatus
from innkeeper.schemas.tools import BookingFacts

STATEMENT_TIMEOUT_MS = 2_000
_HOLDS_A_ROOM = (BookingStatus.CONFIRMED.value, BookingStatus.CHECKED_IN.value)
_STAYED = (*_HOLDS_A_ROOM, BookingStatus.CHECKED_OUT.value)
_ROOM_WORD = re.compile(r"^(?:phòng|phong|room|rm|p|#)[.\s#-]*(?=\d)", re.IGNORECASE)
_PHONE_SEPARATORS = (" ", "\u00a0", "-", ".", "/", "(", ")")
_AT_ONCE = 500  # ids in one statement


@dataclass(frozen=True)
class FoundStay:
    """A booking with what belongs to it; `guest_key` tells persons of one name apart, and is none of an erased one."""

    facts: BookingFacts
    guest_key: int | None


@dataclass(frozen=True)
class FreeRooms:
    """Rooms without a stay in the nights, and how many per type once bookings without a room have taken theirs."""

    rooms: tuple[Room, ...]
    by_type: dict[str, int]


async def limit_time(session: AsyncSession) -> None:
    """Let no statement of this transaction take longer than `STATEMENT_TIMEOUT_MS`, where the database can do it."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text(f"SET LOCAL statement_timeout = {STATEMENT_TIMEOUT_MS}"))


def room_spellings(number: str) -> tuple[str, ...]:
    """What a room may be called in the database, most likely first, in lower case: "P.407" → "p.407", "407", "p407"."""
    plain = number.strip().lower()
    bare = _ROOM_WORD.sub("", plain)
    return tuple(dict.fromkeys((plain, bare, f"p{bare}", f"r{bare}")))


async def find_room(session: AsyncSession, hotel_id: int, number: str) -> Room | None:
    """The room that is called `number`, whatever its case and whether or not "P." stands before it."""
    spellings = room_spellings(number)
    query = select(Room).where(Room.hotel_id == hotel_id, func.lower(Room.number).in_(spellings))
    rooms = {room.number.lower(): room for room in await session.scalars(query)}
    return next((rooms[spelling] for spelling in spellings if spelling in rooms), None)


async def booking_by_id(session: AsyncSession, hotel_id: int, booking_id: str) -> FoundStay | None:
    """The booking of exactly this id; in another case when there is none, and only one such."""
    wanted = booking_id.strip()
    exact = await _stays(session, _query(hotel_id).where(Booking.booking_id == wanted))
    if exact:  # the index finds it, whereas the other case reads all ids
        return exact[0]
    found = await _stays(session, _query(hotel_id).where(func.lower(Booking.booking_id) == wanted.lower()))
    return found[0] if len(found) == 1 else None


async def stay_of_room(
    session: AsyncSession, hotel_id: int, room_id: int, day: dt.date, today: dt.date
) -> FoundStay | None:
    """
    The stay in a room that holds `day`, the day of departure included; for today, else the current or the next one.

    Where one leaves and another arrives on `day`, it is the one who sleeps there that night; today, the one who is
    checked in goes before. Cancelled bookings and guests who never came do not count.
    """
    query = _query(hotel_id).where(Booking.room_id == room_id, Booking.status.in_(_STAYED))
    lasting = or_(Booking.check_out_date >= day, Booking.status == BookingStatus.CHECKED_IN.value)
    found = await _stays(session, query.where(lasting))
    holding = [stay for stay in found if stay.facts.check_in_date <= day <= stay.facts.check_out_date]
    if holding:
        return min(holding, key=lambda stay: _on_the_day(stay.facts, day, today))
    live = [stay for stay in found if day == today and is_live(stay.facts, today)]
    return next(iter(in_order(live, today)), None)


async def stays_of_guests(session: AsyncSession, hotel_id: int, guest_ids: Collection[int]) -> list[FoundStay]:
    """All bookings of these guests, in no order."""
    wanted, found = sorted(guest_ids), list[FoundStay]()
    for start in range(0, len(wanted), _AT_ONCE):
        query = _query(hotel_id).where(Booking.guest_id.in_(wanted[start : start + _AT_ONCE]))
        found += await _stays(session, query)
    return found


async def guest_contacts(
    session: AsyncSession, hotel_id: int, email: str, phone_end: str | None
) -> list[tuple[int, str | None, str | None]]:
    """
    Guests who may be reached so, as (id, e-mail address, phone); the caller compares them exactly.

    Args:
        session: From `Database.reading()`.
        hotel_id: Of which hotel.
        email: Compared whatever its case.
        phone_end: Last digits of a phone number, compared whatever the separators.
    """
    digits: Any = Guest.phone
    for separator in _PHONE_SEPARATORS:
        digits = func.replace(digits, separator, "")
    reached = [Guest.email == email, func.lower(Guest.email) == email.lower()]
    reached += [] if phone_end is None else [digits.endswith(phone_end, autoescape=True)]
    query = select(Guest.id, Guest.email, Guest.phone).where(Guest.hotel_id == hotel_id, or_(*reached))
    return [(row.id, row.email, row.phone) for row in (await session.execute(query)).all()]


def in_order(stays: Iterable[FoundStay], today: dt.date) -> list[FoundStay]:
    """Current stays, then coming ones by arrival, then past ones from the last, then those that never were."""
    return sorted(stays, key=lambda stay: _place(stay.facts, today))


def is_live(facts: BookingFacts, today: dt.date) -> bool:
    """Whether the stay is current or to come."""
    return _place(facts, today)[0] < _PAST


async def free_rooms(
    session: AsyncSession, hotel_id: int, arrival: dt.date, departure: dt.date, room_types: Collection[str] | None
) -> FreeRooms:
    """
    Rooms that are free in all nights from `arrival` to the one before `departure`.

    A room is not free while it is out of order, or a confirmed or current booking has one of the nights. Bookings that
    have no room yet take as many rooms of their type as are asleep in the fullest night.

    Args:
        session: From `Database.reading()`.
        hotel_id: Of which hotel.
        arrival, departure: `arrival` is before `departure`.
        room_types: Only these, as the database spells them; all when none.

    Returns:
        The rooms, ready ones first, by number; `by_type` has a 0 for a type that is full.
    """
    ours = select(Room).where(Room.hotel_id == hotel_id)
    rooms = list(await session.scalars(ours if room_types is None else ours.where(Room.type.in_(room_types))))
    overlapping = select(Booking.room_id, Booking.room_type, Booking.check_in_date, Booking.check_out_date).where(
        Booking.hotel_id == hotel_id,
        Booking.status.in_(_HOLDS_A_ROOM),
        Booking.check_in_date < departure,
        Booking.check_out_date > arrival,
    )
    booked = (await session.execute(overlapping)).all()
    taken = {row.room_id for row in booked if row.room_id is not None}
    waiting = Counter(
        {
            kind: _most_at_once(
                [(row.check_in_date, row.check_out_date) for row in booked if row.room_id is None and _is(row, kind)]
            )
            for kind in {room.type for room in rooms}
        }
    )
    free = [room for room in rooms if room.id not in taken and room.status != RoomStatus.OUT_OF_ORDER.value]
    by_type = dict.fromkeys(sorted(waiting), 0) | Counter(room.type for room in free)
    by_type = {kind: max(0, count - waiting[kind]) for kind, count in by_type.items()}
    return FreeRooms(_left(free, by_type), by_type)


async def night_prices(
    session: AsyncSession, hotel_id: int, room_types: Collection[str], first: dt.date, nights: int
) -> dict[dt.date, Decimal]:
    """The price of each night that has one, in Vietnamese dong."""
    last = first + dt.timedelta(days=nights - 1)
    query = select(Rate.date, Rate.price_vnd).where(
        Rate.hotel_id == hotel_id, Rate.room_type.in_(room_types), Rate.date >= first, Rate.date <= last
    )
    return {row.date: row.price_vnd for row in await session.execute(query.order_by(Rate.date))}


async def base_price(session: AsyncSession, hotel_id: int, room_types: Collection[str]) -> Decimal | None:
    """The lowest price of a night of this type; none when it has no price at all."""
    query = select(func.min(Rate.price_vnd)).where(Rate.hotel_id == hotel_id, Rate.room_type.in_(room_types))
    return await session.scalar(query)


async def priced_days(
    session: AsyncSession, hotel_id: int, room_types: Collection[str]
) -> tuple[dt.date, dt.date] | None:
    """The first and the last night that have a price; none when there is no price."""
    query = select(func.min(Rate.date), func.max(Rate.date)).where(
        Rate.hotel_id == hotel_id, Rate.room_type.in_(room_types)
    )
    first, last = (await session.execute(query)).one()
    return None if first is None else (first, last)


_CURRENT, _COMING, _PAST, _NEVER = range(4)


def _place(facts: BookingFacts, today: dt.date) -> tuple[int, int, str]:
    arrival, departure = facts.check_in_date.toordinal(), facts.check_out_date.toordinal()
    name = facts.booking_id or ""
    if facts.status is BookingStatus.CHECKED_IN:
        return _CURRENT, arrival, name
    if facts.status is BookingStatus.CONFIRMED and facts.check_out_date >= today:
        return (_CURRENT if facts.check_in_date <= today else _COMING), arrival, name
    is_past = facts.status in (BookingStatus.CHECKED_OUT, BookingStatus.CONFIRMED)
    return (_PAST if is_past else _NEVER), -departure, name


def _on_the_day(facts: BookingFacts, day: dt.date, today: dt.date) -> tuple[bool, bool, bool]:
    """Sorts first whom one means by "the guest in 407" on `day`."""
    is_out, is_in = facts.status is BookingStatus.CHECKED_OUT, facts.status is BookingStatus.CHECKED_IN
    leaves = facts.check_out_date == day
    return (is_out, not is_in, leaves) if day == today else (leaves, is_out, not is_in)


def _query(hotel_id: int) -> "Select[Booking, Guest, Room]":
    return (
        select(Booking, Guest, Room)
        .outerjoin(Guest, Booking.guest_id == Guest.id)
        .outerjoin(Room, Booking.room_id == Room.id)
        .where(Booking.hotel_id == hotel_id)
    )


async def _stays(session: AsyncSession, query: "Select[Booking, Guest, Room]") -> list[FoundStay]:
    return [_stay(*row) for row in (await session.execute(query)).all()]


def _stay(booking: Booking, guest: Guest | None, room: Room | None) -> FoundStay:
    facts = BookingFacts(
        booking_id=booking.booking_id,
        guest_name=guest and guest.name,
        email=guest and guest.email,
        phone=guest and guest.phone,
        room_number=room and room.number,
        room_type=booking.room_type or (room and room.type),
        check_in_date=booking.check_in_date,
        check_out_date=booking.check_out_date,
        check_out_time=booking.check_out_time,
        status=BookingStatus(booking.status),
        total_amount=booking.total_amount,
        currency=None if booking.total_amount is None else booking.currency,
        special_requests=booking.special_requests,
    )
    return FoundStay(facts, booking.guest_id)


def _is(row: Any, kind: str) -> bool:
    return row.room_type is not None and row.room_type.casefold() == kind.casefold()


def _most_at_once(stays: Sequence[tuple[dt.date, dt.date]]) -> int:
    """How many of the stays share the fullest night."""
    return max((sum(start <= night < end for start, end in stays) for night, _ in stays), default=0)


def _left(free: list[Room], by_type: dict[str, int]) -> tuple[Room, ...]:
    """As many rooms of each type as are free, the ready ones first."""
    given, left = Counter[str](), list[Room]()
    for room in sorted(free, key=lambda room: (not room.ready_for_guest, len(room.number), room.number)):
        if given[room.type] < by_type[room.type]:
            given[room.type] += 1
            left.append(room)
    return tuple(left)
