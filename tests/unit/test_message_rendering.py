"""Messages from templates: the specification's samples, wrong variables, values like mark-up, placeholders."""

import datetime as dt
from typing import Any

import pytest

from innkeeper.engine.locale import FILTERS
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.hotel_profile import HotelProfile
from innkeeper.schemas.message_samples import SAMPLE_PROFILE, SAMPLES
from innkeeper.schemas.messages import DraftRequest, MessageKind, Tone
from innkeeper.templates.rendering import Rendered, load_templates

NOW = dt.datetime(2025, 1, 20, 9, tzinfo=dt.UTC)
PARADISE = HotelProfile.of("Hotel Paradise", {"timezone": "Asia/Ho_Chi_Minh", "star_rating": 4, "languages": ["vi"]})
TEMPLATES = load_templates(filters=FILTERS)
BOOKING = {
    "guest_name": "John Doe",
    "room_type": "Deluxe Ocean View",
    "room_number": "801",
    "check_in": "2025-02-01",
    "check_out": "2025-02-03",
    "total_amount": 7000000,
    "currency": "VND",
    "confirmation_number": "CONF-2025-001",
    "special_requests": "Late check-in at 8 PM",
}
INCIDENT = {
    "type": "service_delay",
    "description": "Room service order delayed by 45 minutes",
    "guest_name": "John Doe",
    "room_number": "201",
    "compensation_offered": {"type": "discount", "value": "20% off next booking"},
}
ARRIVAL = {
    "guest_name": "John Doe",
    "room_number": "801",
    "check_in_date": "2025-02-01",
    "check_in_time": "14:00",
    "parking_included": True,
    "breakfast_included": True,
}


def written(
    kind: str, variables: dict[str, Any], language: str, profile: HotelProfile = PARADISE, **more: Any
) -> Rendered:
    request = DraftRequest.model_validate({"kind": kind, "variables": variables, "language": language, **more})
    return TEMPLATES.render(request, profile, now=NOW)


def test_a_confirmation_in_vietnamese_has_the_facts_of_the_specification() -> None:
    message = written("booking_confirmation", BOOKING, "vi", tone="professional_warm")
    assert message.subject == "Xác nhận đặt phòng - Hotel Paradise"
    assert message.body.splitlines()[0] == "Kính gửi Quý khách John Doe,"
    for line in (
        "- Mã xác nhận: CONF-2025-001",
        "- Loại phòng: Deluxe Ocean View",
        "- Số phòng: 801",
        "- Ngày nhận phòng: 01/02/2025",
        "- Ngày trả phòng: 03/02/2025",
        "- Tổng chi phí: 7.000.000 VND",
        "Late check-in at 8 PM",
    ):
        assert line in message.body.splitlines()
    assert message.template == "booking_confirmation_vi"
    assert "**" not in message.body


def test_an_apology_in_english_offers_what_was_given_and_nothing_else() -> None:
    message = written("apology", {"incident": INCIDENT}, "en")
    assert message.tone is Tone.SINCERE_APOLOGETIC
    assert "Room service order delayed by 45 minutes." in message.body
    assert "- 20% off next booking" in message.body.splitlines()
    without = written("apology", {key: value for key, value in INCIDENT.items() if key != "compensation_offered"}, "en")
    assert "offer" not in without.body
    assert written("apology", INCIDENT, "en").body == message.body


def test_check_in_instructions_state_no_fact_that_nobody_gave() -> None:
    message = written("checkin_instructions", {"booking": ARRIVAL}, "en")
    assert "- Date: February 1, 2025" in message.body
    assert "- Time: 2:00 PM onwards" in message.body
    assert "- Room: 801" in message.body.splitlines()
    for invented in ("8th", "CONF", "6:00", "ground floor"):
        assert invented not in message.body
    full = written("checkin_instructions", {"booking": ARRIVAL}, "en", SAMPLE_PROFILE)
    assert "- Room: 801 (8th floor)" in full.body
    assert "(6:30 AM - 10:00 AM)" in full.body
    assert "front desk on the ground floor." in full.body


@pytest.mark.parametrize(
    ("title", "english", "vietnamese", "friendly"),
    [
        (None, "Dear Trần Văn Minh,", "Kính gửi Quý khách Trần Văn Minh,", "Xin chào Quý khách Trần Văn Minh,"),
        ("anh", "Dear Mr. Minh,", "Kính gửi Anh Trần Văn Minh,", "Xin chào Anh Minh,"),
        ("Ông", "Dear Mr. Minh,", "Kính gửi Ông Trần Văn Minh,", "Xin chào Ông Minh,"),
        ("Mr.", "Dear Mr. Minh,", "Kính gửi Quý khách Trần Văn Minh,", "Xin chào Quý khách Trần Văn Minh,"),
        ("bác", "Dear Trần Văn Minh,", "Kính gửi Bác Trần Văn Minh,", "Xin chào Bác Minh,"),
    ],
)
def test_a_guest_is_addressed_by_a_known_title_only(
    title: str | None, english: str, vietnamese: str, friendly: str
) -> None:
    variables = {**BOOKING, "guest_name": "Trần Văn Minh", "guest_title": title}
    assert written("booking_confirmation", variables, "en").body.splitlines()[0] == english
    assert written("booking_confirmation", variables, "vi").body.splitlines()[0] == vietnamese
    assert written("booking_confirmation", variables, "vi", tone="friendly").body.splitlines()[0] == friendly


def test_formal_vietnamese_says_quy_khach_throughout() -> None:
    message = written("booking_confirmation", {**BOOKING, "guest_title": "chị"}, "vi", tone="formal")
    assert "của Quý khách" in message.body
    assert "của Chị" not in message.body


def test_missing_and_unknown_variables_are_named_with_what_was_meant() -> None:
    variables = {**BOOKING, "chek_in": "2025-02-01", "guest_title": "Lord"}
    del variables["check_in"]
    with pytest.raises(InputInvalid) as caught:
        written("booking_confirmation", variables, "en")
    problems = caught.value.problems
    assert "check_in is missing" in problems
    assert "chek_in is unknown (did you mean check_in?)" in problems
    assert any(problem.startswith("guest_title: should be 'mr'") for problem in problems)
    assert "John" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"check_out": "2025-02-01"}, "check_out is not after check_in"),
        ({"check_in": "01/02/2025"}, "check_in: must be a date such as 2025-01-31"),
        ({"currency": "dong"}, "currency: must be an ISO 4217 code such as VND, USD or EUR"),
        ({"guest_name": "\u200b\r\n"}, "guest_name: String should have at least 1 character"),
    ],
)
def test_wrong_variables_say_what_is_wrong(changes: dict[str, str], problem: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        written("booking_confirmation", {**BOOKING, **changes}, "en")
    assert caught.value.problems == [problem]


def test_an_amount_without_currency_is_refused() -> None:
    variables = {"guest_name": "A", "check_out_date": "2025-02-01", "new_check_out_time": "15:00", "fee": 100}
    with pytest.raises(InputInvalid, match="fee needs one"):
        written("late_checkout_granted", variables, "en")


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "**Bold**", "{{ 7 * 7 }}", "[x](http://y)", "# A", "&lt;"]
)
def test_a_value_is_text_everywhere(name: str) -> None:
    message = written("booking_confirmation", {**BOOKING, "room_type": name}, "en")
    assert f"- Room type: {name}" in message.body.splitlines()
    assert "<script>" not in message.html_body
    assert "<strong>Bold" not in message.html_body
    assert "49" not in message.body


def test_a_value_cannot_begin_a_header_or_a_line() -> None:
    variables = {
        **BOOKING,
        "guest_name": "Eve\r\nBcc: all@example.com",
        "special_requests": "one\n\nHotel Paradise\nrefund",
    }
    message = written("booking_confirmation", variables, "en")
    assert message.body.splitlines()[0] == "Dear Eve Bcc: all@example.com,"
    assert "one; Hotel Paradise; refund" in message.body.splitlines()
    profile = HotelProfile(name="Paradise\nX-Spam: no")
    assert (
        written("booking_confirmation", BOOKING, "en", profile).subject == "Booking confirmation - Paradise X-Spam: no"
    )


def test_right_to_left_names_are_kept_apart_in_html() -> None:
    assert "<bdi>محمد</bdi>," in written("booking_confirmation", {**BOOKING, "guest_name": "محمد"}, "en").html_body


def test_a_model_sees_names_and_its_words_get_the_values_back() -> None:
    message = written("booking_confirmation", {**BOOKING, "room_type": "<b>"}, "vi")
    assert "7.000.000" not in message.markdown
    assert "John" not in message.markdown
    assert "Tổng chi phí: [[total_amount]]" in message.markdown
    again = message.with_markdown("Chào [[guest_name]],\n\n- **[[room_type]]**: [[total_amount]] <i>")
    assert again.body == "Chào John Doe,\n\n- <b>: 7.000.000 VND <i>"
    assert "<strong>&lt;b&gt;</strong>: 7.000.000 VND &lt;i&gt;" in again.html_body
    assert message.with_markdown(message.markdown).body == message.body
    with pytest.raises(InputInvalid, match="room_view"):
        message.with_markdown("[[room_view]]")


def test_whose_day_it_is_decides_what_is_past() -> None:
    variables = {"guest_name": "A", "amount_due": 1, "currency": "USD", "due_date": "2025-01-20"}
    request = DraftRequest(kind=MessageKind.PAYMENT_REMINDER, variables=variables, language="en", tone=Tone.FORMAL)
    late = dt.datetime(2025, 1, 20, 18, tzinfo=dt.UTC)  # the 21st in Vietnam
    assert "was due" in TEMPLATES.render(request, PARADISE, now=late).body
    assert "is due" in TEMPLATES.render(request, HotelProfile(name="H", timezone="UTC"), now=late).body


def test_a_profile_that_cannot_be_read_is_named() -> None:
    with pytest.raises(InputInvalid, match=r"hotel\.check_in_time: .*must be a time"):
        HotelProfile.of("Hotel Paradise", {"check_in_time": "noon"})


def test_every_kind_has_samples_in_both_languages() -> None:
    assert set(SAMPLES["en"]) == set(SAMPLES["vi"]) == set(MessageKind)
