"""Guests: who of two bookings is the same person."""

import hashlib
import unicodedata
from collections.abc import Iterable

from innkeeper.blocks.database.synchronise import Rows
from innkeeper.schemas.hotel import BookingRow


def identity(booking: BookingRow) -> str:
    """
    A hash that two bookings share if their guest is the same person: same name, and same e-mail address or else phone.

    Without either, each booking has a guest of its own: two people of one name must not see each other's stay.
    """
    name = " ".join(unicodedata.normalize("NFC", booking.guest_name).casefold().split())
    digits = "".join(char for char in booking.phone or "" if char.isdigit())
    contact = (booking.email or "").casefold() or digits or f"booking {booking.booking_id}"
    return hashlib.sha256(f"{name}\n{contact}".encode()).hexdigest()


def guest_rows(bookings: Iterable[BookingRow]) -> Rows:
    """The guests of `bookings` by identity, as their last booking with a phone number has them."""
    guests: Rows = {}
    for booking in bookings:
        key = (identity(booking),)
        phone = booking.phone or guests.get(key, {}).get("phone")
        guests[key] = {"name": booking.guest_name, "email": booking.email, "phone": phone}
    return guests
