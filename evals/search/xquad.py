"""
Retrieval across languages on parallel passages: `python -m evals.search.xquad PASSAGES.jsonl QUESTIONS.jsonl`.

Passages have `passage_id`, `title_en`, `title_vi`, `en`, `vi`; questions `passage_id`, `question_en`, `question_vi`.
Titles of articles are not shown to the index. Prints a JSON line for each pair of question and passage language
(`un`: Vietnamese without accents) and for both languages in one index, with n and a 95% interval over questions.
"""

import argparse
import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from innkeeper.engine.embedding import embed_passages, embed_query
from innkeeper.engine.search.dense import query_centres
from innkeeper.engine.search.fusion import ANSWERABLE
from innkeeper.engine.search.index import SearchIndex
from innkeeper.engine.text import fold
from innkeeper.schemas.knowledge import Chunk

TODAY = date(2026, 1, 1)
Asked = tuple[str, Callable[[dict[str, str]], str]]
QUESTIONS: tuple[Asked, ...] = (
    ("en", lambda row: row["question_en"]),
    ("vi", lambda row: row["question_vi"]),
    ("un", lambda row: fold(row["question_vi"])),
)


class Embeddings:
    """The local embedder with what it has answered, in one file."""

    def __init__(self, folder: Path | None) -> None:
        self.path = folder / "embeddings.npz" if folder else None
        self.known: dict[str, NDArray[np.float32]] = {}
        if self.path and self.path.exists():
            with np.load(self.path) as stored:
                self.known = dict(stored)

    def query(self, text: str) -> NDArray[np.float32]:
        key = hashlib.sha256(f"q{text}".encode()).hexdigest()
        if key not in self.known:
            vector = embed_query(text)
            assert vector is not None, "The local embedder cannot run on this machine."
            self.known[key] = vector
        return self.known[key]

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        keys = [hashlib.sha256(f"p{text}".encode()).hexdigest() for text in texts]
        missing = [text for key, text in zip(keys, texts, strict=True) if key not in self.known]
        if missing:
            vectors = embed_passages(missing)
            assert vectors is not None, "The local embedder cannot run on this machine."
            self.known |= {
                hashlib.sha256(f"p{t}".encode()).hexdigest(): v for t, v in zip(missing, vectors, strict=True)
            }
        return np.stack([self.known[key] for key in keys])

    def save(self) -> None:
        if self.path:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(self.path, **self.known)  # type: ignore[arg-type]  # its stub takes a flag among the names


def chunks(passages: list[dict[str, str]], languages: Sequence[str]) -> list[Chunk]:
    return [
        Chunk(
            id=f"{row['passage_id']}-{language}", document=f"{row['passage_id']}.{language}",
            title="", text=row[language],
            language=language, index=0, content_sha256=f"{row['passage_id']}-{language}",
        )
        for language in languages
        for row in passages
    ]  # fmt: skip


def measured(
    index: SearchIndex, questions: list[dict[str, str]], ask: Callable[[dict[str, str]], str], embeddings: Embeddings
) -> dict[str, Any]:
    """Recall at 1 and 5 of the right passage; how often the index claims an answer, with and without that passage."""
    first, among, answerable, without = [], [], [], []
    for row in questions:
        result = index.find(ask(row), as_of=TODAY)
        found = [hit.chunk.id.rsplit("-", 1)[0] for hit in result.hits]
        first.append(found[:1] == [row["passage_id"]])
        among.append(row["passage_id"] in found)
        answerable.append(result.answerable)
        wrong = [hit.relevance for hit, name in zip(result.hits, found, strict=True) if name != row["passage_id"]]
        without.append(wrong[0] >= ANSWERABLE)
    embeddings.save()
    return {
        "n": len(questions),
        "recall@1": _interval(first),
        "recall@5": _interval(among),
        "answerable": round(float(np.mean(answerable)), 3),
        "answerable_without_it": round(float(np.mean(without)), 3),
    }


def _interval(hits: list[bool]) -> list[float]:
    """Share of hits with its Wilson interval."""
    n, p, z = len(hits), float(np.mean(hits)), 1.96
    centre, half = p + z * z / (2 * n), z * float(np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)))
    return [round(value, 3) for value in (p, (centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("passages", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--cache", type=Path, help="folder that keeps the embeddings")
    parser.add_argument("--lexical", action="store_true", help="without embeddings")
    options = parser.parse_args()
    passages, questions = (
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for path in (options.passages, options.questions)
    )
    embeddings = Embeddings(options.cache)
    embed = None if options.lexical else embeddings.query
    centres = None if embed is None else query_centres(embed)
    for languages in (("en",), ("vi",), ("en", "vi")):
        found = chunks(passages, languages)
        vectors = None if embed is None else embeddings.passages([chunk.search_text() for chunk in found])
        index = SearchIndex.build(found, vectors, query_centres=centres, embed=embed)
        for language, ask in QUESTIONS:
            figures = measured(index, questions, ask, embeddings)
            line = {"questions": language, "passages": "+".join(languages), "embeddings": embed is not None} | figures
            print(json.dumps(line | {"date": datetime.now(UTC).date().isoformat()}), flush=True)


if __name__ == "__main__":
    main()
