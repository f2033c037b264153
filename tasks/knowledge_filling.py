"""Read, cut and embed many documents at once: while some are read, others are embedded."""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from typing import Any

from innkeeper.schemas.knowledge import Chunk
from innkeeper.schemas.models import Spender
from innkeeper.tasks.embedding import AT_ONCE, embed_texts
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.knowledge import IndexBuild, read_document, store_chunks, text_hash
from innkeeper.tasks.knowledge_centres import embedder_centres
from innkeeper.tasks.knowledge_publishing import Progress
from innkeeper.tasks.knowledge_snapshot import save_snapshot, with_successors
from innkeeper.tasks.policies import run_step, step

_READ_AT_ONCE = 4
_CALLS_AT_ONCE = 4  # to a provider; the local embedder takes one batch after the other
_WINDOW = 2 * AT_ONCE  # sorted by length: short texts beside long ones would wait for them


async def fill(build: IndexBuild, gateway: ModelGateway, spender: Spender, progress: Progress) -> None:
    """
    Give the build every document that has to be read, with chunks, vectors and records.

    Raises:
        InnkeeperError: The embedder, the store or the database gave up; no document can cause it.
    """
    reading = asyncio.Semaphore(_READ_AT_ONCE)
    embedding = asyncio.Semaphore(_CALLS_AT_ONCE if build.embedder.is_paid else 1)
    waiting: list[Chunk] = []
    async with _Group() as group:
        reads = [group.start(_limited(reading, build, path)) for path in build.to_read]
        for done in asyncio.as_completed(reads):
            record, chunks = await done
            build.records[record.path] = record
            if chunks:
                build.chunks[record.path] = chunks
            await progress.read(len(chunks))
            waiting += chunks
            if len(waiting) >= _WINDOW:
                for batch in _batches(waiting):
                    group.start(_embedded(embedding, build, batch, gateway, spender, progress))
                waiting = []
        for batch in _batches(waiting):
            group.start(_embedded(embedding, build, batch, gateway, spender, progress))


async def _limited(slots: asyncio.Semaphore, build: IndexBuild, path: str) -> Any:
    async with slots:
        return await run_step(read_document, build, path)


async def _embedded(
    slots: asyncio.Semaphore,
    build: IndexBuild,
    chunks: Sequence[Chunk],
    gateway: ModelGateway,
    spender: Spender,
    progress: Progress,
) -> None:
    async with slots:
        block = build.embedder.block
        missing = {text_hash(chunk): chunk.search_text() for chunk in chunks if text_hash(chunk) not in build.vectors}
        if block is not None and missing:
            vectors = await embed_texts(block, list(missing.values()), "passage", gateway, spender)
            build.vectors |= dict(zip(missing, vectors, strict=True))
    await run_step(store_chunks, build, chunks)
    new = len(missing) if block is not None else 0
    build.embedded += new
    build.reused += len(chunks) - new if block is not None else 0
    await progress.embedded(len(chunks))


def _batches(chunks: Sequence[Chunk]) -> Iterator[list[Chunk]]:
    ordered = sorted(chunks, key=lambda chunk: len(chunk.text))
    for start in range(0, len(ordered), AT_ONCE):
        yield ordered[start : start + AT_ONCE]


@step(run_name="write-snapshot")
async def write_snapshot(build: IndexBuild, gateway: ModelGateway, spender: Spender) -> None:
    """Say which documents were replaced, and write the file that processes on this machine search."""
    build.records = with_successors(build.records.values())
    chunks = build.all_chunks()
    superseded = {path: record.superseded_by for path, record in build.records.items() if record.superseded_by}
    centres = await embedder_centres(build.home, build.embedder, gateway, spender)
    await save_snapshot(build.home, build.version, chunks, build.matrix(chunks), centres, superseded)


class _Group:
    """Tasks that end together: at the end all are awaited; the first error stops the others and is raised as it is."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[Any]] = []

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.append(task)
        return task

    async def __aenter__(self) -> "_Group":
        return self

    async def __aexit__(self, kind: object, _error: object, _traceback: object) -> None:
        try:
            if kind is None:
                await asyncio.gather(*self._tasks)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
