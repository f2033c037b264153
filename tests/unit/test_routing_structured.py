"""What a team is told: things, the fault, the booking, and what the guest calls off."""

from collections.abc import Callable
from typing import Any

import pytest

from innkeeper.engine.routing.issues import describe_issue
from innkeeper.engine.routing.taxonomy import load_taxonomy
from innkeeper.engine.text import fold
from innkeeper.schemas.routing import RoutingResult

Route = Callable[..., RoutingResult]

ISSUES = [
    ("hvac_issue", "The AC blows warm air", "air_conditioning_not_cooling"),
    ("hvac_issue", "the heater makes a loud noise", "heating_noisy"),
    ("plumbing_issue", "The shower is leaking", "shower_leaking"),
    ("plumbing_issue", "our toilet is blocked", "toilet_blocked"),
    ("plumbing_issue", "the toilet is overflowing", "toilet_overflowing"),
    ("plumbing_issue", "there is no hot water", "hot_water_no_supply"),
    ("electrical_issue", "the bedside lamp keeps flickering", "lamp_flickering"),
    ("appliance_issue", "The TV in my room is not working", "television_not_working"),
    ("internet_issue", "the wifi is very slow", "internet_slow_or_unstable"),
    ("door_lock_issue", "the door lock is stuck", "lock_stuck"),
    ("furniture_damage", "one leg of the chair snapped", "chair_loose_or_broken"),
    ("pest_issue", "there are ants on the desk", "ants_in_room"),
    ("safety_hazard", "smoke from the socket", "smoke_hazard"),
    ("elevator_issue", "we are trapped in the lift", "elevator_people_trapped"),
    ("hvac_issue", "it is unbearable in here", "air_conditioning_not_working"),  # the taxonomy's
    ("amenity_request", "the towels are not working", None),
]
VIETNAMESE_ISSUES = [  # each is tried without accents as well
    ("hvac_issue", "Máy lạnh không mát", "air_conditioning_not_cooling"),
    ("plumbing_issue", "Vòi sen phòng 508 bị rò nước", "shower_leaking"),
    ("plumbing_issue", "Bồn cầu bị nghẹt", "toilet_blocked"),
    ("plumbing_issue", "Không có nước nóng", "hot_water_no_supply"),
    ("electrical_issue", "Đèn cứ nhấp nháy", "lamp_flickering"),
    ("appliance_issue", "Máy sấy tóc bị hư", "hair_dryer_not_working"),
    ("door_lock_issue", "Khóa cửa bị kẹt", "lock_stuck"),
    ("pest_issue", "Có kiến trên bàn", "ants_in_room"),
]


def told(result: RoutingResult) -> dict[str, dict[str, Any]]:
    """What each team is told, by subcategory."""
    return {
        each.subcategory: each.structured_request.model_dump(mode="json", exclude_none=True)
        for each in result.classifications
    }


@pytest.mark.parametrize(
    ("subcategory", "text", "issue"),
    [*ISSUES, *VIETNAMESE_ISSUES, *((a, fold(text), b) for a, text, b in VIETNAMESE_ISSUES)],
)
def test_the_issue_says_what_is_broken_and_how(subcategory: str, text: str, issue: str | None) -> None:
    assert describe_issue(subcategory, text, load_taxonomy().subcategory(subcategory).issue) == issue


def test_a_fault_is_a_maintenance_request_with_its_room_and_issue(route: Route) -> None:
    assert told(route("The shower is leaking in room 508")) == {
        "plumbing_issue": {
            "type": "maintenance_request",
            "room_number": "508",
            "issue": "shower_leaking",
            "urgency": "normal",
        }
    }


@pytest.mark.parametrize(
    ("message", "items"),
    [
        ("Could you bring three pillows and two blankets to room 412?", {"pillow": 3, "blanket": 2}),
        ("Cho phòng 412 xin ba cái gối và hai cái chăn", {"pillow": 3, "blanket": 2}),
        ("cho phong 412 xin 3 cai goi va 2 cai chan", {"pillow": 3, "blanket": 2}),
    ],
)
def test_things_are_counted(route: Route, message: str, items: dict[str, int]) -> None:
    request = told(route(message))["amenity_request"]
    assert {item["item"]: item["quantity"] for item in request["items"]} == items
    assert request["room_number"] == "412"
    assert request["type"] == "amenity_request"


def test_food_goes_to_the_kitchen_and_drinks_to_the_bar(route: Route) -> None:
    found = told(route("One cheeseburger and two cokes to room 305 please"))
    assert [(item["item"], item["quantity"]) for item in found["food_order"]["items"]] == [("cheeseburger", 1)]
    assert [(item["item"], item["quantity"]) for item in found["beverage_order"]["items"]] == [("coke", 2)]


def test_things_of_one_request_are_not_told_to_another(route: Route) -> None:
    found = told(route("Please send two more towels to 412, and the air conditioner is not cooling"))
    assert [item["item"] for item in found["amenity_request"]["items"]] == ["towel"]
    assert "items" not in found["hvac_issue"]
    assert found["hvac_issue"]["issue"] == "air_conditioning_not_cooling"
    assert "issue" not in found["amenity_request"]
    assert {each["room_number"] for each in found.values()} == {"412"}


@pytest.mark.parametrize("message", ["Two cokes to 305 please", "Cho em 2 lon coca nhé", "Two towels to 412 please"])
def test_a_size_nobody_stated_is_absent(route: Route, message: str) -> None:
    assert [item.size for item in route(message).entities.items or ()] == [None]


def test_a_number_nobody_stated_is_absent_and_reported(route: Route) -> None:
    result = route("Could we have towels please?")
    (item,) = told(result)["amenity_request"]["items"]
    assert item == {"item": "towel"}
    assert result.assumed_fields == ("items[0].quantity",)


@pytest.mark.parametrize(
    "message", ["Table for 4 tomorrow at 7:30pm, name Wilson", "Đặt bàn 4 người tối mai 7 giờ 30, tên Wilson"]
)
def test_a_booking_tells_when_and_for_how_many(route: Route, message: str) -> None:
    booking = told(route(message))["restaurant_reservation"]
    assert (booking["date"], booking["time"], booking["party_size"]) == ("2025-06-05", "19:30", 4)
    assert booking["service"] == "restaurant"
    assert booking["guest_name"] == "Wilson"


def test_the_known_room_counts_when_the_message_names_none(route: Route) -> None:
    assert told(route("Please bring two towels", room_number="909"))["amenity_request"]["room_number"] == "909"
    assert (
        told(route("Please bring two towels to room 412", room_number="909"))["amenity_request"]["room_number"] == "412"
    )


@pytest.mark.parametrize(
    ("subcategory", "message"),
    [
        ("room_cleaning", "No need to clean our room today"),
        ("turndown", "Please skip the turndown tonight"),
        ("wake_up_call", "Please cancel my wake-up call tomorrow"),
        ("room_cleaning", "Hôm nay không cần dọn phòng đâu em"),
        ("room_cleaning", "hom nay k can don phong nha e"),
        ("wake_up_call", "Hủy giúp mình cuộc gọi báo thức sáng mai"),
    ],
)
def test_a_service_that_is_called_off_is_marked_as_declined(route: Route, subcategory: str, message: str) -> None:
    result = route(message)
    assert told(result)[subcategory]["declined"] is True
    assert result.classifications[0].priority == "low"


@pytest.mark.parametrize("message", ["Please clean our room", "What time does the pool close?", "Dọn phòng giúp chị"])
def test_a_wanted_service_is_not_marked_as_declined(route: Route, message: str) -> None:
    assert not any("declined" in each for each in told(route(message)).values())


@pytest.mark.parametrize(
    "message",
    ["We don't need cleaning, only two bottles of water please", "Khỏi dọn phòng, chỉ cần hai chai nước thôi"],
)
def test_only_what_is_called_off_is_marked_as_declined(route: Route, message: str) -> None:
    found = told(route(message))
    assert found["room_cleaning"].get("declined")
    assert "declined" not in found["amenity_request"]
