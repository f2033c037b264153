"""Clients that ask the assistant over HTTP without pause, and what each of their questions came to."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import httpx
from tests.serving.scripted import API, events, served

from innkeeper.blocks.database.api_keys import create_key
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.settings import Settings
from innkeeper.engine.routing.router import load_router
from innkeeper.schemas.access import Role
from innkeeper.serving.app import create_app
from innkeeper.tasks.assistant.assistant import open_assistant

CLIENTS = 4
PATIENCE_S = 20.0  # an answer that takes longer has hung
FAILED = "failed"  # ended in an error that has a name
QUESTIONS = ("Is room 407 ready?", "phi tra phong muon la bao nhieu", "Who stays in room 412?", "Mấy giờ trả phòng?")


@asynccontextmanager
async def serving(**changed: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client, with a manager's key, of a real server of the whole app on the state in `INNKEEPER_HOME`."""
    settings = Settings(**{"rate_limit_per_minute": 1_000_000, **changed})
    router = load_router()
    async with Database(settings.database_url) as database, open_assistant(settings, database, router) as assistant:
        async with database.writing() as session:
            key, _ = await create_key(session, Role.MANAGER, "test")
        app = create_app(settings, router, database, assistant)
        headers = {"X-API-Key": key}
        async with (
            app.router.lifespan_context(app),
            served(app) as url,
            httpx.AsyncClient(base_url=url, headers=headers, timeout=PATIENCE_S) as client,
        ):
            yield client


class Load:
    """
    What the questions came to.

    Attributes:
        outcomes: The link that answered, or `FAILED`, in the order of their ends.
        answers: The bodies of those that were answered, beside them; none for the others.
        slowest_s: The longest that anyone waited.
        all_asking: Set once every client has asked and none was answered.
    """

    def __init__(self) -> None:
        self.outcomes: list[str] = []
        self.answers: list[dict[str, Any] | None] = []
        self.slowest_s = 0.0
        self.all_asking = asyncio.Event()
        self._ended = asyncio.Condition()

    async def come(self, wanted: Callable[[str], bool], number: int = 8) -> list[dict[str, Any] | None]:
        """Wait until the last `number` outcomes, all from now on, are wanted ones; their bodies."""
        first = len(self.outcomes)
        async with asyncio.timeout(3 * PATIENCE_S), self._ended:
            await self._ended.wait_for(lambda: _all_wanted(self.outcomes[first:][-number:], wanted, number))
        return self.answers[-number:]

    async def add(self, outcome: str, answer: dict[str, Any] | None, took_s: float) -> None:
        async with self._ended:
            self.outcomes.append(outcome)
            self.answers.append(answer)
            self.slowest_s = max(self.slowest_s, took_s)
            self._ended.notify_all()


def _all_wanted(found: list[str], wanted: Callable[[str], bool], number: int) -> bool:
    return len(found) == number and all(map(wanted, found))


@asynccontextmanager
async def load(client: httpx.AsyncClient, questions: tuple[str, ...] = QUESTIONS) -> AsyncIterator[Load]:
    """`CLIENTS` that ask all the time; one that is answered wrongly, or not in time, fails the test."""
    found, stopping, numbers = Load(), asyncio.Event(), count()

    async def ask() -> None:
        while not stopping.is_set():
            number = next(numbers)
            body = {
                "message": questions[number % len(questions)],
                "context": {"today": "2025-01-17"},
                "conversation_id": f"load-{number // 3}",
            }
            started = time.monotonic()
            if number == CLIENTS - 1 and not found.outcomes:
                found.all_asking.set()
            async with asyncio.timeout(PATIENCE_S):
                outcome, answer = await (_streamed if number % 2 else _plain)(client, body)
            await found.add(outcome, answer, time.monotonic() - started)

    async with asyncio.TaskGroup() as group:
        for _ in range(CLIENTS):
            group.create_task(ask())
        yield found
        stopping.set()


async def _plain(client: httpx.AsyncClient, body: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
    response = await client.post(f"{API}/query", json=body)
    if response.status_code == 200:
        return response.json()["model"], response.json()
    _assert_named(response)
    return FAILED, None


async def _streamed(client: httpx.AsyncClient, body: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
    """Whole and in order: numbered from 1, one last event, and its text is what was said since the last correction."""
    async with client.stream("POST", f"{API}/query-stream", json=body) as response:
        if response.status_code != 200:
            await response.aread()
            _assert_named(response)
            return FAILED, None
        found = [event async for event in events(response) if event.event not in ("retry", "ping")]
    assert [int(event.id.rpartition(":")[2]) for event in found] == list(range(1, len(found) + 1))
    assert [event.event for event in found if event.event in ("end", "error")] == [found[-1].event]
    last = found[-1].data
    if found[-1].event == "error":
        assert last["code"] in ("unavailable", "timeout"), last
        return FAILED, None
    corrections = [place for place, event in enumerate(found) if event.event == "correction"]
    shown = found[corrections[-1] :] if corrections else found
    assert "".join(event.data["delta"] for event in shown if event.event == "content") == last["response"]
    return last["model"], last


def _assert_named(response: httpx.Response) -> None:
    assert response.status_code == 503, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"]
