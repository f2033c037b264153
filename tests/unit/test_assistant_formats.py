"""Days, times, money and lists, in both languages."""

import datetime as dt
from decimal import Decimal
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from innkeeper.engine.assistant.formats import (
    clipped,
    date_text,
    list_text,
    money_text,
    night_text,
    quoted,
    range_text,
    sentence,
    time_text,
)

Language = Literal["en", "vi"]
TODAY = dt.date(2025, 1, 17)


@pytest.mark.parametrize(
    ("days", "english", "vietnamese"),
    [
        (-1, "yesterday (Thursday, January 16, 2025)", "hôm qua (thứ Năm 16/01/2025)"),
        (0, "today (Friday, January 17, 2025)", "hôm nay (thứ Sáu 17/01/2025)"),
        (1, "tomorrow (Saturday, January 18, 2025)", "ngày mai (thứ Bảy 18/01/2025)"),
        (2, "on Sunday, January 19, 2025", "vào Chủ nhật 19/01/2025"),
        (15, "on Saturday, February 1, 2025", "vào thứ Bảy 01/02/2025"),
    ],
)
def test_a_day_has_its_weekday_and_says_when_it_is_near(days: int, english: str, vietnamese: str) -> None:
    day = TODAY + dt.timedelta(days=days)
    assert date_text(day, "en", TODAY, on=True) == english
    assert date_text(day, "vi", TODAY, on=True) == vietnamese


def test_a_night_is_tonight_when_it_is() -> None:
    assert night_text(TODAY, "en", TODAY) == "tonight (January 17, 2025)"
    assert night_text(TODAY, "vi", TODAY) == "đêm nay (17/01/2025)"
    assert night_text(TODAY + dt.timedelta(days=3), "en", TODAY) == "the night of Monday, January 20, 2025"
    assert night_text(TODAY + dt.timedelta(days=3), "vi", TODAY) == "đêm 20/01/2025"


@pytest.mark.parametrize(
    ("last", "english", "vietnamese"),
    [
        (dt.date(2024, 12, 30), "December 30, 2024", "30/12/2024"),
        (dt.date(2024, 12, 31), "December 30 to December 31, 2024", "30/12/2024 – 31/12/2024"),
        (dt.date(2025, 1, 2), "December 30, 2024 to January 2, 2025", "30/12/2024 – 02/01/2025"),
    ],
)
def test_two_days_are_a_range(last: dt.date, english: str, vietnamese: str) -> None:
    assert range_text(dt.date(2024, 12, 30), last, "en") == english
    assert range_text(dt.date(2024, 12, 30), last, "vi") == vietnamese


@pytest.mark.parametrize(
    ("amount", "currency", "english", "vietnamese"),
    [
        ("1600000", "VND", "1,600,000 VND", "1.600.000 VND"),
        ("1600000.00", "VND", "1,600,000 VND", "1.600.000 VND"),
        ("1600000.5", "VND", "1,600,000.5 VND", "1.600.000,5 VND"),
        ("120.5", "USD", "120.50 USD", "120,50 USD"),
        ("1234", "EUR", "1,234.00 EUR", "1.234,00 EUR"),
        ("12000", "JPY", "12,000 JPY", "12.000 JPY"),
        ("1.5", "KWD", "1.500 KWD", "1,500 KWD"),
        ("0", "VND", "0 VND", "0 VND"),
        ("1E+6", "VND", "1,000,000 VND", "1.000.000 VND"),
    ],
)
def test_money_has_separators_and_its_currency(amount: str, currency: str, english: str, vietnamese: str) -> None:
    assert money_text(Decimal(amount), currency, "en") == english
    assert money_text(Decimal(amount), currency, "vi") == vietnamese


@given(amount=st.decimals(0, 10**12, places=2), currency=st.sampled_from(["VND", "USD", "KWD"]))
def test_no_money_is_rounded_away(amount: Decimal, currency: str) -> None:
    shown = money_text(amount, currency, "en").removesuffix(f" {currency}").replace(",", "")
    assert Decimal(shown) == amount


def test_a_time_has_24_hours() -> None:
    assert [time_text(dt.time(9, 5)), time_text(dt.time(23, 30, 59))] == ["09:05", "23:30"]


@pytest.mark.parametrize(
    ("items", "english", "vietnamese"),
    [([], "", ""), (["A"], "A", "A"), (["A", "B"], "A and B", "A và B"), (["A", "B", "C"], "A, B and C", "A, B và C")],
)
def test_a_list_ends_with_and(items: list[str], english: str, vietnamese: str) -> None:
    assert list_text(items, "en") == english
    assert list_text(items, "vi") == vietnamese


def test_a_quotation_cannot_end_itself_and_stays_short() -> None:
    assert quoted("He said “go” to\n\nroom 5.", 10) == "“He said go to room 5”"
    assert quoted("one two three four", 2) == "“one two…”"
    assert clipped("a, b, c", 2) == "a, b…"


@pytest.mark.parametrize(
    ("text", "whole"), [("ok", "Ok."), ("ổn  chứ?", "Ổn chứ?"), ("đúng.", "Đúng."), ("so…", "So…"), ("“a”", "“a”.")]
)
def test_a_sentence_begins_and_ends_as_one(text: str, whole: str) -> None:
    assert sentence(text) == whole
