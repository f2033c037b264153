"""Hotels in the database: importing a file, and reading what is there."""

import datetime as dt
import json
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.audit import record
from innkeeper.blocks.database.guests import guest_rows, identity
from innkeeper.blocks.database.models import Booking, Guest, Hotel, Rate, Room
from innkeeper.blocks.database.synchronise import Rows, synchronise
from innkeeper.schemas.errors import NotConfigured
from innkeeper.schemas.hotel import BookingRow, HotelFile, HotelSummary, ImportReport


async def import_hotel(
    session: AsyncSession, file: HotelFile, unknown_keys: list[str] | None = None, *, principal: str = "innkeeper"
) -> ImportReport:
    """
    Make the database say what `file` says; the hotel becomes the one in use.

    The hotel is known by its name. Rows that the file does not name are removed. The same file twice changes nothing.

    Args:
        session: From `Database.writing()`; all or nothing is imported.
        file: From `schemas.hotel_file.parse_hotel_file`.
        unknown_keys: Repeated in the report.
        principal: Who imports, for the audit log.
    """
    hotel_id = await _hotel_id(session, file)
    rooms = await synchronise(session, Room, hotel_id, ("number",), _rooms(file))
    await synchronise(session, Guest, hotel_id, ("identity",), guest_rows(file.bookings))
    bookings = await synchronise(session, Booking, hotel_id, ("booking_id",), await _bookings(session, hotel_id, file))
    rates = await synchronise(session, Rate, hotel_id, ("room_type", "date"), _rates(file))
    counts = {"rooms": rooms, "bookings": bookings, "rates": rates}
    record(session, principal=principal, action="hotel.import", subject=f"hotel:{hotel_id}", details=counts)
    return ImportReport(hotel=file.hotel.name, unknown_keys=tuple(unknown_keys or ()), **counts)


async def current_hotel(session: AsyncSession) -> Hotel:
    """The hotel in use, which is the one imported last; raise `NotConfigured` when there is none."""
    hotel = await session.scalar(select(Hotel).order_by(Hotel.imported_at.desc(), Hotel.id.desc()).limit(1))
    if hotel is None:
        raise NotConfigured("no hotel has been imported yet; run `innkeeper hotel import FILE.json`")
    return hotel


async def summarise_hotel(session: AsyncSession, day: dt.date, timezone: str) -> HotelSummary:
    """
    The hotel in use at one glance.

    Args:
        session: From `Database.reading()`.
        day: The day whose stays are counted: from the day of arrival to the day of departure.
        timezone: Shown when the hotel's file names none.
    """
    hotel = await current_hotel(session)
    ours = Booking.hotel_id == hotel.id
    stays = ours & (Booking.check_in_date <= day) & (Booking.check_out_date >= day)
    prices = select(Rate.room_type, func.min(Rate.price_vnd), func.max(Rate.price_vnd)).where(Rate.hotel_id == hotel.id)
    period = select(func.min(Rate.date), func.max(Rate.date)).where(Rate.hotel_id == hotel.id)
    first, last = (await session.execute(period)).one()
    return HotelSummary(
        name=hotel.name,
        timezone=hotel.timezone or timezone,
        currency=hotel.currency,
        snapshot_date=hotel.snapshot_date,
        day=day,
        rooms=await _counts(session, Room.status, Room.hotel_id == hotel.id),
        bookings=await _counts(session, Booking.status, stays),
        bookings_total=await session.scalar(select(func.count()).select_from(Booking).where(ours)) or 0,
        rates={kind: (low, high) for kind, low, high in await session.execute(prices.group_by(Rate.room_type))},
        rates_from=first,
        rates_to=last,
    )


async def _counts(session: AsyncSession, status: Any, condition: Any) -> dict[str, int]:
    query = select(status, func.count()).where(condition).group_by(status).order_by(status)
    return dict((await session.execute(query)).all())


async def _hotel_id(session: AsyncSession, file: HotelFile) -> int:
    """The hotel's row, updated and locked: a second import of the same hotel waits here."""
    values = {
        "timezone": file.hotel.timezone,
        "currency": file.currency,
        "snapshot_date": file.snapshot_date,
        # exact decimals are for money; a star rating may be a double
        "profile": json.loads(json.dumps(file.hotel.model_extra, default=float)),
        "imported_at": dt.datetime.now(dt.UTC),
    }
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(Hotel).values(name=file.hotel.name, **values)
    upsert = insert.on_conflict_do_update(index_elements=["name"], set_=values).returning(Hotel.id)
    hotel_id: int = (await session.execute(upsert)).scalar_one()
    return hotel_id


def _rooms(file: HotelFile) -> Rows:
    return {
        (room.number,): {
            "floor": room.floor,
            "type": room.type,
            "status": room.status.value,
            "ready_for_guest": room.ready,
            "note": room.note,
        }
        for room in file.rooms
    }


async def _bookings(session: AsyncSession, hotel_id: int, file: HotelFile) -> Rows:
    room_ids = select(Room.number, Room.id).where(Room.hotel_id == hotel_id)
    guest_ids = select(Guest.identity, Guest.id).where(Guest.hotel_id == hotel_id)
    rooms = dict((await session.execute(room_ids)).all())
    guests = dict((await session.execute(guest_ids)).all())
    return {(row.booking_id,): _booking(row, rooms, guests, file.currency) for row in file.bookings}


def _booking(row: BookingRow, rooms: dict[str, int], guests: dict[str, int], currency: str) -> dict[str, Any]:
    kept = ("room_type", "check_in_date", "check_out_date", "check_out_time", "total_amount", "special_requests")
    return {name: getattr(row, name) for name in kept} | {
        "status": row.status.value,
        "currency": row.currency or currency,
        "guest_id": guests[identity(row)],
        "room_id": rooms[row.room_number] if row.room_number else None,
    }


def _rates(file: HotelFile) -> Rows:
    return {(rate.room_type, rate.date): {"price_vnd": rate.price_vnd} for rate in file.rates}
