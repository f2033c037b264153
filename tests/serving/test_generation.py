"""The operations that write messages, as a client sees them: the specification's samples, and what is refused."""

from typing import Any

import httpx
import pytest

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.hotels import import_hotel
from innkeeper.schemas.access import Role
from innkeeper.schemas.hotel import HotelFile

API = "/api/v1/llm/generate"
EMAIL: dict[str, Any] = {
    "template_type": "booking_confirmation",
    "variables": {
        "guest_name": "John Doe",
        "room_type": "Deluxe Ocean View",
        "room_number": "801",
        "check_in": "2025-02-01",
        "check_out": "2025-02-03",
        "total_amount": 7000000,
        "currency": "VND",
        "confirmation_number": "CONF-2025-001",
        "special_requests": "Late check-in at 8 PM",
    },
    "language": "vi",
    "tone": "professional_warm",
}
APOLOGY: dict[str, Any] = {
    "incident": {
        "type": "service_delay",
        "description": "Room service order delayed by 45 minutes",
        "guest_name": "John Doe",
        "room_number": "201",
        "compensation_offered": {"type": "discount", "value": "20% off next booking"},
    },
    "language": "en",
    "tone": "sincere_apologetic",
}
CHECKIN: dict[str, Any] = {
    "booking": {
        "guest_name": "John Doe",
        "room_number": "801",
        "check_in_date": "2025-02-01",
        "check_in_time": "14:00",
        "parking_included": True,
        "breakfast_included": True,
    },
    "language": "en",
}
OFFER: dict[str, Any] = {
    "offer": {"guest_name": "Trần Thu Hà", "guest_title": "chi", "offer_title": "Hè rực rỡ",
              "valid_until": "2025-06-30", "discount_percent": 90},
    "language": "vi",
}  # fmt: skip
HOTEL = {
    "hotel": {
        "name": "Hotel Paradise",
        "floors_from_room_numbers": True,
        "breakfast_from": "06:00",
        "breakfast_until": "10:00",
        "services": [
            {"name": {"en": "Herbal spa", "vi": "Spa thảo dược"}, "price": 650000, "currency": "VND"},
            {"name": "Kids club", "children_only": True},
            {"price": 5},
        ],
    },
    "currency": "VND",
    "rooms": [],
    "bookings": [],
    "rates": [],
}


@pytest.fixture
async def hotel(database: Database) -> None:
    async with database.writing() as session:
        await import_hotel(session, HotelFile.model_validate(HOTEL))


async def posted(client: httpx.AsyncClient, path: str, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
    response = await client.post(f"{API}/{path}", json=body)
    assert response.status_code == status, response.text
    answer: dict[str, Any] = response.json()
    return answer


@pytest.mark.usefixtures("hotel")
async def test_the_email_of_the_specification(client: httpx.AsyncClient) -> None:
    answer = await posted(client, "email", EMAIL)
    assert answer["subject"] == "Xác nhận đặt phòng - Hotel Paradise"
    for fact in ("Kính gửi Quý khách John Doe,", "01/02/2025", "03/02/2025", "7.000.000 VND", "CONF-2025-001", "801",
                 "Nhận phòng muộn lúc 8 giờ tối (Late check-in at 8 PM)"):  # fmt: skip
        assert fact in answer["body"]
        assert fact in answer["html_body"]
    assert answer["metadata"] | {"generation_time_ms": 1, "template_version": ""} == {
        "template_used": "booking_confirmation_vi",
        "template_version": "",
        "model": "template",
        "tone": "professional_warm",
        "tokens_used": 0,
        "cost_usd": 0.0,
        "generation_time_ms": 1,
        "needs_approval": None,
        "warnings": [],
        "attempts": [],
    }


@pytest.mark.usefixtures("hotel")
async def test_the_apology_of_the_specification(client: httpx.AsyncClient) -> None:
    answer = await posted(client, "apology", APOLOGY)
    assert answer["message"].startswith("Dear John Doe,")
    assert "20% off next booking" in answer["message"]
    assert (answer["sentiment"], answer["tone"], answer["tokens_used"]) == ("apologetic", "sincere_apologetic", 0)


@pytest.mark.usefixtures("hotel")
async def test_the_checkin_instructions_of_the_specification(client: httpx.AsyncClient) -> None:
    answer = await posted(client, "checkin-instructions", CHECKIN)
    for line in ("- Date: February 1, 2025", "- Time: 2:00 PM onwards", "- Room: 801 (8th floor)",
                 "- Complimentary parking", "- Daily breakfast (6:00 AM - 10:00 AM)"):  # fmt: skip
        assert line in answer["instructions"].splitlines()
    assert answer["tokens_used"] == 0
    assert "CONF" not in answer["instructions"]


@pytest.mark.usefixtures("hotel")
async def test_an_offer_above_the_limit_of_the_key_says_that_it_needs_approval(client: httpx.AsyncClient) -> None:
    answer = await posted(client, "promotion", OFFER)
    assert "90%" in answer["body"]
    assert "90%" in answer["metadata"]["needs_approval"]


@pytest.mark.usefixtures("hotel")
async def test_a_recommendation_names_services_of_the_hotel(client: httpx.AsyncClient) -> None:
    body = {"guest": {"guest_name": "Emma Larsen"}, "stay": {"interests": ["massage"]}, "language": "vi"}
    answer = await posted(client, "recommendation", body)
    assert [each["name"] for each in answer["recommendations"]] == ["Spa thảo dược"]
    assert "650.000 VND" in answer["body"]


@pytest.mark.usefixtures("hotel")
async def test_without_any_service_there_is_nothing_to_recommend(client: httpx.AsyncClient) -> None:
    body = {"guest": {"guest_name": "Emma Larsen"}, "services": []}
    assert "no service" in (await posted(client, "recommendation", body, 422))["detail"]


@pytest.mark.usefixtures("hotel")
async def test_missing_and_unknown_variables_are_named_with_their_places(client: httpx.AsyncClient) -> None:
    variables = {**EMAIL["variables"], "guest_nam": "secret guest"}
    del variables["check_in"]
    problem = await posted(client, "email", EMAIL | {"variables": variables}, 422)
    assert {each["pointer"]: each["message"] for each in problem["errors"]} == {
        "#/variables/check_in": "check_in is missing",
        "#/variables/guest_nam": "guest_nam is unknown (did you mean guest_name?)",
    }
    assert "secret guest" not in str(problem)


@pytest.mark.usefixtures("hotel")
async def test_an_unknown_template_is_answered_with_the_list(client: httpx.AsyncClient) -> None:
    problem = await posted(client, "email", EMAIL | {"template_type": "love_letter"}, 422)
    (error,) = problem["errors"]
    assert error["pointer"] == "#/template_type"
    assert "booking_confirmation, checkin_instructions, apology" in error["message"]


@pytest.mark.usefixtures("hotel")
@pytest.mark.parametrize(("field", "value"), [("language", "fr"), ("tone", "angry")])
async def test_other_languages_and_tones_are_refused(client: httpx.AsyncClient, field: str, value: str) -> None:
    assert (await posted(client, "email", EMAIL | {field: value}, 422))["errors"][0]["pointer"] == f"#/{field}"


async def test_without_a_hotel_the_operator_is_told_what_to_do(client: httpx.AsyncClient) -> None:
    assert "innkeeper hotel import" in (await posted(client, "email", EMAIL, 503))["detail"]


@pytest.mark.usefixtures("hotel")
async def test_a_guest_has_no_letters_written(run: Any, new_key: Any) -> None:
    async with run() as client:
        client.headers["X-API-Key"] = await new_key(Role.GUEST)
        await posted(client, "email", EMAIL, 403)
