"""Clauses that speak to a department: words that it is told, or work that is asked of it."""

import re

from innkeeper.engine.entities.source import Pattern, word_set
from innkeeper.engine.planning.understanding_bench import Bench
from innkeeper.engine.planning.understanding_clauses import Clause
from innkeeper.engine.planning.understanding_orders import FRONT, LEAD, order, priority_of
from innkeeper.engine.planning.understanding_subjects import Subject
from innkeeper.engine.planning.understanding_words import Missing, room_news
from innkeeper.schemas.actions import ActionName

_TELLS_ONLY = Pattern(
    r"\b(?:hurry|speed up|be ready|know|wait|prioriti\w+|call me|call back|contact|expect|meet|be aware|"
    r"be careful|come to the (?:desk|office)|"
    r"attend|not to|nhanh lên|chờ|đợi|ưu tiên|gọi lại|liên hệ|lưu ý|chú ý|để ý|họp|biết|đừng|khoan)\b"
)
_REFERS = Pattern(r"\b(?:him|her|them|he|she|they|it|this|that|cô ấy|anh ấy|chị ấy|khách|nó|họ)\b")
_FEW = 2
_FETCHING = word_set("get|have|send|call|page|need|goi|keu|nho|cu|dieu|hu|cho|bao|doi")
_COMES = Pattern(
    r"(?:(?:over|up|down|out|there|here|in|to|it|come|look|at|asap|now|right|away|immediately|please|urgently|quickly|"
    r"lên|qua|tới|đến|xuống|vào|xem|coi|kiểm|tra|sửa|xử|lý|ngay|liền|gấp|luôn|giúp|giùm|hộ|dùm|đi|nhé|nha|ạ|em|với|"
    r"phòng|đó|nhanh|anh|chị|thay)\b[\s,]*)+"
)
_TOLD_ONLY = frozenset({"management", "security"})  # no team of theirs takes work orders
_JOINS = word_set("and|va|voi|cung|lan|the|bo|phan|ben|team|both|ca|hai")


def department_of(clause: Clause, *, after_verb: bool = True) -> str | None:
    """The department that a clause speaks to: the one that stands first."""
    found = [cue for cue in clause.cues if cue.label.startswith("d_")]
    found = [cue for cue in found if not after_verb or cue.first > clause.verb_at]
    first = min(found, key=lambda cue: (cue.first, -cue.last), default=None)
    if first is None and _it_at(clause) is not None:
        return "it"
    return first.label.removeprefix("d_") if first else None


def _it_at(clause: Clause) -> int | None:
    """Where "IT" stands, which is no "it": in capitals, or right behind the verb in Vietnamese."""
    for place, token in enumerate(clause.tokens[clause.verb_at + 1 : clause.verb_at + 5], clause.verb_at + 1):
        if token.text == "it" and (
            clause.piece.text[token.start : token.end] == "IT"
            or (clause.asked.language == "vi" and place <= clause.verb_at + 2)
        ):
            return place
    return None


def tell(bench: Bench, clause: Clause, subject: Subject) -> None:
    """
    Tell a department something, or give it the work that is asked of it.

    Raises:
        Missing: What they should be told, or which room, is not said.
    """
    name = department_of(clause) or "housekeeping"
    content = _content(bench, clause)
    if name not in _TOLD_ONLY and bench.background and _fetches(clause, content):
        order(bench, clause, subject, "")
        return
    if name not in _TOLD_ONLY and _is_work(bench, clause, subject, content):
        order(bench, clause, subject, content)
        return
    if not content and not (bench.when or bench.background or bench.done):
        raise Missing("message")
    is_short = not _is_pointer(content) and len(content.split()) <= _FEW
    if bench.background and content and (_REFERS.search(content.lower()) or is_short):
        content = ". ".join([*(bench.words_of(each) for each in bench.background), content])
    message = (
        content if len(re.findall(r"\w+", content)) >= 1 and not _is_pointer(content) else _news(bench, clause, subject)
    )
    room = _one_room(bench, subject)
    priority = priority_of(clause)
    for each in _spoken_to(clause) or [name]:
        bench.add(
            ActionName.NOTIFY_DEPARTMENT,
            department=each,
            message=message[:500],
            room_number=room,
            priority=priority.value if priority else None,
        )


def _fetches(clause: Clause, content: str) -> bool:
    """ "Get someone from maintenance over there", "gọi kỹ thuật lên ngay": what they shall do was told before."""
    verb = clause.tokens[clause.verb_at].plain
    return verb in _FETCHING and bool(_COMES.compiled.fullmatch(content.lower().strip(" ,.;:")))


def _spoken_to(clause: Clause) -> list[str]:
    """ "Báo kỹ thuật với quản lý": the departments that stand side by side behind the verb."""
    found: list[str] = []
    end = clause.verb_at
    for cue in sorted(
        (cue for cue in clause.cues if cue.label.startswith("d_")), key=lambda cue: (cue.first, -cue.last)
    ):
        if cue.first <= end or (found and {token.plain for token in clause.tokens[end + 1 : cue.first]} - _JOINS):
            continue
        found.append(cue.label.removeprefix("d_"))
        end = cue.last
    it = _it_at(clause)
    if it is not None and it > end and not {token.plain for token in clause.tokens[end + 1 : it]} - _JOINS:
        found.append("it")
    return list(dict.fromkeys(found))


def _last_spoken_to(clause: Clause) -> int | None:
    """Index of the last word of those departments."""
    end: int | None = None
    for cue in sorted(
        (cue for cue in clause.cues if cue.label.startswith("d_")), key=lambda cue: (cue.first, -cue.last)
    ):
        if cue.first > clause.verb_at and (
            end is None or not {t.plain for t in clause.tokens[end + 1 : cue.first]} - _JOINS
        ):
            end = max(end or 0, cue.last)
    it = _it_at(clause)
    if it is not None and (end is None or not {token.plain for token in clause.tokens[end + 1 : it]} - _JOINS):
        end = max(end or 0, it)
    return end


def _is_pointer(content: str) -> bool:
    return bool(
        re.fullmatch(
            r"(?i)\W*(?:about (?:it|this|that)|it|this|that|so|know|too|as well|the result|"
            r"right away|immediately|gấp|ngay|luôn|biết|việc này|"
            r"chuyện này|lại|kết quả|báo|bao|result|urgently|asap)?\W*",
            content,
        )
    )


def _is_work(bench: Bench, clause: Clause, subject: Subject, content: str) -> bool:
    """ "Ask housekeeping to bring two towels" is work; "tell housekeeping that 305 is not ready" is news."""
    lower = content.lower()
    if not content or _TELLS_ONLY.search(lower):
        return False
    begins = [cue for cue in clause.cues if cue.label == "work" and cue.first > clause.verb_at + 1]
    spoken = clause.piece.source.lower
    ordered = [cue for cue in begins if _is_ordered(clause, cue.first)]
    has_room = bool(subject.rooms or subject.guests or bench.focus.room or bench.focus.guest or bench.focus.booking_id)
    is_news = bool(re.search(r"\b(?:that|rằng|rang)\b", spoken))
    return bool(ordered) and has_room and not (is_news and not re.search(r"\bto\b", spoken))


def _is_ordered(clause: Clause, place: int) -> bool:
    """Whether a verb of work is what they shall do: "to clean", "lên dọn", not "needs", "chưa dọn"."""
    before = clause.tokens[place - 1].plain
    word = clause.tokens[place].plain
    if before in {"chua", "not", "khong", "da", "is", "was", "been", "dang", "bi", "the", "a", "of"} or word in {
        "want",
        "wants",
        "need",
        "needs",
    }:
        return False
    if clause.asked.language == "en" and word.isascii() and before not in {"to", "and", "please"}:
        return before in {
            "housekeeping",
            "maintenance",
            "team",
            "someone",
            "somebody",
            "staff",
            "engineering",
            "security",
            "go",
            "hk",
        }
    return True


def _content(bench: Bench, clause: Clause) -> str:
    """What stands behind the department's name."""
    place = _last_spoken_to(clause)
    text = bench.words_of(clause)
    if place is None:
        return text
    end = clause.tokens[place].end
    behind = text[end:] if text[:3] == clause.piece.text[:3] else clause.piece.text[end:]
    front = clause.piece.text[: clause.tokens[clause.verb_at].start] if clause.verb_at else ""
    content = LEAD.sub("", behind).strip(" ,.;:\"'“”")
    front = FRONT.sub("", front).strip(" ,")
    return content or front


def _news(bench: Bench, clause: Clause, subject: Subject) -> str:
    """What there is to tell when the clause leaves it out: the condition it hangs on, or what was told before."""
    news = []
    for holds in bench.when:
        room = holds.step.arguments.get("room_number")
        if holds.fact == "ready_for_guest" and isinstance(room, str):
            is_ready = holds.value is True and holds.operator == "is"
            news.append(room_news("ready" if is_ready else "not_ready", room, bench.language))
    if news:
        return " ".join(news)
    if bench.background:
        return ". ".join(bench.words_of(each) for each in bench.background)
    if bench.when and bench.hangs_on:
        return ": ".join([*bench.done[-1:], bench.hangs_on])
    return "; ".join(bench.done[-3:]) or bench.words_of(clause)


def _one_room(bench: Bench, subject: Subject) -> str | None:
    if subject.rooms:
        return subject.rooms[0] if len(subject.rooms) == 1 else None
    for holds in bench.when:
        room = holds.step.arguments.get("room_number")
        if isinstance(room, str):
            return room
    return bench.focus.room if not subject.guests else None
