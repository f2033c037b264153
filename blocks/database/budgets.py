"""Budgets in the database: setting them, and when their periods begin."""

import datetime as dt
import functools
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.audit import record
from innkeeper.blocks.database.models import Budget as Row
from innkeeper.blocks.database.models import BudgetAlert as AlertRow
from innkeeper.blocks.database.models import BudgetSpending
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.models import Budget, BudgetScope, Period

EACH = "*"


class BudgetAlert(BaseModel):
    """
    A soft limit that spending has come close to, or passed.

    Attributes:
        budget: As it was set.
        name: Of the flow, principal or property, also where the budget is for each of them.
        threshold: 80, 95 or 100 per cent of the soft limit.
        spent_usd: In this period, calls under way not counted.
        since: Start of the period, in the hotel's zone.
    """

    model_config = ConfigDict(frozen=True)

    budget: Budget
    name: str
    threshold: int
    spent_usd: Decimal
    since: dt.datetime

    def __str__(self) -> str:
        return (
            f"the {described(self.budget, self.name)} has reached {self.threshold} % of its soft limit: "
            f"{dollars(self.spent_usd)} of {dollars(self.budget.soft_usd or Decimal(0))} "
            f"since {self.since:%Y-%m-%d %H:%M %Z}"
        )


async def set_budget(session: AsyncSession, budget: Budget, *, principal: str = "innkeeper") -> Budget:
    """
    Set a limit, or change the one of the same scope, name and period; it counts what the period has spent already.

    Args:
        session: From `Database.writing()`.
        budget: What to limit.
        principal: Who sets it, for the audit log.

    Raises:
        InputInvalid: Neither limit is given, or the name is missing.
    """
    _check(budget)
    found = await session.scalar(_which(budget.scope, budget.name, budget.period))
    row = found or Row(scope=budget.scope.value, name=budget.name, period=budget.period.value)
    if found and found.soft_usd != budget.soft_usd:  # another limit has warnings of its own
        await session.execute(delete(AlertRow).where(AlertRow.budget_id == found.id))
    row.soft_usd, row.hard_usd = budget.soft_usd, budget.hard_usd
    session.add(row)
    await session.flush()
    limits = {"soft_usd": _text(budget.soft_usd), "hard_usd": _text(budget.hard_usd)}
    _note(session, "budget.set", budget, principal, limits)
    return budget


async def list_budgets(session: AsyncSession) -> list[Budget]:
    """All budgets, in the order in which they were first set."""
    return [as_budget(row) for row in await session.scalars(select(Row).order_by(Row.id))]


async def remove_budget(
    session: AsyncSession, scope: BudgetScope, name: str, period: Period, *, principal: str = "innkeeper"
) -> Budget | None:
    """Lift a limit; none when there is no such budget."""
    row = await session.scalar(_which(scope, name, period))
    if row is None:
        return None
    budget = as_budget(row)
    await session.execute(delete(AlertRow).where(AlertRow.budget_id == row.id))
    await session.delete(row)
    # Sums are kept up to date only where a budget needs them; one that stays adds its calls up anew.
    sums = delete(BudgetSpending).where(BudgetSpending.scope == scope.value)
    await session.execute(sums if name == EACH else sums.where(BudgetSpending.name == name))
    _note(session, "budget.remove", budget, principal, {})
    return budget


async def budget_use(session: AsyncSession, now: dt.datetime, zone: dt.tzinfo) -> list[tuple[str, float]]:
    """
    How much of each budget its current period has used: `("all:day", 0.42)`, 1.0 being its limit.

    Of a budget for each flow, principal or property, the one that has used most. Calls under way count as reserved.
    """
    found = []
    for budget in await list_budgets(session):
        limit = budget.hard_usd if budget.hard_usd is not None else budget.soft_usd
        start, end = period_of(now, budget.period, zone)
        wanted = [BudgetSpending.scope == budget.scope.value, BudgetSpending.period_start == start]
        wanted += [] if budget.name == EACH else [BudgetSpending.name == budget.name]
        sums = await session.scalars(select(BudgetSpending).where(*wanted, BudgetSpending.period_end == end))
        spent = max((each.settled_usd + each.reserved_usd for each in sums), default=Decimal(0))
        label = f"{budget.scope.value}{f':{budget.name}' if budget.name else ''}:{budget.period.value}"
        found.append((label, float(spent / limit) if limit else 1.0))
    return found


def period_of(at: dt.datetime, period: Period, zone: dt.tzinfo) -> tuple[dt.datetime, dt.datetime]:
    """
    The day or month that holds `at`, where the hotel is: start and end, both in UTC, the end not included.

    Where clocks skip midnight the day begins with the first instant that exists.
    """
    return _bounds(at.astimezone(zone).date(), period, zone)


def described(budget: Budget, name: str) -> str:
    """`daily budget of all calls`, `monthly budget of flow 'route_requests'`."""
    whose = "all calls" if budget.scope is BudgetScope.ALL else f"{budget.scope.value} {name!r}"
    return f"{'daily' if budget.period is Period.DAY else 'monthly'} budget of {whose}"


def dollars(amount: Decimal) -> str:
    """`$12.50`; small amounts with as many decimals as they have, up to six."""
    places = min(max(-int(amount.normalize().as_tuple().exponent), 2), 6)
    return f"${amount:,.{places}f}"


def as_budget(row: Any) -> Budget:
    """A row as the other layers see it."""
    return _budget(row.scope, row.name, row.period, row.soft_usd, row.hard_usd)


@functools.lru_cache(maxsize=256)  # the same few rows are read before every model call
def _budget(scope: str, name: str, period: str, soft_usd: Decimal | None, hard_usd: Decimal | None) -> Budget:
    return Budget(scope=BudgetScope(scope), name=name, period=Period(period), soft_usd=soft_usd, hard_usd=hard_usd)


@functools.lru_cache(maxsize=64)
def _bounds(day: dt.date, period: Period, zone: dt.tzinfo) -> tuple[dt.datetime, dt.datetime]:
    if period is Period.DAY:
        return _midnight(day, zone), _midnight(day + dt.timedelta(days=1), zone)
    first = day.replace(day=1)
    return _midnight(first, zone), _midnight((first + dt.timedelta(days=32)).replace(day=1), zone)


def _midnight(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=zone).astimezone(dt.UTC)


def _check(budget: Budget) -> None:
    if budget.soft_usd is None and budget.hard_usd is None:
        raise InputInvalid("a budget needs a soft limit, a hard limit, or both")
    if budget.soft_usd is not None and budget.hard_usd is not None and budget.soft_usd > budget.hard_usd:
        raise InputInvalid("the soft limit is above the hard one, so its warning would never come")
    if budget.scope is BudgetScope.ALL and budget.name:
        raise InputInvalid(f"a budget for all calls has no name, but {budget.name!r} was given")
    if budget.scope is not BudgetScope.ALL and not budget.name:
        raise InputInvalid(f"say which {budget.scope.value} the budget is for, or {EACH!r} for each one")


def _which(scope: BudgetScope, name: str, period: Period) -> Select[Row]:
    return select(Row).where(Row.scope == scope.value, Row.name == name, Row.period == period.value)


def _note(session: AsyncSession, action: str, budget: Budget, principal: str, details: dict[str, str | None]) -> None:
    record(session, principal=principal, action=action, subject=_subject(budget), details=details)


def _subject(budget: Budget) -> str:
    return f"budget:{budget.scope.value}:{budget.period.value}:{budget.name}"[:200]


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)
