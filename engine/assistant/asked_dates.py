"""The nights a question is about: a day, a range, or a number of nights, read against the hotel's day."""

import datetime as dt
import re
from typing import NamedTuple

from innkeeper.engine.entities.calendar_days import calendar_days
from innkeeper.engine.entities.numbers import NUMBER, number_value
from innkeeper.engine.entities.relative_days import Day, relative_days
from innkeeper.engine.entities.source import Pattern, Source
from innkeeper.schemas.tools import MAX_NIGHTS

_YESTERDAY = Pattern(r"\b(?:yesterday|last night|hôm qua|tối qua|đêm qua|hqua)\b")
_TOMORROW = Pattern(r"(?<!\w)(?:từ|đêm|tối|cho|vào) (?P<day>mai)(?!\w)")
_TOLD_DAY = Pattern(r"\b(?:today|hôm nay|now|bây giờ)(?:'s)?(?: date)?,?\s?(?:is|was|là|:)\s?(?:ngày |the |on )?$")
_NIGHTS = Pattern(rf"(?<![\w/.,])(?P<count>{NUMBER})[ -]?(?:nights?|đêm)(?!\w)")
_WEEKS = Pattern(
    r"(?<!in )(?<!mỗi )(?<!per )(?<![\w/.,])(?P<count>a|one|two|1|2|một|hai)[ -](?:weeks?|tuần)(?!\w)"
    r"(?! (?:nữa|sau|tới|này|trước|from now|from today|ago))"
)
_A_NIGHT = Pattern(r"\b(?:per|a|each|every|mỗi|một|1)\s$")
_INSIDE = Pattern(
    r"^\D{0,6}\d{1,2}(?:st|nd|rd|th)?\s?(?:-|–|to|until|till|through|đến|tới)\s?(?:the )?(?P<day>3[01]|[12]\d|0?[1-9])"
    r"(?!\d|[-.]\d)"
)
_FIRST_OF_TWO = Pattern(
    r"(?<![\w/.,-])(?P<day>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?\s?(?:-|–|to|until|till|through|đến|tới)\s?(?:ngày |"
    r"the )?$"
)
_HYPHEN = re.compile(
    r"(?<=\d)-(?=\d{1,2}\s?(?:st|nd|rd|th)?\s?(?:of )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|th[áa]ng))",
    re.IGNORECASE,
)
_UNTIL = Pattern(
    r"^\W{0,3}(?:[^\W\d_]+\W+){0,2}?(?:to|until|till|til|through|thru|đến|tới|hết|-|–|out|trả(?: phòng)?)\W|"
    r"^\s?[-–]\s?$"
)
_FAR_DAYS = 300
# "đêm 24" and "24-26" without a month; no hours, ages or counts.
_BARE_DAY = Pattern(
    r"(?<!\w)(?:đêm|tối|hôm) (?P<day>3[01]|[12]\d|[1-9])(?![\w/:.-]|\s?(?:-|–|giờ|tiếng|người|khách|phòng|phút|tết|"
    r"tháng|âm|k\b|triệu|đến|tới|to)|\s\d)"
)
_BARE_RANGE = Pattern(
    r"(?<![\w/.,:$-])(?P<day>[12]\d|[1-9])\s?(?:-|–|đến|tới|to)\s?(?P<last>3[01]|[12]\d|[2-9])(?=\s*(?:$|[?!.,]|"
    r"(?:không|ko|còn|giá|bao|nhiêu|available|free|price|how|nha|nhé|ạ)\b))"
)
_HOURS = Pattern(r"\b(?:mở|đóng|open\w*|close\w*|giờ|hours?|tuổi|years?|age|ca|shift|tầng|floors?|điểm)\b")


class Stay(NamedTuple):
    """
    What a question says of days.

    Attributes:
        start: The (first) day.
        end: The day of leaving.
        nights: As stated, or between `start` and `end`.
        spans: Where days and nights stand.
        is_impossible: It names a day that no calendar has, or leaves before it arrives.
    """

    start: dt.date | None
    end: dt.date | None
    nights: int | None
    spans: tuple[tuple[int, int], ...]
    is_impossible: bool = False

    @property
    def is_named(self) -> bool:
        """Whether a day or a number of nights is stated at all."""
        return self.start is not None or self.nights is not None


def read_stay(source: Source, today: dt.date) -> Stay:
    """The days of one question; "today is …" inside it does not move `today`."""
    source = Source(_HYPHEN.sub("–", source.text), source.language)  # "for 24-26 December" is no day and month
    found, warnings = calendar_days(source, today, about_the_past=False)
    taken = [(day.start, day.end) for day in found]
    found += [
        day
        for day in relative_days(source, today)
        if not any(start < day.end and day.start < end for start, end in taken)
    ]
    found += [Day(*match.span(), today - dt.timedelta(1), "past") for match in _YESTERDAY.finditer(source.lower)]
    if not found:
        found = [
            Day(*match.span("day"), today + dt.timedelta(1), "relative") for match in _TOMORROW.finditer(source.lower)
        ]
    told = [day for day in found if _TOLD_DAY.search(source.lower, max(0, day.start - 30), day.start)]
    days = _distinct([day for day in sorted(found) if day not in told and not _is_before_told(day, told, source)])
    nights, night_spans = _nights(source)
    spans = (*((_start(day, source), day.end) for day in found), *night_spans)
    if not days and not warnings and (bare := _bare(source, today)):
        days, spans = [bare], (*spans, (bare.start, bare.end))
    if not days:
        return Stay(None, None, nights, spans, bool(warnings))
    start, end = _range(days, source)
    if end is not None and end <= start:
        return Stay(start, None, nights, spans, is_impossible=True)
    if end is None and nights:
        end = start + dt.timedelta(nights)
    elif end is not None:
        nights = (end - start).days
    if nights is not None and nights > MAX_NIGHTS:
        nights, end = None, None
    return Stay(start, end, nights, spans, bool(warnings))


def past_instead(day: dt.date, today: dt.date) -> dt.date:
    """A day of a stay that was read as next year's because this year's is over, without a year being said."""
    if (day - today).days <= _FAR_DAYS:
        return day
    return day.replace(year=day.year - 1, day=min(day.day, 28)) if day.day > 28 else day.replace(year=day.year - 1)


def _is_before_told(day: Day, told: list[Day], source: Source) -> bool:
    return any(day.kind == "today" and 0 <= other.start - day.end <= 16 for other in told) and bool(
        _TOLD_DAY.search(source.lower[day.start :][:30] + " ", 0, 30) or told
    )


def _bare(source: Source, today: dt.date) -> Day | None:
    """The first such day from today on."""
    found = _BARE_DAY.search(source.lower)
    if found is None and not _HOURS.search(source.lower):
        found = _BARE_RANGE.search(source.lower)
        found = found if found and int(found["day"]) < int(found["last"]) else None
    day = _later(today - dt.timedelta(1), int(found["day"])) if found else None
    return Day(found.start("day"), found.end(), day, "calendar") if found and day else None


def _distinct(days: list[Day]) -> list[Day]:
    """ "Friday 14 June" names one day twice: the calendar date counts."""
    kept: list[Day] = []
    for place, day in enumerate(days):
        following = days[place + 1] if place + 1 < len(days) else None
        if following and day.kind == "relative" and following.kind == "calendar" and following.start - day.end <= 8:
            continue
        kept.append(day)
    return kept


def _range(days: list[Day], source: Source) -> tuple[dt.date, dt.date | None]:
    first = days[0]
    inside = _INSIDE.search(source.lower[first.start : first.end])
    earlier = _FIRST_OF_TWO.search(source.lower[: first.start])
    if earlier and first.kind == "calendar":
        return _earlier(first.day, int(earlier["day"])), first.day
    if inside:
        return first.day, _later(first.day, int(inside["day"]))
    for second in days[1:]:
        between = source.lower[first.end : second.start]
        if len(between) <= 30 and _UNTIL.search(between if between.strip() else " "):
            return _ordered(first, second)
    return first.day, None


def _ordered(first: Day, second: Day) -> tuple[dt.date, dt.date]:
    start, end = first.day, second.day
    if end <= start and second.kind == "relative":
        end += dt.timedelta(7)  # "from Friday to Sunday", asked on a Saturday
    if start > end and first.kind == "calendar" and 27 < (start - end).days < 400:
        start = start.replace(year=end.year, month=end.month) if start.day < end.day else start
    return start, end


def _start(day: Day, source: Source) -> int:
    """Where a day begins, with the number of "20 đến" 23/1 that belongs to it."""
    first = _FIRST_OF_TWO.search(source.lower[: day.start]) if day.kind == "calendar" else None
    return first.start() if first else day.start


def _earlier(end: dt.date, day: int) -> dt.date:
    """The last `day` of a month before `end`."""
    found = end - dt.timedelta(1)
    while found.day != day and (end - found).days < 62:
        found -= dt.timedelta(1)
    return found


def _later(start: dt.date, day: int) -> dt.date | None:
    """The first `day` of a month behind `start`."""
    for shift in (0, 1):
        month = start.month - 1 + shift
        try:
            found = dt.date(start.year + month // 12, month % 12 + 1, day)
        except ValueError:
            continue
        if found > start:
            return found
    return None


def _nights(source: Source) -> tuple[int | None, list[tuple[int, int]]]:
    spans = []
    nights = None
    for match in _WEEKS.finditer(source.lower):
        nights = 7 * (number_value(match["count"]) or 1)
        spans.append(match.span())
    for match in _NIGHTS.finditer(source.lower):
        count = number_value(match["count"])
        if _A_NIGHT.search(source.before(match.start(), 6)) or not count:
            continue
        spans.append(match.span())
        if count > 1 or nights is None:
            nights = count if nights is None or count > nights else nights
    return (nights if nights and nights <= MAX_NIGHTS else None), spans
