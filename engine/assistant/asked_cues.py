"""The phrases that tell what a question asks (`asked_cues.tsv`), found in one pass over its words."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from innkeeper.engine.assistant.asked_text import Token, tokenize
from innkeeper.engine.text import fold, lowered

_GAPS = {"…": 4, "……": 7}  # words that may stand between


class Cue(NamedTuple):
    """A phrase that was found, in words (`first`, `last` inclusive) and in characters."""

    label: str
    first: int
    last: int
    start: int
    end: int


class _Term(NamedTuple):
    """A word of a phrase: its spellings, their folded forms, and whether any ending may follow."""

    spellings: tuple[str, ...]
    plain: tuple[str, ...]
    is_open: bool

    def matches(self, token: Token) -> bool:
        if self.is_open:
            return token.text.startswith((*self.spellings, *self.plain))
        return token.text in self.spellings or token.text in self.plain


_Terms = tuple[_Term | int, ...]  # a number is a gap of at most so many words
_Phrase = tuple[str, _Terms]


def find_cues(tokens: Sequence[Token], *, plain: bool) -> list[Cue]:
    """
    Every phrase that stands in `tokens`, in order; phrases may overlap.

    Args:
        tokens: Words of a question.
        plain: Whether a word without accents may stand for one with them.
    """
    by_first, opens = _phrases(plain)
    found: list[Cue] = []
    for place, token in enumerate(tokens):
        candidates = by_first.get(token.text, ())
        for label, terms in (
            *candidates,
            *(each for each in opens if isinstance(first := each[1][0], _Term) and first.matches(token)),
        ):
            last = _end(terms, 1, tokens, place)
            if last is not None:
                found.append(Cue(label, place, last, token.start, tokens[last].end))
    return found


def _end(terms: _Terms, at: int, tokens: Sequence[Token], place: int) -> int | None:
    """Index of the last word of the shortest match of `terms[at:]` behind `place`."""
    if at == len(terms):
        return place
    term = terms[at]
    if isinstance(term, _Term):
        fits = place + 1 < len(tokens) and term.matches(tokens[place + 1])
        return _end(terms, at + 1, tokens, place + 1) if fits else None
    for skipped in range(term + 1):
        if place + skipped + 1 >= len(tokens):
            return None
        last = _end(terms, at + 1, tokens, place + skipped)
        if last is not None:
            return last
    return None


@cache
def _phrases(plain: bool) -> tuple[dict[str, list[_Phrase]], list[_Phrase]]:
    """Phrases by the spellings of their first word, and those that begin with an open word."""
    by_first: dict[str, list[_Phrase]] = {}
    opens: list[_Phrase] = []
    for label, phrase in _rows():
        terms = tuple(_terms(phrase, plain=plain))
        first = terms[0]
        if isinstance(first, int) or first.is_open:
            opens.append((label, terms))
            continue
        for spelling in {*first.spellings, *first.plain}:
            by_first.setdefault(spelling, []).append((label, terms))
    return by_first, opens


def _rows() -> Iterator[tuple[str, str]]:
    for line in (files(__package__) / "asked_cues.tsv").read_text(encoding="utf-8").splitlines():
        label, _, phrases = line.partition("\t")
        if phrases and not label.startswith("#"):
            yield from ((label, phrase.lstrip()) for phrase in phrases.split("|"))


def _terms(phrase: str, *, plain: bool) -> Iterator[_Term | int]:
    for written in lowered(phrase).split():
        if written in _GAPS:
            yield _GAPS[written]
        elif "/" in written:
            words = tuple(written.split("/"))
            yield _Term(words, tuple(map(fold, words)) if plain else (), is_open=False)
        elif written.endswith("*"):
            yield _Term((written[:-1],), (fold(written[:-1]),) if plain else (), is_open=True)
        elif written.startswith("="):
            yield _Term((written[1:],), (), is_open=False)
        else:
            yield from (
                _Term((token.text,), (token.plain,) if plain else (), is_open=False) for token in tokenize(written)
            )
