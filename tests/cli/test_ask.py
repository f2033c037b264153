"""`innkeeper ask --input`: an answer a line, whatever stands on the line."""

import json
from collections.abc import Callable

from typer.testing import Result


def test_a_wrong_line_is_named_and_costs_no_other(call: Callable[..., Result]) -> None:
    lines = (
        b'{"id": "a", "question": 5}',
        b'{"id": "b", "question": "hello", "role": "chef"}',
        b'{"id": "c", "question": "caf\xe9"}',
        b"nonsense",
        b'{"id": "e", "question": "xin ch\xc3\xa0o"}',
    )
    result = call("ask", "--input", "-", stdin=b"\n".join(lines))
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert [answer.get("id", answer.get("line")) for answer in answers] == ["a", "b", 3, 4, "e"]
    problems = ("question: ", "role: ", "not UTF-8", "not valid JSON")
    assert all(problem in answer["error"] for problem, answer in zip(problems, answers[:4], strict=True))
    assert (answers[4]["language"], answers[4]["model"]) == ("vi", "engine")
