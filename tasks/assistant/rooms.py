"""Tools about rooms: their state, which are free, what they cost."""

import asyncio
import datetime as dt
import logging
from collections.abc import Sequence
from decimal import Decimal

from innkeeper.blocks.database.models import Room
from innkeeper.blocks.database.stays import base_price, find_room, free_rooms, night_prices, priced_days, room_spellings
from innkeeper.blocks.services.pricing import LivePrice, PricingService
from innkeeper.blocks.services.room_status import LiveRoom
from innkeeper.engine.assistant.policy import sees_only_own, shown
from innkeeper.schemas.errors import InnkeeperError, InputInvalid, NotAllowed, NotFound, OutputInvalid
from innkeeper.schemas.hotel import RoomStatus
from innkeeper.schemas.tools import (
    Availability,
    AvailabilityArguments,
    AvailableRoom,
    NightPrice,
    PricingArguments,
    RoomFacts,
    RoomPrice,
    RoomStatusArguments,
)
from innkeeper.tasks.assistant.bookings import own_live_stays
from innkeeper.tasks.assistant.live import ask_service
from innkeeper.tasks.assistant.tool_desk import Books, Desk

MAX_ROOMS = 30
_PRICES_AT_ONCE = 5
OTHERS_ROOM = "A guest may only be told about the room of their own booking; please ask the front desk."
_logger = logging.getLogger(__name__)


async def room_status(desk: Desk, asked: RoomStatusArguments) -> RoomFacts:
    """
    The state of a room: the live service's, or the database's.

    Raises:
        NotFound: The hotel has no such room.
        NotAllowed: A guest asks about a room that is not their own, whether or not it exists.
    """
    async with desk.books() as books:
        if sees_only_own(desk.principal.role) and not await _is_own_room(desk, books, asked.room_number):
            raise NotAllowed(OTHERS_ROOM)
        room = await find_room(books.session, books.hotel_id, asked.room_number)
    if room is None:
        raise NotFound(f"the hotel has no room {asked.room_number}")
    live, is_stale = await _live_room(desk, room.number)
    facts = _facts(room, live, is_stale)
    desk.withhold([facts], "room")
    return shown(facts, desk.principal.role, "room")


async def available_rooms(desk: Desk, asked: AvailabilityArguments) -> Availability:
    """
    Rooms that are free in all nights.

    Raises:
        NotFound: The hotel has no such room type.
        InputInvalid: Departure is not after arrival, or several types could be meant.
    """
    arrival = asked.check_in_date or desk.today
    departure = asked.check_out_date or _days_after(arrival, 1)
    if departure <= arrival:
        raise InputInvalid("check_out_date must be after check_in_date")
    async with desk.books() as books:
        types = None if asked.room_type is None else books.directory.room_type(asked.room_type)
        free = await free_rooms(books.session, books.hotel_id, arrival, departure, types)
    rooms = [
        AvailableRoom(
            room_number=room.number, room_type=room.type, floor=room.floor, ready_for_guest=room.ready_for_guest
        )
        for room in free.rooms[:MAX_ROOMS]
    ]
    return Availability(
        origin="database:rooms",
        check_in_date=arrival,
        check_out_date=departure,
        room_type=types and types[0],
        by_type=free.by_type,
        rooms=tuple(shown(room, desk.principal.role, "free_room") for room in rooms),
    )


async def current_pricing(desk: Desk, asked: PricingArguments) -> RoomPrice:
    """
    What a room type costs for each night: the live service's price, or the database's.

    Raises:
        NotFound: The hotel has no such room type, or no price for one of the nights.
        InputInvalid: Several types could be meant.
    """
    first = asked.date or desk.today
    nights = [_days_after(first, later) for later in range(asked.nights)]
    async with desk.books() as books:
        types = books.directory.room_type(asked.room_type)
        service = desk.services.pricing
        if service is None:
            return await _stored_price(books, types, nights, is_stale=False)
    try:
        return _price(types[0], nights, await _live_prices(service, types[0], nights))
    except InnkeeperError as error:
        _logger.warning("The database answers for the pricing service: %s", error)
    async with desk.books() as books:
        return await _stored_price(books, types, nights, is_stale=True)


async def _is_own_room(desk: Desk, books: Books, number: str) -> bool:
    spellings = room_spellings(number)
    return any(
        stay.facts.room_number is not None and stay.facts.room_number.lower() in spellings
        for stay in await own_live_stays(desk, books)
    )


async def _live_room(desk: Desk, number: str) -> tuple[LiveRoom | None, bool]:
    """What the service says, or none; and whether it should have said something."""
    service = desk.services.room_status
    if service is None:
        return None, False
    try:
        return await ask_service(service, lambda: service.room(number)), False
    except InnkeeperError as error:
        _logger.warning("The database answers for the room-status service: %s", error)
        return None, True


def _facts(room: Room, live: LiveRoom | None, is_stale: bool) -> RoomFacts:
    return RoomFacts(
        origin="database:rooms" if live is None else "service:room-status",
        stale=is_stale,
        room_number=room.number,
        floor=room.floor,
        room_type=room.type,
        status=RoomStatus(room.status) if live is None else live.status,
        ready_for_guest=room.ready_for_guest if live is None else live.ready_for_guest,
        note=room.note if live is None or live.note is None else live.note,
    )


async def _live_prices(service: PricingService, room_type: str, nights: Sequence[dt.date]) -> list[LivePrice]:
    """The first night alone: a service that is down is not asked thirty times."""
    slots = asyncio.Semaphore(_PRICES_AT_ONCE)

    async def of(night: dt.date) -> LivePrice:
        async with slots:
            return await ask_service(service, lambda: service.price(room_type, night))

    first = await of(nights[0])
    return [first, *await asyncio.gather(*(of(night) for night in nights[1:]))]


def _price(room_type: str, nights: Sequence[dt.date], found: Sequence[LivePrice]) -> RoomPrice:
    if len({each.currency for each in found}) != 1:
        raise OutputInvalid("the pricing service names prices in several currencies", problem="currency")
    prices = dict(zip(nights, (each.current_price for each in found), strict=True))
    base = min(each.base_price for each in found)
    return _told(room_type, prices, base, origin="service:pricing", currency=found[0].currency)


async def _stored_price(books: Books, types: Sequence[str], nights: Sequence[dt.date], *, is_stale: bool) -> RoomPrice:
    prices = await night_prices(books.session, books.hotel_id, types, nights[0], len(nights))
    base = await base_price(books.session, books.hotel_id, types)
    missing = [night for night in nights if night not in prices]
    if missing or base is None:
        period = await priced_days(books.session, books.hotel_id, types)
        known = "no night" if period is None else f"nights from {period[0]} to {period[1]}"
        raise NotFound(f"no price is set for {types[0]} on {missing[0]}; prices are known for {known}")
    return _told(types[0], prices, base, origin="database:rates", currency="VND", is_stale=is_stale)


def _told(
    room_type: str,
    prices: dict[dt.date, Decimal],
    base: Decimal,
    *,
    origin: str,
    currency: str,
    is_stale: bool = False,
) -> RoomPrice:
    first = min(prices)
    return RoomPrice(
        origin=origin,
        stale=is_stale,
        room_type=room_type,
        date=first,
        nights=len(prices),
        current_price=prices[first],
        base_price=base,
        total_price=sum(prices.values(), Decimal(0)),
        per_night=tuple(NightPrice(date=night, price=price) for night, price in sorted(prices.items())),
        currency=currency,
    )


def _days_after(day: dt.date, days: int) -> dt.date:
    try:
        return day + dt.timedelta(days=days)
    except OverflowError:
        raise InputInvalid("the date is too far away; give one in this century") from None
