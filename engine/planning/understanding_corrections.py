""" "Phòng 705, à nhầm, phòng 902", "room 5, no sorry, 6": what somebody takes back is not said."""

import re
from collections.abc import Set

from innkeeper.engine.assistant.asked_text import Asked
from innkeeper.engine.entities.source import Pattern

_STRONG = (
    r"(?:oh |ah |oops,? |wait,? |er+,? |um+,? |actually,? )*(?:no,? (?:wait|sorry|actually|make (?:it|that)|"
    r"i meant?|it's)|"
    r"sorry,? (?:no|i meant?|make (?:it|that)|it's)|wait,? (?:no|i meant?|sorry)|i (?:actually )?meant?|make that|"
    r"scratch that)|"
    r"(?:(?:ấy|ý|ủa|ơ|chết|khoan|thôi|xin lỗi|sorry),?\s)*à,?\s(?:nhầm|lộn|không)(?: rồi| phòng| số)?|"
    r"(?:nói|viết|gõ|ghi) (?:nhầm|lộn)(?: rồi)?|ý (?:em|tôi|mình|tui) (?:nói )?là"
)
_WEAK = (
    r"sorry|oops|rather|correction|actually|my (?:mistake|bad)|"
    r"(?:ấy |chết |xin lỗi,? )?(?:nhầm|lộn)(?: rồi)?|đính chính|ý là|à"
)
_TAKES_BACK = Pattern(
    rf"(?:\s*(?:[,;:…(–-]|\.+(?=\s))\s*(?:{_STRONG}|{_WEAK})|\s(?:{_STRONG}))(?!\w)"
    r"(?:[\s,.;:…!-]+(?:it's|it is|that's|i meant?|make (?:it|that)|sorry|no|should be|phải là|là|mới đúng|"
    r"ý (?:em|tôi|mình)? ?là)(?!\w))*[\s,.;:…!-]+"
)
_FILLED = Pattern(r"(?:for |at |on |the |số |vào |cho |lúc |là )*")
_ROOM = r"(?:(?:room|rm|phòng|phong|p)[\s.]*)?(?P<door>#?[A-Za-z]{0,3}-?\d{1,4}[A-Za-z]?)(?![\w:%]|[.,]\d)"
_DOOR = re.compile(rf"(?<![\w:.,-]){_ROOM}", re.IGNORECASE)
_HOUR = Pattern(
    r"(?<![\w:.])\d{1,2}(?:[:.h]\d{2}|\s?(?:h\d{0,2}|g\d{0,2}|giờ(?: rưỡi| kém \d{1,2}| \d{1,2}(?: phút)?)?|am\b|pm\b|"
    r"a\.m\.|p\.m\.|o'clock))(?:\s?(?:am|pm|sáng|trưa|chiều|tối|đêm)\b)?|"
    r"\b(?:half past|quarter (?:past|to)) \w+"
)
_DAY = Pattern(
    r"\b(?:the day after tomorrow|tomorrow|today|tonight|monday|tuesday|wednesday|thursday|friday|saturday|sunday|"
    r"hôm nay|ngày (?:mai|mốt|kia)|(?:sáng|trưa|chiều|tối) (?:nay|mai|mốt|kia)|mai|mốt|thứ (?:hai|ba|tư|năm|sáu|"
    r"bảy|[2-7])|chủ nhật|"
    r"ngày \d{1,2}(?:/\d{1,2})?|\d{1,2}/\d{1,2})\b"
)
_STATE = Pattern(r"\b(?:clean|dirty|inspected|occupied|out of order|sạch|bẩn|dơ|đã kiểm tra|bảo trì)\b")
_NAME = re.compile(
    r"(?:(?:mr|mrs|ms|miss|anh|chị|chi|ông|ong|bà|ba|cô|co)\.?\s)?[A-ZÀ-ỸĐ][\w'-]+(?:\s[A-ZÀ-ỸĐ][\w'-]+)*"
)
_DOOR_DIGITS = 3


def corrected(text: str, *, language: str, may_lack_accents: bool, rooms: Set[str]) -> str:
    """
    An instruction with what was taken back replaced by what was meant; as it is where nothing of the kind precedes it.

    Args:
        rooms: Numbers of the hotel's rooms, by which "302" is told from an hour.
    """
    for _ in range(3):
        asked = Asked(text, language, may_lack_accents=may_lack_accents)  # type: ignore[arg-type]  # a language of ours
        lower = asked.source.lower
        for match in _TAKES_BACK.finditer(lower):
            mended = _mended(asked, match.start(), match.end(), rooms) if match.start() else None
            if mended is not None and len(lower) == len(text):
                break
        else:
            return text
        text = mended
    return text


def _mended(asked: Asked, start: int, end: int, rooms: Set[str]) -> str | None:
    """The text with the last thing of the same kind before `start` replaced by the one that stands at `end`."""
    filled = _FILLED.match(asked.source.lower[end:])
    at = end + (filled.end() if filled else 0)
    meant = _meant(asked, at)
    if meant is None:
        return None
    kind, stop = meant
    said = asked.text[at:stop]
    spots = [spot for spot in _spots(asked, kind, start) if spot[1] <= start]
    if kind == "door":
        spots = _alike(asked, said, spots, rooms)
    if not spots:
        return None
    first, last = spots[-1]
    if _next_word(asked, last) == _next_word(asked, stop) != "":
        last += len(_next_word(asked, last)) + 1  # "2 towels, no sorry, 3 towels"
        stop += len(_next_word(asked, stop)) + 1
        said = asked.text[at:stop]
    between = asked.text[last:start].rstrip(" ,.;:-–…(")
    rest = asked.text[stop:].lstrip(")")
    return f"{asked.text[:first]}{_door(said) if kind == 'door' else said}{between}{rest}"


def _next_word(asked: Asked, place: int) -> str:
    return asked.source.lower[place:].lstrip().partition(" ")[0].strip(",.;:!?")


def _meant(asked: Asked, at: int) -> tuple[str, int] | None:
    lower, text = asked.source.lower, asked.text
    for kind, match in (
        ("hour", _HOUR.compiled.match(lower, at)),
        ("day", _DAY.compiled.match(lower, at)),
        ("state", _STATE.compiled.match(lower, at)),
        ("door", _DOOR.match(text, at)),
        ("name", _NAME.match(text, at)),
    ):
        if match is not None:
            return kind, match.end()
    return None


def _spots(asked: Asked, kind: str, end: int) -> list[tuple[int, int]]:
    lower, text = asked.source.lower, asked.text
    if kind == "hour":
        hours = [match.span() for match in _HOUR.compiled.finditer(lower, 0, end)]
        return hours or [match.span("door") for match in _DOOR.finditer(text, 0, end)]
    if kind == "door":
        return [match.span("door") for match in _DOOR.finditer(text, 0, end)]
    if kind == "name":
        return [match.span() for match in _NAME.finditer(text, 1, end)]
    pattern = _DAY if kind == "day" else _STATE
    return [match.span() for match in pattern.compiled.finditer(lower, 0, end)]


def _alike(asked: Asked, said: str, spots: list[tuple[int, int]], rooms: Set[str]) -> list[tuple[int, int]]:
    """Where the number is a door, doors; "at 6, no sorry, 7" takes the last number back."""
    doors = {each.casefold() for each in rooms}
    is_door = _door(said).casefold() in doors and (len(_door(said)) >= _DOOR_DIGITS or not _door(said).isdecimal())
    is_door = is_door or _door(said) != said
    if not is_door:
        return [spot for spot in spots if asked.text[slice(*spot)].casefold() not in doors] or spots
    known = [spot for spot in spots if asked.text[slice(*spot)].casefold() in doors]
    return known or [spot for spot in spots if len(asked.text[slice(*spot)]) >= _DOOR_DIGITS] or spots


def _door(said: str) -> str:
    match = _DOOR.fullmatch(said)
    return match["door"] if match else said
