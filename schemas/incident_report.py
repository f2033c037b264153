"""The report on an incident, in words and numbers that are ready to be laid out."""

from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict


class ReportFinding(NamedTuple):
    """A row of numbers: where, what, observed, expected, how sure, compared with what; `template` is log text."""

    service: str
    kind: str
    observed: str
    expected: str
    numbers: str
    baseline: str
    template: str


class ReportCulprit(NamedTuple):
    """A service that may have started it, its share of the score, and why."""

    service: str
    share: str
    reasons: str


class ReportAction(NamedTuple):
    """What to do; the command is shown as code."""

    priority: str
    action: str
    runbook_id: str
    needs_approval: bool
    command: str | None


class ReportMoment(NamedTuple):
    """A line of the timeline."""

    at: str
    what: str


class ReportBucket(NamedTuple):
    """Lines in one interval of the chart."""

    at: str
    lines: str


class IncidentReport(BaseModel):
    """
    What a report shows; all of it in `language`. Any text may hold words of logs: whoever lays it out escapes it.

    Attributes:
        chart: One block character per interval; empty when there are no counts.
        chart_highest: Of the counts.
        buckets: At most 12, the last ones of the chart.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: Literal["en", "vi"]
    incident_id: str | None
    title: str
    summary: str
    severity: str
    status: str
    service: str
    components: tuple[str, ...]
    started: str
    last_seen: str
    occurrences: str
    findings: tuple[ReportFinding, ...]
    chart: str
    chart_highest: str
    buckets: tuple[ReportBucket, ...]
    causes: tuple[str, ...]
    culprits: tuple[ReportCulprit, ...]
    actions: tuple[ReportAction, ...]
    affected_users: str | None
    business_impact: str | None
    affected_count: str | None
    timeline: tuple[ReportMoment, ...]
