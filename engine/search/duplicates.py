"""The same fact found twice: in both languages, or copied from one document to another."""

from collections.abc import Sequence
from functools import cached_property

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


def same_fact(a: Candidate, b: Candidate, cosine: float | None) -> bool:
    """Whether two chunks say the same: equal texts, near copies, or translations, always with the same numbers."""
    if cosine is None:
        return a.chunk.content_sha256 == b.chunk.content_sha256 or a.chunk.text == b.chunk.text
    if a.language == b.language:
        return cosine >= SAME_TEXT and a.numbers == b.numbers
    return cosine >= SAME_FACT and _share(a.numbers, b.numbers) >= _SHARED_NUMBERS


def _share(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b) if a or b else 1.0


def grouped(
    ranked: Sequence[Candidate], language: str, meaning: DenseIndex | None, limit: int
) -> list[tuple[Candidate, list[Candidate]]]:
    """
    At most `limit` facts, best first: each the candidate to show and the others that say the same.

    The one to show is the first in the query's `language`, else the best.
    """
    cosines = _cosines(ranked, meaning)
    groups: list[list[int]] = []
    for place, candidate in enumerate(ranked):
        for group in groups:
            if any(same_fact(ranked[each], candidate, cosines[each][place] if cosines else None) for each in group):
                group.append(place)
                break
        else:
            if len(groups) < limit:
                groups.append([place])
    members = [[ranked[place] for place in group] for group in groups]
    shown = [next((each for each in group if each.language == language), group[0]) for group in members]
    return [(best, [each for each in group if each is not best]) for best, group in zip(shown, members, strict=True)]


def _cosines(ranked: Sequence[Candidate], meaning: DenseIndex | None) -> list[list[float]] | None:
    if meaning is None:
        return None
    rows = meaning.matrix[[candidate.position for candidate in ranked]]
    cosines: list[list[float]] = (rows @ rows.T).tolist()
    return cosines
