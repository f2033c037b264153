"""Read an answer out of what a search found, or say that it is not there."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from innkeeper.engine.reading.answerable import confidence
from innkeeper.engine.reading.asks import is_thin, split_asks, split_sides
from innkeeper.engine.reading.choosing import WORDS, choose
from innkeeper.engine.reading.cues import held_kinds
from innkeeper.engine.reading.learnt import load_weights
from innkeeper.engine.reading.narrowing import narrowed, without_excluded
from innkeeper.engine.reading.scoring import FEATURES, LOOSE_KINDS, Read, read_units
from innkeeper.engine.reading.terms import body_of, match, named_words
from innkeeper.engine.reading.units import Unit
from innkeeper.engine.reading.wording import (
    ROW_WORDS,
    Language,
    document_text,
    framed,
    heading_text,
    unit_text,
    words_of,
)
from innkeeper.engine.search.index import SearchIndex, SearchResult
from innkeeper.engine.search.lexical import LexicalIndex
from innkeeper.engine.search.queries import MAX_CHARS, Kind, read_query

KNOWN = 0.5  # confidence from which on the documents are taken to answer
MAX_WORDS = 78  # hard limit of the text; the specification's is 80
_HEADING_WORDS = 9
_NAMED = 0.6
_TITLE_SHARE = 0.6
_PART_WORDS = 36  # of each of two asks
_SIDE_KNOWN = 0.3  # less than for an answer: the question as a whole decides whether there is one
_NAMES_MORE = 0.1  # of the question's information
_SIDE_LIMIT = 26  # words of each of two things of which the same is asked
_SHORTHAND = (
    (re.compile(r"\bc/o\b", re.IGNORECASE), "check-out"),
    (re.compile(r"\bc/i\b", re.IGNORECASE), "check-in"),
    (re.compile(r"\bw/\s?", re.IGNORECASE), "with "),
)


@dataclass(frozen=True)
class Cited:
    """A passage that an answer quotes."""

    document: str
    page: int | None
    title: str
    confidence: float
    chunk_id: str


@dataclass(frozen=True)
class Reading:
    """
    An answer in the documents' own words.

    Attributes:
        text: At most 80 words; empty when nothing was found.
        cited: Without repeats, in the order of the text.
        confidence: Calibrated probability in [0, 1] that the question is answered.
        answerable: Whether to say it; else the caller says that it does not know.
        parts: The quoted units as they stand in the passages.
    """

    text: str
    cited: tuple[Cited, ...]
    confidence: float
    answerable: bool
    parts: tuple[str, ...]


NOTHING = Reading("", (), 0.0, False, ())


@dataclass(frozen=True)
class _Pick:
    """A unit to quote, its text, and the reading that chose it."""

    unit: Unit
    text: str
    found: Read
    place: int


def read(
    question: str,
    result: SearchResult,
    *,
    language: Language,
    index: SearchIndex | None = None,
    find: Callable[[str], SearchResult] | None = None,
) -> Reading:
    """
    Answer a question from the hits of a search, in a few milliseconds.

    Args:
        question: As it was asked, in either language.
        result: Of `SearchIndex.find` with 6 to 8 hits for the same question and the reader's roles.
        language: Of the answer.
        index: Where the search was done; tells how much a word says. Without it the hits have to tell.
        find: Searches again, with the same rights, for each part of a question in parts; without it the hits are all.
    """
    if not result.hits:
        return NOTHING
    words = index.words if index is not None else LexicalIndex.build(hit.chunk.search_text() for hit in result.hits)
    question = question[:MAX_CHARS]
    for short, full in _SHORTHAND:
        question = short.sub(full, question)
    meant, excluded = without_excluded(question)
    if meant != question:
        result = narrowed(find(meant) if find is not None else result, question, excluded)
    elif find is None or not excluded:
        result = narrowed(result, question, "")
    query = read_query(meant, words)
    meant = query.text if query.kind is Kind.VI_PLAIN else meant  # cuts are found between words with accents
    asks = split_asks(meant)
    if len(asks) > 1:
        return _of_asks(meant, asks, result, words, find, language)
    whole = _part(meant, meant, None, result, words)
    sides = split_sides(meant) if find is not None else None
    if sides is None or find is None:
        return _reading(whole[1], whole[0], language)
    return _of_sides(whole, [_side(side, find(side), words) for side in sides], language)


def _of_asks(
    question: str,
    asks: list[str],
    result: SearchResult,
    words: LexicalIndex,
    find: Callable[[str], SearchResult] | None,
    language: Language,
) -> Reading:
    """Each part by a search of its own; known when one of them is."""
    picks: list[_Pick] = []
    chances: list[float] = []
    for number, part in enumerate(asks):
        ask = f"{part} {' '.join(named_words(asks[0]))}" if number and is_thin(part) else part
        own = find(ask) if find is not None and ask != question else result
        chance, found = _part(ask, question, part, own, words, 2 * _PART_WORDS // len(asks))
        chances.append(chance)
        picks += found
    best = max(chances)
    return _reading(picks, max((best + min(chances)) / 2, KNOWN if best >= KNOWN else 0.0), language)


def _of_sides(whole: tuple[float, list[_Pick]], sides: list[tuple[float, list[_Pick]]], language: Language) -> Reading:
    """Two things of which the same is asked: what is known of each, then what the question as a whole found."""
    known = [picks for chance, picks in sides if chance >= _SIDE_KNOWN]
    chance = max(whole[0], min(chance for chance, _ in sides))
    rest = whole[1][:1] if len(known) == len(sides) else whole[1]
    return _reading([*(pick for picks in known for pick in picks), *rest], chance, language)


def _side(side: str, result: SearchResult, words: LexicalIndex) -> tuple[float, list[_Pick]]:
    """As `_part`, with the unit that names more of the side by its document's title: "beer from room service"."""
    chance, picks = _part(side, side, None, result, words, _SIDE_LIMIT)
    if not picks:
        return chance, picks
    found = picks[0].found
    titled = found.features[:, FEATURES.index("titled")]
    place = int(titled.argmax())
    if titled[place] > max(titled[pick.place] for pick in picks) + _NAMES_MORE:
        unit = found.units[place]
        picks = [_Pick(unit, unit_text(unit, _wanted_cells(found, unit)), found, place), *picks]
    return chance, picks


def _part(
    ask: str, question: str, part: str | None, result: SearchResult, words: LexicalIndex, limit: int = WORDS
) -> tuple[float, list[_Pick]]:
    """The chance that one of several parts is answered, and what to quote for it."""
    if not result.hits:
        return 0.0, []
    beside = read_query(question, words) if ask != question else None
    found = read_units(read_query(ask, words), ask, result, words, part=part, beside=beside)
    if not found.units or not found.terms:
        return 0.0, []
    scores, chosen, texts = plan_answer(found, load_weights().unit, limit)
    picks = [_Pick(found.units[place], texts[place], found, place) for place in chosen]
    return confidence(found, result, scores, chosen), picks


def _reading(picks: list[_Pick], chance: float, language: Language) -> Reading:
    """The answer that the picks make, each said once."""
    once = {(pick.unit.hit.chunk.document, pick.unit.text): pick for pick in reversed(picks)}
    kept = [pick for pick in picks if once[pick.unit.hit.chunk.document, pick.unit.text] is pick]
    if not kept:
        return NOTHING
    text, shown = _worded(kept, language)
    return Reading(text, _cited(shown, chance), chance, chance >= KNOWN, tuple(pick.unit.text for pick in shown))


def plan_answer(
    found: Read, weights: NDArray[np.float32], limit: int = WORDS
) -> tuple[NDArray[np.float32], list[int], list[str]]:
    """Log-odds (m,) of the units, the places of those to quote in `limit` words, and the text of each."""
    scores = found.features @ weights
    texts = [unit_text(unit, _wanted_cells(found, unit)) for unit in found.units]
    return scores, choose(found, scores, [words_of(text) for text in texts], limit), texts


def _wanted_cells(found: Read, unit: Unit) -> frozenset[int]:
    """Cells of a long row that the question names by their header or value, or else those of the kind it asks for."""
    if not unit.cells or words_of(unit.text) <= ROW_WORDS:
        return frozenset()
    specific = found.asked - LOOSE_KINDS
    named, stated, told = set(), set(), set()
    for place, (header, value) in enumerate(unit.cells):
        if _names(found, header) and place:
            named.add(place)
        if _names(found, value):
            told.add(place)
        if not specific or held_kinds(f"{header} {value}", specific):
            stated.add(place)
    return frozenset(told | (named if named & stated else named | stated))


def _names(found: Read, text: str) -> bool:
    body = body_of(text)
    return any(not term.is_frame and match(term, body) >= _NAMED for term in found.terms)


def _worded(picks: list[_Pick], language: Language) -> tuple[str, list[_Pick]]:
    """The text, and what it holds in its order; the last chosen go where it is too long."""
    while True:
        documents: dict[str, list[_Pick]] = {}
        for pick in picks:  # the document of the best first
            documents.setdefault(pick.unit.hit.chunk.document, []).append(pick)
        order = [sorted(own, key=lambda pick: (pick.unit.hit.position, pick.unit.place)) for own in documents.values()]
        text = " ".join(_paragraph(own, language) for own in order)
        if words_of(text) <= MAX_WORDS:
            return text, [pick for own in order for pick in own]
        if len(picks) == 1:
            return " ".join(text.split()[: MAX_WORDS - 1]) + " …", picks
        picks = picks[:-1]


def _paragraph(picks: list[_Pick], language: Language) -> str:
    prefixes: dict[int, str] = {}
    last: tuple[str, ...] = ()
    for pick in picks:
        held = pick.found.own[[each.place for each in picks if each.found is pick.found]].max(axis=0)
        heading = _heading(pick.found, pick.unit, held)
        if heading and pick.unit.headings != last:
            prefixes[id(pick.unit)] = f"{heading}: "
        last = pick.unit.headings
    shown = {id(pick.unit): pick.text for pick in picks}
    chunk = picks[0].unit.hit.chunk
    text = document_text([pick.unit for pick in picks], shown, prefixes)
    return framed(text, chunk.title, chunk.language, language)


def _heading(found: Read, unit: Unit, held: NDArray[np.float32]) -> str:
    """The heading that says what a unit is about, where the question names it and the quoted units do not."""
    for heading in reversed(unit.headings):
        if heading.endswith("?") or words_of(heading) > _HEADING_WORDS:
            continue
        body = body_of(heading)
        names = np.array([match(term, body) for term in found.terms])
        if ((names > held) & (found.weights >= 0.3)).any() and not _is_title(heading, unit):
            return heading_text(heading)
    return ""


def _is_title(heading: str, unit: Unit) -> bool:
    """Whether a heading only says what document it is."""
    words, title = body_of(heading).words, body_of(unit.hit.chunk.title).words
    return len(words & title) >= _TITLE_SHARE * min(len(words), max(len(title), 1)) and len(words & title) > 1


def _cited(picks: list[_Pick], chance: float) -> tuple[Cited, ...]:
    cited: dict[str, Cited] = {}
    for pick in picks:
        chunk = pick.unit.hit.chunk
        share = round(min(chance, 0.99) * (1.0 if not cited else 0.9), 3)
        cited.setdefault(chunk.document, Cited(chunk.document, chunk.page, chunk.title, share, chunk.id))
    return tuple(cited.values())
