"""
Reading alone, without tools and wording: `python -m evals.assistant.reading [--failures [SPLIT]] [--learn]`.

Asks the document questions of `sample_hotel.jsonl` (facts in the text, right document cited, abstention) and those of
`evals/search/sample_hotel.jsonl` (the passage is quoted). `--learn` writes `engine/reading/weights.json` from the half
`dev` of both, and from those questions once more to an index without the documents that answer them.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from evals.assistant.scoring import MAX_WORDS, interval, tells
from evals.search.sample_hotel import CACHE, TODAY, build_index, read_chunks
from evals.search.xquad import Embeddings
from innkeeper.engine.language import detect_language
from innkeeper.engine.reading.answerable import SIGNS, signs
from innkeeper.engine.reading.learnt import Weights
from innkeeper.engine.reading.reader import Reading, plan_answer, read
from innkeeper.engine.reading.scoring import FEATURES, Read, read_units
from innkeeper.engine.reading.units import Unit
from innkeeper.engine.search.index import SearchIndex, SearchResult
from innkeeper.engine.search.queries import read_query
from innkeeper.schemas.access import Role
from innkeeper.schemas.knowledge import Chunk

STRANGERS = Path(__file__).with_name("unanswerable.tsv")
FACTS = Path(__file__).with_name("sample_hotel.jsonl")
PASSAGES = Path(__file__).parents[1] / "search" / "sample_hotel.jsonl"
WEIGHTS = Path(__file__).parents[2] / "engine" / "reading" / "weights.json"
HITS = 8
_LEFT_OUT, _PARAPHRASE = 0.2, 0.2  # what a question without its documents, or from the search's own set, counts
_LEAN = 0.1  # log-odds towards an answer; a wrong abstention costs a question that search and reading had right
Rows = NDArray[np.float64]


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

    def without(self, documents: Sequence[str]) -> SearchIndex:
        return build_index([chunk for chunk in self.chunks if chunk.document not in documents], self.embeddings)


def learn(hotel: Hotel, cases: Sequence[Case]) -> None:
    """Learn `weights.json` from the half `dev`."""
    dev = [case for case in cases if case.row["split"] == "dev"]
    found = [(case, *_read(hotel.index, case)) for case in dev]
    ranked = [
        (each.features.astype(float), np.array([case.told_by(unit) for unit in each.units]))
        for case, _, each in found
        if case.answerable and each.units
    ]
    unit = _rank_weights([(rows, right) for rows, right in ranked if right.any()])
    _write(unit, np.zeros(len(SIGNS) + 1))
    known = _known_weights(hotel, found, Weights(unit.astype(np.float32), np.zeros(1, dtype=np.float32)))
    _write(unit, known)


def _read(index: SearchIndex, case: Case) -> tuple[SearchResult, Read]:
    result = index.find(case.question, **case.options)
    return result, read_units(read_query(case.question, index.words), case.question, result, index.words)


def _rank_weights(cases: Sequence[tuple[Rows, NDArray[np.bool_]]], hold: float = 3.0) -> Rows:
    """Gradient ascent on the softmax share of the right units of each question."""
    everything = np.concatenate([rows for rows, _ in cases])
    mean, spread = everything.mean(axis=0), everything.std(axis=0) + 1e-6
    weights = np.zeros(everything.shape[1])
    scaled = [((rows - mean) / spread, right) for rows, right in cases]
    for _ in range(500):
        gradient = -hold * weights / len(scaled)
        for rows, right in scaled:
            share = _softmax(rows @ weights)
            wanted = share * right / max(float(share @ right), 1e-12)
            gradient += (wanted - share) @ rows / len(scaled)
        weights += 0.3 * gradient
    return np.asarray(weights / spread)


def _softmax(scores: Rows) -> Rows:
    exponents = np.exp(scores - scores.max())
    return np.asarray(exponents / exponents.sum())


def _known_weights(hotel: Hotel, found: Sequence[tuple[Case, SearchResult, Read]], weights: Weights) -> Rows:
    samples, labels, counts = [], [], []
    for case, result, each in found:
        if not each.units:
            continue
        samples.append(_signs(each, result, weights))
        labels.append(case.answerable)
        counts.append(1.0 if "facts" in case.row or not case.answerable else _PARAPHRASE)
        if case.answerable and "every" not in case.row:
            result, each = _read(hotel.without(case.row["documents"]), case)
            if each.units:
                samples.append(_signs(each, result, weights))
                labels.append(False)
                counts.append(_LEFT_OUT)
    return _logistic(np.array(samples, dtype=float), np.array(labels, dtype=float), np.array(counts))


def _signs(each: Read, result: SearchResult, weights: Weights) -> NDArray[np.float32]:
    scores, chosen, _ = plan_answer(each, weights.unit)
    return signs(each, result, scores, chosen)


def _logistic(samples: Rows, labels: Rows, counts: Rows, hold: float = 20.0) -> Rows:
    mean, spread = samples.mean(axis=0), samples.std(axis=0) + 1e-6
    rows = np.c_[(samples - mean) / spread, np.ones(len(samples))]
    weights = np.zeros(rows.shape[1])
    penalty = np.diag([*[hold] * (rows.shape[1] - 1), 1e-6])
    counts = counts * np.where(labels > 0, 0.5 / counts[labels > 0].sum(), 0.5 / counts[labels == 0].sum())
    counts = counts * len(labels)
    for _ in range(30):
        chance = 1 / (1 + np.exp(-rows @ weights))
        gradient = rows.T @ (counts * (labels - chance)) - penalty @ weights
        curvature = (rows.T * (counts * chance * (1 - chance))) @ rows + penalty
        weights = weights + np.linalg.solve(curvature, gradient)
    plain = weights[:-1] / spread
    return np.append(plain, weights[-1] - float(plain @ mean) + _LEAN)


def _write(unit: Rows, known: Rows) -> None:
    table = {
        "unit": dict(zip(FEATURES, np.round(unit, 4).tolist(), strict=True)),
        "known": dict(zip((*SIGNS, "constant"), np.round(known, 4).tolist(), strict=True)),
    }
    WEIGHTS.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


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
    parser.add_argument("--learn", action="store_true")
    options = parser.parse_args()
    chunks, embeddings = read_chunks(), Embeddings(CACHE)
    hotel = Hotel(chunks, embeddings, build_index(chunks, embeddings))
    files = {"facts": read_cases(FACTS), "passages": read_cases(PASSAGES)}
    if options.learn:
        learn(hotel, [*read_strangers(), *(case for cases in files.values() for case in cases)])
    for name, cases in files.items():
        readings = measure(hotel, cases)
        report(name, cases, readings)
        if options.failures:
            print_failures(cases, readings, options.failures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
