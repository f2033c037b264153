"""A hotel's operations data: rooms, bookings and rates, as `hotel import` reads them."""

import datetime as dt
import re
import zoneinfo
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator, model_validator

from innkeeper.schemas.currencies import CURRENCIES
from innkeeper.schemas.routing import RoomNumber


def _text_of_number(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value  # 101 for "101"


def _none_when_blank(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _iso_date(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("must be a date such as 2025-01-31")
    return value


def _clock_time(value: Any) -> Any:
    if value is None or isinstance(value, dt.time):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", value):
        raise ValueError("must be a time such as 12:00")
    return value.zfill(5) if value.count(":") == 1 else value.zfill(8)


def _currency(value: Any) -> Any:
    code = value.strip().upper() if isinstance(value, str) else None
    if code not in CURRENCIES:
        raise ValueError("must be an ISO 4217 code such as VND, USD or EUR")
    return code


Date = Annotated[dt.date, BeforeValidator(_iso_date)]
ClockTime = Annotated[dt.time, BeforeValidator(_clock_time)]
Currency = Annotated[str, BeforeValidator(_currency)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]
Number = Annotated[RoomNumber, BeforeValidator(_text_of_number)]
RoomType = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Note = Annotated[
    str | None, StringConstraints(strip_whitespace=True, max_length=4_000), BeforeValidator(_none_when_blank)
]


class RoomStatus(StrEnum):
    """What housekeeping knows of a room."""

    CLEAN = "clean"
    DIRTY = "dirty"
    OCCUPIED = "occupied"
    INSPECTED = "inspected"
    OUT_OF_ORDER = "out_of_order"


class BookingStatus(StrEnum):
    """How far a stay is."""

    CONFIRMED = "confirmed"
    CHECKED_IN = "checked_in"
    CHECKED_OUT = "checked_out"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")  # `hotel_file` reports unknown keys


class RoomRow(_Row):
    """A room."""

    number: Number
    floor: int | None = Field(default=None, ge=-10, le=200)
    type: RoomType
    status: RoomStatus
    ready_for_guest: bool | None = Field(default=None, strict=True, description="Whether it is inspected, when absent.")
    note: Note = None

    @property
    def ready(self) -> bool:
        """Whether a guest may be given the room."""
        return self.status is RoomStatus.INSPECTED if self.ready_for_guest is None else self.ready_for_guest


class BookingRow(_Row):
    """A stay of one guest."""

    booking_id: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64), BeforeValidator(_text_of_number)
    ]
    guest_name: Line
    email: Annotated[
        str | None, StringConstraints(strip_whitespace=True, max_length=254), BeforeValidator(_none_when_blank)
    ] = None
    phone: Annotated[
        str | None, StringConstraints(strip_whitespace=True, max_length=40), BeforeValidator(_none_when_blank)
    ] = None
    room_number: Annotated[Number | None, BeforeValidator(_none_when_blank)] = Field(
        default=None, description="None until a room is given."
    )
    room_type: RoomType | None = None
    check_in_date: Date
    check_out_date: Date
    check_out_time: ClockTime | None = None
    status: BookingStatus
    total_amount: Amount | None = None
    currency: Currency | None = Field(default=None, description="The file's currency when absent.")
    special_requests: Note = None

    @field_validator("email")
    @classmethod
    def _has_an_at_sign(cls, email: str | None) -> str | None:
        if email is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
            raise ValueError("is not an e-mail address")
        return email

    @model_validator(mode="after")
    def _leaves_after_arriving(self) -> Self:
        if self.check_out_date <= self.check_in_date:
            raise ValueError(f"check_out_date {self.check_out_date} is not after check_in_date {self.check_in_date}")
        return self


class RateRow(_Row):
    """The price of one night."""

    room_type: RoomType
    date: Date
    price_vnd: Amount


class HotelProfile(BaseModel):
    """The hotel itself. Keys besides these are kept as they are: address, phone, star rating, …"""

    model_config = ConfigDict(frozen=True, extra="allow")

    name: Line
    timezone: str | None = Field(
        default=None, description="IANA name; the setting INNKEEPER_HOTEL_TIMEZONE when absent."
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        try:
            return name and zoneinfo.ZoneInfo(name).key
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{name!r} is not an IANA time zone such as Asia/Ho_Chi_Minh") from None


class HotelFile(_Row):
    """All of a file. Rooms, bookings and rates that it does not name are no longer the hotel's."""

    hotel: HotelProfile
    currency: Currency = "VND"
    snapshot_date: Date | None = Field(default=None, description="The day whose evening the data shows.")
    rooms: tuple[RoomRow, ...] = ()
    bookings: tuple[BookingRow, ...] = ()
    rates: tuple[RateRow, ...] = ()


class ImportReport(BaseModel):
    """What an import did. Each count is `{"added", "changed", "removed", "unchanged"}`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hotel: str
    rooms: dict[str, int]
    bookings: dict[str, int]
    rates: dict[str, int]
    unknown_keys: tuple[str, ...] = Field(
        default=(), description="Keys of the file that were ignored, e.g. `rooms[].colour`."
    )


class HotelSummary(BaseModel):
    """The hotel at one glance."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    timezone: str
    currency: str
    snapshot_date: dt.date | None
    day: dt.date = Field(description="The day that `bookings` is about.")
    rooms: dict[str, int] = Field(description="Number of rooms per status.")
    bookings: dict[str, int] = Field(description="Number of bookings per status whose stay touches `day`.")
    bookings_total: int
    rates: dict[str, tuple[Decimal, Decimal]] = Field(
        description="Lowest and highest price of a night, in VND, per room type."
    )
    rates_from: dt.date | None
    rates_to: dt.date | None
