"""Whose booking a message is about: every field of it, for the letter; whoever asked sees what their role may see."""

from typing import Any

from innkeeper.engine.assistant.policy import shown
from innkeeper.engine.planning.wording_questions import no_booking, which_booking
from innkeeper.schemas.errors import NotFound
from innkeeper.schemas.tools import BookingArguments, BookingFacts
from innkeeper.tasks.assistant.bookings import lookup_booking
from innkeeper.tasks.execution.actions_reads import CANDIDATES, CHOSEN
from innkeeper.tasks.execution.job import Job, NeedsAnswer, as_json

_KEYS = ("booking_id", "room_number", "guest_name")


async def guest_of(job: Job) -> BookingFacts:
    """
    The booking that a step names by id, room or guest.

    Raises:
        NeedsAnswer: None fits, or several do.
    """
    chosen = job.stored.kept.get(CHOSEN)
    named: dict[str, Any] = {key: getattr(job.arguments, key, None) for key in _KEYS}
    asked = {"booking_id": chosen} if chosen else {key: value for key, value in named.items() if value}
    if not asked:
        raise NeedsAnswer(no_booking(job.plan_step, job.telling))
    try:
        found = await lookup_booking(job.whole_desk, BookingArguments(**asked))
    except NotFound:
        raise NeedsAnswer(no_booking(job.plan_step, job.telling)) from None
    if found.total == 0:  # the room has no stay
        raise NeedsAnswer(no_booking(job.plan_step, job.telling))
    if found.total > 1:
        role = job.task.principal.role
        visible = [shown(each, role, "booking") for each in found.bookings]
        question = which_booking(visible, found.total, job.task.plan.language, role)
        raise NeedsAnswer(question, {CANDIDATES: [as_json(each.model_dump()) for each in found.bookings]})
    return found.bookings[0]
