"""A number and what it counts."""

from innkeeper.engine.locale.formats import Language, number_text


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
    """A span of time as staff say it: "45 minutes", "1 hour 30 minutes"; "45 phút", "1 giờ 30 phút"."""
    hours, rest = divmod(minutes, 60)
    parts = []
    if hours:
        parts.append(counted(hours, "giờ" if language == "vi" else "hour", language=language))
    if rest or not hours:
        parts.append(counted(rest, "phút" if language == "vi" else "minute", language=language))
    return " ".join(parts)


def ordinal(number: int) -> str:
    """English ordinals: "1st", "2nd", "11th", "22nd"."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
