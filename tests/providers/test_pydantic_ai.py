"""Both servers, used by pydantic-ai: whole answers, streams, tools and structured output."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel
from pydantic_ai import Agent, NativeOutput
from pydantic_ai.direct import model_request, model_request_stream
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.messages import ModelRequest, ToolCallPart
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.tools import ToolDefinition
from tests.providers import (
    AnthropicServer,
    Fault,
    Json,
    OpenAIServer,
    ProviderServer,
    Text,
    ToolCall,
    ToolCalls,
    Usage,
    WrongSchema,
)

BOOK = ToolDefinition(
    name="book",
    description="Book a room.",
    parameters_json_schema={"type": "object", "properties": {"room": {"type": "string"}}, "required": ["room"]},
)


class Booking(BaseModel):
    """What the guest wants."""

    room: str
    nights: int


@pytest.fixture(params=["openai", "anthropic"])
def server(request: pytest.FixtureRequest) -> Iterator[ProviderServer]:
    kind = OpenAIServer if request.param == "openai" else AnthropicServer
    with kind() as started:
        yield started


@pytest.fixture
def model(server: ProviderServer) -> Model:
    if isinstance(server, OpenAIServer):
        return OpenAIChatModel("gpt-5-mini", provider=OpenAIProvider(base_url=server.base_url, api_key=server.api_key))
    provider = AnthropicProvider(base_url=server.base_url, api_key=server.api_key)
    return AnthropicModel("claude-haiku-4-5", provider=provider)


async def test_a_text_and_its_usage(server: ProviderServer, model: Model) -> None:
    server.script.add(Text("Chào chị!", usage=Usage(100, 20, cached_input_tokens=60)))
    answer = await model_request(model, [ModelRequest.user_text_prompt("Xin chào", instructions="Be polite.")])
    assert (answer.text, answer.finish_reason) == ("Chào chị!", "stop")
    assert (answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.cache_read_tokens) == (100, 20, 60)
    assert "Be polite." in str(server.requests[0].json)


async def test_a_stream_of_words_and_its_usage(server: ProviderServer, model: Model) -> None:
    server.script.add(Text("one two three", usage=Usage(30, 4)))
    async with model_request_stream(model, [ModelRequest.user_text_prompt("hi")]) as stream:
        events = [event async for event in stream]
        answer = stream.get()
    assert (answer.text, len(events) >= 3) == ("one two three", True)
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (30, 4)


@pytest.mark.parametrize("streaming", [False, True])
async def test_a_tool_call(server: ProviderServer, model: Model, streaming: bool) -> None:
    server.script.add(ToolCalls([ToolCall("book", {"room": "612"})], text="One moment."))
    parameters = ModelRequestParameters(function_tools=[BOOK])
    messages = [ModelRequest.user_text_prompt("book 612")]
    if streaming:
        async with model_request_stream(model, messages, model_request_parameters=parameters) as stream:
            _ = [event async for event in stream]
            answer = stream.get()
    else:
        answer = await model_request(model, messages, model_request_parameters=parameters)
    (call,) = [part for part in answer.parts if isinstance(part, ToolCallPart)]
    assert (call.tool_name, call.args_as_dict()) == ("book", {"room": "612"})


async def test_a_whole_turn_with_a_tool_is_accepted_by_the_servers_rules(server: ProviderServer, model: Model) -> None:
    agent = Agent(model)

    @agent.tool_plain
    def book(room: str) -> str:
        return f"{room} is booked"

    server.script.add(ToolCalls([ToolCall("book", {"room": "612"}), ToolCall("book", {"room": "613"})]), Text("Done."))
    result = await agent.run("book 612 and 613")
    assert result.output == "Done."
    assert "613 is booked" in str(server.requests[1].json)


@pytest.mark.parametrize("native", [False, True])
async def test_structured_output_is_asked_for_again_when_it_is_wrong(
    server: ProviderServer, model: Model, native: bool
) -> None:
    agent: Agent[None, Booking] = Agent(model, output_type=NativeOutput(Booking) if native else Booking)
    server.script.add(WrongSchema(), Json({"room": "612", "nights": 2}))
    result = await agent.run("612, two nights")
    assert result.output == Booking(room="612", nights=2)
    assert [request.status for request in server.requests] == [200, 200]


async def test_a_fault_carries_its_status(server: ProviderServer, model: Model) -> None:
    server.script.add(Fault(400, message="the prompt is too long"))
    with pytest.raises(ModelHTTPError, match="too long") as caught:
        await model_request(model, [ModelRequest.user_text_prompt("hi")])
    assert caught.value.status_code == 400
