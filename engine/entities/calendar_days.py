"""Calendar dates: "14/02", "20th of April", "Feb 14", "the 20th", "1 tháng 5", "mùng 2", ISO forms, ranges."""

import re
from calendar import monthrange
from datetime import date, timedelta

from innkeeper.engine.entities.relative_days import Day
from innkeeper.engine.entities.source import Pattern, Source

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>3[01]|[12]\d|0?[1-9])"
_ORDINALS = {
    name: value
    for value, name in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
            "thirteenth",
            "fourteenth",
            "fifteenth",
            "sixteenth",
            "seventeenth",
            "eighteenth",
            "nineteenth",
            "twentieth",
        ],
        1,
    )
} | {
    "twenty-first": 21,
    "twenty-second": 22,
    "twenty-third": 23,
    "twenty-fourth": 24,
    "twenty-fifth": 25,
    "thirtieth": 30,
    "thirty-first": 31,
}
_ORDINAL_WORD = "|".join(sorted(_ORDINALS, key=len, reverse=True))
_YEAR = r"(?:,?\s?(?:of )?(?P<year>20\d\d))?"
_RANGE = r"(?:\s?(?:-|–|to|and|until|till|through|/|&|or)\s?(?:the )?(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?)?"

_PATTERNS = (
    Pattern(r"(?<![\w/-])(?P<year>20\d\d)[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?![\d/-])"),
    Pattern(r"(?<![\w/.-])(?P<day>\d{1,2})(?P<sep>[/.-])(?P<month>\d{1,2})(?P=sep)(?P<year>(?:20)?\d\d)(?![\w/-])"),
    Pattern(
        r"(?<![\w/.:$-])(?P<cue>(?:ngày|hôm|mùng|mồng)\s)?(?P<day>\d{1,2})(?:\s?(?:-|–|đến|"
        r"tới)\s?\d{1,2})?(?P<sep>/)(?P<month>\d{1,2})(?![\w/%]|\s?(?:của|of|cái|phần|portion|cup|full|"
        r"hours))"
    ),
    Pattern(
        r"\b(?:on|from|until|by|for|arriving|leaving|ngày|hôm|từ|đến|sáng|chiều|tối|"
        r"trước)\s(?P<day>\d{1,2})(?P<sep>[-.])(?P<month>\d{1,2})(?![\w/:%-]|[.,]\d|\s?(?:h|giờ|g|pm|am|"
        r"o'clock|people|người|ng|nights|days|ngày|đêm|to|hours|tiếng)\b)"
    ),
    Pattern(rf"(?<![\w.,:/$-])(?:the )?{_DAY}(?:st|nd|rd|th)?{_RANGE}\s?(?:of )?{_MONTH}(?![\w]){_YEAR}"),
    Pattern(rf"(?<!\w){_MONTH}\s?(?:the )?{_DAY}(?:st|nd|rd|th)?(?![\w:%]|[.,]\d){_YEAR}"),
    Pattern(rf"(?<!\w)(?:the )?(?P<word>{_ORDINAL_WORD})\s(?:of )?{_MONTH}(?!\w){_YEAR}"),
    Pattern(rf"(?<!\w){_MONTH}\s(?:the )?(?P<word>{_ORDINAL_WORD})(?!\w){_YEAR}"),
    Pattern(r"(?<!\w)(?P<day>3[01]|[12]\d|[1-9])(?:st|nd|rd|th)?\s(?:of )?(?P<this>this|next) month\b"),
    Pattern(
        rf"\b(?:the|on|until|till|by|for|from) (?:(?:(?:on )?(?:the )?)?(?P<day>3[01]|[12]\d|[1-9])(?:st|"
        rf"nd|rd|th)|(?<=on the )(?P<word>{_ORDINAL_WORD}))(?!\w)"
        r"(?!\s(?:flight|train|bus|boat|ferry|slot|seat|half|part|page|tee|sitting|course|ones?|two|three|available|"
        r"possible|occasion|attempt|instance|place|morning|evening|week|month|try|trip|tour|car|bill|item|charge|"
        r"floor|anniversary|birthday|time|night|day|room|bed|person|guest|grade|century|street|"
        r"avenue|district|level|call|request|reminder|one|stay|wedding|visit|house|hour|row|class|message|"
        r"attempt|email|complaint|key|towel|\w+ floor))"
    ),
    Pattern(r"(?<![\w.,:/-])(?P<day>3[01]|[12]\d|[1-9])\s(?:~tây)(?!\w)(?P<this>\stháng (?:này|sau|tới))?"),
    Pattern(
        r"(?<!\w)(?:ngày|hôm|mùng|mồng)?\s?(?P<day>3[01]|[12]\d|0?[1-9])\s(?:tháng|~thg|"
        r"~th)\s?(?P<month>1[0-2]|0?[1-9])(?!\w)(?:\s?(?:năm|/|-|,)\s?(?P<year>20\d\d))?"
    ),
    Pattern(
        r"(?<!\w)(?:ngày|mùng|mồng|hôm)\s(?P<day>3[01]|[12]\d|0?[1-9])(?![\w/:%]|[.,-]\d|\s?(?:lần|người|"
        r"ng|h|tiếng|nữa)\b)(?P<this>\stháng (?:này|sau|tới))?"
    ),
)
_HOLIDAYS = (
    (Pattern(r"\bnew year['’]?s['’]? eve\b|(?<!\w)đêm giao thừa dương lịch(?!\w)"), 12, 31),
    (Pattern(r"\bnew year['’]?s day\b|(?<!\w)tết dương(?: lịch)?(?!\w)"), 1, 1),
    (Pattern(r"\b(?:christmas|xmas) eve\b|(?<!\w)(?:đêm|tối) (?:noel|nô-en|giáng sinh)(?!\w)"), 12, 24),
    (Pattern(r"\b(?:christmas|xmas) day\b|(?<!\w)ngày (?:noel|giáng sinh)(?!\w)"), 12, 25),
    (Pattern(r"\b(?:valentine['’]?s?(?: day)?)\b(?! (?:menu|dinner package))|(?<!\w)lễ tình nhân(?!\w)"), 2, 14),
    (Pattern(r"(?<!\w)(?:quốc khánh)(?!\w)"), 9, 2),
)
_PAST_DAYS = 60
_HORIZON_MONTHS = 24


def calendar_days(source: Source, today: date, *, about_the_past: bool) -> tuple[list[Day], list[str]]:
    """
    Dates written with a day of the month, and warnings for impossible ones.

    Args:
        source: The message.
        today: Day the message was sent; a date without year is the next one not before it.
        about_the_past: Allows a date without year up to 60 days back.
    """
    found: list[Day] = []
    warnings: list[str] = []
    taken: list[tuple[int, int]] = []
    for pattern in _PATTERNS:
        for match in pattern.finditer(source.lower):
            start, end = match.span()
            if any(start < used_end and used_start < end for used_start, used_end in taken):
                continue
            if (
                match.groupdict().get("month") in {"may", "sep", "mar"}
                and source.is_vietnamese
                and source.text[match.start("month")].islower()
            ):
                continue  # "may" is also a machine, "sep" a boss
            taken.append((start, end))
            day = _resolve(match, today, about_the_past=about_the_past)
            if day is not None:
                found.append(Day(_skip_cue(match), end, day, "calendar"))
            elif _is_surely_a_date(match):
                warnings.append(
                    f"{source.text[start:end].strip()!r} is not a day of the calendar; ask the guest for the date."
                )
    for holiday, month, number in _HOLIDAYS:
        day = _next(today, number, month) or today
        found += [Day(*match.span(), day, "calendar") for match in holiday.finditer(source.lower)]
    return found, warnings


def _skip_cue(match: re.Match[str]) -> int:
    """Offset of the day itself, behind "on", "from" and the like."""
    named = [
        match.start(name)
        for name in ("day", "word", "month", "year")
        if name in match.re.groupindex and match.start(name) >= 0
    ]
    return min(named)


def _is_surely_a_date(match: re.Match[str]) -> bool:
    """ "31/02" is a date that does not exist; "24/7" and "99/100" are no dates."""
    groups = match.groupdict()
    month = groups.get("month")
    return month is not None and (not month.isdecimal() or (1 <= int(month) <= 12 and 1 <= int(groups["day"]) <= 31))


def _resolve(match: re.Match[str], today: date, *, about_the_past: bool) -> date | None:
    groups = match.groupdict()
    day = _ORDINALS[groups["word"]] if groups.get("word") else int(groups["day"])
    month = _month(groups.get("month"))
    if month is not None and month > 12 >= day:
        day, month = month, day  # month first is the only reading left
    if groups.get("sep") == "/" and not groups.get("year") and (day, month) == (24, 7):
        return None
    if groups.get("year"):
        return _exact(int(groups["year"]) % 100 + 2000, month or 0, day)
    if month is None:
        shift = (
            0
            if not groups.get("this") or "này" in groups["this"] or "nay" in groups["this"] or groups["this"] == "this"
            else 1
        )
        if shift:
            following = today.replace(day=1) + timedelta(31)
            return _exact(following.year, following.month, day)
        return _recent(today, day) if about_the_past and day < today.day else _next(today, day, None)
    upcoming = _next(today, day, month)
    if about_the_past:
        back = _exact(today.year, month, day) or today
        back = back if back <= today else (_exact(today.year - 1, month, day) or today)
        if back < today and (today - back).days <= _PAST_DAYS:
            return back
    return upcoming


def _recent(today: date, day: int) -> date | None:
    return _exact(today.year, today.month, day)


def _month(written: str | None) -> int | None:
    if written is None:
        return None
    return int(written) if written.isdecimal() else _MONTHS.index(written[:3]) + 1


def _exact(year: int, month: int, day: int) -> date | None:
    return date(year, month, day) if 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1] else None


def _next(today: date, day: int, month: int | None) -> date | None:
    """The first such day not before `today`: within two years, or eight for 29 February."""
    if month is not None:
        years = range(today.year, today.year + 9)
        return next((found for year in years if (found := _exact(year, month, day)) and found >= today), None)
    for shift in range(_HORIZON_MONTHS):
        index = today.month - 1 + shift
        found = _exact(today.year + index // 12, index % 12 + 1, day)
        if found and found >= today:
            return found
    return None
