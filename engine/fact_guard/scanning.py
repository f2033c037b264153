"""A text in the forms that facts are looked for in; what one extractor has read, the next does not see."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from innkeeper.engine.fact_guard.mentions import FactKind, FactMention, Reading, Voice
from innkeeper.engine.text import clean, fold, lowered

TAKEN = "\x00"
# "to", "–": between the ends of a range. Patterns are written for folded text.
RANGE = r" ?(?:-|–|—|\bto\b|\bthrough\b|\buntil\b|\btill\b|\bden\b|\btoi\b) ?"
_MARKUP = str.maketrans({"*": " ", "`": " ", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2011": "-"})
_ENUMERATOR = re.compile(
    r"^[ \t]*(?:\d{1,2}[.)](?=\s)|[-•])|\(\d\)(?=\s)|(?<=[.;:!?] )\d{1,2}[.)](?= \w)", re.MULTILINE
)
_MAX_PREFIX = 40  # characters before the first digit of a code
_DIGITS = re.compile("[0-9]+")
Reader = Callable[[re.Match[str]], Sequence[Reading]]


def listed(words: str) -> tuple[str, ...]:
    """The words of a list written with spaces."""
    return tuple(words.split())


class LazyPattern:
    """
    A regular expression over folded text, compiled at its first use, so that importing costs nothing.

    Args:
        needs: Without any of these words in the text there is nothing to find.
        at_number: It begins with a number, or with one of the characters `before` it: nowhere else is looked.
    """

    def __init__(self, source: str, *, needs: str = "", at_number: bool = False, before: str = "") -> None:
        self.source, self.needs, self.at_number, self.before = source, listed(needs), at_number, before

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The expression; where a space may stand, some more may: mark-up became spaces."""
        return re.compile(self.source.replace(" ?", " {0,4}"))


class Scan:
    """
    One text while its facts are read.

    Attributes:
        text: Cleaned; mark-up and special spaces are plain spaces, so offsets hold in all forms.
        open: Folded, with `TAKEN` where a fact was found.
        voice: Whose words they are: an `answer` is read strictly, sources generously.
    """

    def __init__(self, text: str, voice: Voice) -> None:
        self.original = clean(text)
        self.text = self.original.translate(_MARKUP)
        self.lower = lowered(self.text)
        self.folded = fold(self.text)
        self.open = _ENUMERATOR.sub(lambda match: " " * len(match.group()), self.folded)
        self.voice = voice
        self.found: list[FactMention] = []

    @property
    def is_strict(self) -> bool:
        """Whether the text is what has to be supported."""
        return self.voice == "answer"

    @cached_property
    def has_digits(self) -> bool:
        """Whether any pattern of digits can match."""
        return any("0" <= char <= "9" for char in self.text)

    @cached_property
    def is_accented(self) -> bool:
        """Whether Vietnamese words in it carry their accents."""
        return self.lower != self.folded

    @cached_property
    def numbers(self) -> list[int]:
        """Where digits begin."""
        return [match.start() for match in _DIGITS.finditer(self.folded)]

    def matches(self, pattern: LazyPattern) -> Iterator[re.Match[str]]:
        """What `pattern` finds in `open`, from left to right, without overlaps."""
        text = self.open
        if pattern.needs and not any(word in text for word in pattern.needs):
            return
        if not pattern.at_number:
            yield from pattern.compiled.finditer(text)
            return
        end, match = 0, pattern.compiled.match
        for start in self.numbers:
            if text[start] == TAKEN:
                continue
            first = max(end, start - _MAX_PREFIX)
            while start > first and text[start - 1] in pattern.before and pattern.before:
                start -= 1
            found = match(text, start) if start >= end else None
            if found:
                end = found.end()
                yield found

    def claim(self, pattern: LazyPattern, kind: FactKind, read: Reader) -> None:
        """Take what `pattern` finds and `read` gives readings for; spaces at the ends are left."""
        spans = []
        for match in self.matches(pattern):
            readings = read(match)
            if readings:
                self.add(kind, *match.span(), readings)
                spans.append(match.span())
        for start, end in spans:
            self.take(start, end)

    def add(self, kind: FactKind, start: int, end: int, readings: Sequence[Reading]) -> None:
        """Note a fact at `text[start:end]`."""
        end -= len(self.text[start:end]) - len(self.text[start:end].rstrip())
        start += len(self.text[start:end]) - len(self.text[start:end].lstrip())
        if kind == "time" and self.text[end - 1] == "." != self.text[end - 3]:  # "8 AM." ends a sentence, "8 a.m." none
            end -= 1
        self.found.append(FactMention(kind, self.original[start:end], start, end, tuple(readings)))

    def take(self, start: int, end: int) -> None:
        """Nobody else reads `text[start:end]`."""
        self.open = self.open[:start] + TAKEN * (end - start) + self.open[end:]
