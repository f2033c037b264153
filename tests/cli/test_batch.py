"""`--input FILE.jsonl`: one answer a line, in order, whatever stands on the line."""

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

Call = Callable[..., Result]


def lines_of(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_thousand_lines_with_a_wrong_one_give_a_thousand_answers(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "messages.jsonl"
    lines = [json.dumps({"id": f"n-{number}", "message": f"Towels to room {number}"}) for number in range(1, 1001)]
    lines[36] = '{"id": "n-37", "message": 37}'
    file.write_text("\n".join(lines), encoding="utf-8")
    result = call("extract", "--input", str(file))
    answers = lines_of(result)
    assert result.exit_code == 1
    assert [answer["id"] for answer in answers] == [f"n-{number}" for number in range(1, 1001)]
    assert answers[36] == {"id": "n-37", "line": 37, "error": "message: Input should be a valid string"}
    assert [answer["id"] for answer in answers if "entities" not in answer] == ["n-37"]
    assert "1 line(s) could not be answered" in result.stderr


def test_routed_lines_have_the_fields_of_a_single_answer(call: Call) -> None:
    stdin = '{"message": "Towels to room 201"}\n\n{"id": 2, "message": "Phòng 305 máy lạnh không mát"}\r\n'
    result = call("route", "--input", "-", stdin=stdin)
    first, second = lines_of(result)
    assert result.exit_code == 0
    assert "id" not in first
    assert second["id"] == 2  # a number stays a number
    assert second["classifications"][0]["category"] == "maintenance"
    alone = json.loads(call("route", "--json", "Towels to room 201").stdout)
    assert alone.keys() == first.keys()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"{oops", "not JSON (column 2: "),
        (b'["a list"]', "not a JSON object"),
        (b'{"message": "caf\xe9"}', "not UTF-8 (byte 17)"),
        (b'{"id": ' + b"1" * 5_000 + b', "message": "towels"}', "a number with too many digits"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"message": "' + b"x" * 300_000 + b'"}', "the line has 300,016 bytes"),
        (b'{"message": "\\u200b"}', "no visible text"),
        (b'{"text": "towels"}', "message: Field required"),
        (b'{"message": "towels", "language": "fr"}', "language: Input should be 'en' or 'vi'"),
    ],
    ids=["json", "list", "utf-8", "digits", "deep", "long", "invisible", "no-message", "french"],
)
def test_a_wrong_line_is_answered_with_its_problem_and_the_next_is_read(call: Call, line: bytes, problem: str) -> None:
    result = call("extract", "--input", "-", stdin=line + b'\n{"id": "next", "message": "towels"}\n')
    wrong, right = lines_of(result)
    assert problem in wrong["error"]
    assert wrong["line"] == 1
    assert right["id"] == "next"
    assert "entities" in right
    assert result.exit_code == 1


def test_a_fault_on_one_line_costs_that_line(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from innkeeper.engine.routing.router import Router

    extract = Router.extract

    def breaks(router: Router, message: Any) -> Any:
        if message.guest_id == "broken":
            raise OverflowError("date value out of range")
        return extract(router, message)

    monkeypatch.setattr(Router, "extract", breaks)
    stdin = '{"id": "a", "message": "towels", "guest_id": "broken"}\n{"id": "b", "message": "towels"}\n'
    result = call("extract", "--input", "-", stdin=stdin)
    first, second = lines_of(result)
    assert first == {
        "id": "a",
        "line": 1,
        "error": "the message cannot be answered (OverflowError: date value out of range)",
    }
    assert "entities" in second


def test_output_is_utf_8_in_any_locale_and_half_a_character_does_not_stop_it(spawn: Any) -> None:
    process = spawn("extract", "--input", "-", PYTHONUTF8="0", PYTHONIOENCODING="latin-1")
    stdin = '{"id": "\\ud83d", "message": "towels"}\n{"id": "số 2", "message": "khăn tắm"}\n'
    stdout, stderr = process.communicate(stdin.encode(), timeout=60)
    first, second = (json.loads(line) for line in stdout.decode("utf-8").splitlines())
    assert first["id"] == "\ud83d"
    assert "error" in first
    assert second["id"] == "số 2"
    assert b"Traceback" not in stderr


def test_a_reader_that_leaves_early_causes_no_trace(spawn: Any, tmp_path: Path) -> None:
    file = tmp_path / "messages.jsonl"
    file.write_text('{"message": "towels"}\n' * 5_000, encoding="utf-8")
    process = spawn("extract", "--input", str(file))
    assert json.loads(process.stdout.readline())["intent"]
    process.stdout.close()
    assert process.wait(timeout=60) == 1
    assert process.stderr.read() == b""


def test_ctrl_c_ends_it_without_a_trace(spawn: Any) -> None:
    process = spawn("extract", "--input", "-")
    process.stdin.write(b'{"message": "towels"}\n')
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["intent"]
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) not in (0, 2)
    assert b"Traceback" not in process.stderr.read()
