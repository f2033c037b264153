"""Offers in English and Vietnamese against the limits of a role; what is unclear always waits."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from innkeeper.engine.compensation import check_compensation, check_discount, load_rules
from innkeeper.engine.text import fold
from innkeeper.schemas.access import Role
from innkeeper.schemas.errors import NotConfigured

WITHIN = [
    "20% off next booking",
    "15 percent off your stay",
    "twenty percent off",
    "Giảm 20% cho lần đặt phòng tới",
    "giảm hai mươi phần trăm",
    "500,000 VND",
    "500.000đ",
    "500k",
    "1 triệu đồng",
    "a refund of 300,000 VND",
    "hoàn tiền 300.000 VND",
    "$30 credit",
    "Free breakfast for two",
    "Miễn phí ăn sáng ngày 20/01/2025",
    "Kính mời Quý khách dùng bữa sáng miễn phí",
    "late check-out until 14:00",
    "Trả phòng muộn đến 14 giờ",
    "a fruit basket in room 801",
    "10% off your next booking and 500,000 VND",
]
ABOVE = [
    ("21% off next booking", "up to 20%, not 21%"),
    ("giảm hai mươi lăm phần trăm", "not 25%"),
    ("thirty-five percent off", "not 35%"),
    ("half price", "not 50%"),
    ("giảm một nửa", "not 50%"),
    ("full refund", "not 100%"),
    ("hoàn tiền toàn bộ", "not 100%"),
    ("1,000,001 VND", "up to 1,000,000 VND"),
    ("1,5 triệu đồng", "not 1,500,000"),
    ("600.000 VND và thêm 600.000 VND", "not 1,200,000"),
    ("$50 credit", "up to 40 USD"),
    ("50 EUR", "no EUR"),
    ("a free night", "no free nights"),
    ("một đêm miễn phí", "no free nights"),
    ("2 đêm nghỉ miễn phí", "no free nights, not 2"),
    ("two complimentary nights", "no free nights, not 2"),
    ("10% off and a room upgrade", "upgrade"),
    ("nâng hạng phòng", "upgrade"),
    ("Một bữa tối cho hai người", "meal"),
    ("60-minute massage", "spa"),
]
UNSURE = [
    "a surprise",
    "refund",
    "",
    "10% off every stay",
    "giảm 10% mỗi lần ở",
    "10% off for life",
    "unlimited drinks",
    "free breakfast and 500",
    "one hundred percent off",
    "hai trăm nghìn đồng",
    "một triệu rưỡi",
    "một triệu hai",
    "10-15% off",
]


@pytest.mark.parametrize("offered", WITHIN)
def test_what_a_receptionist_may_offer_needs_nobody(offered: str) -> None:
    assert check_compensation(Role.RECEPTIONIST, offered) is None


@pytest.mark.parametrize("offered", [each for each in WITHIN if not each.isascii()])
def test_it_is_the_same_without_accents(offered: str) -> None:
    assert check_compensation(Role.RECEPTIONIST, fold(offered)) is None


@pytest.mark.parametrize(("offered", "reason"), ABOVE)
def test_what_is_above_the_limit_waits_and_says_why(offered: str, reason: str) -> None:
    assert reason in (check_compensation(Role.RECEPTIONIST, offered) or "")


@pytest.mark.parametrize("offered", UNSURE)
@pytest.mark.parametrize("role", list(Role))
def test_what_cannot_be_read_for_certain_waits_whoever_offers_it(offered: str, role: Role) -> None:
    assert "cannot be read for certain" in (check_compensation(role, offered) or "")


@pytest.mark.parametrize("role", [Role.GUEST, Role.HOUSEKEEPING])
@pytest.mark.parametrize("offered", WITHIN)
def test_a_role_without_limits_may_offer_nothing(role: Role, offered: str) -> None:
    assert check_compensation(role, offered) is not None


@given(
    percent=st.integers(1, 100), form=st.sampled_from(["{}% off", "giảm {}%", "{} per cent", "{} phần trăm", "{}.5%"])
)
def test_the_limit_of_a_percentage_is_exact(percent: int, form: str) -> None:
    value = Decimal(f"{percent}.5") if ".5" in form else Decimal(percent)
    assert (check_compensation(Role.RECEPTIONIST, form.format(percent)) is None) == (value <= 20)


@given(amount=st.integers(1_000, 10**9), form=st.sampled_from(["{:,} VND", "{:_} đ", "VND {:,}", "{:_} đồng"]))
def test_the_limit_of_an_amount_is_exact(amount: int, form: str) -> None:
    offered = form.format(amount).replace("_", ".")
    assert (check_compensation(Role.RECEPTIONIST, offered) is None) == (amount <= 1_000_000)


def test_a_discount_that_is_a_number_has_the_same_limit() -> None:
    assert check_discount(Role.RECEPTIONIST, Decimal("20.0")) is None
    assert "20.5%" in (check_discount(Role.RECEPTIONIST, Decimal("20.5")) or "")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("roles: [", "cannot be read"),
        ("roles: {king: {}}\nservices: {}", "roles"),
        ("roles: {manager: {percent: 101}}\nservices: {}", "percent"),
        ("roles: {manager: {services: [helicopter]}}\nservices: {}", "helicopter"),
    ],
)
def test_a_rules_file_that_cannot_be_used_is_named_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "own.yaml").write_text(text)
    with pytest.raises(NotConfigured, match=problem):
        load_rules(tmp_path / "own.yaml")
