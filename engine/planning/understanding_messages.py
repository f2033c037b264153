"""Clauses that write to a guest: which kind of message, to whom, saying what, by mail or in chat."""

from dataclasses import replace
from typing import Any

from innkeeper.engine.entities.source import Pattern, word_set
from innkeeper.engine.planning.understanding_bench import Bench
from innkeeper.engine.planning.understanding_clauses import Clause
from innkeeper.engine.planning.understanding_steps import Holds, Made, Taken
from innkeeper.engine.planning.understanding_subjects import Subject
from innkeeper.engine.planning.understanding_telling import said_to_guest, variables
from innkeeper.engine.planning.understanding_words import Missing
from innkeeper.engine.text import fold
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.messages import MessageKind, Tone

_ARRIVAL = {MessageKind.CHECKIN_INSTRUCTIONS, MessageKind.BOOKING_CONFIRMATION}
_KINDS = (
    "k_apology",
    "k_lost_and_found",
    "k_payment_reminder",
    "k_checkin_confirmation",
    "k_checkin_instructions",
    "k_booking_confirmation",
    "k_promotional_offer",
    "k_service_recommendation",
    "k_request_delayed",
    "k_request_declined",
    "k_request_on_the_way",
    "k_request_done",
    "k_request_received",
)
_ROOM_READY = Pattern(r"\b(?:room|phòng)(?:\s\w+)?\s(?:(?:is|are|đã|now|it's)\s){0,2}(?:ready|sẵn sàng)\b")
# "chưa sửa xong", "is not fixed", "will be done by 5": the guest must not read that it is done
_NOT_YET = Pattern(r"\b(?:not|cannot|\w+n't|chưa)\b")
_NOT_YET_FOLDED = Pattern(r"(?<!da )\bchua (?:\w+ ){0,2}(?:xong|hoan tat|san sang)\b")
_TO_COME = Pattern(
    r"\b(?:will|going to|about to|to be|should|\w+'ll|sẽ|sắp|đang|(?:se|sap|dang)(?= (?:\w+ ){0,2}xong))\b"
)
_DRAFTS = word_set("draft|drafting|drafts|compose|composing|prepare|preparing|soan|thao|nhap|generate|san")
_EACH = Pattern(
    r"\b(?:each|both|them|all of them|all|từng (?:khách|người|phòng)|mỗi (?:khách|người|phòng)|cả (?:hai|ba)|họ|"
    r"hai khách)\b"
)
_SENDING = ("send", "mail", "mail_to", "filler", "me", "guest", "urgent")
_BY = word_set("it|that|this|by|via|off|out|the|an|a|her|him|them|luon|ngay|qua|di|cho|nay|do|no|den|toi")
_EARLY = 3
_OWN_KINDS = frozenset(_KINDS[:8])  # the others are what a message says, not what it is called


def writes_mail(clause: Clause) -> bool:
    """Whether a clause asks for a mail, or for its draft."""
    if only_sends(clause):
        return True
    if clause.has("mail") and clause.verbs & {"send", "write", "mail_to", "make", "tell"}:
        return not (clause.has("chat") and "mail_to" not in clause.verbs and not clause.has("mail"))
    if "mail_to" in clause.verbs:
        return True
    if clause.has("mail") and clause.has("k_apology") and not (clause.is_question or clause.verbs & {"check", "find"}):
        return not clause.verbs or clause.verbs <= {"work", "make"}
    named = clause.has(*_OWN_KINDS) or clause.has("late")
    if not clause.verbs and clause.has("mail") and clause.has(*_OWN_KINDS) and not clause.is_question:
        return _names_mail(clause)
    if clause.verbs & {"write", "make"}:
        return named
    return "send" in clause.verbs and named and not clause.has("chat")


def _names_mail(clause: Clause) -> bool:
    """ "Sorry mail to Isabel", "mail xin lỗi cho khách B10": a mail by its name, at the beginning."""
    places = [cue.first for cue in clause.cues if cue.label == "mail"]
    return min(places) <= _EARLY and any(token.plain in {"to", "for", "cho"} for token in clause.tokens[: _EARLY + 4])


def kind_of(clause: Clause) -> MessageKind | None:
    """Which kind of message the words name or describe."""
    if clause.has("late") and not clause.has("k_apology"):
        return MessageKind.LATE_CHECKOUT_REFUSED if clause.has("refused") else MessageKind.LATE_CHECKOUT_GRANTED
    found = next((label for label in _KINDS if clause.has(label)), None)
    if found in {"k_checkin_confirmation", "k_checkin_instructions"}:
        return MessageKind.CHECKIN_INSTRUCTIONS
    if found == "k_request_done":
        return _of_progress(clause)
    return MessageKind(found.removeprefix("k_")) if found else None


def mail(bench: Bench, clause: Clause, subject: Subject) -> None:
    """
    Write a mail and, unless only a draft is wanted, send it; one to each room that is named.

    Raises:
        Missing: The kind, or whom it is for, is not said.
    """
    waiting = _draft(bench)
    if waiting is not None and kind_of(clause) is None and (clause.has("send") or clause.verbs & {"send", "mail_to"}):
        bench.add(ActionName.SEND_EMAIL, draft=waiting, recipient=bench.address(subject))
        return
    if _is_sent(bench, clause, subject):
        return
    kind = kind_of(clause) or _told_before(bench, clause) or _of_arrival(bench, clause)
    if kind is None or (clause.has("k_none") and not clause.has(*_OWN_KINDS)):
        raise Missing("kind", tuple(each.value for each in MessageKind)[:10])
    for each in _targets(bench, clause, subject):
        _one_mail(bench, clause, each, kind)


def only_sends(clause: Clause) -> bool:
    """ "… then send it", "gửi luôn nhé": what was written before, or nothing that is known."""
    someone = {"someone", "somebody", "people", "staff", "nguoi", "tho"} & {token.plain for token in clause.tokens}
    return "send" in clause.verbs and not someone and _says_only_send(clause)


def _says_only_send(clause: Clause) -> bool:
    covered = {place for cue in clause.cues if cue.label in _SENDING for place in range(cue.first, cue.last + 1)}
    return not [token for place, token in enumerate(clause.tokens) if place not in covered and token.plain not in _BY]


def _is_sent(bench: Bench, clause: Clause, subject: Subject) -> bool:
    """ "… and give him a drink, send it by mail": the mail that was just planned, not another."""
    last = bench.steps.made[-1] if bench.steps.made else None
    if last is None or last.action is not ActionName.SEND_EMAIL or subject.names_somebody or kind_of(clause):
        return False
    return _says_only_send(clause)


def _targets(bench: Bench, clause: Clause, subject: Subject) -> list[Subject]:
    """One for each guest that a message is for; "each of them" are all that were named last."""
    if not subject.names_somebody and _EACH.search(clause.piece.source.lower):
        subject = replace(subject, rooms=bench.focus.rooms, booking_ids=bench.focus.booking_ids)
    if len(subject.booking_ids) > 1:
        return [replace(subject, booking_ids=(each,), rooms=(), spots=(), guests=()) for each in subject.booking_ids]
    if len(subject.rooms) > 1:
        return [replace(subject, rooms=(each,), spots=(), guests=()) for each in subject.rooms]
    if len(subject.guests) > 1 and not subject.rooms and not subject.booking_ids:
        return [replace(subject, guests=(each,)) for each in subject.guests]
    return [subject]


def _one_mail(bench: Bench, clause: Clause, subject: Subject, kind: MessageKind) -> None:
    before, booking = bench.when, bench.booking(subject)
    if not before and kind in _ARRIVAL:
        bench.when = _gate(bench, subject)
    action = ActionName.GENERATE_EMAIL
    if kind is MessageKind.APOLOGY:
        action = ActionName.GENERATE_APOLOGY
    elif kind is MessageKind.CHECKIN_INSTRUCTIONS and _says_how(clause):
        action = ActionName.GENERATE_CHECKIN_INSTRUCTIONS
    draft = bench.add(action, kind=kind.value, **booking, variables=variables(bench, clause, kind), **_manner(clause))
    if not _only_writes(clause) and not bench.keeps_drafts:
        bench.add(ActionName.SEND_EMAIL, draft=draft, recipient=bench.address(subject))
    bench.when = before


def _says_how(clause: Clause) -> bool:
    """The instructions are asked for, not only a word about the check-in."""
    if not clause.has("k_checkin_confirmation"):
        return clause.has("k_checkin_instructions")
    return any(
        token.plain.startswith(("instruction", "detail", "guide")) or token.text in {"dẫn", "dan"}
        for token in clause.tokens
    )


def _only_writes(clause: Clause) -> bool:
    if not any(_is_draft(clause, place) for place in range(len(clause.tokens))) or clause.verbs & {"send", "mail_to"}:
        return False
    return not any(
        cue.label in {"send", "mail_to"} and cue.first > clause.verb_at and _is_verb(clause, cue.first)
        for cue in clause.cues
    )


def _is_draft(clause: Clause, place: int) -> bool:
    """A word for a draft; "khách sạn" without accents ends like "soạn sẵn"."""
    token = clause.tokens[place]
    if token.plain != "san":
        return token.plain in _DRAFTS
    before = clause.tokens[place - 1].plain if place else ""
    return token.text in {"sẵn", "san"} and before in {"soan", "viet", "lam", "de", "chuan", "thao"}


def _is_verb(clause: Clause, place: int) -> bool:
    """ "Write and send", "soạn mail gửi cho khách": not the noun "email"."""
    return clause.tokens[place].plain in {"send", "gui", "goi", "forward"}


def _draft(bench: Bench) -> Made | None:
    """The last draft that nothing has sent."""
    sent = {id(step.arguments.get("draft")) for step in bench.steps.made}
    written = (ActionName.GENERATE_EMAIL, ActionName.GENERATE_APOLOGY, ActionName.GENERATE_CHECKIN_INSTRUCTIONS)
    return next((step for step in reversed(bench.steps.made) if step.action in written and id(step) not in sent), None)


def _told_before(bench: Bench, clause: Clause) -> MessageKind | None:
    """ "The AC in 305 failed all night. Write to the guest.": no kind that is named, so none is guessed."""
    for told in reversed(bench.background):
        if told.has("late"):
            is_refused = clause.has("refused") or ("answer" in told.verbs and told.has("refused"))
            return MessageKind.LATE_CHECKOUT_REFUSED if is_refused else MessageKind.LATE_CHECKOUT_GRANTED
        if told.has(*_OWN_KINDS):
            return kind_of(told)
    return None


def _of_progress(clause: Clause) -> MessageKind | None:
    """Done, not done yet, or only promised: for a promise there is no kind of message, so that it is asked back."""
    text = clause.text.lower()
    if _NOT_YET.search(text) or _NOT_YET_FOLDED.search(fold(text)):
        return MessageKind.REQUEST_DELAYED
    return None if _TO_COME.search(text) else MessageKind.REQUEST_DONE


def _of_arrival(bench: Bench, clause: Clause) -> MessageKind | None:
    """ "If the room is ready, send the mail": which is told to a guest who waits for it."""
    waits = any(holds.fact == "ready_for_guest" and holds.value is True for holds in bench.when)
    says_ready = bool(_ROOM_READY.search(clause.piece.source.lower))
    return MessageKind.CHECKIN_INSTRUCTIONS if says_ready or waits else None


def _gate(bench: Bench, subject: Subject) -> tuple[Holds, ...]:
    """A message about an arrival waits for the room that was looked at before it."""
    looked = [
        step for step in bench.steps.made if step.action in {ActionName.GET_ROOM_STATUS, ActionName.VERIFY_ROOM_READY}
    ]
    wanted = subject.rooms[0] if subject.rooms else None
    rooms: list[str | Taken] = [step.arguments["room_number"] for step in looked]
    fitting = [each for each in rooms if wanted is None or each == wanted]
    return (Holds(bench.readiness(fitting[-1]), "ready_for_guest", "is", True),) if fitting else ()


def _manner(clause: Clause) -> dict[str, Any]:
    """Language and tone, where they are said."""
    found: dict[str, Any] = {}
    if clause.has("in_vietnamese") is not clause.has("in_english"):
        found["language"] = "vi" if clause.has("in_vietnamese") else "en"
    tones = {"tone_formal": Tone.FORMAL, "tone_friendly": Tone.FRIENDLY, "tone_apologetic": Tone.SINCERE_APOLOGETIC}
    tone = next((tone for label, tone in tones.items() if clause.has(label)), None)
    return found | ({"tone": tone.value} if tone else {})


def message(bench: Bench, clause: Clause, subject: Subject) -> None:
    """A short message in chat, of the kind that its words describe, or in its own words; raises as `mail` does."""
    waiting = _draft(bench)
    if waiting is not None and kind_of(clause) is None and not said_to_guest(bench, clause):
        bench.add(ActionName.SEND_GUEST_MESSAGE, draft=waiting)
        return
    kind = kind_of(clause) or _told_before(bench, clause)
    if kind in {None, MessageKind.REQUEST_DONE}:
        kind = _of_arrival(bench, clause) or kind
    is_news = bool(bench.orders) and not subject.names_somebody  # of the work that was just asked for
    if kind is None and (is_news or ((bench.background or bench.orders) and not said_to_guest(bench, clause))):
        kind = MessageKind.REQUEST_RECEIVED
    for each in _targets(bench, clause, subject):
        before, booking = bench.when, bench.booking(each)
        if not before and kind in _ARRIVAL:
            bench.when = _gate(bench, each)
        values = variables(bench, clause, kind) if kind else {"message": said_to_guest(bench, clause)}
        if not kind and not values["message"]:
            raise Missing("message")
        language = {name: value for name, value in _manner(clause).items() if name == "language"}
        bench.add(
            ActionName.SEND_GUEST_MESSAGE, kind=kind.value if kind else None, **booking, variables=values, **language
        )
        bench.when = before
