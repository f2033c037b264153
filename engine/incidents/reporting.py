"""An incident as a report: its numbers, chart, causes, culprits, actions, impact and timeline, ready to be laid out."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from innkeeper.engine.incidents.alert_words import resolver
from innkeeper.engine.incidents.figures import clock, moment_text, share
from innkeeper.engine.incidents.hostile import one_line, service_name
from innkeeper.engine.incidents.services import ServiceMap
from innkeeper.engine.incidents.sparkline import sparkline
from innkeeper.engine.incidents.titles import kind_words, say, severity_words
from innkeeper.engine.incidents.wording import (
    baseline_words,
    describe_incident,
    incident_title,
    possible_causes,
    quantity,
    statistics,
)
from innkeeper.engine.locale.formats import Language, number_text
from innkeeper.schemas.incident_report import (
    IncidentReport,
    ReportAction,
    ReportBucket,
    ReportCulprit,
    ReportFinding,
    ReportMoment,
)
from innkeeper.schemas.incidents import Action, Incident, IncidentStatus
from innkeeper.schemas.logs import Culprit, Finding, FindingKind

_MAX_BUCKETS = 12
_TEMPLATE = 300


class Counts(NamedTuple):
    """Lines per interval of the chart: `values[0]` from `since`, each of `interval`."""

    values: Sequence[int]
    since: dt.datetime
    interval: dt.timedelta


def report_of(
    incident: Incident,
    language: Language,
    *,
    services: ServiceMap | None = None,
    zone: dt.tzinfo = dt.UTC,
    counts: Counts | None = None,
) -> IncidentReport:
    """
    The report on an incident; `templates.incidents` lays it out as Markdown.

    Args:
        incident: With its actions, culprits and impact, where there are any.
        language: Of the report.
        services: For the services' names.
        zone: Of the times.
        counts: For the chart: such as error lines per minute around the start.
    """
    impact = incident.impact
    number = impact.estimated_affected_count if impact else None
    called = services.called(incident.service, language) if services else service_name(incident.service)
    return IncidentReport(
        language=language,
        incident_id=incident.id,
        title=incident_title(incident, language, services),
        summary=describe_incident(incident, language, zone),
        severity=severity_words(incident.severity, language),
        status=say(f"status_{incident.status}", language),
        service=called,
        components=tuple(one_line(each, 80) for each in incident.affected_components),
        started=moment_text(incident.started_at, zone, language),
        last_seen=moment_text(incident.last_seen_at, zone, language),
        occurrences=number_text(incident.occurrences, language),
        findings=tuple(_finding(each, language) for each in incident.findings),
        chart=sparkline(counts.values) if counts else "",
        chart_highest=number_text(max(counts.values, default=0), language) if counts else "",
        buckets=tuple(_buckets(counts, zone, language)) if counts else (),
        causes=possible_causes(incident, language),
        culprits=tuple(_culprit(each, language) for each in incident.culprits),
        actions=tuple(_action(each, language) for each in incident.actions),
        affected_users=impact.affected_users if impact else None,
        business_impact=impact.business_impact if impact else None,
        affected_count=None if number is None else number_text(number, language),
        timeline=tuple(_timeline(incident, language, zone)),
    )


def _finding(finding: Finding, language: Language) -> ReportFinding:
    unknown, together = "–", finding.kind is FindingKind.BURST_CORRELATION
    return ReportFinding(
        service=service_name(finding.service),
        kind=kind_words(finding.kind, language),
        observed=quantity(finding.observed, finding.unit, language),
        expected=unknown
        if finding.expected is None or together
        else quantity(finding.expected, finding.unit, language),
        numbers=statistics(finding, language) or unknown,
        baseline=baseline_words(finding, language),
        template=one_line(finding.template or "", _TEMPLATE),
    )


def _culprit(culprit: Culprit, language: Language) -> ReportCulprit:
    reasons = one_line(", ".join(culprit.reasons))
    return ReportCulprit(service_name(culprit.service), share(culprit.share, language), reasons)


def _action(action: Action, language: Language) -> ReportAction:
    priority = say(f"priority_{action.priority}", language)
    return ReportAction(priority, action.action, action.runbook_id, action.requires_approval, action.command)


def _buckets(counts: Counts, zone: dt.tzinfo, language: Language) -> Iterator[ReportBucket]:
    first = max(0, len(counts.values) - _MAX_BUCKETS)
    for place, value in enumerate(counts.values[first:], start=first):
        yield ReportBucket(clock(counts.since + place * counts.interval, zone), number_text(value, language))


def _timeline(incident: Incident, language: Language, zone: dt.tzinfo) -> Iterator[ReportMoment]:
    moments = [
        (each.started_at, f"{kind_words(each.kind, language)}: {service_name(each.service)}")
        for each in reversed(incident.findings)
    ]
    if incident.opened_at:
        moments.append((incident.opened_at, say("event_opened", language)))
    if incident.acknowledged_at:
        name = one_line(incident.acknowledged_by or "?", 80)
        moments.append((incident.acknowledged_at, say("alert_acknowledged", language, name=name)))
    if incident.status is IncidentStatus.RESOLVED and incident.resolved_at:
        moments.append((incident.resolved_at, say("alert_resolved", language, by=resolver(incident, language))))
    for at, what in sorted(dict.fromkeys(moments), key=lambda each: each[0]):
        yield ReportMoment(moment_text(at, zone, language), what)
