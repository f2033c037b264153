"""What judged windows mean for the incidents: which open, grow and end, and what is told of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from innkeeper.blocks.database.alert_outbox import NewAlert
from innkeeper.engine.incidents.lifecycle import advance
from innkeeper.engine.incidents.policy import IncidentPolicy
from innkeeper.engine.logs.analysis import WINDOW_S, Judged, LogAnalysis
from innkeeper.schemas.incidents import AlertEvent, Incident, IncidentStatus, Silence
from innkeeper.schemas.logs import Culprit, from_unix
from innkeeper.schemas.monitoring import Chart
from innkeeper.tasks.logs.rules import IncidentRules

MAX_CHARTS = 20  # of one window
_Key = tuple[str, str | None]
_GOING_ON = (AlertEvent.OPENED, AlertEvent.REOPENED, AlertEvent.ESCALATED)


@dataclass(frozen=True)
class Suspected:
    """A judged window with the services that may have started what is wrong in it, and charts by service."""

    judged: Judged
    culprits: tuple[Culprit, ...] = ()
    charts: Mapping[str, Chart] = field(default_factory=dict)


def suspected(analysis: LogAnalysis, judged: Judged) -> Suspected:
    """The window that was judged just now with suspects and charts, where anything was found in it."""
    if not judged.findings:
        return Suspected(judged)
    since = min(each.started_at.timestamp() for each in judged.findings)
    services = [*dict.fromkeys(each.service for each in judged.findings)][:MAX_CHARTS]
    charts = {}
    for service in services:
        start, lines = analysis.lines_per_minute(service, judged.end)
        charts[service] = Chart(since=from_unix(start), lines=tuple(lines))
    return Suspected(judged, analysis.culprits(since), charts)


def chart_of(incident: Incident, windows: Iterable[Suspected]) -> Chart | None:
    """Of the last window in which the incident was found."""
    ended = incident.last_seen_at.timestamp() + WINDOW_S
    found = None
    for each in windows:
        if each.judged.start <= ended and incident.service in each.charts:
            found = each.charts[incident.service]
    return found


@dataclass
class Conclusion:
    """
    The incidents after some windows.

    Attributes:
        incidents: All that were given, as they are now, and the new ones.
        changed: New and changed ones, each once, as they are now; a pending one that came to nothing is resolved.
        told: In the order in which it happened.
    """

    incidents: list[Incident]
    changed: dict[_Key, Incident] = field(default_factory=dict)
    told: list[NewAlert] = field(default_factory=list)


def conclude(
    incidents: Sequence[Incident],
    windows: Iterable[Suspected],
    rules: IncidentRules,
    *,
    silences: Sequence[Silence] = (),
    policy: IncidentPolicy | None = None,
) -> Conclusion:
    """
    Let windows pass, in order of time.

    Args:
        incidents: Those that are not over, and those that may come back.
        windows: Judged ones.
        rules: Of the hotel.
        silences: Running or not.
        policy: Instead of the rules' own.
    """
    policy = policy or rules.policy
    now = Conclusion(list(incidents))
    for window in windows:
        judged = window.judged
        outcome = advance(
            now.incidents,
            judged.findings,
            now=from_unix(judged.end),
            policy=policy,
            silences=silences,
            related=rules.services.related(judged.services),
            covered=judged.services,
        )
        advised = {id(each): _advised(each, window, rules) for each in outcome.changed}
        for incident in outcome.forgotten:
            _replace(now, incident, None)
        for incident in outcome.changed:
            _replace(now, incident, advised[id(incident)])
        for told in outcome.told:
            alert = NewAlert(advised.get(id(told.incident), told.incident), told.event)
            if not _is_said(now.told, alert):
                now.told.append(alert)
    return now


def _is_said(earlier: Sequence[NewAlert], alert: NewAlert) -> bool:
    """Whether an alert that goes out at the same time says it too: it tells of the incident as it is at the end."""
    return alert.event is AlertEvent.ESCALATED and any(
        each.incident.fingerprint == alert.incident.fingerprint and each.event in _GOING_ON for each in earlier
    )


def _advised(incident: Incident, window: Suspected, rules: IncidentRules) -> Incident:
    """With culprits of the window that it was last found in, actions and impact."""
    if incident.status in (IncidentStatus.RESOLVED, IncidentStatus.PENDING):
        return incident
    if window.culprits and incident.quiet_sweeps == 0:
        incident = incident.model_copy(update={"culprits": window.culprits})
    return rules.advised(incident)


def _replace(now: Conclusion, before: Incident, after: Incident | None) -> None:
    place = _place(now.incidents, before)
    if after is None:  # it was pending: the storage forgets it when it is told that it is over
        after = before.model_copy(
            update={"status": IncidentStatus.RESOLVED, "resolved_at": before.last_seen_at, "resolved_by": "quiet"}
        )
        if place is not None:
            del now.incidents[place]
    elif place is None:
        now.incidents.append(after)
    else:
        now.incidents[place] = after
    now.changed[(after.fingerprint, after.id)] = after


def _place(incidents: Sequence[Incident], wanted: Incident) -> int | None:
    """By its number; one without a number is the one of its fingerprint that is not over."""
    for place, each in enumerate(incidents):
        same = each.id == wanted.id if wanted.id else each.fingerprint == wanted.fingerprint and each.id is None
        if same:
            return place
    return None
