"""Promotions: consent, the hotel's quiet hours, how many."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from innkeeper.engine.consent import PromotionRules, PromotionVerdict, check_promotion, end_of_quiet

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NIGHT = PromotionRules()
NOON = dt.datetime(2026, 1, 17, 12, tzinfo=HANOI)


def at(clock: str, day: int = 17) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2026-01-{day}T{clock}:00").replace(tzinfo=HANOI)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (at("20:59"), None),
        (at("21:00"), at("08:00", 18)),
        (at("23:59"), at("08:00", 18)),
        (at("00:00"), at("08:00")),
        (at("07:59"), at("08:00")),
        (at("08:00"), None),
    ],
)
def test_quiet_hours_go_past_midnight(now: dt.datetime, until: dt.datetime | None) -> None:
    assert end_of_quiet(now.astimezone(dt.UTC), HANOI, NIGHT) == until


def test_quiet_hours_within_a_day_and_none_at_all() -> None:
    noon = PromotionRules(quiet_from=dt.time(12), quiet_until=dt.time(14))
    assert end_of_quiet(NOON, HANOI, noon) == at("14:00")
    assert end_of_quiet(at("14:00"), HANOI, noon) is None
    assert end_of_quiet(NOON, HANOI, PromotionRules(dt.time(0), dt.time(0))) is None


def test_they_follow_the_zone_of_the_hotel_and_its_summer_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night_before_summer = dt.datetime(2026, 3, 28, 22, tzinfo=berlin)
    until = end_of_quiet(night_before_summer, berlin, NIGHT)
    assert until == dt.datetime(2026, 3, 29, 6, tzinfo=dt.UTC)  # 8 o'clock is an hour earlier in UTC by then


@given(st.integers(0, 20 * 366 * 86_400))
def test_the_end_lies_ahead_and_is_not_quiet_itself(seconds: int) -> None:
    now = NOON + dt.timedelta(seconds=seconds)
    until = end_of_quiet(now, HANOI, NIGHT)
    assert until is None or (now < until <= now + dt.timedelta(hours=11) and end_of_quiet(until, HANOI, NIGHT) is None)


def test_without_consent_nothing_goes_out() -> None:
    verdict = check_promotion(has_consent=False, sent_at=[], now=NOON, zone=HANOI)
    assert "did not agree" in (verdict.refused or "")


@pytest.mark.parametrize(("days_ago", "is_refused"), [([1, 29], True), ([1, 30], False), ([31, 40, 50], False)])
def test_promotions_of_the_last_thirty_days_count(days_ago: list[int], is_refused: bool) -> None:
    sent_at = [NOON - dt.timedelta(days=days) for days in days_ago]
    verdict = check_promotion(has_consent=True, sent_at=sent_at, now=NOON, zone=HANOI)
    assert (verdict.refused is not None) == is_refused


def test_at_noon_a_first_promotion_goes_at_once() -> None:
    assert check_promotion(has_consent=True, sent_at=[], now=NOON, zone=HANOI) == PromotionVerdict()
