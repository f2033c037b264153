"""Days near today, ranges and quotations as the assistant words them; the plain formats are `engine.locale`'s."""

import datetime as dt

from innkeeper.engine.locale.formats import (
    MONTHS,
    Language,
    list_text,
    money_text,
    number_text,
    sentence,
    short_date,
    time_text,
    weekday_date,
)

__all__ = [
    "Language",
    "clipped",
    "date_text",
    "list_text",
    "money_text",
    "night_text",
    "number_text",
    "quoted",
    "range_text",
    "sentence",
    "short_date",
    "time_text",
    "weekday_date",
]

_NEAR = {
    "en": {-1: "yesterday", 0: "today", 1: "tomorrow"},
    "vi": {-1: "hôm qua", 0: "hôm nay", 1: "ngày mai"},
}
_NIGHTS = {"en": {0: "tonight", 1: "tomorrow night"}, "vi": {0: "đêm nay", 1: "đêm mai"}}
_QUOTES = str.maketrans("", "", '“”"')


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
    return f"{MONTHS[first.month - 1]} {first.day}{year} to {short_date(last, language)}"


def clipped(text: str, words: int) -> str:
    """At most `words` words of `text` on one line, with "…" where more followed."""
    parts = text.split()
    return " ".join(parts) if len(parts) <= words else " ".join(parts[:words]).rstrip(" ,.;:!?…") + "…"


def quoted(text: str, words: int) -> str:
    """`text` as somebody wrote it, between “…”, at most `words` words; it cannot end the quotation itself."""
    inside = text.translate(_QUOTES)
    return f"“{clipped(inside, words).rstrip('.')}”"
