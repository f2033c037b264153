"""Whether a text's ranges ("under 6", "13:00–15:00", "Monday to Friday") take in what a question names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import inf

from innkeeper.engine.text import fold

_CLOCK = (
    r"(?<![\d.,:])(?P<hour>\d{1,2})(?:(?::|h|g| ?gio ?|\.(?=\d\d ?[ap]\.?m\b))(?P<minute>\d{2})(?!\d)|h(?!\w)|"
    r" ?gio\b(?! ?\d)|(?= ?[ap]\.?m\b))"
    r"(?: ?(?P<half>[ap])\.?m\b|(?: gio)? (?P<part>sang|trua|chieu|toi)\b)?|\b(?P<noon>noon|midnight)\b"
)
_SEPARATOR = r" ?(?:-|–|—|to|until|till|through|den|toi|and) ?"
_UP_TO = (
    r"(?:until|till|til|before|by|up to|truoc|den|toi|under|below|less than|younger than|fewer than|duoi|it hon|"
    r"at most|max(?:imum)?|toi da|khong qua|no more than|within|nho hon)"
)
_FROM = r"(?:from|after|since|over|above|more than|at least|older than|min(?:imum)?|tu|sau|tren|hon|toi thieu|it nhat)"
_SCALES = {
    "age": (("years old", "year old", "year-old", "yo", "y/o", "years of age", "years", "tuoi"), 1.0),
    "time": (("hours", "hour", "hrs", "h", "tieng", "gio"), 1.0),
    "days": (("days", "day", "ngay", "hom"), 24.0),
    "weeks": (("weeks", "week", "tuan"), 168.0),
    "minutes": (("minutes", "minute", "mins", "min", "phut"), 1 / 60),
    "months": (("months", "month", "thang"), 720.0),
    "people": (("people", "persons", "person", "guests", "guest", "pax", "adults", "children", "nguoi", "khach"), 1.0),
    "rooms": (("rooms", "room", "phong"), 1.0),
    "weight": (("kg", "kilos", "kilo", "kilograms", "ky", "ki", "can"), 1.0),
    "nights": (("nights", "night", "dem"), 1.0),
}  # fmt: skip
_TIME_SCALES = frozenset(("time", "days", "weeks", "minutes", "months"))
_BY_UNIT = {
    name: ("time" if kind in _TIME_SCALES else kind, factor)
    for kind, (names, factor) in _SCALES.items()
    for name in names
}
_UNITS = "|".join(sorted(map(re.escape, _BY_UNIT), key=len, reverse=True))
_NUMBER = r"\d+(?:[.,]\d+)?"
_QUANTITY = re.compile(
    rf"(?:\b(?P<before>{_UP_TO}|{_FROM}) )?(?<![\d.,:/])(?P<low>{_NUMBER})(?:{_SEPARATOR}(?P<high>{_NUMBER}))?"
    rf"(?![\d:/%]|[.,]\d)(?: ?-?(?P<unit>{_UNITS})\b)?"
    r"(?: (?P<after>and over|or over|and older|or older|or more|and above|"
    r"and up|tro len|or less|and under|or younger|tro xuong|do lai))?"
)
_CLOCKS = re.compile(_CLOCK)
_BOUND = re.compile(rf"\b(?:(?P<up>{_UP_TO})|(?P<on>{_FROM})) ?$")
_ASKED_UNTIL = re.compile(r"\b(?:until|till|til|to|den|toi) ?$")
_DAYS = (  # folded; "mon" and "thu" are Vietnamese words too ("món", "thu")
    ("monday", "mondays", "thu hai", "thu 2"), ("tuesday", "tuesdays", "tue", "tues", "thu ba", "thu 3"),
    ("wednesday", "wednesdays", "wed", "thu tu", "thu 4"), ("thursday", "thursdays", "thurs", "thu nam", "thu 5"),
    ("friday", "fridays", "fri", "thu sau", "thu 6"), ("saturday", "saturdays", "sat", "thu bay", "thu 7"),
    ("sunday", "sundays", "sun", "chu nhat", "cn"),
)  # fmt: skip
_DAY_NUMBER = {name: number for number, names in enumerate(_DAYS) for name in names}
_DAY_NAMES = "|".join(sorted(_DAY_NUMBER, key=len, reverse=True))
_DAY = re.compile(rf"\b(?P<first>{_DAY_NAMES})\b(?! ?\d)(?: ?(?:-|–|to|through|den) ?(?P<last>{_DAY_NAMES})\b)?")
_WEEKEND = re.compile(r"\b(?:weekends?|cuoi tuan)\b")
_WORKDAYS = re.compile(r"\b(?:weekdays?|working days?|ngay thuong|trong tuan)\b")
_DAILY = re.compile(r"\b(?:daily|every day|each day|hang ngay|moi ngay|ca tuan|7 ngay|any day)\b")
_YEAR = re.compile(r"(?<![\d.,:/-])20[0-4]\d(?!\d|[:.,]\d)")


@dataclass(frozen=True, slots=True)
class Span:
    """From `low` to `high` of a kind; `loose` when its unit was not written."""

    kind: str
    low: float
    high: float
    loose: bool = False

    def takes(self, value: float, *, up_to: bool) -> bool:
        """Whether a value lies within; of "until 15:00" the spans that end at or after it, but begin before."""
        return self.low < value <= self.high if up_to else self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Named:
    """What a question names: values by kind, days of the week (0 to 6), years."""

    values: tuple[tuple[str, float, bool], ...]
    days: frozenset[int]
    years: frozenset[str]


def named(question: str) -> Named:
    """Read the times of day, quantities, weekdays and years of a question."""
    text = fold(question)
    values = [("clock", when, bool(_ASKED_UNTIL.search(text[:start]))) for when, start, _ in _clocks(text)]
    bare = _CLOCKS.sub(" ", text)
    values += [
        (kind, float(match["low"].replace(",", ".")) * factor, False)
        for match in _QUANTITY.finditer(bare)
        if match["unit"]
        for kind, factor in (_BY_UNIT[match["unit"]],)
    ]
    return Named(tuple(values), _days(text), frozenset(_YEAR.findall(text)))


def fit(asked: Named, text: str) -> float:
    """1 where the ranges of a text take in what is named, -1 where they leave it out, 0 where it has none."""
    if not asked.values and not asked.days:
        return 0.0
    spans, days = _read(text)
    marks = []
    for kind, value, up_to in asked.values:
        same = [span for span in spans if span.kind == kind]
        if any(span.takes(value, up_to=up_to) for span in same):
            marks.append(1.0)
        elif any(span.loose is False for span in same):
            marks.append(-1.0)
        else:
            guessed = [span for span in spans if span.loose and kind != "clock"]
            marks.append(0.7 if any(span.takes(value, up_to=up_to) for span in guessed) else 0.0)
    if asked.days and days:
        marks.append(1.0 if asked.days <= days else -1.0)
    return max(-1.0, min(1.0, sum(marks)))


def edition_fit(asked: Named, *names: str) -> float:
    """1 where a document's names state a year that is asked for, -1 where they state others only, else 0."""
    stated = {year for name in names for year in re.findall(r"(?<!\d)20[0-4]\d(?!\d)", name)}
    if not asked.years or not stated:
        return 0.0
    return 1.0 if stated & asked.years else -1.0


@lru_cache(maxsize=20_000)
def _read(text: str) -> tuple[tuple[Span, ...], frozenset[int]]:
    folded = fold(text)
    spans = [*_clock_spans(folded), *_quantity_spans(_CLOCKS.sub(" ", folded))]
    return tuple(spans), _days(folded) | (frozenset(range(7)) if _DAILY.search(folded) else frozenset())


def _clocks(text: str) -> Iterator[tuple[float, int, int]]:
    """Hour of the day, start and end of each time of day."""
    for match in _CLOCKS.finditer(text):
        if match["noon"]:
            yield (12.0 if match["noon"] == "noon" else 24.0), match.start(), match.end()
            continue
        hour = int(match["hour"]) + int(match["minute"] or 0) / 60
        late = match["half"] == "p" or match["part"] in ("chieu", "toi") or (match["part"] == "trua" and hour < 10)
        if hour <= 24:
            yield hour + (12 if late and hour < 12 else 0), match.start(), match.end()


def _clock_spans(text: str) -> Iterator[Span]:
    found = list(_clocks(text))
    place = 0
    while place < len(found):
        when, start, end = found[place]
        if place + 1 < len(found) and re.fullmatch(_SEPARATOR, text[end : found[place + 1][1]]):
            high = found[place + 1][0]
            yield Span("clock", when, high if high > when else high + 24)
            place += 2
            continue
        bound = _BOUND.search(text[max(0, start - 14) : start])
        if bound:
            yield Span("clock", -inf, when) if bound["up"] else Span("clock", when, inf)
        place += 1


def _quantity_spans(text: str) -> Iterator[Span]:
    for match in _QUANTITY.finditer(text):
        unit, before, after = match["unit"], match["before"], match["after"]
        if not (before or after or match["high"]):
            continue
        kind, factor = _BY_UNIT[unit] if unit else ("", 1.0)
        low = float(match["low"].replace(",", ".")) * factor
        high = float(match["high"].replace(",", ".")) * factor if match["high"] else low
        low, high = min(low, high), max(low, high)
        if not match["high"]:
            up = bool(before and re.fullmatch(_UP_TO, before)) or after in (
                "or less",
                "and under",
                "or younger",
                "tro xuong",
                "do lai",
            )
            strict = bool(before) and re.fullmatch(
                r"under|below|less than|younger than|fewer than|duoi|nho hon", before or ""
            )
            low, high = (-inf, high - (1e-6 if strict else 0)) if up else (low, inf)
        yield Span(kind, low, high, loose=not unit)


def _days(text: str) -> frozenset[int]:
    days: set[int] = set()
    for match in _DAY.finditer(text):
        first = _DAY_NUMBER[match["first"]]
        last = _DAY_NUMBER[match["last"]] if match["last"] else first
        days |= {day % 7 for day in range(first, (last if last >= first else last + 7) + 1)}
    if _WEEKEND.search(text):
        days |= {5, 6}
    if _WORKDAYS.search(text):
        days |= set(range(5))
    return frozenset(days)
