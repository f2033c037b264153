"""The room-status service: cameras and door sensors know a room's state before anybody types it in."""

from typing import ClassVar, Self
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, HttpUrl

from innkeeper.blocks.services.http import HttpService
from innkeeper.blocks.settings import Settings
from innkeeper.schemas.errors import OutputInvalid
from innkeeper.schemas.hotel import RoomStatus


class LiveRoom(BaseModel):
    """`GET /rooms/{number}`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    room_number: str = Field(max_length=12)
    status: RoomStatus
    ready_for_guest: bool
    updated_at: AwareDatetime | None = None
    note: str | None = Field(default=None, max_length=4_000)


class RoomStatusService(HttpService):
    """
    The state of each room, live.

    Attributes:
        url: Where it is, without the path.
        api_key: Sent as `X-API-Key`.
        timeout_s: Seconds for one request, from the connection to the last byte.

    Example:
        Load the block and look at a room:
        ```python
        from innkeeper.blocks.services.room_status import RoomStatusService

        service = RoomStatusService.load("BLOCK_NAME")
        print((await service.room("407")).status)
        ```
    """

    _block_type_name = "Hotel Room-Status Service"
    _block_type_slug = "hotel-room-status-service"
    _documentation_url = HttpUrl("https://www.python-httpx.org/async/")
    service: ClassVar[str] = "room-status"

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """The service that the settings name; none when they name none."""
        if settings.room_status_url is None:
            return None
        return cls(url=settings.room_status_url, api_key=settings.service_api_key, timeout_s=settings.service_timeout_s)

    async def room(self, number: str) -> LiveRoom:
        """
        The state of the room `number`, as on its door; raises as `HttpService.get`.

        An answer about another room is an `OutputInvalid`.
        """
        found = await self.get(f"/rooms/{quote(number, safe='')}", LiveRoom)
        if found.room_number.casefold() != number.casefold():
            raise OutputInvalid("the room-status service answered about another room", problem="room_number")
        return found
