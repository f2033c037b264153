"""The tool loop against real SDKs: rounds, parallel calls, and whatever a model or a tool does wrong."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pydantic import BaseModel, Field
from tests.models.conftest import QUESTION, Books, Provider
from tests.providers import Text, ToolCalls
from tests.providers import ToolCall as Call

from innkeeper.blocks.models import wire
from innkeeper.schemas.errors import DatabaseUnavailable, InputInvalid, OutputInvalid
from innkeeper.schemas.models import Capability, Spender
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.tool_loop import MAX_ROUNDS, Exchange, Tool, ToolCall, converse

ANSWER = "Room 412 is ready."
ASK_412 = ToolCalls([Call("room_status", {"room": 412})])


class Room(BaseModel):
    """Which room."""

    room: int = Field(ge=100, le=999)


async def status(arguments: Room) -> dict[str, Any]:
    return {"room": arguments.room, "status": "sẵn sàng"}


def room_status(function: Callable[[Any], Awaitable[Any]] = status) -> Tool:
    return Tool("room_status", "The status of one room.", Room, function)


async def conversed(provider: Provider, gateway: ModelGateway, *tools: Tool, **more: Any) -> Exchange:
    return await converse(
        provider.block(),
        wire.opening("You work at the front desk.", QUESTION),
        tools or (room_status(),),
        content=QUESTION,
        capability=Capability.ASSISTANT,
        gateway=gateway,
        spender=Spender(),
        **more,
    )


def results(provider: Provider, number: int = 2) -> list[Any]:
    """What the model read of its calls in request `number`."""
    messages = provider.server.requests[number - 1].json["messages"]
    if provider.kind == "anthropic":
        blocks = [block for block in messages[-1]["content"] if block["type"] == "tool_result"]
    else:
        blocks = [message for message in messages if message["role"] == "tool"]
    return [json.loads(text_of(block["content"])) for block in blocks]


def text_of(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


async def test_a_model_calls_a_tool_and_answers_from_its_result(
    provider: Provider, gateway: ModelGateway, books: Books
) -> None:
    provider.script.add(ASK_412, Text(ANSWER))
    heard: list[ToolCall | str] = []
    found = await conversed(provider, gateway, on_call=heard.append)
    await gateway.flush()
    call = ToolCall("room_status", {"room": 412}, output={"room": 412, "status": "sẵn sàng"})
    assert (found.text, found.tool_calls) == (ANSWER, (call,))
    assert call.success
    assert heard == ["room_status", call]
    assert results(provider) == [{"room": 412, "status": "sẵn sàng"}]
    assert books.outcomes == ["answered", "answered"]


async def test_calls_of_one_round_run_together_and_keep_their_order(provider: Provider, gateway: ModelGateway) -> None:
    together = asyncio.Barrier(3)

    async def wait(arguments: Room) -> int:
        await together.wait()
        return arguments.room

    provider.script.add(ToolCalls([Call("room_status", {"room": room}) for room in (101, 102, 103)]), Text(ANSWER))
    found = await asyncio.wait_for(conversed(provider, gateway, room_status(wait)), 10)
    assert [call.output for call in found.tool_calls] == [101, 102, 103]
    assert results(provider) == [101, 102, 103]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (Call("room_keys", {"room": 412}), "There is no tool of that name; there are room_status."),
        (Call("room_status", {"room": 7}), "greater than or equal to 100"),
        (Call("room_status", {"number": 412}), "room: Field required"),
        (Call("room_status", '{"room": 4'), "The arguments"),
        (Call("room_status", "[412]"), "The arguments"),
    ],
    ids=["unknown-tool", "out-of-range", "missing", "broken-json", "no-object"],
)
async def test_a_wrong_call_is_told_and_the_model_recovers(
    provider: Provider, gateway: ModelGateway, call: Call, told: str
) -> None:
    provider.script.add(ToolCalls([call]), ASK_412, Text(ANSWER))
    found = await conversed(provider, gateway)
    assert [each.success for each in found.tool_calls] == [False, True]
    (answered,) = results(provider)
    assert told in answered["error"]
    assert found.text == ANSWER


async def test_what_a_tool_refuses_is_told_to_the_model(provider: Provider, gateway: ModelGateway) -> None:
    async def refuse(_arguments: Room) -> None:
        raise InputInvalid("there is no room 412; rooms are 101 to 310")

    provider.script.add(ASK_412, Text("Which room, please?"))
    found = await conversed(provider, gateway, room_status(refuse))
    assert results(provider) == [{"error": "there is no room 412; rooms are 101 to 310"}]
    assert found.tool_calls[0].input == {"room": 412}


@pytest.mark.parametrize(("failures", "error"), [(2, None), (9, "the database is locked")], ids=["mended", "stays"])
async def test_a_tool_that_may_succeed_later_is_called_three_times(
    provide: Callable[..., Provider], gateway: ModelGateway, failures: int, error: str | None
) -> None:
    calls = 0

    async def locked(arguments: Room) -> int:
        nonlocal calls
        calls += 1
        if calls <= failures:
            raise DatabaseUnavailable("the database is locked")
        return arguments.room

    found = await conversed(provide("openai", ASK_412, Text(ANSWER)), gateway, room_status(locked))
    assert (calls, found.tool_calls[0].error) == (3, error)


async def test_an_unexpected_error_of_a_tool_is_told_without_its_text(
    provider: Provider, gateway: ModelGateway, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(_arguments: Room) -> None:
        raise RuntimeError(f"{QUESTION} postgresql://hotel:password@db/hotel")

    caplog.set_level(logging.INFO)
    provider.script.add(ASK_412, Text("I cannot see that at the moment."))
    found = await conversed(provider, gateway, room_status(broken))
    assert results(provider) == [{"error": "The tool failed."}]
    assert found.tool_calls[0].error == "The tool failed."
    assert "The tool room_status failed with RuntimeError." in caplog.text
    assert "password" not in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_model_that_only_calls_tools_is_stopped(
    provider: Provider, gateway: ModelGateway, books: Books
) -> None:
    provider.script.default = ASK_412
    with pytest.raises(OutputInvalid, match="only calls tools"):
        await conversed(provider, gateway)
    await gateway.flush()
    assert provider.asked == len(books.rows) == MAX_ROUNDS + 1


async def test_the_last_request_names_the_tools_and_forbids_them(provider: Provider, gateway: ModelGateway) -> None:
    provider.script.add(*[ASK_412] * MAX_ROUNDS, Text(ANSWER))
    found = await conversed(provider, gateway)
    assert (found.text, len(found.tool_calls)) == (ANSWER, MAX_ROUNDS)
    sent = [each.json for each in provider.server.requests]
    assert all(len(each["tools"]) == 1 for each in sent)
    assert [each.get("tool_choice") in ("none", {"type": "none"}) for each in sent] == [False] * MAX_ROUNDS + [True]


async def test_words_before_and_after_a_call_are_streamed_in_order(provider: Provider, gateway: ModelGateway) -> None:
    provider.script.add(ToolCalls([Call("room_status", {"room": 412})], text="Let me look."), Text(ANSWER))
    pieces: list[str] = []
    found = await conversed(provider, gateway, emit=pieces.append, on_call=lambda call: pieces.append(f"<{call}>"))
    text = "".join(pieces)
    assert text.index("Let me look.") < text.index("<room_status>") < text.index(ANSWER)
    assert found.text == ANSWER


async def test_cancelling_a_conversation_cancels_its_tools(
    provide: Callable[..., Provider], gateway: ModelGateway
) -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def endless(_arguments: Room) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    conversation = asyncio.create_task(conversed(provide("openai", ASK_412), gateway, room_status(endless)))
    await asyncio.wait_for(started.wait(), 10)
    conversation.cancel()
    with pytest.raises(asyncio.CancelledError):
        await conversation
    assert ended.is_set()
