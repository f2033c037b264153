"""Numbers in words: "two hundred", "hai mươi mốt", "một triệu sáu trăm nghìn đồng"."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from innkeeper.engine.fact_guard.scanning import LazyPattern, Scan, listed
from innkeeper.engine.fact_guard.units import CURRENCY_AFTER, UNITS, currency_of

_UNITS = listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = listed("twenty thirty forty fifty sixty seventy eighty ninety")
_EN = dict(zip((*_UNITS, *_TENS), (*range(20), *range(20, 100, 10)), strict=True))
_EN_FACTORS = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
_VI = {
    "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "sáu": 6, "bảy": 7, "bẩy": 7,
    "tám": 8, "chín": 9, "mười": 10,
}  # fmt: skip
_VI_FACTORS = {"mươi": 10, "chục": 10, "trăm": 100, "nghìn": 1_000, "ngàn": 1_000, "triệu": 1_000_000}
_FILLERS = {"and", "linh", "lẻ"}
_RUN = LazyPattern(
    r"(?<![\w-])(?:{any})(?:(?:[ -]| and | linh | lẻ )(?:{any}))*(?![\w])".replace(
        "{any}", "|".join(sorted([*_EN, *_EN_FACTORS, *_VI, *_VI_FACTORS], key=len, reverse=True))
    )
)
_FOLLOWING = LazyPattern(
    r"[ -]?(?:working |business |free |clean |available |ready |other )?"
    rf"(?P<unit>{'|'.join(sorted(map(re.escape, UNITS), key=len, reverse=True))}|percent|phan tram|"
    rf"{CURRENCY_AFTER}|options|ways|types|loai|buoc|cach|mon|chai|suat|lua chon|noi|steps|things)(?!\w)"
)


class Spelled(NamedTuple):
    """A number in words; the span includes its unit."""

    start: int
    end: int
    value: Decimal
    unit: str
    currency: str


def spelled_numbers(scan: Scan) -> Iterator[Spelled]:
    """Numbers in words that are no pronoun ("one of them"), no year ("năm 2025") and no father ("ba mẹ")."""
    for match in _RUN.compiled.finditer(scan.lower):
        if "\x00" in scan.open[match.start() : match.end()]:
            continue
        parts = [part for part in re.split(r"[ -]", match.group()) if part not in _FILLERS]
        value = _value(parts)
        following = _FOLLOWING.compiled.match(scan.open, match.end())
        if value is None or not _is_meant(scan, parts, following is not None):
            continue
        word = following["unit"] if following else ""
        unit = UNITS.get(word, "percent" if word in {"percent", "phan tram"} else "")
        end = following.end() if following else match.end()
        yield Spelled(match.start(), end, Decimal(value), unit, "" if word in UNITS else currency_of(word))


def _is_meant(scan: Scan, parts: list[str], is_followed: bool) -> bool:
    if len(parts) > 1:
        return not all(part in _EN_FACTORS or part in _VI_FACTORS for part in parts)
    word = parts[0]
    if word in _EN_FACTORS or word in _VI_FACTORS or word == "lăm":
        return False
    if scan.is_strict and (word in {"one", "một", "zero"} or (word in _VI and not is_followed)):
        return False
    return word != "năm" or is_followed


def _value(parts: list[str]) -> int | None:
    """Value of number words of one language, in order."""
    total = group = 0
    for part in parts:
        if part in _EN or part in _VI:
            group += _EN.get(part, _VI.get(part, 0))
        else:
            factor = _EN_FACTORS.get(part, _VI_FACTORS.get(part, 1))
            if factor == 10:  # "hai mươi": only the last digit is multiplied
                group += 9 * (group % 10)
            elif factor == 100:
                group = max(group, 1) * 100
            else:
                total, group = total + max(group, 1) * factor, 0
    return total + group
