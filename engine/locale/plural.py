"""A number and what it counts."""

from innkeeper.engine.locale.formats import Language, number_text

_MINUTES_ALONE = 120


def counted(number: int, one: str, many: str = "", *, language: Language) -> str:
    """
    "1 night", "2 nights", "0 nights"; in Vietnamese, which has no plural, "2 đêm".

    Args:
        number: How many.
        one: The word for one thing, which Vietnamese uses for all numbers.
        many: The word for any other number in English; `one` with an s when empty.
        language: Of the words.
    """
    word = one if language == "vi" or abs(number) == 1 else many or f"{one}s"
    return f"{number_text(number, language)} {word}"


def minutes_text(minutes: int, language: Language) -> str:
    """
    A span of time: "45 minutes", "90 minutes", "3 hours", "2 hours 15 minutes"; "90 phút", "2 tiếng 15 phút".

    "Tiếng", not "giờ": "2 giờ 15 phút" may be a time of day.
    """
    hours, rest = divmod(minutes, 60) if minutes >= _MINUTES_ALONE or minutes == 60 else (0, minutes)
    hour_word, minute_word = ("tiếng", "phút") if language == "vi" else ("hour", "minute")
    parts = [counted(hours, hour_word, language=language)] if hours else []
    if rest or not hours:
        parts.append(counted(rest, minute_word, language=language))
    return " ".join(parts)


def ordinal(number: int) -> str:
    """English ordinals: "1st", "2nd", "11th", "22nd"."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
