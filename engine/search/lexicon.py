"""Terms of hotel documents (`lexicon.tsv`), of guests' wishes (`items.tsv`), and loose synonyms (`synonyms.tsv`)."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from innkeeper.engine.search.tokens import exact_term, folded_term, tokens

MAX_WORDS = 5  # of a phrase
_TERMS, _SYNONYMS = 4, 8  # alternatives per language and row; the first of a row are the usual ones
_FILES = (
    ("innkeeper.engine.search", "lexicon.tsv", _TERMS),
    ("innkeeper.engine.entities", "items.tsv", _TERMS),
    ("innkeeper.engine.search", "synonyms.tsv", _SYNONYMS),
)

Phrase = tuple[str, ...]
"""Exact terms of a word or phrase."""


class Concept(NamedTuple):
    """One row: what can be said for the same thing in each language; `loose` when it is only near in meaning."""

    en: tuple[Phrase, ...]
    vi: tuple[Phrase, ...]
    loose: bool = False


class Lexicon(NamedTuple):
    """Concepts by the phrases that name them; `vi_plain` holds the Vietnamese ones without accents."""

    en: dict[Phrase, list[Concept]]
    vi: dict[Phrase, list[Concept]]
    vi_plain: dict[Phrase, list[Concept]]


@cache
def load_lexicon() -> Lexicon:
    """Read the files, once per process (about 70 ms)."""
    lexicon = Lexicon({}, {}, {})
    for concept in concepts():
        for phrase in concept.en:
            lexicon.en.setdefault(phrase, []).append(concept)
        for phrase in concept.vi:
            lexicon.vi.setdefault(phrase, []).append(concept)
            lexicon.vi_plain.setdefault(tuple(map(folded_term, phrase)), []).append(concept)
    return lexicon


def concepts() -> Iterator[Concept]:
    """Every row of the files, the hotel terms first."""
    for package, name, limit in _FILES:
        for line in (files(package) / name).read_text(encoding="utf-8").splitlines():
            columns = line.split("\t")
            if len(columns) != 4 or line.startswith("#"):
                continue
            _, first, english, vietnamese = columns
            yield Concept(_phrases(f"{first},{english}", limit), _phrases(vietnamese, limit), limit == _SYNONYMS)


def _phrases(variants: str, limit: int) -> tuple[Phrase, ...]:
    found = (phrase(variant) for variant in variants.split(","))
    return tuple(dict.fromkeys(terms for terms in found if terms))[:limit]


def phrase(text: str) -> Phrase:
    """The exact terms of a short text."""
    return tuple(exact_term(token) for token in tokens(text))
