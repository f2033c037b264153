"""Guests' wishes in the other language, by the lexicon."""

from typing import Any

import pytest

from innkeeper.engine.request_translation import translate_compensation, translate_wishes
from innkeeper.engine.translation_check import may_be_foreign, translation_problems


@pytest.mark.parametrize(
    ("english", "vietnamese"),
    [
        ("Late check-in at 8 PM", "Nhận phòng muộn lúc 8 giờ tối"),
        ("late arrival around 10:30pm; extra bed", "Nhận phòng muộn khoảng 10 giờ 30 tối, giường phụ"),
        ("2 extra beds and a baby cot please", "2 giường phụ, nôi em bé"),
        ("High floor, quiet room if possible", "Tầng cao, phòng yên tĩnh nếu có thể"),
        ("Airport pickup at 3 PM", "Đón tại sân bay lúc 3 giờ chiều"),
        ("airport pick-up, flight VN 123 at 15:30", "Đón tại sân bay (chuyến bay VN123) lúc 15:30"),
        ("Allergic to peanuts and shellfish", "Dị ứng đậu phộng và động vật có vỏ"),
        ("It's our honeymoon, non-smoking room", "Kỳ nghỉ trăng mật, phòng không hút thuốc"),
        ("Early check-in at noon", "Nhận phòng sớm lúc 12 giờ trưa"),
        ("Late check-in at 12:30 AM", "Nhận phòng muộn lúc 0 giờ 30"),
        ("Twin beds, vegetarian meals", "Hai giường đơn, ăn chay"),
    ],
)
def test_english_wishes_in_vietnamese(english: str, vietnamese: str) -> None:
    assert translate_wishes(english, "vi") == vietnamese


@pytest.mark.parametrize(
    ("vietnamese", "english"),
    [
        ("Nhận phòng muộn lúc 8 giờ tối", "Late check-in at 8 PM"),
        ("nhan phong muon luc 20h30", "Late check-in at 8:30 PM"),
        ("Tầng cao, phòng yên tĩnh nếu có thể", "High floor, quiet room if possible"),
        ("Thêm 2 gối và 1 giường phụ", "2 extra pillows, extra bed"),
        ("Cho em xin phòng tầng cao ạ", "High floor"),
        ("dị ứng hải sản, đậu phộng", "Allergic to seafood and peanuts"),
        ("nhận phòng sớm lúc 9 rưỡi sáng", "Early check-in at 9:30 AM"),
        ("Nhận phòng lúc 12 giờ đêm", "Check-in at midnight"),
    ],
)
def test_vietnamese_wishes_in_english(vietnamese: str, english: str) -> None:
    assert translate_wishes(vietnamese, "en") == english


@pytest.mark.parametrize(
    "text",
    ["no extra bed", "High floor but not near the stairs", "không cần giường phụ", "late check-in with my dog Rex",
     "Late check-in between 8 and 9 PM", "", "!!!", "extra bed " * 60],
)  # fmt: skip
def test_a_wish_with_a_word_that_is_not_understood_is_left(text: str) -> None:
    assert translate_wishes(text, "vi") is None


@pytest.mark.parametrize("hour", range(24))
def test_a_time_says_the_same_on_the_way_there_and_back(hour: int) -> None:
    half = "AM" if hour < 12 else "PM"
    english = f"Late check-in at {hour % 12 or 12} {half}" if hour else "Late check-in at midnight"
    vietnamese = translate_wishes(english, "vi")
    assert vietnamese
    assert translate_wishes(vietnamese, "en") == english
    assert translation_problems([english], [vietnamese], "vi") == [] or hour == 0  # the guard knows no "midnight"


def test_compensation_is_translated_with_its_percentage() -> None:
    assert translate_compensation("20% off next booking", "vi") == "Giảm 20% cho lần đặt phòng tiếp theo"
    assert translate_compensation("Giảm 20% cho lần đặt phòng tiếp theo", "en") == "20% off your next booking"
    assert translate_compensation("20% off everything", "vi") is None


@pytest.mark.parametrize(
    ("text", "language", "foreign"),
    [("King bed", "vi", True), ("Phòng yên tĩnh", "vi", False), ("Quiet room please", "en", False),
     ("Phòng yên tĩnh", "en", True), ("801", "en", False)],
)  # fmt: skip
def test_only_the_other_language_is_foreign(text: str, language: Any, foreign: bool) -> None:
    assert may_be_foreign(text, language) is foreign


@pytest.mark.parametrize(
    "translation",
    ["Nhận phòng muộn lúc 9 giờ tối", "Nhận phòng muộn", "Late check-in at 8 PM",
     "Nhận phòng muộn lúc 8 giờ tối miễn phí", "Nhận phòng muộn lúc 8 giờ tối <b>", ""],
)  # fmt: skip
def test_a_translation_that_says_something_else_is_found(translation: str) -> None:
    assert translation_problems(["Late check-in at 8 PM"], [translation], "vi")
