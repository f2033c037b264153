"""The pricing service: a night's price from the hotel's own rates, weekdays and how full it is."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import numpy as np
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict

from deployments.reference_services.hotel import keeper, read_hotel
from innkeeper.schemas.hotel import BookingStatus, HotelFile

_STEP = Decimal(10_000)  # prices are multiples of it
_RIDGE = 0.1  # keeps the fit steady where a weekday was seen once
_TAKEN = {BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN, BookingStatus.CHECKED_OUT}


class Price(BaseModel):
    """The price of a night."""

    model_config = ConfigDict(extra="forbid")

    room_type: str
    date: dt.date
    current_price: Decimal
    base_price: Decimal
    currency: str = "VND"


class PriceModel:
    """
    A ridge regression of a room type's rates on weekday and occupancy.

    A night whose rate the hotel has set costs that; any other what the regression says, never less than the lowest.
    """

    def __init__(self, hotel: HotelFile, room_type: str) -> None:
        """`room_type` as in the file's rates, of which there is one at least."""
        self.rates = {rate.date: rate.price_vnd for rate in hotel.rates if rate.room_type == room_type}
        self.base = min(self.rates.values())
        self._stays = [
            (stay.check_in_date, stay.check_out_date)
            for stay in hotel.bookings
            if stay.room_type == room_type and stay.status in _TAKEN
        ]
        self._rooms = max(1, sum(room.type == room_type for room in hotel.rooms))
        nights = np.array([self._features(night) for night in self.rates])
        prices = np.array([float(price) for price in self.rates.values()])
        scaled = nights.T @ nights + _RIDGE * np.eye(nights.shape[1])
        self._weights = np.linalg.solve(scaled, nights.T @ prices)

    def price(self, night: dt.date) -> Decimal:
        """Of one night, in dong."""
        if night in self.rates:
            return self.rates[night]
        steps = Decimal(round(float(self._features(night) @ self._weights) / float(_STEP)))
        return max(self.base, steps * _STEP)

    def _features(self, night: dt.date) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        """(8,) which weekday it is, and the share of rooms that are taken."""
        taken = sum(start <= night < end for start, end in self._stays) / self._rooms
        return np.array([*(float(night.weekday() == day) for day in range(7)), taken])


def create_app(hotel: Path, key: str | None = None) -> FastAPI:
    """
    The service.

    Args:
        hotel: A hotel file; its rates are what prices are learnt from.
        key: Asked for in `X-API-Key`.
    """
    file = read_hotel(hotel)
    names = {rate.room_type.casefold(): rate.room_type for rate in file.rates}
    models = {name: PriceModel(file, room_type) for name, room_type in names.items()}
    app = FastAPI(title="Prices", dependencies=[Depends(keeper(key))])

    @app.get("/prices")
    async def price(room_type: str, date: dt.date) -> Price:
        """The price of the night that begins on `date`."""
        model = models.get(room_type.casefold())
        if model is None:
            raise HTTPException(404, "no such room type")
        return Price(
            room_type=names[room_type.casefold()], date=date, current_price=model.price(date), base_price=model.base
        )

    return app
