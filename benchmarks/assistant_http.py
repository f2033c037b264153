"""The assistant over HTTP: one answer, several at once, 100 streams, and the server's memory."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from benchmarks.assistant_asking import PACKAGES, WARM, Question, anew, at_once, one_by_one, print_rate, spread
from benchmarks.figures import print_figure

API = "/api/v1/llm/assistant"
STREAMS = 100
WARM_REQUESTS = 1_200  # more than the server keeps streams of


@asynccontextmanager
async def _serving(core: int) -> AsyncIterator[tuple["subprocess.Popen[str]", httpx.AsyncClient]]:
    command = [sys.executable, "-m", "benchmarks.assistant_server", "--core", str(core)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: ASYNC220  nothing else runs yet
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


async def over_http(core: int, asked: Sequence[Question]) -> None:
    """Answers of a server that is kept on one core."""
    async with _serving(core) as (process, client):

        async def answer(body: Question) -> None:
            (await client.post("/query", json=body)).raise_for_status()

        await one_by_one(answer, anew(asked[:WARM]))
        cpu = _cpu_s(process)
        timed = await one_by_one(answer, anew(asked))
        figures = spread([(clock, 0.0) for clock, _ in timed])
        figures["cpu_mean_ms"] = (_cpu_s(process) - cpu) / len(asked) * 1_000
        print_figure("an answer over HTTP", *PACKAGES, **figures, target_p50_ms=80, target_p95_ms=180)
        started, cpu = time.perf_counter(), _cpu_s(process)
        await at_once(answer, anew(asked), 8)
        print_rate("8 answers at once over HTTP", len(asked), time.perf_counter() - started, _cpu_s(process) - cpu)
        await _streams(client, asked)


async def _streams(client: httpx.AsyncClient, asked: Sequence[Question]) -> None:
    bodies = [anew([asked[number % len(asked)]])[0] for number in range(STREAMS)]
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


def _cpu_s(process: "subprocess.Popen[str]") -> float:
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def memory(core: int, asked: Sequence[Question], requests: int) -> None:
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

        async def answer(request: tuple[str, Question]) -> None:
            (await client.post(request[0], json=request[1])).raise_for_status()

        await at_once(answer, bodies(WARM_REQUESTS), 8)
        before = _rss(process)
        for tenth in range(10):
            await at_once(answer, bodies(requests)[tenth * requests // 10 : (tenth + 1) * requests // 10], 8)
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
