"""Errors, delays and broken connections of the OpenAI server, as OpenAI's own SDK sees them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from tests.providers import (
    CutOff,
    Fault,
    Hang,
    OpenAIServer,
    Reply,
    Script,
    SlowFirstByte,
    StreamFault,
    Text,
)

HELLO: dict[str, Any] = {"model": "gpt-5-mini", "messages": [{"role": "user", "content": "Xin chào"}]}


@asynccontextmanager
async def client_of(*replies: Reply, **options: Any) -> AsyncIterator[tuple[Any, OpenAIServer]]:
    with OpenAIServer(Script(replies)) as server:
        async with AsyncOpenAI(
            **{"base_url": server.base_url, "api_key": server.api_key, "max_retries": 0, **options}
        ) as client:
            yield client, server


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        (
            Fault(400, message="too long", code="context_length_exceeded"),
            openai.BadRequestError,
            "context_length_exceeded",
        ),
        (Fault(401), openai.AuthenticationError, "invalid_api_key"),
        (Fault(429, code="insufficient_quota"), openai.RateLimitError, "insufficient_quota"),
        (Fault(429), openai.RateLimitError, "rate_limit_exceeded"),
        (Fault(500), openai.InternalServerError, None),
        (Fault(503, body="<h1>Bad gateway</h1>"), openai.InternalServerError, None),
        (Fault(529, body={"error": {"message": "own"}}), openai.InternalServerError, None),
    ],
)
async def test_a_fault_is_the_sdks_own_error(
    fault: Fault, error: type[openai.APIStatusError], code: str | None
) -> None:
    async with client_of(fault) as (client, _server):
        with pytest.raises(error) as caught:
            await client.chat.completions.create(**HELLO)
    assert caught.value.status_code == fault.status
    assert getattr(caught.value, "code", None) == code


async def test_retry_after_is_obeyed_by_the_sdk() -> None:
    async with client_of(Fault(429, retry_after=0.05), Text("at last"), max_retries=1) as (client, server):
        answer = await client.chat.completions.create(**HELLO)
    assert answer.choices[0].message.content == "at last"
    first, second = server.requests
    assert (first.status, second.status) == (429, 200)
    assert second.at - first.at >= 0.05


@pytest.mark.parametrize("after", [None, 0, 1, 3])
async def test_a_connection_that_breaks_is_a_connection_error(after: int | None) -> None:
    async with client_of(CutOff(after)) as (client, _server):
        with pytest.raises(openai.APIConnectionError):
            await client.chat.completions.create(**HELLO)


async def test_a_cut_stream_delivers_what_was_sent_before() -> None:
    received: list[str] = []

    async def read(stream: Any) -> None:
        async for chunk in stream:
            received.append(chunk.choices[0].delta.content)  # noqa: PERF401  a comprehension would lose what came

    async with client_of(CutOff(3, Text("one two three four"))) as (client, _server):
        stream = await client.chat.completions.create(**HELLO, stream=True)
        with pytest.raises(openai.APIConnectionError):
            await read(stream)
    assert received == ["", "one", " two"]


async def test_an_error_event_breaks_a_stream() -> None:
    async with client_of(StreamFault(2, Fault(500, message="boom"))) as (client, _server):
        stream = await client.chat.completions.create(**HELLO, stream=True)
        with pytest.raises(openai.APIError, match="boom"):
            _ = [chunk async for chunk in stream]


async def test_a_hanging_request_times_out_and_the_server_sees_the_client_leave() -> None:
    async with client_of(Hang(), timeout=0.1) as (client, server):
        with pytest.raises(openai.APITimeoutError):
            await client.chat.completions.create(**HELLO)
        await server.left(1)
        assert server.requests[0].client_left


async def test_a_hanging_request_is_answered_when_it_is_released() -> None:
    async with client_of(Hang(Text("late"))) as (client, server):
        task = asyncio.create_task(client.chat.completions.create(**HELLO))
        await server.arrived(1)
        assert not task.done()
        server.release()
        assert (await task).choices[0].message.content == "late"


async def test_the_first_byte_waits_for_an_event_and_chunks_for_another() -> None:
    opened, more = asyncio.Event(), asyncio.Event()
    async with client_of(SlowFirstByte(opened, Text("one two"), gap=more)) as (client, server):
        task = asyncio.create_task(client.chat.completions.create(**HELLO, stream=True))
        await server.arrived(1)
        assert not task.done()
        opened.set()
        stream = aiter(await task)
        first = await anext(stream)
        following = asyncio.ensure_future(anext(stream))
        done, _pending = await asyncio.wait([following], timeout=0.05)
        assert not done
        more.set()
        assert [first.choices[0].delta.content, (await following).choices[0].delta.content] == ["", "one"]
