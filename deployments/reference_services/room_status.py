"""The room-status service: what cameras and door sensors would tell, starting from the hotel file."""

import datetime as dt
from pathlib import Path

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from deployments.reference_services.hotel import keeper, read_hotel
from innkeeper.schemas.hotel import RoomStatus


class RoomState(BaseModel):
    """The state of a room."""

    model_config = ConfigDict(extra="forbid")

    room_number: str
    status: RoomStatus
    ready_for_guest: bool
    updated_at: dt.datetime
    note: str | None = None


class Sighting(BaseModel):
    """What a camera has just seen."""

    model_config = ConfigDict(extra="forbid")

    status: RoomStatus
    ready_for_guest: bool | None = Field(default=None, description="Whether it is inspected, when absent.")
    note: str | None = Field(default=None, max_length=4_000)


def create_app(hotel: Path, key: str | None = None) -> FastAPI:
    """
    The service.

    Args:
        hotel: A hotel file; its rooms are the ones that are watched.
        key: Asked for in `X-API-Key`.
    """
    now = dt.datetime.now(dt.UTC)
    rooms = {
        room.number.casefold(): RoomState(
            room_number=room.number, status=room.status, ready_for_guest=room.ready, updated_at=now, note=room.note
        )
        for room in read_hotel(hotel).rooms
    }
    app = FastAPI(title="Room status", dependencies=[Depends(keeper(key))])

    @app.get("/rooms/{number}")
    async def state(number: str) -> RoomState:
        """The state of a room."""
        if number.casefold() not in rooms:
            raise HTTPException(404, "no such room")
        return rooms[number.casefold()]

    @app.put("/rooms/{number}")
    async def see(number: str, seen: Sighting) -> RoomState:
        """Take a sighting in: how a camera reports, and how a demonstration changes a room."""
        known = await state(number)
        ready = seen.status is RoomStatus.INSPECTED if seen.ready_for_guest is None else seen.ready_for_guest
        rooms[number.casefold()] = RoomState(
            room_number=known.room_number,
            status=seen.status,
            ready_for_guest=ready,
            updated_at=dt.datetime.now(dt.UTC),
            note=seen.note,
        )
        return rooms[number.casefold()]

    return app
