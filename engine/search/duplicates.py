"""The same fact found twice: in both languages, or copied from one document to another."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from innkeeper.engine.search.chunks import ChunkTable
from innkeeper.engine.search.dense import DenseIndex
from innkeeper.engine.search.tokens import exact_term, tokens
from innkeeper.schemas.knowledge import Chunk

SAME_FACT = 0.62  # cosine of a passage and its translation, centred; unrelated passages of one topic stay below
SAME_TEXT = 0.97  # of a passage and its copy
_SHARED_NUMBERS = 0.6


class Candidate:
    """A ranked chunk, read when it is needed."""

    def __init__(self, table: ChunkTable, position: int) -> None:
        self.position = position
        self.language = str(table.languages[position])
        self._table = table

    @cached_property
    def chunk(self) -> Chunk:
        """The chunk itself."""
        return self._table.chunk(self.position)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Numbers, prices and times of its text."""
        return frozenset(exact_term(token) for token in tokens(self.chunk.text) if token[0].isdigit())


def same_fact(a: Candidate, b: Candidate, meaning: DenseIndex | None) -> bool:
    """Whether two chunks say the same: equal texts, near copies, or translations, always with the same numbers."""
    if a.chunk.content_sha256 == b.chunk.content_sha256 or a.chunk.text == b.chunk.text:
        return True
    if meaning is None:
        return False
    needed = SAME_TEXT if a.language == b.language else SAME_FACT
    cosine = float(np.dot(meaning.matrix[a.position], meaning.matrix[b.position]))
    return cosine >= needed and _share(a.numbers, b.numbers) >= (1.0 if a.language == b.language else _SHARED_NUMBERS)


def _share(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b) if a or b else 1.0


def grouped(
    ranked: Sequence[Candidate], language: str, meaning: DenseIndex | None, limit: int
) -> list[tuple[Candidate, list[Candidate]]]:
    """
    At most `limit` facts, best first: each the candidate to show and the others that say the same.

    The one to show is the first in the query's `language`, else the best.
    """
    groups: list[list[Candidate]] = []
    for candidate in ranked:
        for group in groups:
            if any(same_fact(member, candidate, meaning) for member in group):
                group.append(candidate)
                break
        else:
            if len(groups) < limit:
                groups.append([candidate])
    shown = [next((each for each in group if each.language == language), group[0]) for group in groups]
    return [(best, [each for each in group if each is not best]) for best, group in zip(shown, groups, strict=True)]
