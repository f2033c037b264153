"""What one clause asks for, by its verb and what stands with it."""

from dataclasses import replace

from innkeeper.engine.entities.source import word_set
from innkeeper.engine.planning.cues import Cue
from innkeeper.engine.planning.understanding_additions import narrows, repeated, rings, sweetens
from innkeeper.engine.planning.understanding_assigning import asked_person, assign, assignee_of
from innkeeper.engine.planning.understanding_bench import Bench
from innkeeper.engine.planning.understanding_clauses import Clause
from innkeeper.engine.planning.understanding_house import index, mark, marks_room, run, wake
from innkeeper.engine.planning.understanding_messages import kind_of, mail, message, writes_mail
from innkeeper.engine.planning.understanding_orders import order
from innkeeper.engine.planning.understanding_reads import read
from innkeeper.engine.planning.understanding_reports import is_empty, is_over, mark_cleaned, says_cleaned
from innkeeper.engine.planning.understanding_subjects import Subject, subject_of
from innkeeper.engine.planning.understanding_words import Missing
from innkeeper.engine.planning.understanding_work import department_of, tell
from innkeeper.schemas.actions import ActionName

_BACK = word_set("result|results|the|ket|qua|what|you|find|how|it|goes|ve|went|with")
_ME = word_set("me|us|em|tôi|mình|toi|minh|tui")
_SHORT = 3
_BRIEF = 8
_DOOR_DIGITS = 3


def act(bench: Bench, clause: Clause, subject: Subject) -> None:
    """
    Add the steps of one clause.

    Raises:
        Missing: Something that a step needs is not said.
    """
    if not (clause.forbids or _is_courtesy(clause) or (bench.steps.made and _only_asks(clause))):
        if "assign" in clause.verbs and (found := assignee_of(clause)) is not None:
            subject = replace(subject, guests=tuple(name for name in subject.guests if name not in found[0]))
        bench.focus = bench.focus.moved(subject)
        before = len(bench.steps.made)
        _add(bench, clause, subject)
        if len(bench.steps.made) > before:
            bench.done.append(bench.words_of(clause))


def _is_courtesy(clause: Clause) -> bool:
    return _is_covered(clause, {"greeting", "filler", "me", "nothing"})


def _only_asks(clause: Clause) -> bool:
    """ "…, tra giúp": what was asked before."""
    return _is_covered(clause, {"check", "find", "filler", "me", "analyse"})


def _is_covered(clause: Clause, labels: set[str]) -> bool:
    """Whether cues with these labels are all that it says."""
    covered = {place for cue in clause.cues if cue.label in labels for place in range(cue.first, cue.last + 1)}
    return len(covered) == len(clause.tokens)


def _adds(bench: Bench, clause: Clause, subject: Subject) -> bool:
    """What is neither verb nor question: something more of what was planned, a report, a call at an hour."""
    if repeated(bench, clause, subject) or sweetens(bench, clause) or narrows(bench, clause, subject):
        return True
    if says_cleaned(bench, clause, subject):
        mark_cleaned(bench, subject)
        return True
    if rings(clause):
        wake(bench, clause, subject)
        return True
    wonders = next((cue for cue in clause.cues if cue.label == "wonders" and cue.last + 2 < len(clause.tokens)), None)
    if wonders is not None and not clause.verbs & {"tell", "send", "mail_to", "message_to", "make"}:
        _wonder(bench, clause, wonders)
        return True
    return False


def _add(bench: Bench, clause: Clause, subject: Subject) -> None:
    verbs = clause.verbs
    if _adds(bench, clause, subject):
        return
    if clause.has("k_lost_and_found") and verbs == {"find"}:
        _told(bench, clause, subject)  # "tìm thấy một cái ô ở phòng 402"
    elif "wake" in clause.labels and (verbs & {"wake", "make", "tell", "work", "mark", "send"} or not verbs):
        wake(bench, clause, subject)
    elif ("index" in verbs and (clause.has("documents") or len(clause.tokens) <= _SHORT)) or (
        clause.has("index") and clause.has("documents")
    ):
        index(bench)
    elif verbs & {"run"} and (
        clause.has("flow") or not (subject.names_somebody or clause.has("logs", "room", "work_order", "documents"))
    ):
        run(bench, clause)
    elif "assign" in verbs and (assignee_of(clause) is not None or clause.has("work_order")):
        assign(bench, clause, subject)
    elif "answer" in verbs and _answers(bench, clause, subject):
        return
    elif marks_room(bench, clause):
        mark(bench, clause, subject)
    elif _speaks_to_guest(clause):
        message(bench, clause, subject)
    elif writes_mail(clause):
        mail(bench, clause, subject)
    elif "tell" in verbs and department_of(clause):
        tell(bench, clause, subject)
    else:
        _other(bench, clause, subject)


def _other(bench: Bench, clause: Clause, subject: Subject) -> None:
    verbs = clause.verbs
    if _reports_back(clause) or is_empty(clause):
        return
    if is_over(clause) and not clause.verbs - {"work", "make"}:
        _told(bench, clause, subject)
        return
    if asked_person(clause) is not None:
        _ask(bench, clause, subject)
    elif not verbs and clause.has("work_order") and department_of(clause, after_verb=False) and bench.background:
        order(bench, clause, subject, "")  # "ticket to maintenance"
    elif "make" in verbs and clause.has("work_order"):
        order(bench, clause, subject)
    elif verbs & {"tell"} and not clause.is_question and _asks_somebody(bench, clause):
        _ask(bench, clause, subject)
    elif verbs & {"check", "find", "analyse"} or clause.is_question or _is_asked(clause) or _asks_status(clause):
        read(bench, clause, subject)
    elif "tell" in verbs and _says_nothing(clause):
        raise Missing("department")
    elif verbs & {"work", "send", "make", "tell", "assign", "mark"}:
        _ask(bench, clause, subject)
    else:
        _told(bench, clause, subject)


def _wonder(bench: Bench, clause: Clause, wonders: Cue) -> None:
    """ "The guest in 304 asks whether …": a question, not about the guest's room."""
    start = clause.asked.text.find(clause.piece.text, clause.start) + wonders.end
    rest = replace(clause, start=start, is_question=True)
    read(bench, rest, subject_of(rest, bench.words, bench.today))


def _answers(bench: Bench, clause: Clause, subject: Subject) -> bool:
    """ "Approve the late check-out of 402 until 3 pm by email": the guest is told."""
    if not (clause.has("late", *(label for label in clause.labels if label.startswith("k_"))) or bench.background):
        return False
    if not clause.has("mail", "chat") and any(
        each.has("mail", "chat") or (each.has("guest") and "tell" in each.verbs) for each in bench.rest
    ):
        bench.background.append(clause)  # "… and email the guest"
        return True
    (mail if clause.has("mail") else message)(bench, clause, subject)
    return True


def _speaks_to_guest(clause: Clause) -> bool:
    """A message in chat, or words to the guest by no channel in particular."""
    if _to_me(clause):
        return False
    if "message_to" in clause.verbs and not department_of(clause):
        return True
    if (
        clause.verbs & {"send", "write", "mail_to"}
        and clause.has("chat")
        and not clause.has("mail")
        and not department_of(clause)
    ):
        return True
    if "tell" in clause.verbs and _to_room(clause):
        return True
    if "tell" not in clause.verbs or clause.has("mail") or _department_first(clause) or _has_done(clause):
        return False
    return clause.has("guest") or (kind_of(clause) is not None and not department_of(clause))


def _has_done(clause: Clause) -> bool:
    """ "Have it repaired", "get 305 cleaned": work, told to nobody in particular."""
    return "work" in clause.verbs and clause.tokens[clause.verb_at].plain in {"have", "get"}


def _to_room(clause: Clause) -> bool:
    """ "Inform room 308 that …": whoever is in it."""
    behind = [token.plain for token in clause.tokens[clause.verb_at + 1 : clause.verb_at + 5]]
    return (
        len(behind) == 4 and behind[0] in {"room", "phong"} and bool({"that", "la", "rang", "know"} & set(behind[2:]))
    )


def _to_me(clause: Clause) -> bool:
    """ "Tell me if the room is ready": who asks, not a guest."""
    behind = [token.text for token in clause.tokens[clause.verb_at + 1 : clause.verb_at + 3]]
    return bool(behind) and (behind[0] in _ME or (behind[0] in {"cho", "lại", "lai", "với"} and behind[-1] in _ME))


def _department_first(clause: Clause) -> bool:
    """ "Tell housekeeping that the guest …": not the guest is told."""
    departments = [cue.first for cue in clause.cues if cue.label.startswith("d_") and cue.first > clause.verb_at]
    guests = [cue.first for cue in clause.cues if cue.label == "guest" and cue.first > clause.verb_at]
    return bool(departments) and (not guests or min(departments) < min(guests))


def _reports_back(clause: Clause) -> bool:
    """ "And let me know", "báo lại cho em": the summary does it."""
    if not clause.verbs & {"tell", "check"} or not clause.has("me"):
        return False
    covered = {
        place
        for cue in clause.cues
        if cue.label in {"tell", "inform", "me", "filler", "check", "status", "whether", "find"}
        for place in range(cue.first, cue.last + 1)
    }
    rest = [token for place, token in enumerate(clause.tokens) if place not in covered and token.plain not in _BACK]
    return not rest


def _says_nothing(clause: Clause) -> bool:
    """ "Báo giúp em với": neither whom nor what."""
    covered = {
        place
        for cue in clause.cues
        if cue.label in {"tell", "inform", "me", "filler", "guest", "urgent"}
        for place in range(cue.first, cue.last + 1)
    }
    return len([place for place in range(len(clause.tokens)) if place not in covered]) < 2  # "với"


def _asks_somebody(bench: Bench, clause: Clause) -> bool:
    return clause.has("work") or bool(bench.background)


def _ask(bench: Bench, clause: Clause, subject: Subject) -> None:
    """ "Ask Lan to clean 305": work for somebody by name."""
    person = asked_person(clause)
    if person is not None:
        name, end = person
        subject = replace(subject, guests=tuple(each for each in subject.guests if each not in name))
        for step in order(bench, clause, subject, clause.piece.text[end:].strip().removeprefix("to ")):
            bench.add(ActionName.ASSIGN_STAFF, work_order=step, assignee=name)
        return
    try:
        order(bench, clause, subject)
    except Missing as missing:
        department = department_of(clause, after_verb=False)
        if missing.about != "work" or department is None:
            raise
        said = ". ".join([*(bench.words_of(each) for each in bench.background), bench.words_of(clause)])
        room = subject.rooms[0] if subject.rooms else bench.focus.room
        bench.add(ActionName.NOTIFY_DEPARTMENT, department=department, message=said[:500], room_number=room)


def _is_asked(clause: Clause) -> bool:
    """A question without a question mark: "phòng 305 dọn xong chưa", "what time is breakfast"."""
    first = clause.tokens[clause.verb_at].plain if clause.tokens else ""
    first = first.removesuffix("s") if first in {"whats", "whos", "hows", "wheres"} else first
    if first == "do" and len(clause.tokens) <= _SHORT:
        return False
    wh = {
        "what",
        "when",
        "where",
        "who",
        "which",
        "how",
        "is",
        "are",
        "does",
        "do",
        "can",
        "has",
        "have",
        "any",
        "will",
        "did",
    }
    if clause.asked.language == "en":
        early = any(cue.label in {"price", "available"} and cue.first <= _SHORT for cue in clause.cues)
        return first in wh or (early and not clause.verbs and len(clause.tokens) <= _BRIEF and not clause.has("guest"))
    particles = {"em", "a", "vay", "nhi", "nhe", "nha", "the", "ha", "roi", "anh", "chi", "ban", "day"}
    last = [token.plain for token in clause.tokens[-3:]]
    while len(last) > 1 and last[-1] in particles:
        last.pop()
    ends = {last[-1]} if last else set()
    tail = {"chua", "khong", "ko", "nao", "gi", "dau", "may", "nhieu", "ai", "k", "hong", "sao"}
    return bool(ends & tail) or (
        not clause.verbs and (clause.has("knowledge", "price") or (clause.has("available") and not _names_door(clause)))
    )


def _names_door(clause: Clause) -> bool:
    return any(sum(map(str.isdigit, token.text)) >= _DOOR_DIGITS for token in clause.tokens)


def _asks_status(clause: Clause) -> bool:
    """ "Room status please"."""
    return not clause.verbs and clause.has("status") and clause.has("room") and len(clause.tokens) <= _BRIEF


def _told(bench: Bench, clause: Clause, subject: Subject) -> None:
    """Something is told and nothing ordered: the ground for what follows, or work by itself (see `understanding`)."""
    bench.background.append(clause)
