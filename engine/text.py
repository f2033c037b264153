"""Text as guests type it, made comparable: NFC, no invisible characters, accents folded only for matching."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

# Controls, zero-width and bidirectional marks carry no meaning in a guest message, but hide text from a reader.
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*", re.UNICODE)  # noqa: RUF001  phones type a curly apostrophe
_COMBINING = re.compile("[\u0300-\u036f]+")
_FOLD_LETTERS = str.maketrans({"đ": "d", "Đ": "D", "ı": "i", "ß": "s", "’": "'", "‘": "'"})  # noqa: RUF001  as above


class Word(NamedTuple):
    """A word and where it stands: `text[start:end]`."""

    text: str
    start: int
    end: int


def clean(text: str) -> str:
    """
    NFC form of `text` without invisible and control characters.

    Lone surrogates (broken UTF-16 of some phones) become U+FFFD. Line breaks and tabs stay.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
    return _INVISIBLE.sub("", text)


def fold(text: str) -> str:
    """
    Lower case without accents, for matching only: "Điều hòa" → "dieu hoa".

    Of text in NFC the result has the same length, so offsets hold in both.
    """
    lowered = text.lower()
    if lowered.isascii():
        return lowered
    if len(lowered) != len(text):  # "İ" grows when lowered
        lowered = "".join(char.lower()[:1] or char for char in text)
    folded = _COMBINING.sub("", unicodedata.normalize("NFD", lowered)).translate(_FOLD_LETTERS)
    if len(folded) == len(text):
        return folded
    return "".join(_fold_char(char) for char in lowered)


def _fold_char(char: str) -> str:
    base = _COMBINING.sub("", unicodedata.normalize("NFD", char)).translate(_FOLD_LETTERS)
    return base if len(base) == 1 else char


def words(text: str) -> Iterator[Word]:
    """Words of `text` with their offsets; an apostrophe inside a word stays ("don't")."""
    return (Word(match.group(), match.start(), match.end()) for match in _WORD.finditer(text))
