"""Text as guests type it, made comparable: NFC, no invisible characters, accents folded only for matching."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

# Controls, zero-width and bidirectional marks carry no meaning in a guest message, but hide text from a reader.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_FOREIGN_DIGIT = re.compile(r"[^\D0-9]")  # "５", "٥"
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*", re.UNICODE)
_COMBINING = re.compile("[\u0300-\u036f]+")
_FOLD_LETTERS = str.maketrans({"đ": "d", "Đ": "D", "ı": "i", "ß": "s", "’": "'", "‘": "'"})


# "hoà" and "hòa", "thuỷ" and "thủy" are one word: the older spelling moves its tone mark to the first vowel.
_OLD_TONE = re.compile(r"o[àáảãạèéẻẽẹ]\b|(?<!q)u[ỳýỷỹỵ]\b")
_NEW_TONE = {
    old: new
    for olds, news in (
        ("oà oá oả oã oạ", "òa óa ỏa õa ọa"),
        ("oè oé oẻ oẽ oẹ", "òe óe ỏe õe ọe"),
        ("uỳ uý uỷ uỹ uỵ", "ùy úy ủy ũy ụy"),
    )
    for old, new in zip(olds.split(), news.split(), strict=True)
}


class Word(NamedTuple):
    """A word and where it stands: `text[start:end]`."""

    text: str
    start: int
    end: int


def clean(text: str) -> str:
    """
    NFC form of `text` without invisible and control characters, its digits 0 to 9 whatever their script.

    Lone surrogates (broken UTF-16 of some phones) become U+FFFD. Line breaks and tabs stay.
    """
    if not text.isascii():  # both halves of a UTF-16 pair become their character
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = _INVISIBLE.sub("", text)  # first: a mark between a letter and its accent keeps them apart
    if text.isascii():
        return text
    return _FOREIGN_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit.group())), unicodedata.normalize("NFC", text))


def lowered(text: str) -> str:
    """Lower case with accents, each Vietnamese syllable in one spelling ("Hoà" → "hòa"); same length as `text`."""
    lower = text.lower()
    if len(lower) != len(text):  # "İ" grows when lowered
        lower = "".join(char.lower()[:1] or char for char in text)
    return lower if lower.isascii() else _OLD_TONE.sub(lambda match: _NEW_TONE[match.group()], lower)


def fold(text: str) -> str:
    """
    Lower case without accents, for matching only: "Điều hòa" → "dieu hoa".

    Of text in NFC the result has the same length, so offsets hold in both.
    """
    lower = lowered(text)
    if lower.isascii():
        return lower
    folded = _COMBINING.sub("", unicodedata.normalize("NFD", lower)).translate(_FOLD_LETTERS)
    return folded if len(folded) == len(text) else "".join(_fold_char(char) for char in lower)


def _fold_char(char: str) -> str:
    base = _COMBINING.sub("", unicodedata.normalize("NFD", char)).translate(_FOLD_LETTERS)
    return base if len(base) == 1 else char


def words(text: str) -> Iterator[Word]:
    """Words of `text` with their offsets; an apostrophe inside a word stays ("don't")."""
    return (Word(match.group(), match.start(), match.end()) for match in _WORD.finditer(text))
