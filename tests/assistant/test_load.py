"""Many at once, over HTTP: all are answered, in order, and nothing is kept of them."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
from tests.assistant.loading import FAILED, load, serving
from tests.serving.scripted import API, Event, events

STREAMS = 100
ASK = {"context": {"today": "2025-01-17"}}
QUESTIONS = ("Is room 407 ready?", "Phòng 305 đã dọn chưa?", "phong 412 ai o", "When does Ms Nguyen leave?")


async def heard(client: httpx.AsyncClient, body: dict[str, Any]) -> list[Event]:
    async with client.stream("POST", f"{API}/query-stream", json=ASK | body, timeout=60) as response:
        assert response.status_code == 200, await response.aread()
        return [event async for event in events(response) if event.event not in ("retry", "ping")]


async def test_a_hundred_streams_at_once_are_whole_and_in_order(home: Path) -> None:
    bodies = [
        {"message": QUESTIONS[number % len(QUESTIONS)], "conversation_id": f"load-{number}"}
        for number in range(STREAMS)
    ]
    async with serving() as client:
        told = await asyncio.gather(*(heard(client, body) for body in bodies))
    for body, found in zip(bodies, told, strict=True):
        assert [int(event.id.rpartition(":")[2]) for event in found] == list(range(1, len(found) + 1))
        assert (found[0].event, found[-1].event) == ("start", "end")
        assert found[-1].data["conversation_id"] == body["conversation_id"]
        said = "".join(event.data["delta"] for event in found if event.event == "content")
        assert said == found[-1].data["response"]
        assert _balanced(found)


def _balanced(found: list[Event]) -> bool:
    """Every call that began has ended."""
    calls = Counter(event.data["tool"] for event in found if event.event == "tool_call")
    return calls == Counter(event.data["tool"] for event in found if event.event == "tool_result")


async def test_the_same_question_has_the_same_answer_however_many_ask(home: Path) -> None:
    async with serving() as client:

        async def answer(number: int) -> str:
            body = ASK | {"message": QUESTIONS[number % len(QUESTIONS)], "conversation_id": f"same-{number}"}
            response = await client.post(f"{API}/query", json=body, timeout=60)
            kept = {name: response.json()[name] for name in ("response", "sources", "tools_used", "confidence")}
            return json.dumps(kept, sort_keys=True)

        alone = [await answer(number) for number in range(len(QUESTIONS))]
        together = await asyncio.gather(*(answer(number) for number in range(4, 44)))
    assert list(together) == alone * 10


async def test_questions_leave_no_tasks_behind(home: Path) -> None:
    async with serving() as client:
        async with load(client) as asked:
            await asked.come(lambda outcome: outcome != FAILED, 20)
            assert _at_work()
        assert _at_work() == []


def _at_work() -> list[str]:
    """Names of what answers questions just now, and of what holds their turns."""
    names = [getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()]
    return [name for name in names if name.startswith(("Memory.", "Answers."))]
