"""From an instruction in plain words to a plan, by rules: what is to be done, to what, under which conditions."""

import re

from innkeeper.engine.assistant.asked_text import MAX_READ_CHARS, Asked, read_text
from innkeeper.engine.assistant.plan import HotelWords
from innkeeper.engine.entities.source import Pattern
from innkeeper.engine.planning.understanding_acts import act
from innkeeper.engine.planning.understanding_bench import Bench
from innkeeper.engine.planning.understanding_clauses import Clause, Role
from innkeeper.engine.planning.understanding_conditions import condition
from innkeeper.engine.planning.understanding_corrections import corrected
from innkeeper.engine.planning.understanding_cutting import read_clauses
from innkeeper.engine.planning.understanding_orders import order
from innkeeper.engine.planning.understanding_refusals import barred, refused
from innkeeper.engine.planning.understanding_reports import is_empty, is_over
from innkeeper.engine.planning.understanding_steps import Holds, TooMany
from innkeeper.engine.planning.understanding_subjects import Focus, Subject, focus_of, subject_of
from innkeeper.engine.planning.understanding_words import Missing, clarification
from innkeeper.engine.routing.router import Router
from innkeeper.engine.text import clean, fold
from innkeeper.schemas.access import Role as PrincipalRole
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.plans import Instruction, Plan

_QUOTED = re.compile(r"[\"“„«][^\"“”„«»\n]{1,400}[\"”»]|(?<!\w)'[^'\n]{6,400}'(?!\w)")
_IF = re.compile(r"^(?:only )?(?:if|when|once|unless|as soon as|nếu như|nếu|neu|chỉ khi|khi|trừ khi)\s+", re.IGNORECASE)
_ALL = Pattern(r"\b(?:all|both|every|each of|everything|cả|tất cả|hết|đều)\b")
_SENDS = frozenset({ActionName.SEND_EMAIL, ActionName.SEND_GUEST_MESSAGE})


def plan_instruction(
    instruction: Instruction, *, words: HotelWords, role: PrincipalRole, router: Router, guest: str | None = None
) -> Plan:
    """
    Plan what an instruction asks for; never fails.

    Args:
        instruction: English or Vietnamese, with or without accents, or both mixed; with its context and its day.
        words: What the hotel calls its rooms, types, guests and bookings.
        role: Of whoever asks.
        router: Tells which work a request is; its zone is the hotel's.
        guest: Of a guest, by what they are known; a booking id says whose room "my room" is.

    Returns:
        Steps, or a question, or a refusal; a refused part refuses the whole, so that nothing is half done.
    """
    text = clean(instruction.text).replace("’", "'").strip()
    language = read_text(text, None).language
    asked = Asked(text, language)
    text = corrected(text, language=language, may_lack_accents=asked.may_lack_accents, rooms=words.room_numbers)
    asked = Asked(text, language)
    found = refused(instruction.text, instruction.context, role, language)
    if found is not None:
        return Plan(language=language, refusal=found)
    if len(text) > MAX_READ_CHARS:
        return Plan(language=language, clarification=clarification(Missing("length"), language))
    masked = Asked(_QUOTED.sub(lambda match: f'"{"x" * (len(match.group()) - 2)}"', asked.text), language,
                   may_lack_accents=asked.may_lack_accents)  # fmt: skip
    clauses = read_clauses(masked)
    found = barred(clauses, language)
    if found is not None:
        return Plan(language=language, refusal=found)
    own = guest if role is PrincipalRole.GUEST and fold(guest or "") in words.booking_ids else None
    bench = Bench(instruction, words, role, router, language, asked.text, focus_of(instruction, own))
    try:
        _carry_out(bench, clauses)
        if not bench.steps.made:
            _of_background(bench)
    except Missing as missing:
        return Plan(language=language, clarification=clarification(missing, language))
    except TooMany:
        return Plan(language=language, clarification=clarification(Missing("length"), language))
    return Plan(language=language, steps=bench.steps.numbered())


def _of_background(bench: Bench) -> None:
    """ "Room 402, the AC is leaking": nothing is ordered in words, but work is."""
    if not bench.background:
        raise Missing("action")
    ordering = [clause for clause in bench.background[:3] if not is_over(clause)]
    if not ordering or all(is_empty(clause) for clause in ordering):
        raise Missing("action")
    for clause in ordering:
        if len([token for token in clause.tokens if token.text.isalpha() and token.plain not in {"room", "phong"}]) < 1:
            raise Missing("action")
        order(bench, clause, subject_of(clause, bench.words, bench.today), bench.words_of(clause))


def _first_focus(bench: Bench, clauses: list[Clause]) -> Focus:
    """ "Before you write to 305, check the room": what is named only later is meant from the beginning."""
    if bench.focus.room or bench.focus.booking_id or bench.focus.guest:
        return bench.focus
    subjects = (subject_of(clause, bench.words, bench.today) for clause in clauses)
    first = next((subject for subject in subjects if subject.names_somebody), None)
    return bench.focus.moved(first) if first and len(first.rooms) <= 1 else bench.focus


def _carry_out(bench: Bench, clauses: list[Clause]) -> None:
    bench.focus = _first_focus(bench, clauses)
    bench.keeps_drafts = any(
        _forbids_sending(each) and not (each.forbids and _names_other(bench, each)) for each in clauses
    )
    for place, clause in enumerate(clauses):
        if clause.opens_sentence and clause.role not in {Role.ELSE, Role.SO}:
            bench.when = ()
        subject = subject_of(clause, bench.words, bench.today)
        following = clauses[place + 1] if place + 1 < len(clauses) else None
        bench.rest = clauses[place + 1 :]
        if clause.role is Role.IF and clause.is_suffix:
            continue  # read with the clause before it
        if clause.role is Role.IF:
            bench.focus = bench.focus.moved(subject)
            bench.when = condition(bench, clause, subject)
            bench.asked = bench.when
            bench.hangs_on = _IF.sub("", bench.words_of(clause))
        elif clause.role is Role.SO:
            bench.when = bench.asked
        elif clause.role is Role.ELSE:
            bench.when = _opposite(bench.when or bench.asked)
        elif following is not None and following.role is Role.IF and following.is_suffix:
            _under(bench, clause, following)
        elif len(branches := _branches(bench, subject)) > 1:
            _on_each(bench, clause, subject, branches)
        else:
            act(bench, clause, subject)


def _branches(bench: Bench, subject: Subject) -> list[tuple[str, tuple[Holds, ...]]]:
    """ "Check 201 and 202; whichever is dirty, have it cleaned": each room under its own condition."""
    rooms = [str(holds.step.arguments.get("room_number")) for holds in bench.when]
    if subject.names_somebody or len(set(rooms)) < 2 or _ALL.search(bench.hangs_on.lower()):
        return []
    return [(room, (holds,)) for room, holds in zip(rooms, bench.when, strict=True)]


def _on_each(bench: Bench, clause: Clause, subject: Subject, branches: list[tuple[str, tuple[Holds, ...]]]) -> None:
    focus, when = bench.focus, bench.when
    for room, holds in branches:
        bench.focus, bench.when = bench.focus.moved(Subject(rooms=(room,))), holds
        act(bench, clause, subject)
    bench.focus, bench.when = focus, when


def _under(bench: Bench, clause: Clause, suffix: Clause) -> None:
    """ "Send it if the room is ready": the condition behind is read first."""
    before = bench.when
    subject = subject_of(clause, bench.words, bench.today)
    bench.focus = bench.focus.moved(subject)
    own = subject_of(suffix, bench.words, bench.today)
    bench.when = (*before, *condition(bench, suffix, own))
    bench.asked = bench.when
    if clause.forbids:
        bench.asked = _opposite(bench.when)
        _hold_back(bench, bench.asked)
    else:
        act(bench, clause, subject)
    bench.when = before


def _hold_back(bench: Bench, holds: tuple[Holds, ...]) -> None:
    """ "… but don't if the room is dirty": what was to be sent so far is sent only otherwise."""
    for step in bench.steps.made:
        if step.action in _SENDS and not step.when:
            step.when = holds


def _opposite(holds: tuple[Holds, ...]) -> tuple[Holds, ...]:
    """Of several rooms each; otherwise the last condition, which is what "otherwise" is said of."""
    if len({str(each.step.arguments.get("room_number")) for each in holds}) == len(holds) > 1:
        return tuple(each.opposite() for each in holds)
    return (*holds[:-1], holds[-1].opposite()) if holds else ()


def _forbids_sending(clause: Clause) -> bool:
    donts = [cue for cue in clause.cues if cue.label == "dont"]
    sends = [cue for cue in clause.cues if cue.label in {"send", "mail_to"}]
    forbidden = any(dont.first <= send.first <= dont.last + 2 for dont in donts for send in sends)
    return forbidden and clause.role is Role.ACT and not clause.has("if", "but_do")


def _names_other(bench: Bench, clause: Clause) -> bool:
    return subject_of(clause, bench.words, bench.today).names_somebody
