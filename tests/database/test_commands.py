"""`innkeeper hotel` and `innkeeper keys`, as a person or a program calls them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from innkeeper.blocks.settings import settings
from innkeeper.cli import hotel, keys

SAMPLE = Path(__file__).parents[2] / "knowledge_base" / "hotel_paradise.json"
Call = Callable[..., Result]


@pytest.fixture
def call(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """Run a command on an empty database."""
    monkeypatch.setenv("INNKEEPER_DATABASE_URL", url)
    settings.cache_clear()
    yield lambda app, *words, stdin=None: CliRunner().invoke(app, list(words), input=stdin)
    settings.cache_clear()


def test_the_sample_hotel_is_imported_and_shown(call: Call) -> None:
    imported = call(hotel.app, "import", str(SAMPLE))
    assert imported.exit_code == 0, imported.output
    assert "60 added" in imported.stdout
    shown = call(hotel.app, "show", "--json")
    assert shown.exit_code == 0
    summary = json.loads(shown.stdout)
    assert (summary["name"], summary["day"], summary["rooms"]["occupied"]) == ("Hotel Paradise", "2025-01-17", 26)
    assert "Hotel Paradise (Asia/Ho_Chi_Minh, VND)" in call(hotel.app, "show", "--date", "2025-02-01").stdout


def test_a_file_may_come_from_standard_input(call: Call) -> None:
    result = call(hotel.app, "import", "-", "--json", stdin=b'{"hotel": {"name": "X"}, "colour": 1}')
    assert result.exit_code == 0
    assert json.loads(result.stdout)["unknown_keys"] == ["colour"]


def test_a_wrong_file_fails_with_its_problems_and_leaves_what_was_there(call: Call) -> None:
    call(hotel.app, "import", str(SAMPLE))
    wrong = b'{"hotel": {"name": "X"}, "rooms": [{"number": "1", "type": "a", "status": "drity"}]}'
    result = call(hotel.app, "import", "-", stdin=wrong)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "rooms[0].status: 'drity' is not one of" in result.stderr
    as_json = call(hotel.app, "import", "-", "--json", stdin=wrong)
    assert as_json.exit_code == 1
    assert len(json.loads(as_json.stdout)["problems"]) == 1
    assert "Hotel Paradise" in call(hotel.app, "show").stdout


@pytest.mark.parametrize(
    ("app", "words", "code"),
    [
        (hotel.app, ["import"], 2),
        (hotel.app, ["import", "nowhere.json"], 1),
        (hotel.app, ["show"], 1),
        (hotel.app, ["show", "--date", "17/01/2025"], 2),
        (keys.app, ["create"], 2),
        (keys.app, ["create", "--role", "boss"], 2),
        (keys.app, ["create", "--role", "guest", "--name", "x" * 201], 2),
        (keys.app, ["revoke", "7"], 1),
        (keys.app, ["revoke", "seven"], 2),
    ],
)
def test_failure_is_1_and_bad_usage_is_2(call: Call, app: typer.Typer, words: list[str], code: int) -> None:
    assert call(app, *words).exit_code == code


def test_a_key_is_shown_once_and_listed_by_its_first_characters(call: Call) -> None:
    made = call(keys.app, "create", "--role", "manager", "--name", "Lễ tân", "--json")
    key = json.loads(made.stdout)
    listed = call(keys.app, "list")
    assert key["key"] not in listed.stdout
    assert key["prefix"] in listed.stdout
    assert "Lễ tân" in listed.stdout
    assert call(keys.app, "revoke", str(key["id"])).exit_code == 0
    assert json.loads(call(keys.app, "list", "--json").stdout)["keys"][0]["revoked_at"] is not None
