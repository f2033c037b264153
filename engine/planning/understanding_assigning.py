"""Clauses that give work to a person or a team by name."""

import re

from innkeeper.engine.entities.source import Pattern, word_set
from innkeeper.engine.planning.understanding_bench import Bench
from innkeeper.engine.planning.understanding_clauses import Clause
from innkeeper.engine.planning.understanding_orders import LEAD, order, says_little
from innkeeper.engine.planning.understanding_subjects import Subject
from innkeeper.engine.planning.understanding_words import Missing
from innkeeper.schemas.actions import ActionName

_NAME_BEHIND = Pattern(
    r"(?:\bto|\bcho|\b(?:giao|cử|điều|phân công|assign|dispatch|delegate))\s(?:(?:anh|chị|em|bạn|cô|chú|~bác|ông|"
    r"bạn|nhân viên|thợ|mr\.?|ms\.?|mrs\.?)\s)?$"
)
_ORDER_NUMBER = Pattern(
    r"\b(?:work order|ticket|order|job|wo|phiếu|lệnh|phiếu số|phiếu việc|task)\s(?:no\.?|number|số|"
    r"id)?\s?#?(?P<number>\d{1,7})(?!\w)|#(?P<other>\d{1,7})(?!\w)"
)


def assign(bench: Bench, clause: Clause, subject: Subject) -> None:
    """
    Hand a work order to a person or a team; make the work order where the words describe the work.

    Raises:
        Missing: Who, or which work order, is not said.
    """
    name, span = assignee_of(clause) or _nobody()
    text = bench.words_of(clause)
    number = _ORDER_NUMBER.search(text.lower())
    if number:
        bench.add(ActionName.ASSIGN_STAFF, work_order_id=int(number["number"] or number["other"]), assignee=name)
        return
    work = _work_text(clause, text, span)
    if says_little(work, subject) and bench.orders:
        for made in bench.orders[-1:]:
            bench.add(ActionName.ASSIGN_STAFF, work_order=made, assignee=name)
        return
    if says_little(work, subject) and not bench.background and not clause.has("work"):
        raise Missing("work_order")
    for made in order(bench, clause, subject, work):
        bench.add(ActionName.ASSIGN_STAFF, work_order=made, assignee=name)


def _work_text(clause: Clause, text: str, span: tuple[int, int]) -> str:
    piece = clause.piece.text
    start = max((cue.end for cue in clause.cues if cue.first == clause.verb_at and cue.label == "assign"), default=0)
    start = min(start, span[0])
    before, behind = piece[start : span[0]], piece[span[1] :]
    before = re.sub(r"(?i)(?:to|cho|for)?(?: anh| chị| em| bạn)?$", "", before.strip()).strip()
    joined = f"{before} {LEAD.sub('', behind).strip()}"
    return re.sub(r"(?i)^(?:việc|viec|the|job of|phiếu|công việc)\s+", "", joined.strip())


_ASKED = word_set("ask|tell|have|get|nho|keu|bao|request|instruct|goi")


def asked_person(clause: Clause) -> tuple[str, int] | None:
    """ "Lan" of "ask Lan to clean 305" and "nhờ Lan dọn phòng 305", a name before a verb of work, and where it ends."""
    for place, token in enumerate(clause.tokens[:4]):
        if token.plain not in _ASKED or place + 2 >= len(clause.tokens):
            continue
        first = place + 1 + (clause.tokens[place + 1].plain in {"anh", "chi", "em", "ban", "co", "chu"})
        if first >= len(clause.tokens) or not clause.piece.text[clause.tokens[first].start].isupper():
            return None
        last = _name_end(clause, first)
        if last is not None and any(cue.label == "work" and cue.first > last for cue in clause.cues):
            return clause.piece.text[clause.tokens[first].start : clause.tokens[last].end], clause.tokens[last].end
    return None


def _nobody() -> tuple[str, tuple[int, int]]:
    raise Missing("assignee")


def assignee_of(clause: Clause) -> tuple[str, tuple[int, int]] | None:
    """A person's name or a department, and where it stands in the clause."""
    piece, tokens = clause.piece, clause.tokens
    departments = [cue for cue in clause.cues if cue.label.startswith("d_") and cue.first > clause.verb_at]
    for place in range(clause.verb_at + 1, len(tokens)):
        before = piece.source.lower[: tokens[place].start]
        if not _NAME_BEHIND.search(before[-40:]):
            continue
        named = next((cue for cue in departments if cue.first in {place, place + 1}), None)
        if named is not None:
            return named.label.removeprefix("d_"), (tokens[place].start, named.end)
        last = _name_end(clause, place)
        if last is not None:
            return piece.text[tokens[place].start : tokens[last].end], (tokens[place].start, tokens[last].end)
    if departments:
        first = departments[0]
        return first.label.removeprefix("d_"), (first.start, first.end)
    return None


_NOBODY = word_set("anh|chi|em|ban|co|chu|bac|the|a|phong|room|it|viec|phieu|this|that|someone|work")


def _name_end(clause: Clause, place: int) -> int | None:
    """Last word of the name that begins at `place`: capitals, or one word that is nothing else."""
    text, tokens = clause.piece.text, clause.tokens
    if text[tokens[place].start].isupper() and tokens[place].plain not in {"room", "phong"}:
        last = place
        while (
            last + 1 < len(tokens)
            and text[tokens[last + 1].start].isupper()
            and text[tokens[last].end : tokens[last + 1].start] == " "
        ):
            last += 1
        return last
    covered = {
        at
        for cue in clause.cues
        if cue.label not in {"filler", "guest", "me", "right", "k_request_done"}
        for at in range(cue.first, cue.last + 1)
    }
    titled = tokens[place - 1].plain in {"anh", "chi", "em", "ban", "co", "chu", "bac", "tho"}
    is_plain = (
        place not in covered
        and tokens[place].text.isalpha()
        and (titled or tokens[place - 1].plain in {"cho", "to", "cu", "assign"})
    )
    return place if is_plain and tokens[place].plain not in _NOBODY else None
