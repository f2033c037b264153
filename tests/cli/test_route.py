"""`innkeeper route` and `innkeeper extract`, as a person or a program calls them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

Call = Callable[..., Result]
EXAMPLE = "I need extra towels and the air conditioning in my room is not working"
RESPONSE = {  # the fields that the HTTP API promises
    "classifications": list,
    "sentiment": str,
    "language_detected": str,
    "requires_immediate_attention": bool,
    "suggested_response": str,
    "processing_time_ms": (int, float),
    "out_of_scope": bool,
    "assumed_fields": list,
}
CLASSIFICATION = {
    "category": str,
    "subcategory": str,
    "confidence": float,
    "priority": str,
    "structured_request": dict,
    "assigned_to": str,
    "workflow_id": str,
    "estimated_resolution_time_minutes": int,
}


def has_fields(found: dict[str, Any], fields: dict[str, Any]) -> bool:
    return all(isinstance(found.get(name), kind) for name, kind in fields.items())


def test_a_message_is_routed_for_a_person_to_read(call: Call) -> None:
    result = call("route", EXAMPLE, "--room", "201")
    assert result.exit_code == 0, result.output
    assert "housekeeping.amenity_request" in result.stdout
    assert "maintenance.hvac_issue" in result.stdout
    assert "WF_MAINTENANCE_002 room 201: air_conditioning_not_working" in result.stdout
    assert "reply: " in result.stdout


def test_json_has_every_field_of_the_http_api(call: Call) -> None:
    result = call("route", EXAMPLE, "--json", "--room", "201", "--timestamp", "2025-01-17T14:30:00Z")
    answer = json.loads(result.stdout)
    assert has_fields(answer, RESPONSE)
    assert [each["category"] for each in answer["classifications"]] == ["housekeeping", "maintenance"]
    assert all(has_fields(each, CLASSIFICATION) for each in answer["classifications"])
    requests = [each["structured_request"] for each in answer["classifications"]]
    assert [(each["room_number"], each["urgency"]) for each in requests] == [("201", "normal"), ("201", "high")]
    assert requests[0]["items"][0]["item"] == "towel"


def test_extract_reads_a_booking_against_its_timestamp(call: Call) -> None:
    words = ("extract", "I'd like to book the spa for 3 people tomorrow at 2pm", "--room", "201")
    sent = ("--timestamp", "2025-01-17T09:00:00+07:00")
    answer = json.loads(call(*words, *sent, "--json").stdout)
    expected = {"service": "spa", "party_size": 3, "date": "2025-01-18", "time": "14:00", "room_number": "201"}
    assert answer["entities"] == expected
    assert answer["intent"] == "booking_request"
    assert 0 <= answer["confidence"] <= 1
    assert "date: 2025-01-18" in call(*words, *sent).stdout


@pytest.mark.parametrize("command", ["route", "extract"])
def test_a_dash_reads_the_message_from_standard_input(call: Call, command: str) -> None:
    result = call(command, "-", "--json", stdin="Cho phòng 305 thêm hai khăn tắm\r\n".encode())
    assert result.exit_code == 0
    assert json.loads(result.stdout)["language_detected"] == "vi"


def test_a_message_that_asks_for_nothing_is_no_failure(call: Call) -> None:
    result = call("route", "Thank you so much, everything was perfect!")
    assert result.exit_code == 0
    assert "nobody has to act" in result.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["route"],
        ["extract"],
        ["route", "towels", "--input", "messages.jsonl"],
        ["route", "--input", "messages.jsonl", "--room", "201"],
        ["route", "towels", "--room", "not a room!"],
        ["route", "towels", "--timestamp", "soon"],
        ["route", "towels", "--colour", "red"],
        ["rout", "towels"],
    ],
    ids=" ".join,
)
def test_bad_usage_ends_with_2_and_a_hint(call: Call, words: list[str]) -> None:
    result = call(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage:" in result.stderr


@pytest.mark.parametrize(
    ("words", "stdin", "problem"),
    [
        (["route", "--input", "nowhere.jsonl"], None, "'nowhere.jsonl' cannot be read: No such file or directory"),
        (["extract", "--input", "."], None, "'.' cannot be read: Is a directory"),
        (["route", ""], None, "message: String should have at least 1 character"),
        (["route", "\u200b"], None, "The message has no visible text"),
        (["route", "-"], b"caf\xe9", "standard input is not UTF-8 (byte 4)"),
        (["route", "x" * 10_001], None, "message: String should have at most 10000 characters"),
    ],
    ids=["no-file", "a-folder", "empty", "invisible", "latin-1", "too-long"],
)
def test_what_cannot_be_answered_ends_with_1_and_says_why(
    call: Call, words: list[str], stdin: bytes | None, problem: str
) -> None:
    result = call(*words, stdin=stdin)
    assert (result.exit_code, result.stdout) == (1, "")
    assert problem in result.stderr
    as_json = call(*words, "--json", stdin=stdin)
    assert as_json.exit_code == 1
    assert problem in json.loads(as_json.stdout)["error"]


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        ("INNKEEPER_HOTEL_TIMEZONE", "Asia/Saigom", "did you mean 'Asia/Saigon'"),
        ("INNKEEPER_TAXONOMY", "/nowhere/taxonomy.yaml", "there is no file '/nowhere/taxonomy.yaml'"),
        ("INNKEEPER_DATABASE_URL", "mysql://root:sesame@db/hotel", "INNKEEPER_DATABASE_URL"),
    ],
)
@pytest.mark.parametrize("words", [["route", "towels"], ["down"], ["keys", "list"]], ids=lambda words: words[0])
def test_a_wrong_setting_is_named_by_every_command(
    call: Call, monkeypatch: pytest.MonkeyPatch, words: list[str], variable: str, value: str, problem: str
) -> None:
    monkeypatch.setenv(variable, value)
    result = call(*words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert problem in result.stderr
    assert "sesame" not in result.stderr


def test_a_hotel_may_have_its_own_taxonomy(call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    packaged = Path(__file__).parents[2] / "engine" / "routing" / "taxonomy.yaml"
    text = packaged.read_text(encoding="utf-8").replace("housekeeping_team", "butlers")
    own = tmp_path / "own.yaml"
    own.write_text(text, encoding="utf-8")
    monkeypatch.setenv("INNKEEPER_TAXONOMY", str(own))
    answer = json.loads(call("route", "Two bath towels to room 201 please", "--json").stdout)
    assert [each["assigned_to"] for each in answer["classifications"]] == ["butlers"]
    again = tmp_path / "again.yaml"  # a file is read once per process
    again.write_text(text.replace("amenity_request:", "amenities:"), encoding="utf-8")
    monkeypatch.setenv("INNKEEPER_TAXONOMY", str(again))
    wrong = call("route", "Two bath towels to room 201 please")
    assert wrong.exit_code == 1
    assert "amenity_request" in wrong.stderr


@pytest.mark.parametrize(
    "words",
    [
        *([], ["route"], ["extract"], ["serve"], ["up"], ["down"], ["demo"]),
        *(["hotel"], ["hotel", "import"], ["hotel", "show"]),
        *(["keys"], ["keys", "create"], ["keys", "list"], ["keys", "revoke"]),
    ],
    ids=lambda words: " ".join(words) or "innkeeper",
)
def test_every_command_explains_itself(call: Call, words: list[str]) -> None:
    result = call(*words, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.stdout
    assert "--help" in result.stdout
