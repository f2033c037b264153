"""Whether the database answers, asked no oftener than needed."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Literal

from pydantic import BaseModel, Field

PING_TIMEOUT_S = 2.0
PING_TTL_S = 2.0  # probes are open to anyone: they must not become load on the database

logger = logging.getLogger("innkeeper.serving")

Ping = Callable[[], Awaitable[None]]
CheckStatus = Literal["ok", "unavailable", "not_configured", "not_used"]


class Check(BaseModel):
    """State of one thing the service leans on."""

    status: CheckStatus = Field(description="`not_used`: an address is set, but nothing needs it yet.")
    latency_ms: float | None = Field(default=None, ge=0, description="Absent when nothing was measured.")
    provider: str | None = None


class DatabaseProbe:
    """Asks the database for a sign of life, at most every `PING_TTL_S` seconds."""

    def __init__(self, ping: Ping) -> None:
        self._ping = ping
        self._lock = asyncio.Lock()
        self._check = Check(status="not_configured")
        self._until_s = 0.0

    async def check(self) -> Check:
        """State and latency, at most `PING_TTL_S` old."""
        async with self._lock:
            if time.monotonic() >= self._until_s:
                self._check = await _measure(self._ping)
                self._until_s = time.monotonic() + PING_TTL_S
        return self._check


async def _measure(ping: Ping) -> Check:
    started_s = time.perf_counter()
    try:
        await asyncio.wait_for(ping(), PING_TIMEOUT_S)
    except Exception as error:  # whatever the driver raises means the same here
        logger.warning("the database does not answer: %s", type(error).__name__)
        return Check(status="unavailable")
    return Check(status="ok", latency_ms=round((time.perf_counter() - started_s) * 1000, 2))
