"""Clauses that report instead of asking: "405 is done", "209 as well", "the towels have arrived"; and empty ones."""

from innkeeper.engine.assistant.asked_text import tokenize
from innkeeper.engine.entities.source import Pattern, word_set
from innkeeper.engine.planning.understanding_bench import Bench
from innkeeper.engine.planning.understanding_clauses import Clause
from innkeeper.engine.planning.understanding_subjects import Subject
from innkeeper.schemas.access import Role
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.hotel import RoomStatus

_CLEANED = Pattern(
    r"\b(?:done|finished|completed|cleaned|made up|all clean|clean now|now clean|is clean|are clean|"
    r"(?:dọn|làm|lau|vệ sinh|làm phòng|dọn phòng)(?: dẹp)? (?:xong|rồi|sạch)|đã (?:dọn|làm|sạch|xong)|(?:xong|"
    r"sạch)(?: sẽ)? rồi|"
    r"sạch sẽ|xong)\b"
)
_OPEN = Pattern(
    r"\b(?:not|never|isn't|aren't|hasn't|haven't|until|by|chưa|không|đừng|khi|nếu|if|when|after|sau khi|once|"
    r"phải|cần)\b"
)
_OVER = Pattern(
    r"\b(?:(?:has|have|had|was|were|is|are) (?:already |just |now |all )?(?:been )?(?:arrived|delivered|fixed|repaired|"
    r"brought|sorted|resolved|cleaned|finished|done|received|replaced|changed|sent)|nothing (?:more|else) to do|"
    r"no (?:further|more) action|(?:works|working) (?:again|now|fine)|all (?:good|sorted) (?:now|again)|"
    r"(?:đã )?(?:nhận|sửa|dọn|mang|giao|thay|gửi|xử lý|làm|đến|tới|có|gọi|báo)(?: được| xong| đủ| lên| dậy)? rồi|"
    r"(?:sửa|xử lý|thay|giao|dọn|làm|vệ sinh) xong|không cần (?:làm )?gì(?: thêm| nữa)?|(?:ổn|được|bình thường|"
    r"chạy lại) rồi)\b"
)
_POINTERS = word_set(
    "it|this|that|these|those|one|thing|things|stuff|please|pls|plz|do|does|help|me|us|you|can|could|would|will|"
    "the|for|with|"
    "kindly|just|now|asap|handle|make|happen|go|ahead|take|care|of|sort|out|same|as|usual|again|ok|okay|thanks|"
    "thank|hi|"
    "hello|hey|my|to|a|needful|task|job|work|urgent|urgently|quick|quickly|dear|"
    "lam|giup|gium|dum|ho|minh|em|anh|chi|toi|tui|cai|nay|do|kia|viec|vu|chuyen|di|nhe|nha|voi|a|da|oi|ban|cho|"
    "luon|ngay|"
    "gap|xu|ly|li|lo|nho|cam|on|vui|long|xin|hay|duoc|khong|nhanh|lien|nua|lai|roi|the|vay|y|cau|theo|nhu|cu|no|"
    "thuc|hien|"
    "tien|hanh|dum|tiep|tuc|ti|chut|xiu|het|tat|ca|moi|thu|nhu|co|gi|ca"
)


def is_empty(clause: Clause) -> bool:
    """Nothing but pronouns and politeness: "làm giúp mình cái này đi", "please do it"."""
    written = [token.plain for token in tokenize(clause.piece.text)]
    return bool(written) and all(word in _POINTERS for word in written)


def is_over(clause: Clause) -> bool:
    """Something that has happened, and is no order: "the towels have arrived", "sửa xong rồi"."""
    lower = clause.piece.source.lower
    return bool(_OVER.search(lower)) and not clause.is_question and not _OPEN.search(lower)


def says_cleaned(bench: Bench, clause: Clause, subject: Subject) -> bool:
    """Whether housekeeping reports that a room is done, which marks it clean."""
    if bench.role is not Role.HOUSEKEEPING or clause.is_question or "mark" in clause.labels:
        return False
    others = clause.verbs - {"work", "check", "make"}
    named = bool(subject.rooms) or (bool(bench.focus.room) and len(clause.tokens) <= len(("clean", "now", "too")))
    lower = clause.piece.source.lower
    return named and not others and bool(_CLEANED.search(lower)) and not _OPEN.search(lower)


def mark_cleaned(bench: Bench, subject: Subject) -> None:
    """Mark the rooms that were reported; one that was marked already is not marked twice."""
    for room in bench.rooms(subject):
        wanted = {"room_number": room, "status": RoomStatus.CLEAN.value}
        if not any(
            step.action is ActionName.UPDATE_ROOM_STATUS and step.arguments == wanted for step in bench.steps.made
        ):
            bench.add(ActionName.UPDATE_ROOM_STATUS, **wanted)
