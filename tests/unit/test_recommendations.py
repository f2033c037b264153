"""Which services a stay is recommended: only the hotel's, and for a reason that the stay gives."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from innkeeper.engine.recommendations import recommend, services_of_passages, themes_of
from innkeeper.schemas.recommendations import HotelService, Stay, Theme
from innkeeper.schemas.tools import KnowledgePassage

SERVICES = [
    HotelService.model_validate(each)
    for each in (
        {"name": {"en": "Herbal spa", "vi": "Spa thảo dược"}, "description": {"en": "A massage with local herbs"},
         "price": 650000, "currency": "VND", "opens": "09:00", "closes": "21:00"},
        {"name": {"en": "Candlelight dinner", "vi": "Bữa tối dưới ánh nến"}},
        {"name": {"en": "Kids club", "vi": "Câu lạc bộ trẻ em"}, "children_only": True},
        {"name": {"en": "Wine bar"}, "adults_only": True},
        {"name": {"en": "Boat tour of the old town", "vi": "Đi thuyền quanh phố cổ"}},
        {"name": {"en": "Laundry", "vi": "Giặt ủi"}},
        {"name": {"en": "Airport transfer", "vi": "Đưa đón sân bay"}},
        {"name": {"en": "Lantern tour", "vi": "Tour đèn lồng"}, "available_from": "2025-09-01"},
    )
]  # fmt: skip


def names(language: Any = "en", count: int = 3, **stay: Any) -> list[str]:
    return [each.name for each in recommend(SERVICES, Stay.model_validate(stay), language, count=count)]


def test_a_honeymoon_is_about_romance_and_rest() -> None:
    assert names(special_requests="It is our honeymoon", adults=2, children=0)[:2] == [
        "Candlelight dinner",
        "Herbal spa",
    ]


def test_a_family_is_shown_what_children_like_and_nothing_for_adults_only() -> None:
    found = names(adults=2, children=2, interests=["wine"], count=8)
    assert found[0] == "Kids club"
    assert "Wine bar" not in found


def test_without_children_there_is_no_kids_club() -> None:
    assert "Kids club" not in names(adults=2, children=0, interests=["kids"], count=8)


def test_interests_count_most_in_either_language() -> None:
    assert names(interests=["thư giãn, mát-xa"])[0] == "Herbal spa"
    assert names("vi", interests=["boat trips"])[0] == "Đi thuyền quanh phố cổ"


def test_what_the_guest_asked_for_already_is_not_offered_again() -> None:
    assert "Airport transfer" not in names(special_requests="Airport pickup at 3 PM", check_in="2025-01-01",
                                           check_out="2025-01-09", count=8)  # fmt: skip


def test_what_is_not_there_during_the_stay_is_not_offered() -> None:
    stay = {"check_in": "2025-03-01", "check_out": "2025-03-05"}
    assert "Lantern tour" not in names(**stay, count=8)
    assert "Lantern tour" in names(check_in="2025-09-03", check_out="2025-09-06", count=8)


def test_a_service_without_a_name_in_the_language_is_left_out() -> None:
    assert "Wine bar" in names(interests=["wine"])
    assert names("vi", interests=["wine"]) == ["Bữa tối dưới ánh nến"]


def test_a_stay_of_which_nothing_is_known_gets_the_hotels_first_services_without_a_reason() -> None:
    found = recommend(SERVICES, Stay(), "en")
    assert [each.name for each in found] == ["Herbal spa", "Candlelight dinner", "Wine bar"]
    assert [each.reason for each in found] == [None, None, None]


def test_reasons_are_said_in_the_language_and_address_of_the_guest() -> None:
    (first, *_) = recommend(SERVICES, Stay(interests=("massage",)), "vi", you="Chị")
    assert first.reason == "Phù hợp với sở thích mà Chị đã chia sẻ"
    assert (first.price, first.currency, first.opens) == (Decimal(650_000), "VND", dt.time(9))


def test_no_service_is_ever_invented() -> None:
    own = {name for each in SERVICES for name in each.name.values()}
    for stay in (
        {},
        {"interests": ["golf", "casino"]},
        {"adults": 2, "children": 0, "special_requests": "anniversary"},
    ):
        assert set(names(count=8, **stay)) <= own
    assert recommend([], Stay(interests=("spa",)), "en") == []


def test_themes_are_read_from_both_languages() -> None:
    assert themes_of("Massage và xông hơi") == {Theme.WELLNESS}
    assert Theme.FAMILY in themes_of("for kids")


def test_a_price_needs_a_currency() -> None:
    with pytest.raises(ValidationError, match="currency"):
        HotelService.model_validate({"name": "Spa", "price": 5})


def passage(heading: str, text: str, language: str = "en") -> KnowledgePassage:
    return KnowledgePassage(
        id="d1",
        document="services.md",
        title="Services",
        heading_path=("Leisure", heading),
        text=text,
        language=language,
        relevance=0.9,
    )


def test_services_of_documents_are_named_by_their_heading_and_described_by_their_first_sentence() -> None:
    found = services_of_passages(
        [
            passage("Herbal bath", "A warm bath with local herbs. It costs 650,000 VND."),
            passage("Herbal bath", "A second passage about the spa."),
            passage("Massage", "Xoa bóp bằng tinh dầu.", "vi"),
            passage("Lost property", "Please ask the front desk."),
        ],
        "en",
    )
    (bath,) = found
    assert (bath.name, bath.price) == ({"en": "Herbal bath"}, None)
    assert bath.description == {"en": "A warm bath with local herbs."}
    assert [each.name for each in recommend(found, Stay(interests=("relaxing",)), "en")] == ["Herbal bath"]
