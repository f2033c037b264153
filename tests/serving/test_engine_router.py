"""The API over the engine's own router, loaded as `innkeeper serve` loads it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from innkeeper.serving.app import create_app

API = "/api/v1/llm/routing"


@pytest.fixture
async def engine(settings_of: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an app that opens its own database and loads its own router."""
    app = create_app(settings_of(auth="off"))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hotel") as client,
    ):
        yield client


async def test_two_wishes_in_one_message_go_to_two_teams(engine: httpx.AsyncClient) -> None:
    request = {
        "message": "I need extra towels and the air conditioning in my room is not working",
        "room_number": "201",
    }
    answer = (await engine.post(f"{API}/classify", json={"request": request, "language": "en"})).json()
    assert {each["category"] for each in answer["classifications"]} == {"housekeeping", "maintenance"}
    assert {each["structured_request"]["room_number"] for each in answer["classifications"]} == {"201"}


async def test_tomorrow_is_the_day_after_the_timestamp_and_a_missing_zone_is_the_hotels(
    engine: httpx.AsyncClient,
) -> None:
    body = {"message": "A table for 4 tomorrow at 7pm please", "timestamp": "2025-01-17T23:30:00"}
    answer = (await engine.post(f"{API}/extract-entities", json=body)).json()
    assert (answer["entities"]["date"], answer["entities"]["time"]) == ("2025-01-18", "19:00")
    assert any("Asia/Ho_Chi_Minh" in warning for warning in answer["warnings"])


async def test_fifty_messages_at_once_are_all_answered(engine: httpx.AsyncClient) -> None:
    bodies = [{"request": {"message": "Cho em xin thêm khăn tắm ạ", "room_number": str(room)}} for room in range(50)]
    responses = await asyncio.gather(*(engine.post(f"{API}/classify", json=body) for body in bodies))
    assert {response.status_code for response in responses} == {200}
    assert [each.json()["entities"]["room_number"] for each in responses] == [str(room) for room in range(50)]
