"""The OpenAI server, used by OpenAI's own SDK."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from tests.providers import (
    CutOff,
    Empty,
    Fault,
    Json,
    MalformedArguments,
    OpenAIServer,
    Refusal,
    Reply,
    Script,
    SlowFirstByte,
    Text,
    ToolCall,
    ToolCalls,
    Usage,
    WrongSchema,
)

HELLO: dict[str, Any] = {"model": "gpt-5-mini", "messages": [{"role": "user", "content": "Xin chào"}]}
BOOK = {"type": "function", "function": {"name": "book", "parameters": {"type": "object", "properties": {}}}}


@asynccontextmanager
async def client_of(
    *replies: Reply | Callable[[Any], Reply], **options: Any
) -> AsyncIterator[tuple[Any, OpenAIServer]]:
    with OpenAIServer(Script(replies)) as server:
        async with AsyncOpenAI(
            **{"base_url": server.base_url, "api_key": server.api_key, "max_retries": 0, **options}
        ) as client:
            yield client, server


async def test_a_text_comes_back_with_its_usage_and_headers() -> None:
    usage = Usage(100, 20, cached_input_tokens=64, reasoning_tokens=7)
    async with client_of(Text("Chào chị!", usage=usage)) as (client, server):
        raw = await client.chat.completions.with_raw_response.create(**HELLO)
    answer = raw.parse()
    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("Chào chị!", "stop")
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (100, 20, 120)
    assert answer.usage.prompt_tokens_details.cached_tokens == 64
    assert answer.usage.completion_tokens_details.reasoning_tokens == 7
    assert raw.headers["x-request-id"].startswith("req_")
    assert int(raw.headers["x-ratelimit-remaining-requests"]) == server.remaining_requests
    assert "x-ratelimit-remaining-tokens" in raw.headers


async def test_usage_is_derived_from_lengths_and_can_be_left_out() -> None:
    async with client_of(Text("short"), Text("a much longer text " * 10), Text("none", usage=None)) as (
        client,
        _server,
    ):
        short, long, none = [await client.chat.completions.create(**HELLO) for _ in range(3)]
    assert 0 < short.usage.completion_tokens < long.usage.completion_tokens
    assert short.usage.prompt_tokens > 0
    assert none.usage is None


async def test_a_stream_ends_with_usage_and_its_pieces_are_the_text() -> None:
    text = "Hai khăn tắm\nlên phòng 612. "
    async with client_of(Text(text, usage=Usage(9, 8))) as (client, _server):
        stream = await client.chat.completions.create(**HELLO, stream=True, stream_options={"include_usage": True})
        chunks = [chunk async for chunk in stream]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1]) == text
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert (chunks[-1].choices, chunks[-1].usage.prompt_tokens) == ([], 9)
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert len(chunks) > 5


async def test_a_stream_reports_no_usage_unless_it_was_asked_for() -> None:
    async with client_of(Text("ok")) as (client, _server):
        chunks = [chunk async for chunk in await client.chat.completions.create(**HELLO, stream=True)]
    assert all(chunk.choices and chunk.usage is None for chunk in chunks)


@pytest.mark.parametrize("streaming", [False, True])
async def test_two_tool_calls_arrive_whole(streaming: bool) -> None:
    calls = ToolCalls([ToolCall("book", {"room": "612", "guest": "Nguyễn"}), ToolCall("book", {}, id="call_mine")])
    async with client_of(calls) as (client, _server):
        if streaming:
            async with client.chat.completions.stream(**HELLO, tools=[BOOK]) as stream:
                answer = await stream.get_final_completion()
        else:
            answer = await client.chat.completions.create(**HELLO, tools=[BOOK])
    first, second = answer.choices[0].message.tool_calls
    assert json.loads(first.function.arguments) == {"room": "612", "guest": "Nguyễn"}
    assert (second.function.arguments, second.id) == ("{}", "call_mine")
    assert first.id != second.id
    assert answer.choices[0].finish_reason == "tool_calls"


async def test_arguments_are_streamed_in_fragments() -> None:
    async with client_of(ToolCalls([ToolCall("book", {"room": "612", "nights": 3})])) as (client, _server):
        stream = await client.chat.completions.create(**HELLO, tools=[BOOK], stream=True)
        pieces = [call.function.arguments async for chunk in stream for call in chunk.choices[0].delta.tool_calls or ()]
    assert len(pieces) > 3
    assert json.loads("".join(pieces)) == {"room": "612", "nights": 3}


async def test_json_is_text_or_the_arguments_of_a_forced_tool() -> None:
    async with client_of(Json({"a": 1}), Json({"a": 1}), WrongSchema()) as (client, _server):
        free = await client.chat.completions.create(**HELLO, tools=[BOOK])
        forced = await client.chat.completions.create(**HELLO, tools=[BOOK], tool_choice="required")
        wrong = await client.chat.completions.create(**HELLO)
    assert json.loads(free.choices[0].message.content) == {"a": 1}
    assert json.loads(forced.choices[0].message.tool_calls[0].function.arguments) == {"a": 1}
    assert json.loads(wrong.choices[0].message.content) == {"not_what": ["was", "asked", "for"]}


async def test_refusals_broken_arguments_and_no_answer_at_all() -> None:
    async with client_of(Refusal("No."), Refusal(filtered=True), MalformedArguments(), Empty()) as (client, _server):
        refused, filtered = [(await client.chat.completions.create(**HELLO)).choices[0] for _ in range(2)]
        broken = await client.chat.completions.create(**HELLO, tools=[BOOK])
        empty = await client.chat.completions.create(**HELLO)
    assert (refused.message.refusal, refused.message.content) == ("No.", None)
    assert filtered.finish_reason == "content_filter"
    assert broken.choices[0].message.tool_calls[0].function.arguments == "{'a':"
    assert empty.choices == []


async def test_a_reply_may_depend_on_the_request() -> None:
    async with client_of(lambda request: Text(request["messages"][-1]["content"].upper())) as (client, _server):
        assert (await client.chat.completions.create(**HELLO)).choices[0].message.content == "XIN CHÀO"


async def test_a_request_beyond_the_script_is_turned_down_and_says_why() -> None:
    async with client_of() as (client, _server):
        with pytest.raises(openai.BadRequestError, match="no reply left"):
            await client.chat.completions.create(**HELLO)


async def test_a_failing_function_is_raised_when_the_server_stops() -> None:
    def wrong(_request: Any) -> Reply:
        raise KeyError("a mistake in the test")

    async def use() -> None:
        async with client_of(wrong) as (client, _server):
            with pytest.raises(openai.InternalServerError):
                await client.chat.completions.create(**HELLO)

    with pytest.raises(KeyError, match="a mistake"):
        await use()


async def test_a_wrong_or_missing_key_is_401_and_no_secret_is_recorded() -> None:
    async with client_of(Text("never"), api_key="sk-wrong") as (client, server):
        with pytest.raises(openai.AuthenticationError) as caught:
            await client.chat.completions.create(**HELLO)
        assert caught.value.code == "invalid_api_key"
        with pytest.raises(openai.AuthenticationError, match="didn't provide an API key"):
            await client.chat.completions.create(**HELLO, extra_headers={"Authorization": ""})
    assert "sk-wrong" not in str(server.requests)
    assert [request.status for request in server.requests] == [401, 401]


async def test_embeddings_are_equal_in_both_encodings_and_near_for_near_texts() -> None:
    async with client_of() as (client, _server):
        texts = ["two towels please", "towels please", "the wifi is dead"]
        packed = await client.embeddings.create(model="text-embedding-3-small", input=texts)
        plain = await client.embeddings.create(model="text-embedding-3-small", input=texts, encoding_format="float")
        small = await client.embeddings.create(model="text-embedding-3-small", input="a", dimensions=64)
    assert [row.index for row in packed.data] == [0, 1, 2]
    assert packed.data[0].embedding == pytest.approx(plain.data[0].embedding, abs=1e-6)
    assert (len(plain.data[0].embedding), len(small.data[0].embedding)) == (1536, 64)
    first, second, third = (row.embedding for row in plain.data)
    assert dot(first, first) == pytest.approx(1.0)
    assert dot(first, second) > 0.5 > dot(first, third)
    assert packed.usage.prompt_tokens > 0


def dot(left: list[float], right: list[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


async def test_embeddings_have_faults_of_their_own() -> None:
    script = Script(embeddings=[Fault(429), SlowFirstByte(0.01), CutOff()])
    with OpenAIServer(script) as server:
        async with AsyncOpenAI(base_url=server.base_url, api_key=server.api_key, max_retries=0) as client:
            with pytest.raises(openai.RateLimitError):
                await client.embeddings.create(model="text-embedding-3-small", input="a")
            assert len((await client.embeddings.create(model="text-embedding-3-small", input="a")).data) == 1
            with pytest.raises(openai.APIConnectionError):
                await client.embeddings.create(model="text-embedding-3-small", input="a")
            assert len((await client.embeddings.create(model="text-embedding-3-small", input="a")).data) == 1


async def test_models_are_listed_and_an_unknown_one_is_404() -> None:
    with OpenAIServer(models=["gpt-4.1-mini"]) as server:
        async with AsyncOpenAI(base_url=server.base_url, api_key=server.api_key, max_retries=0) as client:
            assert [model.id async for model in client.models.list()] == ["gpt-4.1-mini"]
            assert (await client.models.retrieve("gpt-4.1-mini")).object == "model"
            with pytest.raises(openai.NotFoundError) as caught:
                await client.chat.completions.create(**HELLO)
            with pytest.raises(openai.NotFoundError, match="Invalid URL"):
                await client.responses.create(model="gpt-5-mini", input="hi")
    assert caught.value.code == "model_not_found"


async def test_two_hundred_requests_at_once_are_answered() -> None:
    with OpenAIServer() as server:
        async with AsyncOpenAI(base_url=server.base_url, api_key=server.api_key, max_retries=0) as client:
            answers = await asyncio.gather(*(client.chat.completions.create(**HELLO) for _ in range(200)))
    assert {answer.choices[0].message.content for answer in answers} == {"ok"}
    assert len({answer.id for answer in answers}) == 200


def test_waiting_for_requests_that_do_not_come_says_how_many_did() -> None:
    with OpenAIServer() as server, pytest.raises(TimeoutError, match="0 of 1 requests"):
        server.wait_for(1, timeout_s=0.01)
