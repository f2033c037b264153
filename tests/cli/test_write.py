"""`innkeeper write` with the sample hotel."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.cli.conftest import Call

HOTEL = Path(__file__).parents[2] / "knowledge_base" / "hotel_paradise.json"
BOOKING: dict[str, Any] = {
    "guest_name": "John Doe",
    "room_type": "Deluxe Ocean View",
    "check_in": "2025-02-01",
    "check_out": "2025-02-03",
    "total_amount": 7000000,
    "currency": "VND",
    "confirmation_number": "CONF-2025-001",
}


@pytest.fixture
def hotel(call: Call) -> None:
    assert call("hotel", "import", str(HOTEL)).exit_code == 0


@pytest.fixture
def variables(tmp_path: Path) -> str:
    file = tmp_path / "vars.json"
    file.write_text(json.dumps(BOOKING), encoding="utf-8")
    return str(file)


@pytest.mark.usefixtures("hotel")
def test_a_message_is_printed_and_its_html_written(call: Call, variables: str, tmp_path: Path) -> None:
    page = tmp_path / "letter.html"
    done = call("write", "booking_confirmation", "--vars", variables, "--language", "vi", "--html", str(page))
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("Subject: Xác nhận đặt phòng - Hotel Paradise\n\nKính gửi Quý khách John Doe,\n")
    assert "7.000.000 VND" in done.stdout
    root = ElementTree.fromstring(page.read_text(encoding="utf-8").removeprefix("<!DOCTYPE html>\n"))
    assert root.findtext("head/title") == "Xác nhận đặt phòng - Hotel Paradise"


@pytest.mark.usefixtures("hotel")
def test_variables_come_from_standard_input_and_json_goes_out(call: Call) -> None:
    done = call("write", "booking_confirmation", "--vars", "-", "--tone", "formal", "--json", stdin=json.dumps(BOOKING))
    told = json.loads(done.stdout)
    assert (told["template"], told["tone"], told["model"]) == ("booking_confirmation_en", "formal", "template")


@pytest.mark.usefixtures("hotel")
def test_the_chat_form_is_short(call: Call, variables: str) -> None:
    told = call("write", "booking_confirmation", "--vars", variables, "--channel", "chat").stdout
    assert "Subject" not in told
    assert "February 1, 2025 to February 3, 2025" in told


@pytest.mark.usefixtures("hotel")
def test_what_a_role_may_not_offer_needs_approval(call: Call) -> None:
    incident = {"guest_name": "John Doe", "description": "Noise", "compensation_offered": {"value": "90% off"}}
    told = call("write", "apology", "--vars", "-", "--role", "receptionist", stdin=json.dumps(incident)).stdout
    assert "needs approval: a receptionist may offer" in told


@pytest.mark.usefixtures("hotel")
@pytest.mark.parametrize(
    ("given", "problem"),
    [("{", "standard input is not JSON"), ("[]", "must hold a JSON object"), ("{}", "guest_name is missing")],
)
def test_variables_that_cannot_be_used_are_an_error(call: Call, given: str, problem: str) -> None:
    done = call("write", "apology", "--vars", "-", stdin=given)
    assert done.exit_code == 1
    assert problem in done.stderr


def test_an_unknown_kind_is_bad_usage(call: Call, variables: str) -> None:
    assert call("write", "love_letter", "--vars", variables).exit_code == 2


def test_without_a_hotel_the_command_says_what_to_do(call: Call, variables: str) -> None:
    done = call("write", "booking_confirmation", "--vars", variables)
    assert done.exit_code == 1
    assert "innkeeper hotel import" in done.stderr
