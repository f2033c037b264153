"""One connection to an optional Redis: quick to give up, said once, and not asked again for a while."""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from innkeeper.schemas.errors import TransientError

if TYPE_CHECKING:
    from redis.asyncio import Redis

TIMEOUT_S = 0.5  # a cache that takes longer costs more than it saves
PAUSE_S = 5.0  # for which a Redis that failed is left alone

T = TypeVar("T")
_logger = logging.getLogger(__name__)


class RedisLink:
    """
    A client that is connected when it is first needed. One instance serves one event loop.

    Args:
        url: `redis://`, `rediss://` or `unix://`.
        loss: What is lost while Redis is away, for the log: "conversations are read from the database".
        timeout_s: Of one command; a command that blocks needs more than it blocks for.
        pause_s: For how long a Redis that failed is not asked.
    """

    def __init__(self, url: str, loss: str, *, timeout_s: float = TIMEOUT_S, pause_s: float = PAUSE_S) -> None:
        self._url = url
        self._loss = loss
        self._timeout_s, self._pause_s = timeout_s, pause_s
        self._client: Redis | None = None
        self._away_until_s, self._warned = 0.0, False

    async def tried(self, call: "Callable[[Redis], Awaitable[T]]") -> T | None:
        """What `call` gives; none when Redis does not answer."""
        if time.monotonic() < self._away_until_s:
            return None
        try:
            return await self.needed(call)
        except TransientError:
            return None

    async def needed(self, call: "Callable[[Redis], Awaitable[T]]") -> T:
        """
        What `call` gives.

        Raises:
            TransientError: Redis does not answer.
        """
        from redis.exceptions import RedisError

        try:
            result = await call(self._connected())
        except (RedisError, OSError) as error:
            self._failed(error)
            raise TransientError(
                "Redis does not answer; try again when it does", retry_after_s=self._pause_s
            ) from error
        self._away_until_s, self._warned = 0.0, False
        return result

    async def aclose(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _failed(self, error: Exception) -> None:
        self._away_until_s = time.monotonic() + self._pause_s
        if not self._warned:
            _logger.warning("Redis does not answer (%s): %s until it does", type(error).__name__, self._loss)
        self._warned = True

    def _connected(self) -> "Redis":
        if self._client is None:
            from redis.asyncio import Redis
            from redis.asyncio.retry import Retry
            from redis.backoff import NoBackoff

            self._client = Redis.from_url(
                self._url,
                socket_timeout=self._timeout_s,
                socket_connect_timeout=TIMEOUT_S,
                retry=Retry(NoBackoff(), 1),  # once: a Redis that was restarted has closed the pooled connections
            )
        return self._client
