"""A provider's vectors: every call in the ledger, retried, and one account for documents and questions."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.providers import Fault, OpenAIServer

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.settings import settings
from innkeeper.flows.index_knowledge_base import index_knowledge_base
from innkeeper.schemas.errors import ModelRejected, NotConfigured
from innkeeper.schemas.models import Spender
from innkeeper.tasks.embedding import AT_ONCE, embed_texts, load_embedder
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.knowledge_reader import KnowledgeReader

KEY = "sk-proj-4711-very-secret"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    with OpenAIServer(api_key=KEY) as started:
        monkeypatch.setenv("INNKEEPER_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", started.base_url)
        settings.cache_clear()
        yield started
        settings.cache_clear()


async def test_every_batch_is_in_the_ledger_with_its_cost(server: OpenAIServer) -> None:
    embedder = await load_embedder("openai/text-embedding-3-small", settings())
    assert (embedder.model, embedder.dimensions, embedder.is_paid) == ("text-embedding-3-small", 1024, True)
    assert embedder.block is not None
    async with ModelGateway(settings()) as gateway:
        texts = [f"Room {number} has a balcony." for number in range(AT_ONCE + 1)]
        vectors = await embed_texts(embedder.block, texts, "passage", gateway, Spender(flow="index-knowledge-base"))
        (row,) = await (await gateway.ledger()).spending("capability")
    assert vectors.shape == (AT_ONCE + 1, 1024)
    assert (row.key, row.requests, row.unpriced_requests) == ("embedding", 2, 0)
    assert row.cost_usd > 0


async def test_a_busy_provider_is_asked_again(server: OpenAIServer) -> None:
    server.script.add_embeddings(Fault(500))
    embedder = await load_embedder("openai/text-embedding-3-small", settings())
    assert embedder.block is not None
    async with ModelGateway(settings()) as gateway:
        assert len(await embed_texts(embedder.block, ["a"], "passage", gateway, Spender())) == 1
        rows = await (await gateway.ledger()).spending("capability")
    assert rows[0].requests == 2


async def test_documents_are_indexed_and_found_with_a_providers_vectors(server: OpenAIServer, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "pool.md").write_text("# Pool\n\nThe pool is open from 06:00 to 21:00.\n")
    spec = "openai/text-embedding-3-small"
    report = await index_knowledge_base.fn(folder, embedder=spec)
    assert report.embedded == 1
    asked = len(server.requests)
    assert (await index_knowledge_base.fn(folder, embedder=spec)).unchanged == 1
    assert len(server.requests) == asked  # nothing is paid twice
    async with Database(settings().database_url) as database:
        reader = KnowledgeReader(database, settings())
        result = await reader.search("pool open")
        await reader.aclose()
    assert result.hits[0].chunk.document == "pool.md"
    assert (result.note, len(server.requests)) == ("", asked + 1)
    again = await index_knowledge_base.fn(folder, embedder="local")
    assert [each.why for each in again.plan] == ["embedder"]


async def test_a_provider_that_fails_leaves_the_search_by_words(server: OpenAIServer, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "pool.md").write_text("# Pool\n\nThe pool is open from 06:00 to 21:00.\n")
    await index_knowledge_base.fn(folder, embedder="openai/text-embedding-3-small")
    server.script.add_embeddings(Fault(401))
    async with Database(settings().database_url) as database:
        reader = KnowledgeReader(database, settings())
        result = await reader.search("pool open")
        await reader.aclose()
    assert result.hits[0].chunk.document == "pool.md"
    assert "by words alone" in result.note


@pytest.mark.parametrize("spec", ["cohere/x", "openai/", "nothing"])
async def test_an_embedder_that_is_none_is_said(server: OpenAIServer, spec: str) -> None:
    with pytest.raises(NotConfigured, match="is no embedder"):
        await load_embedder(spec, settings())


async def test_a_key_that_is_turned_down_is_not_tried_again(server: OpenAIServer) -> None:
    server.script.add_embeddings(Fault(401))
    embedder = await load_embedder("openai/text-embedding-3-small", settings())
    assert embedder.block is not None
    async with ModelGateway(settings()) as gateway:
        with pytest.raises(ModelRejected):
            await embed_texts(embedder.block, ["a"], "passage", gateway, Spender())
    assert len(server.requests) == 1
