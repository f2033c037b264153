"""What a person decides about an incident: somebody looks after it, or it is over. Every target is told."""

import datetime as dt
from collections.abc import Callable, Sequence

from innkeeper.blocks.database import alert_outbox
from innkeeper.blocks.database.alert_outbox import NewAlert
from innkeeper.blocks.database.audit import record
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.incidents import StoredIncident, find_incident, save_incident
from innkeeper.engine.incidents import lifecycle
from innkeeper.schemas.errors import Conflict
from innkeeper.schemas.incidents import Alert, AlertEvent, Incident, IncidentStatus
from innkeeper.tasks.logs.rules import IncidentRules

_ATTEMPTS = 3
Change = Callable[[Incident, str, dt.datetime], Incident]


async def acknowledge_incident(
    database: Database, incident_id: str, *, by: str, rules: IncidentRules, targets: Sequence[str]
) -> tuple[Incident, list[Alert]]:
    """
    Note that somebody looks after an incident: nobody else is called. The same one again changes nothing.

    Args:
        database: The hotel's.
        incident_id: "INC-2026-001".
        by: As the audit log names a principal.
        rules: Of the hotel.
        targets: Names of the targets of alerts; the alert is written in the same transaction, and sent later.

    Returns:
        The incident as it is now, and what is told of it.

    Raises:
        NotFound: There is no such incident.
        Conflict: It is not open.
    """
    return await _changed(database, incident_id, AlertEvent.ACKNOWLEDGED, by=by, rules=rules, targets=targets)


async def resolve_incident(
    database: Database, incident_id: str, *, by: str, rules: IncidentRules, targets: Sequence[str]
) -> tuple[Incident, list[Alert]]:
    """Note that an incident is over, as `acknowledge_incident`; an incident that was never told ends untold."""
    return await _changed(database, incident_id, AlertEvent.RESOLVED, by=by, rules=rules, targets=targets)


async def _changed(
    database: Database,
    incident_id: str,
    event: AlertEvent,
    *,
    by: str,
    rules: IncidentRules,
    targets: Sequence[str],
) -> tuple[Incident, list[Alert]]:
    for attempt in range(_ATTEMPTS):
        async with database.reading() as session:
            stored = await find_incident(session, incident_id)
        if _is_done(stored.incident, event, by):
            return stored.incident, []
        change = lifecycle.acknowledge if event is AlertEvent.ACKNOWLEDGED else lifecycle.resolve
        changed = change(stored.incident, by, dt.datetime.now(dt.UTC))  # a Conflict of this kind does not pass
        try:
            return await _kept(database, stored, changed, event, by, rules, targets)
        except Conflict:  # a sweep has changed it meanwhile
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _is_done(incident: Incident, event: AlertEvent, by: str) -> bool:
    if event is AlertEvent.ACKNOWLEDGED:
        return incident.status is IncidentStatus.ACKNOWLEDGED and incident.acknowledged_by == by
    return incident.status is IncidentStatus.RESOLVED and incident.resolved_by == by


async def _kept(
    database: Database,
    stored: StoredIncident,
    changed: Incident,
    event: AlertEvent,
    by: str,
    rules: IncidentRules,
    targets: Sequence[str],
) -> tuple[Incident, list[Alert]]:
    now = dt.datetime.now(dt.UTC)
    async with database.writing() as session:
        saved = await save_incident(session, stored, changed, zone=rules.zone)
        told = [NewAlert(saved, event)] if saved.opened_at else []
        alerts = await alert_outbox.add_alerts(session, told, compose=rules.composed, targets=targets, now=now)
        record(session, principal=by, action=f"incident.{event.value}", subject=f"incident:{saved.id}")
    return saved, alerts
