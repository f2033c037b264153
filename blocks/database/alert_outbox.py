"""Alerts in the database: written with the incident that they tell of, and for each target sent by one at a time."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import and_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.incident_models import AlertRow, DeliveryRow, IncidentRow
from innkeeper.blocks.database.incidents import next_number
from innkeeper.blocks.database.log_types import short
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.incidents import Alert, AlertEvent, Incident, IncidentStatus
from innkeeper.schemas.logs import Severity

_SERIES = "ALERT"
URGENCY = {severity: place for place, severity in enumerate(Severity)}
_ACTIVE = (IncidentStatus.OPEN.value, IncidentStatus.ACKNOWLEDGED.value)

# (the incident with its id, what happened to it, the alert's id) -> the alert in words
Compose = Callable[[Incident, AlertEvent, str], Alert]


class DeliveryStatus(StrEnum):
    """Of one alert at one target."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"  # the target refuses it for good
    GIVEN_UP = "given_up"  # tried for too long, or there is nothing left to say


class Delivery(NamedTuple):
    """What became of an alert at one target."""

    alert_id: str
    target: str
    event: AlertEvent
    status: DeliveryStatus
    attempts: int
    next_attempt_at: dt.datetime
    sent_at: dt.datetime | None
    receipt: str | None
    problem: str | None


class NewAlert(NamedTuple):
    """Something to tell: `targets` only, or all."""

    incident: Incident
    event: AlertEvent
    targets: tuple[str, ...] | None = None


class ActiveAlert(NamedTuple):
    """An incident that is not over, and the first alert that told of it; none while nobody was told."""

    alert_id: str | None
    incident: Incident


async def add_alerts(
    session: AsyncSession,
    alerts: Iterable[NewAlert],
    *,
    compose: Compose,
    targets: Sequence[str],
    now: dt.datetime,
) -> list[Alert]:
    """
    Write alerts, and for each of their targets a delivery that waits.

    Args:
        session: From `Database.writing()`; the one that stores the incidents.
        alerts: In the order in which they happened. Their incidents have ids.
        compose: Finds the words.
        targets: Names of all targets that there are.
        now: Aware.

    Returns:
        The alerts with their ids.

    Raises:
        InputInvalid: An incident has no id: it is pending.
    """
    written = []
    for incident, event, only in alerts:
        if incident.id is None:
            raise InputInvalid("a pending incident has no number yet; nothing is told about it")
        number = await next_number(session, _SERIES)
        alert = compose(incident, event, f"{_SERIES}-{number:03d}")
        chosen = [name for name in dict.fromkeys(targets) if only is None or name in only]
        session.add(_row(number, alert))
        session.add_all(_delivery(number, alert, name, now) for name in chosen)
        written.append(alert)
    await session.flush()
    return written


async def active_alerts(session: AsyncSession) -> list[ActiveAlert]:
    """Incidents that are open or acknowledged, with their first alerts; the earliest first."""
    rows = (await session.scalars(select(IncidentRow).where(IncidentRow.status.in_(_ACTIVE)))).all()
    ids = [row.id for row in rows]
    told = select(AlertRow.incident_id, AlertRow.id).where(AlertRow.incident_id.in_(ids))
    first: dict[str, str] = {}
    for incident_id, alert_id in await session.execute(told.order_by(AlertRow.number)):
        first.setdefault(incident_id, alert_id)
    active = [ActiveAlert(first.get(row.id or ""), Incident.model_validate(row.content)) for row in rows]
    return sorted(active, key=lambda each: (each.incident.started_at, each.incident.id or ""))


async def alerts_of(session: AsyncSession, incident_id: str) -> list[Alert]:
    """What was told of an incident, oldest first."""
    query = select(AlertRow).where(AlertRow.incident_id == incident_id).order_by(AlertRow.number)
    return [Alert.model_validate(row.content) for row in await session.scalars(query)]


async def deliveries_of(session: AsyncSession, incident_id: str) -> list[Delivery]:
    """What became of an incident's alerts at each target, oldest alert first."""
    query = (
        select(DeliveryRow, AlertRow.id)
        .join(AlertRow, AlertRow.number == DeliveryRow.alert_number)
        .where(DeliveryRow.incident_id == incident_id)
        .order_by(DeliveryRow.alert_number, DeliveryRow.target)
    )
    return [_told(row, alert_id) for row, alert_id in await session.execute(query)]


async def mark_sent(session: AsyncSession, alert_number: int, target: str, *, receipt: str, at: dt.datetime) -> None:
    """Note that a target took the alert, whoever is sending it by now: it went out."""
    unsent = and_(_is(alert_number, target), DeliveryRow.sent_at.is_(None))
    await session.execute(
        update(DeliveryRow)
        .where(unsent)
        .values(
            status=DeliveryStatus.SENT.value,
            sent_at=at,
            receipt=short(receipt),
            problem=None,
            claimed_by=None,
            claimed_until=None,
        )
    )


async def put_back(
    session: AsyncSession, alert_number: int, target: str, holder: str, *, next_attempt_at: dt.datetime, problem: str
) -> None:
    """Let the delivery wait; nothing happens when somebody else took it up."""
    await _end_claim(session, alert_number, target, holder, next_attempt_at=next_attempt_at, problem=short(problem))


async def end_delivery(
    session: AsyncSession, alert_number: int, target: str, holder: str, *, status: DeliveryStatus, problem: str
) -> None:
    """Try no more; nothing happens when somebody else took it up."""
    await _end_claim(session, alert_number, target, holder, status=status.value, problem=short(problem))


async def give_up_strays(session: AsyncSession, targets: Sequence[str], before: dt.datetime) -> int:
    """Give up what has waited since `before` for targets that are not there any more. How many."""
    stray = and_(
        DeliveryRow.status == DeliveryStatus.WAITING.value,
        DeliveryRow.target.not_in(targets),
        DeliveryRow.created_at < before,
    )
    problem = "no target of this name is configured"
    given_up = update(DeliveryRow).where(stray).values(status=DeliveryStatus.GIVEN_UP.value, problem=problem)
    return len((await session.scalars(given_up.returning(DeliveryRow.alert_number))).all())


async def _end_claim(session: AsyncSession, alert_number: int, target: str, holder: str, **values: Any) -> None:
    held = and_(
        _is(alert_number, target),
        DeliveryRow.claimed_by == holder,
        DeliveryRow.status == DeliveryStatus.WAITING.value,
    )
    await session.execute(update(DeliveryRow).where(held).values(**values, claimed_by=None, claimed_until=None))


def _is(alert_number: int, target: str) -> Any:
    return and_(DeliveryRow.alert_number == alert_number, DeliveryRow.target == target)


def _row(number: int, alert: Alert) -> AlertRow:
    return AlertRow(
        number=number,
        id=alert.id,
        incident_id=alert.incident_id,
        event=alert.event.value,
        occurred_at=alert.occurred_at,
        content=alert.model_dump(mode="json"),
    )


def _delivery(number: int, alert: Alert, target: str, now: dt.datetime) -> DeliveryRow:
    return DeliveryRow(
        alert_number=number,
        target=target,
        incident_id=alert.incident_id,
        event=alert.event.value,
        urgency=URGENCY[alert.severity],
        status=DeliveryStatus.WAITING.value,
        attempts=0,
        next_attempt_at=now,
        created_at=now,
    )


def _told(row: DeliveryRow, alert_id: str) -> Delivery:
    return Delivery(
        alert_id=alert_id,
        target=row.target,
        event=AlertEvent(row.event),
        status=DeliveryStatus(row.status),
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        sent_at=row.sent_at,
        receipt=row.receipt,
        problem=row.problem,
    )
