"""Clauses that ask: a room's state, a booking, a price, free rooms, the documents, the logs of services."""

import re

from innkeeper.engine.entities.numbers import NUMBER, number_value
from innkeeper.engine.entities.source import Pattern, word_set
from innkeeper.engine.planning.understanding_bench import Bench
from innkeeper.engine.planning.understanding_clauses import Clause
from innkeeper.engine.planning.understanding_conditions import answered
from innkeeper.engine.planning.understanding_rates import availability, pricing
from innkeeper.engine.planning.understanding_steps import Holds, Made, Taken
from innkeeper.engine.planning.understanding_subjects import Subject
from innkeeper.engine.planning.understanding_words import Missing
from innkeeper.schemas.actions import ActionName

_ROOM_STATES = ("ready", "clean", "dirty", "occupied", "vacant", "inspected", "out_of_order", "status")
_LISTED = ("dirty", "clean", "ready", "inspected", "out_of_order", "occupied")
_POLITE = re.compile(
    r"^(?:(?:please|pls|can you|could you|and|then|also|tell me|let me know|show me|give me|find out|check|"
    r"look up|search(?: for)?|"
    r"search the documents for|cho (?:em|tôi|mình|anh|chị)? ?(?:biết|hỏi)|kiểm tra|xem|tìm|tra(?: cứu)?|giúp|hãy|"
    r"cho biết)\s+)+",
    re.IGNORECASE,
)
_SERVICES = (
    Pattern(
        r"\blogs? (?:of|for|from) (?:the |our )?(?P<of>[\w-]+(?:[ -](?!service\b|in\b|for\b|over\b|from\b|"
        r"during\b)[\w-]+)?)(?: service| server| system)?"
    ),
    Pattern(
        r"\b(?:log|logs|nhật ký|nhật kí)(?: lỗi)? (?:của |cho )?(?:dịch vụ |hệ thống |service |server )?"
        r"(?P<vi>thanh toán|khóa cửa|đặt phòng|thang máy|nhà hàng|[\w-]+)"
    ),
    Pattern(
        r"\b(?P<before>(?!error\b|the\b|check\b|all\b|analy\w+\b|our\b|service\b|system\b|scan\b|review\b|"
        r"recent\b|latest\b)[\w-]+)(?: service)?(?:'s)?"
        r" (?:error )?logs?\b"
    ),
)
_NO_SERVICE = word_set(
    "from|of|in|over|during|all|the|last|past|trong|hệ|he|service|system|lỗi|loi|của|cua|gần|services|every|any|"
    "today|hôm|dịch|"
    "xem|coi|check|file|tra|tích|tich|nào|1|this|quét|for|a|1h|and|if|rồi|server|30|2|an|errors"
)
_SPAN = Pattern(
    rf"(?<!\w)(?:(?P<count>{NUMBER}|an?|half an|nửa)\s?-?"
    r"(?P<unit>minutes?|mins?|min|hours?|hrs?|h|days?|phút|giờ|tiếng|"
    rf"ngày)\b|"
    r"\blast (?P<single>hour|day|night)\b)"
)
_SHORT = 6
_MAX_MINUTES = 24 * 60


def read(bench: Bench, clause: Clause, subject: Subject) -> bool:
    """Add the steps that answer a clause; whether it asks anything of the kind."""
    if _logs(bench, clause):
        return True
    asks_which = {"which", "nao", "many", "all"} & {token.plain for token in clause.tokens}
    if asks_which and clause.has("room") and clause.has(*_LISTED) and not subject.names_somebody:
        raise Missing("rooms")  # rooms are not listed by their state
    if clause.has("late") and not subject.names_somebody:
        return _documents(bench, clause)
    if clause.has("price") and (subject.types or bench.focus.room_type or not clause.has("knowledge")):
        if not subject.types and bench.focus.room_type is None and _is_of_service(clause):
            return _documents(bench, clause)
        if clause.has("available") and subject.types:
            availability(bench, subject)
        bench.asked = answered(bench, clause, subject)
        for name in subject.types or (None,):
            pricing(bench, subject, name)
        return True
    if _asks_for_rooms(bench, clause, subject):
        for name in subject.types or (None,):
            step = availability(bench, subject, name)
        bench.asked = (Holds(step, "total", "more", 0),)
        return True
    if _booking(bench, clause, subject) or _room(bench, clause, subject):
        return True
    return _documents(bench, clause)


def _asks_for_rooms(bench: Bench, clause: Clause, subject: Subject) -> bool:
    if subject.rooms or not clause.has("available", "none_left"):
        return False
    return bool(subject.types or bench.focus.room_type) or clause.has("room") or subject.stay.is_named


def _is_of_service(clause: Clause) -> bool:
    """ "How much is the spa": a price that the documents know."""
    return not clause.has("room", "available")


def _booking(bench: Bench, clause: Clause, subject: Subject) -> bool:
    if clause.has("knowledge") and not subject.names_somebody:
        return False
    of_room = clause.has(*_ROOM_STATES) and not clause.has("booking", "arrived", "left", "cancelled", "guest")
    is_named = bool(subject.booking_ids or subject.guests) and not (of_room and subject.rooms)
    known = subject.names_somebody or bench.focus.room or bench.focus.booking_id or bench.focus.guest
    asks = clause.has("booking", "arrived", "left", "cancelled", "no_show", "exists") and bool(known)
    if not (is_named or asks) or (subject.rooms and of_room):
        return False
    if clause.has("ready", "clean", "dirty") and not clause.has("booking"):
        return False  # "is Mr Lee's room ready"
    for room in subject.rooms[1:] and subject.rooms:
        bench.lookup(subject, room)
    if not subject.rooms[1:]:
        bench.asked = answered(bench, clause, subject) or (Holds(bench.lookup(subject), "found", "is", True),)
    return True


def _room(bench: Bench, clause: Clause, subject: Subject) -> bool:
    if clause.has("knowledge") and not subject.names_somebody and not clause.has("ready", "clean"):
        return False
    if not (
        subject.rooms
        or (clause.has(*_ROOM_STATES) and clause.has("room", "guest"))
        or _is_it(clause)
        or (clause.has("room") and len(clause.tokens) <= _SHORT and bool(clause.verbs))
    ):
        return False
    bench.asked = answered(bench, clause, subject)
    rooms = bench.rooms(subject)
    for room in rooms:
        bench.read(ActionName.GET_ROOM_STATUS, room_number=room)
        if clause.has("ready") or (clause.has("clean") and bench.asked and _is_gate(clause)):
            bench.readiness(room)
    if not bench.asked:
        bench.asked = tuple(Holds(_status(bench, room), "ready_for_guest", "is", True) for room in rooms)
    return True


def _status(bench: Bench, room: str | Taken) -> Made:
    return bench.read(ActionName.GET_ROOM_STATUS, room_number=room)


def _is_gate(clause: Clause) -> bool:
    return clause.has("whether", "ready")


def _is_it(clause: Clause) -> bool:
    return clause.has("ready", "clean") and len(clause.tokens) <= 8 and not clause.has("knowledge")


def _documents(bench: Bench, clause: Clause) -> bool:
    """A question that the documents have to answer, in its own words."""
    query = _POLITE.sub("", bench.words_of(clause)).strip() or clause.text
    bench.asked = (Holds(bench.read(ActionName.SEARCH_KNOWLEDGE_BASE, query=query[:400]), "found", "is", True),)
    return True


def _logs(bench: Bench, clause: Clause) -> bool:
    if not clause.has("logs") or (
        not clause.verbs & {"analyse", "check", "find", "run"} and not clause.has("anomalies")
    ):
        return False
    bench.asked = (
        Holds(
            bench.add(ActionName.ANALYZE_LOGS, service=_service(clause), minutes=_minutes(clause)),
            "anomalies",
            "more",
            0,
        ),
    )
    return True


def _service(clause: Clause) -> str | None:
    lower = clause.piece.source.lower
    for match in (match for pattern in _SERVICES for match in pattern.finditer(lower)):
        name = (match[1] or "").strip()
        if name and name.split()[0] not in _NO_SERVICE and not name[0].isdigit():
            return re.sub(r"[ -](?:services?|server|logs?)$", "", name)
    return None


def _minutes(clause: Clause) -> int | None:
    match = _SPAN.search(clause.piece.source.lower)
    if match is None:
        return None
    if match["single"]:
        return 60 if match["single"] == "hour" else _MAX_MINUTES
    count, unit = match["count"], match["unit"]
    amount = (
        0.5
        if count.startswith(("half", "nửa", "nua"))
        else 1.0
        if count in {"a", "an"}
        else float(number_value(count) or 1)
    )
    minutes = amount * (1 if unit.startswith(("m", "p")) else 60 if unit.startswith(("h", "g", "t")) else _MAX_MINUTES)
    if minutes > _MAX_MINUTES or minutes < 1:
        raise Missing("time")
    return int(minutes)
