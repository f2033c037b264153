"""
Speed of the staff assistant on the sample hotel: `python -m benchmarks.assistant [--questions N] [--requests N]`.

One process on one core answers; clients and the loopback provider are other processes. One JSON line per figure: an
answer of the engine in process and over HTTP, 100 streams at once, what comes on top of a provider that takes 300 ms
for each request, and with `--requests` whether the memory stays flat. CPU time is told beside the clock's, since on a
busy machine the clock tells of others. Run it on a quiet machine.
"""

import argparse
import asyncio
import datetime as dt
import os
import statistics
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.assistant_asking import (
    PACKAGES,
    WARM,
    Question,
    anew,
    at_once,
    home,
    one_by_one,
    print_rate,
    questions,
    spread,
)
from benchmarks.assistant_http import memory, over_http
from benchmarks.assistant_server import pin
from benchmarks.figures import print_figure
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.assistant import AssistantQuestion, Progress

PROVIDER_S = 0.3  # of each request to the loopback provider
PROVIDED = 40  # questions put to it


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=200, help="of the sample hotel's, for each figure")
    parser.add_argument("--requests", type=int, default=0, help="only the memory, over so many requests")
    options = parser.parse_args()
    core = max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    with home() as folder:
        os.environ |= {"INNKEEPER_HOME": str(folder), "INNKEEPER_MODEL_CHAIN": "engine", "INNKEEPER_LOG_LEVEL": "ERROR"}
        asked = questions(options.questions)
        if options.requests:
            asyncio.run(memory(core, questions(10_000), options.requests))
            return
        asyncio.run(over_http(core, asked))
        with _provider() as provider:
            pin(core)
            asyncio.run(_in_process(asked))
            asyncio.run(_on_top(provider, asked[:PROVIDED]))


# in process


async def _in_process(asked: Sequence[Question]) -> None:
    from innkeeper.blocks.settings import settings
    from innkeeper.tasks.assistant.assistant import open_assistant

    settings.cache_clear()
    async with open_assistant(settings()) as assistant:

        async def answer(body: Question) -> None:
            await assistant.answer(*_as_asked(body))

        await one_by_one(answer, anew(asked[:WARM]))
        timed = await one_by_one(answer, anew(asked))
        print_figure("an answer of the engine", *PACKAGES, **spread(timed), target_p50_ms=80, target_p95_ms=180)
        started, cpu = time.perf_counter(), time.process_time()
        await at_once(answer, anew(asked), 8)
        print_rate("8 answers at once", len(asked), time.perf_counter() - started, time.process_time() - cpu)


def _as_asked(body: Question) -> tuple[AssistantQuestion, Principal]:
    context, role = body["context"], Role(body["context"]["role"])
    guest = body.get("user_id") if role is Role.GUEST else None
    today = dt.date.fromisoformat(context["today"])
    question = AssistantQuestion(message=body["message"], conversation_id=body["conversation_id"], today=today)
    return question, Principal(key_id="bench", name="bench", role=role, guest=guest)


# a provider


def _provider() -> Any:
    from tests.providers import ProviderProcess, Script, SlowFirstByte, Text

    told = Text("I do not find that in the hotel's documents; please ask the front desk.")
    return ProviderProcess("openai", Script(default=SlowFirstByte(PROVIDER_S, told)))


async def _on_top(provider: Any, asked: Sequence[Question]) -> None:
    """What an answer takes besides the provider, and its first word after the provider's."""
    from innkeeper.blocks.settings import settings
    from innkeeper.tasks.assistant.assistant import open_assistant

    os.environ |= {"OPENAI_API_KEY": provider.api_key, "OPENAI_BASE_URL": provider.base_url}
    os.environ["INNKEEPER_MODEL_CHAIN"] = "openai/gpt-5-mini,engine"
    settings.cache_clear()
    began, first = list[float](), list[float]()
    async with open_assistant(settings()) as assistant:

        async def answer(body: Question) -> None:
            heard = list[float]()

            def emit(progress: Progress) -> None:
                if progress.type == "content":
                    heard.append(time.time())

            began.append(time.time())
            await assistant.answer(*_as_asked(body), emit)
            first.append(heard[0])

        await one_by_one(answer, anew(asked[:WARM]))
        began.clear()
        first.clear()
        timed = await one_by_one(answer, anew(asked))
    came = [request["at"] for request in provider.requests[-len(asked) :]]  # one each: the script calls no tool
    print_figure(
        "over a provider of 300 ms",
        *PACKAGES,
        n=len(asked),
        total_p50_ms=statistics.median(clock for clock, _ in timed) - PROVIDER_S * 1_000,
        cpu_p50_ms=statistics.median(cpu for _, cpu in timed),
        asked_after_p50_ms=_between(began, came),
        first_word_p50_ms=_between(came, first) - PROVIDER_S * 1_000,
        target_total_p50_ms=40,
        target_first_word_p50_ms=25,
    )


def _between(earlier: Sequence[float], later: Sequence[float]) -> float:
    return statistics.median((end - start) * 1_000 for start, end in zip(earlier, later, strict=True))


if __name__ == "__main__":
    main()
