"""The assistant's memory: conversations that belong to their principal, one turn after the other, until they expire."""

import asyncio
import datetime as dt
import hashlib
import secrets
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.conversation_cache import ConversationCache
from innkeeper.blocks.database import conversations as stored
from innkeeper.blocks.database.audit import AuditNote, record
from innkeeper.blocks.database.conversations import SaidTurn, StoredConversation, new_conversation_id
from innkeeper.blocks.database.engine import Database
from innkeeper.engine.assistant.plan import Focus
from innkeeper.schemas.access import Principal
from innkeeper.schemas.errors import InnkeeperError, TransientError
from innkeeper.tasks.assistant.focus import read_focus, written_focus
from innkeeper.tasks.assistant.window import Window, folded, window_of

TURN_S = 15.0  # a process that gave no sign of life for that long has lost its turn
RENEWED_EVERY_S = 5.0
WAIT_S = 20.0  # for the turn; whoever asks in a conversation waits for the question before
_POLLED_S = (0.01, 0.02, 0.05, 0.1, 0.2)  # another process's turn is looked at; the last pause is repeated
MAX_TEXT_CHARS = 16_000  # of a stored answer
_COUNTED_FOR = "gpt-5"

Forget = Callable[[str], Awaitable[object]]


class MemorySettings(Protocol):
    """The settings that the memory reads."""

    @property
    def conversation_ttl_hours(self) -> int:
        """Hours after its last question that a conversation is deleted."""

    @property
    def conversation_max_messages(self) -> int:
        """Messages that are kept of one conversation."""


@dataclass(frozen=True)
class Conversation:
    """
    A conversation in which it is the holder's turn.

    Attributes:
        focus: What it was about after the last turn.
        turn_id: Of the turn that is held.
    """

    id: str
    focus: Focus
    turn_id: str
    stored: StoredConversation

    @property
    def is_new(self) -> bool:
        """Whether nothing was said in it yet."""
        return self.stored.next_seq == 1


class Memory:
    """
    Conversations in the database, with a Redis in front of it where there is one. One instance serves one event loop.

    Args:
        database: Migrated; the caller closes it.
        redis_url: `Settings.redis_url`; while that Redis is away the database is read.
        settings: How long and how much is kept.
        forgets: Called with the id of a conversation that is cleared: whatever else keeps something of it.
    """

    def __init__(
        self, database: Database, redis_url: str | None, settings: MemorySettings, forgets: Sequence[Forget] = ()
    ) -> None:
        self._database = database
        self._cache = ConversationCache(redis_url) if redis_url else None
        self._ttl = dt.timedelta(hours=settings.conversation_ttl_hours)
        self._max_messages = settings.conversation_max_messages // 2 * 2  # whole turns
        self.forgets: list[Forget] = list(forgets)
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        self._held: set[str] = set()  # turns that have to be given back

    @asynccontextmanager
    async def turn(self, conversation_id: str | None, principal: Principal) -> AsyncIterator[Conversation]:
        """
        Have the turn in a conversation: `async with memory.turn(id, principal) as conversation`.

        Whoever comes meanwhile, in any process, waits, in the order of coming within a process.

        Args:
            conversation_id: None begins a conversation, and so does an id that nobody has.
            principal: In the role that asks.

        Raises:
            ConversationNotFound: It is somebody else's, or this principal's in another role.
            TransientError: The questions before took longer than `WAIT_S`.
        """
        identifier = conversation_id or new_conversation_id()
        lock = self._locks.setdefault(identifier, asyncio.Lock())
        try:
            async with asyncio.timeout(WAIT_S):
                await lock.acquire()
        except TimeoutError:
            raise _busy() from None
        try:
            conversation = await self.open(identifier, principal)
            renewing = asyncio.create_task(self._renewed(conversation))
            try:
                yield conversation
            finally:
                renewing.cancel()
                with suppress(asyncio.CancelledError):
                    await renewing
                await self._given_back(conversation.id, conversation.turn_id)
        finally:
            lock.release()

    async def open(self, conversation_id: str | None, principal: Principal) -> Conversation:
        """
        Get or begin a conversation, and take the turn in it for `TURN_S`; `turn` also waits in order, and renews it.

        Raises:
            ConversationNotFound, TransientError: As `turn`.
        """
        identifier, turn_id = conversation_id or new_conversation_id(), secrets.token_hex(16)
        self._held.add(turn_id)
        deadline_s, looks = asyncio.get_running_loop().time() + WAIT_S, 0
        try:
            while (found := await self._taken(identifier, principal, turn_id)) is None:
                if asyncio.get_running_loop().time() > deadline_s:
                    raise _busy()
                await asyncio.sleep(_POLLED_S[min(looks, len(_POLLED_S) - 1)])
                looks += 1
        except asyncio.CancelledError:  # perhaps between the commit and here
            await self._given_back(identifier, turn_id)
            raise
        except InnkeeperError:
            self._held.discard(turn_id)
            raise
        return Conversation(found.id, read_focus(found.focus), turn_id, found)

    async def _taken(self, identifier: str, principal: Principal, turn_id: str) -> StoredConversation | None:
        now = _now()
        async with self._database.writing() as session:
            return await stored.take_turn(
                session,
                identifier,
                principal,
                turn_id=turn_id,
                now=now,
                until=now + dt.timedelta(seconds=TURN_S),
                expires_at=now + self._ttl,
            )

    async def append(
        self,
        conversation: Conversation,
        question: str,
        answer: str,
        focus: Focus,
        audit_notes: Sequence[AuditNote] = (),
    ) -> bool:
        """
        Store a turn with the audit entries of what it read, in one transaction, and give the turn back.

        Returns:
            False when the conversation was cleared meanwhile: then only the audit entries are written.
        """
        now = _now()
        said = SaidTurn(
            question=stored.storable(question),
            answer=stored.storable(answer[:MAX_TEXT_CHARS]),
            about=written_focus(focus),
            at=now,
            expires_at=now + self._ttl,
        )
        owner = conversation.stored.owner
        async with self._database.writing() as session:
            for note in audit_notes:
                details = {"role": owner.role.value, **note.details}
                record(
                    session, principal=f"key:{owner.key_id}", action=note.action, subject=note.subject, details=details
                )
            count = await stored.add_turn(session, conversation.stored, conversation.turn_id, said)
            if count is not None and count > self._max_messages:
                ahead = self._max_messages // 20 * 2  # so that not every turn has to
                await self._fold(session, conversation, count - self._max_messages + ahead)
        self._held.discard(conversation.turn_id)
        return count is not None

    async def window(self, conversation: Conversation, budget_tokens: int, model: str = _COUNTED_FOR) -> Window:
        """What was said before this turn, as much of it as fits into `budget_tokens` of `model`."""
        if conversation.is_new:
            return Window()
        messages = await self._cache.get(conversation.stored) if self._cache else None
        if messages is None:
            async with self._database.reading() as session:
                messages = await stored.messages_of(session, conversation.id)
            if self._cache:
                await self._cache.put(conversation.stored, messages)
        # in a thread: the first count of a process reads the encoding for half a second
        return await asyncio.to_thread(window_of, messages, conversation.stored.summary, budget_tokens, model)

    async def clear(self, conversation_id: str, principal: Principal) -> int:
        """
        Delete a conversation and everything that is kept of it; an answer under way is not stored any more.

        Args:
            conversation_id: Which.
            principal: Its owner, or whoever may take the owner's role.

        Returns:
            How many messages were deleted.

        Raises:
            ConversationNotFound: There is none, or it is somebody else's.
            TransientError: Something that keeps a part of it does not answer; nothing is deleted from the database.
        """
        async with self._database.reading() as session:
            await stored.find_conversation(session, conversation_id, principal, _now())
        if self._cache:
            await self._cache.drop(conversation_id)
        for forget in self.forgets:
            await forget(conversation_id)
        async with self._database.writing() as session:
            await stored.find_conversation(session, conversation_id, principal, _now())
            deleted = await stored.delete_conversation(session, conversation_id)
            record(
                session,
                principal=f"key:{principal.key_id}",
                action="conversation.clear",
                subject=f"conversation:{hashlib.sha256(conversation_id.encode()).hexdigest()[:16]}",
                details={"messages": deleted},
            )
        return deleted

    async def purge_expired(self) -> int:
        """Delete the conversations that expired; how many. What Redis keeps of them has expired before."""
        async with self._database.writing() as session:
            return len(await stored.delete_expired(session, _now()))

    async def aclose(self) -> None:
        """Close the connection to Redis."""
        if self._cache:
            await self._cache.aclose()

    async def _fold(self, session: AsyncSession, conversation: Conversation, surplus: int) -> None:
        oldest = await stored.messages_of(session, conversation.id, limit=surplus)
        summary = folded(oldest, conversation.stored.summary)
        await session.flush()
        await stored.fold_messages(session, conversation.id, oldest[-1].seq + 1, summary)

    async def _renewed(self, conversation: Conversation) -> None:
        while True:
            await asyncio.sleep(RENEWED_EVERY_S)
            with suppress(InnkeeperError):  # the database may be away for a moment
                async with self._database.writing() as session:
                    until = _now() + dt.timedelta(seconds=TURN_S)
                    await stored.renew_turn(session, conversation.id, conversation.turn_id, until)

    async def _given_back(self, conversation_id: str, turn_id: str) -> None:
        if turn_id not in self._held:
            return
        self._held.discard(turn_id)
        with suppress(InnkeeperError):  # it runs out by itself
            async with self._database.writing() as session:
                await stored.renew_turn(session, conversation_id, turn_id, None)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _busy() -> TransientError:
    return TransientError(
        "An earlier question of this conversation is still being answered; ask again in a moment.", retry_after_s=5
    )
