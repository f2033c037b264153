"""Events of streamed answers, kept for a while so that a client whose connection broke can go on where it was.

Always in memory; with a Redis also there, for the other processes.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from innkeeper.blocks.stream_copies import StreamCopies
from innkeeper.schemas.access import Principal

TTL_S = 600.0
MAX_EVENTS = 5_000  # of one message; the oldest go first, and then nobody can begin with them
MAX_MESSAGES = 1_000
MAX_CHARS = 4_000_000  # of all finished messages together


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """
    One event of a message.

    Attributes:
        seq: 1, 2, 3, …
        type: `start`, `content`, …
        data: JSON.
        is_last: Nothing follows.
    """

    seq: int
    type: str
    data: str
    is_last: bool = False


class EventsGone(LookupError):
    """What the client asks to go on from is no longer kept."""


class MessageEvents:
    """The events of one message, written by one and read by any number, each at its own pace."""

    def __init__(self, message_id: str, conversation_id: str, owner: Principal, max_events: int = MAX_EVENTS) -> None:
        self.message_id, self.conversation_id, self.owner = message_id, conversation_id, owner
        self.begun_s = time.monotonic()
        self.chars = 0
        self.readers = 0
        self._max_events = max_events
        self._events: list[StreamEvent] = []
        self._changed = asyncio.Event()

    @property
    def is_complete(self) -> bool:
        """Whether the last event is there."""
        return bool(self._events) and self._events[-1].is_last

    @property
    def last(self) -> StreamEvent | None:
        """The newest event."""
        return self._events[-1] if self._events else None

    def add(self, kind: str, data: str, *, is_last: bool = False) -> StreamEvent:
        """Add an event; after the last one nothing may be added."""
        if self.is_complete:
            raise ValueError(f"the message {self.message_id!r} is complete")
        event = StreamEvent(self._events[-1].seq + 1 if self._events else 1, kind, data, is_last)
        self._events.append(event)
        self.chars += len(data)
        if len(self._events) > self._max_events:
            surplus = len(self._events) - self._max_events * 3 // 4  # rarely, and then many
            self.chars -= sum(len(each.data) for each in self._events[:surplus])
            del self._events[:surplus]
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
        return event

    async def reaches(self, seq: int) -> None:
        """Wait for event number `seq`."""
        while not self._events or self._events[-1].seq < seq:
            await self._changed.wait()

    async def follow(self, after: int = 0) -> AsyncGenerator[StreamEvent, None]:
        """
        The events after number `after`, those that are there and those to come, until the last.

        Raises:
            EventsGone: The next one is no longer kept.
        """
        self.readers += 1
        try:
            while True:
                changed = self._changed
                for event in self._after(after):
                    after = event.seq
                    yield event
                if self._changed is changed:
                    if self.is_complete:
                        return
                    await changed.wait()
        finally:
            self.readers -= 1

    def _after(self, after: int) -> list[StreamEvent]:
        if not self._events or after >= self._events[-1].seq:
            return []
        first = self._events[0].seq
        if after + 1 < first:
            raise EventsGone(self.message_id)
        return self._events[after + 1 - first :]


class StreamBuffer:
    """
    The messages of this process, and through Redis those of others. One instance serves one event loop.

    Args:
        redis_url: `Settings.redis_url`.
        ttl_s: For how long a message is kept after it began.
        max_messages: How many are kept; one that is being written always is.
    """

    def __init__(self, redis_url: str | None = None, *, ttl_s: float = TTL_S, max_messages: int = MAX_MESSAGES) -> None:
        self._ttl_s, self._max_messages = ttl_s, max_messages
        self._messages: dict[str, MessageEvents] = {}  # the oldest first
        self._chars = 0  # of the finished ones
        self._copies = StreamCopies(redis_url, int(ttl_s)) if redis_url else None

    def begin(self, message_id: str, conversation_id: str, owner: Principal) -> MessageEvents:
        """A new message of `owner`."""
        self._make_room()
        message = self._messages[message_id] = MessageEvents(message_id, conversation_id, owner)
        if self._copies:
            self._copies.begin(message_id, conversation_id, owner)
        return message

    def add(self, message: MessageEvents, kind: str, data: str, *, is_last: bool = False) -> None:
        """Add an event to a message, and to its copy."""
        event = message.add(kind, data, is_last=is_last)
        if message.message_id not in self._messages:  # forgotten meanwhile: who reads it now is served, nobody later
            return
        if is_last:
            self._chars += message.chars
        if self._copies:
            self._copies.add(message.message_id, event.seq, kind, data, is_last=is_last)

    async def owner(self, message_id: str) -> Principal | None:
        """Whose message it is; none when it is not kept."""
        message = self._messages.get(message_id)
        if message is not None:
            return None if self._is_old(message) else message.owner
        return await self._copies.owner(message_id) if self._copies else None

    async def follow(self, message_id: str, after: int = 0) -> AsyncGenerator[StreamEvent, None]:
        """
        As `MessageEvents.follow`; a message of a process that died ends without a last event.

        Raises:
            EventsGone: The message, or the next event, is no longer kept.
        """
        message = self._messages.get(message_id)
        if message is not None:
            async with aclosing(message.follow(after)) as events:
                async for event in events:
                    yield event
            return
        if self._copies is None:
            raise EventsGone(message_id)
        async with aclosing(self._copies.follow(message_id, after)) as copied:
            async for seq, kind, data, is_last in copied:
                if seq > after + 1:
                    raise EventsGone(message_id)
                after = seq
                yield StreamEvent(seq, kind, data, is_last)

    async def is_followed(self, message: MessageEvents) -> bool:
        """Whether anybody reads the message, here or through Redis."""
        return message.readers > 0 or (self._copies is not None and await self._copies.is_followed(message.message_id))

    async def forget(self, conversation_id: str) -> int:
        """
        Delete what is kept of a conversation; how many messages this process had of it.

        Raises:
            TransientError: Redis does not answer, so copies may still be there.
        """
        if self._copies:
            await self._copies.forget(conversation_id)
        mine = [each for each in self._messages.values() if each.conversation_id == conversation_id]
        for message in mine:
            self._drop(message)
        return len(mine)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._copies:
            await self._copies.aclose()

    def _make_room(self) -> None:
        for message in list(self._messages.values()):
            is_full = len(self._messages) >= self._max_messages or self._chars > MAX_CHARS
            if not is_full and not self._is_old(message):
                break
            if message.is_complete:
                self._drop(message)

    def _drop(self, message: MessageEvents) -> None:
        del self._messages[message.message_id]
        if message.is_complete:
            self._chars -= message.chars

    def _is_old(self, message: MessageEvents) -> bool:
        return time.monotonic() - message.begun_s > self._ttl_s
