"""Watches the watch: a source of logs that nobody has read for a while is an incident of its own."""

import datetime as dt
from collections.abc import Mapping, Sequence

from innkeeper.blocks.database import alert_outbox, incidents, silences
from innkeeper.blocks.database.alert_outbox import NewAlert
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.incidents import StoredIncident
from innkeeper.blocks.database.watching import first_tries, swept_sources
from innkeeper.engine.incidents import lifecycle
from innkeeper.engine.logs.analysis import Judged
from innkeeper.schemas.errors import Conflict
from innkeeper.schemas.incidents import AlertEvent, Incident, IncidentStatus
from innkeeper.schemas.logs import BaselineKind, Finding, FindingKind, Severity
from innkeeper.tasks.logs.concluding import Conclusion, Suspected, conclude
from innkeeper.tasks.logs.rules import IncidentRules

SERVICE = "log-sweep"
SILENT_AFTER = dt.timedelta(minutes=15)
SWEEPS_EVERY = dt.timedelta(minutes=5)  # as in prefect.yaml


async def watch_sources(
    database: Database, names: Sequence[str], rules: IncidentRules, targets: Sequence[str], now: dt.datetime
) -> list[Incident]:
    """
    Open an incident for sources that have not been swept for 15 minutes, or end it when all of them are again.

    Args:
        database: The hotel's.
        names: Of the sources that should be swept.
        rules: Of the hotel.
        targets: Names of the targets of alerts.
        now: Aware.

    Returns:
        What has changed; nothing where another process did the same just now.
    """
    async with database.reading() as session:
        swept, tried = await swept_sources(session), await first_tries(session, names)
    silent = {name: since for name in names if now - (since := _since(name, swept, tried, now)) >= SILENT_AFTER}
    try:
        return await _kept(database, silent, rules, targets, now)
    except Conflict:
        return []


def _since(
    name: str, swept: Mapping[str, dt.datetime], tried: Mapping[str, dt.datetime], now: dt.datetime
) -> dt.datetime:
    """Since when a source has not been swept; one that nobody has even tried to sweep is silent from the beginning."""
    return swept.get(name) or tried.get(name) or now - SILENT_AFTER


async def _kept(
    database: Database,
    silent: Mapping[str, dt.datetime],
    rules: IncidentRules,
    targets: Sequence[str],
    now: dt.datetime,
) -> list[Incident]:
    since = now - dt.timedelta(minutes=rules.policy.reopen_within_minutes)
    async with database.writing() as session:
        found = await incidents.open_incidents(session, resolved_since=since)
        known = [each for each in found if each.incident.service == SERVICE]
        if silent:
            quiet = await silences.active_silences(session, now)
            finding = _finding(silent, now)
            window = Judged(finding.started_at.timestamp(), now.timestamp(), (finding,), frozenset({SERVICE}), 0)
            before = [each.incident for each in known]
            concluded = conclude(before, [Suspected(window)], rules, silences=quiet, policy=rules.policy.at_once())
        else:
            concluded = _ended(known, now)
        changed = list(concluded.changed.values())
        saved = await incidents.save_incidents(session, known, changed, zone=rules.zone)
        told = [NewAlert(saved[_place(changed, each.incident)], each.event) for each in concluded.told]
        await alert_outbox.add_alerts(session, told, compose=rules.composed, targets=targets, now=now)
    return saved


def _ended(known: Sequence[StoredIncident], now: dt.datetime) -> Conclusion:
    """All is read again: what was open is over."""
    concluded = Conclusion([])
    for each in known:
        if each.incident.status in (IncidentStatus.RESOLVED, IncidentStatus.PENDING):
            continue
        over = lifecycle.resolve(each.incident, "quiet", now)
        concluded.changed[(over.fingerprint, over.id)] = over
        if over.opened_at:
            concluded.told.append(NewAlert(over, AlertEvent.RESOLVED))
    return concluded


def _place(changed: Sequence[Incident], incident: Incident) -> int:
    names = [(each.id, each.fingerprint) for each in changed]
    return names.index((incident.id, incident.fingerprint))


def _finding(silent: Mapping[str, dt.datetime], now: dt.datetime) -> Finding:
    started = min(silent.values())
    return Finding(
        kind=FindingKind.SILENCE,
        service=SERVICE,
        started_at=started,
        ended_at=now,
        unit="sweeps",
        observed=0,
        expected=float((now - started) // SWEEPS_EVERY),
        sample_size=0,
        baseline=BaselineKind.NONE,
        severity=Severity.HIGH,
        components=tuple(sorted(silent))[:10],
    )
