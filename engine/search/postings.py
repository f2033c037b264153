"""An inverted index in numpy arrays: for each term the chunks that hold it, with BM25 weights computed beforehand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SATURATION = 1.2  # k1 of BM25
LENGTH_PENALTY = 0.6  # b of BM25; chunks are of similar length


@dataclass(frozen=True)
class Postings:
    """
    Terms × chunks in compressed rows.

    Attributes:
        starts: (terms + 1,) int64, where each term's row begins.
        chunks: (entries,) int32, ascending within a row.
        impacts: (entries,) float16, BM25's share of term frequency and length: 0 to `SATURATION` + 1, around 1 for one
            occurrence in a chunk of average length.
        count: Number of chunks.
    """

    starts: NDArray[np.int64]
    chunks: NDArray[np.int32]
    impacts: NDArray[np.float16]
    count: int

    @classmethod
    def build(
        cls,
        terms: NDArray[np.int64],
        chunks: NDArray[np.int64],
        tf: NDArray[np.int64],
        lengths: NDArray[np.int64],
        n_terms: int,
    ) -> "Postings":
        """
        Rows from entries sorted by term, then chunk.

        Args:
            terms, chunks, tf: (entries,) each: term number, chunk number, occurrences.
            lengths: (count,) tokens of each chunk.
            n_terms: Number of terms; each has at least one entry.
        """
        starts = np.zeros(n_terms + 1, dtype=np.int64)
        np.cumsum(np.bincount(terms, minlength=n_terms), out=starts[1:])
        norm = SATURATION * (
            1 - LENGTH_PENALTY + LENGTH_PENALTY * lengths / max(1.0, float(lengths.mean() if len(lengths) else 1))
        )
        frequency = tf.astype(np.float32)
        impacts = frequency * (SATURATION + 1) / (frequency + norm.astype(np.float32)[chunks])
        return cls(starts, chunks.astype(np.int32), impacts.astype(np.float16), len(lengths))

    def frequency(self, term: int) -> int:
        """In how many chunks a term stands."""
        return int(self.starts[term + 1] - self.starts[term])

    def idf(self, frequency: int) -> float:
        """How much a term tells that stands in `frequency` chunks: about 0.4 (in most) to log(2 × count) (in none)."""
        return float(np.log(1.5 + (self.count - frequency + 0.5) / (frequency + 0.5)))

    def add(self, scores: NDArray[np.float32], term: int, weight: float) -> None:
        """Add `weight` × impact of one term to the scores (count,) of its chunks."""
        row = slice(self.starts[term], self.starts[term + 1])
        scores[self.chunks[row]] += np.float32(weight) * self.impacts[row].astype(np.float32)

    def score(self, weights: Mapping[int, float] | Iterable[tuple[int, float]]) -> NDArray[np.float32]:
        """(count,) sum of weight × impact over terms."""
        scores = np.zeros(self.count, dtype=np.float32)
        for term, weight in weights.items() if isinstance(weights, Mapping) else weights:
            self.add(scores, term, weight)
        return scores

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """What a snapshot keeps."""
        return {f"{name}_starts": self.starts, f"{name}_chunks": self.chunks, f"{name}_impacts": self.impacts}

    @classmethod
    def from_arrays(cls, name: str, arrays: Mapping[str, NDArray[Any]], count: int) -> "Postings":
        """The reverse of `arrays`."""
        return cls(arrays[f"{name}_starts"], arrays[f"{name}_chunks"], arrays[f"{name}_impacts"], count)
