"""A question in words to a plan: which tools with which arguments, what the documents answer, what to ask back."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Literal

from innkeeper.engine.assistant.asked_answers import answer_part
from innkeeper.engine.assistant.asked_calls import Step, subject_of
from innkeeper.engine.assistant.asked_cues import find_cues
from innkeeper.engine.assistant.asked_parts import Part, read_parts
from innkeeper.engine.assistant.asked_text import Asked, read_text, tokenize
from innkeeper.engine.assistant.plan import Courtesy, Focus, HotelWords, Plan, PlannedCall

MAX_CALLS = 5
_BEGINNING = 20
_OF_RULES = {"service", "procedure", "policy", "contact", "include", "price", "late"}
_OF_DOCUMENTS = {"get_checkout_policy", "who_to_contact"}
_COURTESIES: tuple[Courtesy, ...] = ("help", "goodbye", "thanks", "greeting")
_OPENING = re.compile(
    r"^(?:(?:hi|hello|hey|dear|chào|xin chào|chao|alo|dạ|da|em ơi|bạn ơi|anh ơi|chị ơi|em oi|ban oi)\b(?: (?:there|"
    r"team|all|bạn|em|anh|chị|ban))?[\s,!.]+)+"
    r"(?=\S+\s+\S)",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"^(?:cho (?:mình|em|tôi|anh|chị|minh|toi)? ?(?:hỏi|hoi)|(?:i )?just wondering|quick question|please tell "
    r"me)[\s,:]+",
    re.IGNORECASE,
)


def understand(
    text: str,
    *,
    today: dt.date,
    hotel: HotelWords,
    focus: Focus = Focus(),  # noqa: B008  frozen
    language: Literal["en", "vi"] | None = None,
) -> Plan:
    """
    Plan how a question is answered; never fails.

    Args:
        text: The question, in English or Vietnamese, with or without accents.
        today: The hotel's day, against which "tomorrow" is read.
        hotel: What the hotel calls its rooms, types, guests and bookings.
        focus: What the conversation is about; read only where the question leaves something out.
        language: Of the answer, where the question itself does not tell.

    Returns:
        At most `MAX_CALLS` calls. A call of `get_checkout_policy` or `who_to_contact` comes with `document_question`
        as well: the documents may say it in more words than the tool.
    """
    asked = read_text(text, language)
    courtesy = _courtesy(asked)
    if courtesy:
        return Plan(asked.language, courtesy=courtesy, focus=focus)
    asked = Asked(_ASKING.sub("", _OPENING.sub("", asked.text)) or asked.text, asked.language)
    if not any(char.isalnum() for char in asked.text):
        return Plan(asked.language, clarification="nothing_asked", focus=focus)
    parts = read_parts(asked, _in_words(hotel), today)
    return _together(asked, _steps(parts, focus), focus)


@lru_cache(maxsize=16)
def _in_words(hotel: HotelWords) -> HotelWords:
    """ "Ji-hoon" is two words, as a question is read."""
    plain = frozenset(token.plain for name in hotel.guest_names for token in tokenize(name))
    spelt = frozenset(token.text for name in hotel.spelt_names for token in tokenize(name))
    return replace(hotel, guest_names=plain, spelt_names=spelt)


def _steps(parts: Sequence[Part], focus: Focus) -> list[Step]:
    """Each part in turn; what one speaks of, the next may leave out, and so may one that comes before the first "
    "name."""
    steps: list[Step] = []
    topic, is_same = focus, False
    named = next((part for part in parts if part.has_subject), None)
    if named is not None and len(parts) > 1 and not parts[0].has_subject and parts[0].facts:
        subject = subject_of(named)
        topic, is_same = _named_focus(subject.booking_ids, subject.rooms, subject.guests), True
    for part in parts:
        step = answer_part(part, topic, is_same_message=is_same)
        if steps and steps[-1].document and not (step.calls or step.document or step.clarification):
            steps[-1] = _with(steps[-1], part)  # ", and how many are there?" is answered with what it follows
            continue
        steps.append(step)
        if step.calls or step.document or step.clarification:
            keeps = is_same and not part.has_subject and not step.calls
            topic = topic if keeps else step.focus
            is_same = True
    return _without_told(steps, parts)


def _without_told(steps: list[Step], parts: Sequence[Part]) -> list[Step]:
    """ "The Rossis are here, is their room ready?": what only tells of the subject is no question of its own."""
    if len(steps) != len(parts) or not any(step.calls for step in steps):
        return steps
    return [
        replace(step, document=None)
        if part.has_subject and not step.calls and not part.facts and not part.labels & _OF_RULES
        else step
        for step, part in zip(steps, parts, strict=True)
    ]


def _with(step: Step, part: Part) -> Step:
    question = f"{step.document}, {part.asked.text.strip()}"
    return replace(step, document=question, focus=replace(step.focus, question=question))


def _named_focus(ids: tuple[str, ...], rooms: tuple[str, ...], guests: tuple[str, ...]) -> Focus:
    return Focus(
        booking_id=ids[0] if ids else None,
        room_number=rooms[0] if rooms else None,
        guest_name=guests[0] if guests else None,
    )


def _together(asked: Asked, steps: Sequence[Step], focus: Focus) -> Plan:
    calls = _merged([call for step in steps for call in step.calls])
    documents = [step.document for step in steps if step.document]
    live = [call for call in calls if call.tool not in _OF_DOCUMENTS]
    is_own = bool(documents) and documents[0][:_BEGINNING] in asked.text  # nothing was put in from before
    alone = len(steps) > 1 and is_own and not live
    question = asked.text if alone else " ".join(dict.fromkeys(documents)) or None
    clarification = None
    if not calls and not question:
        clarification = next((step.clarification for step in steps if step.clarification), None)
    last = next((step.focus for step in reversed(steps) if step.calls), steps[-1].focus)
    if question and last.question is None and not calls:
        last = Focus(question=question, tool="search_knowledge_base")
    if question and not _says_anything(asked) and not calls and focus.question is None:
        return Plan(asked.language, clarification="nothing_asked", focus=focus)
    if alone:
        last = Focus(question=question, tool="search_knowledge_base")
    return Plan(asked.language, tuple(calls), question, clarification, None, last)


def _merged(calls: Sequence[PlannedCall]) -> list[PlannedCall]:
    """Equal calls are one, with the facts of both."""
    found: list[PlannedCall] = []
    for call in calls:
        for place, other in enumerate(found):
            if (other.tool, other.arguments, other.takes) == (call.tool, call.arguments, call.takes):
                facts = tuple(dict.fromkeys((*other.facts, *call.facts)))
                found[place] = PlannedCall(other.tool, other.arguments, facts, other.takes)
                break
        else:
            found.append(call)
    return found[:MAX_CALLS]


def _says_anything(asked: Asked) -> bool:
    return sum(len(token.text) > 1 for token in asked.tokens) >= 2 or any(
        len(token.text) >= 4 for token in asked.tokens
    )


def _courtesy(asked: Asked) -> Courtesy | None:
    """What a message is that holds nothing but courtesies and small words."""
    if len(asked.tokens) > 14:
        return None
    cues = find_cues(asked.tokens, plain=asked.may_lack_accents)
    polite = [cue for cue in cues if cue.label in _COURTESIES or cue.label == "filler"]
    covered = {place for cue in polite for place in range(cue.first, cue.last + 1)}
    if len(covered) < len(asked.tokens):
        return None
    kinds = {cue.label for cue in polite}
    return next((kind for kind in _COURTESIES if kind in kinds), None)
