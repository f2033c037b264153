"""From small chunks, which are found well, to passages that are worth reading: neighbours are put together again."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from innkeeper.engine.chunking import MAX_TOKENS
from innkeeper.engine.search.chunks import ChunkTable
from innkeeper.engine.sentences import count_tokens
from innkeeper.schemas.knowledge import Chunk


@dataclass
class Passage:
    """
    Consecutive chunks of one document.

    Attributes:
        rank: Place of its best chunk among the hits, from 0.
        first, last: Positions in the table.
        tokens: By estimate.
    """

    rank: int
    first: int
    last: int
    tokens: int

    def takes(self, position: int, tokens: int) -> bool:
        """Whether a chunk is inside, or stands beside it and there is room."""
        if self.first <= position <= self.last:
            return True
        return position in (self.first - 1, self.last + 1) and self.tokens + tokens <= MAX_TOKENS

    def add(self, position: int, tokens: int) -> None:
        """Take a neighbour in."""
        if not self.first <= position <= self.last:
            self.first, self.last = min(self.first, position), max(self.last, position)
            self.tokens += tokens


def passages(table: ChunkTable, positions: Sequence[int], top_k: int) -> list[Passage]:
    """
    At most `top_k` passages of at most `MAX_TOKENS` tokens.

    A hit that stands beside a better one joins it, and leaves its place to the next. Then each passage grows over what
    its section says besides.

    Args:
        table: All chunks; those of a document stand together, in reading order.
        positions: The hits, best first.
        top_k: How many passages.
    """
    found: list[Passage] = []
    for rank, position in enumerate(positions):
        tokens = _tokens(table.chunk(position).text)
        beside = next((each for each in found if _same(table, each, position) and each.takes(position, tokens)), None)
        if beside is not None:
            beside.add(position, tokens)
        elif len(found) < top_k:
            found.append(Passage(rank, position, position, tokens))
    for each in found:
        _grow(table, each)
    return found


def text_of(table: ChunkTable, passage: Passage, best: Chunk) -> Chunk:
    """The best chunk of a passage, with the text, pages and rows of all of it."""
    parts = [table.chunk(position) for position in range(passage.first, passage.last + 1)]
    if len(parts) == 1:
        return best
    starts, ends = (
        [each.row_start for each in parts if each.row_start],
        [each.row_end for each in parts if each.row_end],
    )
    return best.model_copy(
        update={
            "text": "\n".join(each.text for each in parts),
            "page": parts[0].page,
            "page_end": parts[-1].page_end,
            "row_start": min(starts, default=None),
            "row_end": max(ends, default=None),
        }
    )


@lru_cache(maxsize=10_000)
def _tokens(text: str) -> int:
    """Counting is half the time of a search, and the same chunks are found again and again."""
    return count_tokens(text)


def _same(table: ChunkTable, passage: Passage, position: int) -> bool:
    """Whether a chunk is of the passage's document, sheet and language, at the place that its position says."""
    apart = int(table.places[position]) - int(table.places[passage.first])
    if table.documents[position] != table.documents[passage.first] or apart != position - passage.first:
        return False
    same_language = bool(table.languages[position] == table.languages[passage.first])
    return same_language and table.chunk(position).sheet == table.chunk(passage.first).sheet


def _grow(table: ChunkTable, passage: Passage) -> None:
    """Onwards and then backwards, as far as the section goes and there is room."""
    path = table.chunk(passage.first).heading_path
    for step in (1, -1):
        position = (passage.last if step > 0 else passage.first) + step
        while 0 <= position < len(table) and _same(table, passage, position):
            neighbour = table.chunk(position)
            tokens = _tokens(neighbour.text)
            if neighbour.heading_path != path or not passage.takes(position, tokens):
                break
            passage.add(position, tokens)
            position += step
