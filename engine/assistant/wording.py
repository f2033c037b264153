"""Answers in words, out of what the tools gave: by rule, so that no fact is made up."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from innkeeper.engine.assistant.formats import Language, clipped, date_text, list_text, quoted
from innkeeper.engine.assistant.joining import fitted, joined
from innkeeper.engine.assistant.phrases_bookings import NAME_WORDS, tell_booking, tell_choices
from innkeeper.engine.assistant.phrases_prices import ask_which_type, tell_availability, tell_no_price, tell_price
from innkeeper.engine.assistant.phrases_rooms import tell_room
from innkeeper.engine.assistant.phrases_sentences import contact_name, say, whole
from innkeeper.engine.assistant.phrases_turns import UNSURE, clarify, courtesy, not_known, refused
from innkeeper.engine.assistant.plan import Fact, Plan, PlannedCall, Worded
from innkeeper.engine.assistant.told import Told
from innkeeper.engine.sentences import split_sentences
from innkeeper.schemas.tools import Availability, Bookings, Contacts, KnowledgeFound, RoomFacts, RoomPrice

__all__ = [
    "CalledTool",
    "clarify",
    "contact_name",
    "courtesy",
    "joined",
    "not_known",
    "refused",
    "word_answer",
]

_KNOWN = 0.95  # read from the hotel's data
_DOUBTED = 0.6  # the data contradicts itself
_STALE = 0.75  # the live service did not answer
_NO_ROW = 0.9  # there is none, as far as the data goes
_LACKING = 0.4  # none of what was asked can be told
_FAILED = 0.2
_TEAM = 0.7
_QUOTED_SENTENCES = 2
_WHAT = {  # tool → what it looks up, and what it needs for that
    "get_room_status": ("what_room", "need_room"),
    "lookup_booking": ("what_booking", "need_booking"),
    "get_current_pricing": ("what_price", "need_price"),
    "find_available_rooms": ("what_free", "need_price"),
}
_DOCUMENTS = ("what_documents", "need_documents")


@dataclass(frozen=True)
class CalledTool:
    """
    A tool call that has ended.

    Attributes:
        call: As it was planned, with the arguments that it took from an earlier call.
        output: A result of schemas/tools.py; none when it failed.
        error: Why it failed.
        detail: The error's text. Of it only room types ("it has deluxe, suite", "types: …", "could be meant: …") and
            two ISO dates (the first and last day with a price) are shown.
    """

    call: PlannedCall
    output: BaseModel | None = None
    error: Literal["not_found", "not_allowed", "unavailable", "invalid"] | None = None
    detail: str = ""


def word_answer(plan: Plan, results: Sequence[CalledTool], *, today: dt.date) -> list[Worded]:
    """
    Put each result into words: only what was asked, and what is needed to understand it.

    Args:
        plan: What was asked, and in which language.
        results: In the order of the plan.
        today: The hotel's day.

    Returns:
        One text per result, in order; `joined` makes one of them.
    """
    feeding = {place.partition(".")[0] for call in plan.calls for place in call.takes.values()}
    return [_worded(result, plan.language, today, feeds=result.call.tool in feeding) for result in results]


def _worded(result: CalledTool, language: Language, today: dt.date, *, feeds: bool) -> Worded:
    if result.error is not None or result.output is None:
        return _problem(result, language, today)
    facts = result.call.facts or ((Fact.ROOM_NUMBER,) if feeds else ())
    match result.output:
        case RoomFacts() as room:
            told = tell_room(room, facts, language, answers=not result.call.takes)
        case Bookings(bookings=()):
            return _no_booking(result, language, today)
        case Bookings() as found:
            if found.total > 1:
                told = tell_choices(found, language)
            else:
                told = tell_booking(found.bookings[0], facts, language, today)
        case RoomPrice() as price:
            told = tell_price(price, facts, language, today)
        case Availability() as free:
            told = tell_availability(free, facts, language, today)
        case Contacts() as contacts:
            text = whole("contact", language, contact=contact_name(contacts.team, language))
            return Worded(text, _TEAM, origins=(contacts.origin,))
        case KnowledgeFound() as found_passages:
            return _quotation(found_passages, language)
        case _:
            return _problem(result, language, today)
    return _closed(told, result.output, language)


def _closed(told: Told, output: BaseModel, language: Language) -> Worded:
    """The sentences as one text, with whom to ask about what is not in it."""
    if told.question is not None:
        return Worded(fitted([([told.question], True)]), UNSURE, handoff="unclear")
    desk = contact_name("front_desk", language)
    sentences = [*told.context, *told.sentences, *told.missing]
    stale = bool(getattr(output, "stale", False))
    if stale:
        sentences.append(whole("stale", language))
    handoff: Literal["not_allowed", "not_known"] | None = None
    if told.withheld:
        what = list_text([_article(say(f"label_{name}", language), language) for name in told.withheld], language)
        sentences.append(whole("may_not_see", language, what=what, contact=desk))
        handoff = "not_allowed"
    elif told.missing:
        sentences.append(whole("ask", language, contact=desk))
        handoff = "not_known"
    known = _DOUBTED if told.doubt else _STALE if stale else _KNOWN
    return Worded(
        fitted([(sentences, stale or handoff is not None)]),
        known if told.sentences else _LACKING,
        origins=(getattr(output, "origin", ""),),
        handoff=handoff,
    )


def _article(label: str, language: Language) -> str:
    return label if language == "vi" else f"the {label}"


def _no_booking(result: CalledTool, language: Language, today: dt.date) -> Worded:
    """Nobody in a room is an answer; no booking under a name may be a wrong spelling."""
    arguments = result.call.arguments
    room, day = arguments.get("room_number"), arguments.get("date")
    if result.output is None or not room or arguments.get("guest_name") or arguments.get("booking_id"):
        return Worded(_not_found_booking(arguments, language), _LACKING, handoff="not_known")
    if isinstance(day, dt.date):
        text = whole("nobody_in_on", language, room=room, day=date_text(day, language, today, on=True))
    else:
        text = whole("nobody_in", language, room=room)
    return Worded(text, _NO_ROW, origins=(getattr(result.output, "origin", ""),))


def _not_found_booking(arguments: dict[str, object], language: Language) -> str:
    if arguments.get("booking_id"):
        by = say("by_id", language, id=clipped(str(arguments["booking_id"]), 3))
    elif arguments.get("guest_name"):
        by = say("by_name", language, name=quoted(str(arguments["guest_name"]), NAME_WORDS))
    elif arguments.get("room_number"):
        by = say("by_room", language, room=arguments["room_number"])
    else:
        by = ""
    return whole("no_booking", language, by=by).replace(" ;", ";").replace(" ,", ",")


def _problem(result: CalledTool, language: Language, today: dt.date) -> Worded:
    """Why a tool gave nothing, and what to do."""
    desk = contact_name("front_desk", language)
    what, need = (say(key, language) for key in _WHAT.get(result.call.tool, _DOCUMENTS))
    room = result.call.arguments.get("room_number")
    if room and result.call.tool == "get_room_status":
        what = say("what_room_number", language, room=clipped(str(room), 2))
    if result.error == "not_found":
        return _not_found(result, language, today)
    if result.error == "not_allowed":
        return refused(language, what, desk)
    if result.error == "invalid":
        which = ask_which_type(result.detail, language)
        return Worded(which or whole("invalid", language, what=what, need=need), UNSURE, handoff="unclear")
    return Worded(whole("failed", language, what=what, contact=desk), _FAILED, handoff="failed")


def _not_found(result: CalledTool, language: Language, today: dt.date) -> Worded:
    arguments = result.call.arguments
    only_room = arguments.get("room_number") and not (arguments.get("guest_name") or arguments.get("booking_id"))
    if result.call.tool == "lookup_booking" and not only_room:
        return _no_booking(result, language, today)
    if only_room:
        text = whole("room_none", language, room=arguments.get("room_number", ""))
        return Worded(text, _LACKING, handoff="not_known")
    if result.call.tool in {"get_current_pricing", "find_available_rooms"}:
        sentences = tell_no_price(arguments, result.detail, language, today)
        if len(sentences) == 1:  # nothing to choose from: somebody has to be asked
            sentences.append(whole("ask", language, contact=contact_name("front_desk", language)))
        return Worded(fitted([(sentences, True)]), _LACKING, handoff="not_known")
    return not_known(language, contact_name("front_desk", language), topic_known=False)


def _quotation(found: KnowledgeFound, language: Language) -> Worded:
    """The opening of the best passage; `engine/reading` finds the sentence that answers."""
    if not found.passages:
        return not_known(language, contact_name("front_desk", language), topic_known=False)
    best = found.passages[0]
    sentences = split_sentences(" ".join(best.text.split()))[:_QUOTED_SENTENCES]
    return Worded(fitted([(sentences, False)]), found.relevance, cited=(best.id,), origins=(found.origin,))
