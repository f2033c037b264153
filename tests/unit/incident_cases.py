"""Findings and incidents for tests."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from innkeeper.engine.incidents.lifecycle import SweepOutcome, advance
from innkeeper.engine.incidents.policy import OpeningRule, load_policy
from innkeeper.schemas.incidents import Incident, IncidentStatus
from innkeeper.schemas.logs import Finding, FindingKind, Severity

START = dt.datetime(2026, 3, 9, 8, 30, tzinfo=dt.UTC)
SWEEP = dt.timedelta(minutes=5)
OPENING = (
    OpeningRule(severity_at_least=Severity.CRITICAL, need=1, of=1),
    OpeningRule(kinds=(FindingKind.SILENCE,), need=1, of=1),
    OpeningRule(need=2, of=3),
)


def finding(at: dt.datetime = START, **changes: Any) -> Finding:
    """The spec's three lines of the camera service, unless `changes` say otherwise; it lasts for two minutes."""
    values: dict[str, Any] = {
        "kind": "error_spike",
        "service": "cv",
        "template_id": "t1",
        "template": "Face recognition failed: timeout",
        "level": "error",
        "started_at": at,
        "ended_at": at + dt.timedelta(minutes=2),
        "unit": "share",
        "observed": 1.0,
        "sample_size": 3,
        "baseline": "none",
        "severity": "high",
        "components": ("cam_lobby_01", "cam_lobby_02"),
    }
    return Finding(**values | changes)


def opened(*findings: Finding) -> Incident:
    """The incident that two sweeps with the same findings open."""
    hotel = Hotel()
    hotel.sweep(*findings)
    hotel.sweep(*findings)
    (incident,) = hotel.incidents
    assert incident.status is IncidentStatus.OPEN
    return incident


class Hotel:
    """Sweeps of one hotel, and its incidents as a database would hold them between two sweeps."""

    def __init__(self) -> None:
        self.now = START
        self.policy = load_policy().model_copy(update={"opening": OPENING})
        self.incidents: list[Incident] = []
        self.told: list[tuple[str, str]] = []
        self.numbered = 0

    def sweep(self, *findings: Finding, **arguments: Any) -> SweepOutcome:
        """One sweep five minutes after the last one; findings are moved to just before it."""
        self.now += SWEEP
        moved = [_moved(each, self.now) for each in findings]
        done = advance(self.incidents, moved, now=self.now, policy=self.policy, **arguments)
        self._store(done)
        return done

    def sweeps(self, count: int, **arguments: Any) -> list[str]:
        """Quiet sweeps; what they told."""
        return [event.value for _ in range(count) for _, event in self.sweep(**arguments).told]

    def replace(self, incident: Incident) -> None:
        """Store what a person did."""
        self.incidents = [incident if each.id == incident.id else each for each in self.incidents]

    def by_status(self, status: IncidentStatus) -> list[Incident]:
        """Those in one state."""
        return [each for each in self.incidents if each.status is status]

    def _store(self, done: SweepOutcome) -> None:
        gone = {each.fingerprint for each in done.forgotten}
        kept = [each for each in self.incidents if each.id is not None or each.fingerprint not in gone]
        for incident in done.changed:
            kept = [each for each in kept if not _is_same(each, incident)]
            if incident.id is None and incident.status is not IncidentStatus.PENDING:
                self.numbered += 1
                incident = incident.model_copy(update={"id": f"INC-2026-{self.numbered:03}"})
            kept.append(incident)
        self.incidents = kept
        numbers = {each.fingerprint: each.id for each in kept if each.status is not IncidentStatus.RESOLVED}
        for incident, event in done.told:
            self.told.append((incident.id or numbers[incident.fingerprint] or "", event.value))


def events(done: SweepOutcome) -> Sequence[str]:
    """What a sweep told."""
    return [event.value for _, event in done.told]


def _is_same(stored: Incident, changed: Incident) -> bool:
    if changed.id is not None:
        return stored.id == changed.id
    return stored.id is None and stored.fingerprint == changed.fingerprint


def _moved(each: Finding, now: dt.datetime) -> Finding:
    length = each.ended_at - each.started_at
    return each.model_copy(update={"started_at": now - length, "ended_at": now})
