"""Days named from the day the message is sent: today, mai, next Tuesday, thứ bảy này, in 3 days."""

import re
from datetime import date, timedelta
from typing import Literal, NamedTuple

from innkeeper.engine.entities.numbers import NUMBER, number_value
from innkeeper.engine.entities.source import Pattern, Source

Granularity = Literal["minute", "hour", "part_of_day", "day", "range", "week", "month"]


class Day(NamedTuple):
    """A calendar day found in a message; `kind` is "today", "relative" or "calendar"."""

    start: int
    end: int
    day: date
    kind: str
    granularity: Granularity = "day"


_EN_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EN_WEEKDAY = (
    r"(?P<name>mon(?:day)?|tue(?:s|sday)?|wed(?:s|nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
)
_VI_WEEKDAYS = {
    "hai": 0,
    "ba": 1,
    "tu": 2,
    "nam": 3,
    "sau": 4,
    "bay": 5,
    "2": 0,
    "3": 1,
    "4": 2,
    "5": 3,
    "6": 4,
    "7": 5,
}

# "Tonight's dinner" is wanted tonight, "today's total" is not.
_POSSESSIVE = (
    r"(?!['’]s(?! (?:\w+ ){0,2}?(?:dinner|lunch|brunch|breakfast|table|massage|facial|treatment|tour|trip|class|"
    r"session|booking|"
    r"reservation|transfer|pick-?up|taxi|car|boat|cruise|show|gala|slot|appointment|lesson|round|tee|turndown|game|"
    r"match|party|excursion|check-?(?:in|out)|wake-?up))|\w)"
)
_TODAY = Pattern(
    r"\b(?:today|tonight|tonite|2nite|tonigh|this (?:afternoon|evening|noon|arvo|lunchtime)|hôm nay|"
    r"hnay|h\.nay|bữa nay|~hn|(?:tối|chiều|trưa|đêm) nay|(?P<morning>this morning|sáng nay))" + _POSSESSIVE
)
_AFTER_TOMORROW = Pattern(
    r"\b(?:(?:the )?day after tomorrow|overmorrow|ngày kia|ngày mốt|hôm kia kìa|(?:sáng|trưa|chiều|"
    r"tối|bữa|hôm) (?:~mốt|~kia|mot(?=\s?(?:$|[,.!?]|(?:cho|dat|nha|nhe|luc|em|anh|chi|gium|giup|minh)\b))))\b|"
    r"(?<!\w)~mốt(?!\w)"
)
_TOMORROW = Pattern(
    r"\b(?:tomorrow|tomorow|tommorow|tommorrow|tomorro|tmrw|tmrrw|tmr|tmw|tomoz|2moro|2morrow|(?:ngày|"
    r"sáng|trưa|chiều|tối|đêm|khuya|hôm) mai)\b(?!['’]s newspaper| che\b)|(?<![\w])(?P<bare>mai)(?!\w| che\b)"
)
_MAI_BEFORE = Pattern(r"\b(?:phô|pho|chị|anh|em|cô|bạn|tên|hoa|cành|cây|bà|ms|mrs|miss|ngày|thị|khuyến|khách sạn)\s$")
_ENDLESSLY = Pattern(r"\s(?:khong|ko|k|chua|moi|thoi|ma)\b")  # "mãi không" without its accents
_WEEKDAY = Pattern(
    rf"\b(?:(?P<when>this coming|this|next|coming|on|by|for|from|until|till|to|last|past|since|every|"
    rf"each|start|starting|happy)\s)?(?:the )?{_EN_WEEKDAY}(?P<plural>s)?{_POSSESSIVE}(?P<after>\s(?:next week|"
    rf"this week|week)\b)?"
)
_SHORT_WEEKDAYS = {"sat", "sun", "mon", "wed", "fri", "thu", "tue", "tues", "weds", "thur", "thurs"}
_VI_WEEKDAY = Pattern(
    r"(?<![\w'’])(?:(?:thứ\s?|~t(?=\d))(?P<name>[2-7]|hai|ba|~tư|tư|năm|sáu|bảy|bẩy)|(?P<sunday>chủ nhật|"
    r"~cn))(?!\w)(?!\s?(?:phòng|lần))(?P<after>\s(?:tuần (?:này|sau|tới)|này|sau|tới|tuần|vừa rồi|"
    r"trước|vừa qua))?"
)
_WEEKEND = Pattern(
    r"\b(?:(?P<when>this|next|the|over the|at the|on the)\s)?weekend\b|"
    r"(?<!\w)cuối tuần(?!\w)(?P<after>\s(?:này|sau|tới|trước))?"
)
_IN_DAYS = Pattern(
    rf"\b(?:in|within) (?P<count>{NUMBER}|a) (?P<unit>days?|weeks?)(?:['’]? time)?\b(?! (?:advance|"
    rf"a row))|(?<!\w)(?P<count2>{NUMBER}|a) (?P<unit2>days?|weeks?) from (?:now|today)\b|"
    rf"(?<!\w)(?P<count3>{NUMBER}) (?P<unit3>ngày|hôm|bữa|tuần) nữa(?!\w)"
)


def relative_days(source: Source, today: date) -> list[Day]:
    """Days named relative to `today`, in no particular order; past ones ("yesterday", "last Monday") are left out."""
    return [
        *_near(source, today),
        *_weekdays(source, today),
        *_vietnamese_weekdays(source, today),
        *_later(source, today),
    ]


def _near(source: Source, today: date) -> list[Day]:
    found = [
        Day(*match.span(), today, "today", "part_of_day" if _names_part(match) else "day")
        for match in _TODAY.finditer(source.lower)
    ]
    after_tomorrow = [match.span() for match in _AFTER_TOMORROW.finditer(source.lower)]
    found += [Day(*span, today + timedelta(2), "relative") for span in after_tomorrow]
    for match in _TOMORROW.finditer(source.lower):
        inside = any(start <= match.start() < end for start, end in after_tomorrow)
        if not inside and not (match["bare"] and _is_a_name(match, source)):
            found.append(Day(*match.span(), today + timedelta(1), "relative"))
    return found


def _names_part(match: re.Match[str]) -> bool:
    return match.group() not in {"today", "hôm nay", "hom nay", "hnay", "h.nay", "hn", "bữa nay", "bua nay"}


def _is_a_name(match: re.Match[str], source: Source) -> bool:
    """ "Mai" is also a woman's name and a flower."""
    start, end = match.span()
    if _MAI_BEFORE.search(source.before(start, 12)) or (not source.is_accented and _ENDLESSLY.match(source.lower, end)):
        return True
    if not source.text[start].isupper():
        return False
    follows = source.text[end : end + 2].strip()
    return start != source.sentence(start).start or bool(follows and follows[0].isupper())


def _weekdays(source: Source, today: date) -> list[Day]:
    found = []
    for match in _WEEKDAY.finditer(source.lower):
        when, name = match["when"] or "", match["name"]
        if when in {"last", "past", "since", "every", "each", "happy"} or match["plural"]:
            continue
        if name in _SHORT_WEEKDAYS and source.is_vietnamese and (not when or name in {"mon", "thu"}):
            continue  # "chị Thu" is a woman, "mon" a course
        if (
            name in _SHORT_WEEKDAYS
            and (not when or (name in {"sat", "sun"} and when in {"the", "to", "from"}))
            and not source.text[match.start("name")].isupper()
        ):
            continue
        if (
            source.lower.startswith(
                (" lounger", " bed", " deck", " cream", " set", " shade", " burn"), match.end("name")
            )
            and name == "sun"
        ):
            continue
        day = _weekday(
            today,
            _EN_WEEKDAYS.index(name[:3]),
            after=when == "next" or (bool(match["after"]) and "this" not in match["after"]),
            this=when.startswith("this"),
        )
        start = match.start("name") if when not in {"this", "next", "this coming", "coming"} else match.start()
        found.append(Day(start, match.end(), day, "relative"))
    return found


def _vietnamese_weekdays(source: Source, today: date) -> list[Day]:
    found = []
    for match in _VI_WEEKDAY.finditer(source.lower):
        after = match["after"] or ""
        if source.before(match.start(), 4).endswith(("hôm ", "hom ")) and not after:
            continue  # "hôm thứ ba" was last Tuesday
        if any(word in after for word in ("vừa", "vua", "trước", "truoc")):
            continue
        name = match["name"] or ""
        weekday = 6 if match["sunday"] else _VI_WEEKDAYS[name.translate(_PLAIN)]
        next_week = (
            "tuần sau" in after or "tuan sau" in after or "tuần tới" in after or "tuan toi" in after or after == " sau"
        )
        found.append(Day(*match.span(), _weekday(today, weekday, after=next_week, this=bool(after)), "relative"))
    return found


_PLAIN = str.maketrans("ưăáảẩ", "uaaaa")


def _weekday(today: date, weekday: int, *, after: bool, this: bool = True) -> date:
    """The coming `weekday`, today only with `this`; with `after` the one of the next week (Monday to Sunday)."""
    if after:
        return today + timedelta(7 - today.weekday() + weekday)
    ahead = (weekday - today.weekday()) % 7
    return today + timedelta(ahead if ahead or this else 7)


def _later(source: Source, today: date) -> list[Day]:
    found = []
    for match in _IN_DAYS.finditer(source.lower):
        groups = {name.rstrip("23"): value for name, value in match.groupdict().items() if value}
        count = number_value(groups["count"])
        if count is not None and count <= 366:
            weeks = groups["unit"].startswith(("week", "tu"))
            found.append(Day(*match.span(), today + timedelta(count * (7 if weeks else 1)), "relative"))
    for match in _WEEKEND.finditer(source.lower):
        after = match["after"] or ""
        if "trước" in after or "truoc" in after or source.before(match.start(), 6).endswith("last "):
            continue
        following = match["when"] == "next" or "sau" in after
        saturday = today if today.weekday() == 6 and not following else _weekday(today, 5, after=following)
        found.append(Day(*match.span(), saturday, "relative", "range"))
    return found
