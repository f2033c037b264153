"""How much of a query each chunk holds: its words as written, without accents, and in other words or languages."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from innkeeper.engine.search.lexical import LexicalIndex
from innkeeper.engine.search.lexicon import Phrase
from innkeeper.engine.search.queries import FUNCTION_WEIGHT, FUNCTION_WORDS, Query, Unit

Scores = NDArray[np.float32]

_PAIR_SHARE = 0.4  # of a phrase's score that asks for its words side by side


def exact_coverage(query: Query, index: LexicalIndex) -> Scores:
    """(n,) share of the query's information in each chunk, words as written and side by side: 0 to about 1."""
    terms = {word: _weight(word) for word in query.words}
    weights: dict[int, float] = {}
    total = 0.0
    for word, weight in terms.items():
        row = index.exact.get(word)
        idf = index.words.idf(index.words.frequency(row) if row is not None else 0)
        total += weight * idf
        if row is not None:
            weights[row] = weight * idf
    scores = index.words.score(weights)
    pairs, pair_total = _pair_weights(query.words, index)
    scores += index.pair_words.score(pairs)
    return scores / np.float32(max(total + pair_total, 1e-6))


def folded_coverage(query: Query, index: LexicalIndex) -> Scores:
    """(n,) the same without accents and word order."""
    weights: dict[int, float] = {}
    total = 0.0
    for term, word in dict(zip(query.plain, query.words, strict=True)).items():
        row = index.folded.get(term)
        weight = _weight(word) * index.plain.idf(index.plain.frequency(row) if row is not None else 0)
        total += weight
        if row is not None:
            weights[row] = weight
    return index.plain.score(weights) / np.float32(max(total, 1e-6))


def expanded_coverage(query: Query, index: LexicalIndex) -> Scores:
    """(n,) the same where each word or phrase may be said in other words, or in the other language."""
    scores = np.zeros(index.count, dtype=np.float32)
    total = 0.0
    for unit in query.units:
        phrases = [(unit.words, 1.0), *unit.alternatives]
        known = [(words, value) for words, value in phrases if any(word in index.exact for word in words)]
        weight = unit.weight * _unit_idf(unit, known, index)
        total += weight
        if not known:
            continue
        best = _phrase_score(known[0][0], index)
        best *= np.float32(known[0][1])
        for words, value in known[1:]:
            np.maximum(best, np.float32(value) * _phrase_score(words, index), out=best)
        scores += np.float32(weight) * best
    return scores / np.float32(max(total, 1e-6))


def _weight(word: str) -> float:
    return FUNCTION_WEIGHT if word in FUNCTION_WORDS else 1.0


def _pair_weights(words: Iterable[str], index: LexicalIndex) -> tuple[dict[int, float], float]:
    """Weight of each neighbouring pair of the query that the index knows, and their sum."""
    weights: dict[int, float] = {}
    for first, second in pairwise(words):
        row = index.pair(first, second)
        if row is not None:
            frequency = index.pair_words.frequency(row)
            weights[row] = 0.5 * min(_weight(first), _weight(second)) * index.pair_words.idf(frequency)
    return weights, sum(weights.values())


def _unit_idf(unit: Unit, known: list[tuple[Phrase, float]], index: LexicalIndex) -> float:
    """How much a unit tells: by its own words when the index has them, else by the commonest of its alternatives."""
    if known and known[0][0] != unit.words:
        return min(_phrase_idf(words, index) for words, _ in known)
    return _phrase_idf(unit.words, index)


def _phrase_idf(words: Phrase, index: LexicalIndex) -> float:
    idfs = _idfs(words, index)
    return sum(idfs) / float(np.sqrt(len(idfs)))  # the words of a phrase are not independent


def _idfs(words: Phrase, index: LexicalIndex) -> list[float]:
    rows = [index.exact.get(word) for word in words]
    return [index.words.idf(index.words.frequency(row) if row is not None else 0) for row in rows]


def _phrase_score(words: Phrase, index: LexicalIndex) -> Scores:
    """(n,) how well each chunk holds a phrase: around 1 for all its words side by side."""
    idfs = _idfs(words, index)
    share = (1 - _PAIR_SHARE if len(words) > 1 else 1.0) / sum(idfs)
    rows = [(index.exact.get(word), idf * share) for word, idf in zip(words, idfs, strict=True)]
    scores = index.words.score((row, weight) for row, weight in rows if row is not None)
    for first, second in pairwise(words):
        pair = index.pair(first, second)
        if pair is not None:
            index.pair_words.add(scores, pair, _PAIR_SHARE / (len(words) - 1))
    return scores
