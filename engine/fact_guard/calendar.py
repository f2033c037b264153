"""Dates, months and weekdays in English and Vietnamese, as ISO 8601: "2025-01-17", "--01-17", "2025-01", "---17"."""

import datetime as dt
import re
from collections.abc import Sequence
from itertools import pairwise

from innkeeper.engine.fact_guard.mentions import Reading
from innkeeper.engine.fact_guard.names import PLAIN_SURNAMES
from innkeeper.engine.fact_guard.scanning import RANGE, LazyPattern, Scan
from innkeeper.engine.text import fold

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_VI_MONTHS = {
    "mot": 1, "gieng": 1, "hai": 2, "ba": 3, "tu": 4, "bon": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9,
    "muoi": 10, "muoi mot": 11, "muoi hai": 12, "chap": 12,
}  # fmt: skip
_LONG = "january|february|march|april|may|june|july|august|september|october|november|december"
_ENGLISH = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])\.?"
)
_VI_MONTH = r"(?P<month>1[0-2]|0?[1-9]|muoi mot|muoi hai|muoi|mot|gieng|hai|ba|tu|bon|nam|sau|bay|tam|chin|chap)"
_YEAR = r"(?P<year>(?:19|20)\d{2})(?!\d)"
_TH = r"(?:st|nd|rd|th)?"
_FIRST = rf"(?:(?P<first>\d{{1,2}})(?:[/.-](?P<first_month>\d{{1,2}}))?{RANGE}(?:ngay )?)?"
_DATES = (
    LazyPattern(r"(?<![\w./-])(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?!\d|[/-]\d)", at_number=True),
    LazyPattern(rf"(?<![\w./:-]){_FIRST}(?P<day>\d{{1,2}})(?P<s>[/.-])(?P<month>\d{{1,2}})(?P=s)"
                r"(?P<year>\d{4}|\d{2})(?![\w/]|-\d|[.,]\d)", at_number=True),
    LazyPattern(rf"(?<![\w./:-]){_FIRST}(?!24/7)(?P<day>\d{{1,2}})/(?P<month>\d{{1,2}})(?![\w/%]|[.,:]?\d)",
                at_number=True),
    LazyPattern(rf"(?<!\w)ngay {_FIRST}(?P<day>\d{{1,2}})-(?P<month>\d{{1,2}})(?![\w/%-]|[.,:]?\d)", needs="ngay"),
    LazyPattern(rf"(?<!\w){_MONTH} (?:the )?(?P<day>\d{{1,2}}){_TH}(?:{RANGE}(?P<last>\d{{1,2}}){_TH})?"
                rf"(?!\d|[:.,]\d|h\d| ?[ap]\.?m\b)(?:,? {_YEAR})?", needs=_ENGLISH),
    LazyPattern(rf"(?<![\w./:])(?:(?P<first>\d{{1,2}}){_TH}{RANGE})?(?P<day>\d{{1,2}}){_TH} (?:of )?{_MONTH}"
                rf"(?:,? {_YEAR})?", at_number=True),
    LazyPattern(rf"(?<![\w./:]){_FIRST}(?P<day>\d{{1,2}}) thang {_VI_MONTH}(?!\w)"
                rf"(?:,? ?(?:nam|/|,)? ?{_YEAR})?", needs="thang", at_number=True),
)  # fmt: skip
_MONTHS_ALONE = (
    LazyPattern(rf"(?<!\w){_MONTH},? {_YEAR}", needs=_ENGLISH),
    LazyPattern(rf"(?<!\w)thang {_VI_MONTH}(?!\w)(?:(?: ?/ ?| nam | ){_YEAR})?", needs="thang"),
    LazyPattern(r"(?<![\w/])(?P<month>0?[1-9]|1[0-2])/(?P<year>20\d\d)(?![\d/])", at_number=True),
    LazyPattern(rf"(?<!\w)(?P<month>{_LONG})(?!\w)", needs=_LONG.replace("|", " ")),
)
_DAYS_ALONE = (
    LazyPattern(
        r"(?<![\w./:])(?P<day>\d{1,2})(?:st|nd|rd|th)(?! (?:floor|century|anniversary|birthday|hour|night|time))(?!\w)",
        at_number=True,
    ),
    LazyPattern(r"(?<!\w)ngay (?P<day>\d{1,2})(?![\w/:%]|[.,]\d| (?:ngay|dem|gio|phut))", needs="ngay"),
)
_MAY = re.compile(r"(?:in|of|since|until|from|to|by|early|late|mid|every|and|or|–|-)\s$", re.IGNORECASE)
_NAMES = ("mon(?:day)?", "tue(?:s|sday)?", "wed(?:nesday)?", "thu(?:r|rs|rsday)?", "fri(?:day)?", "sat(?:urday)?",
          "sun(?:day)?")  # fmt: skip
_VI_NAMES = ("hai|2", "ba|3", "tu|4", "nam|5", "sau|6", "bay|7")
_ANY_DAY = "|".join(
    [*(f"(?P<vi{place}>thu ?(?:{name})|t{name[-1]})" for place, name in enumerate(_VI_NAMES, 1)),
     "(?P<vi7>chu nhat|cn)",
     *(f"(?P<en{place}>{name})" for place, name in enumerate(_NAMES, 1))]
)  # fmt: skip
_WEEKDAY = LazyPattern(
    rf"(?<!\w)(?:{_ANY_DAY})s?(?!\w|-\d)", needs="mon tue wed thu fri sat sun nhat cn t2 t3 t4 t5 t6 t7"
)
_WEEKDAY_RANGE = LazyPattern(r" ?(?:-|–|—|to|through|den|toi) ?(?:thu )?")
_WORD_BEFORE = re.compile(r"([^\W\d_]+) $")
_CAPITAL_BEHIND = re.compile(r" ([^\W\d_a-zà-ÿ][^\W\d_]*)")
_ORDINAL = re.compile(r"(?:lan|nguoi|dieu|giuong|khach|phong|tang|buoc|cai) $")


def find_dates(scan: Scan) -> None:
    """Days and months; a range gives each of its ends."""
    for pattern in _DATES:
        scan.claim(pattern, "date", lambda match: _day_readings(scan, match))
    for pattern in _MONTHS_ALONE:
        scan.claim(pattern, "date", lambda match: _month_readings(scan, match))
    if scan.has_digits:
        for pattern in _DAYS_ALONE:
            scan.claim(pattern, "date", _lone_day)


def find_weekdays(scan: Scan) -> None:
    """Days of the week, 1 for Monday to 7; sources name those between "Monday to Friday" too."""
    places: list[tuple[int, int, int]] = []
    for match in _WEEKDAY.compiled.finditer(scan.open):
        number = int((match.lastgroup or "en1")[2])
        if _is_weekday(scan, match):
            scan.add("weekday", *match.span(), [Reading("weekday", str(number))])
            places.append((*match.span(), number))
    if not scan.is_strict:
        for (_, end, first), (start, _, last) in pairwise(places):
            if _WEEKDAY_RANGE.compiled.fullmatch(scan.open[end:start]):
                between = range(first, last + 1 if last >= first else last + 8)
                scan.add("weekday", end, start, [Reading("weekday", str((day - 1) % 7 + 1)) for day in between])
    for start, end, _ in places:
        scan.take(start, end)


def iso(day: int, month: int, year: int | None = None) -> str:
    """ISO form of a date with or without its year; "" for a day that does not exist."""
    try:
        made = dt.date(year or 2024, month, day)
    except ValueError:
        return ""
    return made.isoformat() if year else f"--{made:%m-%d}"


def _day_readings(scan: Scan, match: re.Match[str]) -> Sequence[Reading]:
    groups = match.groupdict()
    if not _is_month(scan, match, groups["month"]):
        return ()
    day, month = int(groups["day"]), _month(groups["month"])
    year = int(groups["year"]) if groups.get("year") else None
    if year is not None and year < 100:
        year += 2000
    value = iso(day, month, year)
    if not value and month > 12 >= day:  # 1/31/2025
        value = iso(month, day, year)
    if not value:
        return ()
    ends = [(groups.get("first"), groups.get("first_month")), (groups.get("last"), None)]
    others = [iso(int(end), int(own or month), year) for end, own in ends if end and int(own or month) <= 12]
    for other in others:
        if other:
            scan.add("date", *match.span(), [Reading("date", other)])
    return [Reading("date", value)]


def _month_readings(scan: Scan, match: re.Match[str]) -> Sequence[Reading]:
    groups = match.groupdict()
    if not _is_month(scan, match, groups["month"]):
        return ()
    is_bare = match.re is _MONTHS_ALONE[-1].compiled
    if is_bare and groups["month"] in {"may", "march"} and not _MAY.search(scan.text[: match.start()][-8:]):
        return ()
    year = groups.get("year")
    return [Reading("date", f"{year or '-'}-{_month(groups['month']):02d}")]


def _lone_day(match: re.Match[str]) -> Sequence[Reading]:
    day = int(match["day"])
    return [Reading("date", f"---{day:02d}")] if 1 <= day <= 31 else ()


def _month(written: str) -> int:
    if written.isdecimal():
        return int(written)
    return _VI_MONTHS[written] if written in _VI_MONTHS else _MONTHS.index(written[:3]) + 1


def _is_month(scan: Scan, match: re.Match[str], written: str) -> bool:
    """A month's English name has a capital ("you may 2 …"), but for those who type none."""
    is_name = not written.isdecimal() and written not in _VI_MONTHS
    return not (is_name and scan.voice != "question") or scan.text[match.start("month")].isupper()


def _is_weekday(scan: Scan, match: re.Match[str]) -> bool:
    written, text = match.group(), scan.text[match.start() : match.end()]
    if (match.lastgroup or "").startswith("en"):
        return written.removesuffix("s").endswith("day") or (
            text.isascii() and text[0].isupper() and not _is_in_a_name(scan, match)
        )
    if not written.startswith("thu"):
        return written == "chu nhat" or text[0].isupper()
    if _ORDINAL.search(scan.folded[: match.start()][-8:]):
        return False
    return not scan.is_accented or scan.lower[match.start() : match.end()].startswith("thứ")


def _is_in_a_name(scan: Scan, match: re.Match[str]) -> bool:
    """ "Lê Thu Hà", "Nguyen Thi Thu": no Thursdays."""
    behind = _CAPITAL_BEHIND.match(scan.text, match.end())
    if behind and fold(behind[1])[:3] not in {*_MONTHS, *(name[:3] for name in _NAMES)}:
        return True
    before = _WORD_BEFORE.search(scan.text, max(0, match.start() - 20), match.start())
    if before is None or not before[1][0].isupper():
        return False
    return fold(before[1]) in {*PLAIN_SURNAMES, "thi", "hoai", "minh", "anh"}
