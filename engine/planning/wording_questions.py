"""What has to be asked while a task is carried out: which booking, which address."""

import datetime as dt
from collections.abc import Sequence

from innkeeper.engine.assistant.policy import shown, visible
from innkeeper.engine.locale.formats import Language, short_date
from innkeeper.engine.planning.saying import say, whole
from innkeeper.engine.planning.wording_names import Telling
from innkeeper.schemas.access import Role
from innkeeper.schemas.plans import Clarification, PlanStep
from innkeeper.schemas.tools import BookingFacts

_MOST_OPTIONS = 10


def which_booking(found: Sequence[BookingFacts], total: int, language: Language, role: Role) -> Clarification:
    """
    The question that several bookings lead to.

    Args:
        found: The bookings; only what the role may see of them is told.
        total: How many there are in all.
        language: Of the question.
        role: Who is asked; a guest gets no options, since they are other guests'.
    """
    options = () if role is Role.GUEST else tuple(dict.fromkeys(_option(each, language, role) for each in found))
    question = whole("which_of", language, count=total)
    return Clarification(question=question, about="booking", options=options[:_MOST_OPTIONS])


def no_booking(step: PlanStep, telling: Telling) -> Clarification:
    """The question when nobody fits."""
    question = whole("which_none", telling.language, whom=telling.whom(step))
    return Clarification(question=question, about="booking")


def which_address(step: PlanStep, telling: Telling) -> Clarification:
    """The question when the booking of a message has no e-mail address."""
    question = whole("which_address", telling.language, whom=telling.whom(step))
    return Clarification(question=question, about="recipient")


def _option(booking: BookingFacts, language: Language, role: Role) -> str:
    seen = shown(booking, role, "booking") if visible(role, "booking") else booking
    parts = [seen.guest_name] if seen.guest_name else []
    if seen.booking_id:
        parts.append(say("option_booking", language, id=seen.booking_id))
    if seen.room_number:
        parts.append(say("option_room", language, room=seen.room_number))
    parts.append(_days(seen.check_in_date, seen.check_out_date, language))
    return ", ".join(parts)


def _days(first: dt.date, last: dt.date, language: Language) -> str:
    return f"{short_date(first, language)} – {short_date(last, language)}"
