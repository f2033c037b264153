"""What "7" means on the clock: parts of the day, habits of a hotel, and the time the message was sent."""

from datetime import datetime
from typing import NamedTuple

from innkeeper.engine.entities.source import Pattern, Source

_PART = Pattern(
    r"\b(?:(?P<morning>in the morning|this morning|tomorrow morning|morning|sáng sớm|rạng sáng|~sáng|"
    r"(?<=\dh )sang|(?<=gio )sang|sang(?= (?:nay|mai)\b))"
    r"|(?P<noon>trưa)"
    r"|(?P<afternoon>in the afternoon|this afternoon|afternoon|chiều)"
    r"|(?P<evening>in the evening|this evening|evening|tonight|tonite|2nite|~tối|(?<=\dh )toi(?! \d)|"
    r"(?<=gio )toi|toi(?= (?:nay|mai)\b))"
    r"|(?P<night>at night|late night|night|~đêm|(?<=\dh )dem|(?<=gio )dem|dem nay|khuya))\b"
)
# Meals named in Vietnamese with a part of the day are habits, not parts of the day.
_MEAL_BEFORE = Pattern(r"\b(?:ăn|bữa|suất|buổi)\s$")
_LUNCH_HOUR = 3
_HABITS = (
    (
        "morning",
        Pattern(
            r"\b(?:breakfast|sunrise|tee(?:[- ]?off)? time|tee off|trekking|morning call|gọi phòng|wake|wake-up|"
            r"early flight|alarm|ăn sáng|bữa sáng|"
            r"buổi sáng|gọi dậy|báo thức|đánh thức|gọi \w+ dậy|bình minh)\b"
        ),
    ),
    (
        "evening",
        Pattern(
            r"\b(?:dinner|supper|turn ?down|sunset|cocktail\w*|nightcap|gala|bar|rooftop|ăn tối|bữa tối|"
            r"buổi tối|hoàng hôn|tiệc|chuẩn bị giường)\b"
        ),
    ),
    ("lunch", Pattern(r"\b(?:lunch|ăn trưa|bữa trưa|afternoon tea)\b")),
    ("table", Pattern(r"\b(?:table|restaurant|reservation|bàn|nhà hàng)\b")),
    ("leaving", Pattern(r"\b(?:late check-?\s?out|trả phòng (?:muộn|trễ))\b")),
    ("departing", Pattern(r"\b(?:check(?:ing)?[- ]?out|(?:we|i)(?:['’]re| are|['’]m| am)? leav(?:e|ing)|trả phòng)\b")),
    ("moving", Pattern(r"\b(?:check(?:ing)?[- ]?out|trả phòng|xe|taxi|car|airport|sân bay|tour|transfer|driver)\b")),
)
_FIRST_WORKING_HOUR = 7
_FIRST_TABLE_HOUR = 5
_NOBODY_LEAVES = 19
_FIRST_WAKING_HOUR = 3


class DayPart(NamedTuple):
    """A part of the day and where it is named."""

    name: str
    start: int
    end: int


def day_parts(source: Source) -> list[DayPart]:
    """Every part of the day the message names, in order."""
    return [
        DayPart(match.lastgroup, *match.span())
        for match in _PART.finditer(source.lower)
        if match.lastgroup and not _MEAL_BEFORE.search(source.before(match.start(), 6))
    ]


def nearest_part(parts: list[DayPart], source: Source, start: int, end: int) -> str | None:
    """The part of the day of a clock time at `start:end`: named right behind it, else before it, else soon after."""
    sentence = source.sentence(start)
    inside = [part for part in parts if sentence.start <= part.start < sentence.end]
    for part in inside:
        if 0 <= part.start - end <= 12 and "," not in source.lower[end : part.start]:
            return part.name
    before = [part for part in inside if part.end <= start]
    if before:
        return before[-1].name
    return (
        inside[0].name
        if inside and inside[0].start - end <= 30 and "," not in source.lower[end : inside[0].start]
        else None
    )


def in_part(hour: int, part: str) -> int:
    """`hour` of a 12-hour clock in a named part of the day: (7, "evening") → 19, (12, "night") → 0."""
    if not 1 <= hour <= 12:
        return hour
    if part == "morning":
        return hour
    if part == "noon":
        return hour + 12 if hour <= _LUNCH_HOUR else hour
    if part == "afternoon":
        return hour if hour == 12 else hour + 12
    if part == "evening":
        return 0 if hour == 12 else hour + 12
    if hour == 12:
        return 0
    return hour + 12 if hour >= 6 else hour


def by_habit(hour: int, source: Source, position: int, reference: datetime, *, is_today: bool) -> int:
    """`hour` of a 12-hour clock when nothing near it names a part of the day."""
    start, end = source.sentence(position)
    for name, cue in _HABITS:
        if cue.search(source.lower, start, end):
            decided = None if name == "moving" and is_today else _habitual(hour, name)
            if name == "departing" and is_today and _next_after(hour, reference) < _NOBODY_LEAVES:
                continue
            if decided is not None:
                return decided
    if is_today:
        return _next_after(hour, reference)
    return hour if _FIRST_WORKING_HOUR <= hour <= 12 else hour + 12


def _habitual(hour: int, name: str) -> int | None:
    if name == "morning":
        return hour if hour >= _FIRST_WAKING_HOUR else None
    if name == "evening":
        return hour + 12 if 3 <= hour <= 11 else None
    if name in {"moving", "departing"}:
        return hour if hour >= 5 else None
    if name == "table":
        return hour + 12 if _FIRST_TABLE_HOUR <= hour <= 9 else None
    if name == "leaving":
        return hour + 12 if hour <= 7 else hour
    return hour + 12 if hour <= 4 else None


def _next_after(hour: int, reference: datetime) -> int:
    """The next time the hands of a clock show `hour`; small hours only when it is night already."""
    hour %= 12
    for candidate in (hour, hour + 12):
        if candidate * 60 + 59 >= reference.hour * 60 + reference.minute:
            return candidate
    return hour if hour >= 5 or reference.hour >= 22 else hour + 12
