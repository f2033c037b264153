"""Answers of models that may be given again to exactly the same question: in Redis, or else in the database.

Nothing that holds a guest's words is kept, unless it is kept for the principal alone who asked.
"""

import datetime as dt
import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from innkeeper.blocks.database.engine import Database

_SHARED = "shared"


@dataclass(frozen=True)
class Shared:
    """For everybody: nothing in the question or the answer belongs to anyone."""


@dataclass(frozen=True)
class OfPrincipal:
    """For one principal alone."""

    principal: str  # as the API key names it, never a guest's name


@dataclass(frozen=True)
class NoCache:
    """For nobody: the choice for anything about a guest."""


Scope = Shared | OfPrincipal | NoCache
NO_CACHE = NoCache()


def completion_key(
    *,
    provider: str,
    model: str,
    settings: Mapping[str, Any],
    prompt_fingerprint: str,
    cache_text: str,
    output_schema: Mapping[str, Any] | None = None,
    scope: Scope = NO_CACHE,
) -> str | None:
    """
    Where an answer is kept: equal only when everything that can change the answer is.

    Args:
        provider: `openai`, `anthropic`, ….
        model: Its name.
        settings: Temperature, token limit and the like: plain JSON.
        prompt_fingerprint: `Prompt.fingerprint()`.
        cache_text: `Prompt.cache_text()`: what is asked, without a nonce.
        output_schema: JSON schema of the answer; none for free text.
        scope: Who may be given the answer.

    Returns:
        At most 100 characters, or none when nothing is to be kept.

    Raises:
        TypeError, ValueError: `settings` or `output_schema` is no JSON.
    """
    if isinstance(scope, NoCache):
        return None
    owner = owner_of(scope.principal) if isinstance(scope, OfPrincipal) else _SHARED
    asked = [provider, model, settings, prompt_fingerprint, cache_text, output_schema, owner]
    written = json.dumps(asked, sort_keys=True, allow_nan=False, default=dict)
    return f"{owner}:{hashlib.sha256(written.encode()).hexdigest()}"


def owner_of(principal: str) -> str:
    """How the keys of a principal begin: 32 hex digits, so that no name stands in a key."""
    return hashlib.sha256(principal.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class CompletionCache(ABC):
    """Keeps answers for a time. `get` and `put` never fail: without their store every question is asked."""

    @abstractmethod
    async def get(self, key: str | None) -> str | None:
        """The answer under `key`; none when there is none, it expired, or the store does not answer."""

    @abstractmethod
    async def put(self, key: str | None, value: str, ttl_s: int) -> None:
        """Keep `value` for `ttl_s` seconds, 1 or more; nothing happens without a key."""

    @abstractmethod
    async def purge_expired(self) -> int:
        """Delete what nobody will be given any more; how many were deleted."""

    @abstractmethod
    async def erase(self, principal: str) -> int:
        """
        Delete all that is kept for `principal` alone; how many were deleted.

        Raises:
            TransientError: The store does not answer: nothing is erased, or not all.
        """

    async def aclose(self) -> None:  # noqa: B027  a store without connections of its own has nothing to close
        """Close the connections."""


def completion_cache(redis_url: str | None, database: Database) -> CompletionCache:
    """
    The cache of this process.

    Args:
        redis_url: `Settings.redis_url`; without it the database is used.
        database: Migrated; the caller closes it.
    """
    if redis_url:
        from innkeeper.blocks.completion_stores import RedisCompletions

        return RedisCompletions(redis_url)
    from innkeeper.blocks.completion_stores import DatabaseCompletions

    return DatabaseCompletions(database)


def expiry(ttl_s: int) -> dt.datetime:
    """When an answer that is put now expires; `ValueError` below one second."""
    if ttl_s < 1:
        raise ValueError(f"an answer is kept for at least one second, not for {ttl_s}")
    return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=ttl_s)
