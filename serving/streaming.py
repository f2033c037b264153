"""Server-sent events: frames, a sign of life while nothing happens, and an end when the client has gone."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing, suppress
from typing import Any, TypeVar

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from innkeeper.blocks.stream_buffer import EventsGone, StreamEvent

MEDIA_TYPE = "text/event-stream"
RETRY_MS = 3_000  # after which a client connects again
HEARTBEAT_S = 15.0
SEND_TIMEOUT_S = 30.0  # for a client that is there and does not read
HEARTBEAT = b": ping\n\n"
_AHEAD = 100  # frames that wait for a slow client; the others stay in the buffer

T = TypeVar("T")

_INTERRUPTED = {
    "type": "error",
    "code": "interrupted",
    "message": "The stream cannot go on from here; ask the question again.",
    "retryable": True,
}


def described_events(*kinds: str) -> dict[str, Any]:
    """OpenAPI's `content` for a stream of events of these kinds, whose data is JSON; without any, they have no kind."""
    data = {"type": "string", "contentMediaType": "application/json"}
    if not kinds:
        return {MEDIA_TYPE: {"schema": {"type": "object", "properties": {"data": data}, "required": ["data"]}}}
    kind = {"type": "string", "enum": list(kinds)}
    fields = {"id": {"type": "string", "description": "`<message_id>:<number>`"}, "event": kind, "data": data}
    return {MEDIA_TYPE: {"schema": {"type": "object", "properties": fields, "required": ["event", "data"]}}}


class EventStream(Response):
    """
    A response that is sent while it is made.

    Args:
        frames: What is sent; closed when the client goes away.
        on_close: Called once, however the response ends.
        heartbeat_s: How long nothing may be sent.
    """

    def __init__(
        self,
        frames: AsyncGenerator[bytes, None],
        on_close: Callable[[], None] = lambda: None,
        *,
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        self.status_code, self.background, self.body = 200, None, b""
        self._frames, self._on_close, self._heartbeat_s = frames, on_close, heartbeat_s
        self.init_headers(
            {
                "Content-Type": f"{MEDIA_TYPE}; charset=utf-8",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",  # nginx would collect the events
                "Connection": "keep-alive",
            }
        )
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the last frame, or until the client has gone."""
        writing = asyncio.create_task(self._write(send))
        gone = asyncio.create_task(_disconnected(receive))
        try:
            await asyncio.wait({writing, gone}, return_when=asyncio.FIRST_COMPLETED)
            if writing.done():
                writing.result()
        finally:
            writing.cancel()
            gone.cancel()
            await asyncio.gather(writing, gone, return_exceptions=True)
            await self._frames.aclose()
            self._on_close()

    async def _write(self, send: Send) -> None:
        with suppress(OSError, TimeoutError):  # the client has gone, or is stuck
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            async with aclosing(with_heartbeat(self._frames, self._heartbeat_s)) as frames:
                async for frame in frames:
                    async with asyncio.timeout(SEND_TIMEOUT_S):
                        await send({"type": "http.response.body", "body": frame, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def with_heartbeat(frames: AsyncGenerator[bytes, None], every_s: float) -> AsyncGenerator[bytes, None]:
    """`frames`, those together that are there at once, and a comment whenever there was none for `every_s` seconds."""
    ready = asyncio.Queue[bytes | None](_AHEAD)
    reading = asyncio.create_task(_read_ahead(frames, ready))
    try:
        while True:
            try:
                async with asyncio.timeout(every_s):
                    found = [await ready.get()]
            except TimeoutError:
                yield HEARTBEAT
                continue
            while not ready.empty():
                found.append(ready.get_nowait())
            if together := b"".join(each for each in found if each is not None):
                yield together
            if found[-1] is None:
                await reading  # raises what it raised
                return
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def _read_ahead(frames: AsyncGenerator[bytes, None], ready: "asyncio.Queue[bytes | None]") -> None:
    try:
        async for each in frames:
            await ready.put(each)
    except Exception:
        await ready.put(None)
        raise
    await ready.put(None)


async def event_frames(message_id: str, events: AsyncGenerator[StreamEvent, None]) -> AsyncGenerator[bytes, None]:
    """The events of a message as frames; the last is always `end` or `error`."""
    yield f"retry: {RETRY_MS}\n\n".encode()
    try:
        async with aclosing(events):
            async for event in events:
                yield frame(event.type, event.data, f"{message_id}:{event.seq}")
                if event.is_last:
                    return
    except EventsGone:
        pass
    yield frame("error", written(_INTERRUPTED))  # without an id: it is not part of the message


def frame(kind: str, data: str, identifier: str | None = None) -> bytes:
    """One event; `data` is JSON on one line."""
    tag = f"id: {identifier}\n" if identifier else ""
    return f"{tag}event: {kind}\ndata: {data}\n\n".encode()


def written(fields: dict[str, Any]) -> str:
    """`fields` as JSON on one line, letters as they are."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


async def while_connected(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """
    The result of `work`, which is cancelled when the client goes away.

    Raises:
        ClientGone: It has.
    """
    task = asyncio.create_task(work)
    gone = asyncio.create_task(_disconnected(receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
    finally:
        task.cancel()
        gone.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)
    raise ClientGone


class ClientGone(Exception):
    """Nobody waits for the answer any more."""


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
