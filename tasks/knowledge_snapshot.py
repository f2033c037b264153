"""The file that every process on this machine searches: one for each version, written before the switch."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from innkeeper.engine.search.index import SearchIndex
from innkeeper.engine.supersession import Edition, successors
from innkeeper.schemas.knowledge import Chunk
from innkeeper.schemas.knowledge_index import DocumentRecord, IndexVersion

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def snapshot_path(home: Path, version: IndexVersion) -> Path:
    """Where the snapshot of a version is, or will be."""
    return home / "knowledge" / version.collection / f"{version.store_name}.npz"


def with_successors(records: Iterable[DocumentRecord]) -> dict[str, DocumentRecord]:
    """Records by path, each with the document that replaces it, wherever that is stated."""
    by_path = {record.path: record for record in records}
    editions = [
        Edition(record.path, record.title, record.effective_date, record.stated.supersedes, record.stated.superseded_by)
        for record in by_path.values()
        if not record.is_quarantined
    ]
    found = successors(editions)
    return {path: record.model_copy(update={"superseded_by": found.get(path)}) for path, record in by_path.items()}


async def save_snapshot(
    home: Path,
    version: IndexVersion,
    chunks: Sequence[Chunk],
    vectors: "NDArray[np.float32] | None",
    centres: "NDArray[np.float32] | None",
    superseded: Mapping[str, str],
) -> None:
    """
    Write a version's snapshot, whole or not at all.

    Args:
        chunks: n chunks, as they were cut.
        vectors: (n, d) as the embedder made them, or none.
        centres: (2, d) from `query_centres` with the same embedder, or none.
        superseded: Path of a document to the one that replaces it.
    """
    await asyncio.to_thread(_save, snapshot_path(home, version), version, chunks, vectors, centres, superseded)


def _save(
    path: Path,
    version: IndexVersion,
    chunks: Sequence[Chunk],
    vectors: "NDArray[np.float32] | None",
    centres: "NDArray[np.float32] | None",
    superseded: Mapping[str, str],
) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = [
        chunk
        if chunk.superseded_by == superseded.get(chunk.document)
        else chunk.model_copy(update={"superseded_by": superseded.get(chunk.document)})
        for chunk in chunks
    ]
    about = {"version": str(version.id), "embedder": version.embedder, "model": version.model}
    SearchIndex.build(told, vectors, query_centres=centres, about=about).save(path)


def read_centres(home: Path, model: str, dimensions: int) -> "NDArray[np.float32] | None":
    """The centres that were made for this embedder before, if any."""
    import numpy as np

    path = centres_path(home, model, dimensions)
    try:
        centres: NDArray[np.float32] = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return centres if centres.ndim == 2 and centres.shape[1] == dimensions else None


def centres_path(home: Path, model: str, dimensions: int) -> Path:
    """Where they are kept."""
    name = "".join(char if char.isalnum() or char in "-_" else "_" for char in model)
    return home / "knowledge" / f"{name}-{dimensions}.centres.npy"
