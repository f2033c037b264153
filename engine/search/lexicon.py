"""English–Vietnamese terms of hotel documents (`lexicon.tsv`) and of things guests ask for (`items.tsv`)."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from innkeeper.engine.search.tokens import exact_term, folded_term, tokens

MAX_WORDS = 5  # of a phrase
_FILES = (("innkeeper.engine.search", "lexicon.tsv"), ("innkeeper.engine.entities", "items.tsv"))
_MAX_ALTERNATIVES = 4  # per language; the first of a row are the usual ones

Phrase = tuple[str, ...]
"""Exact terms of a word or phrase."""


class Concept(NamedTuple):
    """One row: what can be said for the same thing in each language."""

    en: tuple[Phrase, ...]
    vi: tuple[Phrase, ...]


class Lexicon(NamedTuple):
    """Concepts by the phrases that name them; `vi_plain` holds the Vietnamese ones without accents."""

    en: dict[Phrase, list[Concept]]
    vi: dict[Phrase, list[Concept]]
    vi_plain: dict[Phrase, list[Concept]]


@cache
def load_lexicon() -> Lexicon:
    """Read both files, once per process (about 60 ms)."""
    lexicon = Lexicon({}, {}, {})
    for concept in concepts():
        for phrase in concept.en:
            lexicon.en.setdefault(phrase, []).append(concept)
        for phrase in concept.vi:
            lexicon.vi.setdefault(phrase, []).append(concept)
            lexicon.vi_plain.setdefault(tuple(map(folded_term, phrase)), []).append(concept)
    return lexicon


def concepts() -> Iterator[Concept]:
    """Every row of both files, the hotel terms first."""
    for package, name in _FILES:
        for line in (files(package) / name).read_text(encoding="utf-8").splitlines():
            columns = line.split("\t")
            if len(columns) != 4 or line.startswith("#"):
                continue
            _, name, english, vietnamese = columns
            yield Concept(_phrases(f"{name},{english}"), _phrases(vietnamese))


def _phrases(variants: str) -> tuple[Phrase, ...]:
    found = (phrase(variant) for variant in variants.split(","))
    return tuple(dict.fromkeys(terms for terms in found if terms))[:_MAX_ALTERNATIVES]


def phrase(text: str) -> Phrase:
    """The exact terms of a short text."""
    return tuple(exact_term(token) for token in tokens(text))
