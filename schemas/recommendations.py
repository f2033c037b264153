"""What recommendations are made from: the hotel's services and a guest's stay."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from innkeeper.schemas.hotel import ClockTime, Currency
from innkeeper.schemas.hotel_profile import LocalText
from innkeeper.schemas.message_values import Clauses, Money, OneLine

MAX_SERVICES = 200


class Theme(StrEnum):
    """What a service is for, and what a stay is about."""

    FAMILY = "family"
    ROMANCE = "romance"
    WELLNESS = "wellness"
    FOOD = "food"
    SIGHTS = "sights"
    FITNESS = "fitness"
    BUSINESS = "business"
    TRANSPORT = "transport"
    CARE = "care"  # laundry, ironing: what a long stay needs


def _by_language(value: object) -> object:
    return {"en": value, "vi": value} if isinstance(value, str) else value


LocalClauses = Annotated[dict[str, Clauses], BeforeValidator(_by_language)]


class HotelService(BaseModel):
    """
    One service, as the hotel's profile or a document describes it.

    Attributes:
        name: Per language, or one for both.
        themes: Read from its words when empty.
        available_from: First day on which there is any.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: LocalText
    description: LocalClauses | None = None
    location: LocalText | None = None
    themes: tuple[Theme, ...] = ()
    price: Money | None = None
    currency: Currency | None = None
    opens: ClockTime | None = None
    closes: ClockTime | None = None
    adults_only: bool = False
    children_only: bool = False
    available_from: dt.date | None = None
    available_until: dt.date | None = None

    @model_validator(mode="after")
    def _price_has_a_currency(self) -> Self:
        if self.price is not None and self.currency is None:
            raise ValueError("currency is missing: price needs one")
        return self


class Stay(BaseModel):
    """
    What is known of a guest's stay; nothing is assumed of what is absent.

    Attributes:
        interests: What the guest said to like, in any words.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    check_in: dt.date | None = None
    check_out: dt.date | None = None
    adults: int | None = Field(default=None, ge=0, le=50)
    children: int | None = Field(default=None, ge=0, le=50)
    special_requests: Clauses | None = None
    interests: tuple[OneLine, ...] = Field(default=(), max_length=20)

    @property
    def nights(self) -> int | None:
        """None where a day is not known."""
        if self.check_in is None or self.check_out is None:
            return None
        return max(0, (self.check_out - self.check_in).days)
