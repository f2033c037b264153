"""`innkeeper rules`: what is in force, and what is wrong with a hotel's own file."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Call

OWN = """
version: 1
rules:
  - name: wake_up_call_is_within_a_week
    about: We plan two days ahead.
    actions: [schedule_wake_up_call]
    requires: [{fact: wake_up_in_hours, at_most: 48}]
    otherwise: refuse
    reason: {en: "only two days ahead", vi: "chỉ nhận trong hai ngày tới"}
    examples:
      - {facts: {wake_up_in_hours: 48}, outcome: go}
      - {facts: {wake_up_in_hours: 49}, outcome: refuse}
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "rules.yaml"
    file.write_text(OWN, encoding="utf-8")
    return file


def test_the_packaged_rules_are_in_force_and_right(call: Call) -> None:
    checked = call("rules", "check")
    assert (checked.exit_code, checked.stdout.split(":")[0]) == (0, "rules.yaml")
    assert "no problems" in checked.stdout
    listed = call("rules", "list").stdout
    assert "refuse   package  wake_up_call_is_within_a_week" in listed
    assert listed.endswith("0 of them the hotel's own.\n")


def test_a_hotel_replaces_a_rule_and_adds_others(call: Call, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(json.loads(call("rules", "list", "--json").stdout)["rules"])
    monkeypatch.setenv("INNKEEPER_RULES", str(own))
    assert call("rules", "check").stdout == f"{own}: 1 rules, 2 examples, no problems.\n"
    listed = json.loads(call("rules", "list", "--json").stdout)["rules"]
    assert len(listed) == before
    mine = [rule for rule in listed if rule["origin"] == "hotel"]
    assert [rule["about"] for rule in mine] == ["We plan two days ahead."]

    other = own.with_name("other.yaml")
    other.write_text(OWN.replace("otherwise", "enabled: false\n    otherwise"), encoding="utf-8")
    monkeypatch.setenv("INNKEEPER_RULES", str(other))
    assert "off      hotel    wake_up_call_is_within_a_week" in call("rules", "list").stdout


def test_what_is_wrong_is_named_with_its_line(call: Call, own: Path) -> None:
    own.write_text(OWN.replace("outcome: refuse", "outcome: skip"), encoding="utf-8")
    checked = call("rules", "check", str(own))
    assert checked.exit_code == 1
    assert f"{own}:4: rules.0: examples: there is none that ends in refuse" in checked.stderr

    own.write_text(OWN.replace("hours: 49", "hours: 40"), encoding="utf-8")
    report = json.loads(call("rules", "check", str(own), "--json").stdout)
    assert report["problems"] == [f"{own}:12: rules.0.examples.1: ends in go, not in refuse"]


def test_a_file_that_is_not_there_is_said(call: Call, tmp_path: Path) -> None:
    checked = call("rules", "check", str(tmp_path / "none.yaml"))
    assert checked.exit_code == 1
    assert "cannot be read (FileNotFoundError)" in checked.stderr
