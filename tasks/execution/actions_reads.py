"""Actions that only read: rooms, bookings, prices, documents, as far as whoever asked may see them."""

import asyncio
from typing import cast

from innkeeper.engine.assistant.policy import shown
from innkeeper.engine.planning.wording_questions import no_booking, which_booking
from innkeeper.engine.reading.reader import read
from innkeeper.engine.search.index import SearchResult
from innkeeper.schemas.actions import ActionName, VerifyRoomReadyArguments
from innkeeper.schemas.errors import NotFound
from innkeeper.schemas.plans import PlanStep
from innkeeper.schemas.tools import (
    AvailabilityArguments,
    BookingArguments,
    BookingFacts,
    Bookings,
    KnowledgeArguments,
    PricingArguments,
    RoomFacts,
    RoomStatusArguments,
)
from innkeeper.tasks.assistant.bookings import lookup_booking
from innkeeper.tasks.assistant.rooms import available_rooms, current_pricing, room_status
from innkeeper.tasks.execution.job import Done, Job, NeedsAnswer, as_json

CHOSEN = "chosen"  # in `StoredStep.kept`: the booking that an answer named
CANDIDATES = "candidates"  # the bookings that it was asked about
_READ_HITS = 8
_COUNTED = frozenset({"found", "total"})


async def get_room_status(job: Job) -> Done:
    """The state of a room now."""
    asked = cast(RoomStatusArguments, job.arguments)
    return Done(_room_facts(await room_status(job.desk, asked)))


async def verify_room_ready(job: Job) -> Done:
    """Whether a guest may have a room."""
    asked = cast(VerifyRoomReadyArguments, job.arguments)
    room = await room_status(job.desk, RoomStatusArguments(room_number=asked.room_number))
    return Done({"ready_for_guest": room.ready_for_guest, "status": room.status.value, "room_number": room.room_number})


def _room_facts(room: RoomFacts) -> dict[str, object]:
    found = room.model_dump(mode="json", exclude={"origin", "withheld"}, exclude_none=True)
    return found if room.stale else {name: value for name, value in found.items() if name != "stale"}


async def find_booking(job: Job) -> Done:
    """
    One booking, or that there is none.

    Raises:
        NeedsAnswer: Several fit; or none does and a later step needs it.
    """
    asked = cast(BookingArguments, job.arguments)
    chosen = job.stored.kept.get(CHOSEN)
    try:
        if chosen:
            whole = await lookup_booking(job.whole_desk, BookingArguments(booking_id=chosen))
            found = whole.model_copy(
                update={"bookings": tuple(shown(each, job.task.principal.role, "booking") for each in whole.bookings)}
            )
        else:
            found = await lookup_booking(job.desk, asked)
    except NotFound:
        found = Bookings(origin="database:bookings", bookings=(), total=0)
    if found.total > 1 and not _is_counted(job):
        whole = await lookup_booking(job.whole_desk, asked)
        role = job.task.principal.role
        question = which_booking(found.bookings, found.total, job.task.plan.language, role)
        raise NeedsAnswer(question, {CANDIDATES: [as_json(each.model_dump()) for each in whole.bookings]})
    if not found.total:
        if _is_needed(job) and not _is_counted(job):
            raise NeedsAnswer(no_booking(job.plan_step, job.telling))
        return Done({"found": False, "total": 0})
    return Done(_booking_facts(found.bookings[0], found.total, job))


def _booking_facts(booking: BookingFacts, total: int, job: Job) -> dict[str, object]:
    known = {name: value for name, value in booking if value is not None and name != "withheld"}
    is_today = booking.check_in_date == job.task.instruction.today
    facts: dict[str, object] = as_json({"found": True, "total": total, **known, "is_today": is_today})
    return facts


def _is_counted(job: Job) -> bool:
    """Whether a later step looks at how many there are."""
    return any(each.step == job.stored.step and each.fact in _COUNTED for later in _later(job) for each in later.when)


def _is_needed(job: Job) -> bool:
    """Whether something is done with what is found."""
    return any(job.stored.step in later.depends_on for later in _later(job))


def _later(job: Job) -> tuple[PlanStep, ...]:
    return job.task.plan.steps[job.stored.step :]


async def get_current_pricing(job: Job) -> Done:
    """What a room type costs."""
    price = await current_pricing(job.desk, cast(PricingArguments, job.arguments))
    return Done(as_json(price.model_dump(exclude={"origin", "per_night"})))


async def find_available_rooms(job: Job) -> Done:
    """Which rooms are free."""
    free = await available_rooms(job.desk, cast(AvailabilityArguments, job.arguments))
    rooms = [room.room_number for room in free.rooms if room.room_number]
    days = {"check_in_date": free.check_in_date, "check_out_date": free.check_out_date}
    return Done(as_json({"total": sum(free.by_type.values()), "rooms": rooms, "by_type": free.by_type, **days}))


async def search_knowledge_base(job: Job) -> Done:
    """What the hotel's documents say to a question; raises `NotConfigured` when nothing is indexed."""
    asked = cast(KnowledgeArguments, job.arguments)
    reader, role, today = job.services.reader, job.task.principal.role, job.task.instruction.today
    index = (await reader.current()).index
    result = await reader.search(asked.query, top_k=_READ_HITS, roles={role}, as_of=today)

    def find(part: str) -> SearchResult:
        return index.find(part, roles={role}, as_of=today, top_k=_READ_HITS)

    language = job.task.plan.language
    reading = await asyncio.to_thread(read, asked.query, result, language=language, index=index, find=find)
    if not reading.answerable:
        return Done({"found": False, "relevance": round(float(result.relevance), 4)})
    documents = list(dict.fromkeys(each.document for each in reading.cited))
    relevance = round(float(result.relevance), 4)
    return Done({"found": True, "relevance": relevance, "answer": reading.text, "documents": documents})


READS = {
    ActionName.GET_ROOM_STATUS: get_room_status,
    ActionName.VERIFY_ROOM_READY: verify_room_ready,
    ActionName.LOOKUP_BOOKING: find_booking,
    ActionName.GET_CURRENT_PRICING: get_current_pricing,
    ActionName.FIND_AVAILABLE_ROOMS: find_available_rooms,
    ActionName.SEARCH_KNOWLEDGE_BASE: search_knowledge_base,
}
