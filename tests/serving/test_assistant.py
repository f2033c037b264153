"""The assistant's operations behind a running app: shapes, roles, conversations, errors."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from tests.serving.conftest import running
from tests.serving.scripted import API, WORDS, ScriptedAssistant, heard

from innkeeper.blocks.database.api_keys import create_key
from innkeeper.blocks.database.engine import Database
from innkeeper.schemas.access import Role
from innkeeper.schemas.errors import (
    InputInvalid,
    ModelRefused,
    NotConfigured,
    TransientError,
)
from innkeeper.serving.app import create_app

ASK = {
    "user_id": "EMP001",
    "message": "Is room 407 ready?",
    "context": {"role": "receptionist", "department": "front_desk", "language": "vi-VN", "shoe_size": 42},
    "conversation_id": "conv_12345",
    "stream": False,
}


@pytest.fixture
def assistant(database: Database, settings_of: Any) -> ScriptedAssistant:
    return ScriptedAssistant(database, settings_of())


@pytest.fixture
async def desk(
    settings_of: Any, database: Database, router: Any, new_key: Any, assistant: ScriptedAssistant
) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a manager's key."""
    app = create_app(settings_of(), router, database, assistant)
    async with running(app, **{"X-API-Key": await new_key(Role.MANAGER)}) as client:
        yield client


async def post(client: httpx.AsyncClient, path: str = "query", **changes: Any) -> httpx.Response:
    return await client.post(f"{API}/{path}", json=ASK | changes)


async def test_a_question_gets_the_specifications_answer(desk: httpx.AsyncClient, assistant: ScriptedAssistant) -> None:
    response = await post(desk)
    assert response.status_code == 200
    answer = response.json()
    assert answer["response"] == "".join(WORDS)
    assert answer["sources"] == [{"type": "database", "table": "rooms", "confidence": 0.9}]
    assert answer["tools_used"] == [{"tool": "get_room_status", "input": {"room_number": "407"}, "success": True}]
    assert answer["tokens_used"] == {"prompt": 450, "completion": 85, "total": 535}
    assert (answer["conversation_id"], answer["model"], answer["confidence"]) == ("conv_12345", "engine", 0.9)
    assert answer["message_id"].startswith("msg_")
    question, principal = assistant.asked[0]
    assert (question.message, question.language, question.today) == ("Is room 407 ready?", "vi", None)
    assert (principal.role, principal.guest) == (Role.RECEPTIONIST, None)


async def test_a_message_is_enough(desk: httpx.AsyncClient, assistant: ScriptedAssistant) -> None:
    response = await desk.post(f"{API}/query", json={"message": "  phòng\u200b 407?  "})
    assert response.json()["conversation_id"].startswith("conv_")
    question, principal = assistant.asked[0]
    assert (question.message, principal.role) == ("phòng 407?", Role.MANAGER)


async def test_a_guest_asks_as_the_guest_that_the_client_names(
    desk: httpx.AsyncClient, assistant: ScriptedAssistant
) -> None:
    await post(desk, user_id="BK-20", context={"role": "guest", "today": "2026-01-17"})
    question, principal = assistant.asked[0]
    assert (principal.role, principal.guest, str(question.today)) == (Role.GUEST, "BK-20", "2026-01-17")


async def test_a_guest_s_own_key_is_for_the_booking_that_it_is_named_after(
    settings_of: Any, database: Database, router: Any, assistant: ScriptedAssistant
) -> None:
    async with database.writing() as session:
        key, _ = await create_key(session, Role.GUEST, "BK-20")
    async with running(create_app(settings_of(), router, database, assistant), **{"X-API-Key": key}) as client:
        await post(client, user_id="BK-21")
    assert assistant.asked[0][1].guest == "BK-20"


async def test_a_role_can_be_laid_down_but_not_taken_up(
    settings_of: Any, database: Database, router: Any, new_key: Any, assistant: ScriptedAssistant
) -> None:
    app = create_app(settings_of(), router, database, assistant)
    async with running(app, **{"X-API-Key": await new_key(Role.HOUSEKEEPING)}) as client:
        assert (await post(client, context={"role": "manager"})).status_code == 200
    assert assistant.asked[0][1].role is Role.HOUSEKEEPING


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"context": {"role": "owner"}}, "#/context/role"),
        ({"context": {"today": 1_700_000_000}}, "#/context/today"),
        ({"context": {"today": "1815-12-10"}}, "#/context/today"),
        ({"context": "receptionist"}, "#/context"),
        ({"message": " \u200b\n"}, "#/message"),
        ({"message": 407}, "#/message"),
        ({"conversation_id": "../etc"}, "#/conversation_id"),
        ({"conversation_id": "x" * 81}, "#/conversation_id"),
        ({"stream": "yes"}, "#/stream"),
        ({"user_id": "x" * 255}, "#/user_id"),
    ],
)
async def test_a_wrong_field_is_named(desk: httpx.AsyncClient, change: dict[str, Any], pointer: str) -> None:
    response = await post(desk, **change)
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


async def test_an_unknown_role_is_answered_with_the_known_ones(desk: httpx.AsyncClient) -> None:
    (error,) = (await post(desk, context={"role": "owner"})).json()["errors"]
    assert error["message"] == "Should be one of guest, housekeeping, receptionist, manager, service"


@pytest.mark.parametrize("stream", [False, True])
async def test_fifty_pages_are_too_long_a_question(desk: httpx.AsyncClient, *, stream: bool) -> None:
    for chars in (4_001, 150_000):
        response = await post(desk, message="x" * chars, stream=stream)
        assert response.status_code == 413
        assert response.headers["content-type"] == "application/problem+json"
    assert (await post(desk, message="x" * 4_000)).status_code == 200


@pytest.mark.parametrize("path", ["query", "query-stream"])
async def test_somebody_elses_conversation_is_not_found(desk: httpx.AsyncClient, new_key: Any, path: str) -> None:
    assert (await post(desk)).status_code == 200
    other = {"X-API-Key": await new_key(Role.MANAGER)}
    for headers, context in ((other, ASK["context"]), ({}, {"role": "housekeeping"}), ({}, {"role": "guest"})):
        response = await desk.post(f"{API}/{path}", json=ASK | {"context": context}, headers=headers)
        assert (response.status_code, response.json()["type"]) == (404, "/problems/not-found")
    cleared = await desk.post(f"{API}/clear-history", json={"conversation_id": "conv_12345"}, headers=other)
    assert cleared.status_code == 404


async def test_history_is_cleared_once(desk: httpx.AsyncClient, database: Database) -> None:
    for _ in range(4):
        await post(desk)
    found = await heard(desk, ASK)
    answers = [await desk.post(f"{API}/clear-history", json={"conversation_id": "conv_12345"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 404]
    assert answers[0].json() == {"success": True, "conversation_id": "conv_12345", "messages_cleared": 10}
    message_id = found[1].data["message_id"]
    assert (await desk.get(f"{API}/stream/{message_id}")).status_code == 404


async def test_two_questions_in_one_conversation_are_answered_one_after_the_other(
    desk: httpx.AsyncClient, assistant: ScriptedAssistant
) -> None:
    responses = await asyncio.gather(*(post(desk, message=f"question {number}") for number in range(6)))
    assert {response.status_code for response in responses} == {200}
    assert assistant.most_inside == 1
    cleared = await desk.post(f"{API}/clear-history", json={"conversation_id": "conv_12345"})
    assert cleared.json()["messages_cleared"] == 12


@pytest.mark.parametrize("path", ["query", "query-stream"])
@pytest.mark.parametrize(
    ("failure", "status", "detail"),
    [
        (TransientError("the database is away"), 503, ""),
        (InputInvalid("`top_k` is wrong"), 422, "`top_k` is wrong"),
        (NotConfigured("INNKEEPER_X is missing"), 503, ""),
        (ModelRefused("The model declined."), 503, "The model declined."),
        (TimeoutError(), 503, "The answer took too long; ask again."),
        (RuntimeError("secret detail"), 500, ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
async def test_a_failure_before_the_first_word_is_a_problem(
    desk: httpx.AsyncClient, assistant: ScriptedAssistant, path: str, failure: Exception, status: int, detail: str
) -> None:
    assistant.failure = failure
    response = await post(desk, path, message="fail")
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert "secret" not in response.text
    assert not detail or response.json()["detail"] == detail


async def test_an_answer_that_takes_too_long_is_given_up(desk: httpx.AsyncClient, assistant: ScriptedAssistant) -> None:
    state = desk._transport.app.state  # type: ignore[attr-defined]  # httpx keeps the app there
    state.services = replace(state.services, answer_timeout_s=0.05)
    response = await post(desk, message="hang")
    assert (response.status_code, assistant.cancelled) == (503, 1)


async def test_nobody_asks_without_a_key(desk: httpx.AsyncClient) -> None:
    for path in (f"{API}/query", f"{API}/query-stream", f"{API}/clear-history", "/v1/chat/completions"):
        assert (await desk.post(path, json=ASK, headers={"X-API-Key": "wrong" * 5})).status_code == 401
    for path in (f"{API}/stream/msg_1", "/v1/models"):
        assert (await desk.get(path, headers={"X-API-Key": ""})).status_code == 401
