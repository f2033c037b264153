"""An assistant that does what the question says, with a real memory; and a real server in this event loop."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.settings import Settings
from innkeeper.engine.assistant.plan import Focus
from innkeeper.schemas.access import Principal
from innkeeper.schemas.assistant import (
    AssistantAnswer,
    AssistantQuestion,
    ContentAdded,
    ContentWithdrawn,
    DatabaseSource,
    Progress,
    TokensUsed,
    ToolCalled,
    ToolReturned,
    ToolUse,
)
from innkeeper.tasks.assistant.memory import Memory

WORDS = ("Room ", "407 ", "is ", "ready — ", "phòng ", "sạch.")
API = "/api/v1/llm/assistant"


class ScriptedAssistant:
    """
    Answers with `WORDS`.

    "hang" in the question: waits after the third word until `go` is set. "fail": raises `failure` at the beginning,
    "break" after the third word. "correct": takes the words back once. "later": waits for `go` before anything.
    """

    def __init__(self, database: Database, settings: Settings, failure: Exception | None = None) -> None:
        self.memory = Memory(database, settings.redis_url, settings)
        self.asked: list[tuple[AssistantQuestion, Principal]] = []
        self.cancelled = 0
        self.inside, self.most_inside = 0, 0
        self.go = asyncio.Event()
        self.failure = failure or RuntimeError("secret detail")

    async def answer(
        self,
        question: AssistantQuestion,
        principal: Principal,
        emit: Callable[[Progress], None] | None = None,
        *,
        message_id: str,
    ) -> AssistantAnswer:
        say = emit or (lambda _: None)
        self.asked.append((question, principal))
        try:
            async with self.memory.turn(question.conversation_id, principal) as conversation:
                self.inside += 1
                self.most_inside = max(self.most_inside, self.inside)
                await self._speak(question.message, say)
                response = "".join(WORDS)
                await self.memory.append(conversation, question.message, response, Focus(room_number="407"))
                self.inside -= 1
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return AssistantAnswer(
            response=response,
            sources=(DatabaseSource(table="rooms", confidence=0.9),),
            tools_used=(ToolUse(tool="get_room_status", input={"room_number": "407"}, success=True),),
            confidence=0.9,
            conversation_id=conversation.id,
            message_id=message_id,
            tokens_used=TokensUsed(prompt=450, completion=85, total=535),
            response_time_ms=1.0,
            model="engine",
        )

    async def clear(self, conversation_id: str, principal: Principal) -> int:
        return await self.memory.clear(conversation_id, principal)

    async def _speak(self, question: str, say: Callable[[Progress], None]) -> None:
        if "fail" in question:
            raise self.failure
        if "later" in question:
            await self.go.wait()
        say(ToolCalled(tool="get_room_status"))
        await asyncio.sleep(0)
        say(ToolReturned(tool="get_room_status", status="success"))
        for number, word in enumerate(WORDS):
            if number == 3 and "hang" in question:
                await self.go.wait()
            if number == 3 and "break" in question:
                raise self.failure
            if number == 3 and "correct" in question:
                say(ContentWithdrawn())
            say(ContentAdded(delta=word))
            await asyncio.sleep(0)


@dataclass(frozen=True)
class Event:
    """One server-sent event."""

    id: str
    event: str
    data: dict[str, Any]


class _Quiet(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:  # they belong to the test run
        yield


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """The address of a real server of `app`; its lifespan has been entered."""
    # with the protocol named, asyncio sends small packets at once; otherwise each answer waits 40 ms for the next
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)
    server = _Quiet(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=5))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


async def events(response: httpx.Response) -> AsyncIterator[Event]:
    """The events of a stream, read as a browser reads them; `retry` and comments come as events of that name."""
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        name, _, value = line.partition(": ")
        if not line:
            if "data" in fields:
                yield Event(fields.get("id", ""), fields.get("event", ""), json.loads(fields["data"]))
            elif fields:
                (kind,) = fields
                yield Event("", kind or "comment", {"value": fields[kind]})
            fields = {}
        else:
            fields[name] = value


async def heard(
    client: httpx.AsyncClient, body: dict[str, Any], path: str = "query-stream", **more: Any
) -> list[Event]:
    """All events of one answer."""
    async with client.stream("POST", f"{API}/{path}", json=body, **more) as response:
        assert response.status_code == 200, await response.aread()
        return [event async for event in events(response)]


def said(found: list[Event]) -> str:
    """The text that was streamed."""
    return "".join(event.data["delta"] for event in found if event.event == "content")
