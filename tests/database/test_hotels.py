"""After an import the database says what the file says; a broken one leaves no trace."""

import asyncio
import copy
import datetime as dt
import json
import sys
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.hotels import current_hotel, import_hotel, summarise_hotel
from innkeeper.blocks.database.models import Booking, Guest, Hotel, Rate, Room
from innkeeper.schemas.errors import NotConfigured
from innkeeper.schemas.hotel import ImportReport
from innkeeper.schemas.hotel_file import parse_hotel_file

TABLES = (Hotel, Room, Guest, Booking, Rate)
# A process that has written everything and not yet committed; it waits to be killed.
_IMPORT = """
import asyncio, sys
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.hotels import import_hotel
from innkeeper.schemas.hotel_file import parse_hotel_file
async def main():
    file, _ = parse_hotel_file(sys.stdin.buffer.read(), "sample")
    async with Database(sys.argv[1]) as database, database.writing() as session:
        await import_hotel(session, file)
        print("written", flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


async def _import(database: Database, data: bytes | dict[str, Any]) -> ImportReport:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    file, unknown_keys = parse_hotel_file(raw, "sample")
    async with database.writing() as session:
        return await import_hotel(session, file, unknown_keys)


async def _rows(database: Database) -> dict[str, list[Any]]:
    async with database.reading() as session:
        return {
            model.__tablename__: [
                {name: value for name, value in row.items() if name != "imported_at"}
                for row in (await session.execute(select(model.__table__).order_by(model.id))).mappings()
            ]
            for model in TABLES
        }


async def test_the_sample_hotel_is_imported_whole(database: Database, sample: bytes) -> None:
    report = await _import(database, sample)
    assert (report.rooms["added"], report.bookings["added"], report.rates["added"]) == (60, 45, 240)
    assert report.unknown_keys == ()
    async with database.reading() as session:
        query = (
            select(Guest.name, Room.number, Booking.check_out_time)
            .select_from(Booking)
            .join(Guest, Booking.guest_id == Guest.id)
            .join(Room, Booking.room_id == Room.id)
            .where(Booking.booking_id == "BK-2025-0117-001")
        )
        assert (await session.execute(query)).one() == ("Nguyễn Văn An", "201", dt.time(11, 30))


async def test_the_same_file_twice_gives_the_same_rows(database: Database, sample: bytes) -> None:
    await _import(database, sample)
    before = await _rows(database)
    report = await _import(database, sample)
    assert await _rows(database) == before
    for counts in (report.rooms, report.bookings, report.rates):
        assert (counts["added"], counts["changed"], counts["removed"]) == (0, 0, 0)


async def test_a_changed_file_changes_exactly_those_rows(database: Database, sample: bytes) -> None:
    await _import(database, sample)
    file = json.loads(sample)
    file["rooms"][0]["status"] = "dirty"
    file["bookings"][0]["total_amount"] = 1
    file["bookings"].pop()
    file["rates"].append({"room_type": "villa", "date": "2025-12-24", "price_vnd": 20_000_000})
    report = await _import(database, file)
    assert report.rooms == {"added": 0, "changed": 1, "removed": 0, "unchanged": 59}
    assert report.bookings == {"added": 0, "changed": 1, "removed": 1, "unchanged": 43}
    assert report.rates == {"added": 1, "changed": 0, "removed": 0, "unchanged": 240}
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Guest)) == 44


async def test_what_was_changed_in_between_is_the_files_again(database: Database, sample: bytes) -> None:
    await _import(database, sample)
    async with database.writing() as session:
        room = await session.scalar(select(Room).where(Room.number == "201"))
        assert room is not None
        room.status = "clean"
    assert (await _import(database, sample)).rooms["changed"] == 1


async def test_a_guest_with_two_bookings_is_one_guest(database: Database) -> None:
    stay = {"guest_name": "Lê Thị Hoa", "email": "hoa@example.com", "status": "confirmed"}
    dates = [("2025-01-01", "2025-01-02"), ("2025-03-01", "2025-03-02")]
    rows = [
        {"booking_id": str(number), "check_in_date": first, "check_out_date": last, **stay}
        for number, (first, last) in enumerate(dates)
    ]
    rows[1]["email"] = "HOA@example.com"
    await _import(database, {"hotel": {"name": "X"}, "bookings": rows})
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Guest)) == 1


async def test_two_people_of_one_name_and_no_address_stay_two(database: Database) -> None:
    stay = {"guest_name": "An", "status": "confirmed", "check_in_date": "2025-01-01", "check_out_date": "2025-01-02"}
    await _import(database, {"hotel": {"name": "X"}, "bookings": [{"booking_id": n, **stay} for n in (1, 2)]})
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Guest)) == 2


async def test_the_hotel_imported_last_is_the_one_in_use(database: Database, sample: bytes) -> None:
    await _import(database, sample)
    await _import(database, {"hotel": {"name": "Hoi An Riverside", "stars": 4.5}})
    async with database.reading() as session:
        hotel = await current_hotel(session)
        assert (hotel.name, hotel.profile) == ("Hoi An Riverside", {"stars": 4.5})
        assert await session.scalar(select(func.count()).select_from(Room)) == 60  # the other hotel keeps its rows
    await _import(database, sample)
    async with database.reading() as session:
        assert (await current_hotel(session)).name == "Hotel Paradise"


async def test_imports_at_once_end_in_one_hotel(database: Database, sample: bytes) -> None:
    await asyncio.gather(*(_import(database, copy.copy(sample)) for _ in range(4)))
    rows = await _rows(database)
    assert {name: len(found) for name, found in rows.items()} == {
        "hotels": 1,
        "rooms": 60,
        "guests": 45,
        "bookings": 45,
        "rates": 240,
    }


async def test_a_killed_import_leaves_nothing_half(database: Database, sample: bytes) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _IMPORT,
        database.url,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(sample)
    process.stdin.close()
    assert await process.stdout.readline() == b"written\n"
    process.kill()
    await process.wait()
    assert not any((await _rows(database)).values())
    assert (await _import(database, sample)).rooms["added"] == 60  # and holds no lock


async def test_the_summary_counts_rooms_stays_and_prices(database: Database, sample: bytes) -> None:
    await _import(database, sample)
    async with database.reading() as session:
        summary = await summarise_hotel(session, dt.date(2025, 1, 17), "Europe/Paris")
    assert summary.timezone == "Asia/Ho_Chi_Minh"  # the file's own zone wins
    assert summary.rooms["occupied"] == summary.bookings["checked_in"] == 26
    assert sum(summary.rooms.values()) == 60
    assert summary.rates["deluxe"] == (Decimal(2_660_000), Decimal(3_500_000))
    assert (summary.rates_from, summary.rates_to) == (dt.date(2025, 1, 17), dt.date(2025, 3, 17))


async def test_without_an_import_the_command_to_run_is_named(database: Database) -> None:
    async with database.reading() as session:
        with pytest.raises(NotConfigured, match="innkeeper hotel import"):
            await current_hotel(session)
