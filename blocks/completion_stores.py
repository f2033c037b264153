"""Where completions are kept: Redis, and the database."""

import datetime as dt
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import Delete

from innkeeper.blocks.completion_cache import CompletionCache, expiry, owner_of
from innkeeper.blocks.database.cache_models import CachedCompletion
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.urls import is_sqlite
from innkeeper.schemas.errors import InnkeeperError, TransientError

if TYPE_CHECKING:
    from redis.asyncio import Redis

T = TypeVar("T")
_logger = logging.getLogger(__name__)

PREFIX = "innkeeper:completions:"
TIMEOUT_S = 0.5  # a cache that takes longer costs more than it saves
PAUSE_S = 5.0  # for which a store that failed is left alone
_BATCH = 500


def storable(value: str) -> bool:
    """Whether both stores can give `value` back unchanged: PostgreSQL takes no NUL, neither takes half a character."""
    return "\x00" not in value and not any("\ud800" <= char <= "\udfff" for char in value)


class _Outage:
    """Whether a store is down: said once, and not tried again for a while."""

    def __init__(self, store: str, pause_s: float) -> None:
        self._store, self._pause_s = store, pause_s
        self._until, self._warned = 0.0, False

    @property
    def lasts(self) -> bool:
        return time.monotonic() < self._until

    def begins(self, error: Exception) -> None:
        self._until = time.monotonic() + self._pause_s
        if not self._warned:
            _logger.warning(
                "the completion cache in %s does not answer (%s): models are asked every time until it does",
                self._store,
                type(error).__name__,
            )
        self._warned = True

    def is_over(self) -> None:
        self._until, self._warned = 0.0, False


class RedisCompletions(CompletionCache):
    """
    In Redis, which expires them itself. One instance serves one event loop.

    Args:
        url: `redis://`, `rediss://` or `unix://`.
        pause_s: For how long a Redis that failed is not asked.
    """

    def __init__(self, url: str, *, pause_s: float = PAUSE_S) -> None:
        self._url = url
        self._client: Redis | None = None
        self._outage = _Outage("Redis", pause_s)

    async def get(self, key: str | None) -> str | None:
        """As `CompletionCache.get`."""
        if key is None:
            return None
        found = await self._tried(lambda redis: redis.get(PREFIX + key))
        return found.decode() if isinstance(found, bytes) else None

    async def put(self, key: str | None, value: str, ttl_s: int) -> None:
        """As `CompletionCache.put`."""
        expiry(ttl_s)
        if key is not None and storable(value):
            await self._tried(lambda redis: redis.set(PREFIX + key, value.encode(), ex=ttl_s))

    async def purge_expired(self) -> int:
        """Nothing: Redis has done it."""
        return 0

    async def erase(self, principal: str) -> int:
        """As `CompletionCache.erase`."""
        from redis.exceptions import RedisError

        redis, erased, batch = self._connected(), 0, list[bytes]()
        try:
            async for key in redis.scan_iter(match=f"{PREFIX}{owner_of(principal)}:*", count=_BATCH):
                batch.append(key)
                if len(batch) >= _BATCH:
                    erased += await redis.delete(*batch)
                    batch.clear()
            return erased + (await redis.delete(*batch) if batch else 0)
        except (RedisError, OSError) as error:
            raise TransientError(
                "Redis does not answer, so kept completions were not erased; erase again when it does"
            ) from error

    async def aclose(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _connected(self) -> "Redis":
        if self._client is None:
            from redis.asyncio import Redis
            from redis.asyncio.retry import Retry
            from redis.backoff import NoBackoff

            self._client = Redis.from_url(
                self._url,
                socket_timeout=TIMEOUT_S,
                socket_connect_timeout=TIMEOUT_S,
                retry=Retry(NoBackoff(), 1),  # once: a Redis that was restarted has closed the pooled connections
            )
        return self._client

    async def _tried(self, call: "Callable[[Redis], Awaitable[T]]") -> T | None:
        from redis.exceptions import RedisError

        if self._outage.lasts:
            return None
        try:
            result = await call(self._connected())
        except (RedisError, OSError) as error:
            self._outage.begins(error)
            return None
        self._outage.is_over()
        return result


class DatabaseCompletions(CompletionCache):
    """In the table `completion_cache`; expired rows stay until `purge_expired`, and are never given."""

    def __init__(self, database: Database, *, pause_s: float = PAUSE_S) -> None:
        self._database = database
        self._outage = _Outage("the database", pause_s)

    async def get(self, key: str | None) -> str | None:
        """As `CompletionCache.get`."""
        if key is None or self._outage.lasts:
            return None
        valid = CachedCompletion.expires_at > dt.datetime.now(dt.UTC)
        try:
            async with self._database.reading() as session:
                found = await session.scalar(select(CachedCompletion.value).where(CachedCompletion.key == key, valid))
        except InnkeeperError as error:
            self._outage.begins(error)
            return None
        self._outage.is_over()
        return found

    async def put(self, key: str | None, value: str, ttl_s: int) -> None:
        """As `CompletionCache.put`."""
        expires_at = expiry(ttl_s)
        if key is None or not storable(value) or self._outage.lasts:
            return
        insert = sqlite.insert if is_sqlite(self._database.url) else postgresql.insert
        row = insert(CachedCompletion).values(key=key, value=value, expires_at=expires_at)
        newer = {"value": row.excluded.value, "expires_at": row.excluded.expires_at}
        try:
            async with self._database.writing() as session:
                await session.execute(row.on_conflict_do_update(index_elements=["key"], set_=newer))
        except InnkeeperError as error:
            self._outage.begins(error)

    async def purge_expired(self) -> int:
        """As `CompletionCache.purge_expired`; `TransientError` when the database does not answer."""
        return await self._deleted(
            delete(CachedCompletion).where(CachedCompletion.expires_at <= dt.datetime.now(dt.UTC))
        )

    async def erase(self, principal: str) -> int:
        """As `CompletionCache.erase`."""
        return await self._deleted(
            delete(CachedCompletion).where(CachedCompletion.key.startswith(f"{owner_of(principal)}:"))
        )

    async def _deleted(self, statement: Delete) -> int:
        async with self._database.writing() as session:
            result = await session.execute(statement)
            return result.rowcount if isinstance(result, CursorResult) else 0
