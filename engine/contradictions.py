"""Two documents that give different numbers for the same: "free for the first 4 hours" here, "first 2 hours" there."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from innkeeper.engine.measures import measures
from innkeeper.engine.search.lexicon import MAX_WORDS, load_lexicon
from innkeeper.engine.search.queries import FUNCTION_WORDS
from innkeeper.engine.search.tokens import exact_term, folded_term, tokens
from innkeeper.engine.sentences import split_sentences
from innkeeper.schemas.knowledge import Chunk
from innkeeper.schemas.knowledge_index import Contradiction, Statement

SAME_SUBJECT = 0.85  # of the weight of a statement's words, that the other's statement and headings have too
_CROSS_LANGUAGE = 0.75  # some words have no translation in the lexicon
_SAME_VALUE = 0.6  # from here on a second statement of a document explains the other document's number
_LEAST_SHARED = 2  # words of the statements themselves
_KEYS = 4  # of a statement, its rarest words: pairs without one in common are not compared
_MOST_COMPARED = 60  # statements with the same key; a word that more have says little
_MAX_TEXT = 300

Words = frozenset[str]


@dataclass(frozen=True)
class _Fact:
    """A statement with numbers of one kind; `words` are its own, `context` also those of its headings and title."""

    chunk: Chunk
    text: str
    kind: str
    values: frozenset[str]
    words: Words
    context: Words


def find_contradictions(chunks: Sequence[Chunk]) -> list[Contradiction]:
    """
    Pairs of statements from different documents, about the same and with other numbers, surest first.

    Args:
        chunks: Of documents in force only; an older version is supposed to differ.

    Returns:
        At most one pair per kind of number and pair of documents' headings. Precision comes first: statements whose
        words differ in more than a little are taken to speak of different things.
    """
    facts = [fact for chunk in chunks for fact in _facts(chunk)]
    weights = _weights(facts)
    found: dict[tuple[str, ...], Contradiction] = {}
    by_document = _by_document(facts)
    for first, second in _pairs(facts, weights):
        score = _likeness(first, second, weights)
        if score < _threshold(first, second) or _explained(first, second, by_document, weights):
            continue
        key = (first.chunk.document, second.chunk.document, first.kind, _heading(first.chunk), _heading(second.chunk))
        if key not in found or found[key].score < score:
            found[key] = _contradiction(first, second, score)
    return sorted(found.values(), key=lambda each: (-each.score, each.first.document, each.second.document))


def _facts(chunk: Chunk) -> Iterator[_Fact]:
    around = _all_words(" ".join((chunk.title, *chunk.heading_path)))
    for clause in _clauses(chunk):
        by_kind: dict[str, set[str]] = defaultdict(set)
        measured, rest = measures(clause)
        for measure in measured:
            by_kind[measure.kind].add(measure.value)
        own = _words(rest)
        for kind, values in by_kind.items():
            yield _Fact(chunk, clause, kind, frozenset(values), own, _all_words(rest) | around)


def _clauses(chunk: Chunk) -> Iterator[str]:
    """Rows without their headers; parts of sentences between semicolons."""
    for line in chunk.text.split("\n"):
        if chunk.row_start is not None and ": " in line:
            yield "; ".join(cell.partition(": ")[2] or cell for cell in line.split("; "))
        else:
            for sentence in split_sentences(line):
                yield from (part for part in re.split(r"; | – | — ", sentence) if part.strip())


def _words(text: str) -> Words:
    """Content words; words and phrases of the lexicon as one name in both languages."""
    return frozenset(word for words in _read(text) for word in words[:1])


def _all_words(text: str) -> Words:
    """The same with the words inside phrases: "luggage storage" also says "luggage" and "storage"."""
    return frozenset(word for words in _read(text) for word in words)


def _read(text: str) -> Iterator[list[str]]:
    """Each word or phrase: its name, then those of its parts."""
    terms = [exact_term(token) for token in tokens(text) if not token[0].isdigit()]
    position = 0
    while position < len(terms):
        length = next((n for n in range(MAX_WORDS, 1, -1) if _concept(tuple(terms[position : position + n]), n)), 1)
        parts = terms[position : position + length]
        whole = [_concept(tuple(parts), length)] if length > 1 else []
        yield whole + [
            _concept((term,), 1) or folded_term(term) for term in parts if term not in FUNCTION_WORDS and len(term) > 1
        ]
        position += length


def _concept(phrase: tuple[str, ...], length: int) -> str:
    """Name of what a phrase of the lexicon means; empty for other phrases."""
    lexicon = load_lexicon()
    found = (lexicon.en.get(phrase) or lexicon.vi.get(phrase)) if len(phrase) == length else None
    return "/".join(found[0].en[0] or phrase) if found and found[0].en else ""


def _weights(facts: Iterable[_Fact]) -> dict[str, float]:
    """Inverse document frequency of each word."""
    documents: dict[str, set[str]] = defaultdict(set)
    for fact in facts:
        for word in fact.context:
            documents[word].add(fact.chunk.document)
    total = len({name for names in documents.values() for name in names})
    return {word: math.log(1 + total / len(names)) for word, names in documents.items()}


def _by_document(facts: Iterable[_Fact]) -> dict[tuple[str, str], list[_Fact]]:
    found: dict[tuple[str, str], list[_Fact]] = defaultdict(list)
    for fact in facts:
        found[fact.chunk.document, fact.kind].append(fact)
    return found


def _pairs(facts: Sequence[_Fact], weights: dict[str, float]) -> Iterator[tuple[_Fact, _Fact]]:
    """Facts of different documents that share a rare word and differ in their numbers, each pair once."""
    keyed: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, fact in enumerate(facts):
        for word in sorted(fact.words, key=lambda word: (-weights[word], word))[:_KEYS]:
            keyed[fact.kind, word].append(place)
    pairs = Counter(
        pair for places in keyed.values() if len(places) <= _MOST_COMPARED for pair in combinations(places, 2)
    )
    for one, other in sorted(pairs):
        first, second = facts[one], facts[other]
        if first.chunk.document != second.chunk.document and _differ(first.values, second.values):
            yield first, second


def _differ(first: frozenset[str], second: frozenset[str]) -> bool:
    return not (first <= second or second <= first)


def _likeness(first: _Fact, second: _Fact, weights: dict[str, float]) -> float:
    """0 to 1: how much of each statement the other one, with its headings, says too."""
    if len(first.words & second.words) < _LEAST_SHARED:
        return 0.0
    return min(_covered(first.words, second.context, weights), _covered(second.words, first.context, weights))


def _covered(words: Words, context: Words, weights: dict[str, float]) -> float:
    whole = sum(weights[word] for word in words)
    return sum(weights[word] for word in words & context) / whole if whole else 0.0


def _threshold(first: _Fact, second: _Fact) -> float:
    return SAME_SUBJECT if first.chunk.language == second.chunk.language else _CROSS_LANGUAGE


def _explained(
    first: _Fact, second: _Fact, by_document: dict[tuple[str, str], list[_Fact]], weights: dict[str, float]
) -> bool:
    """Whether one document also states the other's numbers for much the same: it only says more."""
    for one, other in ((first, second), (second, first)):
        near = [
            fact.values
            for fact in by_document[one.chunk.document, one.kind]
            if fact is not one and _covered(other.words, fact.context, weights) >= _SAME_VALUE
        ]
        if other.values <= one.values.union(*near):
            return True
    return False


def _contradiction(first: _Fact, second: _Fact, score: float) -> Contradiction:
    return Contradiction(
        subject=_heading(first.chunk),
        kind=first.kind,
        score=round(score, 3),
        first=_statement(first),
        second=_statement(second),
    )


def _statement(fact: _Fact) -> Statement:
    return Statement(
        document=fact.chunk.document,
        heading=_heading(fact.chunk),
        text=fact.text[:_MAX_TEXT],
        values=tuple(sorted(fact.values)),
    )


def _heading(chunk: Chunk) -> str:
    return " › ".join(dict.fromkeys((chunk.title, *chunk.heading_path)))
