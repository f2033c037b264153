"""
What may become of one incident, each as a pure function.

    PENDING ──found often enough──▶ OPEN ──a person──▶ ACKNOWLEDGED
       │                          ▲   │ ▲                  │
       │ quiet: forgotten   silence  silence ends          │
       └──▶ (gone)           starts ▼ │                    │
                               SUPPRESSED ──quiet, a person──▶ RESOLVED ──found again──▶ OPEN

`opened_at` is set when an incident is told for the first time: one that was silenced all its life never has it.
"""

import datetime as dt
from collections.abc import Sequence

from innkeeper.engine.incidents.grouping import fingerprint_of, is_of_many, leading, merged, severity_of
from innkeeper.engine.incidents.hostile import plain_components
from innkeeper.engine.incidents.policy import IncidentPolicy, rank
from innkeeper.engine.incidents.titles import title_of
from innkeeper.schemas.errors import Conflict
from innkeeper.schemas.incidents import Incident, IncidentStatus
from innkeeper.schemas.logs import Finding

QUIET = "quiet"  # who resolved it, when it resolved by itself
_MAX_COMPONENTS = 20


def pending(findings: Sequence[Finding], policy: IncidentPolicy, now: dt.datetime) -> Incident:
    """A new incident, as yet untold."""
    first = leading(findings)
    started = min(now, *(each.started_at for each in findings))
    return Incident(
        id=None,
        fingerprint=fingerprint_of(first),
        kind=first.kind,
        service=first.service,
        affected_components=_components((), findings),
        severity=severity_of(findings, policy),
        status=IncidentStatus.PENDING,
        title=title_of(first),
        started_at=started,
        last_seen_at=max(started, min(now, max(each.ended_at for each in findings))),
        findings=merged(findings, ()),
    )


def found(incident: Incident, findings: Sequence[Finding], policy: IncidentPolicy, now: dt.datetime) -> Incident:
    """`incident` as one more sweep has seen it: it may get worse, and better only while it is pending."""
    kept = merged(findings, incident.findings)
    severity = severity_of(kept, policy)
    waiting = incident.status is IncidentStatus.PENDING
    worse = rank(severity) > rank(incident.severity)
    changes: dict[str, object] = {
        "occurrences": incident.occurrences + 1,
        "quiet_sweeps": 0,
        "findings": kept,
        "affected_components": _components(incident.affected_components, findings),
        "started_at": min(incident.started_at, *(each.started_at for each in findings)),
        "last_seen_at": max(incident.last_seen_at, min(now, max(each.ended_at for each in findings))),
    }
    own = [each for each in kept if each.service == incident.service]
    if (waiting or worse) and own:
        changes |= {"kind": leading(own).kind, "title": title_of(leading(own))}
    if waiting or worse:
        changes |= {"severity": severity}
    return incident.model_copy(update=changes)


def is_due(incident: Incident, policy: IncidentPolicy) -> bool:
    """Whether a pending incident has been found often enough to open."""
    return incident.occurrences >= policy.opening_of(incident.findings).need


def is_over(incident: Incident, policy: IncidentPolicy) -> bool:
    """Whether a pending incident has been quiet for so long that it was nothing."""
    rule = policy.opening_of(incident.findings)
    return incident.quiet_sweeps > rule.of - rule.need


def opened(incident: Incident, policy: IncidentPolicy, now: dt.datetime) -> Incident:
    """`incident` told: for the first time, or after a silence, when an acknowledgement still counts."""
    acknowledged = incident.acknowledged_at is not None
    return incident.model_copy(
        update={
            "status": IncidentStatus.ACKNOWLEDGED if acknowledged else IncidentStatus.OPEN,
            "opened_at": incident.opened_at or now,
            "next_escalation_at": None if acknowledged else _timer(incident, policy, now),
        }
    )


def suppressed(incident: Incident) -> Incident:
    """`incident` kept and not told, for as long as the silence lasts."""
    return incident.model_copy(update={"status": IncidentStatus.SUPPRESSED, "next_escalation_at": None})


def reopened(before: Incident, again: Incident, policy: IncidentPolicy, now: dt.datetime) -> Incident:
    """
    `before`, which had been resolved, with what was found since.

    Args:
        before: Resolved.
        again: The pending incident of the same service that turned out to be the same.
    """
    back = before.model_copy(
        update={
            "kind": again.kind,
            "title": again.title,
            "severity": again.severity,
            "findings": again.findings,
            "affected_components": _joined(before.affected_components, again.affected_components),
            "last_seen_at": max(before.last_seen_at, again.last_seen_at),
            "occurrences": before.occurrences + again.occurrences,
            "quiet_sweeps": 0,
            "reopened": before.reopened + 1,
            "escalation_level": 0,
            "acknowledged_at": None,
            "acknowledged_by": None,
            "resolved_at": None,
            "resolved_by": None,
        }
    )
    return opened(back, policy, now)


def escalated(incident: Incident, policy: IncidentPolicy, now: dt.datetime) -> Incident | None:
    """`incident` at the next level when nobody has acknowledged it in time; none when nothing is due."""
    due = incident.next_escalation_at
    if incident.status is not IncidentStatus.OPEN or due is None or now < due:
        return None
    higher = incident.model_copy(update={"escalation_level": incident.escalation_level + 1})
    return higher.model_copy(update={"next_escalation_at": _timer(higher, policy, now)})


def hurried(incident: Incident, policy: IncidentPolicy, now: dt.datetime) -> Incident:
    """`incident`, which has become worse, with the timer of its new severity; never a later one."""
    if incident.status is not IncidentStatus.OPEN:
        return incident
    timer = _timer(incident, policy, now)
    times = [each for each in (incident.next_escalation_at, timer) if each is not None]
    return incident.model_copy(update={"next_escalation_at": min(times, default=None)})


def acknowledge(incident: Incident, by: str, now: dt.datetime) -> Incident:
    """
    `incident` with the name of who looks after it; nobody is called any more.

    Raises:
        Conflict: It is not open; the message says what it is.
    """
    if incident.status is not IncidentStatus.OPEN:
        raise Conflict(f"Only an open incident can be acknowledged; {_state(incident)}")
    return incident.model_copy(
        update={
            "status": IncidentStatus.ACKNOWLEDGED,
            "acknowledged_at": now,
            "acknowledged_by": by,
            "next_escalation_at": None,
        }
    )


def resolve(incident: Incident, by: str, now: dt.datetime) -> Incident:
    """
    `incident` ended. Tell it (AlertEvent.RESOLVED) only if it was told before: `opened_at` is set.

    Raises:
        Conflict: It has been resolved already, or has never been opened.
    """
    if incident.status in (IncidentStatus.PENDING, IncidentStatus.RESOLVED):
        raise Conflict(f"Only an open, acknowledged or silenced incident can be resolved; {_state(incident)}")
    return incident.model_copy(
        update={
            "status": IncidentStatus.RESOLVED,
            "resolved_at": now,
            "resolved_by": by,
            "next_escalation_at": None,
        }
    )


def _state(incident: Incident) -> str:
    name = incident.id or "this one"
    if incident.status is IncidentStatus.ACKNOWLEDGED:
        return f"{name} was acknowledged by {incident.acknowledged_by}"
    if incident.status is IncidentStatus.RESOLVED:
        return f"{name} was resolved by {incident.resolved_by}"
    return f"{name} is {incident.status}"


def _timer(incident: Incident, policy: IncidentPolicy, now: dt.datetime) -> dt.datetime | None:
    wait = policy.wait_before(incident.severity, incident.escalation_level)
    return None if wait is None else now + wait


def _components(before: tuple[str, ...], findings: Sequence[Finding]) -> tuple[str, ...]:
    named = (name for each in findings if not is_of_many(each) for name in each.components)
    return _joined(before, plain_components(tuple(named)))


def _joined(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))[:_MAX_COMPONENTS]
