"""Who is measured in `benchmarks.models`: bare SDKs, ours, and two other agent loops, on one loopback provider."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

QUESTION = "Is room 407 ready?"
RULES = "You answer hotel staff in one sentence."

Call = Callable[[], Awaitable[Any]]


class RoomNumber(BaseModel):
    """Which room."""

    room: str


class RawSdk:
    """The bare SDK of one provider."""

    def __init__(self, single: Call, first_token: Call, two_turns: Call) -> None:
        self.single, self.first_token, self.two_turns = single, first_token, two_turns


def raw_sdk(provider: str, server: Any) -> RawSdk:
    return _raw_openai(server) if provider == "openai" else _raw_anthropic(server)


def _raw_openai(server: Any) -> RawSdk:
    from openai import AsyncOpenAI

    client: Any = AsyncOpenAI(api_key=server.api_key, base_url=server.base_url, max_retries=0)
    messages = [{"role": "system", "content": RULES}, {"role": "user", "content": QUESTION}]
    tool = {"name": "get_room_status", "description": "State of a room.", "parameters": RoomNumber.model_json_schema()}

    async def single() -> Any:
        return await client.chat.completions.create(model="gpt-5-mini", messages=messages)

    async def first_token() -> float:
        started = time.perf_counter()
        took = 0.0
        options = {"include_usage": True}
        stream = await client.chat.completions.create(
            model="gpt-5-mini", messages=messages, stream=True, stream_options=options
        )
        async for chunk in stream:
            if not took and chunk.choices and chunk.choices[0].delta.content:
                took = time.perf_counter() - started
        return took

    async def two_turns() -> Any:
        tools = [{"type": "function", "function": tool}]
        first = await client.chat.completions.create(model="gpt-5-mini", messages=messages, tools=tools)
        calls = [each.model_dump(exclude_none=True) for each in first.choices[0].message.tool_calls]
        said = {"role": "assistant", "content": None, "tool_calls": calls}
        result = {"role": "tool", "tool_call_id": calls[0]["id"], "content": '{"status": "clean"}'}
        return await client.chat.completions.create(model="gpt-5-mini", messages=[*messages, said, result], tools=tools)

    return RawSdk(single, first_token, two_turns)


def _raw_anthropic(server: Any) -> RawSdk:
    from anthropic import AsyncAnthropic

    client: Any = AsyncAnthropic(api_key=server.api_key, base_url=server.base_url, max_retries=0)
    asked = {
        "model": "claude-haiku-4-5",
        "max_tokens": 1_024,
        "system": RULES,
        "messages": [{"role": "user", "content": QUESTION}],
    }

    async def single() -> Any:
        return await client.messages.create(**asked)

    async def first_token() -> float:
        started = time.perf_counter()
        took = 0.0
        async for event in await client.messages.create(**asked, stream=True):
            if not took and event.type == "content_block_delta":
                took = time.perf_counter() - started
        return took

    return RawSdk(single, first_token, single)


class Ours:
    """This library, with ledger, budget and check."""

    def __init__(self, provider: str, server: Any, gateway: Any) -> None:
        from innkeeper.blocks.models import wire
        from innkeeper.blocks.models.chat import AnthropicModel, OpenAIModel
        from innkeeper.schemas.models import Capability, Spender
        from innkeeper.tasks.models import Ask

        kind, name = (OpenAIModel, "gpt-5-mini") if provider == "openai" else (AnthropicModel, "claude-haiku-4-5")
        self._model = kind(model=name, api_key=server.api_key, base_url=server.base_url)
        self._gateway = gateway
        self._ask = Ask(
            capability=Capability.ASSISTANT,
            messages=wire.opening(RULES, QUESTION),
            parameters=wire.asking(None),
            content=f"{RULES}\n{QUESTION}",
            spender=Spender(),
            check=lambda response: wire.text_of(response),
        )
        self._count = 0

    async def wire(self) -> Any:
        from innkeeper.blocks.models import wire

        return await wire.request(self._model, self._ask.messages, self._ask.parameters)

    async def single(self) -> Any:
        from innkeeper.tasks.models import ask_model

        return await ask_model(self._model, self._ask, self._gateway)

    async def another(self) -> Any:
        """A question of its own: inside a flow run the same one is answered from its stored answer."""
        from innkeeper.tasks.models import ask_model

        self._count += 1
        return await ask_model(self._model, replace(self._ask, content=str(self._count)), self._gateway)

    async def first_token(self) -> float:
        from innkeeper.tasks.models import ask_model

        seen: list[float] = []
        started = time.perf_counter()
        await ask_model(self._model, self._ask, self._gateway, lambda _: seen.append(time.perf_counter() - started))
        return seen[0]

    async def two_turns(self) -> Any:
        from innkeeper.tasks.tool_loop import Tool, converse

        async def status(_: Any) -> dict[str, str]:
            return {"status": "clean"}

        return await converse(
            self._model,
            self._ask.messages,
            [Tool("get_room_status", "State of a room.", RoomNumber, status)],
            content=self._ask.content,
            capability=self._ask.capability,
            gateway=self._gateway,
            spender=self._ask.spender,
        )


def pydantic_ai_agent(server: Any) -> Call:
    """pydantic-ai's own agent loop."""
    from openai import AsyncOpenAI
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    client = AsyncOpenAI(api_key=server.api_key, base_url=server.base_url, max_retries=0)
    agent = Agent(OpenAIChatModel("gpt-5-mini", provider=OpenAIProvider(openai_client=client)), system_prompt=RULES)

    @agent.tool_plain
    async def get_room_status(room: str) -> dict[str, str]:
        """State of a room."""
        return {"status": "clean"}

    return lambda: agent.run(QUESTION)


def langgraph_agent(server: Any) -> Call | None:
    """LangGraph's agent; none where the group `bench` is not installed."""
    try:
        from langchain.agents import create_agent
        from langchain_openai import ChatOpenAI
    except ImportError:
        return None
    model = ChatOpenAI(model="gpt-5-mini", api_key=server.api_key, base_url=server.base_url, max_retries=0)

    def get_room_status(room: str) -> str:
        """State of a room."""
        return "clean"

    agent = create_agent(model, tools=[get_room_status], system_prompt=RULES)
    return lambda: agent.ainvoke({"messages": [{"role": "user", "content": QUESTION}]})
