"""The second look at an answer: whether it says what its reader may not know, however it is spelt."""

import re
from collections.abc import Iterable
from itertools import pairwise

from innkeeper.engine.assistant.policy import phone_digits
from innkeeper.engine.text import fold, lowered, words

_NUMBERS = (  # a phone number may hold any separator; an amount may stand beside another number
    re.compile(r"\+?\d(?:[\d.,()\s\u00a0/-]*\d)?"),
    re.compile(r"\d+(?:[.,]\d{2,3})*"),
    re.compile(r"\d+(?:[\s\u00a0]\d{3})*"),
)
_MIN_DIGITS = 5  # a shorter number is a room, a year, a time
_PHONE_TAIL = 8  # national and international forms agree in their last digits
_RUN_OF_WORDS = 4  # so many words of a remark in a row are a quotation
_MAX_NAME_WORDS = 5
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "sir", "madam", "mister", "guest", "ong", "khach"})
_PARTICLES = frozenset(
    {"van", "von", "der", "den", "de", "da", "di", "du", "dos", "la", "le", "bin", "al", "el", "ten"}
)
# Without their accents these are everyday words: "cô" and "có", "bà" and "ba".
_ACCENTED_TITLES = frozenset({"ông", "bà", "anh", "chị", "cô", "chú", "bác", "em", "khách"})


def guard_answer(text: str, hidden: Iterable[str]) -> tuple[str, ...]:
    """
    The values of `hidden` that `text` gives away.

    Accents, case, separators of numbers, the country code of a phone and the order of two names do not matter; a word
    of a name counts after a title, four words of a remark in a row count as the remark.

    Args:
        text: An answer.
        hidden: Values that were withheld from its reader: names, addresses, numbers, amounts, remarks.
    """
    folded = fold(text)
    said = [word.text for word in words(folded)]
    numbers = {_digits(match.group()) for pattern in _NUMBERS for match in pattern.finditer(text)}
    return tuple(value for value in hidden if _gives_away(value.strip(), text, folded, said, numbers))


def _gives_away(value: str, text: str, folded: str, said: list[str], numbers: set[str]) -> bool:
    if not value:
        return False
    if "@" in value:
        return fold(value) in folded
    if phone_digits(value) is not None or re.fullmatch(r"[\d.,\s]+", value):
        return _number_said(value, numbers)
    if any(char.isdigit() for char in value) and " " not in value:
        return re.search(rf"(?<!\w){re.escape(fold(value))}(?!\w)", folded) is not None
    if _is_name(value):
        return _name_said(value, text, said)
    parts = [word.text for word in words(fold(value))]
    return _run_said(parts, said, min(_RUN_OF_WORDS, len(parts)))


def _is_name(value: str) -> bool:
    """Few words, each with a capital: "late check-out please" is a remark."""
    parts = [part for part in value.split() if part not in _PARTICLES]
    is_short = 0 < len(parts) <= _MAX_NAME_WORDS and not any(char.isdigit() for char in value)
    return is_short and all(not part[0].islower() for part in parts)


def _number_said(value: str, numbers: set[str]) -> bool:
    amount = re.fullmatch(r"(\d+)\.(\d\d)", value)  # as a Decimal is written: 11620000.00
    digits = amount.group(1) if amount and amount.group(2) == "00" else _digits(value)
    if len(digits) < _MIN_DIGITS:
        return False
    if amount is not None:
        return bool({digits, digits + "00"} & numbers)
    tail = digits[-_PHONE_TAIL:]
    return any(number.endswith(tail) for number in numbers) if len(digits) >= _PHONE_TAIL else digits in numbers


def _run_said(parts: list[str], said: list[str], length: int) -> bool:
    if not parts:
        return False
    runs = {tuple(said[start : start + length]) for start in range(len(said) - length + 1)}
    return any(tuple(parts[start : start + length]) in runs for start in range(len(parts) - length + 1))


def _name_said(name: str, text: str, said: list[str]) -> bool:
    """Two neighbouring words of the name, or one after a title; in an accented text that one has the name's accents."""
    parts = [word.text for word in words(fold(name))]
    if len(parts) == 1:
        return parts[0] in said
    pairs = {*pairwise(parts), *pairwise(parts[::-1]), (parts[-1], parts[0])}
    if any(pair in pairs for pair in pairwise(said)):
        return True
    if text.isascii():
        return any(before in _TITLES and word in parts for before, word in pairwise(said))
    accented = {word.text for word in words(lowered(name))}
    heard = [word.text for word in words(lowered(text))]
    return any(before in _TITLES | _ACCENTED_TITLES and word in accented for before, word in pairwise(heard))


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())
