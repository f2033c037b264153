"""Booking ids of a question: those the hotel has, their unmistakable ends, and what is written like one."""

import re
from functools import lru_cache
from typing import NamedTuple

from innkeeper.engine.assistant.asked_text import Asked
from innkeeper.engine.entities.source import Pattern

_ID = re.compile(
    r"(?<![\w@.])(?=[\w-]*\d)[a-z]{2,}[-_]?\d[\w]*(?:[-_]\w+)*(?![\w@])|(?<![\w@.])\d{4,}(?:-\w+)+(?!\w)|"
    r"(?<![\w@.-])[\w]+(?:-[\w]+)*(?![\w@])",
    re.IGNORECASE,
)
_SHAPED_ID = re.compile(
    r"[a-z]{2,8}[-_]?\d{3,}(?:[-_]\w+)*|[a-z]{2,8}(?:[-_]\w+)*[-_]\d{2,}|\d{4}-\d{3,}(?:-\w+)*", re.IGNORECASE
)
_NO_ID = re.compile(
    r"(?:covid|ngay|vnd|usd|form|fo|hk|sop|ver?|iso|phong|room|rm)[-_]?\d+|"
    r"20\d\d-\d\d?-\d\d?",
    re.IGNORECASE,
)
_ID_CUE = Pattern(
    r"\b(?:booking|reservation|confirmation|conf|ref|reference|mã|đơn|đặt phòng|code|id)(?:\s(?:id|no\.?|number|"
    r"code|ref|"
    r"số|mã|đặt phòng|booking|là|is|of|của))*\s?[:#]?\s?$"
)


class BookingId(NamedTuple):
    """A booking's id and where it stands."""

    start: int
    end: int
    booking_id: str


def find_booking_ids(asked: Asked, known: frozenset[str], room_numbers: frozenset[str]) -> list[BookingId]:
    """Ids in order: those the hotel has, their unmistakable ends, and what is written like one."""
    found: list[BookingId] = []
    for match in _ID.finditer(asked.text):
        written = match.group()
        lower = written.lower()
        cued = bool(_ID_CUE.search(asked.source.before(match.start(), 40)))
        full = lower if lower in known else _joined_ids(known).get(lower.replace("-", "").replace("_", ""))
        if full is None and cued and len(lower) >= 3 and any(map(str.isdigit, lower)) and written not in room_numbers:
            ends = [each for each in known if each.endswith(lower)]
            full = ends[0] if len(ends) == 1 else None
        is_shaped = bool(_SHAPED_ID.fullmatch(written)) and not _NO_ID.fullmatch(written)
        is_cued_number = cued and written.isdecimal() and len(written) >= 4 and written not in room_numbers
        if written.upper() in room_numbers or not (
            full or (is_shaped and (cued or len(written) >= 5)) or is_cued_number
        ):
            continue
        shown = written if full == lower and not written.islower() else (full or written).upper()
        found.append(BookingId(*match.span(), shown))
    return found


@lru_cache(maxsize=16)
def _joined_ids(known: frozenset[str]) -> dict[str, str]:
    """Ids by how they are typed in one piece: "lod77120" for "lod-77120"."""
    return {each.replace("-", "").replace("_", ""): each for each in known}
