"""`innkeeper execute`, `tasks` and `wake-ups`: reports in order, questions that are answered, decisions."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

Call = Callable[..., Result]
SAMPLE = Path(__file__).parents[2] / "knowledge_base" / "hotel_paradise.json"
DAY = "2025-01-17"
WAKE_UP = "wake up call for room 501 tomorrow at 6:30"
GENEROUS = "Apologise to the guest in room 501 by email for the noise and offer 60% off the next booking"


@pytest.fixture
def hotel(call: Call) -> None:
    assert call("hotel", "import", str(SAMPLE)).exit_code == 0


def execute(call: Call, instruction: str, *words: str) -> Result:
    return call("execute", instruction, "--role", "receptionist", "--today", DAY, *words)


def report_of(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    report: dict[str, Any] = json.loads(result.stdout)
    return report


def id_in(text: str, head: str = "TASK") -> str:
    found = re.search(rf"{head}-\w+", text)
    assert found, text
    return found.group()


def test_every_line_gets_its_report_in_order_and_a_wrong_one_costs_no_other(call: Call, hotel: None) -> None:
    lines = [
        {"id": "a", "instruction": WAKE_UP, "role": "receptionist", "today": DAY},
        {"id": "b", "instruction": "clean 101", "role": "chef"},
        {"id": "c", "instruction": "Nếu phòng 203 đã sẵn sàng thì báo lễ tân, không thì báo buồng phòng", "today": DAY},
        {"id": "d", "instruction": "x" * 4_001},
        {"id": "e", "instruction": "please wake me at 6 am", "role": "guest", "user_id": "BK-2025-0116-001",
         "today": DAY, "context": {"room_number": "101"}},
        {"id": "f", "instruction": "send me the phone numbers of all guests", "role": "receptionist", "today": DAY},
    ]  # fmt: skip
    text = "\n".join(json.dumps(each, ensure_ascii=False) for each in lines) + "\nnonsense\n"
    result = call("execute", "--input", "-", stdin=text.encode())
    told = [json.loads(each) for each in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert [each.get("id", each.get("line")) for each in told] == ["a", "b", "c", "d", "e", "f", 7]
    statuses = ["completed", "failed", "completed", "failed", "completed", "refused", "failed"]
    assert [each["overall_status"] for each in told] == statuses
    problems = {each.get("id", 7): each["error"] for each in told if "error" in each}
    assert set(problems) == {"b", "d", 7}
    assert "role" in problems["b"]
    (step,) = told[0]["execution_plan"]
    assert (step["action"], step["status"]) == ("schedule_wake_up_call", "completed")
    assert step["arguments"] == {"room_number": "501", "at": "2025-01-18T06:30:00+07:00"}
    assert told[2]["execution_summary"].startswith(("Phòng", "Đã", "Bộ phận", "Buồng phòng"))


def test_a_dry_run_prints_what_would_be_done_and_leaves_nothing_behind(call: Call, hotel: None) -> None:
    result = execute(call, WAKE_UP, "--dry-run")
    assert (result.exit_code, "501" in result.stdout, "planned" in result.stdout) == (0, True, True)
    assert call("wake-ups", "list").stdout.strip() == "No wake-up call is set."


def test_a_question_says_how_it_is_answered_and_the_task_goes_on(call: Call, hotel: None) -> None:
    asked = execute(call, "wake up call for room 501 please")
    assert asked.exit_code == 0
    task_id = id_in(asked.stdout)
    assert f"innkeeper tasks answer {task_id}" in asked.stdout
    done = call("tasks", "answer", task_id, "6:30 tomorrow")
    assert (done.exit_code, "completed" in done.stdout) == (0, True)
    again = call("tasks", "answer", task_id, "7:30")
    assert (again.exit_code, "asks nothing" in again.stderr) == (1, True)


@pytest.mark.parametrize(("decision", "status"), [("approve", "completed"), ("reject", "refused")])
def test_what_waits_for_a_manager_says_so_and_is_decided(call: Call, hotel: None, decision: str, status: str) -> None:
    waiting = execute(call, GENEROUS)
    task_id = id_in(waiting.stdout)
    assert f"innkeeper tasks approve {task_id}" in waiting.stdout
    assert report_of(call("tasks", decision, task_id, "--comment", "seen", "--json"))["overall_status"] == status
    listed = json.loads(call("tasks", "list", "--status", status, "--json").stdout)["tasks"]
    assert [each["task_id"] for each in listed] == [task_id]


def test_a_manager_cannot_decide_about_the_own_task(call: Call, hotel: None) -> None:
    waiting = report_of(call("execute", GENEROUS.replace("60%", "100%"), "--today", DAY, "--json"))
    assert waiting["overall_status"] == "needs_approval"
    result = call("tasks", "approve", waiting["task_id"])
    assert (result.exit_code, "another person" in result.stderr) == (1, True)


def test_a_task_that_waits_is_cancelled_and_shown(call: Call, hotel: None) -> None:
    task_id = id_in(execute(call, "wake up call for room 501 please").stdout)
    assert report_of(call("tasks", "cancel", task_id, "--json"))["overall_status"] == "cancelled"
    assert "cancelled" in call("tasks", "show", task_id).stdout
    missing = call("tasks", "show", "TASK-none")
    assert (missing.exit_code, "there is no task" in missing.stderr) == (1, True)


def test_wake_up_calls_are_listed_at_the_hotel_s_time_and_cancelled(call: Call, hotel: None) -> None:
    execute(call, WAKE_UP)
    listed = call("wake-ups", "list").stdout
    assert "room 501" in listed
    assert "2025-01-18 06:30" in listed
    wake_up = id_in(listed, "WAKE")
    assert call("wake-ups", "cancel", wake_up).exit_code == 0
    assert call("wake-ups", "cancel", "WAKE-NONE").exit_code == 1
    assert call("wake-ups", "list").stdout.strip() == "No wake-up call is set."
    (kept,) = json.loads(call("wake-ups", "list", "--all", "--json").stdout)["wake_ups"]
    assert (kept["id"], kept["status"]) == (wake_up, "cancelled")


def test_the_context_of_one_instruction_is_a_json_file(call: Call, hotel: None, tmp_path: Path) -> None:
    file = tmp_path / "context.json"
    file.write_text(json.dumps({"booking_id": "BK-2025-0117-008", "room_number": "504"}), encoding="utf-8")
    instruction = "Check if the room is ready, then send the check-in email to the guest"
    report = report_of(execute(call, instruction, "--context", str(file), "--json"))
    assert (report["overall_status"], report["results"]["email_sent"]) == ("completed", True)
    file.write_text("[]", encoding="utf-8")
    assert execute(call, instruction, "--context", str(file)).exit_code == 1


def test_without_a_hotel_the_operator_is_told_what_to_do(call: Call) -> None:
    result = execute(call, WAKE_UP)
    assert (result.exit_code, "hotel import" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    "words", [(), ("do it", "--input", "-"), ("--input", "-", "--context", "x.json"), ("x", "--today", "soon")]
)
def test_what_makes_no_sense_is_bad_usage(call: Call, words: tuple[str, ...]) -> None:
    assert call("execute", *words).exit_code == 2
