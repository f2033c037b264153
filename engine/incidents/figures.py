"""Numbers, shares, ratios, probabilities and spans of time as an incident tells them, in English and Vietnamese."""

import datetime as dt
import math

from innkeeper.engine.locale.formats import Language, number_text, short_date

_SMALLEST_P = 0.001
_SWAPPED_MARKS = str.maketrans(",.", ".,")


def amount(value: float, language: Language) -> str:
    """Three significant digits, thousands apart, no needless zeros: "0.25", "7.5", "12,400"; "0,25", "12.400"."""
    if not math.isfinite(value):
        return "?"
    if value and abs(value) < 1e-6:
        return "0"
    places = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    if abs(value) >= 1_000 or not places:
        return number_text(round(value), language)
    return _trimmed(f"{value:.{places}f}", language)


def share(value: float, language: Language) -> str:
    """A share as a percentage: "15%", "2.4%", "0.05%"; never "100%" or "0%" for less or more."""
    percent = value * 100
    if 99.5 < percent < 100:
        percent = math.floor(percent * 100) / 100
        return f"{_trimmed(f'{percent:.2f}', language)}%"
    if 0 < percent < 0.01:
        return f"<{_trimmed('0.01', language)}%"
    places = 0 if percent >= 10 else 1 if percent >= 1 else 2
    return f"{_trimmed(f'{percent:.{places}f}', language)}%"


def ratio(value: float, language: Language) -> str:
    """ "×7.5"."""
    return f"×{amount(value, language)}"


def probability(value: float, language: Language) -> str:
    """ "p<0.001", "p=0.012"."""
    if value < _SMALLEST_P:
        return f"p<{_trimmed(str(_SMALLEST_P), language)}"
    return f"p={_trimmed(f'{value:.3f}', language)}"


def zone_name(moment: dt.datetime) -> str:
    """The offset of an aware time: "UTC", "UTC+7", "UTC+5:30"."""
    seconds = int((moment.utcoffset() or dt.timedelta()).total_seconds())
    hours, minutes = divmod(abs(seconds) // 60, 60)
    if not seconds:
        return "UTC"
    return f"UTC{'-' if seconds < 0 else '+'}{hours}{f':{minutes:02}' if minutes else ''}"


def clock(moment: dt.datetime, zone: dt.tzinfo) -> str:
    """Hours and minutes in a zone: "08:30"."""
    return f"{moment.astimezone(zone):%H:%M}"


def moment_text(moment: dt.datetime, zone: dt.tzinfo, language: Language) -> str:
    """Day, time and zone: "January 17, 2025, 08:30 UTC", "08:30 17/01/2025 (UTC)"."""
    local = moment.astimezone(zone)
    day, time = short_date(local.date(), language), clock(moment, zone)
    return f"{time} {day} ({zone_name(local)})" if language == "vi" else f"{day}, {time} {zone_name(local)}"


def _trimmed(text: str, language: Language) -> str:
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.translate(_SWAPPED_MARKS) if language == "vi" else text
