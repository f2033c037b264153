"""`GET metrics`: who may read it, and what is counted of a request."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.responses import StreamingResponse
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import Scope

from innkeeper.blocks.database.budgets import set_budget
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.ledger import Ledger
from innkeeper.schemas.access import Role
from innkeeper.schemas.models import Budget, CallOutcome, Capability, FinishedCall, NewCall
from innkeeper.serving.app import create_app
from innkeeper.serving.metrics import count_request, route_template

API = "/api/v1/llm"
METRICS = f"{API}/metrics"
CLASSIFY = f"{API}/routing/classify"
TOWELS = {"request": {"message": "towels please", "timestamp": "2025-01-17T14:30:00Z"}, "language": "en"}


async def counts(client: httpx.AsyncClient) -> dict[tuple[str, str], float]:
    """Requests so far by endpoint and status, and `("timed", "")`."""
    text = (await client.get(METRICS)).text
    found: dict[tuple[str, str], float] = {}
    for family in text_string_to_metric_families(text):
        for each in family.samples:
            if each.name == "llm_requests_total":
                found[each.labels["endpoint"], each.labels["status"]] = each.value
            elif each.name == "llm_response_duration_seconds_count":
                found["timed", ""] = each.value
    return found


def grown(before: dict[Any, float], after: dict[Any, float]) -> dict[Any, float]:
    changes = {key: value - before.get(key, 0.0) for key, value in after.items()}
    return {key: value for key, value in changes.items() if value and key[0] != METRICS}


async def test_the_answer_is_prometheus_text_with_its_version(client: httpx.AsyncClient) -> None:
    await client.post(CLASSIFY, json=TOWELS)
    response = await client.get(METRICS)
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert f'llm_requests_total{{endpoint="{CLASSIFY}",status="success"}}' in response.text
    assert "# TYPE llm_requests_total counter\n" in response.text
    assert 'llm_response_duration_seconds_bucket{le="+Inf"}' in response.text


@pytest.mark.parametrize("role", list(Role))
async def test_metrics_are_for_staff(run: Any, new_key: Any, role: Role) -> None:
    async with run() as client:
        response = await client.get(METRICS, headers={"X-API-Key": await new_key(role)})
    assert response.status_code == (403 if role is Role.GUEST else 200)


async def test_without_a_key_there_are_none_unless_authentication_is_off(run: Any) -> None:
    async with run() as client:
        assert (await client.get(METRICS)).status_code == 401
    async with run(auth="off") as client:
        assert (await client.get(METRICS)).status_code == 200


async def test_an_answer_is_counted_as_success_and_timed(client: httpx.AsyncClient) -> None:
    before = await counts(client)
    assert (await client.post(CLASSIFY, json=TOWELS)).status_code == 200
    assert grown(before, await counts(client)) == {(CLASSIFY, "success"): 1, ("timed", ""): 1}


async def test_a_request_that_is_turned_away_is_counted_by_its_code_and_not_timed(client: httpx.AsyncClient) -> None:
    before = await counts(client)
    await client.post(CLASSIFY, json={})
    await client.post(CLASSIFY, json=TOWELS, headers={"X-API-Key": ""})
    assert grown(before, await counts(client)) == {(CLASSIFY, "422"): 1, (CLASSIFY, "401"): 1}


async def test_a_probe_is_counted_and_not_timed(client: httpx.AsyncClient) -> None:
    before = await counts(client)
    await client.get(f"{API}/health/live")
    assert grown(before, await counts(client)) == {(f"{API}/health/live", "success"): 1}


async def test_paths_that_somebody_made_up_share_one_name(client: httpx.AsyncClient) -> None:
    before = await counts(client)
    for path in ("/wp-login.php", f"{API}/nothing", f"{API}/room-612-Nguyen"):
        await client.get(path)
    assert grown(before, await counts(client)) == {("other", "404"): 3}


@pytest.fixture
def app(settings_of: Any, database: Any, router: Any) -> FastAPI:
    """With a few more routes, as other capabilities will add them."""
    app = create_app(settings_of(auth="off"), router, database)
    inner = APIRouter(prefix="/trial")

    @inner.get("/task/{task_id}")
    async def task(task_id: str) -> str:
        return task_id

    @inner.post("/broken")
    async def broken() -> None:
        raise RuntimeError

    @inner.post("/cut")
    async def cut() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"half"
            raise RuntimeError

        return StreamingResponse(pieces())

    outer = APIRouter(prefix=API)
    outer.include_router(inner)
    app.include_router(outer)
    return app


async def test_ids_in_a_path_never_become_a_label(app: FastAPI) -> None:
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://hotel") as client,
    ):
        before = await counts(client)
        for number in range(3):
            assert (await client.get(f"{API}/trial/task/guest-{number}")).status_code == 200
        assert grown(before, await counts(client)) == {(f"{API}/trial/task/{{task_id}}", "success"): 3}


async def test_failures_of_ours_are_counted_and_timed_also_when_half_an_answer_was_out(app: FastAPI) -> None:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://hotel") as client,
    ):
        before = await counts(client)
        await client.post(f"{API}/trial/broken")
        await client.post(f"{API}/trial/cut")
        after = grown(before, await counts(client))
    assert after == {(f"{API}/trial/broken", "500"): 1, (f"{API}/trial/cut", "500"): 1, ("timed", ""): 2}


async def test_a_client_that_goes_away_is_no_success(client: httpx.AsyncClient) -> None:
    before = await counts(client)
    count_request({"type": "http", "method": "POST", "path": CLASSIFY}, 0, 0.1)
    assert grown(before, await counts(client)) == {("other", "499"): 1}


@pytest.mark.parametrize(
    ("template", "path", "endpoint"),
    [
        (None, "/anything", "other"),
        ("/classify", CLASSIFY, CLASSIFY),
        ("/task/{id}", f"{API}/execute/task/7", f"{API}/execute/task/{{id}}"),
        ("/webhooks/{channel}", "/webhooks/zalo", "/webhooks/{channel}"),
        ("/files/{name:path}", "/files/a/b/c", "/files/{name:path}"),
    ],
)
def test_the_template_is_whole(template: str | None, path: str, endpoint: str) -> None:
    class Route:
        def __init__(self, path: str) -> None:
            self.path = path

    scope: Scope = {"type": "http", "path": path} | ({"route": Route(template)} if template else {})
    assert route_template(scope) == endpoint


async def test_the_document_describes_it(client: httpx.AsyncClient) -> None:
    operation = (await client.get("/openapi.json")).json()["paths"][METRICS]["get"]
    assert set(operation["responses"]["200"]["content"]) == {"text/plain"}
    assert {"401", "403"} <= set(operation["responses"])


async def test_the_used_share_of_a_budget_is_shown(run: Any, new_key: Any, database: Database) -> None:
    async with database.writing() as session:
        await set_budget(session, Budget(hard_usd=Decimal(2)))
    ledger = Ledger(database, ZoneInfo("Asia/Ho_Chi_Minh"))
    call_id = await ledger.open_call(NewCall(capability=Capability.ROUTING, provider="openai", model="gpt-a"))
    ledger.close_call(call_id, FinishedCall(outcome=CallOutcome.ANSWERED, cost_usd=Decimal("0.5"), latency_ms=9))
    await ledger.aclose()
    async with run() as client:
        shown = (await client.get(METRICS, headers={"X-API-Key": await new_key(Role.MANAGER)})).text
    assert 'llm_budget_used_ratio{scope="all:day"} 0.25' in shown
