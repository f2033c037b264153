"""`routing/classify` and `routing/extract-entities`, as a client sees them."""

import asyncio
import datetime as dt
from typing import Any

import httpx
import pytest

CLASSIFY = "/api/v1/llm/routing/classify"
EXTRACT = "/api/v1/llm/routing/extract-entities"
TOWELS: dict[str, Any] = {
    "request": {
        "guest_id": "GUEST001",
        "message": "Two more towels, please",
        "channel": "whatsapp",
        "room_number": "201",
        "timestamp": "2025-01-17T14:30:00Z",
    },
    "language": "en",
}


async def test_classify_answers_in_the_shape_of_the_specification(client: httpx.AsyncClient) -> None:
    response = await client.post(CLASSIFY, json=TOWELS)
    assert response.status_code == 200
    answer = response.json()
    assert set(answer) >= {
        "classifications",
        "sentiment",
        "language_detected",
        "requires_immediate_attention",
        "suggested_response",
        "processing_time_ms",
    }
    assert set(answer["classifications"][0]) == {
        "category",
        "subcategory",
        "confidence",
        "priority",
        "structured_request",
        "assigned_to",
        "workflow_id",
        "estimated_resolution_time_minutes",
    }
    assert answer["warnings"] == []


async def test_what_the_guest_did_not_say_is_absent_but_a_quantity_is_null(client: httpx.AsyncClient) -> None:
    answer = (await client.post(CLASSIFY, json=TOWELS)).json()
    request = answer["classifications"][0]["structured_request"]
    assert request["items"] == [{"item": "towel", "quantity": None}]
    assert None not in request.values()


async def test_the_router_gets_every_field_of_the_request(client: httpx.AsyncClient, router: Any) -> None:
    await client.post(CLASSIFY, json=TOWELS)
    (message,) = router.seen
    assert (message.message, message.guest_id, message.channel) == ("Two more towels, please", "GUEST001", "whatsapp")
    assert (message.room_number, message.language) == ("201", "en")
    assert message.timestamp == dt.datetime(2025, 1, 17, 14, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("tag", "known", "warned"),
    [
        ("en", "en", False),
        ("en-US", "en", False),
        ("vi_VN", "vi", False),
        ("VI", "vi", False),
        (None, None, False),
        ("", None, False),
        ("fr", None, True),
        ("klingon", None, True),
    ],
)
async def test_a_language_that_is_not_spoken_here_is_ignored_with_a_warning(
    client: httpx.AsyncClient, router: Any, tag: str | None, known: str | None, warned: bool
) -> None:
    response = await client.post(CLASSIFY, json={**TOWELS, "language": tag})
    assert response.status_code == 200
    assert router.seen[0].language == known
    assert any("language" in warning for warning in response.json()["warnings"]) is warned


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"message": ""}, "#/request/message"),
        ({"message": " \n\u200b"}, "#/request/message"),
        ({"message": None}, "#/request/message"),
        ({"message": 7}, "#/request/message"),
        ({"message": "x" * 10_001}, "#/request/message"),
        ({"room_number": "../etc"}, "#/request/room_number"),
        ({"room_number": 201}, "#/request/room_number"),
        ({"guest_id": ["G"]}, "#/request/guest_id"),
        ({"channel": "c" * 41}, "#/request/channel"),
        ({"timestamp": "tomorrow"}, "#/request/timestamp"),
        ({"timestamp": 1_737_100_000}, "#/request/timestamp"),
        ({"timestamp": "1737100000"}, "#/request/timestamp"),
        ({"timestamp": "2025-02-30T10:00:00Z"}, "#/request/timestamp"),
        ({"timestamp": "9999-12-31T23:59:59-14:00"}, "#/request/timestamp"),
    ],
)
async def test_a_wrong_field_is_named_and_its_value_is_not_repeated(
    client: httpx.AsyncClient, change: dict[str, Any], pointer: str
) -> None:
    response = await client.post(CLASSIFY, json={"request": {**TOWELS["request"], **change}})
    problem = response.json()
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    (value,) = change.values()
    assert not isinstance(value, str) or not value or value not in response.text


@pytest.mark.parametrize("body", [{}, {"request": None}, {"request": "towels"}, [], "towels", 3, {"message": "towels"}])
async def test_a_body_of_another_shape_is_refused(client: httpx.AsyncClient, body: Any) -> None:
    assert (await client.post(CLASSIFY, json=body)).status_code == 422


async def test_unknown_keys_are_ignored(client: httpx.AsyncClient) -> None:
    body = {"request": {"message": "towels", "mood": "fine"}, "trace": {"a": [1]}}
    assert (await client.post(CLASSIFY, json=body)).status_code == 200


async def test_extract_answers_in_the_shape_of_the_specification(client: httpx.AsyncClient) -> None:
    body = {"message": "the spa tomorrow at 2pm", "context": {"guest_id": "GUEST001", "room_number": "201"}}
    answer = (await client.post(EXTRACT, json=body)).json()
    assert set(answer) >= {"entities", "intent", "confidence"}
    assert answer["entities"] == {"room_number": "201"}


@pytest.mark.parametrize(
    ("body", "date"),
    [
        ({"timestamp": "2025-01-17T20:00:00+07:00"}, "2025-01-17"),
        ({"context": {"timestamp": "2025-01-18T20:00:00+07:00"}}, "2025-01-18"),
        ({"timestamp": "2025-01-17T20:00:00Z", "context": {"timestamp": "2025-01-18T20:00:00Z"}}, "2025-01-17"),
    ],
)
async def test_extract_takes_the_time_from_the_body_before_the_context(
    client: httpx.AsyncClient, body: dict[str, Any], date: str
) -> None:
    answer = (await client.post(EXTRACT, json={"message": "tomorrow", **body})).json()
    assert answer["entities"]["date"] == date


async def test_extract_names_a_wrong_field_of_the_context(client: httpx.AsyncClient) -> None:
    response = await client.post(EXTRACT, json={"message": "spa", "context": {"room_number": "two hundred"}})
    assert response.json()["errors"][0]["pointer"] == "#/context/room_number"


async def test_fifty_messages_at_once_are_each_answered_outside_the_event_loop(
    client: httpx.AsyncClient, router: Any
) -> None:
    bodies = [{"request": {"message": "towels", "room_number": str(room)}} for room in range(50)]
    responses = await asyncio.gather(*(client.post(CLASSIFY, json=body) for body in bodies))
    rooms = [response.json()["classifications"][0]["structured_request"]["room_number"] for response in responses]
    assert rooms == [str(room) for room in range(50)]
    assert all(name.startswith("innkeeper-router") for name in router.threads)
