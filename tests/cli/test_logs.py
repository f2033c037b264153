"""`innkeeper logs`: files of the past, sweeps, templates."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Call, Spawn

from innkeeper.blocks.settings import Settings
from innkeeper.tasks.logs.sources import absolute_sources, source_names

_CLOCK = dt.datetime.now(dt.UTC).replace(second=0, microsecond=0)
NOW = _CLOCK - dt.timedelta(minutes=_CLOCK.minute % 5)  # windows of five minutes: the same ones whatever the clock says
HOUR = 60


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Two hours of two services; the payment gateway fails in the last ten minutes."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "hotel.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines()), encoding="utf-8")
    return folder


def lines() -> list[dict[str, str]]:
    found = []
    for minute in range(2 * HOUR):
        for second in range(0, 60, 5):
            at = NOW - dt.timedelta(minutes=2 * HOUR - minute, seconds=-second)
            fails = minute >= 2 * HOUR - 10 and second % 10 == 0
            found += [
                line(at, "payments", "error", f"Gateway timeout after {8_000 + second} ms")
                if fails
                else line(at, "payments", "info", f"Payment captured in {200 + second} ms"),
                line(at, "pms", "info", f"Booking {minute * 100 + second} read"),
            ]
    return found


def line(at: dt.datetime, service: str, level: str, message: str) -> dict[str, str]:
    return {"timestamp": at.isoformat(), "service": service, "level": level, "message": message}


def read(call: Call, *words: str) -> dict[str, Any]:
    done = call(*words, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_past_is_reported_with_numbers_and_a_chart(call: Call, logs: Path) -> None:
    done = call("logs", "analyze", str(logs))
    assert done.exit_code == 0
    shown = done.stdout
    assert "payment" in shown.splitlines()[0]
    for part in ("lines/min", "█", "suspects: payments", "[check-payment-provider]", "2,880 lines in"):
        assert part in shown
    assert not list(logs.parent.glob("*.db"))  # nothing is kept


def test_the_past_as_json_and_as_a_report_in_vietnamese(call: Call, logs: Path) -> None:
    report = read(call, "logs", "analyze", str(logs), "--language", "vi")
    assert [issue["service"] for issue in report["issues"]] == ["payments"]
    assert max(report["issues"][0]["chart"]["lines"]) == 6
    text = call("logs", "analyze", str(logs), "--report", "--language", "vi").stdout
    assert text.startswith("# ")
    assert "## Số liệu" in text


def test_only_a_part_of_the_past_is_reported(call: Call, logs: Path) -> None:
    until = (NOW - dt.timedelta(minutes=20)).strftime("%Y-%m-%dT%H:%M:%S+0000")
    assert read(call, "logs", "analyze", str(logs), "--until", until)["issues"] == []
    since = (NOW - dt.timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M:%S+0000")
    assert len(read(call, "logs", "analyze", str(logs), "--since", since)["issues"]) == 1
    assert call("logs", "analyze", str(logs), "--since", since, "--until", since).exit_code == 2


def test_a_sweep_goes_on_where_the_last_one_ended(call: Call, logs: Path) -> None:
    first = read(call, "logs", "sweep", "--path", str(logs))
    second = read(call, "logs", "sweep", "--path", str(logs))
    assert [(each["lines"], len(each["incidents"])) for each in first["sweeps"]] == [(2_880, 1)]
    assert [(each["lines"], each["alerts"]) for each in second["sweeps"]] == [(0, [])]
    assert len(read(call, "incidents", "list")["incidents"]) == 1


def test_sources_of_the_settings_are_swept_by_name(call: Call, logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INNKEEPER_LOG_SOURCES", f"{logs / 'hotel.jsonl'}")
    (swept,) = read(call, "logs", "sweep")["sweeps"]
    assert read(call, "logs", "sweep", "--source", swept["source"])["sweeps"][0]["lines"] == 0
    unknown = call("logs", "sweep", "--source", "nonsense")
    assert unknown.exit_code == 1
    assert swept["source"] in unknown.stderr


def test_without_sources_the_way_to_set_them_is_said(call: Call) -> None:
    done = call("logs", "sweep")
    assert done.exit_code == 1
    assert "INNKEEPER_LOG_SOURCES" in done.stderr


def test_a_watch_sweeps_until_it_is_interrupted(spawn: Spawn, logs: Path) -> None:
    process = spawn("logs", "sweep", "--path", str(logs), "--watch", "1", "--json")
    assert process.stdout is not None
    swept = [json.loads(process.stdout.readline())["sweeps"][0]["lines"] for _ in range(2)]
    process.send_signal(2)
    assert process.wait(30) in (0, 130, -2)
    assert b"Traceback" not in process.stderr.read() if process.stderr else True
    assert swept == [2_880, 0]


def test_who_started_it_is_ranked_against_normal_lines(call: Call, logs: Path) -> None:
    calm, wrong = logs / "calm.jsonl", logs / "wrong.jsonl"
    rows = (logs / "hotel.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    calm.write_text("".join(rows[: 24 * 100]), encoding="utf-8")
    wrong.write_text("".join(rows[24 * 105 :]), encoding="utf-8")
    found = read(call, "logs", "culprits", str(wrong), "--normal", str(calm))
    assert [each["service"] for each in found["culprits"]][:1] == ["payments"]
    shown = call("logs", "culprits", str(wrong), "--normal", str(calm)).stdout
    assert shown.splitlines()[0].split()[1] == "payments"
    assert call("logs", "culprits", str(wrong)).exit_code == 2  # nothing to compare with


def test_templates_are_counted_with_the_rarest(call: Call, logs: Path) -> None:
    found = read(call, "logs", "templates", str(logs), "--limit", "2")
    assert (found["lines"], found["templates"]) == (2_880, 3)
    assert [each["lines"] for each in found["frequent"]] == [1_440, 1_380]
    assert [(each["lines"], each["level"]) for each in found["rare"]] == [(60, "error")]
    text = call("logs", "templates", str(logs), "--limit", "1").stdout
    assert "2,880 lines, 3 templates" in text
    assert "Gateway timeout after <*>" in text


def test_log_text_cannot_steer_the_terminal(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "bad.log"
    file.write_text(
        "".join(f"2026-01-17 08:30:{n:02d} ERROR \x1b[2J\x1b]0;owned\x07 boom\u202e {n}\n" for n in range(9))
    )
    for words in (("logs", "templates", str(file)), ("logs", "analyze", str(file))):
        shown = call(*words).stdout
        assert "boom" in shown
        assert not [char for char in shown if char in "\x1b\x07\u202e"]


def test_sources_have_one_name_from_every_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = Settings.model_validate({"log_sources": "logs, prefect ,hotel-loki/main,/var/log/hotel"})
    monkeypatch.chdir(tmp_path)
    names, whole = source_names(given), absolute_sources(given)
    assert whole == f"{tmp_path / 'logs'},prefect,hotel-loki/main,/var/log/hotel"
    monkeypatch.chdir("/")
    assert source_names(Settings.model_validate({"log_sources": whole})) == names
    assert names[1:3] == ["prefect", "main"]
    assert names[0].startswith("logs.")


@pytest.mark.parametrize("command", ["analyze", "templates"])
def test_a_file_that_is_not_there_is_said(call: Call, command: str) -> None:
    done = call("logs", command, "/nowhere/at/all.log")
    assert done.exit_code == 1
    assert "/nowhere/at/all.log" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("analyze",),
        ("analyze", "x", "--language", "fr"),
        ("analyze", "x", "--since", "yesterday"),
        ("sweep", "--watch", "0"),
        ("sweep", "--source", "a", "--path", "b"),
    ],
)
def test_bad_usage_ends_with_2(call: Call, words: tuple[str, ...]) -> None:
    assert call("logs", *words).exit_code == 2
