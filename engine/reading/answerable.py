"""Whether what was found answers the question at all: a calibrated probability."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from innkeeper.engine.reading.learnt import load_weights
from innkeeper.engine.reading.scoring import LOOSE_KINDS, Read
from innkeeper.engine.search.index import SearchResult

SIGNS = (
    "relevance", "dense", "gap", "best_context", "best_titled", "chosen_context", "passage", "rarest", "rarest_absent",
    "absent_weight", "unknown", "kind_held", "kind_missing", "score", "pairs", "terms", "own", "plain", "abroad",
)  # fmt: skip


def signs(read: Read, result: SearchResult, scores: NDArray[np.float32], chosen: Sequence[int]) -> NDArray[np.float32]:
    """(len(SIGNS),) what speaks for and against an answer."""
    weights, total = read.weights, max(float(read.weights.sum()), 1e-6)
    best = chosen[0]
    unit = read.units[best]
    rank = unit.rank
    hit = unit.hit
    passage = np.maximum(read.passages[rank], read.context[best])
    focus = np.array([not term.is_frame and not term.is_number for term in read.terms]) * weights
    top = int(focus.argmax())
    absent = focus * (passage < 0.3)
    unknown = sum(weight for weight, term in zip(focus, read.terms, strict=True) if not term.known)
    specific = read.asked - LOOSE_KINDS
    kinds = frozenset().union(*(read.kinds[place] for place in chosen))
    own = read.features[best]
    dense = [each.why.dense or 0.0 for each in result.hits]
    focus_total = max(float(focus.sum()), 1e-6)
    return np.array(
        [
            result.relevance, max(dense), max(dense) - (hit.why.dense or 0.0), float((read.context @ weights).max() / total), own[2],
            float(read.context[list(chosen)].max(axis=0) @ weights / total), float(passage @ weights / total),
            float(passage[top]), float(focus[top] * (passage[top] < 0.3)), float(absent.sum() / focus_total),
            float(unknown / focus_total), float(bool(specific & kinds)), float(bool(specific) and not specific & kinds),
            float(scores[best]), own[17], min(len(read.terms), 8) / 8, own[0], float(bool(read.terms[0].plain)),
            float(hit.chunk.language != read.query.kind.language),
        ],
        dtype=np.float32,
    )  # fmt: skip


def confidence(read: Read, result: SearchResult, scores: NDArray[np.float32], chosen: Sequence[int]) -> float:
    """Probability in [0, 1] that the chosen units answer the question."""
    weights = load_weights().known
    odds = float(signs(read, result, scores, chosen) @ weights[:-1] + weights[-1])
    return float(1 / (1 + np.exp(-odds)))
