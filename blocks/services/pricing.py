"""The pricing service: a model's price for each night and room type."""

import datetime as dt
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, HttpUrl

from innkeeper.blocks.services.http import HttpService
from innkeeper.blocks.settings import Settings
from innkeeper.schemas.errors import OutputInvalid
from innkeeper.schemas.hotel import Amount, Currency

Price = Annotated[Amount, Field(gt=0)]  # a night for nothing is a mistake


class LivePrice(BaseModel):
    """`GET /prices?room_type=&date=`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    room_type: str = Field(max_length=60)
    date: dt.date
    current_price: Price
    base_price: Price
    currency: Currency


class PricingService(HttpService):
    """
    The price of a night, live.

    Attributes:
        url: Where it is, without the path.
        api_key: Sent as `X-API-Key`.
        timeout_s: Seconds for one request, from the connection to the last byte.

    Example:
        Load the block and ask for a price:
        ```python
        import datetime as dt

        from innkeeper.blocks.services.pricing import PricingService

        service = PricingService.load("BLOCK_NAME")
        print((await service.price("deluxe", dt.date(2025, 1, 18))).current_price)
        ```
    """

    _block_type_name = "Hotel Pricing Service"
    _block_type_slug = "hotel-pricing-service"
    _documentation_url = HttpUrl("https://www.python-httpx.org/async/")
    service: ClassVar[str] = "pricing"

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """The service that the settings name; none when they name none."""
        if settings.pricing_url is None:
            return None
        return cls(url=settings.pricing_url, api_key=settings.service_api_key, timeout_s=settings.service_timeout_s)

    async def price(self, room_type: str, night: dt.date) -> LivePrice:
        """
        The price of the night that begins on `night`; raises as `HttpService.get`.

        An answer about another type or night is an `OutputInvalid`.
        """
        asked = {"room_type": room_type, "date": night.isoformat()}
        found = await self.get("/prices", LivePrice, asked)
        if found.date != night or found.room_type.casefold() != room_type.casefold():
            raise OutputInvalid("the pricing service answered about another night or room type", problem="date")
        return found
