"""What a clause adds to a step that was planned before it, and calls to a guest that wake them."""

from innkeeper.engine.entities.source import Pattern, word_set
from innkeeper.engine.planning.understanding_bench import Bench
from innkeeper.engine.planning.understanding_clauses import Clause
from innkeeper.engine.planning.understanding_steps import Made
from innkeeper.engine.planning.understanding_subjects import Subject
from innkeeper.engine.planning.understanding_telling import offered
from innkeeper.engine.planning.understanding_work import department_of
from innkeeper.schemas.actions import ActionName

_ALSO = word_set(
    "as|well|too|also|and|same|for|with|to|goes|thing|again|then|next|cung|vay|the|nhu|tuong|tu|luon|nua|va|con|"
    "phong|room|rooms|ca|voi|nhe|nha|a|thi|y|chang|giong|de"
)
_SAYS_ALSO = word_set("well|too|also|same|cung|tuong|luon|nua|giong|chang")
_REPEATED = (ActionName.UPDATE_ROOM_STATUS, ActionName.SCHEDULE_WAKE_UP_CALL, ActionName.CREATE_WORK_ORDER)
_RING = Pattern(
    r"^(?:and |then |please |also |pls )*(?:ring|phone|call|gọi|kêu)(?: up)? (?:(?:the )?(?:guests?|him|her|"
    r"them|khách)(?: (?:in|of))? ?|room |phòng |"
    r"[a-z]?\d{1,4} )+(?:(?:in|of|ở) )?(?:room |phòng )?(?:[a-z]?\d{2,4} )?(?:at|lúc|for|"
    r"vào) \d{1,2}(?!\w*\W+(?:to|about|and (?:say|tell)|that)\b)"
)
_BRIEF = 8


def repeated(bench: Bench, clause: Clause, subject: Subject) -> list[Made]:
    """ "209 as well", "phòng 305 cũng vậy": what was planned last, for this room too; none when it is not that."""
    plain = [token.plain for token in clause.tokens if token.plain.upper() not in subject.rooms]
    if not subject.rooms or clause.is_question or not _SAYS_ALSO.intersection(plain) or set(plain) - _ALSO:
        return []
    last = bench.steps.made[-1] if bench.steps.made else None
    if last is None or last.action not in _REPEATED:
        return []
    return [bench.add(last.action, **{**last.arguments, "room_number": room}) for room in subject.rooms]


def sweetens(bench: Bench, clause: Clause) -> bool:
    """ "Throw in a free laundry", behind an apology: what it offers."""
    last = bench.steps.last(ActionName.GENERATE_APOLOGY)
    if last is None or "compensation" in last.arguments.get("variables", {}) or clause.is_question:
        return False
    offer = offered(bench.words_of(clause))
    if offer:
        last.arguments["variables"] = {**last.arguments.get("variables", {}), "compensation": offer}
    return bool(offer)


def narrows(bench: Bench, clause: Clause, subject: Subject) -> bool:
    """ "Anything left for tonight? A bungalow preferably": which rooms were asked for."""
    last = bench.steps.made[-1] if bench.steps.made else None
    if last is None or last.action is not ActionName.FIND_AVAILABLE_ROOMS or "room_type" in last.arguments:
        return False
    if not subject.types or subject.names_somebody or clause.verbs or len(clause.tokens) > _BRIEF:
        return False
    last.arguments["room_type"] = subject.types[0]
    return True


def rings(clause: Clause) -> bool:
    """ "Ring her at 4:45 tomorrow morning": a guest who is only to be called at an hour is to be woken."""
    lower = clause.piece.source.lower
    return bool(_RING.match(lower)) and department_of(clause) is None and not clause.has("mail", "chat", "k_none")
