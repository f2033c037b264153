"""One sweep's findings and what becomes of the incidents: which open, grow, end, come back, and what is told."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import NamedTuple

from innkeeper.engine.incidents.grouping import Related, grouped, merged, services_of
from innkeeper.engine.incidents.policy import IncidentPolicy
from innkeeper.engine.incidents.silencing import is_silenced
from innkeeper.engine.incidents.transitions import (
    QUIET,
    acknowledge,
    escalated,
    found,
    hurried,
    is_due,
    is_over,
    opened,
    pending,
    reopened,
    resolve,
    suppressed,
)
from innkeeper.schemas.incidents import AlertEvent, Incident, IncidentStatus, Silence
from innkeeper.schemas.logs import Finding, Severity

__all__ = ["SweepOutcome", "Told", "acknowledge", "advance", "resolve"]


class Told(NamedTuple):
    """What is to be told of an incident, as it stands in `SweepOutcome.changed`."""

    incident: Incident
    event: AlertEvent


class SweepOutcome(NamedTuple):
    """
    What one sweep changes.

    Attributes:
        changed: To be stored. Those that are not pending and have no id yet get one. An incident without an id is the
            stored one of the same fingerprint that is not resolved.
        told: At most one event per incident, only when its status, severity or level has changed.
        forgotten: Pending ones that were nothing, or turned out to be part of another one: to be deleted.
    """

    changed: tuple[Incident, ...] = ()
    told: tuple[Told, ...] = ()
    forgotten: tuple[Incident, ...] = ()


class _Sweep(NamedTuple):
    now: dt.datetime
    policy: IncidentPolicy
    silences: Sequence[Silence]
    resolved: Sequence[Incident]
    covered: Collection[str] | None


_Step = tuple[Incident | None, AlertEvent | None]  # as it is now (None: forgotten), and what is told


def advance(
    incidents: Sequence[Incident],
    findings: Sequence[Finding],
    *,
    now: dt.datetime,
    policy: IncidentPolicy,
    silences: Sequence[Silence] = (),
    related: Related | None = None,
    covered: Collection[str] | None = None,
) -> SweepOutcome:
    """
    Let one sweep pass; call it once per sweep, also when nothing was found.

    Args:
        incidents: All that are not resolved, and those resolved within `policy.reopen_within_minutes`.
        findings: Of this sweep, in any order.
        now: The sweep's time; of a sweep over old logs, the end of its window.
        policy: The rules.
        silences: Running or not.
        related: Service → services it depends on; `ServiceMap.related()`.
        covered: Services that this sweep has looked at: an incident of another one is not quiet because of it. All
            when absent.
    """
    active = [each for each in incidents if each.status is not IncidentStatus.RESOLVED]
    sweep = _Sweep(now, policy, silences, _recent(incidents, now, policy), covered)
    news: list[list[Finding]] = [[] for _ in active]
    absorbed: dict[int, int] = {}
    steps: list[tuple[Incident | None, _Step]] = []
    for group in filter(policy.counts, grouped(_current(findings, sweep), policy, related or {})):
        if not _share_out(group, active, news, absorbed):
            new = pending(group, policy, now)
            steps.append((None, _after_finding(new, group, new.severity, sweep)))
    for place, incident in enumerate(active):
        swallowed = [each for one, other in absorbed.items() if other == place for each in active[one].findings]
        step = (None, None) if place in absorbed else _next(incident, news[place], swallowed, sweep)
        steps.append((incident, step))
    return _outcome(steps)


def _next(incident: Incident, new: Sequence[Finding], swallowed: Sequence[Finding], sweep: _Sweep) -> _Step:
    """What a sweep makes of a live incident; `swallowed` are earlier findings of pending ones that it explains."""
    if not new:
        return _after_nothing(incident, sweep)
    known = incident.model_copy(update={"findings": merged(swallowed, incident.findings)})
    return _after_finding(found(known, new, sweep.policy, sweep.now), new, incident.severity, sweep)


def _recent(incidents: Sequence[Incident], now: dt.datetime, policy: IncidentPolicy) -> list[Incident]:
    """The resolved ones that may be opened again, the latest first."""
    window = dt.timedelta(minutes=policy.reopen_within_minutes)
    recent = [each for each in incidents if each.resolved_at is not None and now - each.resolved_at <= window]
    return sorted(recent, key=lambda each: each.resolved_at or now, reverse=True)


def _current(findings: Sequence[Finding], sweep: _Sweep) -> list[Finding]:
    """Without those that were over when their incident was resolved: windows of sweeps overlap."""
    ended = {each.service: each.resolved_at for each in reversed(sweep.resolved)}
    return [each for each in findings if (over := ended.get(each.service)) is None or each.ended_at > over]


def _share_out(
    group: list[Finding], active: Sequence[Incident], news: list[list[Finding]], absorbed: dict[int, int]
) -> bool:
    """
    Give each finding of a group to an incident; False when none of them knows one.

    A finding goes to the incident of its own service, all others to the eldest that has been opened; a pending one
    that belongs to it goes with its findings.
    """
    homes = [_home(finding, active, absorbed) for finding in group]
    known = {home for home in homes if home is not None}
    if not known:
        return False
    eldest = min(known, key=lambda place: (_is_pending(active[place]), active[place].started_at))
    for finding, home in zip(group, homes, strict=True):
        own = home if home is not None and not _is_pending(active[home]) else eldest
        news[own].append(finding)
    for place in known:
        if place != eldest and _is_pending(active[place]):
            absorbed[place] = eldest
            news[eldest] += news[place]
    return True


def _home(finding: Finding, active: Sequence[Incident], absorbed: dict[int, int]) -> int | None:
    """Place of the incident that a finding belongs to: that of its service, else one that names it."""
    places = [place for place in range(len(active)) if place not in absorbed]
    own = [place for place in places if active[place].service == finding.service]
    if own:
        return own[0]
    named = services_of(finding)
    knowing = [place for place in places if named & _services(active[place])]
    return min(knowing, key=lambda place: (_is_pending(active[place]), active[place].started_at), default=None)


def _services(incident: Incident) -> frozenset[str]:
    return frozenset((incident.service,)).union(*(services_of(each) for each in incident.findings))


def _is_pending(incident: Incident) -> bool:
    return incident.status is IncidentStatus.PENDING


def _after_finding(incident: Incident, new: Sequence[Finding], severity: Severity, sweep: _Sweep) -> _Step:
    """What follows for an incident that was found; `severity` is what it had before."""
    silenced = is_silenced(incident, new, sweep.silences, sweep.now)
    if _is_pending(incident):
        return _after_waiting(incident, silenced, sweep)
    if silenced:
        return suppressed(incident), None
    if incident.status is IncidentStatus.SUPPRESSED:
        event = AlertEvent.OPENED if incident.opened_at is None else AlertEvent.ESCALATED
        return opened(incident, sweep.policy, sweep.now), event
    return _after_time(incident, sweep, is_worse=incident.severity != severity)


def _after_waiting(incident: Incident, silenced: bool, sweep: _Sweep) -> _Step:
    if not is_due(incident, sweep.policy):
        return incident, None
    if silenced:
        return suppressed(incident), None
    before = next((each for each in sweep.resolved if each.service == incident.service), None)
    if before is None:
        return opened(incident, sweep.policy, sweep.now), AlertEvent.OPENED
    event = AlertEvent.OPENED if before.opened_at is None else AlertEvent.REOPENED
    return reopened(before, incident, sweep.policy, sweep.now), event


def _after_nothing(incident: Incident, sweep: _Sweep) -> _Step:
    """What follows for an incident that was not found."""
    if sweep.covered is not None and incident.service not in sweep.covered:
        return _after_time(incident, sweep)
    quiet = incident.model_copy(update={"quiet_sweeps": incident.quiet_sweeps + 1})
    if _is_pending(quiet):
        return (None if is_over(quiet, sweep.policy) else quiet), None
    rule = sweep.policy.resolve_after
    since = sweep.now - quiet.last_seen_at
    if quiet.quiet_sweeps >= rule.quiet_sweeps and since >= dt.timedelta(minutes=rule.minutes):
        return resolve(quiet, QUIET, sweep.now), (AlertEvent.RESOLVED if quiet.opened_at else None)
    return quiet, None


def _after_time(incident: Incident, sweep: _Sweep, *, is_worse: bool = False) -> _Step:
    """Escalation: by what was found, or because nobody has acknowledged it while it goes on."""
    if is_worse:
        incident = hurried(incident, sweep.policy, sweep.now)
    if incident.quiet_sweeps or is_silenced(incident, (), sweep.silences, sweep.now):
        return incident, None
    higher = escalated(incident, sweep.policy, sweep.now)
    told = higher is not None or is_worse
    return higher or incident, (AlertEvent.ESCALATED if told else None)


def _outcome(steps: Sequence[tuple[Incident | None, _Step]]) -> SweepOutcome:
    changed, told, forgotten = list[Incident](), list[Told](), list[Incident]()
    for before, (after, event) in steps:
        if after is None:
            forgotten += [before] if before is not None else []
            continue
        if before is not None and after.reopened > before.reopened:
            forgotten.append(before)  # it was a resolved one that has come back
        if after != before:
            changed.append(after)
        if event is not None:
            told.append(Told(after, event))
    return SweepOutcome(tuple(changed), tuple(told), tuple(forgotten))
