"""Room numbers of a question, told apart from prices, times, years, counts and phone extensions."""

import re
from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple

from innkeeper.engine.entities.rooms import find_rooms
from innkeeper.engine.entities.source import Pattern, Source

Spans = Collection[tuple[int, int]]
_NUMBER = re.compile(
    r"(?<![\w.,:/$€£+-])#?(?P<prefix>(?:phong|ph|p|rm|r)[. ]?)?(?P<number>[a-z]{0,3}[-.]?\d{1,4}[a-z]?)(?![\w%°]|"
    r"[.,:/-]\d)"
)
_CUE = Pattern(
    r"(?<!\w)(?:rooms?|rms?|villas?|bungalows?|suites?|units?|apartments?|apt|cabins?|lofts?|studios?|phòng|phg|"
    r"biệt thự|căn hộ|căn|buồng|nhà gỗ|~ph|~p)(?:\s?(?:number|no\.?|nos\.?|num|số|#|:|\.|the|is|là))?\s?#?$"
)
_CHAINED = Pattern(r"^(?:\s?(?:,|&|\+|/|and|or|và|với|hay|hoặc|cùng)\s?){1,2}(?:room |phòng |p\.?)?#?$")
_NO_ROOM_BEFORE = Pattern(
    r"(?:\b(?:ext|extension|máy lẻ|số nội bộ|nội bộ|line|phone|tel|call|dial|gọi|flight|year|năm|gate|invoice|form|"
    r"chapter|"
    r"step|bước|article|điều|mục|code|pin|version|over|under|(?<!what )(?<!how )about|than|khoảng|hơn|dưới|trên|giá|"
    r"budget|ngân sách|"
    r"cost|costs|pay|paid|trả|usd|vnd|table|bàn|mã)\.?(?:\s(?:is|number|no|số|là|of))?\s?[#:]?|[$€£])\s?$"
)
_NO_ROOM_AFTER = Pattern(
    r"^\s?(?:k|đ|vnd|vnđ|usd|%|tr|triệu|nghìn|ngàn|người|khách|pax|guests?|people|persons?|adults?|nights?|đêm|"
    r"days?|ngày(?!\s?\d)|"
    r"rooms?|phòng|suites?|villas?|hours?|h|giờ|g|am|pm|phút|tuần|mins?|minutes?|kg|m2|m|cm|tuổi|years?|lần|times|cái|chiếc|"
    r"giường|beds?|sao|stars?|percent|phần trăm|points?|điểm|dollars?|trang|words?|ml|km|tiếng|tháng|weeks?|"
    r"o'clock)(?!\w)"
)


_SURE_UNIT = Pattern(
    r"^\s?(?:k|đ|vnd|vnđ|usd|%|tr|triệu|nghìn|ngàn|người(?! nào)|pax|guests|people|persons|adults|nights|rooms|kg|"
    r"m2|cm|km|ml|phút|tuần|weeks?|"
    r"minutes?|mins?|dollars?|points?|điểm|calories)(?!\w)"
)


class AskedRoom(NamedTuple):
    """A room number as on the door, and where it stands."""

    start: int
    end: int
    number: str


def find_asked_rooms(source: Source, numbers: frozenset[str], blocked: Spans) -> list[AskedRoom]:
    """
    Rooms in order of appearance, each once.

    Args:
        source: The question.
        numbers: The hotel's; one of them is a room also without the word "room". One that is none of them needs it.
        blocked: Spans that are days, ids or names already.
    """
    doors = _doors(numbers)
    found: list[AskedRoom] = []
    for match in _NUMBER.finditer(source.folded):
        room = _own(match, source, doors, found)
        if room and not _overlaps(room.start, room.end, blocked):
            found.append(room)
    taken = [(room.start, room.end) for room in found]
    lengths = {len(number) for number in numbers}
    for other in find_rooms(source, [*blocked, *taken]):
        is_sure = other.rank == 2 or not numbers or len(other.number) in lengths
        if is_sure and not _overlaps(other.start, other.end, taken) and not _is_no_room(source, other.start, other.end):
            found.append(AskedRoom(other.start, other.end, other.number))
    unique: dict[str, AskedRoom] = {}
    for room in sorted(found):
        unique.setdefault(room.number, room)
    return list(unique.values())


@lru_cache(maxsize=16)
def _doors(numbers: frozenset[str]) -> dict[str, str]:
    """Numbers by how they may be typed: "B-12" also as "b12"."""
    return {key: number for number in numbers for key in (_typed(number), number.lower())}


def _typed(number: str) -> str:
    return re.sub(r"[-. ]", "", number.lower())


def _own(match: re.Match[str], source: Source, doors: dict[str, str], found: list[AskedRoom]) -> AskedRoom | None:
    start, end = match.span("number")
    written = match["number"]
    number = doors.get(written) or doors.get(_typed(written))
    cued = bool(match["prefix"]) or bool(_CUE.search(source.before(start, 24)))
    cued_by_letter = number is None and not cued and bool(re.match(r"[pr][.-]?\d", written))
    if cued_by_letter and re.match(r"p[.-]?\d|r[.-]?\d", written):
        start, written, cued = start + 1 + (written[1] in ".-"), written.lstrip("pr").lstrip(".-"), True
        number = doors.get(written)
    chained = bool(found) and bool(_CHAINED.search(source.lower[found[-1].end : match.start()]))
    is_prefixed = bool(match["prefix"]) and match["prefix"].strip(". ") in {"p", "ph", "r"}
    is_shaped = (
        any(map(str.isdigit, written))
        and len(written) >= (3 if is_prefixed or cued_by_letter else 2)
        and not re.fullmatch(r"\d{1,2}[hgk]", written)
    )
    if number is None:
        return (
            AskedRoom(start, end, written.upper())
            if (cued or chained) and is_shaped and not _is_no_room(source, match.start(), match.end(), cued=True)
            else None
        )
    if (written.isdecimal() and len(written) < 3 and not (cued or chained)) or _is_counted(source, match, cued=cued):
        return None
    return AskedRoom(start, end, number)


def _is_counted(source: Source, match: re.Match[str], *, cued: bool) -> bool:
    """Whether a number that is a room's is a price or a count all the same."""
    if _SURE_UNIT.search(source.after(match.end(), 14)):
        return True
    return not cued and bool(_NO_ROOM_BEFORE.search(source.before(match.start(), 30)))


def _is_no_room(source: Source, start: int, end: int, *, cued: bool = False) -> bool:
    if _NO_ROOM_AFTER.search(source.after(end, 14)):
        return not cued or bool(re.match(r"\s?(?:k|đ|%)", source.after(end, 3)))
    return not cued and bool(_NO_ROOM_BEFORE.search(source.before(start, 30)))


def _overlaps(start: int, end: int, blocked: Spans) -> bool:
    return any(start < used_end and used_start < end for used_start, used_end in blocked)
