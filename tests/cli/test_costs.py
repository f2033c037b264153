"""`innkeeper costs` and `innkeeper budgets`, as a person or a program calls them."""

import asyncio
import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import typer
from typer.testing import CliRunner, Result

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.ledger import Ledger
from innkeeper.cli.costs import budgets_app, costs_command
from innkeeper.schemas.models import Capability, FinishedCall, NewCall, Spender, TokenUsage

Call = Callable[..., Result]
CALLS = [  # day, model, cost, principal
    (10, "gpt-4o", "0.0125", "key:1"),
    (10, "gpt-4o", "1234.5", "key:1"),
    (11, "local", None, "key:2"),
]


@pytest.fixture
def call(home: Path) -> Call:
    app = typer.Typer()
    app.command("costs")(costs_command)
    app.add_typer(budgets_app, name="budgets")
    return lambda *words: CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"}).invoke(app, list(words))


@pytest.fixture
def three_calls(home: Path) -> None:
    async def write() -> None:
        async with Database(f"sqlite:///{home}/innkeeper.db") as database:
            await database.upgrade()
            for day, model, cost, principal in CALLS:
                at = dt.datetime(2026, 3, day, tzinfo=dt.UTC)
                ledger = Ledger(database, ZoneInfo("Asia/Ho_Chi_Minh"), clock=lambda at=at: at)  # type: ignore[misc]  # a default argument binds the loop's value
                spender = Spender(principal=principal)
                new = NewCall(spender=spender, capability=Capability.ASSISTANT, provider="openai", model=model)
                amount = None if cost is None else Decimal(cost)
                usage = TokenUsage(input_tokens=1000, output_tokens=5)
                end = FinishedCall(outcome="answered", usage=usage, cost_usd=amount, latency_ms=1)
                ledger.close_call(await ledger.open_call(new), end)
                await ledger.aclose()

    asyncio.run(write())


def test_costs_are_a_table_for_people(call: Call, three_calls: None) -> None:
    result = call("costs")
    assert result.exit_code == 0, result.output
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["day", "calls", "input", "cached", "output", "cost"],
        ["2026-03-10", "2", "2,000", "0", "10", "$1,234.5125"],
        ["2026-03-11", "1", "1,000", "0", "5", "unpriced:", "1", "call"],
        ["total", "3", "3,000", "0", "15", "$1,234.5125", "+", "unpriced:", "1", "call"],
    ]


def test_a_cost_that_is_unknown_is_never_shown_as_nothing(call: Call, three_calls: None) -> None:
    result = call("costs", "--by", "model", "--since", "2026-03-11")
    assert "unpriced: 1 call" in result.stdout
    assert "$" not in result.stdout


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        (["--by", "model"], ["openai/gpt-4o", "openai/local"]),
        (["--by", "principal"], ["key:1", "key:2"]),
        (["--by", "capability"], ["assistant"]),
        (["--by", "flow", "--until", "2026-03-10"], ["-"]),
        (["--since", "2026-03-11", "--until", "2026-03-11"], ["2026-03-11"]),
        (["--since", "2027-01-01"], []),
    ],
)
def test_costs_are_summed_and_limited_as_asked(
    call: Call, three_calls: None, words: list[str], keys: list[str]
) -> None:
    result = call("costs", "--json", *words)
    assert result.exit_code == 0, result.output
    costs: list[dict[str, Any]] = json.loads(result.stdout)["costs"]
    assert [row["key"] for row in costs] == keys


def test_amounts_in_json_are_exact(call: Call, three_calls: None) -> None:
    [row] = json.loads(call("costs", "--json", "--by", "capability").stdout)["costs"]
    assert (row["cost_usd"], row["requests"], row["unpriced_requests"]) == ("1234.5125", 3, 1)


def test_a_new_installation_has_no_costs(call: Call) -> None:
    result = call("costs")
    assert (result.exit_code, result.stdout) == (0, "No outside model was called.\n")


@pytest.mark.parametrize(
    "words", [["--by", "guest"], ["--since", "yesterday"], ["--since", "2026-03-11", "--until", "2026-03-10"]]
)
def test_bad_usage_of_costs_ends_with_2(call: Call, words: list[str]) -> None:
    assert call("costs", *words).exit_code == 2


def test_a_budget_is_set_listed_changed_and_removed(call: Call) -> None:
    assert "There are no budgets" in call("budgets", "list").stdout
    assert call("budgets", "set", "--hard", "5", "--soft", "$4.50").exit_code == 0
    flow = ["--scope", "flow", "--name", "answer_question", "--period", "month"]
    assert call("budgets", "set", *flow, "--hard", "0").exit_code == 0
    assert call("budgets", "list").stdout.splitlines() == [
        "all calls, each day: soft $4.50, hard $5.00",
        "flow answer_question, each month: hard $0.00",
    ]
    call("budgets", "set", *flow, "--soft", "0.0125")
    listed = json.loads(call("budgets", "list", "--json").stdout)["budgets"]
    assert (listed[1]["soft_usd"], listed[1]["hard_usd"], listed[1]["scope"]) == ("0.0125", None, "flow")
    assert "Removed: flow answer_question" in call("budgets", "remove", *flow).stdout
    again = call("budgets", "remove", *flow)
    assert (again.exit_code, "no such budget" in again.stderr) == (1, True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--hard", "much"], 2),
        (["--hard", "-1"], 2),
        (["--hard", "nan"], 2),
        (["--soft", "0"], 2),
        (["--hard", "1e12"], 2),
        (["--scope", "guest", "--hard", "1"], 2),
        (["--period", "week", "--hard", "1"], 2),
        ([], 1),
        (["--scope", "flow", "--hard", "1"], 1),
        (["--name", "x", "--hard", "1"], 1),
    ],
)
def test_a_budget_that_makes_no_sense_is_turned_down(call: Call, words: list[str], code: int) -> None:
    result = call("budgets", "set", *words)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
