"""Which sentences, items and rows make the answer: the likeliest first, then what they leave open."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from innkeeper.engine.reading.scoring import Read
from innkeeper.engine.reading.units import Unit
from innkeeper.engine.search.tokens import exact_term, tokens

WORDS = 66  # an answer is filled up to
_LEAST = 3.5  # log-odds below the best at which a unit is no more worth its words
_NEW_TERMS = 2.0  # log-odds for covering all that is still open
_SAME_NUMBERS = 0.8
_MAX_UNITS = 6


def choose(read: Read, scores: NDArray[np.float32], costs: Sequence[int], limit: int = WORDS) -> list[int]:
    """
    Places of the units to quote, at most `limit` words unless the first alone has more.

    Args:
        scores: (m,) log-odds that each unit answers.
        costs: Words of each unit as it would be shown.
    """
    weights, total = read.weights, max(float(read.weights.sum()), 1e-6)
    covered = np.zeros(len(read.terms), dtype=np.float32)
    best = float(scores.max())
    chosen: list[int] = []
    spent = 0
    gains = scores.copy()
    while len(chosen) < _MAX_UNITS:
        fresh = np.maximum(read.context - covered, 0) @ weights / total
        gains = scores + np.float32(_NEW_TERMS) * fresh
        gains[chosen] = -np.inf
        place = int(gains.argmax())
        if chosen and (scores[place] < best - _LEAST or not np.isfinite(gains[place])):
            break
        scores = scores.copy()
        if chosen and (spent + costs[place] > limit or _repeats(read.units, chosen, place)):
            scores[place] = -np.inf
            if not np.isfinite(scores).any():
                break
            continue
        chosen.append(place)
        spent += costs[place]
        covered = np.maximum(covered, read.context[place])
    return chosen


def _repeats(units: Sequence[Unit], chosen: Sequence[int], place: int) -> bool:
    """Whether a unit says what a chosen one of another language or document says: the same numbers, or words."""
    numbers, words = _numbers(units[place]), _words(units[place])
    for other in chosen:
        if units[other].text == units[place].text:
            return True
        others = _numbers(units[other])
        abroad = units[other].hit.chunk.language != units[place].hit.chunk.language
        if abroad and numbers and len(numbers & others) / len(numbers) >= _SAME_NUMBERS:
            return True
        if not abroad and numbers <= others and len(words & _words(units[other])) >= _SAME_NUMBERS * len(words):
            return True
    return False


def _numbers(unit: Unit) -> frozenset[str]:
    return frozenset(exact_term(token) for token in tokens(unit.text) if token[0].isdigit())


def _words(unit: Unit) -> frozenset[str]:
    return frozenset(exact_term(token) for token in tokens(unit.text))
