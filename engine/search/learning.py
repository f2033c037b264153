"""
Learn `weights.json` from the project's own cases: `python -m innkeeper.engine.search.learning evals/search/cases.tsv`.

A line holds, separated by tabs, a title in English and in Vietnamese, the passage in both, and a question in both. Each
question is asked of four indexes: English passages, Vietnamese passages, and every other fact in each (most documents
of a hotel stand in one language only); so is each title, across languages.
Ranking weights maximise the softmax share of the right passages and are held near a plain prior, since sixty facts are
few. Relevance is a logistic regression on the best hit, which is made wrong by taking the right passages out of the
index, or by asking what no hotel document answers.
"""

import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from innkeeper.engine.embedding import embed_passages, embed_query
from innkeeper.engine.routing.examples import read_examples
from innkeeper.engine.search.dense import DenseIndex, query_centres
from innkeeper.engine.search.fusion import FEATURES, features
from innkeeper.engine.search.lexical import LexicalIndex
from innkeeper.engine.search.queries import Kind, read_query
from innkeeper.engine.text import fold

Rows = NDArray[np.float64]

_PRIOR = {
    True: (1.0, 0.35, 0.1, 0.45, 0.15, 0.03),
    False: (0.0, 0.5, 0.3, 0.7, 0.3, 0.05),
}  # proportions of the ranking weights
_TEMPERATURE = 12.0  # how sharp the softmax is at the prior
_HOLD = 0.006  # per case, on the squared distance from the prior
_ANSWERED = 0.5  # share of a hotel's questions that its documents answer: what relevance is calibrated to
_STRANGERS = 120  # off-topic questions of each language


class Case(NamedTuple):
    """A question asked of an index: features (n, 6) of its passages and which are right; none for a stranger."""

    kind: Kind
    rows: Rows
    right: NDArray[np.bool_]


def main() -> None:
    """Learn and write the weights; print what they reach on the cases they were learnt from."""
    facts = [line.split("\t") for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]
    cases = list(_cases(facts))
    table: dict[str, Any] = {"hybrid": {}, "lexical": {}}
    for kind in Kind:
        of_kind = [case for case in cases if case.kind is kind]
        for has_vectors in (True, False):
            table["hybrid" if has_vectors else "lexical"][kind.value] = _learn(of_kind, has_vectors=has_vectors)
    target = Path(__file__).with_name("weights.json")
    target.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def _cases(facts: list[list[str]]) -> Iterator[Case]:
    centres = query_centres(embed_query)
    passages = {language: [f"{row[c]}\n{row[c + 2]}" for row in facts] for c, language in enumerate(("en", "vi"))}
    vectors = {language: _embedded(texts) for language, texts in passages.items()}
    asked = [(text, number) for number, row in enumerate(facts) for text in (*row[4:], fold(row[5]))]
    strangers = [(text, -1) for text in _strangers()]
    embed = cache(embed_query)
    for odd, even in (("en", "en"), ("vi", "vi"), ("en", "vi"), ("vi", "en")):
        languages = [even if number % 2 else odd for number in range(len(facts))]
        words = LexicalIndex.build(passages[language][number] for number, language in enumerate(languages))
        embedded = np.array([vectors[language][number] for number, language in enumerate(languages)])
        meaning = DenseIndex.build(embedded, languages, centres)
        sys.stderr.write(f"{odd}, {even}: spread {meaning.spread:.3f}\n")
        titles = [
            (row[language == "en"], number) for number, (row, language) in enumerate(zip(facts, languages, strict=True))
        ]
        for text, fact in (*asked, *titles, *strangers):
            query = read_query(text, words)
            rows = features(query, words, meaning, embed(query.text), np.array(languages))
            yield Case(query.kind, rows.astype(np.float64), np.arange(len(facts)) == fact)


def _embedded(texts: list[str]) -> NDArray[np.float32]:
    vectors = embed_passages(texts)
    if vectors is None:
        raise SystemExit("The local embedder cannot run on this machine; learn the weights on another.")
    return vectors


def _strangers() -> list[str]:
    """Messages of the routing examples that are no hotel's business; half of the Vietnamese without accents."""
    found: dict[str, list[str]] = {"en": [], "vi": []}
    for example in read_examples():
        if not example.requests and not example.manipulation and 20 <= len(example.text) <= 120:
            found[example.language].append(example.text)
    vietnamese = found["vi"][:: max(1, len(found["vi"]) // _STRANGERS)]
    english = found["en"][:: max(1, len(found["en"]) // _STRANGERS)]
    return [*english, *vietnamese[::2], *map(fold, vietnamese[1::2])]


def _learn(cases: list[Case], *, has_vectors: bool) -> dict[str, list[float]]:
    used = np.array([has_vectors, *[True] * (len(FEATURES) - 1)])
    prior = np.array(_PRIOR[has_vectors])
    rank = _rank_weights([case for case in cases if case.right.any()], prior * _TEMPERATURE, used)
    samples, labels = _samples(cases, rank)
    odds = _logistic(samples * [*used, True], labels)
    rank /= rank.sum()
    hits = [bool(case.right[np.argmax(case.rows @ rank)]) for case in cases if case.right.any()]
    chosen = 1 / (1 + np.exp(-samples @ odds)) >= 0.5
    proportions = " ".join(f"{name} {value:.3f}" for name, value in zip(FEATURES, rank, strict=True))
    sys.stderr.write(
        f"{cases[0].kind} {'hybrid' if has_vectors else 'lexical'}: {proportions}; recall@1 {np.mean(hits):.3f} "
        f"(n={len(hits)}); answerable or not, right {np.mean(chosen == labels):.3f} (n={len(labels)})\n"
    )
    return {"rank": rank.round(4).tolist(), "relevance": odds.round(3).tolist()}


def _rank_weights(cases: list[Case], prior: Rows, used: NDArray[np.bool_]) -> Rows:
    """Gradient ascent on the log of the right passages' softmax share, minus the distance from the prior."""
    weights = prior.copy()
    for _ in range(300):
        gradient = -2 * _HOLD * (weights - prior)
        for case in cases:
            share = _softmax(case.rows @ weights)
            right = share * case.right / max(float(share @ case.right), 1e-12)
            gradient += (right - share) @ case.rows / len(cases)
        weights = np.maximum(weights + 2.0 * gradient * used, 0.0)  # no evidence may speak against a chunk
    return np.asarray(weights * used)


def _softmax(scores: Rows) -> Rows:
    exponents = np.exp(scores - scores.max())
    return np.asarray(exponents / exponents.sum())


def _samples(cases: list[Case], rank: Rows) -> tuple[Rows, Rows]:
    """The best hit of each case, with the right passages in the index and without: features and a 1, and labels."""
    samples, labels = [], []
    for case in cases:
        scores = case.rows @ rank
        for allowed in (np.ones_like(case.right), ~case.right)[: 2 if case.right.any() else 1]:
            best = int(np.argmax(np.where(allowed, scores, -np.inf)))
            samples.append([*case.rows[best], 1.0])
            labels.append(float(case.right[best]))
    return np.array(samples), np.array(labels)


def _logistic(samples: Rows, labels: Rows, hold: float = 1.0) -> Rows:
    """Logistic regression by Newton's method; `hold` keeps all weights but the constant small."""
    weights = np.zeros(samples.shape[1])
    balance = np.where(labels > 0, _ANSWERED / labels.mean(), (1 - _ANSWERED) / (1 - labels.mean()))
    penalty = np.diag([*[hold] * (samples.shape[1] - 1), 1e-6])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-samples @ weights))
        gradient = samples.T @ (balance * (labels - chance)) - penalty @ weights
        curvature = (samples.T * (balance * chance * (1 - chance))) @ samples + penalty
        weights = weights + np.linalg.solve(curvature, gradient)
    return np.asarray(weights)


if __name__ == "__main__":
    main()
