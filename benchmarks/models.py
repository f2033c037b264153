"""
What the model layer costs over the raw SDKs, measured side by side in one run: `python -m benchmarks.models`.

Every contender asks the same loopback provider, which answers at once. Ledger, a hard budget and the check of the
answer are on for ours. LangGraph is measured where the group `bench` is installed. One JSON line per figure.
"""

import asyncio
import os
import statistics
import tempfile
import time
from decimal import Decimal
from typing import Any

from tests.providers import AnthropicServer, OpenAIServer, ProviderProcess, Script, Text, ToolCall, ToolCalls

from benchmarks.contenders import Call, Ours, RawSdk, langgraph_agent, pydantic_ai_agent, raw_sdk
from benchmarks.figures import print_figure

ROUNDS = 300
FLOW_CALLS = 60
AT_ONCE = 200
TOTAL = 1_000
PACKAGES = ("openai", "anthropic", "pydantic-ai-slim", "langgraph")


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
                ours = Ours(provider, server, gateway)
                raw = raw_sdk(provider, server)
                await _single(provider, raw, ours)
                await _first_token(provider, raw, ours)
                if provider == "openai":
                    await _tools(raw, ours, server)
    with ProviderProcess("openai", Script(default=Text("ok"))) as server:
        async with ModelGateway(settings().model_copy(update={"max_model_calls": AT_ONCE})) as gateway:
            await _throughput(raw_sdk("openai", server), Ours("openai", server, gateway))


async def _single(provider: str, raw: "RawSdk", ours: "Ours") -> None:
    took = await _alternating({"raw": raw.single, "wire": ours.wire, "ours": ours.single})
    print_figure(f"one call, {provider}", *PACKAGES, **_against_raw(took), target_over_raw_p50_ms=2.0)


async def _first_token(provider: str, raw: "RawSdk", ours: "Ours") -> None:
    took = await _alternating({"raw": raw.first_token, "ours": ours.first_token}, timed=False)
    print_figure(f"first token, {provider}", *PACKAGES, **_against_raw(took), target_over_raw_p50_ms=3.0)


async def _tools(raw: "RawSdk", ours: "Ours", server: Any) -> None:
    calls: dict[str, Call] = {
        "raw": raw.two_turns,
        "ours": ours.two_turns,
        "pydantic_ai_agent": pydantic_ai_agent(server),
    }
    graph = langgraph_agent(server)
    if graph is not None:
        calls["langgraph"] = graph
    took = await _alternating(calls)
    print_figure("two turns with a tool, openai", *PACKAGES, **_against_raw(took), target_over_raw_p50_ms=4.0)


async def _throughput(raw: "RawSdk", ours: "Ours") -> None:
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
    print_figure(
        f"{AT_ONCE} calls at once, openai",
        *PACKAGES,
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
        raw = raw_sdk("openai", server)

        @flow(name="bench-models")
        async def calls() -> dict[str, list[float]]:
            async with ModelGateway(settings()) as gateway:
                ours = Ours("openai", server, gateway)
                return await _alternating({"raw": raw.single, "ours": ours.another}, rounds=FLOW_CALLS)

        print_figure(
            "one call inside a flow run", *PACKAGES, **_against_raw(await calls()), target_over_raw_p50_ms=15.0
        )


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


if __name__ == "__main__":
    main()
