"""`innkeeper costs` and `innkeeper budgets`: what outside models cost, and limits on it."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

import typer

from innkeeper.cli.outcome import AsJson, run
from innkeeper.schemas.models import Budget, BudgetScope, Period, Spending

budgets_app = typer.Typer(help="Limits on what outside models may cost.", no_args_is_help=True)

_DAY = "%Y-%m-%d"
_Scope = Annotated[BudgetScope, typer.Option(help="Whose spending is limited.")]
_Name = Annotated[str, typer.Option(help="Which flow, principal or property; `*` for each one separately.")]
_Period = Annotated[Period, typer.Option(help="How often the budget starts anew, where the hotel is.")]


class By(StrEnum):
    """What `innkeeper costs` sums over."""

    DAY = "day"
    FLOW = "flow"
    MODEL = "model"
    PRINCIPAL = "principal"
    CAPABILITY = "capability"


def costs_command(
    by: Annotated[By, typer.Option(help="What to sum over.")] = By.DAY,
    since: Annotated[
        dt.datetime | None, typer.Option(formats=[_DAY], help="First day; from the beginning when not given.")
    ] = None,
    until: Annotated[dt.datetime | None, typer.Option(formats=[_DAY], help="Last day, counted too.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what outside models took and cost."""
    first, last = since and since.date(), until and until.date()
    if first and last and last < first:
        raise typer.BadParameter("must not be before --since", param_hint="--until")
    run(
        lambda: _costs(by, first, last),
        as_json=as_json,
        text=lambda rows: _table(by, rows),
        data=lambda rows: {"by": by.value, "since": first, "until": last, "costs": [_data(row) for row in rows]},
    )


@budgets_app.command("set")
def set_command(
    scope: _Scope = BudgetScope.ALL,
    name: _Name = "",
    period: _Period = Period.DAY,
    soft: Annotated[str | None, typer.Option(metavar="USD", help="Warn at 80, 95 and 100 % of it.")] = None,
    hard: Annotated[
        str | None,
        typer.Option(metavar="USD", help="No call beyond it, but models without a known price go on; 0 stops all."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Set a limit, or change it. What was spent before counts."""
    soft_usd, hard_usd = _amount(soft, "--soft", above_zero=True), _amount(hard, "--hard", above_zero=False)
    budget = Budget(scope=scope, name=name, period=period, soft_usd=soft_usd, hard_usd=hard_usd)
    run(
        lambda: _set(budget),
        as_json=as_json,
        text=lambda made: f"Set: {_line(made)}",
        data=_limits,
    )


@budgets_app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List all limits."""
    run(
        _list,
        as_json=as_json,
        text=lambda budgets: (
            "\n".join(_line(each) for each in budgets)
            or "There are no budgets: outside models may cost any amount. Set one with `budgets set`."
        ),
        data=lambda budgets: {"budgets": [_limits(each) for each in budgets]},
    )


@budgets_app.command("remove")
def remove_command(
    scope: _Scope = BudgetScope.ALL, name: _Name = "", period: _Period = Period.DAY, as_json: AsJson = False
) -> None:
    """Lift a limit."""
    run(
        lambda: _remove(scope, name, period),
        as_json=as_json,
        text=lambda gone: f"Removed: {_line(gone)}",
        data=_limits,
    )


async def _costs(by: By, since: dt.date | None, until: dt.date | None) -> list[Spending]:
    from innkeeper.blocks.database.engine import Database
    from innkeeper.blocks.database.spending import spending
    from innkeeper.blocks.settings import settings

    async with Database(settings().database_url) as database:
        await database.upgrade()
        async with database.reading() as session:
            return await spending(session, by.value, since, until)


async def _set(budget: Budget) -> Budget:
    from innkeeper.blocks.database.budgets import set_budget
    from innkeeper.blocks.database.engine import Database
    from innkeeper.blocks.settings import settings

    async with Database(settings().database_url) as database:
        await database.upgrade()
        async with database.writing() as session:
            return await set_budget(session, budget, principal="cli")


async def _list() -> list[Budget]:
    from innkeeper.blocks.database.budgets import list_budgets
    from innkeeper.blocks.database.engine import Database
    from innkeeper.blocks.settings import settings

    async with Database(settings().database_url) as database:
        await database.upgrade()
        async with database.reading() as session:
            return await list_budgets(session)


async def _remove(scope: BudgetScope, name: str, period: Period) -> Budget:
    from innkeeper.blocks.database.budgets import remove_budget
    from innkeeper.blocks.database.engine import Database
    from innkeeper.blocks.settings import settings
    from innkeeper.schemas.errors import InputInvalid

    async with Database(settings().database_url) as database:
        await database.upgrade()
        async with database.writing() as session:
            budget = await remove_budget(session, scope, name, period, principal="cli")
    if budget is None:
        raise InputInvalid("there is no such budget; `innkeeper budgets list` shows all")
    return budget


def _amount(text: str | None, option: str, *, above_zero: bool) -> Decimal | None:
    if text is None:
        return None
    try:
        amount = Decimal(text.strip().removeprefix("$"))
    except ArithmeticError:
        amount = Decimal("NaN")
    if not (amount.is_finite() and 0 <= amount < 1_000_000_000) or (above_zero and amount == 0):
        least = "more than 0" if above_zero else "0 or more"
        raise typer.BadParameter(f"must be an amount of US dollars, {least}, as in 12.50", param_hint=option)
    return amount


def _data(row: Spending) -> dict[str, Any]:
    return row.model_dump(mode="json") | {"cost_usd": _plain(row.cost_usd)}


def _limits(budget: Budget) -> dict[str, Any]:
    amounts = {"soft_usd": budget.soft_usd, "hard_usd": budget.hard_usd}
    shown = {name: None if amount is None else _plain(amount) for name, amount in amounts.items()}
    return budget.model_dump(mode="json") | shown


def _table(by: By, rows: list[Spending]) -> str:
    if not rows:
        return "No outside model was called."
    head = [by.value, "calls", "input", "cached", "output", "cost"]
    cells = [head, *(_cells(row.key, [row]) for row in rows)]
    if len(rows) > 1:
        cells.append(_cells("total", rows))
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    return "\n".join(_aligned(line, widths) for line in cells)


def _cells(label: str, rows: list[Spending]) -> list[str]:
    counts = ("requests", "input_tokens", "cached_input_tokens", "output_tokens")
    calls, *tokens = (sum(getattr(row, name) for row in rows) for name in counts)
    return [label, f"{calls:,}", *(f"{each:,}" for each in tokens), _cost(rows, calls)]


def _cost(rows: list[Spending], calls: int) -> str:
    unpriced = sum(row.unpriced_requests for row in rows)
    unknown = f"unpriced: {unpriced:,} call{'s' if unpriced > 1 else ''}"
    if unpriced == calls:
        return unknown
    known = f"${sum((row.cost_usd for row in rows), Decimal(0)):,.4f}"
    return f"{known}  + {unknown}" if unpriced else known


def _aligned(line: list[str], widths: list[int]) -> str:
    label, *numbers, cost = line
    right = [number.rjust(width) for number, width in zip(numbers, widths[1:-1], strict=True)]
    return "  ".join([label.ljust(widths[0]), *right, cost])


def _line(budget: Budget) -> str:
    whose = "all calls" if budget.scope is BudgetScope.ALL else f"{budget.scope.value} {budget.name}"
    limits = {"soft": budget.soft_usd, "hard": budget.hard_usd}
    shown = ", ".join(f"{kind} ${_plain(limit)}" for kind, limit in limits.items() if limit is not None)
    return f"{whose}, each {budget.period.value}: {shown}"


def _plain(amount: Decimal) -> str:
    """`5.00`, `0.0125`: at least two decimals, no exponent."""
    text = f"{amount.normalize():f}"
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.ljust(2, '0')}"
