"""Clock times: "half past 7", "7.30 in the evening", "3h30", "7 giờ kém 15", "chín giờ sáng"."""

import re
from datetime import datetime
from typing import NamedTuple

from innkeeper.engine.entities.daytime import by_habit, day_parts, in_part, nearest_part
from innkeeper.engine.entities.numbers import VIETNAMESE_WORD, number_value
from innkeeper.engine.entities.roles import asks_for_something, tells_of_the_past, wanted
from innkeeper.engine.entities.source import Pattern, Source

_EN_HOUR = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|1[0-2]|0?[1-9])"
_MERIDIEM = r"(?P<sense>[ap]\.?\s?m\b\.?)"
_MINUTE_WORD = r"(?:fifteen|thirty|forty[- ]five|ten|twenty|twenty[- ]five|forty|fifty|oh five)"
_NO_NUMBER_BEFORE = r"(?<![\w.,:/$€£#+-])"
_TAIL = (
    r"(?=\s*(?:$|[.!?;,)…\n](?!\d)|:(?!\d)|(?:tonight|tonite|tomorrow|tmrw?|today|this|in the|at night|on|"
    r"and|or|to|please|pls|plz|thx|thanks|thank|sharp|because|as|so|then|if|at|we|i|my|our|with|when|"
    r"but|instead|latest|for|o'clock|monday|tuesday|wednesday|thursday|friday|saturday|sunday|from)\b"
    r"))"
)

_PATTERNS = (
    # half eleven: British for 11:30
    Pattern(
        rf"(?<![\w.,:/$€£#+-])(?<!a )(?P<part>half)\s(?P<hour>two|three|four|five|six|seven|eight|nine|ten|"
        rf"eleven|twelve|"
        rf"(?:1[0-2]|[1-9])(?!\s?(?:hours?|hrs?|days?|an?|portions?|price|off|bottles?|boiled)))(?![\w:-]|[.]\d|"
        rf"\s(?:an? |hours?|days?|portions?|boxes|bottles))(?:\s*{_MERIDIEM})?"
    ),
    # half past 7, quarter to six, 25 to 7 pm, ten past eight
    Pattern(
        rf"{_NO_NUMBER_BEFORE}(?:(?P<part>half|(?:a )?quarter|\d{{1,2}}|five|ten|"
        rf"twenty(?:[- ]five)?)\s(?:minutes? )?(?P<dir>past|after)|(?P<part2>(?:a )?quarter|2[05]|"
        rf"twenty(?:[- ]five)?|(?:(?<=at )|(?<=by )|(?<=until )|(?<=around )|(?<=about ))(?:10|5|five|ten)|"
        rf"(?:\d{{1,2}}|five|ten)(?= minutes?|\sto \d{{1,2}} ?(?:am|pm|p\.m|a\.m|in the|at night|evening|"
        rf"night|morning|afternoon)))\s(?:minutes? )?(?P<dir2>to|till|"
        rf"before))\s(?P<hour>{_EN_HOUR})(?![\w:]|[.]\d)(?:\s*{_MERIDIEM})?"
    ),
    # 19:45, 7.30 pm, 7:30pm
    Pattern(
        rf"{_NO_NUMBER_BEFORE}(?P<hour>[01]?\d|2[0-3])\s?(?P<sep>[:.])(?P<minute>[0-5]\d)(?![\d:/%]|"
        rf"[.,]\d)(?::\d\d)?(?:\s*{_MERIDIEM})?"
    ),
    # 8 40 in the morning, at 17 30
    Pattern(
        rf"{_NO_NUMBER_BEFORE}(?P<hour>[01]?\d|2[0-3]) (?P<minute>[0-5]\d)(?=\s(?:in the (?:morning|"
        rf"afternoon|evening|night)|at night|afternoon|evening|night|morning)\b|"
        rf"\s?{_MERIDIEM.replace('?P<sense>', '?:')})(?:\s*{_MERIDIEM})?"
    ),
    Pattern(r"\b(?:at|by|before|until) (?P<hour>1[3-9]|2[0-3]) (?P<minute>[0-5]\d)(?![\d:.]|\s(?:people|guests))"),
    # 7pm, 7 p.m., seven pm
    Pattern(rf"{_NO_NUMBER_BEFORE}(?P<hour>{_EN_HOUR})\s?{_MERIDIEM}"),
    # 9-11am: the first of a range
    Pattern(
        rf"{_NO_NUMBER_BEFORE}(?P<hour>1[0-2]|0?[1-9])(?::(?P<minute>[0-5]\d))?\s?(?:-|–|to)\s?(?:1[0-2]|"
        rf"0?[1-9])(?::[0-5]\d)?\s?{_MERIDIEM}"
    ),
    # 8 o'clock; seven thirty; seven thirty pm; 7 in the evening
    Pattern(rf"{_NO_NUMBER_BEFORE}(?P<hour>{_EN_HOUR})\s?(?:o'?\s?clock|oclock)(?:\s*{_MERIDIEM})?"),
    Pattern(
        rf"(?<![\w-])(?P<hour>{_EN_HOUR})[ -](?P<minute>{_MINUTE_WORD})(?![\w-])(?! (?:people|guests|"
        rf"persons|adults|minutes|dollars))(?:\s*{_MERIDIEM})?"
    ),
    Pattern(rf"{_NO_NUMBER_BEFORE}(?P<hour>{_EN_HOUR})(?=\s(?:in the (?:morning|afternoon|evening)|at night)\b)"),
    Pattern(r"(?<![\w-])(?P<named>noon|midday|midnight|giữa trưa|nửa đêm)(?![\w-])"),
    # 3h30, 15h, 7 giờ kém 15, 5 rưỡi chiều, 6g
    Pattern(
        r"(?<![\w.,:/-])(?P<hour>[01]?\d|2[0-3])\s?(?P<unit>h|g|giờ|"
        r"gio)\s?(?:(?P<minute>[0-5]\d)(?!\d)(?!\s*(?:người|ng|khách|cái|ly|tô|phần|suất|chai|pax|"
        r"people)\b)|(?P<half>rưỡi|rưởi)|kém (?P<less>\d{1,2}|mười lăm|mười|năm|hai mươi))?(?![\w])"
    ),
    Pattern(
        rf"(?<!\w)(?P<hour>mười một|mười hai|{VIETNAMESE_WORD})\s(?:giờ|~gio)(?:\s(?:(?P<half>rưỡi|rưởi)|"
        rf"kém (?P<less>\d{{1,2}}|mười lăm|mười|năm|hai mươi)|(?P<minute>[0-5]\d|mười lăm|ba mươi|mười|"
        rf"hai mươi)))?(?!\w)"
    ),
    Pattern(r"(?<![\w.,:/-])(?P<hour>1[0-2]|\d)(?:\s(?P<half>rưỡi|rưởi)|(?P<half2>r|rưỡi))(?!\w)"),
    Pattern(
        rf"(?<!\w)(?P<hour>mười một|mười hai|{VIETNAMESE_WORD})\s(?P<half>rưỡi|rưởi)(?!\w)"
        r"(?<!trăm rưỡi)(?<!triệu rưỡi)(?! (?:triệu|tháng|tuổi|ngày|tiếng|năm|kg|mét))"
    ),
    Pattern(
        r"(?<!\w)(?:lúc|khoảng|tầm|trước|vào)\s(?P<hour>1\d|2[0-3]|\d)(?=\s(?:giờ )?(?:sáng|trưa|chiều|tối|đêm)\b)"
    ),
    # at 7, by 8, until 4, from 7 to 8:30, 9 to 12
    Pattern(
        rf"\b(?:at|by|before|until|till|til|after|around|about|later than|earlier than|@)\s?(?:about |"
        rf"around |like |approximately |roughly |exactly )?(?P<hour>{_EN_HOUR}|1[3-9]|2[0-3]){_TAIL}"
    ),
    Pattern(
        rf"\bat (?P<hour>{_EN_HOUR})(?=\s[a-z])(?!\s(?:\w{{2,}}s\b(?<!afterwards)(?<!always)|people|persons?|"
        rf"per|percent|star|"
        rf"different|of|floor|street|dollar|year|month|week|hundred|thousand|million|minute|hour|point|degree|"
        rf"children|small|large|tables?|le|the|main|km|kg)\b)"
    ),
    Pattern(rf"{_NO_NUMBER_BEFORE}(?P<hour>{_EN_HOUR})(?=\s?ish\b|\s(?:sharp|on the dot)\b)"),
    Pattern(rf"\b(?:make (?:that|it)|i meant?|nhầm,?|or rather) (?P<hour>{_EN_HOUR}){_TAIL}"),
    Pattern(rf"\bwake (?:me|us|him|her|them) (?:up )?(?P<hour>{_EN_HOUR}){_TAIL}"),
    Pattern(
        rf"\b(?:from|between)\s(?P<hour>{_EN_HOUR})(?=\s?(?:to|until|till|and|-|"
        rf"–)\s?(?:{_EN_HOUR})(?:[:.][0-5]\d)?{_TAIL})"
    ),
    Pattern(rf"(?<![\w.,:/$-])(?P<hour>[1-9]|1[0-2]) to (?:[1-9]|1[0-2]){_TAIL}"),
    Pattern(r"(?<![\w.,:/-])(?P<hour>[1-9]|1\d|2[0-3])(?=\s?(?:-|–|đến|tới)\s?\d{1,2}\s?(?:h|g|giờ)(?:\d\d)?(?!\w))"),
    Pattern(r"\b(?:to|sang|qua)\s(?P<hour>[1-9]|1[0-2])(?P<moved>\s*(?:$|[.!?,](?!\d)|pls|please|instead|tonight))"),
    Pattern(
        r"(?<![\w.,:/$-])(?P<hour>[01]\d|2[0-3])(?:(?P<minute>[0-5]\d)\s?(?:hrs?|hours)\b|"
        r"(?P<minute2>[03]0)(?=\s(?:tonight|this (?:evening|afternoon)|tomorrow|sharp|on the dot)\b))"
    ),
)

_BACKGROUND_BEFORE = Pattern(
    r"(?:\b(?:since|already|it's|its|it is|it was|now|almost|nearly|suốt từ|bây giờ|giờ là|giờ đã|giờ|hứa|hẹn|"
    r"mới có|đã|hơn|gần|trong|trong vòng|mất|đợi|chờ|suốt|cả|tận|có|xin thêm|~quá|chậm|trễ|muộn|thêm|"
    r"sớm)\s(?:only |about |around |almost |now |tới |là )?"
    r"|\b(?:called|asked|ordered|requested|came|arrived|woke|happened|promised|"
    r"delivered) (?:\w+ ){0,2}?(?:at|by|for) "
    r"|\b(?:fly|flying|flies|flew|somewhere) (?:out |home |back )?(?:at|around|about) "
    r"|\bstuck between (?:floors? )?"
    r"|\b(?:children|kids|boys|girls|aged|ages|grandchildren) (?:aged |are )?(?:between |from )?"
    r"|\b(?:gọi|order|đặt món|báo|nhắn) (?:lúc|từ|hồi) )$"
)
_BACKGROUND_AFTER = Pattern(  # also behind a part of the day: "9h tối rồi mà"
    r"\s?(?:flight|train|bus|ferry|plane|departure|tới giờ|đến giờ|~tới nay|đến nay|mới bay|bay rồi|"
    r"nữa|đồng hồ|liền|/ngày|mỗi ngày|(?:(?:sáng|trưa|chiều|~tối|~đêm)\s)?rồi (?:mà|còn)|mà (?:chưa|"
    r"vẫn|không)|a day|per day)\b"
)
_PART_RIGHT_BEHIND = Pattern(r"\s(?:sáng|trưa|chiều|tối|đêm)\b")
_LATE = Pattern(r"(?:trễ|muộn|sớm|thêm)\s(?:tới |đến |lúc )?$")
_NOISE = Pattern(
    r"\b(?:noise|noisy|music|party|karaoke|drilling|drags?|dragging|bark\w*|loud|~ồn|on ao|nhạc|~hát|"
    r"dập|dap|khoan|hú hét|la hét|every (?:single )?(?:morning|night|day|evening)|"
    r"mỗi (?:sáng|tối|đêm|ngày)|đêm nào|sáng nào)\b"
)
_UNTIL = Pattern(r"\b(?:to|till|until|at|from|since|tới|đến|lúc|từ)\s$")
_STILL_WAITING = Pattern(r"\b(?:bây giờ|đến giờ|tới giờ|vẫn chưa|chưa thấy|mãi|hoài|gio \d|giờ \d)\b")
_POT_OF = Pattern(r"\s(?:tra|tr|ca phe|cf|nuoc|chè|trà|cà phê)\b")
_REPORTING_TAIL = Pattern(r"\s?(?:~tới|đến|toi(?= gio)) (?:giờ|nay|bây giờ)\b")
_MONEY_AFTER = Pattern(
    r"\s?(?:usd|vnd|eur|dollars?|euros?|k\b|đ\b|triệu|tr\b|mbps|gb|kg|km|m\b|cm|ml|l\b|x\s?\d|stars?|"
    r"out of|%|°|million|degrees)"
)
_MONEY_BEFORE = Pattern(r"(?:[$€£]|\busd|\bvnd)\s?$")
_DOT_FOLLOWS = Pattern(
    r"\s(?:tee|slot|session|class|massage|flight|transfer|lesson|sitting|breakfast|lunch|pls|please|sharp|tomorrow|"
    r"tonight|today|wake|call|taxi|alarm|pick ?-?up|check-?out|check-?in|start|dinner|table|car)\b"
)
_DOT_CUE = Pattern(
    r"(?:\b(?:at|by|before|until|till|around|about|from|us|me|for|tomorrow|tmrw|tonight|today|morning|evening|"
    r"afternoon|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|lunch|dinner|lúc|trước|khoảng|tầm|answer)|@|[,:])\s?$"
)


class ClockTime(NamedTuple):
    """A time of day found in a message; `minutes` after midnight (0 to 1439)."""

    start: int
    end: int
    minutes: int
    is_exact: bool

    @property
    def value(self) -> str:
        """HH:MM, 24 hours."""
        return f"{self.minutes // 60:02d}:{self.minutes % 60:02d}"


def find_times(source: Source, reference: datetime, *, is_today: bool) -> list[ClockTime]:
    """
    Every clock time the guest may want, in order of appearance; durations and background are left out.

    Args:
        source: The message.
        reference: When it was sent, in the hotel's zone.
        is_today: Whether the wish is about today, as far as its date tells.
    """
    taken: list[tuple[int, int]] = []
    found: list[ClockTime] = []
    parts = day_parts(source)
    for pattern in _PATTERNS:
        for match in pattern.finditer(source.lower):
            start, end = _place(match)
            if any(start < used_end and used_start < end for used_start, used_end in taken) or _is_other_number(
                match, source, end
            ):
                continue
            taken.append((start, end))
            minutes = _minutes(match)
            if minutes is None or _is_background(source, start, end):
                continue  # told, not wanted
            hour, sure = _twenty_four(match, minutes // 60)
            if not sure:
                part = nearest_part(parts, source, start, end)
                hour = in_part(hour, part) if part else by_habit(hour, source, start, reference, is_today=is_today)
            clock = ClockTime(start, end, (hour % 24) * 60 + minutes % 60, sure)
            if not (is_today and _has_just_passed(clock, reference) and not asks_for_something(source, start)):
                found.append(clock)
    return sorted(found)


def wanted_time(times: list[ClockTime], source: Source) -> ClockTime | None:
    """The time to act at: the first, or the new one of a change."""
    return wanted(times, source)


def _place(match: re.Match[str]) -> tuple[int, int]:
    group = match.re.groupindex
    if "part" in group:
        return match.start(), len(match.group().rstrip()) + match.start()
    first = "named" if "named" in group else "hour"
    end = match.start("moved") if "moved" in group else match.end()
    return match.start(first), len(match.string[:end].rstrip())


def _is_other_number(match: re.Match[str], source: Source, end: int) -> bool:
    """Prices, sizes and speeds look like "7.30"; grams like "15g"."""
    groups = match.groupdict()
    if groups.get("sense") == "am" and source.is_vietnamese and _POT_OF.match(source.lower, end):
        return True  # "1 ấm trà" without its accents
    if _MONEY_AFTER.match(source.lower, end) or _MONEY_BEFORE.search(source.before(match.start(), 5)):
        return True
    if groups.get("sep") == "." and not groups.get("sense"):
        named = nearest_part(day_parts(source), source, match.start(), end)
        return not (named or _DOT_FOLLOWS.match(source.lower, end) or _DOT_CUE.search(source.before(match.start(), 10)))
    if (
        groups.get("unit") == "g"
        and not groups.get("minute")
        and nearest_part(day_parts(source), source, match.start(), end) is None
    ):
        return not (
            _DOT_CUE.search(source.before(match.start(), 10))
            or source.after(end, 8).lstrip().startswith(("sáng", "sang", "chi", "tối", "toi", "trưa"))
        )
    return False


def _minutes(match: re.Match[str]) -> int | None:
    """Minutes after midnight as written, before its half of the day is known."""
    groups = match.groupdict()
    if groups.get("named"):
        return 0 if groups["named"] in {"midnight", "nửa đêm", "nua dem"} else 12 * 60
    hour = number_value(groups["hour"])
    if hour is None or hour > 23:
        return None
    part, direction = groups.get("part") or groups.get("part2"), groups.get("dir") or groups.get("dir2")
    if part:
        written = part.replace("a ", "")
        shift = {"half": 30, "quarter": 15}.get(written) or number_value(written) or 0
        return (hour * 60 + (shift if direction in {"past", "after", None} else -shift)) % 1440 if shift < 60 else None
    minute = number_value((groups.get("minute") or groups.get("minute2") or "0").replace("oh ", "")) or 0
    if groups.get("half") or groups.get("half2"):
        minute = 30
    if groups.get("less"):
        minute = -(number_value(groups["less"]) or 0)
    return (hour * 60 + minute) % 1440


def _has_just_passed(clock: ClockTime, reference: datetime) -> bool:
    return 0 <= reference.hour * 60 + reference.minute - clock.minutes <= 60


def _twenty_four(match: re.Match[str], hour: int) -> tuple[int, bool]:
    """Hour of the 24-hour clock when the text itself decides it, and whether it does."""
    groups = match.groupdict()
    if groups.get("named"):
        return hour, True
    sense = groups.get("sense")
    if sense:
        return hour % 12 + (12 if sense.startswith("p") else 0), True
    written = groups["hour"]
    return hour, hour == 0 or hour > 12 or (written.startswith("0") and bool(groups.get("minute")))


def _is_background(source: Source, start: int, end: int) -> bool:
    if _BACKGROUND_AFTER.match(source.lower, end):
        return True
    named_part = _PART_RIGHT_BEHIND.match(source.lower, end) and _LATE.search(source.before(start, 10))
    if _BACKGROUND_BEFORE.search(source.before(start, 34)) and not named_part:
        return True
    low, high = source.sentence(start)
    if _NOISE.search(source.lower, low, high) and _UNTIL.search(source.before(start, 8)):
        return True
    if source.before(start, 4).endswith(("từ ", "tu ")) and _STILL_WAITING.search(source.lower, end, high):
        return True
    return bool(_REPORTING_TAIL.match(source.lower, end)) or tells_of_the_past(source, start)
