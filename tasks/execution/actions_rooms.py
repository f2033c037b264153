"""Actions that change a room or set a wake-up call: in the transaction that notes their result."""

from typing import cast

from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.hotels import current_hotel
from innkeeper.blocks.database.models import Room
from innkeeper.blocks.database.room_states import change_room_status
from innkeeper.blocks.database.stays import find_room
from innkeeper.blocks.database.timed_actions import WAKE_UP_CALL, add_timed_action
from innkeeper.schemas.actions import ActionName, UpdateRoomStatusArguments, WakeUpCallArguments
from innkeeper.schemas.errors import Conflict, NotConfigured, NotFound
from innkeeper.schemas.hotel import RoomStatus
from innkeeper.tasks.execution.job import Done, Job

ROOM_ID, READY, TIMED = "room_id", "was_ready", "timed_action"  # in `StoredStep.kept`


async def update_room_status(job: Job, session: AsyncSession) -> Done:
    """
    Set what a room is from now on.

    Raises:
        NotFound: The hotel has no such room.
        Conflict: Somebody else changed it at the same moment.
        NotConfigured: A live service keeps the states of rooms, and takes no changes from here.
    """
    asked = cast(UpdateRoomStatusArguments, job.arguments)
    if job.services.tools.room_status is not None:
        raise NotConfigured("the room-status service keeps the state of rooms; change it there")
    room = await _room(session, asked.room_number)
    before, was_ready = RoomStatus(room.status), room.ready_for_guest
    is_ready = asked.status is RoomStatus.INSPECTED
    if not await change_room_status(session, room.id, before=before, after=asked.status, is_ready=is_ready):
        raise Conflict(f"the state of room {room.number} was changed by somebody else at the same moment")
    facts = {"status": asked.status.value, "previous_status": before.value, "room_number": room.number}
    return Done(facts, {ROOM_ID: room.id, READY: was_ready})


async def schedule_wake_up_call(job: Job, session: AsyncSession) -> Done:
    """Set a wake-up call; raises `NotFound` for a room that the hotel does not have."""
    asked = cast(WakeUpCallArguments, job.arguments)
    room = await _room(session, asked.room_number)
    timed, _ = await add_timed_action(
        session,
        key=job.stored.key,
        kind=WAKE_UP_CALL,
        room_number=room.number,
        due_at=asked.at,
        requested_by=job.task.who,
    )
    at = asked.at.astimezone(job.zone).isoformat()
    return Done({"wake_up_id": timed.id, "at": at, "room_number": room.number}, {TIMED: timed.id})


async def _room(session: AsyncSession, number: str) -> Room:
    hotel = await current_hotel(session)
    room = await find_room(session, hotel.id, number)
    if room is None:
        raise NotFound(f"the hotel has no room {number}")
    return room


ROOM_CHANGES = {
    ActionName.UPDATE_ROOM_STATUS: update_room_status,
    ActionName.SCHEDULE_WAKE_UP_CALL: schedule_wake_up_call,
}
