"""Days, times, money and lists as a person reads them, in English and Vietnamese."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

Language = Literal["en", "vi"]

_WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "vi": ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật"),
}
_MONTHS = (  # strftime would follow the machine's locale
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_NEAR = {
    "en": {-1: "yesterday", 0: "today", 1: "tomorrow"},
    "vi": {-1: "hôm qua", 0: "hôm nay", 1: "ngày mai"},
}
_NIGHTS = {"en": {0: "tonight", 1: "tomorrow night"}, "vi": {0: "đêm nay", 1: "đêm mai"}}
# ISO 4217: currencies with another number of decimals than two.
_NO_DECIMALS = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF")
)
_THREE_DECIMALS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))
_QUOTES = str.maketrans("", "", '“”"')


def short_date(day: dt.date, language: Language) -> str:
    """The day alone: "January 17, 2025", "17/01/2025"."""
    if language == "vi":
        return f"{day.day:02}/{day.month:02}/{day.year:04}"
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year:04}"


def weekday_date(day: dt.date, language: Language) -> str:
    """The day and its weekday: "Friday, January 17, 2025", "thứ Sáu 17/01/2025"."""
    weekday = _WEEKDAYS[language][day.weekday()]
    return f"{weekday}{' ' if language == 'vi' else ', '}{short_date(day, language)}"


def date_text(day: dt.date, language: Language, today: dt.date, *, on: bool = False) -> str:
    """
    A day with its weekday, and how near it is.

    "today (Friday, January 17, 2025)", "Monday, January 20, 2025"; "hôm nay (thứ Sáu 17/01/2025)".

    Args:
        day: The day.
        language: Of the text.
        today: The hotel's day.
        on: It follows a verb: "on Monday, …", "vào thứ Hai …", but "today (…)".
    """
    near = _NEAR[language].get((day - today).days)
    if near is not None:
        return f"{near} ({weekday_date(day, language)})"
    return f"{_on(language) if on else ''}{weekday_date(day, language)}"


def _on(language: Language) -> str:
    return "vào " if language == "vi" else "on "


def night_text(day: dt.date, language: Language, today: dt.date) -> str:
    """A night after "for": "tonight (January 17, 2025)", "the night of Monday, January 20, 2025"; "đêm 20/01/2025"."""
    near = _NIGHTS[language].get((day - today).days)
    if near is not None:
        return f"{near} ({short_date(day, language)})"
    return f"đêm {short_date(day, language)}" if language == "vi" else f"the night of {weekday_date(day, language)}"


def range_text(first: dt.date, last: dt.date, language: Language) -> str:
    """Two days in few words: "January 15 to January 17, 2025", "15/01/2025 – 17/01/2025"; each as it is looked for."""
    if first == last:
        return short_date(first, language)
    if language == "vi":
        return f"{short_date(first, language)} – {short_date(last, language)}"
    year = "" if first.year == last.year else f", {first.year:04}"
    return f"{_MONTHS[first.month - 1]} {first.day}{year} to {short_date(last, language)}"


def time_text(time: dt.time) -> str:
    """Hours and minutes of 24, in both languages: "11:30"."""
    return f"{time.hour:02}:{time.minute:02}"


def number_text(number: int, language: Language) -> str:
    """A whole number with thousands apart: "1,200", "1.200"."""
    text = f"{number:,}"
    return text.replace(",", ".") if language == "vi" else text


def money_text(amount: Decimal, currency: str, language: Language) -> str:
    """
    An amount with its ISO 4217 code: "1,600,000 VND" and "1.600.000 VND", "120.50 USD" and "120,50 USD".

    A currency without decimals shows them where the amount has some: nothing is rounded away.
    """
    decimals = 0 if currency in _NO_DECIMALS else 3 if currency in _THREE_DECIMALS else 2
    exponent = amount.normalize().as_tuple().exponent
    if isinstance(exponent, int):  # NaN and infinity have letters
        decimals = max(decimals, -exponent)
    text = f"{amount:,.{decimals}f}"
    if language == "vi":
        text = text.translate(str.maketrans(",.", ".,"))
    return f"{text} {currency}"


def list_text(items: Sequence[str], language: Language) -> str:
    """Items one after the other: "A, B and C", "A, B và C"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {'và' if language == 'vi' else 'and'} {items[-1]}"


def clipped(text: str, words: int) -> str:
    """At most `words` words of `text` on one line, with "…" where more followed."""
    parts = text.split()
    return " ".join(parts) if len(parts) <= words else " ".join(parts[:words]).rstrip(" ,.;:!?…") + "…"


def quoted(text: str, words: int) -> str:
    """`text` as somebody wrote it, between “…”, at most `words` words; it cannot end the quotation itself."""
    inside = text.translate(_QUOTES)
    return f"“{clipped(inside, words).rstrip('.')}”"


def sentence(text: str) -> str:
    """`text` with a capital at its start and one full stop at its end."""
    text = " ".join(text.split())
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
