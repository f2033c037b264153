"""The whole policy as a table: role, tool, field; and the second look at an answer."""

import datetime as dt
from decimal import Decimal
from typing import get_args

import pytest

from innkeeper.engine.assistant.disclosure import guard_answer
from innkeeper.engine.assistant.policy import (
    ALIASES,
    Kind,
    LookedUpBy,
    ToolName,
    is_own,
    may_call,
    may_look_up,
    phone_digits,
    sees_only_own,
    shown,
    tool_named,
    visible,
)
from innkeeper.schemas.access import Role
from innkeeper.schemas.hotel import BookingStatus, RoomStatus
from innkeeper.schemas.tools import AvailableRoom, BookingFacts, RoomFacts, RoomPrice

M, R, S, H, G = Role.MANAGER, Role.RECEPTIONIST, Role.SERVICE, Role.HOUSEKEEPING, Role.GUEST
EVERYONE = {M, R, S, H, G}
BUT_HOUSEKEEPING = EVERYONE - {H}
BUT_GUESTS = EVERYONE - {G}
# Who sees which field; a guest, of the own booking and the own room.
TABLE: dict[Kind, dict[str, set[Role]]] = {
    "booking": {
        "booking_id": BUT_HOUSEKEEPING,
        "guest_name": BUT_HOUSEKEEPING,
        "email": BUT_HOUSEKEEPING,
        "phone": BUT_HOUSEKEEPING,
        "room_number": EVERYONE,
        "room_type": EVERYONE,
        "check_in_date": EVERYONE,
        "check_out_date": EVERYONE,
        "check_out_time": EVERYONE,
        "status": EVERYONE,
        "total_amount": BUT_HOUSEKEEPING,
        "currency": BUT_HOUSEKEEPING,
        "special_requests": BUT_HOUSEKEEPING,
    },
    "room": {
        "room_number": EVERYONE,
        "floor": EVERYONE,
        "room_type": EVERYONE,
        "status": EVERYONE,
        "ready_for_guest": EVERYONE,
        "note": BUT_GUESTS,
    },
    "price": {
        "room_type": EVERYONE,
        "date": EVERYONE,
        "nights": EVERYONE,
        "current_price": EVERYONE,
        "base_price": EVERYONE,
        "total_price": EVERYONE,
        "per_night": EVERYONE,
        "currency": EVERYONE,
    },
    "free_room": {
        "room_number": BUT_GUESTS,
        "room_type": EVERYONE,
        "floor": BUT_GUESTS,
        "ready_for_guest": EVERYONE,
    },
}
ROWS = [(kind, field, role) for kind, fields in TABLE.items() for field in fields for role in Role]
BOOKING = BookingFacts(
    booking_id="BK-1",
    guest_name="Mai Quốc Bảo",
    email="mai.bao@example.com",
    phone="0900 000 003",
    room_number="502",
    room_type="deluxe",
    check_in_date=dt.date(2025, 1, 11),
    check_out_date=dt.date(2025, 1, 15),
    check_out_time=dt.time(12),
    status=BookingStatus.CHECKED_IN,
    total_amount=Decimal("11620000.00"),
    currency="VND",
    special_requests=None,
)


@pytest.mark.parametrize(("kind", "field", "role"), ROWS)
def test_a_field_is_seen_by_the_roles_of_the_table_only(kind: Kind, field: str, role: Role) -> None:
    assert (field in visible(role, kind)) is (role in TABLE[kind][field])


def test_the_table_has_every_field_of_every_result() -> None:
    about = {"origin", "stale", "withheld"}
    for kind, result in (
        ("booking", BookingFacts),
        ("room", RoomFacts),
        ("price", RoomPrice),
        ("free_room", AvailableRoom),
    ):
        assert TABLE[kind].keys() == result.model_fields.keys() - about  # type: ignore[index]  # a literal
    assert set(TABLE) == set(get_args(Kind))


@pytest.mark.parametrize("tool", ToolName)
@pytest.mark.parametrize("role", Role)
def test_every_role_may_call_every_tool(role: Role, tool: ToolName) -> None:
    assert may_call(role, tool)


@pytest.mark.parametrize("by", get_args(LookedUpBy))
@pytest.mark.parametrize("role", Role)
def test_housekeeping_alone_cannot_look_up_by_booking_id(role: Role, by: LookedUpBy) -> None:
    assert may_look_up(role, by) is not (role is H and by == "booking_id")


@pytest.mark.parametrize("role", Role)
def test_guests_alone_see_only_their_own(role: Role) -> None:
    assert sees_only_own(role) is (role is G)


@pytest.mark.parametrize("role", [M, R, S, G])
def test_who_sees_everything_gets_the_booking_as_it_is(role: Role) -> None:
    assert shown(BOOKING, role, "booking") == BOOKING


def test_housekeeping_gets_the_stay_and_the_names_of_what_is_withheld() -> None:
    seen = shown(BOOKING, H, "booking")
    assert seen.model_dump(exclude_none=True) == {
        "room_number": "502",
        "room_type": "deluxe",
        "check_in_date": dt.date(2025, 1, 11),
        "check_out_date": dt.date(2025, 1, 15),
        "check_out_time": dt.time(12),
        "status": BookingStatus.CHECKED_IN,
        "withheld": ("booking_id", "guest_name", "email", "phone", "total_amount", "currency"),
    }


def test_a_field_without_a_value_is_not_said_to_be_withheld() -> None:
    bare = BOOKING.model_copy(update={"email": None, "total_amount": None, "currency": None})
    assert shown(bare, H, "booking").withheld == ("booking_id", "guest_name", "phone")


def test_a_guest_does_not_see_the_note_of_the_room() -> None:
    known = {"origin": "database:rooms", "room_number": "407", "status": RoomStatus.DIRTY, "ready_for_guest": False}
    room = RoomFacts.model_validate(known | {"note": "x"})
    assert shown(room, G, "room").note is None
    assert shown(room, G, "room").withheld == ("note",)
    assert shown(room, H, "room") == room


@pytest.mark.parametrize(
    ("guest", "own"),
    [
        ("bk-1", True),
        (" BK-1 ", True),
        ("BK-10", False),
        ("BK", False),
        ("Mai.Bao@Example.com", True),
        ("bao@example.com", False),
        ("+84 900 000 003", True),
        ("0084900000003", True),
        ("0900000003", True),
        ("+44 900 000 003", False),  # the same digits in another country
        ("000 003", False),
        ("Mai Quốc Bảo", False),  # a name proves nothing
        ("", False),
        ("  ", False),
        (None, False),
    ],
)
def test_a_booking_is_known_by_its_id_address_or_phone(guest: str | None, own: bool) -> None:
    assert is_own(guest, booking_id="BK-1", email="mai.bao@example.com", phone="0900 000 003") is own


def test_nobody_owns_a_booking_by_what_it_lacks() -> None:
    assert not is_own("", booking_id="", email="", phone="")
    assert not is_own("None", booking_id="BK-1", email=None, phone=None)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("0900 000 003", "84900000003"),
        ("+84 (0) 900", None),
        ("+1 (202) 555-0143", "12025550143"),
        ("mai@example.com", None),
        ("BK-2025-0001", None),
        ("", None),
    ],
)
def test_a_phone_number_is_compared_with_its_country_code(text: str, digits: str | None) -> None:
    assert phone_digits(text) == digits


@pytest.mark.parametrize(
    ("name", "tool"),
    [
        ("get_room_status", ToolName.GET_ROOM_STATUS),
        ("db_lookup_booking", ToolName.LOOKUP_BOOKING),
        ("DB-Lookup-Booking", ToolName.LOOKUP_BOOKING),
        ("cv.get_room_status", ToolName.GET_ROOM_STATUS),
        ("search_documents", ToolName.SEARCH_KNOWLEDGE_BASE),
        ("drop_table", None),
        ("", None),
    ],
)
def test_a_tool_is_known_by_its_aliases(name: str, tool: ToolName | None) -> None:
    assert tool_named(name) is tool


def test_no_alias_is_the_name_of_a_tool() -> None:
    assert not set(ALIASES) & {tool.value for tool in ToolName}


HIDDEN = {
    "name": "Mai Quốc Bảo",
    "western": "Thomas Müller",
    "email": "mai.bao@example.com",
    "phone": "0900 000 003",
    "amount": "11620000.00",
    "id": "BK-2025-0111-001",
    "korean": "Kim Soo-yeon",
    "dutch": "Jan van der Berg",
    "wish": "Late check-out please",
    "remark": "Gửi hành lý đến 18 giờ, phòng xa thang máy",
}


@pytest.mark.parametrize(
    ("text", "given_away"),
    [
        ("Phòng 502 trả ngày 15/01/2025.", set()),
        ("Khách là Mai Quốc Bảo.", {"name"}),
        ("The guest is MAI QUOC BAO.", {"name"}),
        ("Khách Quốc Bảo ở phòng 502.", {"name"}),
        ("anh Bảo trả phòng lúc 12:00", {"name"}),
        ("Guest Bao leaves at noon", {"name"}),
        ("Giá đã bao gồm bữa sáng, ngày mai có bao nhiêu khách?", set()),  # the same syllables, other words
        ("Mr Muller is in 501", {"western"}),
        ("Müller, Thomas", {"western"}),
        ("Write to MAI.BAO@example.com", {"email"}),
        ("Gọi +84 900 000 003", {"phone"}),
        ("Gọi 0900.000.003 nhé", {"phone"}),
        ("Gọi 0900 000 004", set()),
        ("Phòng 502, 11.620.000 VND", {"amount"}),
        ("The total of room 502 is 11,620,000 VND", {"amount"}),
        ("11620000", {"amount"}),
        ("Giá phòng 1.620.000 VND", set()),
        ("booking bk-2025-0111-001", {"id"}),
        ("booking BK-2025-0111-0012", set()),
        ("Khách nhờ gui hanh ly den 18 gio", {"remark"}),
        ("Hành lý gửi ở lễ tân.", set()),
        ("Late check-out costs 500,000 VND.", set()),  # three of its four words
        ("He wrote: late check-out, please", {"wish"}),
        ("Ms Kim leaves on Friday", {"korean"}),
        ("soo-yeon kim", {"korean"}),
        ("for van der Berg", {"dutch"}),
        ("", set()),
    ],
)
def test_what_an_answer_gives_away_is_found_however_it_is_spelt(text: str, given_away: set[str]) -> None:
    assert set(guard_answer(text, HIDDEN.values())) == {HIDDEN[each] for each in given_away}
