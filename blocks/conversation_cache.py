"""What was said in a conversation, kept in Redis so that the database is not read for it. Always optional."""

import hashlib
import json
from collections.abc import Sequence

from innkeeper.blocks.database.conversations import SaidMessage, StoredConversation
from innkeeper.blocks.redis_link import PAUSE_S, RedisLink

PREFIX = "innkeeper:conversations:"
CACHE_TTL_S = 600


class ConversationCache:
    """
    Messages of conversations, each with the state that they belong to: what is older than the row is never given.

    Args:
        url: `Settings.redis_url`.
        pause_s: For how long a Redis that failed is not asked.
    """

    def __init__(self, url: str, *, pause_s: float = PAUSE_S) -> None:
        self._redis = RedisLink(url, "conversations are read from the database", pause_s=pause_s)

    async def get(self, conversation: StoredConversation) -> list[SaidMessage] | None:
        """The messages of exactly this state; none when they are not here."""
        found = await self._redis.tried(lambda redis: redis.get(_key(conversation.id)))
        if not isinstance(found, bytes):
            return None
        entry = json.loads(found)
        if entry["state"] != _state(conversation):
            return None
        return [SaidMessage(**message) for message in entry["messages"]]

    async def put(self, conversation: StoredConversation, messages: Sequence[SaidMessage]) -> None:
        """Keep the messages for `CACHE_TTL_S`."""
        entry = {"state": _state(conversation), "messages": [vars(message) for message in messages]}
        written = json.dumps(entry, ensure_ascii=False).encode()
        await self._redis.tried(lambda redis: redis.set(_key(conversation.id), written, ex=CACHE_TTL_S))

    async def drop(self, conversation_id: str) -> None:
        """
        Delete what is kept of a conversation.

        Raises:
            TransientError: Redis does not answer, so it may still be there.
        """
        await self._redis.needed(lambda redis: redis.delete(_key(conversation_id)))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._redis.aclose()


def _key(conversation_id: str) -> str:
    return PREFIX + hashlib.sha256(conversation_id.encode()).hexdigest()[:40]  # a client's own id may be a name


def _state(conversation: StoredConversation) -> str:
    return f"{conversation.created_at.isoformat()} {conversation.next_seq}"
