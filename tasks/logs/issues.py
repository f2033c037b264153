"""An issue of an analysis as the report that a stored incident has."""

from innkeeper.engine.incidents.grouping import fingerprint_of, leading
from innkeeper.engine.incidents.titles import title_for
from innkeeper.schemas.incidents import Incident
from innkeeper.schemas.monitoring import Issue
from innkeeper.tasks.logs.publishing import incident_markdown
from innkeeper.tasks.logs.rules import IncidentRules


def issue_markdown(issue: Issue, rules: IncidentRules) -> str:
    """The report for a person, in the language of the rules."""
    incident = Incident(
        id=issue.incident_id,
        fingerprint=fingerprint_of(leading(issue.findings)),
        kind=issue.type,
        service=issue.service,
        affected_components=tuple(issue.affected_components),
        severity=issue.severity,
        status=issue.status,
        title=title_for(issue.type, issue.service),
        started_at=issue.started_at,
        last_seen_at=issue.last_seen_at,
        findings=tuple(issue.findings),
        culprits=tuple(issue.culprits),
        actions=tuple(issue.recommended_actions),
        impact=issue.impact_assessment,
    )
    return incident_markdown(incident, rules, issue.chart)
