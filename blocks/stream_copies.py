"""Copies of streamed answers in Redis, for processes that did not write them. A Redis that is away costs only that."""

import asyncio
import hashlib
import secrets
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from innkeeper.blocks.redis_link import RedisLink
from innkeeper.schemas.access import Principal

if TYPE_CHECKING:
    from redis.asyncio import Redis

PREFIX = "innkeeper:streams:"
MAX_WAITING = 50_000  # events that are not in Redis yet; beyond, they are not copied
SILENCE_S = 120.0  # no answer takes so long to its next event
ALIVE_EVERY_S = 2.0  # a process that writes messages says so, and counts as dead when it has missed it twice
_LOOKED_S = 0.1
_FOLLOWED_S = 5

_Entry = tuple[str, dict[str, str]]


class StreamCopies:
    """
    Writes events to Redis streams in the background, in order, and reads those of other processes.

    Args:
        url: `Settings.redis_url`.
        ttl_s: For how long a copy is kept after its last event.
    """

    def __init__(self, url: str, ttl_s: int) -> None:
        self._redis = RedisLink(url, "a broken stream can only be resumed in the process that writes it")
        self._ttl_s = ttl_s
        self._waiting: deque[_Entry] = deque()
        self._more = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None
        self._conversations: dict[str, str] = {}  # of the messages that are being written
        self._process = secrets.token_hex(8)

    def begin(self, message_id: str, conversation_id: str, owner: Principal) -> None:
        """A new message: whose it is, and of which conversation."""
        self._conversations[message_id] = conversation_id
        self._put(message_id, {"owner": owner.model_dump_json(), "process": self._process})

    def add(self, message_id: str, seq: int, kind: str, data: str, *, is_last: bool) -> None:
        """Copy an event."""
        self._put(message_id, {"seq": str(seq), "type": kind, "data": data, "last": "1" if is_last else ""})

    async def owner(self, message_id: str) -> Principal | None:
        """Whose message it is; none when there is no copy."""
        first: Any = await self._redis.tried(lambda redis: redis.xrange(_events(message_id), count=1))
        owner = first[0][1].get(b"owner") if first else None  # without: it was deleted while it was written
        return None if owner is None else Principal.model_validate_json(owner)

    async def follow(self, message_id: str, after: int) -> AsyncGenerator[tuple[int, str, str, bool], None]:
        """
        Number, type, data and whether it is the last, of every event after number `after`.

        Without the last one it ends when the process that writes the message has died, or after `SILENCE_S`.
        """
        place, heard_s, process = b"-", time.monotonic(), b""
        while time.monotonic() - heard_s < SILENCE_S:
            entries = await self._redis.tried(lambda redis, place=place: _read(redis, message_id, place))  # type: ignore[misc]  # mypy infers no lambda with a default
            for identifier, fields in entries or ():
                place, heard_s = b"(" + identifier, time.monotonic()
                process = fields.get(b"process", process)
                if b"seq" not in fields or int(fields[b"seq"]) <= after:
                    continue
                is_last = bool(fields[b"last"])
                yield int(fields[b"seq"]), fields[b"type"].decode(), fields[b"data"].decode(), is_last
                if is_last:
                    return
            if entries == [] and not await self._lives(process.decode()):
                return
            await asyncio.sleep(0 if entries else _LOOKED_S)

    async def is_followed(self, message_id: str) -> bool:
        """Whether another process has read the message in the last seconds."""
        return bool(await self._redis.tried(lambda redis: redis.exists(_followed(message_id))))

    async def forget(self, conversation_id: str) -> None:
        """
        Delete the copies of a conversation's messages.

        Raises:
            TransientError: Redis does not answer.
        """
        for message_id, known in list(self._conversations.items()):
            if known == conversation_id:
                del self._conversations[message_id]  # what still waits of it is not written

        async def delete(redis: "Redis") -> None:
            index = _index(conversation_id)
            found: Any = await redis.smembers(index)
            await redis.delete(index, *(_events(each.decode()) for each in found))

        await self._redis.needed(delete)

    async def aclose(self) -> None:
        """Close the connections; what waits is written if that can be done at once."""
        if self._writer is not None:
            self._writer.cancel()
            with suppress(asyncio.CancelledError):
                await self._writer
        await self._redis.aclose()

    def _put(self, message_id: str, fields: dict[str, str]) -> None:
        if len(self._waiting) >= MAX_WAITING:
            self._conversations.pop(message_id, None)  # with a gap it is worth nothing
        if message_id not in self._conversations:
            return
        self._waiting.append((message_id, fields))
        self._more.set()
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write(), name="innkeeper-stream-copies")

    async def _write(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(ALIVE_EVERY_S if self._conversations else None):
                    await self._more.wait()
            self._more.clear()
            batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
            wanted = [each for each in batch if each[0] in self._conversations]
            done = await self._redis.tried(lambda redis, wanted=wanted: self._stored(redis, wanted))  # type: ignore[misc]  # as above
            for message_id, fields in batch:
                if done is None or fields.get("last"):
                    self._conversations.pop(message_id, None)

    async def _stored(self, redis: "Redis", entries: list[_Entry]) -> bool:
        async with redis.pipeline(transaction=False) as pipe:
            pipe.set(_alive(self._process), "1", px=int(ALIVE_EVERY_S * 2_500))
            for message_id, fields in entries:
                pipe.xadd(_events(message_id), fields)  # type: ignore[arg-type]  # its types want dicts of every kind of value
            for message_id in {message_id for message_id, _ in entries}:
                index = _index(self._conversations[message_id])
                pipe.sadd(index, message_id)
                pipe.expire(index, self._ttl_s)
                pipe.expire(_events(message_id), self._ttl_s)
            await pipe.execute()
        return True

    async def _lives(self, process: str) -> bool:
        return await self._redis.tried(lambda redis: redis.exists(_alive(process))) != 0


async def _read(redis: "Redis", message_id: str, place: bytes) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """The events after `place`; tells the writer that somebody reads."""
    async with redis.pipeline(transaction=False) as pipe:
        pipe.set(_followed(message_id), "1", ex=_FOLLOWED_S)
        pipe.xrange(_events(message_id), min=place)
        found: list[tuple[bytes, dict[bytes, bytes]]] = (await pipe.execute())[1]
    return found


def _events(message_id: str) -> str:
    return f"{PREFIX}{message_id}"


def _followed(message_id: str) -> str:
    return f"{PREFIX}followed:{message_id}"


def _alive(process: str) -> str:
    return f"{PREFIX}alive:{process}"


def _index(conversation_id: str) -> str:
    return f"{PREFIX}of:{hashlib.sha256(conversation_id.encode()).hexdigest()[:40]}"  # an own id may be a name
