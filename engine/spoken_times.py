"""Times as guests write them in wishes, said in the other language: "8 PM" is "8 giờ tối"."""

import re
from typing import NamedTuple

from innkeeper.engine.locale.formats import Language

# The only words between a wish and its time; of each meaning, what English and Vietnamese say.
_PREPOSITIONS = (
    ("at|@", "luc|vao luc|vao", {"en": "at", "vi": "lúc"}),
    ("around|about|approx(?:imately|\\.)?|at around|at about", "khoang|tam|luc khoang|vao khoang|khoang luc",
     {"en": "around", "vi": "khoảng"}),
    ("by|before", "truoc", {"en": "before", "vi": "trước"}),
    ("after", "sau", {"en": "after", "vi": "sau"}),
    ("from", "tu", {"en": "from", "vi": "từ"}),
    ("until|till|to", "den|toi", {"en": "until", "vi": "đến"}),
)  # fmt: skip
_WORDS = "|".join(f"{english}|{vietnamese}" for english, vietnamese, _ in _PREPOSITIONS)
_TIME = re.compile(
    rf"[ ,(]*(?:(?P<prep>{_WORDS}) ?)?(?:"
    r"(?P<named>12 noon|noon|midday|midnight|giua trua|nua dem)|"
    r"(?P<hour>[01]?\d|2[0-3])(?: ?(?P<unit>[:.hg]|gio)(?: ?(?P<minute>[0-5]\d))?)?(?P<half> ruoi)?"
    r"(?: ?(?P<half_day>[ap]\.?m\b\.?)| (?P<part>sang|trua|chieu|toi|dem|khuya))?"
    r")(?![\w:/%]|[.,-]\d)\)?"
)
_NAMED = {"12 noon": 12, "noon": 12, "midday": 12, "giua trua": 12, "midnight": 0, "nua dem": 0}


class SpokenTime(NamedTuple):
    """
    A time and the word before it.

    Attributes:
        hour: Of 24 when `is_sure`, else of 12, with nothing said about which half of the day.
        preposition: Place in the list of prepositions.
        end: Behind its last character.
    """

    hour: int
    minute: int
    is_sure: bool
    is_clock: bool
    preposition: int
    end: int


def read_time(folded: str, start: int) -> SpokenTime | None:
    """The time that begins at `start` of a folded text; none where there is none, or only a bare number."""
    match = _TIME.match(folded, start)
    if match is None or not match.group().strip(" ,("):
        return None
    place = _preposition(match["prep"])
    if match["named"]:
        return SpokenTime(_NAMED[match["named"]], 0, True, False, place, match.end())
    if not (match["unit"] or match["half_day"] or match["part"] or match["prep"]):
        return None
    hour, minute = int(match["hour"]), 30 if match["half"] else int(match["minute"] or 0)
    if match["half_day"] and not 1 <= hour <= 12:
        return None
    sure = bool(match["half_day"] or match["part"]) or hour > 12 or hour == 0
    if match["half_day"]:
        hour = hour % 12 + (12 if match["half_day"].startswith("p") else 0)
    elif match["part"] and hour <= 12:
        hour = _of_part(hour, match["part"])
    is_clock = not match["half_day"] and not match["part"]
    return SpokenTime(hour, minute, sure, is_clock, place, match.end())


def say_time(time: SpokenTime, language: Language) -> str:
    """With its preposition: "lúc 8 giờ tối", "at 8:30 PM"; "lúc 20:00" as it was written."""
    words = _PREPOSITIONS[time.preposition][2][language]
    if not time.is_sure or (time.is_clock and language == "vi"):
        return f"{words} {time.hour}:{time.minute:02}"
    return f"{words} {_english(time) if language == 'en' else _vietnamese(time)}"


def _preposition(written: str | None) -> int:
    for place, (english, vietnamese, _) in enumerate(_PREPOSITIONS):
        if written and re.fullmatch(f"{english}|{vietnamese}", written):
            return place
    return 0


def _of_part(hour: int, part: str) -> int:
    """Hour of 24 of "8 giờ tối", "12 giờ đêm", "1 giờ trưa"."""
    if part == "sang":
        return hour % 12
    if part == "trua":
        return hour if hour >= 10 else hour + 12
    if part in {"dem", "khuya"}:
        return hour % 12 + (12 if 6 <= hour < 12 else 0)
    return hour % 12 + (0 if part == "toi" and hour == 12 else 12)


def _english(time: SpokenTime) -> str:
    minutes = f":{time.minute:02}" if time.minute else ""
    if time.hour == time.minute == 0:
        return "midnight"
    return f"{time.hour % 12 or 12}{minutes} {'AM' if time.hour < 12 else 'PM'}"


def _vietnamese(time: SpokenTime) -> str:
    minutes = f" {time.minute:02}" if time.minute else ""
    if time.hour == 0 and time.minute:
        return f"0 giờ{minutes}"
    hours = (range(1, 11), range(11, 14), range(14, 19), range(19, 23))
    parts = ("sáng", "trưa", "chiều", "tối")
    part = next((name for name, each in zip(parts, hours, strict=True) if time.hour in each), "đêm")
    return f"{time.hour % 12 or 12} giờ{minutes} {part}"
