"""
What the model layer costs over the raw SDKs, measured side by side in one run: `python -m benchmarks.models`.

Every contender asks the same loopback provider, which answers at once. Ledger, a hard budget and the check of the
answer are on for ours. LangGraph is measured where the group `bench` is installed. One JSON line per figure.
"""

import asyncio
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pydantic import BaseModel
from tests.providers import AnthropicServer, OpenAIServer, ProviderProcess, Script, Text, ToolCall, ToolCalls

ROUNDS = 300
FLOW_CALLS = 60
AT_ONCE = 200
TOTAL = 1_000
QUESTION = "Is room 407 ready?"
RULES = "You answer hotel staff in one sentence."

Call = Callable[[], Awaitable[Any]]


class RoomNumber(BaseModel):
    """Which room."""

    room: str


def answer(request: dict[str, Any]) -> Any:
    """A tool call first where tools are offered, then words."""
    answered = any("tool" in str(each.get("role")) or "tool_result" in str(each) for each in request["messages"])
    if request.get("tools") and not answered:
        return ToolCalls([ToolCall("get_room_status", {"room": "407"})])
    return Text("Room 407 is clean and ready for the guest.")


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {
            "INNKEEPER_HOME": home,
            "PREFECT_LOGGING_LEVEL": "CRITICAL",
            "PREFECT_LOGGING_TO_API_ENABLED": "false",
        }
        asyncio.run(_outside_of_flows())
        from prefect.testing.utilities import prefect_test_harness

        with prefect_test_harness(server_startup_timeout=120):
            asyncio.run(_inside_a_flow())


async def _outside_of_flows() -> None:
    from innkeeper.blocks.database.budgets import set_budget
    from innkeeper.blocks.database.engine import Database
    from innkeeper.blocks.settings import settings
    from innkeeper.schemas.models import Budget
    from innkeeper.tasks.gateway import ModelGateway

    async with Database(settings().database_url) as database:
        await database.upgrade()
        async with database.writing() as session:
            await set_budget(session, Budget(hard_usd=Decimal(1_000)))
    script = Script(default=answer)
    with OpenAIServer(script) as openai, AnthropicServer(script) as anthropic:
        async with ModelGateway(settings()) as gateway:
            for provider, server in (("openai", openai), ("anthropic", anthropic)):
                ours = _Ours(provider, server, gateway)
                raw = _raw(provider, server)
                await _single(provider, raw, ours)
                await _first_token(provider, raw, ours)
                if provider == "openai":
                    await _tools(raw, ours, server)
    with ProviderProcess("openai", Script(default=Text("ok"))) as server:
        async with ModelGateway(settings().model_copy(update={"max_model_calls": AT_ONCE})) as gateway:
            await _throughput(_raw("openai", server), _Ours("openai", server, gateway))


async def _single(provider: str, raw: "_Raw", ours: "_Ours") -> None:
    took = await _alternating({"raw": raw.single, "wire": ours.wire, "ours": ours.single})
    _print(f"one call, {provider}", **_against_raw(took), target_over_raw_p50_ms=2.0)


async def _first_token(provider: str, raw: "_Raw", ours: "_Ours") -> None:
    took = await _alternating({"raw": raw.first_token, "ours": ours.first_token}, timed=False)
    _print(f"first token, {provider}", **_against_raw(took), target_over_raw_p50_ms=3.0)


async def _tools(raw: "_Raw", ours: "_Ours", server: Any) -> None:
    calls: dict[str, Call] = {"raw": raw.two_turns, "ours": ours.two_turns, "pydantic_ai_agent": _agent(server)}
    graph = _graph(server)
    if graph is not None:
        calls["langgraph"] = graph
    took = await _alternating(calls)
    _print("two turns with a tool, openai", **_against_raw(took), target_over_raw_p50_ms=4.0)


async def _throughput(raw: "_Raw", ours: "_Ours") -> None:
    rates: dict[str, list[float]] = {"raw": [], "ours": []}
    for _ in range(4):
        for name, call in (("raw", raw.single), ("ours", ours.single)):
            slots = asyncio.Semaphore(AT_ONCE)

            async def limited(call: Call = call, slots: asyncio.Semaphore = slots) -> None:
                async with slots:
                    await call()

            started = time.perf_counter()
            await asyncio.gather(*(limited() for _ in range(TOTAL)))
            rates[name].append(TOTAL / (time.perf_counter() - started))
    raw_rate, own_rate = (statistics.median(rates[name][1:]) for name in ("raw", "ours"))
    _print(
        f"{AT_ONCE} calls at once, openai",
        n=3 * TOTAL,
        raw_per_s=raw_rate,
        ours_per_s=own_rate,
        ratio=own_rate / raw_rate,
        target_ratio=0.9,
    )


async def _inside_a_flow() -> None:
    from prefect import flow

    from innkeeper.blocks.settings import settings
    from innkeeper.tasks.gateway import ModelGateway

    with OpenAIServer(Script(default=answer)) as server:
        raw = _raw("openai", server)

        @flow(name="bench-models")
        async def calls() -> dict[str, list[float]]:
            async with ModelGateway(settings()) as gateway:
                ours = _Ours("openai", server, gateway)
                return await _alternating({"raw": raw.single, "ours": ours.another}, rounds=FLOW_CALLS)

        _print("one call inside a flow run", **_against_raw(await calls()), target_over_raw_p50_ms=15.0)


class _Raw:
    """The bare SDK of one provider."""

    def __init__(self, single: Call, first_token: Call, two_turns: Call) -> None:
        self.single, self.first_token, self.two_turns = single, first_token, two_turns


def _raw(provider: str, server: Any) -> _Raw:
    return _raw_openai(server) if provider == "openai" else _raw_anthropic(server)


def _raw_openai(server: Any) -> _Raw:
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

    return _Raw(single, first_token, two_turns)


def _raw_anthropic(server: Any) -> _Raw:
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

    return _Raw(single, first_token, single)


class _Ours:
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
        from dataclasses import replace

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


def _agent(server: Any) -> Call:
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


def _graph(server: Any) -> Call | None:
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


async def _alternating(calls: dict[str, Call], *, rounds: int = ROUNDS, timed: bool = True) -> dict[str, list[float]]:
    """Milliseconds of every call, taken in turns, so that a busy moment of the machine hits all alike."""
    took: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(rounds + 20):
        for name, call in calls.items():
            started = time.perf_counter()
            given = await call()
            spent = time.perf_counter() - started if timed else given
            if turn >= 20:  # connections open, caches fill
                took[name].append(spent * 1_000)
    return took


def _against_raw(took: dict[str, list[float]]) -> dict[str, float]:
    figures: dict[str, float] = {"n": len(took["raw"])}
    for name, values in took.items():
        cut = statistics.quantiles(values, n=20)
        figures |= {f"{name}_p50_ms": cut[9], f"{name}_p95_ms": cut[18]}
    return figures | {"over_raw_p50_ms": figures["ours_p50_ms"] - figures["raw_p50_ms"]}


def _print(name: str, **figures: float) -> None:
    rounded = {key: round(value, 2) if isinstance(value, float) else value for key, value in figures.items()}
    about = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }
    versions = {
        each: found for each in ("openai", "anthropic", "pydantic-ai-slim", "langgraph") if (found := _of(each))
    }
    print(json.dumps({"benchmark": name} | rounded | about | versions), flush=True)


def _of(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    main()
