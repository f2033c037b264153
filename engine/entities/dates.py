"""The day a message is about: relative and calendar dates together, background left out."""

from datetime import date, datetime
from itertools import zip_longest

from innkeeper.engine.entities.calendar_days import calendar_days
from innkeeper.engine.entities.relative_days import Day, relative_days
from innkeeper.engine.entities.roles import mentions_past, tells_of_the_past, wanted
from innkeeper.engine.entities.source import Pattern, Source

_SMALL_TALK = Pattern(
    r"\b(?:what a|happy|thank you for|thanks for|mưa không|nắng không|trời|thời tiết|weather|forecast|"
    r"match|will .{1,20} win)\b"
)
_GREETING = Pattern(r"\b(?:chúc|happy|have a (?:nice|great|lovely|good)|enjoy (?:the|your))\b[^.!?'\d]{0,16}$")
# "My laundry from Sunday hasn't come back": the day belongs to what went wrong.
_SINCE_THEN = Pattern(
    r"[^.!?,]{0,20}\b(?:hasn['’]?t|haven['’]?t|has not|have not|isn['’]?t|is not|still|never|wasn['’]?t|didn['’]?t)\b"
)
_FROM = Pattern(r"\b(?:from|since)\s(?:last )?$")
_IT_IS = Pattern(r"\b(?:it is|it['’]s|its)\s(?:now |already )?$")
_PART_ENDS = (
    (Pattern(r"this morning|sáng nay"), 12),
    (Pattern(r"this (?:noon|lunchtime)|trưa nay"), 15),
    (Pattern(r"this (?:afternoon|arvo)|chiều nay"), 19),
)
_WORKED_OUT = Pattern(r"\b(?:breakfast was|was a joke|is anyone)\b")


def find_days(source: Source, reference: datetime) -> tuple[list[Day], list[str]]:
    """
    Days the guest may mean, in order of appearance, and warnings about impossible ones.

    "Tonight" belongs to the calendar day of `reference`, also after midnight: at 01:00 the night that is still
    going on has that date too.
    """
    today = date(reference.year, reference.month, reference.day)
    calendar, warnings = calendar_days(source, today, about_the_past=mentions_past(source))
    spans = [(day.start, day.end) for day in calendar]
    relative = [
        day
        for day in relative_days(source, today)
        if not any(start < day.end and day.start < end for start, end in spans)
    ]
    kept = [
        day for day in (*calendar, *relative) if day.kind == "calendar" or not _is_background(day, source, reference)
    ]
    return sorted(kept), warnings


def wanted_day(days: list[Day], source: Source) -> Day | None:
    """The day to act on: the first, or the new one of a change."""
    return wanted(_specific(days), source)


def _specific(days: list[Day]) -> list[Day]:
    """ "Friday 14 June" names one day twice: the calendar date is the surer one."""
    kept = []
    for day, following in zip_longest(days, days[1:]):
        is_named_again = following is not None and following.kind == "calendar" and 0 <= following.start - day.end <= 8
        if not (day.kind == "relative" and is_named_again):
            kept.append(day)
    return kept


def _is_background(day: Day, source: Source, reference: datetime) -> bool:
    if _GREETING.search(source.before(day.start, 40)):
        return True
    if day.kind != "today":
        if _FROM.search(source.before(day.start, 12)) and _SINCE_THEN.match(source.lower, day.end):
            return True
        if _IT_IS.search(source.before(day.start, 16)):
            return True
        return tells_of_the_past(source, day.start)
    start, end = source.sentence(day.start)
    if _SMALL_TALK.search(source.lower, start, end) or _WORKED_OUT.search(source.lower, start, end):
        return True
    if any(reference.hour >= hour and part.match(source.lower, day.start) for part, hour in _PART_ENDS):
        return True  # over already
    written = source.lower[day.start : day.end]
    if written in {"this morning", "sáng nay", "sang nay"} and mentions_past(source):
        return True
    return tells_of_the_past(source, day.start)
