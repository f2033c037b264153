"""Whether the database and Redis answer, asked no oftener than needed."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Literal

from pydantic import BaseModel, Field

from innkeeper.schemas.errors import NotConfigured

PING_TIMEOUT_S = 2.0
PING_TTL_S = 2.0  # probes are open to anyone: they must not become load on the database

logger = logging.getLogger("innkeeper.serving")

Ping = Callable[[], Awaitable[None]]
CheckStatus = Literal["ok", "degraded", "unavailable", "not_configured", "not_used"]


class Check(BaseModel):
    """State of one thing the service leans on."""

    status: CheckStatus = Field(
        description="`degraded`: it failed lately and is tried again; `not_used`: set, but nothing needs it yet."
    )
    latency_ms: float | None = Field(default=None, ge=0, description="Absent when nothing was measured.")
    provider: str | None = None
    rate_limit_remaining: int | None = Field(default=None, ge=0, description="Requests; as the provider last said.")


class Probe:
    """Asks something for a sign of life, at most every `PING_TTL_S` seconds."""

    def __init__(self, name: str, ping: Ping) -> None:
        """`name` is for the log: `the database`."""
        self._name = name
        self._ping = ping
        self._lock = asyncio.Lock()
        self._check = Check(status="not_configured")
        self._until_s = 0.0

    async def check(self) -> Check:
        """State and latency, at most `PING_TTL_S` old."""
        async with self._lock:
            if time.monotonic() >= self._until_s:
                self._check = await _measure(self._name, self._ping)
                self._until_s = time.monotonic() + PING_TTL_S
        return self._check


def chroma_ping(url: str) -> Ping:
    """A `Ping` for the Chroma server at `url`."""

    async def ping() -> None:
        import httpx

        async with httpx.AsyncClient(timeout=PING_TIMEOUT_S) as client:
            (await client.get(f"{url.rstrip('/')}/api/v2/heartbeat")).raise_for_status()

    return ping


@asynccontextmanager
async def redis_ping(url: str) -> AsyncIterator[Ping]:
    """
    A `Ping` for the Redis at `url`, with a connection that is kept until the end.

    Raises:
        NotConfigured: `url` is no address.
    """
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    try:
        client = Redis.from_url(url, socket_connect_timeout=PING_TIMEOUT_S, retry=Retry(NoBackoff(), 0))
    except ValueError:
        raise NotConfigured("INNKEEPER_REDIS_URL is no address such as redis://localhost:6379/0") from None

    async def ping() -> None:
        await client.ping()

    try:
        yield ping
    finally:
        await client.aclose()


async def _measure(name: str, ping: Ping) -> Check:
    started_s = time.perf_counter()
    try:
        await asyncio.wait_for(ping(), PING_TIMEOUT_S)
    except Exception as error:  # whatever the driver raises means the same here
        logger.warning("%s does not answer: %s", name, type(error).__name__)
        return Check(status="unavailable")
    return Check(status="ok", latency_ms=round((time.perf_counter() - started_s) * 1000, 2))
