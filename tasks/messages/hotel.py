"""What messages know of the hotel in use: its profile, its services, its templates."""

import logging
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.hotels import current_hotel
from innkeeper.engine.locale import FILTERS
from innkeeper.schemas.hotel_profile import HotelProfile
from innkeeper.schemas.recommendations import MAX_SERVICES, HotelService
from innkeeper.templates.rendering import TemplateSet, load_templates

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class HotelOfMessages:
    """The hotel in use; `services` are those of its profile, in its order."""

    profile: HotelProfile
    services: tuple[HotelService, ...] = ()


async def hotel_of_messages(database: Database, timezone: str) -> HotelOfMessages:
    """
    Read the hotel.

    Args:
        database: Where it was imported.
        timezone: Of a hotel whose file names none.

    Raises:
        NotConfigured: None has been imported yet.
        InputInvalid: Its profile has a field that messages cannot use.
        DatabaseUnavailable: The database does not answer.
    """
    async with database.reading() as session:
        hotel = await current_hotel(session)
    stored = {**hotel.profile, "timezone": hotel.timezone or timezone}
    return HotelOfMessages(HotelProfile.of(hotel.name, stored), services_of(stored.get("services")))


@cache
def packaged_templates() -> TemplateSet:
    """The templates as they come; compiled once for all messages of the process."""
    return load_templates(filters=FILTERS)


def services_of(stored: Any) -> tuple[HotelService, ...]:
    """
    The services of a hotel's file: `services: [{name, description?, price?, currency?, opens?, closes?, …}]`.

    One that cannot be read is left out, with a warning: nobody is recommended half a service.
    """
    found: list[HotelService] = []
    for place, entry in enumerate(stored[:MAX_SERVICES] if isinstance(stored, list) else []):
        try:
            found.append(HotelService.model_validate(entry))
        except ValidationError as error:
            wrong = error.errors(include_input=False, include_url=False)[0]
            _logger.warning(
                "hotel.services[%d] is left out: %s: %s", place, ".".join(map(str, wrong["loc"])), wrong["msg"]
            )
    return tuple(found)
