"""Answers of outside models: the same tools and rights, and no fact that is not looked up."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.assistant.conftest import Opened, asked_of
from tests.providers import CutOff, Fault, Hang, OpenAIServer, Script, Text, ToolCall, ToolCalls

from innkeeper.schemas.access import Role
from innkeeper.schemas.assistant import AssistantAnswer, ContentAdded, Progress
from innkeeper.tasks.assistant.assistant import HotelAssistant

QUESTION = "When does the guest in 501 leave?"
LOOKUP = ToolCalls([ToolCall("lookup_booking", {"room_number": "501"})])
RIGHT = "The guest in 501 leaves on January 20, 2025 at 12:00 [t1]."
WRONG = "The guest in 501 leaves on January 23, 2025 at 15:00 [t1]."


@pytest.fixture
def provider() -> Iterator[OpenAIServer]:
    with OpenAIServer(Script()) as server:
        yield server
        server.release()


@pytest.fixture
def with_model(opened: Opened, provider: OpenAIServer) -> Callable[..., Any]:
    @asynccontextmanager
    async def open_with(**changed: Any) -> AsyncIterator[HotelAssistant]:
        address = {"OPENAI_API_KEY": provider.api_key, "OPENAI_BASE_URL": provider.base_url}
        async with opened(model_chain="openai/gpt-5-mini,engine", **address, **changed) as assistant:
            yield assistant

    return open_with


def outcomes(answer: AssistantAnswer) -> list[str]:
    return [each.outcome for each in answer.attempts]


def shown(heard: list[Progress]) -> str:
    """What a client has on its screen at the end."""
    text = ""
    for each in heard:
        text = text + each.delta if isinstance(each, ContentAdded) else "" if each.type == "correction" else text
    return text


async def test_a_model_answers_with_tools_and_its_marks_become_sources(
    with_model: Callable[..., Any], provider: OpenAIServer
) -> None:
    provider.script.add(LOOKUP, Text(RIGHT))
    async with with_model() as assistant:
        answer = await asked_of(assistant, QUESTION)
    assert answer.response == "The guest in 501 leaves on January 20, 2025 at 12:00."
    assert (answer.model, answer.handoff) == ("openai/gpt-5-mini", None)
    assert [each.type for each in answer.sources] == ["database"]
    assert answer.tokens_used.total > 100
    assert answer.cost_usd is not None
    assert answer.cost_usd > 0


async def test_a_wrong_fact_is_repaired_once(with_model: Callable[..., Any], provider: OpenAIServer) -> None:
    provider.script.add(LOOKUP, Text(WRONG), Text(RIGHT))
    heard: list[Progress] = []
    async with with_model() as assistant:
        answer = await asked_of(assistant, QUESTION, heard=heard)
    assert answer.response == "The guest in 501 leaves on January 20, 2025 at 12:00."
    assert shown(heard) == answer.response
    assert not any("23" in each.delta for each in heard if isinstance(each, ContentAdded))
    told = provider.requests[-1].json["messages"][-1]["content"]
    assert "January 23" in str(told)


async def test_a_model_that_stays_wrong_is_not_believed(with_model: Callable[..., Any], provider: OpenAIServer) -> None:
    provider.script.add(LOOKUP, Text(WRONG), Text(WRONG))
    async with with_model() as assistant:
        answer = await asked_of(assistant, QUESTION)
    assert (answer.model, outcomes(answer)) == ("engine", ["unsupported"])
    assert "January 20, 2025" in answer.response
    assert answer.tokens_used.total > 0


@pytest.mark.parametrize("fault", [Fault(401), Fault(400), CutOff(after_chunks=3, reply=Text(RIGHT))])
async def test_a_provider_that_fails_leaves_the_answer_to_the_engine(
    with_model: Callable[..., Any], provider: OpenAIServer, fault: Any
) -> None:
    provider.script.default = fault
    heard: list[Progress] = []
    async with with_model() as assistant:
        answer = await asked_of(assistant, QUESTION, heard=heard)
    assert answer.model == "engine"
    assert len(answer.attempts) == 1
    assert shown(heard) == answer.response


async def test_a_provider_that_hangs_is_not_waited_for(with_model: Callable[..., Any], provider: OpenAIServer) -> None:
    provider.script.add(Hang())
    async with with_model(answer_timeout_s=0.5) as assistant:
        answer = await asked_of(assistant, QUESTION)
    assert (answer.model, outcomes(answer)) == ("engine", ["too_late"])
    assert "January 20, 2025" in answer.response


async def test_a_model_gets_no_more_than_its_asker_may_see(
    with_model: Callable[..., Any], provider: OpenAIServer
) -> None:
    provider.script.add(LOOKUP, Text("I cannot tell who stays there; please ask the front desk."))
    async with with_model() as assistant:
        answer = await asked_of(assistant, "who is in 501, and the phone number?", Role.HOUSEKEEPING)
    sent = "".join(str(request.json) for request in provider.requests)
    assert "Thomas" not in sent
    assert "900 000 002" not in sent
    assert (answer.handoff is not None, answer.sources) == (True, ())
    assert answer.confidence < 0.5


async def test_the_engine_greets_for_nothing(with_model: Callable[..., Any], provider: OpenAIServer) -> None:
    async with with_model() as assistant:
        answer = await asked_of(assistant, "hello")
    assert (answer.model, provider.requests) == ("engine", [])
