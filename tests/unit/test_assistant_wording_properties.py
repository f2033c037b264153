"""Whatever the tools give: no number of our own, at most 80 words, NFC, no exception."""

import datetime as dt
import re
import time
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from innkeeper.engine.assistant.plan import Fact, Plan, PlannedCall
from innkeeper.engine.assistant.wording import CalledTool, joined, word_answer
from innkeeper.schemas.hotel import BookingStatus, RoomStatus
from innkeeper.schemas.tools import (
    Availability,
    AvailableRoom,
    BookingFacts,
    Bookings,
    NightPrice,
    RoomFacts,
    RoomPrice,
)

TODAY = dt.date(2025, 1, 17)
# No quotation marks: they are taken out of notes, and would let digits meet.
LETTERS = "abcXYZ 0123456789 ăếỗụđ e\u0301 .,-+/(){}%\n"
words = st.text(LETTERS, min_size=1, max_size=200).filter(lambda text: bool(text.strip()))
maybe = st.none() | words
days = st.dates(dt.date(2024, 12, 1), dt.date(2025, 3, 1))
amounts = st.decimals(0, 10**9, places=2) | st.integers(0, 10**9).map(Decimal)
numbers = st.from_regex(r"[A-Z]?[0-9]{1,4}", fullmatch=True)
rooms = st.builds(
    RoomFacts,
    origin=st.just("database:rooms"),
    room_number=numbers,
    floor=st.none() | st.integers(-2, 90),
    room_type=maybe,
    status=st.sampled_from(RoomStatus),
    ready_for_guest=st.booleans(),
    note=maybe | st.just("word " * 500),
    withheld=st.sampled_from([(), ("note",)]),
)


@st.composite
def bookings(draw: st.DrawFn) -> BookingFacts:
    arrival = draw(days)
    hidden = draw(st.sets(st.sampled_from(["guest_name", "email", "phone", "booking_id", "special_requests"])))
    texts = {name: draw(maybe) for name in ("booking_id", "guest_name", "email", "phone", "special_requests")}
    return BookingFacts(
        **{name: None if name in hidden else text for name, text in texts.items()},
        room_number=draw(st.none() | numbers),
        room_type=draw(maybe),
        check_in_date=arrival,
        check_out_date=arrival + dt.timedelta(days=draw(st.integers(1, 40))),
        check_out_time=draw(st.none() | st.times()),
        status=draw(st.sampled_from(BookingStatus)),
        total_amount=draw(st.none() | amounts),
        currency=draw(st.sampled_from(["VND", "USD", "KWD", None])),
        withheld=tuple(hidden),
    )


@st.composite
def found(draw: st.DrawFn) -> Bookings:
    rows = draw(st.lists(bookings(), max_size=5))
    more = draw(st.integers(0, 9)) if len(rows) == 5 else 0
    return Bookings(origin="database:bookings", bookings=tuple(rows), total=len(rows) + more)


@st.composite
def prices(draw: st.DrawFn) -> RoomPrice:
    start, each = draw(days), draw(st.lists(amounts, min_size=1, max_size=30))
    return RoomPrice(
        origin="service:pricing",
        room_type=draw(words),
        date=start,
        nights=len(each),
        current_price=each[0],
        base_price=draw(amounts | st.just(each[0])),
        total_price=sum(each, Decimal(0)),
        per_night=tuple(NightPrice(date=start + dt.timedelta(days=i), price=price) for i, price in enumerate(each)),
        currency=draw(st.sampled_from(["VND", "USD", "JPY", "KWD"])),
    )


@st.composite
def availabilities(draw: st.DrawFn) -> Availability:
    start = draw(days | st.just(TODAY))
    by_type = draw(st.dictionaries(words, st.integers(0, 40), max_size=9))
    kinds = [kind for kind, count in by_type.items() for _ in range(min(count, 3))]
    return Availability(
        origin="database:rooms",
        check_in_date=start,
        check_out_date=start + dt.timedelta(days=draw(st.integers(1, 30))),
        room_type=draw(st.none() | (st.sampled_from(sorted(by_type)) if by_type else words)),
        by_type=by_type,
        rooms=tuple(
            AvailableRoom(room_number=draw(st.none() | numbers), room_type=kind, ready_for_guest=draw(st.booleans()))
            for kind in kinds
        ),
    )


outputs: st.SearchStrategy[Any] = st.one_of(rooms, found(), prices(), availabilities())
asked = st.lists(st.sampled_from(Fact), max_size=5).map(tuple)
languages = st.sampled_from(["en", "vi"])


def said(text: str) -> set[str]:
    return set(re.findall(r"\d+", text))


def allowed(value: Any) -> Iterator[str]:
    """Groups of digits that a value may be shown with."""
    if isinstance(value, BaseModel):
        yield from derived(value)
        value = tuple(getattr(value, name) for name in type(value).model_fields)
    if isinstance(value, dict):
        value = (*value.keys(), *value.values())
    if isinstance(value, tuple):
        for entry in value:
            yield from allowed(entry)
    elif isinstance(value, dt.date):
        yield from (f"{value.day}", f"{value.day:02}", f"{value.month:02}", f"{value.year}")
    elif isinstance(value, dt.time):
        yield from (f"{value.hour:02}", f"{value.minute:02}")
    elif isinstance(value, Decimal):
        for decimals in (0, 1, 2, 3):
            yield from said(f"{value:,.{decimals}f}")
    else:
        yield from said(str(value))


def derived(value: BaseModel) -> Iterator[str]:
    """Numbers that are counted out of a result."""
    if isinstance(value, BookingFacts):
        yield str((value.check_out_date - value.check_in_date).days)
    if isinstance(value, Availability):
        counts = [count for count in value.by_type.values() if count]
        numbered = [room for room in value.rooms if room.room_number]
        yield from (f"{sum(counts)}", f"{sum(counts[6:])}", *map(str, range(sum(counts) - len(numbered[:12]) + 1)))


@settings(max_examples=400, deadline=None)
@given(output=outputs, facts=asked, language=languages)
def test_every_number_comes_from_the_result(output: BaseModel, facts: Any, language: Literal["en", "vi"]) -> None:
    call = PlannedCall("tool", {"room_number": "407"}, facts)
    (text,) = word_answer(Plan(language, (call,)), [CalledTool(call, output)], today=TODAY)
    assert text.text
    assert said(text.text) <= {*allowed(output), *allowed(TODAY), "407"}
    assert len(text.text.split()) <= 80
    assert unicodedata.is_normalized("NFC", text.text)
    assert 0 <= text.confidence <= 1
    assert (text.handoff is None) <= (text.confidence >= 0.5)


@settings(max_examples=150, deadline=None)
@given(results=st.lists(st.tuples(outputs, asked), min_size=1, max_size=5), language=languages)
def test_joined_answers_are_short_and_tell_what_is_missing(results: Any, language: Literal["en", "vi"]) -> None:
    calls = tuple(PlannedCall("tool", {}, facts) for _, facts in results)
    called = [CalledTool(call, output) for call, (output, _) in zip(calls, results, strict=True)]
    parts = word_answer(Plan(language, calls), called, today=TODAY)
    text = joined(parts, language)
    assert len(text.text.split()) <= 80
    assert unicodedata.is_normalized("NFC", text.text)
    assert (text.handoff is not None) == any(part.handoff for part in parts)
    assert set(text.origins) <= {origin for part in parts for origin in part.origins}


@settings(max_examples=200, deadline=None)
@given(booking=bookings(), facts=asked, language=languages)
def test_no_text_is_shown_of_a_field_that_was_not_asked(
    booking: BookingFacts, facts: Any, language: Literal["en", "vi"]
) -> None:
    secret = booking.model_copy(update={"email": "zz@zz.example", "phone": "0987654321", "withheld": ()})
    call = PlannedCall("lookup_booking", {}, facts)
    result = CalledTool(call, Bookings(origin="database:bookings", bookings=(secret,), total=1))
    text = word_answer(Plan(language, (call,)), [result], today=TODAY)[0].text
    if not {Fact.EMAIL, Fact.BOOKING} & set(facts):
        assert "zz@zz.example" not in text
    if not {Fact.PHONE, Fact.BOOKING} & set(facts):
        assert "0987654321" not in text


def test_wording_takes_well_under_a_millisecond() -> None:
    booking = BookingFacts(
        guest_name="Trần Thị Lan", room_number="301", check_in_date=TODAY, check_out_date=TODAY + dt.timedelta(days=2),
        status=BookingStatus.CHECKED_IN,
    )  # fmt: skip
    call = PlannedCall("lookup_booking", {}, (Fact.BOOKING,))
    result = CalledTool(call, Bookings(origin="database:bookings", bookings=(booking,), total=1))
    plan = Plan("vi", (call,))
    joined(word_answer(plan, [result], today=TODAY), "vi")  # reads the phrases
    best = min(_seconds(plan, result) for _ in range(200))
    assert best < 0.0005


def _seconds(plan: Plan, result: CalledTool) -> float:
    began = time.perf_counter()
    joined(word_answer(plan, [result], today=TODAY), "vi")
    return time.perf_counter() - began
