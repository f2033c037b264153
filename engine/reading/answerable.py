"""Whether what was found answers the question at all: a calibrated probability."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from innkeeper.engine.reading.cues import Asked, asks_existence
from innkeeper.engine.reading.learnt import load_weights
from innkeeper.engine.reading.scoring import FEATURES, LOOSE_KINDS, Read
from innkeeper.engine.search.index import SearchResult

_OF_UNIT = ("own", "titled", "pairs", "telling", "fits", "clashes", "edition")
SIGNS = (
    *_OF_UNIT,
    "relevance", "dense", "gap", "exact", "expanded", "abroad",  # of the search
    "best_context", "chosen", "passage", "anywhere", "held_terms", "score", "margin",  # what is there
    "absent", "absent_by_length", "absent_from_chosen", "worst_absent", "unknown", "unknown_concept",
    "most_unknown", "most_unknown_concept",  # what is not
    "existence", "existence_absent", "existence_unknown", "price_absent", "price_unknown",
    "kind_held", "kind_missing", "focus", "terms",  # of the question
)  # fmt: skip
_HELD, _ABSENT = 0.7, 0.3


def signs(
    read: Read,
    result: SearchResult,
    scores: NDArray[np.float32],
    chosen: Sequence[int],
) -> NDArray[np.float32]:
    """(len(SIGNS),) what speaks for and against an answer."""
    own = dict(zip(FEATURES, read.features[chosen[0]].tolist(), strict=True))
    values = {name: own[name] for name in _OF_UNIT}
    values |= _of_search(read, result, chosen) | _of_terms(read, chosen) | _of_kinds(read, chosen)
    runner_up = float(np.partition(scores, -2)[-2]) if len(scores) > 1 else 0.0
    values |= {"score": float(scores[chosen[0]]), "margin": float(scores[chosen[0]]) - runner_up}
    for asked, name in ((asks_existence(read.query.text), "existence"), (Asked.PRICE in read.asked, "price")):
        values[f"{name}_absent"] = asked * values["absent"]
        values[f"{name}_unknown"] = asked * values["most_unknown"]
    values["existence"] = float(asks_existence(read.query.text))
    return np.array([values[name] for name in SIGNS], dtype=np.float32)


def _of_search(read: Read, result: SearchResult, chosen: Sequence[int]) -> dict[str, float]:
    hit = read.units[chosen[0]].hit
    dense = max(each.why.dense or 0.0 for each in result.hits)
    return {
        "relevance": result.relevance,
        "dense": dense,
        "gap": dense - (hit.why.dense or 0.0),
        "exact": hit.why.exact,
        "expanded": hit.why.expanded,
        "abroad": float(hit.chunk.language != read.query.kind.language),
    }


def _of_terms(read: Read, chosen: Sequence[int]) -> dict[str, float]:
    """Which of the question's words are there: in the units, their passage, any passage, the hotel's documents."""
    weights, total = read.weights, max(float(read.weights.sum()), 1e-6)
    focus = np.array([not term.is_frame and not term.is_number for term in read.terms]) * weights
    focus_total = max(float(focus.sum()), 1e-6)
    quoted = read.context[list(chosen)].max(axis=0)
    passage = np.maximum(read.passages[read.units[chosen[0]].rank], read.context[chosen[0]])
    unknown = [(float(weight), term) for weight, term in zip(focus, read.terms, strict=True) if not term.known]
    concepts = [weight for weight, term in unknown if term.is_concept]
    absent = float((focus * (passage < _ABSENT)).sum()) / focus_total
    return {
        "best_context": float((read.context @ weights).max()) / total,
        "chosen": float(quoted @ weights) / total,
        "passage": float(passage @ weights) / total,
        "anywhere": float(read.passages.max(axis=0) @ focus) / focus_total,
        "held_terms": float((quoted >= _HELD).sum()),
        "absent": absent,
        "absent_by_length": absent / max(1, int((focus > 0).sum())) ** 0.5,
        "absent_from_chosen": float((focus * (quoted < _ABSENT)).sum()) / focus_total,
        "worst_absent": float(((1 - passage) * focus).max(initial=0)),
        "unknown": sum(weight for weight, _ in unknown) / focus_total,
        "most_unknown": max((weight for weight, _ in unknown), default=0.0),
        "unknown_concept": sum(concepts) / focus_total,
        "most_unknown_concept": max(concepts, default=0.0),
        "focus": float(np.log1p(focus_total)),
        "terms": min(len(read.terms), 8) / 8,
    }


def _of_kinds(read: Read, chosen: Sequence[int]) -> dict[str, float]:
    specific = read.asked - LOOSE_KINDS
    stated = frozenset[Asked]().union(*(read.kinds[place] for place in chosen))
    return {
        "kind_held": float(bool(specific & stated)),
        "kind_missing": float(bool(specific) and not specific & stated),
    }


def confidence(
    read: Read,
    result: SearchResult,
    scores: NDArray[np.float32],
    chosen: Sequence[int],
) -> float:
    """Probability in [0, 1] that the chosen units answer the question."""
    weights = load_weights().known
    odds = float(signs(read, result, scores, chosen) @ weights[:-1] + weights[-1])
    return float(1 / (1 + np.exp(-odds)))
