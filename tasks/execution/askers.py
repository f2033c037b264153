"""What the hotel's own systems say besides the instruction: the day, and which guest it is who asks."""

import datetime as dt

from innkeeper.blocks.database.hotels import current_hotel
from innkeeper.blocks.database.stays import find_room, stay_of_room
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.plans import Instruction
from innkeeper.tasks.execution.services import ExecutionServices

_MAX_CHARS = 254  # as of `Principal.guest`


async def hotel_day(services: ExecutionServices) -> dt.date:
    """Today by the clock of the hotel; raises `NotConfigured` when none was imported."""
    zone, _ = await services.hotel()
    return dt.datetime.now(zone).date()


async def asking_guest(services: ExecutionServices, principal: Principal, instruction: Instruction) -> Principal:
    """
    The principal, in the role guest with the booking that the context says is theirs, where nothing else does.

    The context comes from whoever may act for guests: the hotel's app or front desk. A guest with a key of their own is
    known by it, whatever the context says.

    Raises:
        NotConfigured: No hotel has been imported.
    """
    if principal.role is not Role.GUEST or principal.guest is not None:
        return principal
    booking = instruction.context.get("booking_id")
    if not isinstance(booking, str) or not 0 < len(booking) <= _MAX_CHARS:
        booking = await _booking_of_room(services, instruction)
    return principal.model_copy(update={"guest": booking})


async def _booking_of_room(services: ExecutionServices, instruction: Instruction) -> str | None:
    number = instruction.context.get("room_number")
    if not isinstance(number, str | int) or isinstance(number, bool):
        return None
    async with services.database.reading() as session:
        hotel = await current_hotel(session)
        room = await find_room(session, hotel.id, str(number))
        if room is None:
            return None
        stay = await stay_of_room(session, hotel.id, room.id, instruction.today, instruction.today)
    return stay.facts.booking_id if stay is not None else None
