"""One score and one calibrated relevance from what meaning and words say about a chunk."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from innkeeper.engine.search.dense import DenseIndex, Vectors
from innkeeper.engine.search.lexical import LexicalIndex
from innkeeper.engine.search.matching import exact_coverage, expanded_coverage, folded_coverage
from innkeeper.engine.search.queries import Kind, Query
from innkeeper.schemas.knowledge import Chunk

FEATURES = ("dense", "exact", "folded", "expanded", "expanded_abroad", "abroad")
"""The last two are for chunks in the other language, which cannot hold the query's own words: 0 for all others."""

ANSWERABLE = 0.5
"""Relevance of the best hit from which on the documents are taken to answer; see `evals/search/README.md`."""

LEARNT_SPREAD = 0.105
"""`DenseIndex.spread` of the index that the weights were learnt on; cosines of another embedder are scaled to it."""

_USUAL_UNITS, _LENGTH_ODDS = 5, 1.0
"""Every feature is a share of the query, and of a long query even the right passage holds a smaller one."""

OTHER = {"en": "vi", "vi": "en"}

Rerank = Callable[[str, Sequence[Chunk]], Sequence[float]]
"""Query and chunks, best first, to a relevance in [0, 1] for each: a cross-encoder or a model."""


class Why(NamedTuple):
    """What speaks for a chunk: cosine (none without embeddings) and the shares of the query's words it holds."""

    dense: float | None
    exact: float
    folded: float
    expanded: float


@dataclass(frozen=True, slots=True)
class Weights:
    """
    Learnt by `learning.py`.

    Attributes:
        rank: (6,) one weight per entry of `FEATURES`; only their proportions matter.
        relevance: (7,) of the log-odds that a chunk answers the query: one per feature, and a constant.
    """

    rank: NDArray[np.float32]
    relevance: NDArray[np.float32]


@cache
def load_weights() -> dict[tuple[Kind, bool], Weights]:
    """Weights by kind of query and whether there are embeddings."""
    table = json.loads((files(__package__) / "weights.json").read_text(encoding="utf-8"))
    return {
        (kind, has_vectors): Weights(
            *(
                np.array(table["hybrid" if has_vectors else "lexical"][kind.value][part], dtype=np.float32)
                for part in ("rank", "relevance")
            )
        )
        for kind in Kind
        for has_vectors in (True, False)
    }


def features(
    query: Query, words: LexicalIndex, meaning: DenseIndex | None, vector: Vectors | None, languages: NDArray[np.str_]
) -> NDArray[np.float32]:
    """(n, 6) a row per chunk, a column per entry of `FEATURES`; `languages` (n,) of the chunks."""
    dense = np.zeros(words.count, dtype=np.float32)
    if meaning is not None and vector is not None:
        dense = meaning.cosines(vector, query.kind.language) * np.float32(_scale(meaning.spread))
    expanded = expanded_coverage(query, words)
    abroad = (languages == OTHER[query.kind.language]).astype(np.float32)
    columns = (dense, exact_coverage(query, words), folded_coverage(query, words), expanded, abroad * expanded, abroad)
    return np.stack(columns, axis=1)


def _scale(spread: float) -> float:
    """What makes the cosines of this index comparable; a small or narrow index does not tell, so within limits."""
    return float(np.clip(LEARNT_SPREAD / spread, 0.8, 2.5)) if spread > 0 else 1.0


def relevance(rows: NDArray[np.float32], weights: Weights, query: Query) -> NDArray[np.float32]:
    """(m,) probability that each chunk answers the query, from its features (m, 6)."""
    units = sum(unit.weight == 1 for unit in query.units)
    length = _LENGTH_ODDS * np.log(np.clip(units, 2, 8) / _USUAL_UNITS)
    odds = rows @ weights.relevance[:-1] + weights.relevance[-1] + length
    return np.asarray(1.0 / (1.0 + np.exp(-odds)), dtype=np.float32)
