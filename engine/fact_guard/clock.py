"""Times of day on the 24-hour clock: "2 PM", "14h30", "2 giờ 15 chiều", "noon", "24/7"."""

import re
from collections.abc import Sequence

from innkeeper.engine.fact_guard.mentions import Reading
from innkeeper.engine.fact_guard.scanning import RANGE, LazyPattern, Scan

_WORDS = {
    name: value
    for value, names in enumerate(
        ("one mot", "two hai", "three ba", "four bon", "five nam", "six sau", "seven bay", "eight tam", "nine chin",
         "ten muoi", "eleven", "twelve"), 1,
    )
    for name in names.split()
} | {"muoi mot": 11, "muoi hai": 12}  # fmt: skip
_NAMED = "|".join(sorted(_WORDS, key=len, reverse=True))
_PART = (
    r"(?P<part>a\.? ?m\b\.?|p\.? ?m\b\.?|noon|midday|midnight|sang|trua|chieu|toi|dem|khuya|"
    r"in the (?:morning|afternoon|evening)|at night)(?!\w)"
)
_HOUR = r"(?P<hour>[01]?\d|2[0-4])"
_FREE = r"(?<![\w.,:/])"
_ALWAYS = LazyPattern(
    r"(?<!\w)(?:24 ?/ ?(?:7|24)|(?:a)?round[- ]the[- ]clock|day and night|suot ngay dem|ca ngay lan dem|ngay dem|"
    r"24[- ]?hours?(?: a day)?|24 ?h|24 gio(?:(?: moi| mot| ?/) ?ngay)?|24 tieng)(?!\w)",
    needs="24 clock night dem",
)
_NAMED_TIME = LazyPattern(
    r"(?<!\w)(?P<named>(?:12 )?noon|midday|(?:12 )?midnight|nua dem|giua trua|chinh ngo)(?!\w)",
    needs="noon midday midnight nua giua chinh",
)
_FIRST = LazyPattern(  # "6 – 10 pm", "từ 2 đến 5 giờ chiều"
    rf"{_FREE}(?<!gio )(?<!h ){_HOUR}(?={RANGE}\d{{1,2}}(?:[:.]\d\d|h\d\d)? ?(?:gio|h(?!\w)|{_PART}))", at_number=True
)
_CLOCK = LazyPattern(
    rf"{_FREE}{_HOUR} ?(?:[:hg]|gio ?|\.(?=\d\d ?[ap]\.?m))(?P<minute>[0-5]\d)(?::[0-5]\d)?(?: ?phut)?"
    rf"(?![\w%]|[.,]\d\d)(?: ?\(?{_PART})?",
    at_number=True,
)
_BEHIND = r"(?: ?(?P<half>ruoi)| kem (?P<less>\d{1,2}))?(?!\w)" rf"(?: ?\(?{_PART})?"
_FULL = (
    LazyPattern(rf"{_FREE}{_HOUR} ?(?:h|gio|o'? ?clock){_BEHIND}", at_number=True),
    LazyPattern(rf"(?<!\w)(?P<hour>{_NAMED}) (?:gio|o'? ?clock){_BEHIND}", needs="gio clock"),
)
_MERIDIEM = (  # without "đêm": "3 đêm" are nights
    LazyPattern(rf"{_FREE}(?P<hour>1[0-2]|0?[1-9])(?:\.00)? ?{_PART.replace('|dem|khuya', '')}", at_number=True),
    LazyPattern(rf"(?<!\w)(?P<hour>{_NAMED}) ?(?P<part>[ap]\.? ?m\b\.?)", needs="am pm a.m p.m"),
)
_ASKED = LazyPattern(
    rf"(?<!\w)(?:at|until|till|til|by|before|after|around|luc|den|toi|truoc|sau) "
    rf"(?P<hour>\d{{1,2}}|{_NAMED})(?![\w:.,/]\w|\w)"
)
_PART_BEHIND = LazyPattern(rf"{RANGE}(?:\d{{1,2}}(?:[:.h]\d\d| ?gio(?: ?\d\d)?| ?h)?) ?{_PART}")
_EARLY = {"sang", "in the morning"}
_LATE = {"chieu", "toi", "in the afternoon", "in the evening"}
_NIGHT = {"dem", "khuya", "at night"}


def find_times(scan: Scan) -> None:
    """Clock times; "2 giờ" may be two hours as well, "24h" is a day and always open."""
    scan.claim(_ALWAYS, "time", lambda match: [Reading("always", "24/7"), Reading("duration", "1440")])
    scan.claim(_NAMED_TIME, "time", _named)
    if scan.has_digits:
        scan.claim(_FIRST, "time", lambda match: [*_read(scan, match), Reading("number", match["hour"])])
        scan.claim(_CLOCK, "time", lambda match: _read(scan, match))
    for pattern in _FULL:
        scan.claim(pattern, "time", lambda match: [*_read(scan, match), *_hours(match)])
    for pattern in _MERIDIEM:
        scan.claim(pattern, "time", lambda match: _read(scan, match) if _is_marked(scan, match) else ())
    if scan.voice == "question":
        scan.claim(_ASKED, "time", lambda match: [*_read(scan, match), *_plain_number(match)])


def _named(match: re.Match[str]) -> Sequence[Reading]:
    night = "night" in match["named"] or match["named"] == "nua dem"
    return [Reading("time", "00:00"), Reading("time", "24:00")] if night else [Reading("time", "12:00")]


def _read(scan: Scan, match: re.Match[str]) -> list[Reading]:
    groups = match.groupdict()
    hour = _number(groups["hour"])
    minute = int(groups.get("minute") or 0)
    if hour > 24:
        return []
    if groups.get("half"):
        minute = 30
    if groups.get("less"):
        hour, minute = hour - 1, 60 - int(groups["less"])
    part = groups.get("part") if _is_marked(scan, match) else None
    behind = _PART_BEHIND.compiled.match(scan.folded, match.end()) if not part else None
    hours = _hours_of_day(hour, (part or "").replace(".", "").replace(" ", "") if part else "")
    if behind is not None and hour < 12:  # "6:00 – 10:00 PM": the first is likely in the same half
        hours += _hours_of_day(hour, behind["part"].replace(".", "").replace(" ", ""))
    if not part and scan.voice == "question" and hour < 12 and not groups["hour"].startswith("0"):
        hours.append(hour + 12)
    return [Reading("time", f"{each:02d}:{minute:02d}") for each in dict.fromkeys(hours) if each <= 24]


def _hours_of_day(hour: int, part: str) -> list[int]:
    """The hour on the 24-hour clock; `part` is a folded part of the day without spaces and dots."""
    late, early, night = ({each.replace(" ", "") for each in group} for group in (_LATE, _EARLY, _NIGHT))
    if part == "pm" or part in late:
        return [hour + 12 if hour < 12 else hour]
    if part == "am" or part in early:
        return [hour % 12 if hour <= 12 else hour]
    if part in {"noon", "midday", "trua"}:
        return [hour + 12 if hour < 4 else hour]
    if part == "midnight" or (part in night and hour in {12, 24}):
        return [0, 24]
    if part in night:
        return [hour + 12 if 6 <= hour < 12 else hour]
    return [0, 24] if hour == 24 else [hour]


def _is_marked(scan: Scan, match: re.Match[str]) -> bool:
    """Whether a part of the day is really one: "14:00 tới 16:00" and "sang ngày mai" fold like "tối" and "sáng"."""
    part = match.groupdict().get("part")
    if not part:
        return False
    written = scan.lower[match.start("part") : match.end("part")]
    return written not in {"tới", "sang", "đem", "đếm"} or (written == "sang" and not scan.is_accented)


def _hours(match: re.Match[str]) -> list[Reading]:
    """The same as a span of time: "2 giờ"."""
    if match["part"] or match["less"] or "clock" in match.group():
        return []
    minutes = _number(match["hour"]) * 60 + (30 if match["half"] else 0)
    return [Reading("duration", str(minutes)), Reading("number", str(_number(match["hour"])), "hour")]


def _plain_number(match: re.Match[str]) -> list[Reading]:
    return [Reading("number", str(_number(match["hour"])))]


def _number(written: str) -> int:
    return int(written) if written.isdecimal() else _WORDS[written]
