"""Rooms, stays, free nights and prices, the same from SQLite and PostgreSQL."""

import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from time import monotonic
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import pytest
from sqlalchemy import text, update

from innkeeper.blocks.database import models
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.hotels import current_hotel, import_hotel
from innkeeper.blocks.database.stays import (
    FoundStay,
    base_price,
    booking_by_id,
    find_room,
    free_rooms,
    guest_contacts,
    in_order,
    limit_time,
    night_prices,
    priced_days,
    stay_of_room,
    stays_of_guests,
)
from innkeeper.schemas.errors import DatabaseUnavailable, InputInvalid, NotFound
from innkeeper.schemas.hotel import HotelFile
from innkeeper.schemas.tools import BookingFacts
from innkeeper.tasks.assistant.directory import HELD_S, directory, hotel_words

TODAY = dt.date(2026, 3, 10)


def _day(offset: int) -> dt.date:
    return TODAY + dt.timedelta(days=offset)


def _room(number: str, kind: str = "Garden View", status: str = "inspected") -> dict[str, Any]:
    return {"number": number, "floor": 1, "type": kind, "status": status}


def _booking(
    name: str, guest: str, room: str | None, stay: tuple[int, int], status: str, **more: Any
) -> dict[str, Any]:
    values = {"booking_id": name, "guest_name": guest, "room_number": room, "status": status, "email": None}
    dates = {"check_in_date": _day(stay[0]).isoformat(), "check_out_date": _day(stay[1]).isoformat()}
    return values | dates | {"total_amount": 100.5, "currency": "USD"} | more


HOTEL: dict[str, Any] = {
    "hotel": {"name": "Riverside"},
    "currency": "VND",
    "rooms": [
        _room("B12"),
        _room("205"),
        _room("206", status="dirty"),
        _room("207", status="out_of_order"),
        _room("P301", "Loft"),
        _room("302", "Loft"),
        _room("9", "Attic"),
    ],
    "bookings": [
        _booking("C-1", "Nguyễn Văn An", "B12", (-3, 2), "checked_in", email="an@example.com"),
        _booking(
            "C-2", "Lê Thị Hạnh", "B12", (2, 4), "confirmed", email="hanh1@example.com", phone="(+84) 90-012.34 56"
        ),
        _booking("C-3", "Lê Thị Hanh", "205", (-2, 0), "checked_out", email="hanh2@example.com"),
        _booking("C-4", "An Nguyễn Văn Anh", "205", (0, 3), "confirmed", email="anh@example.com"),
        _booking("C-5", "Seán O'Brien", "206", (5, 7), "confirmed", email="sean@example.com"),
        _booking("C-6", "Anne-Marie Müller", "206", (0, 1), "cancelled", email="am@example.com"),
        _booking("C-7", "Tô Vy", None, (1, 3), "confirmed", email="vy@example.com", room_type="loft"),
        _booking("C-8", "Seán O'Brien", "302", (-30, -28), "checked_out", email="sean@example.com"),
        _booking("c-9", "Trần Lan", "302", (-1, 0), "no_show", email="lan@example.com"),
    ],
    "rates": [
        {"room_type": kind, "date": _day(offset).isoformat(), "price_vnd": price}
        for kind, prices in (("garden view", (900_000, 800_000, 1_000_000)), ("Loft", (2_000_000,)))
        for offset, price in enumerate(prices)
    ],
}


async def _imported(database: Database) -> Database:
    await database.upgrade()
    async with database.writing() as session:
        await import_hotel(session, HotelFile.model_validate(HOTEL))
    return database


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
async def hotel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    """A hotel that no test changes."""
    url = f"sqlite:///{tmp_path_factory.mktemp('hotel')}/innkeeper.db"
    if request.param == "postgresql":
        server: str = request.getfixturevalue("postgresql_server")
        connection = await asyncpg.connect(server)
        await connection.execute("CREATE DATABASE hotel_of_stays")
        await connection.close()
        url = server.replace("/postgres?", "/hotel_of_stays?")
    async with Database(url) as database:
        yield await _imported(database)


@pytest.fixture
async def own_hotel(database: Database) -> Database:
    """The same, for a test that changes it."""
    return await _imported(database)


async def _id(hotel: Database) -> int:
    async with hotel.reading() as session:
        return (await current_hotel(session)).id


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("b12", "B12"),
        ("P.205", "205"),
        ("p205", "205"),
        ("phòng 205", "205"),
        ("Room 205", "205"),
        ("301", "P301"),
        ("P301", "P301"),
        ("12", None),
        ("20", None),
        ("205%", None),
        ("", None),
    ],
)
async def test_a_room_is_found_as_people_write_it(hotel: Database, asked: str, number: str | None) -> None:
    async with hotel.reading() as session:
        found = await find_room(session, await _id(hotel), asked)
    assert (found and found.number) == number


@pytest.mark.parametrize(
    ("asked", "found"), [("C-1", "C-1"), (" c-1 ", "C-1"), ("C-9", "c-9"), ("C-", None), ("C-_", None), ("%", None)]
)
async def test_a_booking_is_found_by_its_whole_id(hotel: Database, asked: str, found: str | None) -> None:
    async with hotel.reading() as session:
        stay = await booking_by_id(session, await _id(hotel), asked)
    assert (stay and stay.facts.booking_id) == found


async def test_a_booking_has_all_its_facts(hotel: Database) -> None:
    async with hotel.reading() as session:
        stay = await booking_by_id(session, await _id(hotel), "C-1")
    assert stay is not None
    assert stay.facts.model_dump(exclude_none=True, exclude={"withheld"}) == {
        "booking_id": "C-1",
        "guest_name": "Nguyễn Văn An",
        "email": "an@example.com",
        "room_number": "B12",
        "room_type": "Garden View",
        "check_in_date": _day(-3),
        "check_out_date": _day(2),
        "status": "checked_in",
        "total_amount": Decimal("100.50"),
        "currency": "USD",
    }


@pytest.mark.parametrize(
    ("room", "offset", "found"),
    [
        ("B12", 0, "C-1"),
        ("B12", 2, "C-2"),  # C-1 leaves in the morning, C-2 sleeps there
        ("B12", 4, "C-2"),  # the day of departure
        ("B12", -1, "C-1"),
        ("B12", 9, None),
        ("205", 0, "C-4"),  # C-3 has left
        ("205", -1, "C-3"),
        ("206", 0, "C-5"),  # the next; the cancelled one does not count
        ("206", 1, None),
        ("302", 0, None),  # past, and a guest who never came
        ("302", -29, "C-8"),
    ],
)
async def test_the_stay_of_a_room_is_the_one_that_is_meant(
    hotel: Database, room: str, offset: int, found: str | None
) -> None:
    hotel_id = await _id(hotel)
    async with hotel.reading() as session:
        row = await find_room(session, hotel_id, room)
        assert row is not None
        stay = await stay_of_room(session, hotel_id, row.id, _day(offset), TODAY)
    assert (stay and stay.facts.booking_id) == found


async def test_a_guest_who_should_have_left_is_still_the_current_one(hotel: Database) -> None:
    async with hotel.reading() as session:
        row = await find_room(session, await _id(hotel), "B12")
        assert row is not None
        later = _day(10)
        stay = await stay_of_room(session, row.hotel_id, row.id, later, later)
    assert stay is not None
    assert stay.facts.booking_id == "C-1"


async def _named(hotel: Database, name: str) -> list[str]:
    async with hotel.reading() as session:
        held = await directory(session)
        stays = await stays_of_guests(session, held.hotel_id, held.guests_named(name))
    return [stay.facts.booking_id or "" for stay in in_order(stays, TODAY)]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Nguyễn Văn An", ["C-1", "C-4"]),  # both have these three words
        ("van an nguyen", ["C-1", "C-4"]),
        ("VĂN ANH", ["C-4"]),
        ("nguyen van anh", ["C-4"]),
        ("le thi hanh", ["C-2", "C-3"]),
        ("Hạnh", ["C-2"]),  # the accent was typed
        ("chị Hạnh", ["C-2"]),
        ("ms hanh", ["C-2", "C-3"]),
        ("obrien", ["C-5", "C-8"]),
        ("O’Brien Sean", ["C-5", "C-8"]),
        ("mul", ["C-6"]),
        ("anne marie", ["C-6"]),
        ("To Vy", ["C-7"]),
        ("rien", []),  # not the beginning of a word
        ("nguyen nguyen", []),  # one word of a name cannot stand for two
        ("Hạnh An", []),
    ],
)
async def test_a_name_is_found_by_the_beginnings_of_its_words(hotel: Database, name: str, found: list[str]) -> None:
    assert await _named(hotel, name) == found


@pytest.mark.parametrize("name", ["An", "%%%", "___", "1 2 3", "a b c", "Mr. Vy", " ", "anh An", "%an%", "O_B%"])
async def test_a_name_of_less_than_three_letters_is_not_looked_up(hotel: Database, name: str) -> None:
    with pytest.raises(InputInvalid, match="3 letters"):
        await _named(hotel, name)


async def test_a_new_import_is_seen_at_once(own_hotel: Database) -> None:
    assert await _named(own_hotel, "Zoe") == []
    changed = HOTEL | {"bookings": [_booking("C-10", "Zoë Klein", "205", (0, 1), "checked_in")]}
    async with own_hotel.writing() as session:
        await import_hotel(session, HotelFile.model_validate(changed))
    assert await _named(own_hotel, "Zoe") == ["C-10"]
    assert await _named(own_hotel, "Hanh") == []


async def test_a_name_that_was_changed_otherwise_is_seen_after_a_while(
    own_hotel: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await _named(own_hotel, "Brien") == []
    async with own_hotel.writing() as session:
        await session.execute(update(models.Guest).where(models.Guest.name == "Tô Vy").values(name="Brien"))
    assert await _named(own_hotel, "Brien") == []
    later = monotonic() + HELD_S + 1
    monkeypatch.setattr("innkeeper.tasks.assistant.directory.monotonic", lambda: later)
    assert await _named(own_hotel, "Brien") == ["C-7"]


async def test_the_words_of_the_hotel_are_those_of_its_rooms_and_coming_guests(hotel: Database) -> None:
    async with hotel.reading() as session:
        words = await hotel_words(session)
    assert words.room_numbers == {"B12", "205", "206", "207", "P301", "302", "9"}
    assert words.room_types == ("Attic", "Garden View", "Loft")
    assert words.guest_names == {"nguyen", "van", "an", "anh", "le", "thi", "hanh", "sean", "obrien", "to", "vy"}
    assert words.booking_ids == {f"c-{number}" for number in range(1, 10)}


@pytest.mark.parametrize(
    ("email", "phone_end", "found"),
    [
        ("AN@example.com", None, ["an@example.com"]),
        ("%@example.com", None, []),
        ("", "0123456", ["hanh1@example.com"]),
        ("", "%", []),
        ("nobody", None, []),
    ],
)
async def test_a_guest_is_reached_by_address_or_phone_however_it_is_written(
    hotel: Database, email: str, phone_end: str | None, found: list[str]
) -> None:
    async with hotel.reading() as session:
        contacts = await guest_contacts(session, await _id(hotel), email, phone_end)
    assert [address for _, address, _ in contacts] == found


@pytest.mark.parametrize(
    ("asked", "spellings"),
    [
        ("garden view", ("Garden View", "garden view")),
        ("GARDEN", ("Garden View", "garden view")),
        ("phòng Loft", ("Loft",)),
        ("a loft room", ("Loft",)),
        ("attic", ("Attic",)),
        ("lofts", ("Loft",)),
        ("gardn view", ("Garden View", "garden view")),
    ],
)
async def test_a_room_type_is_known_in_any_spelling(hotel: Database, asked: str, spellings: tuple[str, ...]) -> None:
    async with hotel.reading() as session:
        assert (await directory(session)).room_type(asked) == spellings


async def test_an_unknown_room_type_is_answered_with_the_known_ones(hotel: Database) -> None:
    async with hotel.reading() as session:
        held = await directory(session)
    with pytest.raises(NotFound, match="Attic, Garden View, Loft"):
        held.room_type("presidential")
    with pytest.raises(InputInvalid, match="several room types could be meant: Garden View, Loft"):
        held.room_type("a loft, or garden view")


@pytest.mark.parametrize(
    ("nights", "kinds", "by_type"),
    [
        # B12 is taken to day 2, then again; 205 to day 3; 207 is out of order; C-7 takes a loft on days 1 and 2
        ((0, 1), None, {"Attic": 1, "Garden View": 1, "Loft": 2}),
        ((1, 2), None, {"Attic": 1, "Garden View": 1, "Loft": 1}),
        ((4, 5), None, {"Attic": 1, "Garden View": 3, "Loft": 2}),
        ((3, 4), ("Garden View",), {"Garden View": 2}),
        ((0, 30), ("Garden View",), {"Garden View": 0}),
        ((0, 1), ("Cave",), {}),
    ],
)
async def test_free_rooms_are_those_without_a_stay_in_the_nights(
    hotel: Database, nights: tuple[int, int], kinds: tuple[str, ...] | None, by_type: dict[str, int]
) -> None:
    async with hotel.reading() as session:
        found = await free_rooms(session, await _id(hotel), _day(nights[0]), _day(nights[1]), kinds)
    assert found.by_type == by_type
    assert len(found.rooms) == sum(by_type.values())


async def test_rooms_that_are_ready_come_first(hotel: Database) -> None:
    async with hotel.reading() as session:
        found = await free_rooms(session, await _id(hotel), _day(7), _day(8), None)
    assert [room.number for room in found.rooms] == ["9", "205", "302", "B12", "P301", "206"]


async def test_prices_are_per_night_and_the_base_price_is_the_lowest(hotel: Database) -> None:
    hotel_id, types = await _id(hotel), ("Garden View", "garden view")
    async with hotel.reading() as session:
        prices = await night_prices(session, hotel_id, types, _day(1), 3)
        assert prices == {_day(1): Decimal("800000.00"), _day(2): Decimal("1000000.00")}
        assert await base_price(session, hotel_id, types) == Decimal("800000.00")
        assert await base_price(session, hotel_id, ("Attic",)) is None
        assert await priced_days(session, hotel_id, types) == (_day(0), _day(2))
        assert await priced_days(session, hotel_id, ("Attic",)) is None


async def test_a_slow_statement_is_stopped_where_the_database_can_do_it(
    hotel: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asked(statement: str) -> Any:
        async with hotel.reading() as session:
            await limit_time(session)
            return await session.scalar(text(statement))

    if "sqlite" in hotel.url:
        assert await asked("SELECT 1") == 1
        return
    assert await asked("SHOW statement_timeout") == "2s"
    monkeypatch.setattr("innkeeper.blocks.database.stays.STATEMENT_TIMEOUT_MS", 20)
    with pytest.raises(DatabaseUnavailable, match="57014"):
        await asked("SELECT pg_sleep(5)")


def test_stays_are_ordered_current_coming_past_never() -> None:
    rows = HotelFile.model_validate(HOTEL).bookings
    stays = [
        FoundStay(
            facts=_facts(row.booking_id, row.check_in_date, row.check_out_date, row.status.value), guest_key=number
        )
        for number, row in enumerate(rows)
    ]
    order = [stay.facts.booking_id for stay in in_order(stays, TODAY)]
    assert order == ["C-1", "C-4", "C-7", "C-2", "C-5", "C-3", "C-8", "C-6", "c-9"]


def _facts(booking_id: str, arrival: dt.date, departure: dt.date, status: str) -> BookingFacts:
    return BookingFacts.model_validate(
        {"booking_id": booking_id, "check_in_date": arrival, "check_out_date": departure, "status": status}
    )
