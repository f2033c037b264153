"""Where the chunks of the hotel's documents and their vectors are kept: Chroma, in a folder or behind a server."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from prefect.blocks.core import Block
from pydantic import Field, HttpUrl

from innkeeper.blocks.settings import Settings
from innkeeper.schemas.errors import InputInvalid, NotConfigured, TransientError
from innkeeper.schemas.knowledge import Chunk

if TYPE_CHECKING:
    import numpy as np
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection
    from numpy.typing import NDArray

_AT_ONCE = 2_000  # Chroma takes some 5,000 in one call; a server limits the size of a request too


class KnowledgeStore(Block):
    """
    Chunks and vectors of the hotel's documents: one Chroma collection per version of the index, never changed later.

    Chroma is never asked to embed or to search: a process that has a folder open does not find what another one adds,
    so every reader builds its own index from a version that is complete (`docs/decisions/0008-knowledge-index.md`).

    Attributes:
        path: A folder of this machine; `chroma` below INNKEEPER_HOME when empty.
        url: Address of a Chroma server; wins over the folder.

    Example:
        Load the block and list the versions:
        ```python
        from innkeeper.blocks.knowledge_store import KnowledgeStore

        store = KnowledgeStore.load("BLOCK_NAME")
        print(store.versions())
        ```
    """

    _block_type_name = "Hotel Knowledge Store"
    _block_type_slug = "hotel-knowledge-store"
    _documentation_url = HttpUrl("https://docs.trychroma.com/docs/run-chroma/persistent-client")

    path: Path | None = Field(default=None, description="A folder of this machine, made when first needed.")
    url: str | None = Field(default=None, description="Address of a Chroma server, http://… or https://….")

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The store that the settings name."""
        return cls(path=settings.home / "chroma", url=settings.chroma_url)

    def write(self, version: str, chunks: Sequence[Chunk], vectors: "NDArray[np.float32] | None") -> None:
        """
        Add chunks to a version; the first call makes it.

        Args:
            version: Letters, digits, `-` and `_`, at least three.
            chunks: n chunks with ids of their own.
            vectors: (n, d) float32; none where no embedder can run.

        Raises:
            TransientError: The server does not answer.
        """
        import numpy as np

        with self._client() as client:
            kept = client.get_or_create_collection(
                version, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
            )
            for start in range(0, len(chunks), _AT_ONCE):
                some = chunks[start : start + _AT_ONCE]
                rows = np.ones((len(some), 1), np.float32) if vectors is None else vectors[start : start + _AT_ONCE]
                kept.upsert(
                    ids=[chunk.id for chunk in some],
                    embeddings=rows,
                    metadatas=[_metadata(chunk) for chunk in some],
                )

    def read(self, version: str) -> "tuple[list[Chunk], NDArray[np.float32] | None]":
        """
        All chunks of a version, by document and place, and their vectors (n, d), or none.

        Raises:
            InputInvalid: There is no such version.
            TransientError: The server does not answer.
        """
        import numpy as np

        with self._client() as client:
            kept = _found(client, version)
            pages = list(_pages(kept))
        pairs = [
            (Chunk.model_validate_json(str(metadata["chunk"])), vector)
            for page in pages
            for metadata, vector in zip(page["metadatas"], page["embeddings"], strict=True)
        ]
        pairs.sort(key=lambda pair: (pair[0].document, pair[0].index))
        chunks = [chunk for chunk, _ in pairs]
        if not pairs or len(pairs[0][1]) == 1:  # what `write` puts where there is none
            return chunks, None
        return chunks, np.array([vector for _, vector in pairs], dtype=np.float32)

    def drop(self, version: str) -> None:
        """Remove a version; nothing happens when there is none."""
        with self._client() as client:
            if version in _names(client):
                client.delete_collection(version)

    def versions(self) -> list[str]:
        """Names of all versions, in order."""
        with self._client() as client:
            return sorted(_names(client))

    @contextmanager
    def _client(self) -> "Iterator[ClientAPI]":
        """A client of its own each time: one that stays open does not see what other processes write."""
        import chromadb
        from chromadb.config import Settings as ChromaSettings

        quiet = ChromaSettings(anonymized_telemetry=False)
        if self.url is None:
            folder = self.path or Path(".innkeeper") / "chroma"
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            client = chromadb.PersistentClient(path=str(folder), settings=quiet)
        else:
            client = _connected(self.url, quiet)
        try:
            yield client
        except Exception as error:
            raise _ours(error, self.url) from error
        finally:
            client.close()  # type: ignore[attr-defined]  # every client has it, their common type does not say so


def _connected(url: str, quiet: Any) -> "ClientAPI":
    import chromadb

    address = urlsplit(url)
    is_tls = address.scheme == "https"
    try:
        return chromadb.HttpClient(
            host=address.hostname or "localhost",
            port=address.port or (443 if is_tls else 80),
            ssl=is_tls,
            settings=quiet,
        )
    except Exception as error:
        raise _ours(error, url) from error


def _ours(error: Exception, url: str | None) -> Exception:
    """A server that is away may come back; the library says so in several ways."""
    import httpx

    is_away = isinstance(error, httpx.HTTPError | ConnectionError) or "connect" in str(error).lower()
    if url is not None and is_away:
        return TransientError("the Chroma server of INNKEEPER_CHROMA_URL does not answer; is it running?")
    if isinstance(error, PermissionError):
        return NotConfigured(f"the folder of the knowledge store cannot be written: {error}")
    return error


def _found(client: "ClientAPI", version: str) -> "Collection":
    if version not in _names(client):
        raise InputInvalid(f"the knowledge store has no version {version!r}; index the documents again")
    return client.get_collection(version, embedding_function=None)


def _names(client: "ClientAPI") -> list[str]:
    names: list[str] = []
    while page := client.list_collections(limit=1_000, offset=len(names)):
        names += [each.name for each in page]
    return names


def _pages(kept: "Collection") -> Iterator[Any]:
    for start in range(0, kept.count(), _AT_ONCE):
        yield kept.get(limit=_AT_ONCE, offset=start, include=["embeddings", "metadatas"])


def _metadata(chunk: Chunk) -> dict[str, str | int]:
    """The chunk itself, and what a person who looks into Chroma filters by."""
    return {
        "chunk": chunk.model_dump_json(exclude_defaults=True),
        "document": chunk.document,
        "language": chunk.language,
        "section": chunk.section,
    }
