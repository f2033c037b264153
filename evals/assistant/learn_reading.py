"""
Learn `engine/reading/weights.json`: `python -m evals.assistant.learn_reading`, about a minute.

From the half `dev` of both files that `reading.py` asks and of the second hotel, and `unanswerable.tsv`: as it is, in
Vietnamese once more without accents, to an index without the documents that answer it, and to passages without the
sentences that answer it. What cannot be meant otherwise has its direction held: a word that is missing never speaks
for an answer.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from evals.assistant.reading import FACTS, PASSAGES, Case, Hotel, read_cases, read_strangers
from innkeeper.engine.reading.answerable import SIGNS, signs
from innkeeper.engine.reading.reader import plan_answer
from innkeeper.engine.reading.scoring import FEATURES, Read, read_units
from innkeeper.engine.reading.units import units_of
from innkeeper.engine.search.index import SearchIndex, SearchResult
from innkeeper.engine.search.queries import read_query
from innkeeper.engine.text import fold

LODGE = Path(__file__).with_name("lodge")
WEIGHTS = Path(__file__).parents[2] / "engine" / "reading" / "weights.json"
_PARAPHRASE = 0.3  # what a question from the search's own set counts
_LEFT_OUT, _TAKEN_OUT = 0.2, 0.1  # the same without its documents, or without the sentences that answer it
_PLAIN = 0.5  # typed without accents
_LEAN = 0.15  # log-odds towards an answer; a wrong abstention costs a question that search and reading had right
_UP = frozenset(
    (
        "own",
        "context",
        "titled",
        "nearby",
        "kind_held",
        "relevance",
        "rank",
        "dense",
        "pairs",
        "numbers",
        "own_share",
        "context_share",
        "kind_context",
        "heading_asks",
        "fits",
        "edition",
        "exact",
        "expanded",
        "best_context",
        "passage",
        "anywhere",
        "held_terms",
        "score",
        "margin",
    )
)
_DOWN = frozenset(
    (
        "kind_missing",
        "behind",
        "numbers_missing",
        "clashes",
        "gap",
        "absent",
        "absent_by_length",
        "absent_from_chosen",
        "worst_absent",
        "unknown",
        "unknown_concept",
        "most_unknown",
        "most_unknown_concept",
        "existence",
        "existence_absent",
        "existence_unknown",
        "price_absent",
        "price_unknown",
    )
)
Rows = NDArray[np.float64]
Sample = tuple[NDArray[np.float32], bool, float]


def learn(hotels: Sequence[tuple[Hotel, Sequence[Case]]]) -> None:
    """Learn from the half `dev` of each hotel's questions, and write the file."""
    found = []
    for hotel, cases in hotels:
        dev = [case for case in cases if case.row["split"] == "dev"]
        plain = [replace(case, question=fold(case.question)) for case in dev if case.row["language"] == "vi"]
        counted = [(case, 1.0) for case in dev] + [(case, _PLAIN) for case in plain]
        found += [(hotel, case, count, *_read(hotel.index, case)) for case, count in counted]
    ranked = [
        (each.features.astype(float), np.array([case.told_by(unit) for unit in each.units]), count)
        for _, case, count, _, each in found
        if case.answerable and each.units
    ]
    unit = _rank_weights([sample for sample in ranked if sample[1].any()])
    weights = unit.astype(np.float32)
    samples = [
        sample for hotel, case, count, result, _ in found for sample in _samples(hotel, case, count, result, weights)
    ]
    rows, labels, counts = (np.array(column, dtype=float) for column in zip(*samples, strict=True))
    _write(unit, _logistic(rows, labels, counts))


def _read(index: SearchIndex, case: Case) -> tuple[SearchResult, Read]:
    result = index.find(case.question, **case.options)
    return result, _beside(index, case, result)


def _beside(index: SearchIndex, case: Case, result: SearchResult) -> Read:
    return read_units(read_query(case.question, index.words), case.question, result, index.words)


def _directions(names: Sequence[str]) -> list[tuple[float | None, float | None]]:
    return [(0.0, None) if name in _UP else (None, 0.0) if name in _DOWN else (None, None) for name in names]


def _rank_weights(cases: Sequence[tuple[Rows, NDArray[np.bool_], float]], hold: float = 3.0) -> Rows:
    """Most likely weights of the softmax share of the right units of each question."""
    spread = np.concatenate([rows for rows, _, _ in cases]).std(axis=0) + 1e-6
    scaled = [(rows / spread, right, count) for rows, right, count in cases]

    def cost(weights: Rows) -> tuple[float, Rows]:
        total, gradient = hold / 2 * float(weights @ weights), hold * weights
        for rows, right, count in scaled:
            share = _softmax(rows @ weights)
            held = max(float(share @ right), 1e-12)
            total -= count * np.log(held)
            gradient = gradient - count * ((share * right / held - share) @ rows)
        return total, gradient

    start = np.zeros(len(FEATURES))
    return np.asarray(minimize(cost, start, jac=True, method="L-BFGS-B", bounds=_directions(FEATURES)).x / spread)


def _softmax(scores: Rows) -> Rows:
    exponents = np.exp(scores - scores.max())
    return np.asarray(exponents / exponents.sum())


def _samples(
    hotel: Hotel, case: Case, count: float, result: SearchResult, weights: NDArray[np.float32]
) -> Iterator[Sample]:
    """A question as it is, without its documents, and without what answers it."""

    def sample(index: SearchIndex, found: SearchResult, known: bool, count: float) -> Iterator[Sample]:
        each = _beside(index, case, found)
        if each.units and each.terms:
            scores, chosen, _ = plan_answer(each, weights)
            yield signs(each, found, scores, chosen), known, count

    own = count * (1.0 if "facts" in case.row or not case.answerable else _PARAPHRASE)
    yield from sample(hotel.index, result, case.answerable, own)
    if not case.answerable or "every" in case.row:
        return
    yield from sample(hotel.index, _without_answer(case, result), False, count * _TAKEN_OUT)
    if count == 1:
        left = hotel.without(case.row["documents"])
        yield from sample(left, left.find(case.question, **case.options), False, _LEFT_OUT)


def _without_answer(case: Case, result: SearchResult) -> SearchResult:
    hits = []
    for rank, hit in enumerate(result.hits):
        text = hit.chunk.text
        for unit in units_of(hit, rank):
            if case.told_by(unit):
                text = text.replace(unit.text, "")
        if text.strip():
            hits.append(replace(hit, chunk=hit.chunk.model_copy(update={"text": text})))
    return result._replace(hits=hits)


def _logistic(samples: Rows, labels: Rows, counts: Rows, hold: float = 60.0) -> Rows:
    """Weights and a constant; both kinds of questions count the same in all."""
    mean, spread = samples.mean(axis=0), samples.std(axis=0) + 1e-6
    rows = np.c_[(samples - mean) / spread, np.ones(len(samples))]
    counts = counts * np.where(labels > 0, 0.5 / counts[labels > 0].sum(), 0.5 / counts[labels == 0].sum())
    counts = counts * len(labels)
    held = np.array([hold] * (rows.shape[1] - 1) + [1e-6])

    def cost(weights: Rows) -> tuple[float, Rows]:
        odds = rows @ weights
        total = float(counts @ (np.logaddexp(0, odds) - labels * odds)) + float(held @ weights**2) / 2
        return total, rows.T @ (counts * (1 / (1 + np.exp(-odds)) - labels)) + held * weights

    bounds = [*_directions(SIGNS), (None, None)]
    weights = minimize(cost, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds).x
    plain = weights[:-1] / spread
    return np.append(plain, weights[-1] - float(plain @ mean) + _LEAN)


def _write(unit: Rows, known: Rows) -> None:
    table = {
        "unit": dict(zip(FEATURES, np.round(unit, 4).tolist(), strict=True)),
        "known": dict(zip((*SIGNS, "constant"), np.round(known, 4).tolist(), strict=True)),
    }
    WEIGHTS.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    learn(
        [
            (Hotel.of(), [*read_strangers(), *read_cases(FACTS), *read_cases(PASSAGES)]),
            (Hotel.of(LODGE / "documents"), read_cases(LODGE / "questions.jsonl")),
        ]
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
