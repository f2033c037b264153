"""Contexts of the message templates: one class per kind, whose fields are the variables of its template."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from innkeeper.schemas.hotel import ClockTime, Currency, Date
from innkeeper.schemas.message_values import (
    Clauses,
    Minutes,
    Money,
    OneLine,
    OptionalClauses,
    OptionalLine,
    Percent,
    Title,
)
from innkeeper.schemas.messages import MessageKind, Tone

MAX_SERVICES = 8


def _lines(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


class MessageContext(BaseModel):
    """
    What every message knows of its guest.

    Attributes:
        wrapper: Name of the object that the specification puts the fields in; they may be given without it.
        default_tone: Of a request that names none.
        guest_title: Only where the hotel recorded it; nothing is guessed from the name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    wrapper: ClassVar[str | None] = None
    default_tone: ClassVar[Tone] = Tone.PROFESSIONAL_WARM

    guest_name: OneLine
    guest_title: Title = None

    @model_validator(mode="before")
    @classmethod
    def _unwrapped(cls, data: Any) -> Any:
        if cls.wrapper is None or not isinstance(data, Mapping) or not isinstance(data.get(cls.wrapper), Mapping):
            return data
        return {**{name: value for name, value in data.items() if name != cls.wrapper}, **data[cls.wrapper]}

    @model_validator(mode="after")
    def _amounts_have_currencies(self) -> Self:
        for name in ("total_amount", "price", "fee", "amount_due"):
            if getattr(self, name, None) is not None and getattr(self, "currency", None) is None:
                raise ValueError(f"currency is missing: {name} needs one")
        return self


class BookingConfirmation(MessageContext):
    """A booking that is confirmed; `special_requests_translated` is in the message's language, where known."""

    room_type: OneLine
    room_number: OptionalLine = None
    check_in: Date
    check_out: Date
    check_in_time: ClockTime | None = None
    check_out_time: ClockTime | None = None
    total_amount: Money
    currency: Currency
    confirmation_number: OneLine
    special_requests: OptionalClauses = None
    special_requests_translated: OptionalClauses = None

    @model_validator(mode="after")
    def _leaves_after_arriving(self) -> Self:
        if self.check_out <= self.check_in:
            raise ValueError("check_out is not after check_in")
        return self


class CheckinInstructions(MessageContext):
    """How to arrive; the hour is the profile's when `check_in_time` is absent."""

    wrapper = "booking"

    room_number: OptionalLine = None
    room_type: OptionalLine = None
    check_in_date: Date
    check_in_time: ClockTime | None = None
    confirmation_number: OptionalLine = None
    parking_included: bool = False
    breakfast_included: bool = False


class Compensation(BaseModel):
    """What is offered, word for word."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: OptionalLine = None
    value: OneLine
    value_translated: OptionalLine = None


class Apology(MessageContext):
    """Something that went wrong; `type` is a word such as `service_delay` or `noise`."""

    wrapper = "incident"
    default_tone = Tone.SINCERE_APOLOGETIC

    type: OptionalLine = None
    description: Clauses
    description_translated: OptionalClauses = None
    room_number: OptionalLine = None
    compensation_offered: Compensation | None = None


class PromotionalOffer(MessageContext):
    """An offer; how to stop receiving them is always said."""

    wrapper = "offer"
    default_tone = Tone.FRIENDLY

    offer_title: OneLine
    offer_description: OptionalClauses = None
    discount_percent: Percent | None = None
    room_type: OptionalLine = None
    price: Money | None = None
    currency: Currency | None = None
    promo_code: OptionalLine = None
    valid_from: Date | None = None
    valid_until: Date
    terms: OptionalClauses = None
    booking_url: OptionalLine = None
    unsubscribe_url: OptionalLine = None


class RecommendedService(BaseModel):
    """One of the hotel's services; `reason` says why this guest may like it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: OneLine
    description: OptionalClauses = None
    reason: OptionalClauses = None
    price: Money | None = None
    currency: Currency | None = None
    opens: ClockTime | None = None
    closes: ClockTime | None = None
    location: OptionalLine = None

    @model_validator(mode="after")
    def _price_has_a_currency(self) -> Self:
        if self.price is not None and self.currency is None:
            raise ValueError("currency is missing: price needs one")
        return self


class ServiceRecommendation(MessageContext):
    """Services that fit a guest's stay."""

    default_tone = Tone.FRIENDLY

    room_number: OptionalLine = None
    services: tuple[RecommendedService, ...] = Field(min_length=1, max_length=MAX_SERVICES)


class _Request(MessageContext):
    request: OneLine
    room_number: OptionalLine = None


class RequestReceived(_Request):
    """A request has reached a department; `reference` is its work order."""

    department: OptionalLine = None
    reference: OptionalLine = None
    expected_minutes: Minutes | None = None


class RequestOnTheWay(_Request):
    """Somebody is bringing it."""

    staff_name: OptionalLine = None
    expected_minutes: Minutes | None = None


class RequestDone(_Request):
    """It is done."""

    done_at: ClockTime | None = None


class RequestDelayed(_Request):
    """It takes longer than was said."""

    default_tone = Tone.SINCERE_APOLOGETIC

    reason: OptionalClauses = None
    expected_minutes: Minutes | None = None
    expected_time: ClockTime | None = None


class RequestDeclined(_Request):
    """The hotel cannot do it."""

    default_tone = Tone.SINCERE_APOLOGETIC

    reason: OptionalClauses = None
    alternative: OptionalClauses = None


class LateCheckoutGranted(MessageContext):
    """The room may be kept longer; a `fee` of 0 says that it is free, an absent one says nothing."""

    room_number: OptionalLine = None
    check_out_date: Date
    new_check_out_time: ClockTime
    fee: Money | None = None
    currency: Currency | None = None


class LateCheckoutRefused(MessageContext):
    """The room is needed."""

    default_tone = Tone.SINCERE_APOLOGETIC

    room_number: OptionalLine = None
    check_out_date: Date
    check_out_time: ClockTime | None = None
    requested_time: ClockTime | None = None
    reason: OptionalClauses = None
    alternative: OptionalClauses = None


class LostAndFound(MessageContext):
    """What is known of something that a guest left behind."""

    item: OneLine
    status: Literal["found", "searching", "not_found"]
    room_number: OptionalLine = None
    found_location: OptionalLine = None
    found_date: Date | None = None
    keep_until: Date | None = None
    reference: OptionalLine = None


class PaymentReminder(MessageContext):
    """An amount that is due."""

    default_tone = Tone.FORMAL

    amount_due: Money
    currency: Currency
    due_date: Date
    confirmation_number: OptionalLine = None
    payment_methods: Annotated[tuple[OneLine, ...], BeforeValidator(_lines)] = Field(default=(), max_length=10)
    payment_url: OptionalLine = None


CONTEXTS: Mapping[MessageKind, type[MessageContext]] = {
    MessageKind.BOOKING_CONFIRMATION: BookingConfirmation,
    MessageKind.CHECKIN_INSTRUCTIONS: CheckinInstructions,
    MessageKind.APOLOGY: Apology,
    MessageKind.PROMOTIONAL_OFFER: PromotionalOffer,
    MessageKind.SERVICE_RECOMMENDATION: ServiceRecommendation,
    MessageKind.REQUEST_RECEIVED: RequestReceived,
    MessageKind.REQUEST_ON_THE_WAY: RequestOnTheWay,
    MessageKind.REQUEST_DONE: RequestDone,
    MessageKind.REQUEST_DELAYED: RequestDelayed,
    MessageKind.REQUEST_DECLINED: RequestDeclined,
    MessageKind.LATE_CHECKOUT_GRANTED: LateCheckoutGranted,
    MessageKind.LATE_CHECKOUT_REFUSED: LateCheckoutRefused,
    MessageKind.LOST_AND_FOUND: LostAndFound,
    MessageKind.PAYMENT_REMINDER: PaymentReminder,
}
