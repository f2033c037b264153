"""The words that tell what an instruction asks for (`cues.tsv`), found in one pass; small misspellings are mended."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from innkeeper.engine.assistant.asked_text import Token, tokenize
from innkeeper.engine.text import fold, lowered

_GAPS = {"…": 3, "……": 6}  # words that may stand between
# The second syllable of these begins nothing: "kiểm tra phòng" is no "trả phòng", "xác nhận" no "nhắn".
_COMPOUNDS = frozenset(
    tuple(pair.split())
    for pair in [
        "kiem tra",
        "xac nhan",
        "bao tri",
        "ghi nhan",
        "tiep nhan",
        "thanh toan",
        "quan ly",
        "nhan vien",
        "thong bao",
        "buong phong",
        "thong tin",
        "thong nghet",
        "ca nhan",
        "dam bao",
        "chinh sach",
        "danh sach",
        "yeu cau",
        "ky thuat",
        "sua chua",
        "dat phong",
    ]
)
_COUNTERS = frozenset({"doi", "bo", "cap", "tam"})
_COUNT_DIGITS = 2
_MENDED_LETTERS = 5  # shorter words are too easily other words


class Cue(NamedTuple):
    """A phrase that was found, in words (`first`, `last` inclusive) and in characters."""

    label: str
    first: int
    last: int
    start: int
    end: int


class _Word(NamedTuple):
    """A word of a phrase: its spellings, and whether any ending may follow."""

    spellings: frozenset[str]
    is_open: bool

    def matches(self, token: Token) -> bool:
        if self.is_open:
            return token.text.startswith(tuple(self.spellings))
        return token.text in self.spellings


_Terms = tuple[_Word | int, ...]  # a number is a gap of at most so many words


def find_cues(tokens: Sequence[Token], *, plain: bool) -> tuple[Cue, ...]:
    """
    Every phrase that stands in `tokens`, in order; phrases may overlap, but one inside a longer one of its label is
    left out.

    Args:
        tokens: Words of an instruction or of a part of it.
        plain: Whether a word without accents may stand for one with them.
    """
    table = _phrases(plain)
    found: list[Cue] = []
    for place, token in enumerate(tokens):
        if place and (tokens[place - 1].plain, token.plain) in _COMPOUNDS:
            continue
        if (
            place
            and token.plain in _COUNTERS
            and len(tokens[place - 1].text) <= _COUNT_DIGITS
            and (tokens[place - 1].text.isdigit())
        ):
            continue  # "2 doi dep": a pair ("đôi"), nothing is changed ("đổi")
        longest: dict[str, int] = {}
        for label, terms in table.get(token.text, ()):
            last = _end(terms, 1, tokens, place)
            if last is not None and last >= longest.get(label, 0):
                longest[label] = last
        found += [Cue(label, place, last, token.start, tokens[last].end) for label, last in longest.items()]
    return tuple(found)


def mended(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The words with misspelt ones written right: "chekc" is "check", "confrimation" is "confirmation"."""
    return tuple(token._replace(text=right, plain=right) if (right := _right(token)) else token for token in tokens)


def _right(token: Token) -> str | None:
    word = token.text
    if len(word) < _MENDED_LETTERS or not word.isascii() or not word.isalpha() or word in _known():
        return None
    near = {right for form in (word, *_shorter(word)) for right in _by_shorter().get(form, ())}
    fitting = sorted(right for right in near if right[0] == word[0] and _is_slip(word, right))
    return fitting[0] if len(fitting) == 1 else None


def _is_slip(word: str, right: str) -> bool:
    """A letter too many, one missing, or two swapped; another letter makes another word ("leaking", "leaving")."""
    return len(word) != len(right) or sorted(word) == sorted(right)


def _shorter(word: str) -> Iterator[str]:
    return (word[:place] + word[place + 1 :] for place in range(len(word)))


@cache
def _by_shorter() -> dict[str, tuple[str, ...]]:
    """Long English words of the phrases by each of their forms that lacks a letter."""
    table: dict[str, tuple[str, ...]] = {}
    for word in sorted(_english()):
        for form in {word, *_shorter(word)}:
            table[form] = (*table.get(form, ()), word)
    return table


@cache
def _english() -> frozenset[str]:
    spelt = (spelling for _, phrase in _rows() for word in _terms(phrase, plain=False) if isinstance(word, _Word)
             for spelling in word.spellings if not word.is_open)  # fmt: skip
    return frozenset(word for word in spelt if word.isascii() and word.isalpha() and len(word) >= _MENDED_LETTERS)


@cache
def _known() -> frozenset[str]:
    """Words that are right as they are."""
    rows = (spelling for label, phrase in _rows() if label == "right" for spelling in phrase.split())
    own = (spelling for _, phrase in _rows() for word in _terms(phrase, plain=True) if isinstance(word, _Word)
           for spelling in word.spellings)  # fmt: skip
    known = {*rows, *own}
    return frozenset(known | {word + ending for word in known for ending in ("s", "d", "ed", "ing", "r")})


def _end(terms: _Terms, at: int, tokens: Sequence[Token], place: int) -> int | None:
    """Index of the last word of the shortest match of `terms[at:]` behind `place`."""
    if at == len(terms):
        return place
    term = terms[at]
    if isinstance(term, _Word):
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
def _phrases(plain: bool) -> dict[str, tuple[tuple[str, _Terms], ...]]:
    """Phrases by the spellings of their first word."""
    table: dict[str, tuple[tuple[str, _Terms], ...]] = {}
    for label, phrase in _rows():
        terms = tuple(_terms(phrase, plain=plain))
        if not terms or isinstance(terms[0], int):
            continue
        for spelling in sorted(terms[0].spellings):
            table[spelling] = (*table.get(spelling, ()), (label, terms))
    return table


@cache
def _rows() -> tuple[tuple[str, str], ...]:
    """Label and phrase, line by line."""
    rows: list[tuple[str, str]] = []
    for line in files(__package__).joinpath("cues.tsv").read_text(encoding="utf-8").splitlines():
        label, _, phrases = line.partition("\t")
        if phrases and not label.startswith("#"):
            rows += [(label, phrase.strip()) for phrase in phrases.split("|") if phrase.strip()]
    return tuple(rows)


def _terms(phrase: str, *, plain: bool) -> Iterator[_Word | int]:
    """The words of a phrase: `a/b` is either, `=a` exactly this spelling, `a*` any ending, `…` up to three words."""
    for written in lowered(phrase).split():
        if written in _GAPS:
            yield _GAPS[written]
            continue
        exact, is_open = written.startswith("="), written.endswith("*")
        words = written.strip("=*").split("/")
        single = [token.text for word in words for token in tokenize(word)]
        folded = [] if exact or not plain else [fold(word) for word in single]
        if "/" in written or len(single) == 1:
            yield _Word(frozenset([*single, *folded]), is_open)
        else:  # "guest's" is two words
            yield from (_Word(frozenset({word, fold(word) if plain else word}), is_open=False) for word in single)
