"""The state of a room, changed as compare-and-set: of two who change it at once, one does."""

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.models import Room
from innkeeper.schemas.hotel import RoomStatus


async def change_room_status(
    session: AsyncSession, room_id: int, *, before: RoomStatus, after: RoomStatus, is_ready: bool
) -> bool:
    """
    Set the state of a room that is still in the state `before`; false when it is not.

    Args:
        session: From `Database.writing()`.
        room_id: Of the hotel in use.
        before: What it is taken to be.
        after: What it becomes.
        is_ready: Whether a guest may have it then.
    """
    held = update(Room).where(Room.id == room_id, Room.status == before.value)
    changed = await session.scalar(held.values(status=after.value, ready_for_guest=is_ready).returning(Room.id))
    return changed is not None
