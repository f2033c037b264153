"""How the watch over the logs is, read from the database: when sources were swept, what is open, what was told."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.alert_outbox import DeliveryStatus
from innkeeper.blocks.database.incident_models import DeliveryRow, IncidentRow
from innkeeper.blocks.database.sweep_models import LogBaselineRow, LogSourceRow, SweepRow
from innkeeper.blocks.database.sweeps import FINISHED, SweepRecord
from innkeeper.schemas.incidents import IncidentStatus
from innkeeper.schemas.logs import Severity

POSTED = "(posted)"  # no source can have this name: lines that somebody posted
SERVICES = "(services)"  # the services of the map that a source has shown, kept beside its baselines
_ACTIVE = (IncidentStatus.OPEN.value, IncidentStatus.ACKNOWLEDGED.value)


class DeliveryCount(NamedTuple):
    """How many alerts ended so at one target."""

    target: str
    status: DeliveryStatus
    alerts: int


async def record_analysis(session: AsyncSession, *, started_at: dt.datetime, lines: int, findings: int) -> None:
    """Note that posted lines were analysed, for the status."""
    now = dt.datetime.now(dt.UTC)
    done = SweepRecord(POSTED, FINISHED, started_at, now, lines, findings, None)
    session.add(SweepRow(**done._asdict(), from_cursor=""))


async def last_analysis(session: AsyncSession) -> dt.datetime | None:
    """When the last sweep or analysis ended well."""
    ended: dt.datetime | None = await session.scalar(
        select(SweepRow.finished_at).where(SweepRow.status == FINISHED).order_by(SweepRow.finished_at.desc()).limit(1)
    )
    return ended


async def swept_sources(session: AsyncSession) -> dict[str, dt.datetime]:
    """When each source was last swept, by its name."""
    rows = await session.execute(select(LogSourceRow.name, LogSourceRow.swept_at))
    return {row.name: row.swept_at for row in rows}


async def first_tries(session: AsyncSession, names: Iterable[str]) -> dict[str, dt.datetime]:
    """When the first sweep on record of each source began, whatever came of it."""
    first = select(SweepRow.source, func.min(SweepRow.started_at).label("began")).where(
        SweepRow.source.in_(list(names))
    )
    return {row.source: row.began for row in await session.execute(first.group_by(SweepRow.source))}


async def seen_services(session: AsyncSession) -> set[str]:
    """The services of the map whose lines were in a sweep."""
    rows = await session.scalars(select(LogBaselineRow.state).where(LogBaselineRow.service == SERVICES))
    return {service for _, services in rows for service in services}


async def count_active(session: AsyncSession) -> dict[Severity, int]:
    """Incidents that are open or acknowledged, by severity; 0 where there are none."""
    query = select(IncidentRow.severity, func.count()).where(IncidentRow.status.in_(_ACTIVE))
    found = {
        Severity(severity): count for severity, count in await session.execute(query.group_by(IncidentRow.severity))
    }
    return {each: found.get(each, 0) for each in Severity}


async def count_deliveries(session: AsyncSession) -> list[DeliveryCount]:
    """Alerts that have ended at each target, one way or another."""
    over = DeliveryRow.status != DeliveryStatus.WAITING.value
    query = select(DeliveryRow.target, DeliveryRow.status, func.count()).where(over)
    rows = await session.execute(query.group_by(DeliveryRow.target, DeliveryRow.status))
    return [DeliveryCount(target, DeliveryStatus(status), count) for target, status, count in rows]
