"""Names, counts, floors and times as both languages write them."""

import datetime as dt
from typing import Literal

import pytest

from innkeeper.engine.locale import FILTERS
from innkeeper.engine.locale.floor import floor_of
from innkeeper.engine.locale.salutation import family_name
from innkeeper.schemas.message_values import visible


@pytest.mark.parametrize(
    ("name", "behind_mr"),
    [
        ("John Doe", "Doe"),
        ("Mr. John Q. Doe Jr.", "Doe"),
        ("Anna van der Berg", "van der Berg"),
        ("Jean-Pierre Dubois", "Dubois"),
        ("Nguyễn Văn Tuấn", "Tuấn"),
        ("Madonna", "Madonna"),
        ("Doe, John", "Doe, John"),
        ("山田 太郎", "山田 太郎"),
        ("John Doe (VIP)", "John Doe (VIP)"),
    ],
)
def test_a_family_name_is_taken_only_where_it_is_clear(name: str, behind_mr: str) -> None:
    assert family_name(name) == behind_mr


@pytest.mark.parametrize(
    ("number", "floor"),
    [("801", 8), ("1205", 12), ("B-305A", 3), ("0801", 8), ("012", None), ("12", None), ("Lotus", None)],
)
def test_a_floor_is_read_from_numbers_that_name_one(number: str, floor: int | None) -> None:
    assert floor_of(number) == floor


@pytest.mark.parametrize(
    ("number", "english"), [("101", "1st"), ("201", "2nd"), ("301", "3rd"), ("1101", "11th"), ("2201", "22nd")]
)
def test_floors_have_english_ordinals(number: str, english: str) -> None:
    assert FILTERS["en"]["floor"](number) == f"{english} floor"


@pytest.mark.parametrize(
    ("minutes", "english", "vietnamese"),
    [
        (1, "1 minute", "1 phút"),
        (45, "45 minutes", "45 phút"),
        (60, "1 hour", "1 tiếng"),
        (90, "90 minutes", "90 phút"),
        (135, "2 hours 15 minutes", "2 tiếng 15 phút"),
        (180, "3 hours", "3 tiếng"),
    ],
)
def test_a_span_of_time_is_no_time_of_day(minutes: int, english: str, vietnamese: str) -> None:
    assert FILTERS["en"]["minutes"](minutes) == english
    assert FILTERS["vi"]["minutes"](minutes) == vietnamese


@pytest.mark.parametrize(
    ("time", "english", "vietnamese"),
    [((14, 0), "2:00 PM", "14:00"), ((0, 5), "12:05 AM", "00:05"), ((12, 30), "12:30 PM", "12:30")],
)
def test_times_have_12_hours_in_english_only(time: tuple[int, int], english: str, vietnamese: str) -> None:
    assert FILTERS["en"]["time"](dt.time(*time)) == english
    assert FILTERS["vi"]["time"](dt.time(*time)) == vietnamese


@pytest.mark.parametrize(
    ("language", "text"), [("en", "1 night, 2 nights, 1,200 beds"), ("vi", "1 đêm, 2 đêm, 1.200 giường")]
)
def test_vietnamese_has_no_plural(language: Literal["en", "vi"], text: str) -> None:
    counted = FILTERS[language]["counted"]
    night, bed = ("night", "bed") if language == "en" else ("đêm", "giường")
    assert f"{counted(1, night)}, {counted(2, night)}, {counted(1200, bed)}" == text


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("a\r\nb\tc", "a b c"),
        ("e\u0302\u0301", "ế"),
        ("a\u202eb\u200b", "ab"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("\ue0000\ue001", "0"),
        ("x\ud800y", "xy"),
        ("\u200d\u200c", ""),
        ("a\u2028\u00a0b\x85", "a b"),
    ],
)
def test_only_what_a_reader_sees_is_kept(written: str, seen: str) -> None:
    assert visible(written) == seen
