"""Health says what is true."""

import asyncio
from typing import Any

import pytest

from innkeeper.schemas.access import Role
from innkeeper.schemas.errors import DatabaseUnavailable
from innkeeper.serving import probe
from innkeeper.serving.keys import KeyStore
from innkeeper.serving.probe import DatabaseProbe

HEALTH = "/api/v1/llm/health"


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


async def test_what_is_configured_but_not_used_is_not_called_ok_either(run: Any, new_key: Any) -> None:
    found = await report(
        run, new_key, redis_url="redis://nowhere", chroma_url="http://nowhere", model_chain="a/b,engine"
    )
    assert found["checks"]["redis"] == found["checks"]["vector_db"] == {"status": "not_used"}
    assert found["checks"]["llm_provider"] == {"status": "not_used", "provider": "a/b"}


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

    database = DatabaseProbe(ping)
    checks = await asyncio.gather(*(database.check() for _ in range(50)))
    assert asked == 1
    assert {check.status for check in checks} == {"ok"}


async def test_a_database_that_hangs_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "PING_TIMEOUT_S", 0.01)

    async def hang() -> None:
        await asyncio.Event().wait()

    assert (await DatabaseProbe(hang).check()).status == "unavailable"
