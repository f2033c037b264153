"""The days of a stay in words that follow the guest's name: "checks out today (…) at 11:30"."""

import datetime as dt

from innkeeper.engine.assistant.formats import Language, date_text, range_text, time_text
from innkeeper.engine.assistant.phrases_sentences import say
from innkeeper.schemas.hotel import BookingStatus
from innkeeper.schemas.tools import BookingFacts

_OFF = frozenset({BookingStatus.CANCELLED, BookingStatus.NO_SHOW})


def check_in(booking: BookingFacts, language: Language, today: dt.date) -> str:
    """When the guest arrives or arrived."""
    day = date_text(booking.check_in_date, language, today, on=True)
    if booking.status in _OFF:
        return say("in_planned", language, day=day)
    arrived = booking.status in {BookingStatus.CHECKED_IN, BookingStatus.CHECKED_OUT}
    return say("in_past" if arrived else "in_future", language, day=day)


def check_out(booking: BookingFacts, language: Language, today: dt.date) -> str:
    """When the guest leaves or left, with the time where one is recorded."""
    day = date_text(booking.check_out_date, language, today, on=True)
    if booking.check_out_time is not None:
        day = say("at_time", language, day=day, time=time_text(booking.check_out_time))
    if booking.status in _OFF:
        return say("out_planned", language, day=day)
    return say("out_past" if booking.status is BookingStatus.CHECKED_OUT else "out_future", language, day=day)


def stay_length(booking: BookingFacts, language: Language) -> str:
    """How many nights, and from when to when."""
    nights = nights_text((booking.check_out_date - booking.check_in_date).days, language)
    if booking.status in _OFF:
        key = "nights_planned"
    elif booking.status is BookingStatus.CHECKED_OUT:
        key = "nights_past"
    else:
        key = "nights_in" if booking.status is BookingStatus.CHECKED_IN else "nights_future"
    return say(key, language, nights=nights, days=range_of(booking, language))


def range_of(booking: BookingFacts, language: Language) -> str:
    """First and last day of the stay."""
    return range_text(booking.check_in_date, booking.check_out_date, language)


def nights_text(count: int, language: Language) -> str:
    """A number of nights: "1 night", "3 nights"."""
    return say("night_one" if count == 1 else "night_many", language, count=count)
