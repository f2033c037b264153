"""One transaction of the ledger: close calls, check budgets, open calls. Runs inside `ledger_store.Store.write`."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from innkeeper.blocks.database.budget_sums import NOTHING, BudgetSums, names_of
from innkeeper.blocks.database.budgets import BudgetAlert
from innkeeper.blocks.database.models import Base
from innkeeper.schemas.models import CallOutcome, FinishedCall, NewCall

_NANO = Decimal("1e-9")
_CALLS = Base.metadata.tables["model_calls"]
_CLOSE = update(_CALLS).where(_CALLS.c.id == bindparam("call_id"))
_PENDING = _CALLS.c.outcome == CallOutcome.PENDING.value
_READ = [_CALLS.c[name] for name in ("id", "at", "flow", "principal", "property_id", "reserved_usd")]
# built once: building a statement takes longer than SQLite takes to run it
_ENDED = select(*_READ).where(_CALLS.c.id.in_(bindparam("ids", expanding=True)), _PENDING).order_by(_CALLS.c.id)
_ENTER = insert(_CALLS)


@dataclass(frozen=True, slots=True)
class Opening:
    """A call to enter as pending; `at` is aware."""

    id: str
    at: dt.datetime
    call: NewCall


@dataclass(frozen=True, slots=True)
class Closing:
    """How the call `id` ended."""

    id: str
    finished: FinishedCall


@dataclass(frozen=True, slots=True)
class Written:
    """What a transaction did: why calls were refused, by id, and the warnings that this process has to give."""

    refused: dict[str, str] = field(default_factory=dict)
    alerts: list[BudgetAlert] = field(default_factory=list)


def write_calls(
    connection: Connection, zone: dt.tzinfo, openings: Sequence[Opening], closings: Sequence[Closing], *, retried: bool
) -> Written:
    """
    Write everything: closings first, since they free what was reserved, then openings in order.

    Args:
        connection: In a transaction that nobody else writes beside.
        zone: Of the hotel.
        openings: Calls that wait for permission.
        closings: Calls that ended; one that is unknown, or closed already, changes nothing.
        retried: An earlier transaction with the same openings may have been committed after all.
    """
    if retried:
        openings = _new(connection, openings)
    ended = _ended(connection, closings)
    calls = [(names_of(opening.call.spender), opening.at) for opening in openings]
    sums = BudgetSums(connection, zone, [*calls, *((names_of(row), row.at) for row, _ in ended)])
    for row, finished in ended:
        sums.settle(names_of(row), row.at, _exact(finished.cost_usd) or NOTHING, row.reserved_usd or NOTHING)
    if ended:
        connection.execute(_CLOSE, [{"call_id": row.id, **_end(finished)} for row, finished in ended])
    refused: dict[str, str] = {}
    for opening in openings:
        amount = _exact(opening.call.reserved_usd) or NOTHING
        if reason := sums.reserve(names_of(opening.call.spender), opening.at, amount):
            refused[opening.id] = reason
    granted = [_row(opening, zone) for opening in openings if opening.id not in refused]
    if granted:
        connection.execute(_ENTER, granted)
    return Written(refused, sums.write())


def _new(connection: Connection, openings: Sequence[Opening]) -> list[Opening]:
    there = set(connection.scalars(select(_CALLS.c.id).where(_CALLS.c.id.in_([opening.id for opening in openings]))))
    return [opening for opening in openings if opening.id not in there]


def _ended(connection: Connection, closings: Sequence[Closing]) -> list[tuple[Any, FinishedCall]]:
    """The rows that are still pending, in an order that all processes share, and how their calls ended."""
    if not closings:
        return []
    finished = {closing.id: closing.finished for closing in reversed(closings)}  # of two for a call, the first counts
    rows = connection.execute(_ENDED, {"ids": list(finished)})
    return [(row, finished[row.id]) for row in rows]


def _row(opening: Opening, zone: dt.tzinfo) -> dict[str, Any]:
    call = opening.call
    return {
        **call.spender.model_dump(),
        "id": opening.id,
        "at": opening.at,
        "day": opening.at.astimezone(zone).date(),
        "capability": call.capability.value,
        "provider": call.provider[:60],
        "model": call.model[:200],
        "prompt_fingerprint": call.prompt_fingerprint,
        "reserved_usd": call.reserved_usd,
        "outcome": CallOutcome.PENDING.value,
    }


def _end(finished: FinishedCall) -> dict[str, Any]:
    return {
        **finished.usage.model_dump(),
        "outcome": finished.outcome.value,
        "cost_usd": finished.cost_usd,
        "latency_ms": finished.latency_ms,
        "first_token_ms": finished.first_token_ms,
    }


def _exact(amount: Decimal | None) -> Decimal | None:
    """As the column will hold it, so that sums and rows agree."""
    return None if amount is None else amount.quantize(_NANO, ROUND_HALF_UP)
