"""Work orders: what a clause asks to be done, as the router understands it, in which room and how urgently."""

import re
from collections.abc import Sequence

from innkeeper.engine.entities.source import Pattern, word_set
from innkeeper.engine.planning.understanding_bench import Bench
from innkeeper.engine.planning.understanding_clauses import Clause
from innkeeper.engine.planning.understanding_steps import Made, Taken
from innkeeper.engine.planning.understanding_subjects import Subject
from innkeeper.engine.planning.understanding_words import Missing
from innkeeper.engine.text import clean
from innkeeper.schemas.access import Role
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.routing import Classification, GuestMessage
from innkeeper.schemas.taxonomy import Priority

_AND = Pattern(r"\b(?:and|và|với|plus|also|cùng)\b|[,;.+&]\s")
_NOUNS = re.compile(
    r"\b(?:create|open|raise|log|file|make|put in|submit|add|tạo|mở|lập|ghi|lên|tao|mo|lap|len|work[- ]?orders?|"
    r"orders?|tickets?|"
    r"jobs?|requests?|tasks?|phiếu|phieu|việc|viec|yêu cầu|yeu cau|repair|maintenance|service|"
    r"housekeeping|engineering|sửa chữa|sua chua|wo|an?|the|new|urgent|one|một|mot|for|to|about|on|that|cho|để|về|"
    r"de|ve)\b",
    re.IGNORECASE,
)
_PARTS = re.compile(r"[,;]\s|\.\s|\s(?:and|while|và|va|còn)\s", re.IGNORECASE)
_BOTH = Pattern(r"\b(?:both|each|all|cả hai|cả 2|hai phòng|2 phòng|tất cả)\b")
_SEVERAL = 2
_SURE = 0.8  # of the router, for a second work order out of one clause
LEAD = re.compile(
    r"^\W*(?:(?:that|to|about|know|is|team|department|dept|staff|please|rằng|là|biết|để|nhé|giúp|giùm|về|về việc|"
    r"việc|gấp|ngay|luôn|cho|"
    r"hay|bộ phận|rang|la|biet|de|giup|gium|ve)\b\s*|[,:–-]\s*)+",
    re.IGNORECASE,
)
FRONT = re.compile(
    r"^\W*(?:(?:and|then|please|pls|also|but|can you|could you|i need you to|we need to|need to|hãy|giúp|giùm|thì|"
    r"rồi|và|nhớ|vui lòng|làm ơn|"
    r"nhờ|em|anh|chị|thi|roi|va)\b\s*)+",
    re.IGNORECASE,
)
_MAKES = re.compile(
    r"^\W*(?:create|open|raise|log|file|make|put in|submit|add|tạo|mở|lập|ghi|lên|tao|mo|lap|"
    r"len)\b.*?(?:work[- ]orders?|tickets?|job(?: order)?|requests?|"
    r"task|phiếu(?: việc| yêu cầu| sửa chữa| công việc)?|phieu(?: viec| yeu cau| sua chua| cong viec)?|order|"
    r"yêu cầu(?: sửa chữa)?|yeu cau(?: sua chua)?|wo)\b"
    r"(?:\s+(?:for|to|about|on|that|cho|để|về|de|ve)\b)?\s*",
    re.IGNORECASE,
)
_COUNTED = Pattern(
    r"(?<![\w.,:/-])(?P<count>\d{1,2})\s?(?:cuộn|cái|chiếc|chai|lon|đôi|bộ|hộp|gói|tấm|rolls?|pieces?|sets?|"
    r"bottles?|more|of them)(?!\w)"
)
_ARRANGES = Pattern(r"^(?:arrange|handle|do|sort|take care of|organi[sz]e|xử lý|lo|sắp xếp)\b")
_NO_WORK = 2
_BRINGS = 0.3
_BRINGERS = frozenset({"housekeeping", "room_service"})
_EMPTY = word_set(
    "send|now|someone|up|lên|len|ngay|luôn|for|it|room|phòng|the|cho|phong|this|that|guest|khách|khach|kỹ|thuật|"
    "ky|thuat|bảo|trì|bao|tri|buồng|"
    "buong|bộ|phận|housekeeping|maintenance|engineering|team|with|high|low|priority|urgent|gấp|gap|to|"
    "about|đó|này|do|một|a|medium|ưu|tiên|cao|as|problem|issue|matter|over|there|here|asap|please|come|have|"
    "look|check|fix|"
    "repair|sort|get|out|and|qua|tới|toi|đến|den|xuống|xuong|vào|vao|xem|coi|kiểm|kiem|tra|sửa|sua|xử|lý|xu|ly|"
    "giúp|giup|"
    "both|all|each|cả|hai|2|ca|ticket|tickets|giùm|gium|hộ|dùm|đi|di|nhé|nhe|nha|ạ|em|anh|chị|với|liền|lien|"
    "người|nguoi|ai|cử|cu|thợ|tho"
)


def priority_of(clause: Clause) -> Priority | None:
    """How urgent the words say it is."""
    if clause.has("critical"):
        return Priority.CRITICAL
    if clause.has("low"):
        return Priority.LOW
    return Priority.HIGH if clause.has("urgent") else None


def order(bench: Bench, clause: Clause, subject: Subject, content: str | None = None) -> list[Made]:
    """
    Work orders for what a clause asks, one for each room and kind of work.

    Args:
        content: The words that describe it; the whole clause when absent.

    Raises:
        Missing: What has to be done, or in which room, is not said.
    """
    text = _described(FRONT.sub("", content if content is not None else bench.words_of(clause)), subject)
    if says_little(text, subject) and bench.orders and not bench.background and _ARRANGES.search(text.lower()):
        return bench.orders[-1:]  # "…, arrange it"
    if says_little(text, subject) and bench.background:
        text = ". ".join([*(bench.words_of(each) for each in bench.background), text]).strip(" .")
    parts = _by_room(text, subject.rooms or bench.focus.rooms)
    if parts:
        return [step for room, words in parts.items() for step in _order_in(bench, clause, room, words)]
    requests = _requests(bench, text, subject)
    told = [*bench.done, *(bench.words_of(each) for each in bench.background)]
    while told and not requests:  # "repair it"
        spoken = f"{told.pop()}. {text}".strip(" .")
        requests = _requests(bench, spoken, subject)
        text = spoken if requests else text
    if not requests:
        raise Missing("work")
    rooms = _rooms(bench, subject, requests[0])
    made = [
        bench.add(
            ActionName.CREATE_WORK_ORDER,
            category=request.category,
            subcategory=request.subcategory,
            room_number=room,
            description=text[:500],
            priority=(priority_of(clause) or request.priority).value,
            items=_items(request, text),
        )
        for room in rooms
        for request in requests
    ]
    bench.orders += made
    return made


def _described(text: str, subject: Subject) -> str:
    """Without "open a ticket for"; of "open a cleaning order for it" the cleaning is kept."""
    made = _MAKES.match(text)
    rest = (text[made.end() :] if made else text).strip(" ,.;:")
    if made is None or not says_little(rest, subject):
        return rest
    kept = _NOUNS.sub(" ", made.group()).strip()
    return f"{kept} {rest}".strip() if re.search(r"\w{3}", kept) else rest


def _order_in(bench: Bench, clause: Clause, room: str, words: str) -> list[Made]:
    """Work in one of several rooms, each of which has its own."""
    return order(bench, clause, Subject(rooms=(room,), spots=(0,)), words)


def _by_room(text: str, rooms: Sequence[str]) -> dict[str, str]:
    """ "The bulb in 703 is out and the safe in 605 won't open": what is said of each; nothing of "clean 703, 605"."""
    if len(rooms) < _SEVERAL:
        return {}
    found: dict[str, str] = {}
    for part in _PARTS.split(text):
        named = [room for room in rooms if re.search(rf"(?i)(?<![\w-]){re.escape(room)}(?![\w-])", part)]
        if len(named) > 1 or (named and (named[0] in found or says_little(part, Subject(rooms=tuple(named))))):
            return {}
        if named:
            found[named[0]] = part.strip(" ,.;")
        elif found and not _BOTH.search(part.lower()) and not says_little(part, Subject()):
            last = next(reversed(found))
            found[last] = f"{found[last]}, {part.strip(' ,.;')}"
    return found if len(found) == len(set(rooms)) else {}


def says_little(text: str, subject: Subject) -> bool:
    """Whether words name no work: "for 305", "it"."""
    words = [word for word in re.findall(r"\w+", text.lower()) if word not in _EMPTY]
    return len([word for word in words if word.upper() not in subject.rooms]) < _NO_WORK


def _requests(bench: Bench, text: str, subject: Subject) -> list[Classification]:
    """What the router makes of the words; the surest, and another department's if that is as clear."""
    if not re.search(r"[^\W\d]{2}", text):
        return []
    spoken = text
    for room in subject.rooms:  # a bare number is no quantity
        spoken = re.sub(
            rf"(?i)(?<!room )(?<!phòng )(?<!phong )\b{re.escape(room)}\b",
            f"room {room}" if bench.language == "en" else f"phòng {room}",
            spoken,
        )
    for name in (*subject.guests, bench.focus.guest or ""):
        spoken = (
            re.sub(rf"{re.escape(name)}(?:'s)?", "my" if bench.language == "en" else "", spoken) if name else spoken
        )
    if not clean(spoken).strip():
        return []
    message = GuestMessage(
        message=spoken,
        room_number=subject.rooms[0] if subject.rooms else None,
        language=bench.language,
        timestamp=bench.instruction.now,
    )
    found = sorted(bench.router.route(message).classifications, key=_likely, reverse=True)
    chosen = found[:1]
    for other in found[1:] if _AND.search(text.lower()) else ():
        if other.confidence >= _SURE and other.category not in {each.category for each in chosen} | {
            "complaints",
            "front_desk",
        }:
            chosen.append(other)
    return chosen


def _likely(request: Classification) -> float:
    """Things that are counted are to be brought."""
    return request.confidence + (_BRINGS if request.structured_request.items and request.category in _BRINGERS else 0)


def _items(request: Classification, text: str) -> dict[str, int]:
    items = request.structured_request.items or ()
    counted = _COUNTED.search(text.lower()) if len(items) == 1 else None  # "hết giấy vệ sinh, cho xin 2 cuộn"
    default = int(counted["count"]) if counted else 1
    return {each.item: each.quantity or default for each in items}


def _rooms(bench: Bench, subject: Subject, request: Classification) -> list[str | Taken | None]:
    try:
        return list(bench.rooms(subject))
    except Missing:
        if request.category in _BRINGERS and bench.role is not Role.GUEST:
            raise
        return [None]
