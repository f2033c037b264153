"""From an empty database to the newest shape, however often and by however many at once."""

import asyncio
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from innkeeper.blocks.database import migrations
from innkeeper.blocks.database.engine import Database, create_engine
from innkeeper.blocks.database.migrate import upgrade
from innkeeper.blocks.database.models import Base
from innkeeper.schemas.errors import DatabaseUnavailable, NotConfigured

NEWEST = max(path.name[1:5] for path in Path(migrations.__path__[0], "versions").glob("v*.py"))
_UPGRADE = (
    "import asyncio, sys; from innkeeper.blocks.database.migrate import upgrade; asyncio.run(upgrade(sys.argv[1]))"
)


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, Base.metadata))


def _names(connection: Connection) -> set[str]:
    """Every named constraint and index."""
    found = inspect(connection)
    names: set[str | None] = set()
    for table in Base.metadata.tables:
        names.add(found.get_pk_constraint(table)["name"])
        for entries in (
            found.get_foreign_keys(table),
            found.get_unique_constraints(table),
            found.get_check_constraints(table),
        ):
            names.update(entry["name"] for entry in entries)
    return {name for name in names if name}


async def test_the_migrations_make_the_tables_that_the_models_describe(url: str) -> None:
    await upgrade(url)
    engine = create_engine(url)
    async with engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
        names = await connection.run_sync(_names)
    await engine.dispose()
    declared = {
        constraint.name
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint.name, str)
    }
    assert names == declared


async def test_a_second_upgrade_changes_nothing_and_keeps_the_rows(database: Database) -> None:
    async with database.writing() as session:
        await session.execute(
            text("INSERT INTO hotels VALUES (1, 'X', NULL, 'VND', NULL, '{}', '2025-01-17 00:00:00')")
        )
    await database.upgrade()
    async with database.reading() as session:
        assert (await session.execute(text("SELECT name FROM hotels"))).scalars().all() == ["X"]


async def test_processes_that_start_at_once_migrate_once(url: str) -> None:
    starts = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", _UPGRADE, url, stderr=asyncio.subprocess.PIPE)
        for _ in range(4)
    ]
    for process in starts:
        _, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()
    async with Database(url) as database, database.reading() as session:
        assert (await session.execute(text("SELECT version_num FROM alembic_version"))).scalars().all() == [NEWEST]


async def test_upgrades_at_once_in_one_process_do_not_mix(url: str) -> None:
    await asyncio.gather(*(upgrade(url) for _ in range(5)))
    engine = create_engine(url)
    async with engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    await engine.dispose()


async def test_a_database_of_a_newer_version_is_refused(database: Database) -> None:
    async with database.writing() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NotConfigured, match="newer version"):
        await database.upgrade()


async def test_a_server_that_does_not_answer_may_be_tried_again() -> None:
    with pytest.raises(DatabaseUnavailable, match="is it running"):
        await upgrade("postgresql://innkeeper:hunter2@127.0.0.1:1/hotel")
