"""How many people an incident may reach: counted in the hotel's own tables."""

import datetime as dt

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.hotels import current_hotel, summarise_hotel
from innkeeper.blocks.settings import settings
from innkeeper.engine.incidents.impact import HotelFigures
from innkeeper.schemas.errors import NotConfigured
from innkeeper.schemas.hotel import RoomStatus


async def hotel_figures(database: Database) -> HotelFigures | None:
    """Today's figures; none where no hotel has been imported."""
    async with database.reading() as session:
        try:
            hotel = await current_hotel(session)
        except NotConfigured:
            return None
        zone = hotel.timezone or settings().hotel_timezone
        summary = await summarise_hotel(session, dt.datetime.now(settings().zone).date(), zone)
    return HotelFigures(rooms_occupied=summary.rooms.get(RoomStatus.OCCUPIED.value))
