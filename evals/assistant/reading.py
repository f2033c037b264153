"""
Reading alone, without tools and wording: `python -m evals.assistant.reading [--failures [SPLIT]]`.

Asks the document questions of `sample_hotel.jsonl` (facts in the text, right document cited, abstention) and those of
`evals/search/sample_hotel.jsonl` (the passage is quoted). `learn_reading.py` learns from the half `dev` of both.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np

from evals.assistant.scoring import MAX_WORDS, interval, tells
from evals.search.sample_hotel import CACHE, DOCUMENTS, TODAY, build_index, read_chunks
from evals.search.xquad import Embeddings
from innkeeper.engine.language import detect_language
from innkeeper.engine.reading.reader import Reading, read
from innkeeper.engine.reading.units import Unit
from innkeeper.engine.search.index import SearchIndex, SearchResult
from innkeeper.schemas.access import Role
from innkeeper.schemas.knowledge import Chunk

STRANGERS = Path(__file__).with_name("unanswerable.tsv")
FACTS = Path(__file__).with_name("sample_hotel.jsonl")
PASSAGES = Path(__file__).parents[1] / "search" / "sample_hotel.jsonl"
HITS = 8


@dataclass(frozen=True)
class Case:
    """A question of either file."""

    row: dict[str, Any]
    question: str

    @property
    def answerable(self) -> bool:
        return bool(self.row["documents"])

    @property
    def language(self) -> Literal["en", "vi"]:
        return "vi" if detect_language(self.question) == "vi" else "en"

    @property
    def options(self) -> dict[str, Any]:
        day = self.row.get("today") or self.row.get("as_of")
        roles = [Role(self.row.get("role", "manager"))]
        return {"roles": roles, "as_of": date.fromisoformat(day) if day else TODAY, "top_k": HITS}

    def told_by(self, unit: Unit) -> bool:
        """Whether a unit holds a fact or the passage."""
        if unit.hit.chunk.document not in self.row["documents"]:
            return False
        if "facts" in self.row:
            return any(tells(unit.text, fact) for fact in self.row["facts"])
        text = _flat(unit.text)
        return any(passage in text or (len(text) > 15 and text in passage) for passage in self._passages())

    def right(self, reading: Reading) -> bool:
        """Everything that was asked is said, and a right document is cited."""
        cited = {each.document for each in reading.cited}
        if not all(cited & set(part) for part in self.row.get("every", [self.row["documents"]])):
            return False
        if "facts" in self.row:
            short = len(reading.text.split()) <= MAX_WORDS
            return short and all(tells(reading.text, fact) for fact in self.row["facts"])
        said = [_flat(part) for part in reading.parts]
        return any(
            passage in text or (len(text) > 15 and text in passage) for passage in self._passages() for text in said
        )

    def _passages(self) -> list[str]:
        return [_flat(text) for text in (self.row["passage"], *self.row.get("other_passages", ())) if text]


def read_cases(path: Path) -> list[Case]:
    """The questions of a file that the documents are asked."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Case(row, row.get("question") or row["query"])
        for row in rows
        if row.get("expect", "answer") in ("answer", "abstain") and not row.get("tools") and row["kind"] != "follow_up"
    ]


def read_strangers() -> list[Case]:
    """Questions that no document of the sample hotel answers; to learn from only."""
    rows = [line.split("\t") for line in STRANGERS.read_text(encoding="utf-8").splitlines()]
    return [
        Case({"id": f"u{number}", "language": tag, "documents": [], "kind": "unanswerable", "split": "dev"}, question)
        for number, (tag, question) in enumerate(rows)
    ]


def _flat(text: str) -> str:
    return " ".join(text.split())


def report(name: str, cases: Sequence[Case], readings: Sequence[Reading]) -> None:
    """Print a table: right, cited, abstention and wrongly abstained, by language and half."""
    print(f"\n| {name} | " + " | ".join(("dev", "test")) + " |\n|---|---|---|")
    groups: dict[str, Callable[[Case], bool]] = {"all": lambda case: True}
    for language in ("en", "vi", "vi-unaccented", "mixed"):
        groups[language] = lambda case, language=language: case.row["language"] == language  # type: ignore[misc]  # a default binds it
    for kind in dict.fromkeys(case.row["kind"] for case in cases if case.answerable):
        groups[f"kind: {kind}"] = lambda case, kind=kind: case.row["kind"] == kind  # type: ignore[misc]  # a default binds it
    figures: dict[str, Callable[[Case, Reading], bool | None]] = {
        "right": lambda case, got: (case.right(got) and got.answerable) if case.answerable else None,
        "right if said": lambda case, got: case.right(got) if case.answerable else None,
        "wrongly abstained": lambda case, got: not got.answerable if case.answerable else None,
        "abstained": lambda case, got: not got.answerable if not case.answerable else None,
    }
    for group, holds in groups.items():
        for figure, judge in figures.items():
            cells = []
            for split in ("dev", "test"):
                judged = [
                    judge(case, got)
                    for case, got in zip(cases, readings, strict=True)
                    if holds(case) and case.row["split"] == split
                ]
                hits = [bool(each) for each in judged if each is not None]
                share, low, high = interval(hits)
                cells.append(f"{share:.3f} ({low:.2f}–{high:.2f}, n={len(hits)})" if hits else "")
            if any(cells) and (not group.startswith("kind") or figure == "right"):
                print(f"| {group}: {figure} | " + " | ".join(cells) + " |")


@dataclass(frozen=True)
class Hotel:
    """An index and its parts, to be built again without some documents."""

    chunks: list[Chunk]
    embeddings: Embeddings
    index: SearchIndex

    @classmethod
    def of(cls, documents: Path = DOCUMENTS) -> Self:
        chunks, embeddings = read_chunks(documents), Embeddings(CACHE)
        return cls(chunks, embeddings, build_index(chunks, embeddings))

    def without(self, documents: Sequence[str]) -> SearchIndex:
        return build_index([chunk for chunk in self.chunks if chunk.document not in documents], self.embeddings)


def answer(index: SearchIndex, case: Case, result: SearchResult) -> Reading:
    """Read, searching again for the parts of a question."""

    def find(text: str) -> SearchResult:
        return index.find(text, **case.options)

    return read(case.question, result, language=case.language, index=index, find=find)


def measure(hotel: Hotel, cases: Sequence[Case]) -> list[Reading]:
    """Ask and read; prints how long reading takes."""
    readings, spent = [], []
    for case in cases:
        result = hotel.index.find(case.question, **case.options)
        begun = time.perf_counter()
        readings.append(answer(hotel.index, case, result))
        spent.append(1000 * (time.perf_counter() - begun))
    print(f"reading: p50 {np.median(spent):.1f} ms, p95 {np.percentile(spent, 95):.1f} ms, n={len(spent)}")
    return readings


def print_failures(cases: Sequence[Case], readings: Sequence[Reading], split: str) -> None:
    """Every question of a half that is not answered fully, or answered without being known."""
    for case, got in zip(cases, readings, strict=True):
        if case.row["split"] != split:
            continue
        right = case.right(got) if case.answerable else False
        if (case.answerable and right and got.answerable) or (not case.answerable and not got.answerable):
            continue
        wanted = case.row.get("facts") or case.row.get("passage")
        print(f"\n{case.row['id']} [{case.row['language']}, {case.row['kind']}] {case.question}")
        print(f"    {got.confidence:.2f} {'right' if right else 'WRONG'} wanted {wanted} {case.row['documents']}")
        print(f"    {[each.document for each in got.cited]} {got.text}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--failures", nargs="?", const="dev", choices=("dev", "test"))
    options = parser.parse_args()
    hotel = Hotel.of()
    files = {"facts": read_cases(FACTS), "passages": read_cases(PASSAGES)}
    for name, cases in files.items():
        readings = measure(hotel, cases)
        report(name, cases, readings)
        if options.failures:
            print_failures(cases, readings, options.failures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
