"""What budgets have spent, inside a transaction that holds the ledger's write lock."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from innkeeper.blocks.database.budgets import EACH, BudgetAlert, as_budget, described, dollars, period_of
from innkeeper.blocks.database.models import Base
from innkeeper.schemas.models import Budget, BudgetScope, CallOutcome, Spender

THRESHOLDS = (100, 95, 80)  # per cent of a soft limit
NOTHING = Decimal(0)
Names = dict[BudgetScope, str | None]  # whom a call is for, in each scope

_TABLES = Base.metadata.tables
_CALLS, _BUDGETS = _TABLES["model_calls"], _TABLES["budgets"]
_SUMS, _ALERTS = _TABLES["budget_spending"], _TABLES["budget_alerts"]
_KEY = ("scope", "name", "period_start", "period_end")
_STORE = update(_SUMS).where(and_(*(_SUMS.c[name] == bindparam(f"its_{name}") for name in _KEY)))
# built once: building a statement takes longer than SQLite takes to run it
_READ_BUDGETS = select(_BUDGETS).where(_BUDGETS.c.name.in_(bindparam("names", expanding=True))).order_by(_BUDGETS.c.id)
_READ_SUMS = select(_SUMS).where(
    _SUMS.c.name.in_(bindparam("names", expanding=True)), _SUMS.c.period_end > bindparam("oldest")
)
_COLUMN = {BudgetScope.FLOW: "flow", BudgetScope.PRINCIPAL: "principal", BudgetScope.PROPERTY: "property_id"}


def names_of(spender: Spender | Any) -> Names:
    """Whom a call is for, from its `Spender` or its row."""
    named: Names = {scope: getattr(spender, column) for scope, column in _COLUMN.items()}
    return {BudgetScope.ALL: "", **named}


@dataclass(frozen=True, slots=True)
class _Limit:
    id: int
    budget: Budget

    def name_in(self, names: Names) -> str | None:
        """Whom it limits when these are the names of a call; none: it does not limit this call."""
        name = names.get(self.budget.scope)
        return name if name is not None and self.budget.name in (EACH, name) else None


@dataclass(slots=True)
class _Sum:
    key: tuple[str, str, dt.datetime, dt.datetime]
    settled: Decimal
    reserved: Decimal
    stored: bool
    changed: bool = False
    closed: bool = False  # a call was settled: a warning may be due

    def covers(self, names: Names, at: dt.datetime) -> bool:
        scope, name, start, end = self.key
        return start <= at < end and names.get(BudgetScope(scope)) == name

    def add(self, settled: Decimal, reserved: Decimal) -> None:
        self.settled += settled
        self.reserved += reserved
        self.changed = True


class BudgetSums:
    """
    The budgets that limit some calls, and what they have spent in those calls' periods.

    A sum that is missing is added up from the ledger, so budgets may be set, and the hotel's zone changed, at any time.

    Args:
        connection: In a transaction that nobody else writes beside.
        zone: Of the hotel.
        calls: For whom and when, of every call that the transaction opens or closes; none of it written yet.
    """

    def __init__(self, connection: Connection, zone: dt.tzinfo, calls: Sequence[tuple[Names, dt.datetime]]) -> None:
        self._connection = connection
        self._zone = zone
        self._sums: dict[tuple[str, str, dt.datetime, dt.datetime], _Sum] = {}
        named = {name for names, _ in calls for name in names.values() if name is not None}
        rows = connection.execute(_READ_BUDGETS, {"names": [*named, EACH]})
        self._limits = [_Limit(row.id, as_budget(row)) for row in rows]
        if self._limits and calls:
            self._read(named, min(at for _, at in calls))
            for names, at in calls:
                for limit, name in self._limits_of(names):
                    self._sum(limit.budget, name, at)

    def settle(self, names: Names, at: dt.datetime, cost: Decimal, reserved: Decimal) -> None:
        """A call that was opened at `at` ended: its cost takes the place of what was reserved."""
        for total in self._covering(names, at):
            total.add(cost, -reserved)
            total.closed = True

    def reserve(self, names: Names, at: dt.datetime, amount: Decimal) -> str | None:
        """
        Set `amount` aside for a call in every budget that limits it, or in none.

        A call that costs nothing, or whose price is unknown (`amount` is 0), passes unless a hard limit is 0.

        Returns:
            Why there is no room; none when there was.
        """
        for limit, name in self._limits_of(names):
            hard = limit.budget.hard_usd
            if hard is None:
                continue
            total = self._sum(limit.budget, name, at)
            if hard == 0 or (amount and total.settled + total.reserved + amount > hard):
                return self._refusal(limit.budget, name, total, amount)
        for total in self._covering(names, at):
            total.add(NOTHING, amount)
        return None

    def write(self) -> list[BudgetAlert]:
        """Store the sums. Returns the warnings that no other process has given."""
        changed = [total for total in self._sums.values() if total.changed]
        new = [dict(zip(_KEY, each.key, strict=True)) | _amounts(each) for each in changed if not each.stored]
        if new:
            self._connection.execute(insert(_SUMS), new)
        old = [_its(each) | _amounts(each) for each in changed if each.stored]
        if old:
            self._connection.execute(_STORE, old)
        return [alert for total in changed if total.closed for alert in self._alerts(total)]

    def _limits_of(self, names: Names) -> Iterator[tuple[_Limit, str]]:
        for limit in self._limits:
            name = limit.name_in(names)
            if name is not None:
                yield limit, name

    def _covering(self, names: Names, at: dt.datetime) -> Iterator[_Sum]:
        return (total for total in self._sums.values() if total.covers(names, at))

    def _read(self, named: set[str], oldest: dt.datetime) -> None:
        for row in self._connection.execute(_READ_SUMS, {"names": list(named), "oldest": oldest}):
            key = (row.scope, row.name, row.period_start, row.period_end)
            self._sums[key] = _Sum(key, row.settled_usd, row.reserved_usd, stored=True)

    def _sum(self, budget: Budget, name: str, at: dt.datetime) -> _Sum:
        key = (budget.scope.value, name, *period_of(at, budget.period, self._zone))
        if key not in self._sums:
            self._sums[key] = _Sum(key, *self._added_up(*key), stored=False, changed=True)
        return self._sums[key]

    def _added_up(self, scope: str, name: str, start: dt.datetime, end: dt.datetime) -> tuple[Decimal, Decimal]:
        pending = _CALLS.c.outcome == CallOutcome.PENDING.value
        sums = (func.sum(case((~pending, _CALLS.c.cost_usd))), func.sum(case((pending, _CALLS.c.reserved_usd))))
        query = select(*sums).where(_CALLS.c.at >= start, _CALLS.c.at < end)
        if scope != BudgetScope.ALL:
            query = query.where(_CALLS.c[_COLUMN[BudgetScope(scope)]] == name)
        settled, reserved = self._connection.execute(query).one()
        return settled or NOTHING, reserved or NOTHING

    def _refusal(self, budget: Budget, name: str, total: _Sum, amount: Decimal) -> str:
        under_way = f" and {dollars(total.reserved)} set aside for calls under way" if total.reserved else ""
        return (
            f"the {described(budget, name)} leaves no room for this call: {dollars(total.settled)} spent{under_way}, "
            f"limit {dollars(budget.hard_usd or NOTHING)}, and the call may cost {dollars(amount)}; it starts anew on "
            f"{total.key[3].astimezone(self._zone):%Y-%m-%d at %H:%M %Z}, or raise it with `innkeeper budgets set`"
        )

    def _alerts(self, total: _Sum) -> Iterator[BudgetAlert]:
        """For each budget that the sum belongs to: the highest threshold reached, when nobody has warned of it."""
        scope, name, start, end = total.key
        for limit in self._limits:
            soft, of = limit.budget.soft_usd, (limit.budget.scope.value, limit.budget.name)
            if soft is None or of not in ((scope, name), (scope, EACH)):
                continue
            reached = [percent for percent in THRESHOLDS if total.settled * 100 >= percent * soft]
            same_period = (start, end) == period_of(start, limit.budget.period, self._zone)
            if reached and same_period and reached[0] in self._claimed(limit.id, total, reached):
                yield BudgetAlert(
                    budget=limit.budget,
                    name=name,
                    threshold=reached[0],
                    spent_usd=total.settled,
                    since=start.astimezone(self._zone),
                )

    def _claimed(self, budget_id: int, total: _Sum, reached: Sequence[int]) -> set[int]:
        """Those thresholds that were not passed before in this period; from now on they were."""
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        shared = {"budget_id": budget_id, "name": total.key[1], "period_start": total.key[2]}
        rows = [{**shared, "threshold": percent, "at": dt.datetime.now(dt.UTC)} for percent in reached]
        statement = dialect.insert(_ALERTS).values(rows).on_conflict_do_nothing().returning(_ALERTS.c.threshold)
        return set(self._connection.scalars(statement))


def _amounts(total: _Sum) -> dict[str, Any]:
    return {"settled_usd": total.settled, "reserved_usd": total.reserved}


def _its(total: _Sum) -> dict[str, Any]:
    return {f"its_{name}": value for name, value in zip(_KEY, total.key, strict=True)}
