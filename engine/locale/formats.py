"""Days, times, numbers, money and lists as a person reads them, in English and Vietnamese."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

Language = Literal["en", "vi"]

WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "vi": ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật"),
}
MONTHS = (  # strftime would follow the machine's locale
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
# ISO 4217: currencies with another number of decimals than two.
_NO_DECIMALS = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF")
)
_THREE_DECIMALS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))
_SWAPPED_MARKS = str.maketrans(",.", ".,")


def short_date(day: dt.date, language: Language) -> str:
    """The day alone: "January 17, 2025", "17/01/2025"."""
    if language == "vi":
        return f"{day.day:02}/{day.month:02}/{day.year:04}"
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year:04}"


def weekday_name(day: dt.date, language: Language) -> str:
    """The day of the week: "Friday", "thứ Sáu"."""
    return WEEKDAYS[language][day.weekday()]


def weekday_date(day: dt.date, language: Language) -> str:
    """The day and its weekday: "Friday, January 17, 2025", "thứ Sáu 17/01/2025"."""
    return f"{weekday_name(day, language)}{' ' if language == 'vi' else ', '}{short_date(day, language)}"


def time_text(time: dt.time) -> str:
    """Hours and minutes of 24, in both languages: "11:30"."""
    return f"{time.hour:02}:{time.minute:02}"


def clock_text(time: dt.time, language: Language) -> str:
    """A time as a letter writes it: "2:00 PM", "14:00"."""
    if language == "vi":
        return time_text(time)
    return f"{time.hour % 12 or 12}:{time.minute:02} {'AM' if time.hour < 12 else 'PM'}"


def number_text(number: int, language: Language) -> str:
    """A whole number with thousands apart: "1,200", "1.200"."""
    text = f"{number:,}"
    return text.translate(_SWAPPED_MARKS) if language == "vi" else text


def percent_text(percent: Decimal, language: Language) -> str:
    """A share without needless zeros: "12.5%", "12,5%"."""
    text = f"{percent.normalize():f}"
    return f"{text.translate(_SWAPPED_MARKS) if language == 'vi' else text}%"


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
    return f"{text.translate(_SWAPPED_MARKS) if language == 'vi' else text} {currency}"


def list_text(items: Sequence[str], language: Language) -> str:
    """Items one after the other: "A, B and C", "A, B và C"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {'và' if language == 'vi' else 'and'} {items[-1]}"


def sentence(text: str) -> str:
    """`text` with a capital at its start and one full stop at its end."""
    text = " ".join(text.split())
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
