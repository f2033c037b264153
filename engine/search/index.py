"""The search index of one hotel's documents, in memory: build it, ask it, keep it in one file."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from innkeeper.engine.search.chunks import ChunkTable, Mask
from innkeeper.engine.search.dense import DenseIndex, EmbedQuery, Vectors
from innkeeper.engine.search.duplicates import Candidate, grouped
from innkeeper.engine.search.fusion import ANSWERABLE, Rerank, Why, features, load_weights, relevance
from innkeeper.engine.search.lexical import LexicalIndex
from innkeeper.engine.search.passages import passages, text_of
from innkeeper.engine.search.queries import Kind, Query, read_query
from innkeeper.engine.search.snapshot import read_snapshot, write_snapshot
from innkeeper.engine.search.spreading import spread_out
from innkeeper.engine.search.versions import Asked, asked_versions
from innkeeper.schemas.access import Role
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.knowledge import Chunk

WORDS_ONLY = "No embeddings: found by words alone."
_CANDIDATES = 3  # ranked chunks looked at per fact
_SPARE = 2  # facts looked at per fact asked for, so that those of other documents can move up
_OWN_LANGUAGE = 0.015  # of two equally good chunks the one in the query's language comes first
_RIGHT_TIME = 0.1  # a chunk of the asked year or version, where several versions say the same


@dataclass(frozen=True, slots=True)
class Hit:
    """
    A passage that was found: a chunk, with those beside it that belong to it.

    Attributes:
        chunk: Its place is that of the best chunk; text, pages and rows are of the whole passage.
        score: What it was ranked by; comparable within one search only.
        relevance: Calibrated probability in [0, 1] that it answers the query.
        also: Ids of chunks that say the same, in the other language or in a copy.
    """

    chunk: Chunk
    score: float
    relevance: float
    why: Why
    also: tuple[str, ...] = ()
    position: int = -1  # of the best chunk in the index


class SearchResult(NamedTuple):
    """
    What a search found.

    Attributes:
        hits: Best first.
        relevance: Of the best hit; 0 without any.
        query: The query as it was read; accents put back.
        note: What was missing, for a person; empty when nothing was.
    """

    hits: list[Hit]
    relevance: float
    query: str
    note: str

    @property
    def answerable(self) -> bool:
        """Whether the documents are likely to answer the query at all."""
        return self.relevance >= ANSWERABLE


@dataclass(frozen=True)
class SearchIndex:
    """
    An immutable index; safe to share between threads.

    Attributes:
        embed: What turns a query into a vector, used when a search brings none. Not part of a snapshot.
        about: What a snapshot says of itself: embedder, version, ….
    """

    table: ChunkTable
    words: LexicalIndex
    meaning: DenseIndex | None
    embed: EmbedQuery | None = None
    about: dict[str, str] = field(default_factory=dict)

    @classmethod
    def build(
        cls,
        chunks: Sequence[Chunk],
        vectors: NDArray[Any] | None,
        *,
        query_centres: Vectors | None = None,
        embed: EmbedQuery | None = None,
        about: dict[str, str] | None = None,
    ) -> Self:
        """
        Index `chunks`: 20,000 of them in about 3 s.

        Args:
            vectors: (n, d), the embedding of each chunk's `search_text()`; none where no embedder can run.
            query_centres: From `dense.query_centres` with the same embedder; without it, languages stay apart.

        Raises:
            InputInvalid: There are not as many vectors as chunks.
        """
        meaning = None
        if vectors is not None and len(chunks):
            meaning = DenseIndex.build(vectors, [chunk.language for chunk in chunks], query_centres)
        words = LexicalIndex.build(chunk.search_text() for chunk in chunks)
        return cls(ChunkTable.build(chunks), words, meaning, embed, about or {})

    def __len__(self) -> int:
        return len(self.table)

    @property
    def note(self) -> str:
        """What a reader of results should know; empty when all is there."""
        return WORDS_ONLY if self.meaning is None or self.embed is None else ""

    def embedding_text(self, query: str) -> str:
        """What to embed for a query, for those who bring a `query_vector`: Vietnamese gets its accents back."""
        return read_query(query, self.words).text

    def search(self, query: str, *, top_k: int = 5, **options: Any) -> list[Hit]:
        """The hits of `find`, which takes the same options."""
        return self.find(query, top_k=top_k, **options).hits

    def find(
        self,
        query: str,
        *,
        top_k: int = 5,
        language: str | None = None,
        section: str | None = None,
        roles: Collection[Role] | None = None,
        as_of: date | None = None,
        include_superseded: bool = False,
        query_vector: Vectors | None = None,
        rerank: Rerank | None = None,
    ) -> SearchResult:
        """
        The chunks that best answer a question in English or Vietnamese, with or without accents.

        Args:
            top_k: How many facts at most, 1 to 100; one that stands in both languages counts once.
            language, section: Only chunks of this language or section.
            roles: Who asks. Without roles only what everyone may read is found.
            as_of: The day whose rules are asked for; none: today, unless the query names a year or an old version.
            include_superseded: Every version, past and to come.
            query_vector: (d,) embedding of `embedding_text(query)`; none: `embed` makes it.
            rerank: Judges the best candidates again; its relevance then replaces ours.

        Raises:
            InputInvalid: `top_k` is out of range, or the vector has the wrong dimension.
        """
        _check(top_k)
        read, (today, asked) = read_query(query, self.words), _times(query, as_of)
        allowed = self._allowed(language, section, roles) & self._valid(today, asked, everything=include_superseded)
        if not (read.words and allowed.any()):
            return SearchResult([], 0.0, read.text, self.note)
        vector = self._vector(read) if query_vector is None else query_vector
        hits = _spread(self._rank(read, vector, allowed, self._bonus(read, asked, today), _SPARE * top_k))
        hits = hits if rerank is None else _reranked(query, hits, rerank)
        note = "" if hits[0].why.dense is not None else WORDS_ONLY
        return SearchResult(self._passages(hits, top_k), hits[0].relevance, read.text, note)

    def context(self, hit: Hit, *, before: int = 1, after: int = 1) -> list[Chunk]:
        """The chunk of a hit with its neighbours in the document, in reading order."""
        here = (self.table.documents == hit.chunk.document) & (self.table.places == hit.chunk.index)
        position = int(np.flatnonzero(here)[0])
        return [self.table.chunk(each) for each in self.table.neighbours(position, before, after)]

    def save(self, path: Path) -> None:
        """Write one file (numpy arrays and JSON, no pickle); a reader sees the old one or the new one, never half."""
        arrays = self.table.arrays() | self.words.arrays() | (self.meaning.arrays() if self.meaning else {})
        write_snapshot(path, arrays, {"about": self.about, "chunks": len(self)})

    @classmethod
    def load(cls, path: Path, *, embed: EmbedQuery | None = None) -> Self:
        """
        Read a file that `save` wrote; 20,000 chunks in about a second.

        Raises:
            InputInvalid: The file is none of ours, damaged, or of another version.
        """
        arrays, about = read_snapshot(path)
        meaning = DenseIndex.from_arrays(arrays) if "matrix" in arrays else None
        words = LexicalIndex.from_arrays(arrays, int(about["chunks"]))
        return cls(ChunkTable.from_arrays(arrays), words, meaning, embed, about["about"])

    def _passages(self, hits: list[Hit], top_k: int) -> list[Hit]:
        found = passages(self.table, [hit.position for hit in hits], top_k)
        return [replace(hits[each.rank], chunk=text_of(self.table, each, hits[each.rank].chunk)) for each in found]

    def _vector(self, query: Query) -> Vectors | None:
        return self.embed(query.text) if self.meaning is not None and self.embed is not None else None

    def _allowed(self, language: str | None, section: str | None, roles: Collection[Role] | None) -> Mask:
        allowed = self.table.visible(roles)
        if language is not None:
            allowed = allowed & (self.table.languages == language)
        if section is not None:
            allowed = allowed & (self.table.sections == section)
        return allowed

    def _valid(self, today: date, asked: Asked, *, everything: bool) -> Mask:
        valid = np.ones(len(self), dtype=bool)
        if everything:
            return valid
        if not asked.old:
            valid &= ~self.table.superseded(today)
        if not asked.upcoming:
            valid &= ~self.table.upcoming(today)
        return valid

    def _bonus(self, query: Query, asked: Asked, today: date) -> NDArray[np.float32]:
        """(n,) what speaks for a chunk besides meaning and words."""
        bonus = np.where(self.table.languages == query.kind.language, _OWN_LANGUAGE, 0.0)
        for year in asked.years:
            bonus = bonus + _RIGHT_TIME * (self.table.in_force_during(year) + 0.5 * self.table.begins_in(year))
        if not asked.years and asked.old:
            bonus = bonus + _RIGHT_TIME * self.table.superseded(today)
        if not asked.years and asked.upcoming:
            bonus = bonus + _RIGHT_TIME * self.table.upcoming(today)
        return bonus.astype(np.float32)

    def _rank(
        self, query: Query, vector: Vectors | None, allowed: Mask, bonus: NDArray[np.float32], top_k: int
    ) -> list[Hit]:
        rows = features(query, self.words, self.meaning, vector, self.table.languages)
        has_vectors = self.meaning is not None and vector is not None
        weights = load_weights()[Kind(query.kind), has_vectors]
        scores = np.where(allowed, rows @ weights.rank + bonus, -np.inf)
        wanted = min(int(allowed.sum()), _CANDIDATES * top_k + 10)
        top = np.argpartition(-scores, wanted - 1)[:wanted]
        top = top[np.lexsort((top, -scores[top]))]
        chances = dict(zip(top.tolist(), relevance(rows[top], weights, query).tolist(), strict=True))
        candidates = [Candidate(self.table, int(position)) for position in top]
        hits = []
        for best, others in grouped(candidates, query.kind.language, self.meaning, top_k):
            group = [best, *others]
            row = rows[best.position]
            hits.append(
                Hit(
                    best.chunk,
                    float(max(scores[each.position] for each in group)),
                    max(chances[each.position] for each in group),
                    Why(float(row[0]) if has_vectors else None, *map(float, row[1:4])),
                    tuple(other.chunk.id for other in others),
                    best.position,
                )
            )
        return hits


def _check(top_k: int) -> None:
    if not 1 <= top_k <= 100:
        raise InputInvalid(f"top_k is {top_k}; ask for 1 to 100 hits.")


def _times(query: str, as_of: date | None) -> tuple[date, Asked]:
    """The day to answer for, and the other times that the query names."""
    today = as_of or datetime.now(UTC).date()
    return today, asked_versions(query, today)


def _spread(hits: list[Hit]) -> list[Hit]:
    ranked = spread_out((hit.chunk.document, hit.score) for hit in hits)
    return [replace(hits[place], score=score) for place, score in ranked]


def _reranked(query: str, hits: list[Hit], rerank: Rerank) -> list[Hit]:
    judged = rerank(query, [hit.chunk for hit in hits])
    again = [
        replace(hit, score=float(value), relevance=min(1.0, max(0.0, float(value))))
        for hit, value in zip(hits, judged, strict=True)
    ]
    return sorted(again, key=lambda hit: -hit.score)
