"""Sums over the ledger: what calls took and cost, by day, flow, model, principal or capability."""

import datetime as dt
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import ColumnElement, String, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.models import ModelCall
from innkeeper.schemas.models import CallOutcome, Spending

SpendingBy = Literal["day", "flow", "model", "principal", "capability"]

_PENDING = ModelCall.outcome == CallOutcome.PENDING.value
_COST = case((_PENDING, ModelCall.reserved_usd), else_=ModelCall.cost_usd)
_KEYS: dict[SpendingBy, ColumnElement[Any]] = {
    "day": cast(ModelCall.day, String),
    "flow": func.coalesce(ModelCall.flow, "-"),
    "model": ModelCall.provider + "/" + ModelCall.model,
    "principal": ModelCall.principal.expression,
    "capability": ModelCall.capability.expression,
}
_SUMS = (
    func.count().label("requests"),
    func.sum(ModelCall.input_tokens).label("input_tokens"),
    func.sum(ModelCall.cached_input_tokens).label("cached_input_tokens"),
    func.sum(ModelCall.output_tokens).label("output_tokens"),
    func.sum(_COST).label("cost_usd"),
    func.sum(case((_COST.is_(None), 1), else_=0)).label("unpriced_requests"),
    func.min(ModelCall.at).label("first_at"),
    func.max(ModelCall.at).label("last_at"),
)


async def spending(
    session: AsyncSession,
    by: SpendingBy,
    since: dt.date | None = None,
    until: dt.date | None = None,
    flow_run_id: str | None = None,
) -> list[Spending]:
    """
    What calls took and cost, summed by `by`.

    A call under way, or whose process died, counts with what was reserved for it.

    Args:
        session: From `Database.reading()`.
        by: What to sum over; a call without a flow is under `-`.
        since: First day, where the hotel is; from the beginning when not given.
        until: Last day, counted too.
        flow_run_id: Only the calls of this flow run.

    Returns:
        Days in order; otherwise the dearest first.
    """
    wanted = [] if since is None else [ModelCall.day >= since]
    wanted += [] if until is None else [ModelCall.day <= until]
    wanted += [] if flow_run_id is None else [ModelCall.flow_run_id == flow_run_id]
    key = _KEYS[by].label("key")
    rows = await session.execute(select(key, *_SUMS).where(*wanted).group_by(key))
    found = [_spending(row) for row in rows]
    if by == "day":
        return sorted(found, key=lambda each: each.key)
    return sorted(found, key=lambda each: (-each.cost_usd, -each.requests, each.key))


def _spending(row: Any) -> Spending:
    values = {name: value for name, value in row._mapping.items() if name not in ("cost_usd", "key")}
    return Spending(key=str(row.key), cost_usd=row.cost_usd or Decimal(0), **values)
