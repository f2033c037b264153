"""What business rules make of a step, with the facts of the hotel as they are now."""

from typing import Any

from innkeeper.blocks.database.hotels import current_hotel
from innkeeper.blocks.database.stays import find_room, room_spellings, stay_of_room
from innkeeper.engine.assistant.policy import same_text
from innkeeper.engine.planning.rule_facts import (
    BOOKING_FACTS,
    ROOM_FACTS,
    STAY_FACTS,
    facts_of_booking,
    facts_of_room,
    facts_of_stay,
)
from innkeeper.engine.planning.rule_steps import Circumstances, facts_of_step, kind_of_step
from innkeeper.engine.planning.rules import Outcome, Verdict, judge, needed_facts
from innkeeper.schemas.access import Role
from innkeeper.schemas.actions import (
    GenerateMessageArguments,
    SendEmailArguments,
    SendGuestMessageArguments,
    WakeUpCallArguments,
)
from innkeeper.schemas.errors import NotFound
from innkeeper.schemas.plans import PlanStep
from innkeeper.schemas.tools import BookingArguments, BookingFacts, RoomFacts, RoomStatusArguments
from innkeeper.tasks.assistant.bookings import lookup_booking, own_live_stays
from innkeeper.tasks.assistant.rooms import room_status
from innkeeper.tasks.execution.actions_sending import booking_of, draft_of
from innkeeper.tasks.execution.guests import guest_of
from innkeeper.tasks.execution.job import Job
from innkeeper.tasks.messages.outbox import PromotionPolicy


async def judged(job: Job, sender: PlanStep | None = None) -> Verdict:
    """
    What becomes of a step by the business rules.

    Args:
        job: The step.
        sender: Of a step that writes a message, the later one that sends it: what must not be sent is not written.

    Raises:
        NeedsAnswer: Whom it is about is not known.
    """
    rules, plan, step = job.services.rules, job.task.plan, sender or job.plan_step
    kind = kind_of_step(plan, step)
    needed = needed_facts(rules, step.action, kind)
    if not needed:
        return Verdict(Outcome.GO, None, {})
    facts = facts_of_step(plan, step, _circumstances(job))
    booking = await _booking(job)
    if booking is not None:
        facts |= facts_of_booking(booking, job.task.instruction.today)
        facts |= _of_recipient(step, booking)
    number = booking.room_number if booking is not None else getattr(job.arguments, "room_number", None)
    if number and needed & {*ROOM_FACTS, *STAY_FACTS, *BOOKING_FACTS}:
        room = await _room(job, number)
        facts |= facts_of_room(room)
        if needed & set(STAY_FACTS):
            facts |= facts_of_stay(await _stay(job, number), room, job.task.instruction.today)
    if job.task.principal.role is Role.GUEST:
        facts["is_own"] = await _is_own(job, number)
    return judge(rules, step.action, kind, facts)


def _circumstances(job: Job) -> Circumstances:
    return Circumstances(
        role=job.task.principal.role,
        instruction=job.task.instruction,
        zone=job.zone,
        now=job.now,
        quiet=PromotionPolicy.of(job.services.settings, job.zone.key).rules,
        limits=job.services.limits,
    )


async def _booking(job: Job) -> BookingFacts | None:
    """Of whom a message is about, as the hotel has it now."""
    asked = job.arguments
    if isinstance(asked, GenerateMessageArguments):
        return await guest_of(job)
    if not isinstance(asked, SendEmailArguments | SendGuestMessageArguments):
        return None
    if asked.draft is None:
        return await guest_of(job)
    written_for = booking_of(draft_of(job, asked.draft))
    if written_for.booking_id is None:
        return written_for
    found = await lookup_booking(job.whole_desk, BookingArguments(booking_id=written_for.booking_id))
    return found.bookings[0]


def _of_recipient(step: PlanStep, booking: BookingFacts) -> dict[str, Any]:
    recipient = step.arguments.get("recipient")
    is_theirs = isinstance(recipient, str) and booking.email is not None and same_text(recipient, booking.email)
    return {"recipient_known": True} if is_theirs else {}


async def _room(job: Job, number: str) -> RoomFacts | None:
    try:
        return await room_status(job.whole_desk, RoomStatusArguments(room_number=number))
    except NotFound:
        return None


async def _stay(job: Job, number: str) -> BookingFacts | None:
    """The stay in a room: today's, or that of the day of a wake-up call."""
    today = job.task.instruction.today
    day = today
    if isinstance(job.arguments, WakeUpCallArguments):
        day = job.arguments.at.astimezone(job.zone).date()
    async with job.services.database.reading() as session:
        hotel = await current_hotel(session)
        room = await find_room(session, hotel.id, number)
        found = None if room is None else await stay_of_room(session, hotel.id, room.id, day, today)
    return None if found is None else found.facts


async def _is_own(job: Job, number: str | None) -> bool:
    """Whether a guest's step is about the own room, or names none."""
    if number is None:
        return True
    spellings = room_spellings(number)
    async with job.desk.books() as books:
        stays = await own_live_stays(job.desk, books)
    return any(stay.facts.room_number is not None and stay.facts.room_number.lower() in spellings for stay in stays)
