"""A message prepared once for all extractors, and patterns that tolerate missing accents."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import NamedTuple
from unicodedata import normalize

from innkeeper.engine.text import Word, fold, lowered, words

# Bounds that keep the work linear in hostile texts; no guest writes forty dates or a sentence of a thousand letters.
MAX_MATCHES = 40
MAX_SENTENCE_SIDE = 500

_ACCENTED_WORD = re.compile(r"\\.|~?[^\W\d_]+")
# An open syllable whose tone mark is written on either vowel.
_OPEN_VOWELS = re.compile(r"(?<!q)(?:[òóỏõọ][ae]|o[àáảãạèéẻẽẹ]|[ùúủũụ]y|u[ỳýỷỹỵ])(?!\w)")
_SENTENCE_END = re.compile(r"[!?;\n…]+|\.+(?=\s|$)")
# "no. 5", "p. 302", "a.m. " and initials end no sentence.
_ABBREVIATION = re.compile(r"(?:(?<!\w)(?:no|p|rm|mr|mrs|ms|dr|st|nr|tp|q|a\.m|p\.m|\w)|\d\s?[ap]m)$")

_VIETNAMESE_PARTICLES = frozenset(
    [
        "cho",
        "phong",
        "minh",
        "em",
        "chi",
        "oi",
        "nha",
        "nhe",
        "giup",
        "gium",
        "khong",
        "ko",
        "dc",
        "duoc",
        "voi",
        "them",
        "xin",
        "nho",
        "toi",
        "anh",
        "len",
        "ban",
        "vui",
        "long",
        "lam",
        "cam",
        "on",
        "va",
        "trong",
        "may",
        "gio",
        "mai",
        "phòng",
        "mình",
        "chị",
        "ơi",
        "nhé",
        "giúp",
        "giùm",
        "không",
        "được",
        "với",
        "thêm",
        "nhờ",
        "tôi",
        "lên",
        "bạn",
        "ạ",
        "cảm",
        "ơn",
        "và",
        "cần",
    ]
)


class Span(NamedTuple):
    """A stretch of the message: `text[start:end]`."""

    start: int
    end: int


class Pattern:
    """
    A regular expression that is compiled at its first use, so that importing costs nothing.

    It is searched in `Source.lower` unless said otherwise. A word written with accents also matches without any
    ("sáng" matches "sang", not "sảng"); `~word` asks for exactly that spelling, for syllables too common without.
    """

    def __init__(self, source: str, flags: int = 0) -> None:
        self.source = source
        self.flags = flags

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The expression with every accented word made tolerant."""
        return re.compile(_ACCENTED_WORD.sub(_tolerant, self.source), self.flags)

    def finditer(self, text: str, start: int = 0, end: int = 1 << 30) -> Iterator[re.Match[str]]:
        """The first matches (`MAX_MATCHES` at most) in `text[start:end]`; look-behinds see the whole text."""
        return islice(self.compiled.finditer(text, start, end), MAX_MATCHES)

    def search(self, text: str, start: int = 0, end: int = 1 << 30) -> re.Match[str] | None:
        """First match in `text[start:end]`."""
        return self.compiled.search(text, start, end)

    def match(self, text: str, start: int = 0, end: int = 1 << 30) -> re.Match[str] | None:
        """Match that begins at `start`."""
        return self.compiled.match(text, start, end)


def word_set(words: str) -> frozenset[str]:
    """The phrases of a list written with bars: `"to|am|co"`."""
    return frozenset(words.split("|"))


def _tolerant(match: re.Match[str]) -> str:
    word = match.group()
    if word.isascii():  # an escape, a group name or an English word
        return word.removeprefix("~")
    exact, word = word.startswith("~"), lowered(word.removeprefix("~"))
    plain, moved = fold(word), _OPEN_VOWELS.sub(_move_tone, word)
    spellings = [word, *([moved] if moved != word else []), *([plain] if not exact and plain != word else [])]
    return word if len(spellings) == 1 else f"(?:{'|'.join(spellings)})"


def _move_tone(match: re.Match[str]) -> str:
    """The other spelling of "hủy" and "hòa": "huỷ", "hoà"."""
    first, second = match.group()[0], match.group()[1]
    marks = {mark for letter in (first, second) for mark in normalize("NFD", letter)[1:]}
    bare = normalize("NFD", first)[0], normalize("NFD", second)[0]
    is_on_first = len(normalize("NFD", first)) > 1
    return normalize("NFC", bare[0] + "".join(marks) * (not is_on_first) + bare[1] + "".join(marks) * is_on_first)


class Source:
    """One cleaned message in the forms the extractors look at; offsets hold in all of them."""

    def __init__(self, text: str, language: str = "und") -> None:
        self.text = text
        self.language = language
        self.lower = lowered(text)

    @cached_property
    def folded(self) -> str:
        """The message without accents."""
        return fold(self.text)

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """Words of the lower-cased message."""
        return tuple(words(self.lower))

    @cached_property
    def is_accented(self) -> bool:
        """Whether the guest types Vietnamese accents (at least one word in eight carries one)."""
        marked = sum(not word.text.isascii() for word in self.words)
        return marked * 8 > len(self.words)

    @cached_property
    def is_vietnamese(self) -> bool:
        """Whether words without accents may be Vietnamese ones ("khan" is a towel, not a ruler)."""
        return self.language == "vi" or sum(word.text in _VIETNAMESE_PARTICLES for word in self.words) >= 2

    def clause(self, position: int) -> Span:
        """The part of the sentence around `position` that no comma divides."""
        start, end = self.sentence(position)
        return Span(
            max(start, self.lower.rfind(",", start, position) + 1),
            max(position, self.lower.find(",", position, end)) if "," in self.lower[position:end] else end,
        )

    @cached_property
    def _bounds(self) -> list[int]:
        ends = _SENTENCE_END.finditer(self.lower)
        return [0, *(end.end() for end in ends if end.group() != "." or not self._is_abbreviated(end.start()))]

    def _is_abbreviated(self, stop: int) -> bool:
        return bool(_ABBREVIATION.search(self.lower, max(0, stop - 8), stop))

    def sentence(self, position: int) -> Span:
        """The sentence around `position`, cut at `MAX_SENTENCE_SIDE` characters on each side."""
        index = bisect_right(self._bounds, position)
        end = self._bounds[index] if index < len(self._bounds) else len(self.lower)
        return Span(max(self._bounds[index - 1], position - MAX_SENTENCE_SIDE), min(end, position + MAX_SENTENCE_SIDE))

    def before(self, position: int, chars: int = 30) -> str:
        """At most `chars` characters before `position`, inside its sentence."""
        return self.lower[max(self.sentence(position).start, position - chars) : position]

    def after(self, position: int, chars: int = 30) -> str:
        """At most `chars` characters from `position` on."""
        return self.lower[position : position + chars]
