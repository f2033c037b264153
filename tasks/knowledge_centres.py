"""The centres of an embedder's languages, which an index takes away from its queries; kept in a file once made."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from innkeeper.engine.search.dense import query_centres
from innkeeper.schemas.models import Spender
from innkeeper.tasks.embedding import NamedEmbedder, embed_texts
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.knowledge_snapshot import centres_path, read_centres

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


async def embedder_centres(
    home: Path, embedder: NamedEmbedder, gateway: ModelGateway, spender: Spender
) -> "NDArray[np.float32] | None":
    """The embedder's centres, (2, d); none without an embedder."""
    if embedder.block is None:
        return None
    centres = await asyncio.to_thread(read_centres, home, embedder.model, embedder.dimensions)
    if centres is None:
        texts = _texts()
        centres = _from(texts, await embed_texts(embedder.block, texts, "query", gateway, spender))
        if centres is not None:
            await asyncio.to_thread(_keep, home, embedder.model, centres)
    return centres


def _texts() -> list[str]:
    """The questions whose vectors `centres_from` takes."""
    import numpy as np

    texts: list[str] = []

    def note(text: str) -> "NDArray[np.float32]":
        texts.append(text)
        return np.zeros(1, dtype=np.float32)

    query_centres(note)
    return texts


def _from(texts: Sequence[str], vectors: "NDArray[np.float32]") -> "NDArray[np.float32] | None":
    """(2, d) centres of the questions' vectors (n, d)."""
    by_text = dict(zip(texts, vectors, strict=True))
    return query_centres(by_text.__getitem__)


def _keep(home: Path, model: str, centres: "NDArray[np.float32]") -> None:
    """Remember them: making them takes a second, or costs a call."""
    import numpy as np

    path = centres_path(home, model, centres.shape[1])
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.half")
    with half.open("wb") as file:
        np.save(file, centres)
    half.replace(path)
