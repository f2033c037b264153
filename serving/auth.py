"""Who is calling: API keys, looked up in the database and remembered for a minute."""

import asyncio
import hashlib
import ipaddress
import logging
import re
import time
from collections.abc import Awaitable, Callable

from fastapi import Request

from innkeeper.schemas.access import Principal, Role
from innkeeper.serving.limits import TokenBuckets
from innkeeper.serving.problems import Problem

CACHE_TTL_S = 60.0  # a revoked key works this long at most
MAX_CACHED = 1_000
FAILURES_PER_MINUTE = 10  # wrong keys from one address
TURNS = 64  # look-ups at once, each for other addresses

logger = logging.getLogger("innkeeper.serving")

_KEY = re.compile(r"[A-Za-z0-9_-]{16,200}", re.ASCII)


FindKey = Callable[[str], Awaitable[Principal | None]]

# With INNKEEPER_AUTH=off everybody is this one.
ANYBODY = Principal(key_id="anybody", name="authentication is off", role=Role.MANAGER)


class Authenticator:
    """
    Finds the principal of a key.

    A key that was found is remembered for `CACHE_TTL_S`, by its hash, so that the hot path needs no database; one that
    was not found is never remembered, but an address may only try `FAILURES_PER_MINUTE` of them. Remembered keys pass
    at any time: an attacker behind the same proxy does not lock them out.
    """

    def __init__(self, find_key: FindKey | None, clock: Callable[[], float] = time.monotonic) -> None:
        """`find_key` returns the principal of a plain key that is not revoked; `None` instead of it turns this off."""
        self._find_key = find_key
        self._clock = clock
        self._failures = TokenBuckets(FAILURES_PER_MINUTE, FAILURES_PER_MINUTE, clock)
        self._turns = [asyncio.Lock() for _ in range(TURNS)]
        self._cache: dict[str, tuple[float, Principal]] = {}

    @property
    def is_on(self) -> bool:
        """Whether a key is needed."""
        return self._find_key is not None

    async def authenticate(self, key: str | None, address: str) -> Principal:
        """
        The principal of `key`.

        Raises:
            Problem: 401 when there is no key, or it is unknown or revoked; 429 after too many unknown ones.
            DatabaseUnavailable: It could not be looked up.
        """
        if self._find_key is None:
            return ANYBODY
        if key is None:
            raise Problem(401, headers={"WWW-Authenticate": 'Bearer realm="innkeeper"'})
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        remembered = self._remembered(digest)
        if remembered is None:
            async with self._turns[hash(address) % TURNS]:  # one guess at a time, so that none escapes the count
                remembered = self._remembered(digest) or await self._look_up(key, digest, address, self._find_key)
        return remembered

    def _remembered(self, digest: str) -> Principal | None:
        expires_s, principal = self._cache.get(digest, (0.0, ANYBODY))
        if expires_s > self._clock():
            return principal
        self._cache.pop(digest, None)
        return None

    async def _look_up(self, key: str, digest: str, address: str, find_key: FindKey) -> Principal:
        wait_s = self._failures.wait(address)
        if wait_s:
            raise Problem(429, "Too many unknown API keys came from this address.", retry_after_s=wait_s)
        principal = await find_key(key) if _KEY.fullmatch(key) else None
        if principal is None:
            self._failures.take(address)
            logger.warning("unknown API key from %s", address)
            header = 'Bearer realm="innkeeper", error="invalid_token"'
            raise Problem(401, "The API key is unknown or revoked.", headers={"WWW-Authenticate": header})
        if len(self._cache) >= MAX_CACHED:
            del self._cache[next(iter(self._cache))]  # the oldest
        self._cache[digest] = (self._clock() + CACHE_TTL_S, principal)
        return principal


def key_of(request: Request) -> str | None:
    """The key in `X-API-Key`, else in `Authorization: Bearer …`."""
    key = request.headers.get("x-api-key")
    if key is None:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        key = value if scheme.lower() == "bearer" else ""
    return key.strip() or None


def address_of(request: Request) -> str:
    """The client's address; an IPv6 one as its /64 network, which one client owns."""
    host = request.client.host if request.client else "unknown"
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))
    return str(address)
