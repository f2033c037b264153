"""The floor that a room's number names. Only for hotels whose profile says that theirs do."""

import re

from innkeeper.engine.locale.formats import Language
from innkeeper.engine.locale.plural import ordinal

_NUMBERED = re.compile(r"[A-Za-z]{0,2}-?(\d{1,2})\d\d[A-Za-z]?")


def floor_of(room_number: str) -> int | None:
    """Floor of "801" (8), "1205" (12), "B-305A" (3); none for "12", "Garden" or "012"."""
    match = _NUMBERED.fullmatch(room_number.strip())
    return (int(match[1]) or None) if match else None


def floor_text(room_number: str, language: Language) -> str:
    """ "8th floor", "tầng 8"; empty where the number names none."""
    floor = floor_of(room_number)
    if floor is None:
        return ""
    return f"tầng {floor}" if language == "vi" else f"{ordinal(floor)} floor"
