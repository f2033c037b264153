"""Bodies that are not what they should be: always a clear 4xx, never a 500."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from innkeeper.serving.middleware import BodyLimit

CLASSIFY = "/api/v1/llm/routing/classify"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"  \n", 400),
        (b"{", 400),
        (b"\xff\xfe{", 400),
        ('{"request": {"message": "khăn"}}'.encode("utf-16"), 400),
        (b'{"request": {"message": "a"}, "request": {"message": "b"}}', 400),
        (b'{"request": {"message": "a", "message": "b"}}', 400),
        (b"[" * 60_000, 400),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400),
        (b'{"a": ' + b"[" * 17 + b"]" * 17 + b"}", 400),
        (b'{"request": {"message": "a"}, "n": NaN}', 400),
        (b'{"request": {"message": "a"}, "n": -Infinity}', 400),
        (b'{"request": {"message": "a"}, "n": ' + b"9" * 5_000 + b"}", 400),
        (b'{"request": {"message": "a"}} {}', 400),
        (b'{"request": {"message": "a\nb"}}', 400),
        (rb'{"request": {"message": "a\u0000b"}}', 422),
        (rb'{"request": {"message": "a\ud83d"}}', 422),
        (rb'{"request": {"message": "a"}, "\u0000": 1}', 422),
        (rb'{"request": {"message": "a"}, "\udc00": 1}', 422),
        (b'{"request": {"message": "a", "timestamp": 1e999}}', 422),
    ],
    ids=range(20),
)
async def test_a_broken_body_is_a_client_error(client: httpx.AsyncClient, body: bytes, status: int) -> None:
    response = await client.post(CLASSIFY, content=body, headers=JSON)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert response.json()["status"] == status
    assert response.json()["request_id"] == response.headers["x-request-id"]


@pytest.mark.parametrize(
    "body",
    [
        b'\xef\xbb\xbf{"request": {"message": "a"}}',
        rb'{"request": {"message": "\ud83d\ude4f kh\u0103n"}}',
        '{"request": {"message": "Cho em xin thêm khăn 🙏"}}'.encode(),
        b'{"request": {"message": "a\\n\\u200bb"}}',
    ],
    ids=["byte order mark", "escaped surrogate pair", "emoji", "invisible characters"],
)
async def test_an_unusual_but_valid_body_is_taken(client: httpx.AsyncClient, body: bytes) -> None:
    assert (await client.post(CLASSIFY, content=body, headers=JSON)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": ""},
        {},
    ],
)
async def test_another_kind_of_body_is_an_unsupported_media_type(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    response = await client.post(CLASSIFY, content=b'{"request": {"message": "a"}}', headers=headers)
    assert response.status_code == 415


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", 'Application/JSON; charset="UTF-8"'])
async def test_a_content_type_with_its_usual_parameter_is_taken(client: httpx.AsyncClient, content_type: str) -> None:
    body = b'{"request": {"message": "a"}}'
    assert (await client.post(CLASSIFY, content=body, headers={"Content-Type": content_type})).status_code == 200


async def test_a_body_of_exactly_the_limit_is_read(client: httpx.AsyncClient) -> None:
    body = b'{"request": {"message": "a"}}'.ljust(64 * 1024)
    assert (await client.post(CLASSIFY, content=body, headers=JSON)).status_code == 200
    assert (await client.post(CLASSIFY, content=body + b" ", headers=JSON)).status_code == 413


async def test_a_body_without_a_length_is_counted_while_it_is_read(client: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1024
            yield b" " * 1024

    response = await client.post(CLASSIFY, content=endless(), headers=JSON)
    assert response.status_code == 413
    assert sent <= 66 * 1024


async def echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(await request.body())


async def statuses(app: BodyLimit, receive: Receive) -> list[int]:
    """What `app` answers to a POST whose body comes from `receive`."""
    sent: list[int] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            sent.append(message["status"])

    scope: Scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}
    await app(scope, receive, send)
    return sent


async def test_a_body_that_does_not_arrive_in_time_is_refused() -> None:
    app = BodyLimit(Starlette(routes=[Route("/", echo, methods=["POST"])]), timeout_s=0.01)

    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    assert await statuses(app, never) == [408]


async def test_a_client_that_goes_away_gets_no_answer_and_costs_nothing() -> None:
    async def unreachable(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("the app must not run")

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    assert await statuses(BodyLimit(unreachable), gone) == []
