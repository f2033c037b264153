"""Room numbers: "rm 212", "P.302", "to 1204 please", "… thx, 212", "villa 7"; never prices, floors, years or codes."""

import re
from typing import NamedTuple

from innkeeper.engine.entities.source import Pattern, Source

_NUMBER = r"(?P<number>\d{1,4}[a-d]?|\d{5})"
_END = r"(?![\w%°]|[.,:/-]\d|\s?(?:usd|vnd|vnđ|k\b|đ\b|triệu|nghìn|ngàn|euros?|dollars?))"
_CUED = Pattern(
    r"(?<!\w)(?P<cue>rooms?|rms?|rooom|roon|suite|villas?|bungalows?|chalet|cabin|lodge|cottage|hut|pavilion|"
    r"residence|penthouse|studio|apartment|apt|unit|"
    r"phòng|phg|phog|fòng|biệt thự|căn hộ|~căn|~ph|~p|~r)"
    r"(?:\s?(?:number|numbers|num|nos?\.?|nr\.?|#|số|is|was|bungalow|villa|suite|mình|em|tôi|anh|chị|"
    r"tui|của (?:mình|em|tôi|anh|chị)|là|ở|nha|tắm|ngủ|nghỉ|:|\.|,|-|=)){0,3}\s?#?"
    + _NUMBER
    + _END
    + (
        r"(?!\s?(?:người|ng|khách|giường|đêm|ngày|sao|m2|adults?|people|persons|guests|pax|beds?|nights?|"
        r"stars?|minutes|mins?|phút|vợ chồng|times|tiếng|giờ|h\b|am\b|pm\b|cái|chai)(?!\w))"
    )
)
_BARE = Pattern(
    r"(?<![\w$€£#+.,:/-])(?<!\d\d )(?P<number>\d{3,4}[a-d]?)(?! \d{3})(?![\w%°]|[,.:/-]\d|"
    r"[.,]?\s?(?:usd|vnd|vnđ|k|đ|đồng|triệu|nghìn|ngàn|~đô|euros?|dollars?|bucks|quid|baht|ml|l|m|km|kg|g|cm|mm|mb|"
    r"mbps|w|kw|degrees|hrs?|hours|people|guests|pax|người|ng|khách|phút|minutes|calories|points|"
    r"pieces|cái|chai|~tờ)(?!\w))"
)
_LEADS_IN = Pattern(
    r"\b(?:to|in|at|from|for|outside|of|is|we're|we are|i'm|im|into|near|both|clean|it's|get|between|"
    r"above|below|under|beneath|opposite|beside|behind|inside|re|regarding|concerning|swap|vacate|vacating|"
    r"leave|leaving|left|occupy|occupying|service|servicing|refresh|tidy|into|onto|off|via|towards|"
    r"that|and|or|but|because|since|here|hi|hello|hey|hiya|heya|morning|evening|afternoon|"
    r"up to|inside|@|lên|tại|ở|cho|từ|vào|tới|đến|qua|ra|sang|là|dọn|gửi|giao|mang|của|cửa|trước|"
    r"đến)\s$"
)
_OTHER_NUMBER = Pattern(
    r"\b(?:flight|booking|order|confirmation|reservation|reference|ref|code|pin|password|pass|"
    r"passcode|bia|beer|beers|extension|ext|bus|train|table|line|gate|floor|level|locker|plate|channel|ticket|"
    r"invoice|bill|voucher|card|year|since|phone|tel|number ending|ending|license|whatsapp|zalo|"
    r"mobile|hotline|call|dial|passport|iphone|galaxy|boeing|highway|street|st"
    r"|pay|paid|cost|costs|charged?|price|total|over|than|giá|khoản|chuyến bay|chuyến|chuyen bay|mã|"
    r"đơn|vé|bàn|tầng|lầu|số đt|sđt|sdt|đt|tàu|xe|biển số|hóa đơn|năm|kênh|mật khẩu|số điện thoại|"
    r"đường|quận|gọi số|tủ)"
    r"(?:\s(?:number|no\.?|num|is|số|code|là)){0,2}[\s#:.]{1,2}$|\b(?:vn|vj|qh|bl|sq|ek|cx|tg|qr|ke|mh)\s$"
)
_MONTH_BEFORE = Pattern(
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\.?,?\s(?:\d{1,2}(?:st|nd|rd|"
    r"th)?,?\s)?$|\b(?:in|by|tháng \d{1,2}) (?=20[0-3]\d)$"
)
_YEAR = Pattern(r"(?:19\d\d|20[0-3]\d)(?!\d)")
_YEAR_BEFORE = Pattern(
    r"\b(?:was|were|since|stayed|visited|back|married|born|summer|winter|spring|autumn|christmas|cup|"
    r"world cup|năm)\b[^.!?]{0,20}$"
)
_DENIED = Pattern(
    r"\b(?:not|isn't|wasn't|không phải|chứ không phải|instead of)\s(?:in |from |for |at )?(?:the )?(?:room |phòng )?$"
)
_NEIGHBOUR = Pattern(
    r"\b(?:next door|neighbou?rs?|people in|guests? in|guy in|upstairs|above us|noise from|"
    r"coming from|bên cạnh|kế bên|hàng xóm|đối diện|phía trên|tầng trên|khách (?:ở )?)\b[^.!?]{0,18}$"
)
_MINE = Pattern(
    r"\b(?:my room|our room|i'm in|im in|i am in|we are in|we're in|were in|i stay in|staying in|"
    r"tôi ở|mình ở|em ở|anh ở|chị ở|phòng (?:mình|tôi|em|anh|chị)|toi o)\b[^.!?\d]{0,14}$"
)
# A number that does or has something is a room: "240 is an icebox", "could 128 have".
_ACTS = Pattern(
    r"(?:['’]s|,)?\s(?:is|isn't|was|wasn't|are|has|hasn't|have|had|needs?|wants?|would|could|can|can't|cannot|"
    r"will|won't|"
    r"here|again|please|pls|plz|speaking|asks?|asked|does|doesn't|did|didn't|smells?|stinks?|keeps?|still|just|asap|"
    r"reporting|calling|checking|leaves?|feels?|looks?|sounds?|gets?|got|never|waits?|waiting|requests?|requires?|"
    r"ordered|orders?|says?|should|must|may|might|lacks?|missing|without|came|went)(?!\w)|['’]s\s(?!\d)"
)
_AND_ANOTHER = Pattern(r"\s(?:and|&|và|or)\s(?:room |phòng )?\d{1,4}(?![\w:])")
_MANY_OF = Pattern(
    r"[- ](?:(?!(?:and|at|for|on|with|by|in|to|is|has|still|just|one|two|three|four|five|ten|a|"
    r"an)\b)[a-z]+[ -])?(?:words?|guests|people|rooms|dollars|bucks|pounds|quid|"
    r"euros?|photos|steps|met(?:er|re)s?|miles?|years?|degrees|emails|followers|grams|pages|characters|minutes|seconds|"
    r"countries|employees|leads|businesses|properties|hotels|percent|rupees|yen|baht|contacts|clients|customers|"
    r"visitors|reviews|likes|members|delegates|attendees|calories|points|pieces|stars|feet|hours|days|weeks|months|"
    r"nights|times|thread|bpm|am|pm|hrs?|tons?|gallons?|bc|ad|bce)(?!\w)"
)
_HISTORY = Pattern(r"\b(?:who|when did|which year|history|war|founded|built|president|movie|film|novel)\b")
_HURRY = Pattern(r"(?:hurry|please|pls|plz|now|asap|thx|thanks|thank you|quick\w*|urgent\w*|nhé|nha|ạ|nhe|gấp)\b")
_SMALL_HOUSES = (
    "villa",
    "bungalow",
    "chalet",
    "cabin",
    "lodge",
    "cottage",
    "hut",
    "pavilion",
    "biệt",
    "biet",
    "suite",
    "căn",
    "can ho",
    "unit",
    "apartment",
    "apt",
)


class Room(NamedTuple):
    """A room number; `rank` is 2 when named as a room, 1 by its place in the text, 0 when it is a neighbour's."""

    start: int
    end: int
    number: str
    rank: int


def find_rooms(source: Source, blocked: list[tuple[int, int]]) -> list[Room]:
    """
    Room numbers in order of appearance.

    Args:
        source: The message.
        blocked: Spans that are dates or times already.
    """
    cued = [room for match in _CUED.finditer(source.lower) if (room := _cued(match, source, blocked))]
    starts = {room.start for room in cued}
    bare = [
        room
        for match in _BARE.finditer(source.lower)
        if match.start() not in starts and (room := _bare(match, source, blocked))
    ]
    return sorted([*cued, *bare])


def own_room(rooms: list[Room]) -> Room | None:
    """The guest's room: the first stated, unless it is a neighbour's and their own follows."""
    stated = [room for room in rooms if room.rank >= 2] or [room for room in rooms if room.rank == 1]
    if not stated:
        return rooms[0] if rooms else None
    return stated[0]


def _cued(match: re.Match[str], source: Source, blocked: list[tuple[int, int]]) -> Room | None:
    start, end = match.span("number")
    cue, number = match["cue"], match["number"]
    if _overlaps(start, end, blocked) or _DENIED.search(source.before(match.start(), 24)):
        return None
    if cue in {"p", "ph", "r"} and len(number) < 3:
        return None
    if (
        len(number) < 3
        and not cue.startswith(_SMALL_HOUSES)
        and not _is_alone(source, end)
        and "bungalow" not in match.group()
        and "villa" not in match.group()
    ):
        return None
    neighbour = _NEIGHBOUR.search(source.before(match.start(), 40))
    return Room(
        start, end, source.text[start:end].upper(), 0 if neighbour and not _MINE.search(source.before(start, 40)) else 2
    )


def _is_alone(source: Source, end: int) -> bool:
    """A one- or two-digit number counts as a room only when no thing that is counted follows."""
    if _ACTS.match(source.lower, end) or _AND_ANOTHER.match(source.lower, end):
        return True
    return not source.after(end, 2).strip() or source.after(end, 1) in ".,!?;)\n"


def _bare(match: re.Match[str], source: Source, blocked: list[tuple[int, int]]) -> Room | None:
    start, end = match.span("number")
    before = source.before(start, 40)
    if (
        _overlaps(start, end, blocked)
        or _OTHER_NUMBER.search(before)
        or _MONTH_BEFORE.search(before)
        or _DENIED.search(before)
    ):
        return None
    if _YEAR.match(source.lower, start) and (_YEAR_BEFORE.search(before) or _HISTORY.search(source.lower)):
        return None
    if _MANY_OF.match(source.lower, end):
        return None
    if _MINE.search(before):
        return Room(start, end, source.text[start:end].upper(), 2)
    if _LEADS_IN.search(before):
        neighbour = _NEIGHBOUR.search(before)
        return Room(start, end, source.text[start:end].upper(), 0 if neighbour else 1)
    if source.is_vietnamese or _acts(source, start, end) or _stands_alone(source, start, end):
        return Room(start, end, source.text[start:end].upper(), 1)
    return None


def _acts(source: Source, start: int, end: int) -> bool:
    """The number is the subject of a verb; a year needs a clearer sign."""
    return bool(_ACTS.match(source.lower, end)) and not _YEAR.match(source.lower, start)


def _stands_alone(source: Source, start: int, end: int) -> bool:
    """Its own segment ("… thx, 212"), or the last word of a sentence or message ("fries 1903")."""
    left = source.lower[max(0, start - 12) : start].rstrip(" ")
    right = source.lower[end : end + 12].lstrip(" ")
    opens = not left or left[-1] in ".,!?;:\n-–(…/" or not (left[-1].isalnum() or left[-1] in "'\"")
    closes = not right or right[0] in ".,!?;:\n-–)…" or not right[0].isalnum()
    hurried = bool(left) and left[-1] in ".!?\n" and bool(_HURRY.match(right))
    ends_part = bool(right) and right[0] in ",;)" and source.lower[max(0, start - 1) : start] == " "
    return ends_part or (opens and (closes or not left or hurried)) or (closes and not right.strip(" .!?🙏\n"))


def _overlaps(start: int, end: int, blocked: list[tuple[int, int]]) -> bool:
    return any(start < used_end and used_start < end for used_start, used_end in blocked)
