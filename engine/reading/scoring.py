"""How likely each sentence, list item or row is to hold what a question asks for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from innkeeper.engine.reading.cues import Asked, asked_kinds, held_kinds
from innkeeper.engine.reading.limits import Named, edition_fit, fit, named
from innkeeper.engine.reading.terms import Term, body_of, content_terms, match
from innkeeper.engine.reading.units import Unit, units_of
from innkeeper.engine.search.index import Hit, SearchResult
from innkeeper.engine.search.lexical import LexicalIndex
from innkeeper.engine.search.queries import FUNCTION_WORDS, Query

Rows = NDArray[np.float32]

LOOSE_KINDS = frozenset((Asked.YES_NO, Asked.HOW))  # every text may hold an answer of these kinds
_BESIDE = 0.25  # what the words of other parts of the question count, in all no more than this of its own
_BARE_NUMBER = np.float32(0.6)
FEATURES = (
    "own", "context", "titled", "passage", "nearby", "telling", "kind_held", "kind_missing", "relevance", "rank",
    "behind", "dense", "language", "row", "item", "opens", "length", "pairs", "numbers", "numbers_missing",
    "own_share", "context_share", "after", "kind_context", "heading_asks", "position",
    "fits", "clashes", "edition",
)  # fmt: skip


@dataclass(frozen=True)
class Read:
    """
    A question beside what was found for it.

    Attributes:
        units: m of all hits, in order of rank and place.
        own, context: (m, t) how far a unit, or it with its headings, holds each term.
        passages: (hits, t) the same for a whole passage with its title.
        kinds: What each unit states of what is asked for.
        features: (m, len(FEATURES)).
    """

    query: Query
    terms: list[Term]
    asked: frozenset[Asked]
    units: list[Unit]
    own: Rows
    context: Rows
    passages: Rows
    kinds: list[frozenset[Asked]]
    features: Rows

    @property
    def weights(self) -> Rows:
        """(t,) information of the terms."""
        return np.array([term.weight for term in self.terms], dtype=np.float32)


def read_units(
    query: Query,
    question: str,
    result: SearchResult,
    words: LexicalIndex,
    *,
    part: str | None = None,
    beside: Query | None = None,
) -> Read:
    """
    Lay a question beside the units of its hits.

    Args:
        part: What is asked for now, where the question has several parts.
        beside: The question with all its parts; what the others name counts a little ("for a suite").
    """
    terms = content_terms(query, words)
    if beside is not None:
        told = {term.words for term in terms}
        others = [term for term in content_terms(beside, words) if term.words not in told and not term.is_frame]
        others = [term for term in others if term.known]
        share = sum(term.weight for term in terms) / max(sum(term.weight for term in others), 1e-6)
        terms += [replace(term, weight=_BESIDE * min(1.0, share) * term.weight) for term in others]
    units = [unit for rank, hit in enumerate(result.hits) for unit in units_of(hit, rank)]
    own = np.array([[match(term, body_of(unit.text)) for term in terms] for unit in units], dtype=np.float32)
    heads = {key: _held(terms, key) for key in {_above(unit) for unit in units}}
    above = np.array([heads[_above(unit)] for unit in units], dtype=np.float32)
    own, above = own.reshape(len(units), len(terms)), above.reshape(len(units), len(terms))
    limits = named(question)
    fits = np.array([fit(limits, unit.text) for unit in units], dtype=np.float32)
    own = _with_fits(own, terms, fits)
    context = np.maximum(own, np.float32(0.9) * above)
    ranks = np.array([unit.rank for unit in units])
    titles = np.array([_held(terms, hit.chunk.title) for hit in result.hits], dtype=np.float32)
    passages = np.array(
        [np.maximum(context[ranks == rank].max(axis=0), titles[rank]) for rank in range(len(result.hits))]
    )
    asked = asked_kinds(part) if part else asked_kinds(question) | asked_kinds(query.text)
    kinds = [held_kinds(unit.text, asked - LOOSE_KINDS) for unit in units]
    read = Read(query, terms, asked, units, own, context, passages, kinds, np.zeros((0, 0), dtype=np.float32))
    features = _features(read, result, titles, limits, fits)
    return Read(query, terms, asked, units, own, context, passages, kinds, features)


def _above(unit: Unit) -> str:
    return "\n".join((*unit.headings, unit.lead))


def _held(terms: Sequence[Term], text: str) -> list[float]:
    body = body_of(text)
    return [match(term, body) for term in terms]


def _features(read: Read, result: SearchResult, titles: Rows, limits: Named, fits: Rows) -> Rows:
    units, weights = read.units, read.weights
    total = max(float(weights.sum()), 1e-6)
    ranks = np.array([unit.rank for unit in units])
    own, context = read.own @ weights / total, read.context @ weights / total
    titled = np.maximum(read.context, np.float32(0.8) * titles[ranks]) @ weights / total
    passage = (read.passages @ weights / total)[ranks]
    before, after = _shifted(read.own, ranks, 1), _shifted(read.own, ranks, -1)
    nearby = np.maximum(read.own, np.maximum(before, after)) @ weights / total - own
    telling = (read.context * weights).max(axis=1, initial=0.0)
    specific = read.asked - LOOSE_KINDS
    held = np.array([len(kinds & specific) / max(1, len(specific)) for kinds in read.kinds], dtype=np.float32)
    missing = np.array([bool(specific) and not kinds & specific for kinds in read.kinds], dtype=np.float32)
    relevance = np.array([hit.relevance for hit in result.hits], dtype=np.float32)[ranks]
    dense = np.array([hit.why.dense or 0.0 for hit in result.hits], dtype=np.float32)[ranks]
    numbers = np.array([term.is_number for term in read.terms], dtype=bool)
    with_number = read.context[:, numbers].mean(axis=1) if numbers.any() else np.zeros(len(units))
    editions = np.array([_edition(limits, hit) for hit in result.hits], dtype=np.float32)[ranks]
    columns = (
        own, context, titled, passage, nearby, telling, held, missing, relevance, 1 / (1 + ranks),
        relevance.max(initial=0.0) - relevance, dense,
        np.array([unit.hit.chunk.language == read.query.kind.language for unit in units]),
        np.array([unit.kind == "row" for unit in units]), np.array([unit.kind == "item" for unit in units]),
        np.array([not unit.place or units[i - 1].paragraph != unit.paragraph for i, unit in enumerate(units)]),
        np.log([1 + len(unit.text.split()) for unit in units]) / 4, _pair_share(read), with_number,
        (1 - with_number) * bool(numbers.any()), own / max(float(own.max(initial=0.0)), 1e-6),
        context / max(float(context.max(initial=0.0)), 1e-6), before @ weights / total, held * context,
        np.array([bool(unit.headings) and unit.headings[-1].endswith("?") for unit in units]) * (context - own),
        np.minimum([unit.place for unit in units], 10) / 10,
        np.maximum(fits, 0), np.maximum(-fits, 0), editions,
    )  # fmt: skip
    return np.stack([np.asarray(column, dtype=np.float32) for column in columns], axis=1)


def _with_fits(own: Rows, terms: Sequence[Term], fits: Rows) -> Rows:
    """A figure of the question is held where a range takes it in, and only half where it merely stands in the text."""
    numbers = np.array([term.is_number for term in terms], dtype=bool)
    adapted = np.where(numbers, np.maximum(own * _BARE_NUMBER, np.maximum(fits, 0)[:, None]), own)
    return np.asarray(adapted, dtype=np.float32)


def _edition(asked: Named, hit: Hit) -> float:
    chunk = hit.chunk
    effective = str(chunk.effective_date.year) if chunk.effective_date else ""
    return edition_fit(asked, chunk.document, chunk.title) or edition_fit(asked, effective)


def _shifted(rows: Rows, ranks: NDArray[np.int64], by: int) -> Rows:
    """The rows of the unit before (`by` 1) or after (-1), zeros at the ends of a passage."""
    moved = np.roll(rows, by, axis=0)
    edge = np.roll(ranks, by) != ranks
    edge[0 if by > 0 else -1] = True
    moved[edge] = 0
    return moved


def _pair_share(read: Read) -> Rows:
    """(m,) share of the question's neighbouring words that stand side by side in each unit."""
    content = [word not in FUNCTION_WORDS for word in read.query.words]
    pairs = [
        f" {first} {second} "
        for (first, second), told in zip(pairwise(read.query.words), pairwise(content), strict=True)
        if all(told)
    ]
    if not pairs:
        return np.zeros(len(read.units), dtype=np.float32)
    bodies = [body_of(unit.text).exact for unit in read.units]
    return np.array([sum(pair in body for pair in pairs) / len(pairs) for body in bodies], dtype=np.float32)
