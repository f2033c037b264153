"""A hotel file is right as a whole, or every wrong row is named by its position."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from innkeeper.blocks.hotel_file import read_hotel_file
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.hotel import HotelFile
from innkeeper.schemas.hotel_file import MAX_BYTES, MAX_PROBLEMS, parse_hotel_file

SAMPLE = Path(__file__).parents[2] / "knowledge_base" / "hotel_paradise.json"
SMALL: dict[str, Any] = {
    "hotel": {"name": "Riverside"},
    "rooms": [
        {"number": "101", "floor": 1, "type": "standard", "status": "clean", "ready_for_guest": False, "note": None},
        {"number": 102, "type": "deluxe", "status": "inspected"},
    ],
    "bookings": [
        {
            "booking_id": "B1",
            "guest_name": "Lê Thị Hoa",
            "email": "hoa@example.com",
            "phone": "0900 000 001",
            "room_number": "101",
            "room_type": "standard",
            "check_in_date": "2025-01-30",
            "check_out_date": "2025-02-02",
            "check_out_time": "9:30",
            "status": "confirmed",
            "total_amount": 1_250_000.5,
            "currency": "usd",
            "special_requests": "không hành",
        }
    ],
    "rates": [{"room_type": "standard", "date": "2025-01-30", "price_vnd": 1_200_000}],
}


def _parse(file: Any) -> tuple[HotelFile, list[str]]:
    return parse_hotel_file(json.dumps(file).encode(), "file.json")


def _problems(file: Any) -> list[str]:
    with pytest.raises(InputInvalid) as caught:
        _parse(file)
    return caught.value.problems


def _with(table: str, position: int, **changes: Any) -> dict[str, Any]:
    file = copy.deepcopy(SMALL)
    file[table][position] |= changes
    return file


def test_a_right_file_is_read_with_its_defaults() -> None:
    file, unknown = _parse(SMALL)
    assert unknown == []
    assert (file.currency, file.snapshot_date, file.hotel.timezone) == ("VND", None, None)
    assert [room.number for room in file.rooms] == ["101", "102"]
    assert [room.ready for room in file.rooms] == [False, True]
    assert str(file.bookings[0].total_amount) == "1250000.5"
    assert (str(file.bookings[0].check_out_time), file.bookings[0].currency) == ("09:30:00", "USD")


def test_the_sample_hotel_is_right_and_agrees_with_itself() -> None:
    file, unknown = parse_hotel_file(SAMPLE.read_bytes(), "sample")
    assert unknown == []
    active = [row for row in file.bookings if row.status not in ("cancelled", "no_show")]
    occupied = {room.number for room in file.rooms if room.status == "occupied"}
    assert occupied == {row.room_number for row in active if row.status == "checked_in"}
    for row in active:
        for other in active:
            apart = row.check_out_date <= other.check_in_date or other.check_out_date <= row.check_in_date
            assert row is other or row.room_number != other.room_number or apart
    types = {room.number: room.type for room in file.rooms}
    assert all(row.room_type == types[row.room_number or ""] for row in file.bookings)


@pytest.mark.parametrize(
    ("table", "position", "changes", "problem"),
    [
        (
            "rooms",
            1,
            {"status": "drity"},
            "rooms[1].status: 'drity' is not one of clean, dirty, occupied, inspected, out_of_order",
        ),
        ("rooms", 1, {"number": 101}, "rooms[1].number: 101 is already rooms[0]"),
        ("rooms", 0, {"number": "10 1"}, "rooms[0].number: '10 1' should have letters, digits and hyphens only"),
        ("rooms", 0, {"ready_for_guest": "yes"}, "rooms[0].ready_for_guest: 'yes' should be a valid boolean"),
        (
            "bookings",
            0,
            {"check_in_date": "2025-02-03"},
            "bookings[0]: check_out_date 2025-02-02 is not after check_in_date 2025-02-03",
        ),
        ("bookings", 0, {"room_number": 999}, "bookings[0].room_number: 999 is not in rooms"),
        ("bookings", 0, {"check_in_date": "30/01/2025"}, "bookings[0].check_in_date: '30/01/2025' must be a date"),
        ("bookings", 0, {"check_in_date": 1738195200}, "bookings[0].check_in_date: 1738195200 must be a date"),
        ("bookings", 0, {"check_out_date": "2025-02-30"}, "bookings[0].check_out_date: '2025-02-30' day value"),
        ("bookings", 0, {"check_out_time": "noon"}, "bookings[0].check_out_time: 'noon' must be a time such as 12:00"),
        ("bookings", 0, {"total_amount": -5}, "bookings[0].total_amount: -5 should be greater than or equal to 0"),
        ("bookings", 0, {"total_amount": True}, "bookings[0].total_amount: True should be"),
        ("bookings", 0, {"currency": "VNĐ"}, "bookings[0].currency: 'VNĐ' must be an ISO 4217 code"),
        ("bookings", 0, {"guest_name": " "}, "bookings[0].guest_name: "),
        ("bookings", 0, {"special_requests": "a\x00b"}, "bookings[0].special_requests: contains a NUL character"),
        ("rates", 0, {"price_vnd": -1}, "rates[0].price_vnd: -1 should be greater than or equal to 0"),
        ("rates", 0, {"price_vnd": 1e300}, "rates[0].price_vnd: 1E+300 should have no more than 14 digits"),
    ],
)
def test_a_wrong_row_is_named_by_its_position(table: str, position: int, changes: dict[str, Any], problem: str) -> None:
    problems = _problems(_with(table, position, **changes))
    assert [found for found in problems if found.startswith(problem)]
    assert all(found.startswith((problem, f"{table}[{position}]", "bookings[0].room_number")) for found in problems)


def test_all_wrong_rows_are_named_in_one_run() -> None:
    file = _with("rooms", 0, status="drity")
    file["bookings"].append(file["bookings"][0] | {"room_number": "999"})
    file["rates"] *= 2
    assert {problem.partition(":")[0] for problem in _problems(file)} == {
        "rooms[0].status",
        "bookings[1].booking_id",
        "bookings[1].room_number",
        "rates[1].room_type",
    }


@pytest.mark.parametrize("key", ["guest_name", "status", "check_in_date", "booking_id"])
def test_a_missing_key_is_named(key: str) -> None:
    file = copy.deepcopy(SMALL)
    del file["bookings"][0][key]
    assert _problems(file) == [f"bookings[0].{key}: is missing"]


def test_no_problem_shows_what_a_guest_is_called_or_wrote() -> None:
    file = _with(
        "bookings", 0, guest_name=["Lê Thị Hoa"], email="hoa-at-example", phone={"home": "0900"}, special_requests=7
    )
    problems = _problems(file)
    assert len(problems) == 4
    assert not any(secret in " ".join(problems) for secret in ("Hoa", "hoa", "0900", "7"))


def test_unknown_keys_are_reported_once_and_are_no_problem() -> None:
    file = copy.deepcopy(SMALL) | {"colour": "red"}
    for room in file["rooms"]:
        room["flor"] = 1
    file["hotel"]["stars"] = 5  # the hotel's own keys are kept
    parsed, unknown = _parse(file)
    assert unknown == ["colour", "rooms[].flor (did you mean floor?)"]
    assert parsed.hotel.model_extra == {"stars": 5}


def test_very_many_problems_are_cut_short_and_counted() -> None:
    problems = _problems({"hotel": {"name": "X"}, "rooms": [{}] * 500})
    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[-1] == "… and 1300 more"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "file.json is not JSON: Expecting value at line 1, column 1"),
        (b'{"hotel":\n {"name": }}', "file.json is not JSON: Expecting value at line 2, column 11"),
        (b'{"hotel": NaN}', "file.json is not JSON: NaN"),
        (b"[]", "file.json must hold one JSON object with hotel, rooms, bookings and rates, not a list"),
        (b'{\n"hotel": "\xe9"}', "file.json is not UTF-8 text (line 2)"),
        (json.dumps(SMALL).encode("utf-16"), "file.json is not UTF-8 text (line 1); it looks like UTF-16"),
        (b"[" * 100_000, "file.json is nested too deeply"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "file.json is not JSON"),
        (b" " * (MAX_BYTES + 1), "file.json is larger than 50 MB"),
    ],
    ids=["empty", "syntax", "nan", "list", "latin-1", "utf-16", "deep", "huge number", "too large"],
)
def test_what_is_no_hotel_file_is_told_plainly(data: bytes, message: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        parse_hotel_file(data, "file.json")
    assert str(caught.value).startswith(message)


def test_a_byte_order_mark_is_no_problem() -> None:
    assert parse_hotel_file(b"\xef\xbb\xbf" + json.dumps(SMALL).encode(), "x")[0].hotel.name == "Riverside"


def test_a_missing_file_and_a_directory_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputInvalid, match="there is no file"):
        read_hotel_file(str(tmp_path / "nowhere.json"))
    with pytest.raises(InputInvalid, match="is a directory"):
        read_hotel_file(str(tmp_path))
    with pytest.raises(InputInvalid, match="cannot be read"):
        read_hotel_file("nul\x00.json")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def _read_or_told(file: Any) -> None:
    """Either the file is read, or `InputInvalid` names a problem; any other error fails the test."""
    problems = None
    try:
        _parse(file)
    except InputInvalid as error:
        problems = error.problems
    assert problems != []


@given(
    table=st.sampled_from(["rooms", "bookings", "rates"]),
    key=st.sampled_from(
        ["number", "status", "booking_id", "room_number", "check_in_date", "total_amount", "date", "floor"]
    ),
    value=_JSON,
)
def test_any_value_anywhere_is_read_or_told(table: str, key: str, value: Any) -> None:
    _read_or_told(_with(table, 0, **{key: value}))


@given(st.dictionaries(st.sampled_from(["hotel", "currency", "snapshot_date", "rooms", "bookings", "rates"]), _JSON))
def test_any_json_object_is_read_or_told(file: dict[str, Any]) -> None:
    _read_or_told(file)
