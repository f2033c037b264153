"""A message prepared once for all extractors, and patterns that tolerate missing accents."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from innkeeper.engine.text import Word, fold, lowered, words

_ACCENTED_WORD = re.compile(r"\\.|~?[^\W\d_]+")
_SENTENCE_END = re.compile(r"[!?;\n…]+|\.+(?=\s|$)")
# "no. 5", "p. 302", "a.m. " and initials end no sentence.
_ABBREVIATION = re.compile(r"(?:(?<!\w)(?:no|p|rm|mr|mrs|ms|dr|st|nr|tp|q|a\.m|p\.m|\w)|\d\s?[ap]m)$")

_VIETNAMESE_PARTICLES = frozenset(
    "cho phong minh em chi oi nha nhe giup gium khong ko dc duoc voi them xin nho toi anh len ban vui long lam cam on va trong may gio mai"
    " phòng mình chị ơi nhé giúp giùm không được với thêm nhờ tôi lên bạn ạ cảm ơn và cần".split()
)


class Span(NamedTuple):
    """A stretch of the message: `text[start:end]`."""

    start: int
    end: int


class Pattern:
    """
    A regular expression that is compiled at its first use, so that importing costs nothing.

    It is searched in `Source.lower`. A word written with accents also matches without any ("sáng" matches
    "sang", not "sảng"); `~word` asks for exactly that spelling, for syllables too common without accents.
    """

    def __init__(self, source: str) -> None:
        self.source = source

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The expression with every accented word made tolerant."""
        return re.compile(_ACCENTED_WORD.sub(_tolerant, self.source))

    def finditer(self, text: str, start: int = 0, end: int = 1 << 30) -> Iterator[re.Match[str]]:
        """All matches in `text[start:end]`; look-behinds see the whole text."""
        return self.compiled.finditer(text, start, end)

    def search(self, text: str, start: int = 0, end: int = 1 << 30) -> re.Match[str] | None:
        """First match in `text[start:end]`."""
        return self.compiled.search(text, start, end)

    def match(self, text: str, start: int = 0, end: int = 1 << 30) -> re.Match[str] | None:
        """Match that begins at `start`."""
        return self.compiled.match(text, start, end)


def _tolerant(match: re.Match[str]) -> str:
    word = match.group()
    if word.isascii():  # an escape, a group name or an English word
        return word.removeprefix("~")
    exact, word = word.startswith("~"), lowered(word.removeprefix("~"))
    plain = fold(word)
    return word if exact or plain == word else f"(?:{word}|{plain})"


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
        return Span(max(start, self.lower.rfind(",", start, position) + 1), max(position, self.lower.find(",", position, end)) if "," in self.lower[position:end] else end)

    @cached_property
    def _bounds(self) -> list[int]:
        bounds = [0]
        for match in _SENTENCE_END.finditer(self.lower):
            if match.group() != "." or not _ABBREVIATION.search(self.lower, max(0, match.start() - 8), match.start()):
                bounds.append(match.end())
        return bounds

    def sentence(self, position: int) -> Span:
        """The sentence around `position`."""
        index = bisect_right(self._bounds, position)
        end = self._bounds[index] if index < len(self._bounds) else len(self.lower)
        return Span(self._bounds[index - 1], end)

    def before(self, position: int, chars: int = 30) -> str:
        """At most `chars` characters before `position`, inside its sentence."""
        return self.lower[max(self.sentence(position).start, position - chars) : position]

    def after(self, position: int, chars: int = 30) -> str:
        """At most `chars` characters from `position` on."""
        return self.lower[position : position + chars]
