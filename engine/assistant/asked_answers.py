"""How one question of a message is answered: by which calls, by the documents, or by asking back."""

import re
from dataclasses import replace

from innkeeper.engine.assistant import asked_calls as calls
from innkeeper.engine.assistant.asked_calls import Step, Subject
from innkeeper.engine.assistant.asked_documents import checkout_rules, contact, document, own_question
from innkeeper.engine.assistant.asked_follow_ups import (
    chosen,
    leads_in,
    only_asks_facts,
    says_something,
)
from innkeeper.engine.assistant.asked_offers import offers, room_price, same_offer
from innkeeper.engine.assistant.asked_parts import Part
from innkeeper.engine.assistant.plan import Fact, Focus, PlannedCall
from innkeeper.engine.entities.source import Pattern, word_set

_SHORT = 8
_WHICH_ROOM = Pattern(
    r"\b(?:is|are) (?:the|that|this|my|her|his|their|our) rooms?(?: \w+)? (?:ready|clean|cleaned|done|dirty|"
    r"occupied|inspected|made up|"
    r"available|vacant)\b|(?<!\w)phòng (?:này |đó |ấy |đã |của \w+ )*(?:được )?(?:dọn |làm )?(?:xong|sẵn sàng|sạch|dọn)"
    r"(?: \w+){0,2}? chưa|\broom ready\b|(?:status of|what is wrong with|what's wrong with) (?:the|that|this) "
    r"room\b|tình trạng phòng(?: này| đó)?\W*$"
)
_WHAT_TIME = Pattern(r"^\W*(?:and |at |và |lúc |thế )*(?:what time|when|mấy giờ|khi nào|lúc nào)\W*$")
_LOOKS_UP = Pattern(
    r"\b(?:find|info|look up|lookup|check|search|show|pull up|tìm|tra|tra cứu|kiểm tra|xem|thông tin|cho xem)\b"
)
_HOUSE = Pattern(
    r"\b(?:khách sạn|hotel|policy|standard|quy định|chính sách|usual|normal|front desk|reception|lễ tân|manager|"
    r"quản lý)\b"
)
_OF_ROOM = Pattern(
    r"\b(?:rooms?|phòng|villas?|bungalows?|suites?|clean|cleaned|dirty|made up|inspected|sạch|bẩn|dọn|vệ sinh)\b"
)
_ROOM_PRICE = Pattern(r"\b(?:rates?|prices?|giá|costs?|how much (?:is|for|are)(?: the| a)?(?: room| rm)? \w*\d)")
_TELLS_DAY = Pattern(r"^\W*(?:today|hôm nay)(?: is|'s| là) [^?]{4,24}$")
_IS_ANYONE = Pattern(r"\bcó ai\b.*\b(?:không|chưa|ko|hông)\W*$")
_IS_TYPE = Pattern(r"^\W*is \S+(?: \S+)? an? |\b(?:có phải|phải là|là phòng|có là)\b")
_OTHER = Pattern(r"\b(?:guests?|someone|somebody|anyone|neighbou?rs?|next door|khách|người khác|ai|bên cạnh|kế bên)\b")
OWN = "me"  # booking id of a guest's own booking
_ROOM_WORDS = word_set("room|rm|phong|p|ph|villa|bungalow|suite")


def answer_part(part: Part, topic: Focus, *, is_same_message: bool) -> Step:
    """
    Plan one part.

    Args:
        part: The question.
        topic: What was spoken of before it, in this message or in the conversation.
        is_same_message: `topic` comes from the same message, so "and what time?" surely continues it.
    """
    if part.guests and all(guest.is_too_short for guest in part.guests) and not (part.rooms or part.ids):
        return Step(clarification="name_too_short", focus=topic)
    for rule in (
        _choice,
        contact,
        _late,
        offers,
        _named,
        _unsaid,
        same_offer,
        _another_day,
        checkout_rules,
        _missing,
    ):
        step = rule(part, topic, is_same_message)
        if step is not None:
            return _impossible(part, step)
    if (is_same_message and topic.tool and not says_something(part)) or _TELLS_DAY.search(part.asked.source.lower):
        return Step(focus=topic)
    return document(part, topic)


def _impossible(part: Part, step: Step) -> Step:
    if part.stay.is_impossible and any(call.tool != "get_room_status" for call in step.calls) and not step.document:
        return Step(clarification="which_dates", focus=step.focus)
    return step


def _choice(part: Part, topic: Focus, is_same_message: bool) -> Step | None:
    booking_id = chosen(part, topic)
    if booking_id is None or part.has_subject:
        return None
    facts = calls.booking_facts(part, about_room=False) or topic.facts or (Fact.BOOKING,)
    call = PlannedCall("lookup_booking", {"booking_id": booking_id}, facts)
    return Step((call,), focus=Focus(booking_id=booking_id, tool=call.tool, facts=facts))


def _late(part: Part, topic: Focus, is_same_message: bool) -> Step | None:
    if not calls.asks_late(part):
        return None
    subject = calls.subject_of(part)
    if not subject and (is_same_message or part.labels & {"pronoun", "room_pronoun"} or leads_in(part)):
        subject = calls.subject_of_focus(topic)
    if not subject:
        return None
    facts = (Fact.CHECK_OUT_TIME, Fact.CHECK_OUT_DATE)
    found = calls.lookups(subject, facts, part)
    return Step(tuple(found), calls.late_question(part), focus=_focus(found, topic, subject))


def _named(part: Part, topic: Focus, is_same_message: bool) -> Step | None:
    """A room, a booking or a guest is named."""
    subject = calls.subject_of(part)
    if not subject:
        return None
    found = _about(part, subject)
    if not found:
        found = _as_before(part, subject, topic, is_same_message)
    if not found:
        return None
    is_also_rule = "procedure" in part.labels or calls.asks_late(part)
    return Step(tuple(found), own_question(part) if is_also_rule else None, focus=_focus(found, Focus(), subject))


def _asked_of(part: Part, subject: Subject) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
    """Facts of the booking and facts of the room that are asked of a subject."""
    about_room = bool(subject.rooms)
    booked, state = calls.booking_facts(part, about_room=about_room), calls.room_facts(part)
    if "service" in part.labels:
        booked = tuple(fact for fact in booked if fact not in {Fact.BOOKING, Fact.AMOUNT, Fact.NIGHTS})
    if Fact.ROOM_NOTE in state and set(booked) <= {Fact.CHECK_IN_DATE, Fact.CHECK_OUT_DATE}:
        booked = ()  # "closed until when?"
    if not about_room or subject.booking_ids:
        if state == (Fact.ROOM_TYPE,):
            booked, state = (*booked, Fact.ROOM_TYPE), ()
        if (subject.booking_ids and state and Fact.READY not in state) or (
            Fact.ROOM_STATUS in state and Fact.READY not in part.facts and not _speaks_of_room(part)
        ):
            booked, state = (booked or (Fact.BOOKING_STATUS,)), ()
    elif Fact.ROOM_STATUS in state and _IS_ANYONE.search(part.asked.source.lower):
        booked = tuple(fact for fact in booked if fact is not Fact.GUEST_NAME)
    elif not (booked or state) and part.types and _IS_TYPE.search(part.asked.source.lower):
        state = (Fact.ROOM_TYPE,)
    return booked, state


def _about(part: Part, subject: Subject) -> list[PlannedCall]:
    """Calls for the facts that are asked of a subject."""
    about_room = bool(subject.rooms)
    booked, state = _asked_of(part, subject)
    if "price" in part.labels and not state and "service" not in part.labels and Fact.AMOUNT not in booked:
        if about_room and _ROOM_PRICE.search(part.asked.source.lower):
            return room_price(subject, part)
        if not booked or booked == (Fact.BOOKING,):
            booked = (Fact.AMOUNT,)
    found = calls.states(subject, state, part) if state else []
    if state and booked == (Fact.BOOKING,):
        booked = ()
    if booked:
        known = next((call for call in found if call.tool == "lookup_booking"), None)
        if known is not None:
            found[found.index(known)] = replace(known, facts=tuple(dict.fromkeys((*booked, *known.facts))))
        else:
            found += calls.lookups(subject, booked, part)
    return found


def _speaks_of_room(part: Part) -> bool:
    return bool(_OF_ROOM.search(part.asked.source.lower))


def _as_before(part: Part, subject: Subject, topic: Focus, is_same_message: bool) -> list[PlannedCall]:
    """A bare "and 306?" asks what was asked of 305; a bare number or name is looked up."""
    is_short = part.words <= _SHORT and not part.labels & {"service", "procedure"}
    if is_short and (fact := calls.bare_fact(part)):
        if fact in calls.BOOKING_FACTS:
            return calls.lookups(subject, (fact,), part)
        return calls.states(subject, (fact,), part)
    continues = leads_in(part) or part.words <= 4 or bool(topic.choices)
    if is_short and continues and topic.facts and topic.tool in {"lookup_booking", "get_room_status"}:
        if topic.tool == "lookup_booking":
            facts = tuple(fact for fact in topic.facts if not (subject.rooms and fact is Fact.ROOM_NUMBER))
            return calls.lookups(subject, facts, part)
        return calls.states(subject, topic.facts, part)
    looks_up = bool(_LOOKS_UP.search(part.asked.source.lower))
    if subject.booking_ids and not part.labels & {"service", "procedure"}:
        return calls.lookups(subject, (Fact.BOOKING,), part)
    if subject.guests and is_short and (part.words <= 5 or looks_up):
        return calls.lookups(subject, (Fact.BOOKING,), part)
    if subject.rooms and part.words <= 4 and re.search(r"\b(?:khách|khach|guest)\b", part.asked.source.lower):
        return calls.lookups(subject, (Fact.BOOKING,), part)
    if subject.rooms and (
        (part.words <= 3 and not says_something(part, besides=_ROOM_WORDS)) or (looks_up and is_short)
    ):
        return calls.states(subject, (Fact.ROOM_STATUS, Fact.READY), part)
    return []


def _unsaid(part: Part, topic: Focus, is_same_message: bool) -> Step | None:
    """Facts of somebody or something that was named before."""
    subject = calls.subject_of_focus(topic)
    if not subject or part.labels & {"service", "procedure", "bulk"}:
        return None
    points_back = bool(part.labels & {"pronoun", "room_pronoun", "mine"}) or leads_in(part) or is_same_message
    is_rule = bool(_HOUSE.search(part.asked.source.lower)) or (topic.booking_id == OWN and _is_not_own(part))
    is_short = (part.words <= 5 or only_asks_facts(part)) and "policy" not in part.labels
    if is_rule or not (points_back or is_short) or part.words > 14:
        return None
    if topic.tool == "get_room_status" and part.words <= 3 and part.facts == (Fact.CHECK_OUT_DATE,):
        found = calls.states(subject, (Fact.ROOM_NOTE, Fact.ROOM_STATUS), part)  # "closed until when?"
    elif topic.tool == "lookup_booking" and not part.facts and _WHAT_TIME.search(part.asked.source.lower):
        found = calls.lookups(subject, (Fact.CHECK_OUT_TIME, Fact.CHECK_OUT_DATE), part)
    elif not part.facts and part.words <= 3 and (fact := calls.bare_fact(part)) in calls.BOOKING_FACTS:
        found = calls.lookups(subject, (fact,), part)
    else:
        found = _about(part, subject)
    return Step(tuple(found), focus=_focus(found, topic)) if found else None


def _is_not_own(part: Part) -> bool:
    """Whether a guest asks about somebody else, or what a guest may do."""
    is_about_other = bool(_OTHER.search(part.asked.source.lower) or part.labels & {"pronoun"})
    is_rule = "allow" in part.labels and part.facts == (Fact.CHECK_IN_DATE,)
    return (is_about_other and "mine" not in part.labels) or is_rule


def _another_day(part: Part, topic: Focus, is_same_message: bool) -> Step | None:
    """ "And yesterday?": the same room's stay on another day."""
    if part.stay.start is None or part.words > _SHORT or part.labels & {"service", "policy"}:
        return None
    if not (leads_in(part) or part.words <= 5):
        return None
    if topic.tool == "lookup_booking" and topic.room_number and part.stay.start:
        subject = Subject(rooms=(topic.room_number,))
        call = replace(calls.lookups(subject, topic.facts, part)[0])
        call.arguments["date"] = part.stay.start
        return Step((call,), focus=replace(topic, booking_id=None, guest_name=None, date=part.stay.start))
    return None


def _missing(part: Part, topic: Focus, is_same_message: bool) -> Step | None:
    """Something has to be asked back."""
    if part.has_subject or part.labels & {"service", "procedure", "bulk", "contact"} or topic.booking_id == OWN:
        return None
    lower = part.asked.source.lower
    if part.words <= _SHORT + 2 and _WHICH_ROOM.search(lower):
        return Step(clarification="which_room", focus=Focus(tool="get_room_status", facts=calls.room_facts(part)))
    facts = calls.booking_facts(part, about_room=False)
    if (
        part.words <= _SHORT + 2
        and "pronoun" in part.labels
        and facts
        and not re.search(r"\b(?:they|their|them)\b", lower)
    ):
        return Step(clarification="which_guest", focus=Focus(tool="lookup_booking", facts=facts))
    return None


def _focus(found: list[PlannedCall], topic: Focus, subject: Subject | None = None) -> Focus:
    """What is spoken of after these calls; what the message did not replace stays."""
    if not found:
        return topic
    named = calls.subject_of_focus(topic) if subject is None else subject
    last = found[-1]
    return Focus(
        room_number=named.rooms[-1] if named.rooms else None,
        booking_id=named.booking_ids[-1] if named.booking_ids else None,
        guest_name=named.guests[-1] if named.guests else None,
        date=last.arguments.get("date"),
        tool=last.tool,
        facts=last.facts,
    )
