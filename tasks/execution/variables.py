"""What a message says: the facts of the booking, and what the instruction gives beyond them."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from innkeeper.schemas.message_contexts import CONTEXTS
from innkeeper.schemas.messages import MessageKind
from innkeeper.schemas.tools import BookingFacts

_ISSUE = ("description", "issue", "problem", "reason", "message")
_OFFER = ("compensation", "compensation_offered", "value", "offer")
_AMOUNTS = ("total_amount", "amount_due", "fee", "price")
# What an apology says where nobody has said what it is for: no more than that.
_SOMETHING = {"en": "The inconvenience during your stay", "vi": "Sự bất tiện trong thời gian Quý khách lưu trú"}


def message_variables(
    kind: MessageKind, booking: BookingFacts, given: Mapping[str, Any], *, today: dt.date, language: str
) -> dict[str, Any]:
    """
    The variables of a message.

    Args:
        kind: Decides which there are.
        booking: With every field. What it says of guest and stay goes before what the instruction says.
        given: Out of the instruction; what the kind does not know is left out.
        today: The hotel's day.
        language: Of the message.

    Returns:
        Without those that nobody has given: `schemas.message_variables.read_context` names what is missing.
    """
    fields = set(CONTEXTS[kind].model_fields)
    values = {name: value for name, value in given.items() if name in fields and value is not None}
    values |= {name: value for name, value in _of_booking(booking).items() if name in fields and value is not None}
    if kind is MessageKind.APOLOGY:
        values |= _of_apology(given, language)
    if kind is MessageKind.PAYMENT_REMINDER:
        values = {"amount_due": booking.total_amount, "due_date": max(booking.check_in_date, today)} | values
    has_amount = any(values.get(name) is not None for name in _AMOUNTS)
    if "currency" in fields and has_amount and "currency" not in given:
        values["currency"] = booking.currency or "VND"
    return {name: value for name, value in values.items() if value is not None}


def _of_booking(booking: BookingFacts) -> dict[str, Any]:
    return {
        "guest_name": booking.guest_name,
        "room_type": booking.room_type,
        "room_number": booking.room_number,
        "check_in": booking.check_in_date,
        "check_in_date": booking.check_in_date,
        "check_out": booking.check_out_date,
        "check_out_date": booking.check_out_date,
        "check_out_time": booking.check_out_time,
        "total_amount": booking.total_amount,
        "currency": booking.currency,
        "confirmation_number": booking.booking_id,
        "special_requests": booking.special_requests,
    }


def _of_apology(given: Mapping[str, Any], language: str) -> dict[str, Any]:
    issue = _first_text(given, _ISSUE) or _SOMETHING[language]
    offer = _first_text(given, _OFFER)
    return {"description": issue} | ({"compensation_offered": {"value": offer}} if offer else {})


def _first_text(given: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = given.get(name)
        inner = value.get("value") if isinstance(value, Mapping) else value
        if isinstance(inner, str) and inner.strip():
            return inner.strip()
    return None
