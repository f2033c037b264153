"""Conditions in words as facts of steps: "if the room is ready", "nếu giá dưới 2 triệu"."""

from innkeeper.engine.entities.numbers import number_value
from innkeeper.engine.entities.source import Pattern
from innkeeper.engine.planning.understanding_bench import Bench
from innkeeper.engine.planning.understanding_clauses import Clause
from innkeeper.engine.planning.understanding_rates import availability, pricing
from innkeeper.engine.planning.understanding_steps import Holds, Operator
from innkeeper.engine.planning.understanding_subjects import Subject
from innkeeper.engine.planning.understanding_times import money
from innkeeper.engine.planning.understanding_words import Missing
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.hotel import BookingStatus, RoomStatus

_LESS = Pattern(
    r"\b(?:under|below|less than|cheaper than|lower than|fewer than|dưới|thấp hơn|rẻ hơn|ít hơn|nhỏ hơn)\b|<(?!=)"
)
_MORE = Pattern(
    r"\b(?:over|above|more than|higher than|exceeds?|greater than|trên|hơn|cao hơn|nhiều hơn|vượt|quá)\b|>(?!=)"
)
_AT_MOST = Pattern(r"\b(?:at most|no more than|not more than|up to|maximum|tối đa|không quá|nhiều nhất)\b|<=")
_AT_LEAST = Pattern(r"\b(?:at least|no less than|minimum|or more|tối thiểu|ít nhất|trở lên|từ)\b|>=")
_OPERATORS: dict[Operator, Pattern] = {"at_most": _AT_MOST, "at_least": _AT_LEAST, "less": _LESS, "more": _MORE}
_COUNT = Pattern(r"(?<![\w.,])(?P<count>\d{1,3}|one|two|three|four|five|six|một|hai|ba|bốn|năm)\b(?=\s\w|\W*$)")
_SUBJECTS_OF_ROOM = ("dirty", "occupied", "out_of_order", "inspected", "vacant")
_DENIED = frozenset(
    {*_SUBJECTS_OF_ROOM, "ready", "clean", "left", "arrived", "cancelled", "confirmed", "no_show", "today", "exists"}
    | {"booking", "available", "sent", "anomalies", "price"}
)
_SHORT = 4


def answered(bench: Bench, clause: Clause, subject: Subject) -> tuple[Holds, ...]:
    """What holds when the answer to a question is yes; nothing when it is not answered by yes or no."""
    if _of_price(bench, clause, subject):
        return _of_price(bench, clause, subject)
    return (
        _of_rooms_left(bench, clause, subject)
        or _of_booking(bench, clause, subject)
        or _of_room(bench, clause, subject)
    )


def condition(bench: Bench, clause: Clause, subject: Subject) -> tuple[Holds, ...]:
    """
    What has to hold; the steps that tell it are added.

    Raises:
        Missing: No step tells it, or it is not said of which room, booking or room type.
    """
    found = (
        _of_logs(bench, clause)
        or _of_price(bench, clause, subject)
        or _of_rooms_left(bench, clause, subject)
        or _of_message(bench, clause)
        or _of_booking(bench, clause, subject)
        or _of_room(bench, clause, subject)
    )
    if not found and len(clause.tokens) <= _SHORT and bench.asked:
        found = bench.asked if not clause.has("not") else (*bench.asked[:-1], bench.asked[-1].opposite())
    if not found:
        raise Missing("condition", said=clause.text)
    if clause.has("unless"):
        return (*found[:-1], found[-1].opposite())
    return found


def _is_negated(clause: Clause) -> bool:
    """
    Whether it says that something is not so: "not" stands before what is denied.

    "Dọn xong chưa" and "ready or not" ask, and "unless" is another matter.
    """
    facts = [cue.last for cue in clause.cues if cue.label in _DENIED]
    return any(last > cue.last for cue in clause.cues if cue.label == "not" for last in facts)


def _signed(clause: Clause, found: Holds) -> tuple[Holds, ...]:
    return (found.opposite(),) if _is_negated(clause) else (found,)


def _of_room(bench: Bench, clause: Clause, subject: Subject) -> tuple[Holds, ...]:
    if not clause.has("ready", "clean", *_SUBJECTS_OF_ROOM):
        return ()
    holds: list[Holds] = []
    for room in bench.rooms(subject, several=True):
        status = bench.read(ActionName.GET_ROOM_STATUS, room_number=room)
        name = next((label for label in _SUBJECTS_OF_ROOM if clause.has(label)), None)
        if name == "dirty" and clause.has("ready") and not clause.has("not"):
            name = None
        if name is None and _is_to_be_inspected(bench, clause):
            holds += _signed(clause, Holds(status, "status", "is", RoomStatus.CLEAN.value))
        elif name is None or (
            name in {"vacant", "inspected"} and clause.has("ready", "clean") and not clause.has(name)
        ):
            holds += _signed(clause, Holds(bench.readiness(room), "ready_for_guest", "is", True))
        elif name == "vacant":
            holds += _signed(clause, Holds(status, "status", "is_not", RoomStatus.OCCUPIED.value))
        elif name == "inspected" and _is_not_yet(clause):
            holds.append(Holds(status, "status", "is_not", RoomStatus.INSPECTED.value))
        elif name == "dirty" and _is_not_yet(clause):
            holds.append(Holds(bench.readiness(room), "ready_for_guest", "is", False))
        else:
            holds += _signed(clause, Holds(status, "status", "is", RoomStatus(name).value))
    return tuple(holds)


def _is_not_yet(clause: Clause) -> bool:
    return any(token.plain == "chua" for token in clause.tokens)


def _is_to_be_inspected(bench: Bench, clause: Clause) -> bool:
    """ "If it is clean, set it to inspected": clean and not yet ready is meant."""
    follows = any("mark" in each.verbs and each.has("inspected") for each in bench.rest[:2])
    return follows and clause.has("clean") and not clause.has("ready")


def _of_booking(bench: Bench, clause: Clause, subject: Subject) -> tuple[Holds, ...]:
    statuses = {
        "left": BookingStatus.CHECKED_OUT,
        "cancelled": BookingStatus.CANCELLED,
        "no_show": BookingStatus.NO_SHOW,
        "arrived": BookingStatus.CHECKED_IN,
        "confirmed": BookingStatus.CONFIRMED,
    }
    name = next((label for label in statuses if clause.has(label)), None)
    is_of_room = clause.has("room", "ready", "clean") and not clause.has("booking", "guest")
    if name and (name not in {"arrived", "confirmed"} or not is_of_room):
        return _signed(clause, Holds(bench.lookup(subject), "status", "is", statuses[name].value))
    is_looked_up = bench.steps.last(ActionName.LOOKUP_BOOKING) is not None and not is_of_room
    if clause.has("today") and (clause.has("booking") or is_looked_up):
        return _signed(clause, Holds(bench.lookup(subject), "is_today", "is", True))
    if clause.has("exists") or (clause.has("booking") and not clause.has("ready", "clean", *_SUBJECTS_OF_ROOM)):
        return _signed(clause, Holds(bench.lookup(subject), "found", "is", True))
    return ()


def _of_price(bench: Bench, clause: Clause, subject: Subject) -> tuple[Holds, ...]:
    amounts = money(clause.piece.source, list(subject.rooms))
    operator = _comparison(clause)
    if not operator or not (amounts and (clause.has("price") or bench.steps.last(ActionName.GET_CURRENT_PRICING))):
        return ()
    last = bench.steps.last(ActionName.GET_CURRENT_PRICING)
    step = last if last is not None and not subject.types else pricing(bench, subject)
    amount = amounts[0][0]
    value = int(amount) if amount == amount.to_integral_value() else float(amount)
    fact = (
        "total_price"
        if step.arguments.get("nights", 1) != 1 and "total" in clause.piece.source.lower
        else "current_price"
    )
    return (Holds(step, fact, operator, value),)


def _comparison(clause: Clause) -> Operator | None:
    lower = clause.piece.source.lower
    return next((operator for operator, pattern in _OPERATORS.items() if pattern.search(lower)), None)


def _of_rooms_left(bench: Bench, clause: Clause, subject: Subject) -> tuple[Holds, ...]:
    if subject.rooms or not clause.has("available", "none_left"):
        return ()
    last = bench.steps.last(ActionName.FIND_AVAILABLE_ROOMS)
    if last is None and not (subject.types or clause.has("room")):
        return ()
    if last is None or subject.types or subject.stay.is_named:
        last = availability(bench, subject)
    operator, count = _comparison(clause), _COUNT.search(clause.piece.source.lower)
    if operator and count:
        return (Holds(last, "total", operator, number_value(count["count"]) or 0),)
    if clause.has("none_left") or _is_negated(clause):
        return (Holds(last, "total", "is", 0),)
    return (Holds(last, "total", "more", 0),)


def _of_message(bench: Bench, clause: Clause) -> tuple[Holds, ...]:
    """ "If the mail cannot be sent": the last one."""
    last = bench.steps.last(ActionName.SEND_EMAIL, ActionName.SEND_GUEST_MESSAGE)
    if last is None or not clause.has("mail", "chat", "sent", "send") or not clause.has("sent", "failed"):
        return ()
    return (Holds(last, "sent", "is", not clause.has("failed") and not _is_negated(clause)),)


def _of_logs(bench: Bench, clause: Clause) -> tuple[Holds, ...]:
    last = bench.steps.last(ActionName.ANALYZE_LOGS)
    if last is None or not clause.has("anomalies", "exists") or clause.has("room"):
        return ()
    return (Holds(last, "anomalies", "is", 0) if _is_negated(clause) else Holds(last, "anomalies", "more", 0),)
