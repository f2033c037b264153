"""Numbers with their unit, in English and Vietnamese: hours, clock times, money, percentages, weights."""

import re
from typing import NamedTuple

from innkeeper.engine.search.tokens import exact_term
from innkeeper.engine.text import fold


class Measure(NamedTuple):
    """A number that can be compared with others of its kind."""

    kind: str
    value: str


_NUMBER = r"(?<![\w.,:/-])(?P<number>\d{1,3}(?:[.,]\d{3})+|\d+(?:[.,]\d{1,2})?|WORDS)"
_WORDS = {
    name: str(value)
    for value, names in enumerate(
        ("one mot", "two hai", "three ba", "four bon", "five nam", "six sau", "seven bay", "eight tam", "nine chin",
         "ten muoi", "eleven", "twelve"), 1,
    )
    for name in names.split()
}  # fmt: skip
_NUMBER = _NUMBER.replace("WORDS", "|".join(sorted(_WORDS, key=len, reverse=True)))
_DAYTIME = r"(?: ?(?:a\.?m\b|p\.?m\b|sang\b|trua\b|chieu\b|toi\b))"
_CLOCK = r"\d{1,2}(?:[:hg]\d{2}|h| ?gio(?: ?\d{2}\b)?)"
_SCALE = r"(?: ?(?P<scale>trieu|million|nghin|ngan|thousand|k|tr)\b)"
# Matched against folded text, in this order; what one pattern took, the next does not see.
_PATTERNS: list[tuple[str, str]] = [
    ("money", rf"(?:\bvnd|\busd|\$) ?{_NUMBER}{_SCALE}?"),
    ("money", rf"{_NUMBER}{_SCALE}? ?(?:vnd\b|usd\b|dong\b|d\b)"),
    ("money", rf"{_NUMBER}{_SCALE}"),
    ("percent", rf"{_NUMBER} ?(?:%|per ?cent\b|phan tram\b)"),
    ("time", rf"(?<![\w.,:/-])(?P<clock>{_CLOCK}{_DAYTIME}?|\d{{1,2}}{_DAYTIME})(?!\w)"),
    ("minutes", rf"{_NUMBER}[ -]?(?:minutes?|mins?|phut)\b"),
    ("hours", rf"{_NUMBER}[ -]?(?:hours?|hrs?|tieng)\b"),
    ("days", rf"{_NUMBER}[ -]?(?:days?|ngay)\b"),
    ("nights", rf"{_NUMBER}[ -]?(?:nights?|dem)\b"),
    ("weeks", rf"{_NUMBER}[ -]?(?:weeks?|tuan)\b"),
    ("months", rf"{_NUMBER}[ -]?(?:months?|thang)\b(?! ?\d)"),
    ("years", rf"{_NUMBER}[ -]?(?:years?|tuoi|nam)\b(?! ?\d{{4}})"),
    ("kilograms", rf"{_NUMBER} ?(?:kg|kilos?|kilograms?)\b"),
    ("persons", rf"{_NUMBER} (?:guests?|persons?|people|adults?|children|nguoi(?: lon)?|khach|tre em)\b"),
]  # fmt: skip
_COMPILED = [(kind, re.compile(pattern)) for kind, pattern in _PATTERNS]
_SCALES = {"trieu": 1e6, "million": 1e6, "tr": 1e6, "nghin": 1e3, "ngan": 1e3, "thousand": 1e3, "k": 1e3}
# "2 giờ" is two hours as well as two o'clock; these say which.
_AS_DURATION = re.compile(r"(?:trong|dau(?: tien)?|toi da|it nhat|truoc|sau|moi|qua|khoang)(?: vong)?\W*$")
_BARE_HOUR = re.compile(r"(?P<number>\d{1,2}) ?gio")
_FOLLOWS = re.compile(r"\W*(?:dau|mien phi|truoc khi|sau khi|ke tu|lien tuc|mot lan|/)")


def measures(text: str) -> tuple[list[Measure], str]:
    """
    The numbers with units in `text`, and the text without them (folded where anything was taken out).

    Numbers without a unit, telephone numbers and dates are left alone: nobody can tell what they measure.
    """
    folded = fold(text)
    rest = text if len(folded) == len(text) else folded
    found: list[Measure] = []
    for kind, pattern in _COMPILED:
        matches = list(pattern.finditer(folded))
        found += [_measure(kind, match, folded) for match in matches]
        for match in reversed(matches):
            blank = " " * (match.end() - match.start())
            folded = folded[: match.start()] + blank + folded[match.end() :]
            rest = rest[: match.start()] + blank + rest[match.end() :]
    return found, rest


def _measure(kind: str, match: re.Match[str], folded: str) -> Measure:
    if kind != "time":
        return Measure(kind, _value(match))
    clock = match["clock"]
    bare = _BARE_HOUR.fullmatch(clock)
    if bare and (_AS_DURATION.search(folded, 0, match.start()) or _FOLLOWS.match(folded, match.end())):
        return Measure("hours", str(int(bare["number"])))
    term = exact_term(f"{clock}00" if bare else clock)
    return Measure("time", term if ":" in term else f"{int(bare['number'])}:00" if bare else term)


def _value(match: re.Match[str]) -> str:
    written = match["number"]
    if written in _WORDS:
        return _WORDS[written]
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", written):
        number = float(re.sub(r"[.,]", "", written))
    else:
        number = float(written.replace(",", "."))
    scale = _SCALES.get(match.groupdict().get("scale") or "", 1.0)
    return f"{number * scale:g}" if number * scale < 1e6 else f"{number * scale:.0f}"
