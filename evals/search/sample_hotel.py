"""
Search over the sample hotel's own documents: `python -m evals.search.sample_hotel [--failures [SPLIT]] [--gate]`.

Asks every question of `sample_hotel.jsonl` on one day and prints how often the right document is among the first five
and the right passage among the first three, by group, and how well `answerable` tells what no document answers; for
the halves `dev` (learn on it), `test` (don't look) and both, with n and a 95% Wilson interval over questions.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from evals.search.xquad import Embeddings
from innkeeper.engine.chunking import chunk_document
from innkeeper.engine.search.dense import query_centres
from innkeeper.engine.search.index import Hit, SearchIndex, SearchResult
from innkeeper.schemas.access import Role
from innkeeper.schemas.knowledge import Chunk
from innkeeper.tasks.parsing.document import parse_document
from innkeeper.tasks.parsing.metadata import read_manifest

QUESTIONS = Path(__file__).with_name("sample_hotel.jsonl")
DOCUMENTS = Path(__file__).parents[2] / "knowledge_base" / "documents"
CACHE = Path(".innkeeper/eval-cache")
TODAY = date(2026, 11, 22)
DOCUMENTS_SEEN, PASSAGES_SEEN = 5, 3
SPLITS = ("dev", "test", "both")
LANGUAGES = {"en": "en", "vi": "vi", "vi-unaccented": "vi"}  # a mixed question is in both
# What search must reach, over both halves: (group, figure) to share.
TARGETS = {
    ("all", "document"): 0.93,
    ("cross-lingual", "document"): 0.80,
    ("unaccented", "document"): 0.80,
    ("all", "passage"): 0.85,
}
FLOORS = {  # what `--gate` holds: a little below what was reached on 2026-11-22
    ("all", "document"): 0.92,
    ("cross-lingual", "document"): 0.95,
    ("unaccented", "document"): 0.96,
    ("all", "passage"): 0.81,
}


@dataclass(frozen=True)
class Question:
    """A line of `sample_hotel.jsonl`, with the language of the documents that answer it."""

    row: dict[str, Any]
    answered_in: frozenset[str]

    @property
    def documents(self) -> list[str]:
        return self.row["documents"]  # type: ignore[no-any-return]  # JSON

    @property
    def passages(self) -> list[str]:
        return [_flat(text) for text in (self.row["passage"], *self.row.get("other_passages", ())) if text]

    @property
    def cross_lingual(self) -> bool:
        """Asked in one language, while every document that answers is in the other."""
        language = LANGUAGES.get(self.row["language"])
        return language is not None and self.answerable and language not in self.answered_in

    @property
    def answerable(self) -> bool:
        return bool(self.documents)

    def asked(self) -> dict[str, Any]:
        """Options of `SearchIndex.find`; without a role the one asking may read everything."""
        day = self.row.get("as_of")
        return {"roles": [Role(self.row.get("role", "manager"))], "as_of": date.fromisoformat(day) if day else TODAY}

    def right(self, hits: Sequence[Hit]) -> bool:
        """Whether the hits name a right document; of a question in parts, one for each part."""
        found = {hit.chunk.document for hit in hits}
        return all(found & set(part) for part in self.row.get("every", [self.documents]))

    def told_by(self, chunk: Chunk) -> bool:
        """Whether the chunk holds a right passage."""
        text = _flat(chunk.search_text())
        return chunk.document in self.documents and any(passage in text for passage in self.passages)


@dataclass(frozen=True)
class Answer:
    """A question with what was found."""

    question: Question
    result: SearchResult

    @cached_property
    def document(self) -> bool:
        return self.question.right(self.result.hits[:DOCUMENTS_SEEN])

    @cached_property
    def passage(self) -> bool:
        return any(self.question.told_by(hit.chunk) for hit in self.result.hits[:PASSAGES_SEEN])


Condition = Callable[[Answer], bool]
FIGURES: dict[str, tuple[str, Condition]] = {
    "document": (f"right document in the first {DOCUMENTS_SEEN}", lambda answer: answer.document),
    "passage": (f"right passage in the first {PASSAGES_SEEN}", lambda answer: answer.passage),
}


def read_chunks(root: Path = DOCUMENTS) -> list[Chunk]:
    """All documents below `root` as chunks; about 5 s for the sample hotel."""
    manifest = read_manifest(root)
    paths = sorted(path for path in root.rglob("*") if path.is_file() and path.parent != root)
    return [chunk for path in paths for chunk in chunk_document(parse_document(path, root, manifest=manifest))]


def read_questions(chunks: Sequence[Chunk], path: Path = QUESTIONS) -> list[Question]:
    """
    The questions, checked against the documents.

    Raises:
        ValueError: A document is missing or holds none of the passages.
    """
    texts: dict[str, list[Chunk]] = {}
    for chunk in chunks:
        texts.setdefault(chunk.document, []).append(chunk)
    languages = {name: _language(found) for name, found in texts.items()}
    questions = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        question = Question(row, frozenset(languages.get(name, "") for name in row["documents"]))
        for name in question.documents:
            if not any(question.told_by(chunk) for chunk in texts.get(name, ())):
                raise ValueError(f"{row['id']}: {name} holds none of {question.passages}; correct the question.")
        questions.append(question)
    return questions


def build_index(chunks: list[Chunk], embeddings: Embeddings | None) -> SearchIndex:
    """The index as the hotel has it; without `embeddings`, of words alone."""
    if embeddings is None:
        return SearchIndex.build(chunks, None)
    vectors = embeddings.passages([chunk.search_text() for chunk in chunks])
    return SearchIndex.build(
        chunks, vectors, query_centres=query_centres(embeddings.query), embed=embeddings.query
    )  # fmt: skip


def groups(answers: Sequence[Answer]) -> Iterator[tuple[str, list[Answer]]]:
    """Name and answerable questions of each group, from all of them to those of one kind."""
    known = [answer for answer in answers if answer.question.answerable]
    yield "all", known
    for language in ("en", "vi", "vi-unaccented", "mixed"):
        name = "unaccented" if language == "vi-unaccented" else language
        yield name, [answer for answer in known if answer.question.row["language"] == language]
    yield "cross-lingual", [answer for answer in known if answer.question.cross_lingual]
    for kind in dict.fromkeys(answer.question.row["kind"] for answer in known):
        yield f"kind: {kind}", [answer for answer in known if answer.question.row["kind"] == kind]


def detection(answers: Sequence[Answer]) -> Iterator[tuple[str, list[bool]]]:
    """How well `answerable` tells the questions that have an answer from those that have none."""
    said = [answer for answer in answers if answer.result.answerable]
    yield "answerable: precision", [answer.question.answerable for answer in said]
    yield "answerable: recall", [answer.result.answerable for answer in answers if answer.question.answerable]
    unsaid = [answer for answer in answers if not answer.result.answerable]
    yield "unanswerable: precision", [not answer.question.answerable for answer in unsaid]
    yield "unanswerable: recall", [not a.result.answerable for a in answers if not a.question.answerable]


def interval(hits: Sequence[bool]) -> tuple[float, float, float]:
    """Share of hits and its 95% Wilson interval; zeros for no hits asked."""
    n, z = len(hits), 1.96
    if not n:
        return 0.0, 0.0, 0.0
    share = sum(hits) / n
    centre, half = share + z * z / (2 * n), z * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5
    return share, (centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n)


def below(limits: dict[tuple[str, str], float], answers: Sequence[Answer]) -> list[str]:
    """Figures over both halves that are below their limit."""
    found = dict(groups(answers))
    shares = {key: interval([FIGURES[key[1]][1](each) for each in found[key[0]]])[0] for key in limits}
    return [
        f"{group} {figure} {shares[group, figure]:.3f} < {limit}"
        for (group, figure), limit in limits.items()
        if shares[group, figure] < limit
    ]


def _table(title: str, by_split: Sequence[dict[str, list[bool]]]) -> str:
    lines = [f"| {title} | " + " | ".join(SPLITS) + " |", "|---|" + "---|" * len(SPLITS)]
    for name in by_split[-1]:
        cells = []
        for figures in by_split:
            share, low, high = interval(figures.get(name, []))
            cells.append(f"{share:.3f} ({low:.2f}–{high:.2f}, n={len(figures.get(name, []))})")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def print_report(answers: Sequence[Answer]) -> None:
    """The tables, on standard output."""
    halves = [of_split(answers, split) for split in SPLITS]
    for title, holds in FIGURES.values():
        print(_table(title, [{name: list(map(holds, found)) for name, found in groups(half)} for half in halves]))
        print()
    print(_table("answerable or not", [dict(detection(half)) for half in halves]))


def print_failures(answers: Sequence[Answer], index: SearchIndex) -> None:
    """Every miss: what was asked, where the right document stands, and what came instead."""
    for answer in answers:
        question, row = answer.question, answer.question.row
        if not question.answerable:
            if answer.result.answerable:
                print(f"{row['id']} [{row['language']}, unanswerable] {row['query']}  ({answer.result.relevance:.2f})")
            continue
        if answer.document and answer.passage and answer.result.answerable:
            continue
        deep = index.find(row["query"], top_k=50, **question.asked()).hits
        rank = next((i for i, hit in enumerate(deep, 1) if question.told_by(hit.chunk)), None)
        wrong = "document" if not answer.document else "passage" if not answer.passage else "relevance"
        across = ", cross-lingual" if question.cross_lingual else ""
        print(f"{row['id']} [{row['language']}, {row['kind']}{across}] {row['query']}")
        print(f"    wrong {wrong}; passage at {rank or 'no rank'}; relevance {answer.result.relevance:.2f}")
        print(f"    wanted {', '.join(question.documents)}: {question.passages[0]}")
        for hit in answer.result.hits[:3]:
            print(f"    {hit.score:.3f} {hit.chunk.document}: {_flat(hit.chunk.text)[:110]}")


def of_split(answers: Sequence[Answer], split: str) -> list[Answer]:
    return [answer for answer in answers if split in ("both", answer.question.row["split"])]


def _language(chunks: Sequence[Chunk]) -> str:
    """What most of a document's chunks are in."""
    return max({chunk.language for chunk in chunks}, key=[chunk.language for chunk in chunks].count)


def _flat(text: str) -> str:
    return " ".join(text.split())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--failures", nargs="?", const="dev", choices=SPLITS, help="list misses, of dev by default")
    parser.add_argument("--lexical", action="store_true", help="without embeddings")
    parser.add_argument("--gate", action="store_true", help="exit code 1 when a figure is below its floor")
    options = parser.parse_args()
    chunks = read_chunks()
    questions = read_questions(chunks)
    embeddings = None if options.lexical else Embeddings(CACHE)
    index = build_index(chunks, embeddings)
    answers = [Answer(each, index.find(each.row["query"], top_k=DOCUMENTS_SEEN, **each.asked())) for each in questions]
    if options.failures:
        print_failures(of_split(answers, options.failures), index)
    if embeddings:
        embeddings.save()
    print(f"search, {datetime.now(UTC).date()}, {len(chunks)} chunks, embeddings {embeddings is not None}\n")
    print_report(answers)
    print("\ntargets missed:", "; ".join(below(TARGETS, answers)) or "none")
    fallen = below(FLOORS, answers) if options.gate else []
    if fallen:
        print("below the floor:", "; ".join(fallen))
    return 1 if fallen else 0


if __name__ == "__main__":
    sys.exit(main())
