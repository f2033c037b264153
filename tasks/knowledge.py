"""The steps that make a new version of the document index; flows/index_knowledge_base.py puts them in order."""

import asyncio
import datetime as dt
import hashlib
import logging
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.index_versions import (
    add_version,
    complete_version,
    current_version,
    documents_of,
    list_versions,
    note_check,
    set_state,
)
from innkeeper.blocks.knowledge_store import KnowledgeStore
from innkeeper.engine.chunking import chunk_document
from innkeeper.schemas.errors import DocumentUnreadable, InnkeeperError
from innkeeper.schemas.knowledge import Chunk, ParsedDocument
from innkeeper.schemas.knowledge_index import Change, DocumentRecord, IndexVersion, VersionState
from innkeeper.tasks.embedding import NamedEmbedder
from innkeeper.tasks.knowledge_plan import FoundFile, Plan, compare, fingerprint, quarantined, refused
from innkeeper.tasks.knowledge_snapshot import snapshot_path
from innkeeper.tasks.parsing.document import parse_document
from innkeeper.tasks.policies import step

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NO_TEXT = "The document has no text that could be searched."
_logger = logging.getLogger(__name__)


class IndexBuild:
    """
    A version in the making.

    Attributes:
        to_read: Paths of the documents that have to be read.
        records, chunks: By path, of what is done.
        vectors: By the hash of what was embedded; also those of earlier versions.
        embedded, reused: How many chunks got a vector now, or had one.
    """

    def __init__(
        self, version: IndexVersion, plan: Plan, embedder: NamedEmbedder, store: KnowledgeStore, home: Path
    ) -> None:
        self.version = version
        self.plan = plan
        self.embedder = embedder
        self.store = store
        self.home = home
        self.to_read: list[str] = [each.path for each in plan.of(Change.ADDED, Change.CHANGED)]
        self.records: dict[str, DocumentRecord] = {}
        self.chunks: dict[str, list[Chunk]] = {}
        self.vectors: dict[str, NDArray[np.float32]] = {}
        self.embedded = 0
        self.reused = 0

    def all_chunks(self) -> list[Chunk]:
        """Every chunk, by document and place."""
        return [chunk for path in sorted(self.chunks) for chunk in self.chunks[path]]

    def matrix(self, chunks: Sequence[Chunk]) -> "NDArray[np.float32] | None":
        """(n, d) vectors of `chunks`; none where nothing can be embedded."""
        if self.embedder.block is None:
            return None
        import numpy as np

        rows = [self.vectors[text_hash(chunk)] for chunk in chunks]
        return np.array(rows, dtype=np.float32).reshape(len(rows), self.embedder.dimensions)


def text_hash(chunk: Chunk) -> str:
    """Of what is embedded; equal texts have equal vectors."""
    return hashlib.sha256(chunk.search_text().encode("utf-8", "replace")).hexdigest()


@step(run_name="plan-{collection}")
async def make_plan(database: Database, root: Path, collection: str, embedder: NamedEmbedder, prune: bool) -> Plan:
    """Compare the folder with the current version."""
    async with database.reading() as session:
        current = await current_version(session, collection)
        records = await documents_of(session, current.id) if current else []
    return await asyncio.to_thread(compare, root, current, records, embedder, prune=prune)


@step(run_name="note-that-nothing-changed")
async def note_unchanged(database: Database, version: IndexVersion) -> None:
    """Remember when the folder was last looked at."""
    async with database.writing() as session:
        await note_check(session, version.id, dt.datetime.now(dt.UTC))


@step(run_name="begin-version-of-{collection}")
async def begin_build(
    database: Database,
    store: KnowledgeStore,
    home: Path,
    plan: Plan,
    collection: str,
    embedder: NamedEmbedder,
    run_id: str,
) -> IndexBuild:
    """A new version with what stays the same; what a dead run left is cleared, and its vectors are used again."""
    async with database.reading() as session:
        dead = await list_versions(session, collection, VersionState.BUILDING)
    async with database.writing() as session:
        version = await add_version(
            session,
            collection=collection,
            store_name=f"{collection}-{uuid.uuid4().hex[:12]}",
            folder=str(plan.root),
            embedder=embedder.spec,
            model=embedder.model,
            dimensions=embedder.dimensions,
            run_id=run_id,
            created_at=dt.datetime.now(dt.UTC),
        )
    build = IndexBuild(version, plan, embedder, store, home)
    await asyncio.to_thread(_take_over, build, dead)
    for each in dead:
        await remove_version(database, store, home, each, VersionState.FAILED)
    return build


def _take_over(build: IndexBuild, dead: Sequence[IndexVersion]) -> None:
    """Chunks of unchanged documents, and every vector that was made by the same embedder."""
    current = build.plan.current
    kept = build.plan.kept
    searchable = {path: record for path, record in kept.items() if not record.is_quarantined}
    for version in [*dead, *([current] if current else [])]:
        is_alike = (version.model, version.dimensions) == (build.embedder.model, build.embedder.dimensions)
        if is_alike or (version is current and searchable):
            chunks = _read(build, version, use_vectors=is_alike)
            if version is current:
                for chunk in chunks:
                    if chunk.document in searchable:
                        build.chunks.setdefault(chunk.document, []).append(chunk)
    lost = [path for path, record in searchable.items() if len(build.chunks.get(path, ())) != record.chunks]
    for path in lost:
        build.chunks.pop(path, None)
    build.to_read = sorted({*build.to_read, *(path for path in lost if path in build.plan.files)})
    build.records = {path: record for path, record in kept.items() if path not in lost}
    same = build.all_chunks()
    build.reused = len(same)
    if same:
        build.store.write(build.version.store_name, same, build.matrix(same))


def _read(build: IndexBuild, version: IndexVersion, *, use_vectors: bool) -> list[Chunk]:
    try:
        chunks, vectors = build.store.read(version.store_name)
    except InnkeeperError:  # of a build that died early, or somebody emptied the store: it is all made anew
        _logger.info(
            "The knowledge store has no %s; its documents are read again where they are needed.", version.store_name
        )
        return []
    if use_vectors and vectors is not None:
        build.vectors |= {text_hash(chunk): vector for chunk, vector in zip(chunks, vectors, strict=True)}
    return chunks


@step(run_name="read-{path}", retries=0)
async def read_document(build: IndexBuild, path: str) -> tuple[DocumentRecord, list[Chunk]]:
    """A document's record and its chunks; without chunks it was set aside, and the record says why."""
    found = build.plan.files[path]
    if found.reason:
        return refused(found), []
    print_ = fingerprint(path, build.plan.manifest)
    try:
        parsed = await asyncio.to_thread(
            parse_document, build.plan.root / path, build.plan.root, manifest=build.plan.manifest
        )
        chunks = await asyncio.to_thread(chunk_document, parsed, collection=build.version.collection)
    except DocumentUnreadable as error:
        return quarantined(found, str(error), error.reason, print_), []
    except Exception as error:  # one document never stops the others
        _logger.exception("The document %s could not be read", path)
        return quarantined(found, f"The document could not be read ({type(error).__name__}).", "damaged", print_), []
    if not chunks:
        return quarantined(found, _NO_TEXT, "no_text", print_), []
    return _record(found, parsed, len(chunks), print_), chunks


def _record(found: FoundFile, parsed: ParsedDocument, chunks: int, print_: str) -> DocumentRecord:
    stated = parsed.metadata
    return DocumentRecord(
        path=found.path,
        sha256=parsed.content_sha256,  # of what was read, should the file have changed since the scan
        fingerprint=print_,
        size=found.size,
        title=parsed.title,
        language=parsed.language,
        section=stated.section,
        pages=parsed.pages,
        chunks=chunks,
        warnings=parsed.warnings,
        effective_date=stated.effective_date,
        review_date=stated.review_date,
        stated=stated,
    )


@step(run_name="store-chunks")
async def store_chunks(build: IndexBuild, chunks: Sequence[Chunk]) -> None:
    """Add embedded chunks to the version in the knowledge store; a run after a crash finds their vectors there."""
    await asyncio.to_thread(build.store.write, build.version.store_name, chunks, build.matrix(chunks))


@step(run_name="switch-to-new-version")
async def switch(database: Database, build: IndexBuild) -> None:
    """Make the finished version the one that every process searches, in one transaction."""
    async with database.writing() as session:
        records = [build.records[path] for path in sorted(build.records)]
        chunks = sum(map(len, build.chunks.values()))
        await complete_version(session, build.version, records, chunks, dt.datetime.now(dt.UTC))


@step(run_name="prune-old-versions")
async def prune_versions(
    database: Database, store: KnowledgeStore, home: Path, collection: str, keep: int
) -> list[int]:
    """Remove all but the newest `keep` versions, the current one included; returns the ids of those removed."""
    async with database.reading() as session:
        current = await current_version(session, collection)
        ready = await list_versions(session, collection, VersionState.READY)
    old = ready[max(0, keep - 1) :] if current else []
    for version in old:
        await remove_version(database, store, home, version, VersionState.PRUNED)
    return [version.id for version in old]


async def remove_version(
    database: Database, store: KnowledgeStore, home: Path, version: IndexVersion, state: VersionState
) -> None:
    """Remove what a version takes; its row stays, so that nobody wonders where it went."""
    await asyncio.to_thread(store.drop, version.store_name)
    path = snapshot_path(home, version)
    for leftover in _leftovers(path):
        leftover.unlink(missing_ok=True)
    async with database.writing() as session:
        await set_state(session, version.id, state)


def _leftovers(path: Path) -> Iterable[Path]:
    """The snapshot, and halves of it that a killed run left."""
    return [path, *path.parent.glob(f".{path.name}.*")] if path.parent.is_dir() else []
