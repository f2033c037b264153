"""Times of day and amounts of money of a clause."""

import datetime as dt
import re
from decimal import Decimal, InvalidOperation

from innkeeper.engine.assistant.asked_text import Asked
from innkeeper.engine.entities.daytime import day_parts, nearest_part
from innkeeper.engine.entities.numbers import NUMBER, number_value
from innkeeper.engine.entities.source import Pattern, Source
from innkeeper.engine.entities.times import ClockTime, find_times
from innkeeper.engine.planning.understanding_subjects import Subject

_IN_A_WHILE = Pattern(
    rf"(?:\bin (?:about )?(?P<count>{NUMBER}|an?|half an?)\s?(?P<unit>minutes?|mins?|hours?|hrs?)\b|"
    rf"(?<!\w)(?:sau |trong )?"
    rf"(?P<vi>{NUMBER}|nửa)\s?(?P<vi_unit>phút|giờ|tiếng)(?P<half> rưỡi)? (?:nữa|sau))"
)
_MONEY = Pattern(
    r"(?<![\w.,-])(?P<sign>[$€£]|usd |vnd |eur )?\s?(?P<amount>\d+(?:[.,]\d+)*)\s?(?P<unit>triệu|tr|million|mil|m|"
    r"k|nghìn|ngàn|thousand|"
    r"usd|vnd|vnđ|đồng|đ|dollars?|eur|euros?)?(?:\s?(?P<currency>usd|vnd|vnđ|đồng|đ|dollars?|eur))?(?![\w%])"
)
_TIMES = {
    "triệu": 1_000_000,
    "trieu": 1_000_000,
    "tr": 1_000_000,
    "million": 1_000_000,
    "mil": 1_000_000,
    "m": 1_000_000,
    "k": 1_000,
    "nghìn": 1_000,
    "nghin": 1_000,
    "ngàn": 1_000,
    "ngan": 1_000,
    "thousand": 1_000,
}
_FOR_HOUR = Pattern(
    r"\sfor(?=\s(?P<hour>\d{1,2})(?:$|[,.]|\s(?:tomorrow|today|on|and|please|sharp|in|mon|tue|wed|thu|fri|sat|sun)))"
)
_NOON = 12


def clock_times(asked: Asked, now: dt.datetime, *, of_morning: bool) -> list[ClockTime]:
    """
    Times of day in order; with `of_morning` an hour that says neither half of the day is before noon.

    A number that is no room and stands alone behind "lúc" or "at" is left to `find_times`.
    """
    source = asked.source
    found = find_times(source, now.replace(hour=0, minute=0), is_today=False)
    if not of_morning:
        return found
    parts = day_parts(source)
    return [
        time._replace(minutes=time.minutes % (_NOON * 60))
        if not time.is_exact
        and nearest_part(parts, source, time.start, time.end) is None
        and time.minutes // 60 - _NOON in range(1, _NOON)
        else time
        for time in found
    ]


def moments(asked: Asked, subject: Subject, now: dt.datetime) -> list[dt.datetime]:
    """When a wake-up call is to come: on the day that is named, or the next time that it is so late."""
    for match in _IN_A_WHILE.finditer(asked.source.lower):
        return [(now + _while(match)).replace(second=0, microsecond=0)]
    found: list[dt.datetime] = []
    times = clock_times(asked, now, of_morning=True)
    if not times:  # "a wake-up call for 7 tomorrow"
        spoken = _FOR_HOUR.compiled.sub(" at", asked.text)
        times = (
            clock_times(Asked(spoken, asked.language), now, of_morning=True)
            if not subject_takes(subject, asked)
            else []
        )
    for time in times:
        day = subject.stay.start or now.date()
        moment = dt.datetime.combine(day, dt.time(time.minutes // 60, time.minutes % 60), now.tzinfo)
        if moment <= now and day == now.date():
            moment += dt.timedelta(1)
        found.append(moment)
    return found


def subject_takes(subject: Subject, asked: Asked) -> bool:
    """Whether the number behind "for" is a room."""
    match = _FOR_HOUR.search(asked.source.lower)
    return match is None or match["hour"] in subject.rooms


def _while(match: re.Match[str]) -> dt.timedelta:
    count, unit = match["count"] or match["vi"], match["unit"] or match["vi_unit"]
    amount = (
        0.5
        if count.startswith(("half", "nửa", "nua"))
        else 1.0
        if count in {"a", "an"}
        else float(number_value(count) or 0)
    )
    amount += 0.5 if match["half"] else 0
    return dt.timedelta(minutes=amount) if unit.startswith(("m", "ph")) else dt.timedelta(hours=amount)


def money(source: Source, blocked: list[str]) -> list[tuple[Decimal, str | None]]:
    """Amounts and their currencies, in order; plain numbers below 1000 are none without a currency or a unit."""
    found: list[tuple[Decimal, str | None]] = []
    for match in _MONEY.finditer(source.lower):
        amount = _amount(match["amount"], bool(match["unit"]))
        if amount is None or match["amount"] in blocked:
            continue
        unit = match["unit"] or ""
        currency = _currency(match["sign"] or match["currency"] or (unit if unit not in _TIMES else ""))
        amount *= _TIMES.get(unit, 1)
        if currency or unit in _TIMES or amount >= 1_000:
            found.append((amount, currency))
    return found


def _amount(written: str, has_unit: bool) -> Decimal | None:
    """ "1.500.000" and "1,500,000" are grouped; "1.5" and "1,5" with a unit are not."""
    grouped = re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", written)
    plain = (
        re.sub(r"[.,]", "", written)
        if grouped and not (has_unit and written.count(".") == 1 and len(written) < 5)
        else written
    )
    try:
        return Decimal(plain.replace(",", "."))
    except InvalidOperation:
        return None


def _currency(word: str) -> str | None:
    word = word.strip()
    if word in {"$", "usd", "dollar", "dollars"}:
        return "USD"
    if word in {"€", "eur", "euro", "euros"}:
        return "EUR"
    return "VND" if word in {"vnd", "vnđ", "đồng", "đ", "dong"} else None
