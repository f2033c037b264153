"""The Anthropic server, used by Anthropic's own SDK."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anthropic
import httpx
import httpx2
import pytest
from anthropic import AsyncAnthropic
from tests.providers import (
    AnthropicServer,
    CutOff,
    Empty,
    Fault,
    Hang,
    Json,
    MalformedArguments,
    Refusal,
    Reply,
    Script,
    StreamFault,
    Text,
    ToolCall,
    ToolCalls,
    Usage,
)

HELLO: dict[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "Xin chào"}],
}
BOOK = {"name": "book", "input_schema": {"type": "object", "properties": {"room": {"type": "string"}}}}
EMPTY_BLOCKS = ["message_start", "message_delta", "message_stop"]


@asynccontextmanager
async def client_of(*replies: Reply, **options: Any) -> AsyncIterator[tuple[Any, AnthropicServer]]:
    with AnthropicServer(Script(replies)) as server:
        async with AsyncAnthropic(
            **{"base_url": server.base_url, "api_key": server.api_key, "max_retries": 0, **options}
        ) as client:
            yield client, server


async def names_of_events(server: AnthropicServer) -> list[str]:
    """The events as they are on the wire; the SDK hides `ping`."""
    headers = {"x-api-key": server.api_key, "anthropic-version": "2023-06-01"}
    async with httpx.AsyncClient(base_url=server.base_url, headers=headers) as client:
        answer = await client.post("/v1/messages", json={**HELLO, "stream": True, "tools": [BOOK]})
    assert answer.headers["content-type"].startswith("text/event-stream")
    return [line.removeprefix("event: ") for line in answer.text.splitlines() if line.startswith("event: ")]


async def test_a_text_comes_back_with_its_usage_and_headers() -> None:
    usage = Usage(100, 20, cached_input_tokens=60, cache_write_tokens=30)
    async with client_of(Text("Chào chị!", usage=usage), Text("cut", finish="length")) as (client, server):
        raw = await client.messages.with_raw_response.create(**HELLO, system="You are polite.")
        answer = await raw.parse()
        cut = await client.messages.create(**HELLO)
    assert (answer.content[0].text, answer.stop_reason, cut.stop_reason) == ("Chào chị!", "end_turn", "max_tokens")
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (10, 20)
    assert (answer.usage.cache_read_input_tokens, answer.usage.cache_creation_input_tokens) == (60, 30)
    assert raw.headers["request-id"].startswith("req_")
    assert int(raw.headers["anthropic-ratelimit-requests-remaining"]) == server.remaining_requests + 1  # one more since
    assert server.requests[0].json["system"] == "You are polite."


async def test_the_events_of_a_text_are_in_the_documented_order() -> None:
    async with client_of(Text("two words")) as (_client, server):
        names = await names_of_events(server)
    delta = "content_block_delta"
    block = ["content_block_start", "ping", delta, delta, "content_block_stop"]
    assert names == ["message_start", *block, "message_delta", "message_stop"]


async def test_the_events_of_words_and_a_call_are_two_blocks() -> None:
    async with client_of(ToolCalls([ToolCall("book", {})], text="One"), Empty()) as (_client, server):
        names, empty = await names_of_events(server), await names_of_events(server)
    delta = "content_block_delta"
    first = ["content_block_start", "ping", delta, "content_block_stop"]
    second = ["content_block_start", delta, delta, "content_block_stop"]
    assert names == ["message_start", *first, *second, "message_delta", "message_stop"]
    assert empty == EMPTY_BLOCKS


async def test_a_stream_ends_with_usage_and_its_pieces_are_the_text() -> None:
    text = "Hai khăn tắm\nlên phòng 612. "
    reply = Text(text, usage=Usage(50, 8, cached_input_tokens=40))
    async with client_of(reply) as (client, _server), client.messages.stream(**HELLO) as stream:
        pieces = [piece async for piece in stream.text_stream]
        answer = await stream.get_final_message()
    assert ("".join(pieces), answer.content[0].text) == (text, text)
    assert len(pieces) > 3
    assert (answer.usage.input_tokens, answer.usage.cache_read_input_tokens, answer.usage.output_tokens) == (10, 40, 8)
    assert answer.stop_reason == "end_turn"


@pytest.mark.parametrize("streaming", [False, True])
async def test_words_and_two_calls_arrive_whole(streaming: bool) -> None:
    calls = [ToolCall("book", {"room": "612", "guest": "Nguyễn"}), ToolCall("book", {}, id="toolu_mine")]
    async with client_of(ToolCalls(calls, text="One moment.")) as (client, _server):
        if streaming:
            async with client.messages.stream(**HELLO, tools=[BOOK]) as stream:
                answer = await stream.get_final_message()
        else:
            answer = await client.messages.create(**HELLO, tools=[BOOK])
    text, first, second = answer.content
    assert (text.text, first.input) == ("One moment.", {"room": "612", "guest": "Nguyễn"})
    assert (second.input, second.id, answer.stop_reason) == ({}, "toolu_mine", "tool_use")


async def test_json_refusals_and_no_answer_at_all() -> None:
    forced = {"tools": [BOOK], "tool_choice": {"type": "tool", "name": "book"}}
    async with client_of(Json({"room": "612"}), Json({"room": "612"}), Refusal("No."), Empty()) as (client, _server):
        text, tool = await client.messages.create(**HELLO), await client.messages.create(**HELLO, **forced)
        refused, empty = await client.messages.create(**HELLO), await client.messages.create(**HELLO)
    assert text.content[0].text == '{"room": "612"}'
    assert (tool.content[0].name, tool.content[0].input) == ("book", {"room": "612"})
    assert (refused.stop_reason, refused.stop_details.explanation, refused.content) == ("refusal", "No.", [])
    assert (empty.content, empty.stop_reason) == ([], "end_turn")


async def test_broken_arguments_are_wrapped_or_streamed_as_they_are() -> None:
    async with client_of(MalformedArguments(), MalformedArguments()) as (client, _server):
        whole = await client.messages.create(**HELLO, tools=[BOOK])
        stream = await client.messages.create(**HELLO, tools=[BOOK], stream=True)
        pieces = [event.delta.partial_json async for event in stream if event.type == "content_block_delta"]
    assert whole.content[0].input == {"INVALID_JSON": "{'a':"}
    assert "".join(pieces) == "{'a':"


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, anthropic.BadRequestError, "invalid_request_error"),
        (401, anthropic.AuthenticationError, "authentication_error"),
        (429, anthropic.RateLimitError, "rate_limit_error"),
        (500, anthropic.InternalServerError, "api_error"),
        (529, anthropic.InternalServerError, "overloaded_error"),
    ],
)
async def test_a_fault_is_the_sdks_own_error(status: int, error: type[anthropic.APIStatusError], kind: str) -> None:
    async with client_of(Fault(status, retry_after=3)) as (client, _server):
        with pytest.raises(error) as caught:
            await client.messages.create(**HELLO)
    body: Any = caught.value.body
    assert (body["type"], body["error"]["type"]) == ("error", kind)
    assert body["request_id"] == caught.value.request_id
    assert caught.value.response.headers["retry-after"] == "3"


async def test_overload_in_the_middle_of_a_stream_is_an_error() -> None:
    async with client_of(StreamFault(3)) as (client, _server):
        stream = await client.messages.create(**HELLO, stream=True)
        with pytest.raises(anthropic.APIStatusError) as caught:
            _ = [event async for event in stream]
    assert "overloaded_error" in str(caught.value.body)


async def test_a_connection_that_breaks_is_an_error_and_in_a_stream_not_the_sdks_own() -> None:
    async with client_of(CutOff(None), CutOff(1), CutOff(4)) as (client, _server):
        for _ in range(2):
            with pytest.raises(anthropic.APIConnectionError):
                await client.messages.create(**HELLO)
        stream = await client.messages.create(**HELLO, stream=True)
        with pytest.raises(httpx2.RemoteProtocolError):
            _ = [event async for event in stream]


async def test_a_cancelled_request_closes_the_connection() -> None:
    async with client_of(Hang()) as (client, server):
        task = asyncio.create_task(client.messages.create(**HELLO))
        await server.arrived(1)
        task.cancel()
        await server.left(1)
        assert server.requests[0].client_left


async def test_keys_and_versions_are_asked_for() -> None:
    with AnthropicServer() as server:
        async with httpx.AsyncClient(base_url=server.base_url) as client:

            async def post(**headers: str) -> tuple[int, str]:
                named = {name.replace("_", "-"): value for name, value in headers.items()}
                answer = await client.post("/v1/messages", json=HELLO, headers=named)
                return answer.status_code, answer.json().get("error", {}).get("message", "")

            assert await post() == (401, "x-api-key header is required")
            assert await post(x_api_key="wrong") == (401, "invalid x-api-key")
            assert await post(x_api_key=server.api_key) == (400, "anthropic-version: header is required")
            assert (await post(x_api_key=server.api_key, anthropic_version="new"))[0] == 400
            assert await post(x_api_key=server.api_key, anthropic_version="2023-06-01") == (200, "")
            assert await post(authorization=f"Bearer {server.api_key}", anthropic_version="2026-10-21") == (200, "")


async def test_models_are_listed_and_an_unknown_one_is_404() -> None:
    with AnthropicServer(models=["claude-sonnet-5"]) as server:
        async with AsyncAnthropic(base_url=server.base_url, api_key=server.api_key, max_retries=0) as client:
            assert [model.id async for model in client.models.list()] == ["claude-sonnet-5"]
            with pytest.raises(anthropic.NotFoundError, match="claude-haiku"):
                await client.messages.create(**HELLO)
