"""What the model calls of a flow run, a command or a server share: settings, chains, prices, ledger, slots."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from functools import cached_property
from typing import Self

from innkeeper.blocks import metrics
from innkeeper.blocks.completion_cache import CompletionCache, completion_cache
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.ledger import Ledger
from innkeeper.blocks.models.chains import chain_of
from innkeeper.blocks.models.chat import ChatModel
from innkeeper.blocks.models.links import load_models
from innkeeper.blocks.settings import Settings
from innkeeper.engine.prices import PriceTable
from innkeeper.schemas.errors import TransientError
from innkeeper.schemas.models import Capability
from innkeeper.tasks.limits import ensure_model_limit


class ModelGateway:
    """
    The way to outside models, on one event loop: `async with ModelGateway(settings()) as gateway`.

    Nothing is opened before the first call; at the end, what is left is written to the ledger.
    """

    def __init__(self, settings: Settings, ledger: Ledger | None = None) -> None:
        """`ledger` is one that is open and stays so; without it, one is opened in the database of the settings."""
        self.settings = settings
        self.slots = asyncio.Semaphore(settings.max_model_calls)
        self._models: dict[Capability, list[ChatModel]] = {}
        self._opening = asyncio.Lock()
        self._ledger = ledger
        self._is_limited = False
        self._cache: CompletionCache | None = None
        self._database: Database | None = None
        self._resources = AsyncExitStack()

    @cached_property
    def prices(self) -> PriceTable:
        """The packaged prices under the hotel's own."""
        return PriceTable.load(self.settings.prices)

    async def models(self, capability: Capability) -> Sequence[ChatModel]:
        """
        The outside models of a capability's chain, in their order; empty: the engine works alone.

        Raises:
            NotConfigured: A key, an address or a block is missing.
        """
        if capability not in self._models:
            self._models[capability] = await load_models(chain_of(self.settings, capability), self.settings)
        return self._models[capability]

    async def ledger(self) -> Ledger:
        """The ledger, in a database with today's tables; raises `DatabaseUnavailable`."""
        if self._ledger is None:
            async with self._opening:
                self._ledger = self._ledger or await self._opened()
        return self._ledger

    async def _opened(self) -> Ledger:
        ledger = Ledger(await self._connected(), self.settings.zone)
        self._resources.push_async_callback(ledger.aclose)
        return ledger

    async def _connected(self) -> Database:
        if self._database is None:
            self._database = await self._resources.enter_async_context(Database(self.settings.database_url))
            await self._database.upgrade()
        return self._database

    async def kept(self, key: str | None) -> str | None:
        """An answer that is kept under `key`, in Redis or the database; none for no key."""
        if key is None:
            return None
        found = None
        with suppress(TransientError):  # without a cache it is asked anew
            found = await (await self._completions()).get(key)
        metrics.cache_asked("completion", hit=found is not None)
        return found

    async def keep(self, key: str | None, answer: str, ttl_s: int) -> None:
        """Keep an answer for `ttl_s` seconds; for no key, not at all."""
        if key is not None:
            with suppress(TransientError):
                await (await self._completions()).put(key, answer, ttl_s)

    async def _completions(self) -> CompletionCache:
        async with self._opening:
            if self._cache is None:
                self._cache = completion_cache(self.settings.redis_url, await self._connected())
                self._resources.push_async_callback(self._cache.aclose)
                await self._cache.purge_expired()
        return self._cache

    async def limited(self) -> None:
        """See to it that Prefect knows the limit of all flow runs together, where one is set."""
        most = self.settings.max_model_calls_everywhere
        if most is not None and not self._is_limited:
            await ensure_model_limit(most)
            self._is_limited = True

    @property
    def is_used(self) -> bool:
        """Whether any call was made, or tried."""
        return self._ledger is not None

    async def flush(self) -> None:
        """Wait until every finished call is in the ledger."""
        if self._ledger is not None:
            await self._ledger.flush()

    async def aclose(self) -> None:
        """Write what is left and close the database."""
        await self._resources.aclose()
        self._ledger = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.aclose()
