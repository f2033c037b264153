"""Guest data does not survive `redact`; what an operator needs does."""

import pytest

from innkeeper.blocks.redaction import redact


@pytest.mark.parametrize(
    "number",
    [
        "0901234567",
        "090 123 4567",
        "0901.234.567",
        "0901-234-567",
        "+84901234567",
        "+84 90 123 45 67",
        "(+84) 901 234 567",
        "+84 (0) 901 234 567",
        "0084 901 234 567",
        "84901234567",
        "028 3822 1234",
        "(028) 3822 1234",
        "02363 822 123",
        "+1 415 555 2671",
        "+82-10-1234-5678",
    ],
)
@pytest.mark.parametrize("frame", ["{}", "gọi tôi số {} nhé", "sđt:{}", "({})", "tel={},"])
def test_a_phone_number_is_masked_however_it_is_typed(number: str, frame: str) -> None:
    assert redact(frame.format(number)) == frame.format("[phone]")


@pytest.mark.parametrize("address", ["lan.nguyen+hotel@example.com", "an@khách-sạn.example.vn"])
def test_an_e_mail_address_is_masked(address: str) -> None:
    assert redact(f"reply to {address}.") == "reply to [e-mail]."


@pytest.mark.parametrize(
    "number", ["4111 1111 1111 1111", "4111-1111-1111-1111", "5555555555554444", "378282246310005"]
)
def test_a_card_number_is_masked(number: str) -> None:
    assert redact(f"card {number} declined") == "card [card] declined"


@pytest.mark.parametrize(
    "text",
    ["passport B1234567", "hộ chiếu số C12345678", "CCCD 079123456789", "cmnd: 123456789", "B1234567", "079123456789"],
)
def test_an_identity_document_is_masked(text: str) -> None:
    assert redact(text).endswith("[document]")
    assert not any(char.isdigit() for char in redact(text))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("room 201 Nguyen Van An", "Nguyen"),
        ("phòng 305, chị Lan", "Lan"),
        ("anh Tuấn ở phòng 512 báo", "Tuấn"),
        ("Trần Thị Bình - phòng 201", "Bình"),
        ("Room 201 (John Doe)", "Doe"),
        ("Mr. John Doe is late", "John"),
        ("guest_name='Trần Thị B'", "Trần"),
        ('{"guest_name": "John Doe"}', "Doe"),
    ],
)
def test_a_name_beside_a_room_a_title_or_a_field_is_masked(text: str, name: str) -> None:
    assert name not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "2025-01-17T14:30:00.123Z",
        "POST /api/v1/llm/routing/classify -> 200 in 12.5 ms by 3",
        "request 3f2a91bc-1234-4abc-9def-001122334455",
        "booking BK-2025-0117-001, workflow WF_HOUSEKEEPING_001",
        "http://127.0.0.1:8003",
        "room 201 is waiting",
        "3000000 VND",
        "Application startup complete.",
    ],
)
def test_what_an_operator_needs_stays(text: str) -> None:
    assert redact(text) == text


def test_redacting_twice_changes_nothing() -> None:
    once = redact("room 201 Lan, lan@example.com, 0901 234 567, 4111 1111 1111 1111, guest_name=Lan")
    assert redact(once) == once
