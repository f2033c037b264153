"""`innkeeper incidents`: look, acknowledge, resolve, silence."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Call
from tests.cli.test_logs import logs  # noqa: F401  a fixture


@pytest.fixture
def incident(call: Call, logs: Path) -> str:  # noqa: F811  the fixture
    """The id of the incident of the payment gateway."""
    (swept,) = read(call, "logs", "sweep", "--path", str(logs))["sweeps"]
    found: str = swept["incidents"][0]
    return found


def read(call: Call, *words: str) -> dict[str, Any]:
    done = call(*words, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_an_incident_is_listed_shown_acknowledged_and_resolved(call: Call, incident: str) -> None:
    assert incident in call("incidents", "list", "--service", "payments", "--status", "open").stdout
    assert read(call, "incidents", "list", "--service", "pms")["incidents"] == []
    shown = call("incidents", "show", incident).stdout
    for part in ("lines/min", "Gateway timeout", "suspects: payments", "told: ALERT-001 opened"):
        assert part in shown
    assert call("incidents", "show", incident, "--report", "--language", "vi").stdout.startswith(f"# {incident}: ")

    taken = read(call, "incidents", "ack", incident)
    assert taken["incident"]["acknowledged_by"].startswith("cli")
    assert "Told: nobody." in call("incidents", "ack", incident).stdout  # the same person again
    assert "resolved, by cli" in call("incidents", "resolve", incident).stdout
    late = call("incidents", "ack", incident)
    assert late.exit_code == 1
    assert "was resolved by cli" in late.stderr
    assert [each["event"] for each in read(call, "incidents", "show", incident)["alerts"]] == [
        "opened",
        "acknowledged",
        "resolved",
    ]


def test_an_incident_that_does_not_exist_is_said_without_a_trace(call: Call) -> None:
    for words in (("show", "INC-2026-001"), ("ack", "INC-2026-001"), ("resolve", "x")):
        done = call("incidents", *words)
        assert done.exit_code == 1
        assert "incidents list" in done.stderr
        assert "Traceback" not in done.output


def test_a_silence_keeps_an_incident_from_being_told_until_it_is_ended(call: Call, logs: Path) -> None:  # noqa: F811  the fixture
    words = ("incidents", "silence", "--service", "payments", "--from", "2026-01-01T00:00", "--reason", "works")
    long = call(*words, "--for", "9000d")
    assert (long.exit_code, "90 days" in long.stderr) == (1, True)
    made = read(call, "incidents", "silence", "--service", "payments", "--for", "2h", "--reason", "gateway works")
    assert "payments: gateway works" in call("incidents", "silences", "list").stdout
    ended = call("incidents", "silences", "end", made["id"])
    assert ended.stdout.startswith(f"Ended: {made['id']}")
    assert read(call, "incidents", "silences", "list") == {"silences": []}
    assert call("incidents", "silences", "end", "sil_none").exit_code == 1


def test_a_maintenance_window_is_by_the_hotels_clock(call: Call) -> None:
    window = ("--from", "2099-01-01T01:00", "--until", "2099-01-01T03:00")
    made = read(call, "incidents", "silence", *window, "--reason", "switches are replaced")
    assert (made["starts_at"], made["ends_at"]) == ("2098-12-31T18:00:00Z", "2098-12-31T20:00:00Z")
    assert "everything: switches are replaced" in call("incidents", "silences", "list").stdout
    never = call("incidents", "silence", "--until", "9999-12-31T23:59", "--reason", "x")
    assert (never.exit_code, "9999" in never.stderr) == (1, True)


@pytest.mark.parametrize(
    "words",
    [
        ("list", "--status", "burning"),
        ("show",),
        ("show", "x", "--language", "fr"),
        ("silence", "--reason", "x"),
        ("silence", "--for", "soon", "--reason", "x"),
        ("silence", "--for", "0h", "--reason", "x"),
        ("silence", "--for", "2h", "--until", "2099-01-01T01:00", "--reason", "x"),
        ("silence", "--for", "2h"),
        ("silence", "--for", "2h", "--kind", "sneeze", "--reason", "x"),
    ],
)
def test_bad_usage_ends_with_2(call: Call, words: tuple[str, ...]) -> None:
    assert call("incidents", *words).exit_code == 2
