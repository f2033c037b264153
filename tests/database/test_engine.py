"""Connections, sessions, and what becomes of driver errors."""

import asyncio
import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, StatementError

from innkeeper.blocks.database import engine as engine_module
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.models import Base, Hotel, Rate
from innkeeper.schemas.errors import DatabaseUnavailable, NotConfigured

HANOI_EVENING = dt.datetime(2025, 1, 17, 20, 30, tzinfo=dt.timezone(dt.timedelta(hours=7)))


def _hotel(name: str = "X") -> Hotel:
    return Hotel(name=name, currency="VND", profile={"stars": 4.5, "tên": "Đà Nẵng"}, imported_at=HANOI_EVENING)


async def _add(database: Database, row: Base) -> None:
    async with database.writing() as session:
        session.add(row)


async def test_a_time_comes_back_aware_and_in_utc(database: Database) -> None:
    async with database.writing() as session:
        session.add(_hotel())
    async with database.reading() as session:
        hotel = await session.scalar(select(Hotel))
    assert hotel is not None
    assert hotel.imported_at == HANOI_EVENING
    assert hotel.imported_at.utcoffset() == dt.timedelta(0)
    assert hotel.profile == {"stars": 4.5, "tên": "Đà Nẵng"}


async def test_a_time_without_zone_is_refused(database: Database) -> None:
    hotel = _hotel()
    hotel.imported_at = dt.datetime(2025, 1, 17)  # noqa: DTZ001  a naive time is what is tested
    with pytest.raises(StatementError, match="without a time zone"):
        await _add(database, hotel)


@pytest.mark.parametrize("amount", ["0", "0.01", "999999999999.99", "1234567.1"])
async def test_money_comes_back_to_the_cent(database: Database, amount: str) -> None:
    async with database.writing() as session:
        hotel = _hotel()
        session.add(hotel)
        await session.flush()
        session.add(Rate(hotel_id=hotel.id, room_type="deluxe", date=dt.date(2025, 1, 17), price_vnd=Decimal(amount)))
    async with database.reading() as session:
        assert await session.scalar(select(Rate.price_vnd)) == Decimal(amount)


async def test_a_row_that_refers_to_nothing_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.writing() as session:
            session.add(Rate(hotel_id=999, room_type="deluxe", date=dt.date(2025, 1, 17), price_vnd=Decimal(1)))


async def test_an_error_in_a_writing_session_leaves_nothing(database: Database) -> None:
    async def fail_late() -> None:
        async with database.writing() as session:
            session.add(_hotel())
            await session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_late()
    async with database.reading() as session:
        assert await session.scalar(select(Hotel)) is None


async def test_a_database_without_tables_says_so(url: str) -> None:
    async with Database(url) as database:
        with pytest.raises(NotConfigured, match="no tables"):
            async with database.reading() as session:
                await session.scalar(select(Hotel))


async def test_sqlite_uses_a_write_ahead_log_and_a_private_folder(tmp_path: Path) -> None:
    async with Database(f"sqlite:///{tmp_path}/home/hotel.db") as database, database.reading() as session:
        assert (await session.execute(text("PRAGMA journal_mode"))).scalar() == "wal"
        assert (await session.execute(text("PRAGMA foreign_keys"))).scalar() == 1
    assert (tmp_path / "home").stat().st_mode & 0o077 == 0


async def test_a_sqlite_lock_that_does_not_end_may_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 50)
    async with Database(f"sqlite:///{tmp_path}/hotel.db") as database:
        await database.upgrade()
        async with database.writing():
            with pytest.raises(DatabaseUnavailable, match="locked"):
                async with database.writing():
                    pass


async def test_a_server_that_does_not_answer_may_be_tried_again() -> None:
    async with Database("postgresql://innkeeper:hunter2@127.0.0.1:1/hotel") as database:
        with pytest.raises(DatabaseUnavailable, match="is it running"):
            async with database.reading():
                pass


async def test_another_services_error_inside_a_session_is_not_blamed_on_the_database(database: Database) -> None:
    with pytest.raises(ConnectionRefusedError):
        async with database.reading():
            raise ConnectionRefusedError


async def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    async with database.writing() as writer:
        writer.add(_hotel())
        await writer.flush()
        async with asyncio.timeout(5), database.reading() as reader:
            assert await reader.scalar(select(Hotel)) is None


async def test_many_read_then_write_transactions_all_succeed(database: Database) -> None:
    async with database.writing() as session:
        session.add(_hotel("0"))

    async def add_one() -> None:
        async with database.writing() as session:
            hotel = await session.scalar(select(Hotel).with_for_update())
            assert hotel is not None
            hotel.name = str(int(hotel.name) + 1)

    await asyncio.gather(*(add_one() for _ in range(10)))
    async with database.reading() as session:
        assert await session.scalar(select(Hotel.name)) == "10"


async def test_a_file_that_is_no_database_is_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "hotel.db").write_text("these are not the bytes of a database " * 100)
    async with Database(f"sqlite:///{tmp_path}/hotel.db") as database:
        with pytest.raises(NotConfigured, match="not a SQLite database"):
            await database.upgrade()


async def test_a_wrong_database_name_is_a_matter_of_configuration(postgresql_server: str) -> None:
    async with Database(postgresql_server.replace("/postgres?", "/nowhere?")) as database:
        with pytest.raises(NotConfigured, match="3D000"):
            async with database.reading() as session:
                await session.execute(text("SELECT 1"))


async def test_a_server_that_went_away_may_be_tried_again_and_is_found_when_it_is_back(postgresql_server: str) -> None:
    database = Database(postgresql_server)
    with pytest.raises(DatabaseUnavailable, match=r"SQLSTATE (57P01|08003)"):
        async with database.reading() as session:
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    async with database.reading() as session:
        assert (await session.execute(text("SELECT 1"))).scalar() == 1
    await database.aclose()


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(NotConfigured, match="INNKEEPER_HOME"):
        Database(f"sqlite:///{tmp_path}/file/innkeeper.db")
