"""What `innkeeper logs` and `incidents` print for a person; words out of logs lose what a terminal would obey."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from innkeeper.engine.incidents.hostile import one_line
from innkeeper.engine.incidents.sparkline import sparkline

if TYPE_CHECKING:
    from innkeeper.schemas.incidents import Action, Incident, Silence
    from innkeeper.schemas.logs import Culprit
    from innkeeper.schemas.monitoring import AnalysisReport, Issue, SweepsReport
    from innkeeper.tasks.logs.templates import CountedTemplate, TemplateCounts

_CULPRITS = 3
_WIDTH = 160


def analysis_text(report: "AnalysisReport") -> str:
    """The summary, and a block for each incident."""
    head = [report.summary, *(f"note: {one_line(each)}" for each in report.notes)]
    blocks = ["\n".join(_issue_lines(place, each)) for place, each in enumerate(report.issues, start=1)]
    tail = f"{report.lines:,} lines in {report.analysis_time_ms / 1000:.1f} s."
    return "\n\n".join(["\n".join(head), *blocks, tail])


def sweep_text(report: "SweepsReport") -> str:
    """A line for each source, and what was told."""
    lines = [f"note: {report.note}"] if report.note else []
    for each in report.sweeps:
        found = f", incidents {', '.join(each.incidents)}" if each.incidents else ""
        more = "; there is more to read" if each.more else ""
        lines.append(f"{each.source}: {each.lines:,} lines, {each.windows} windows judged{found}{more}")
        lines += [f"  problem: {one_line(problem)}" for problem in each.problems[:5]]
    lines += [f"{source}: failed: {one_line(problem, 400)}" for source, problem in report.failed.items()]
    waiting = f", {report.alerts_waiting} wait" if report.alerts_waiting else ""
    return "\n".join([*lines, f"{report.alerts_sent} alerts sent{waiting}."])


def templates_text(counts: "TemplateCounts") -> str:
    """Two tables."""
    parts = [f"{counts.lines:,} lines, {counts.templates:,} templates. Most frequent:", _table(counts.frequent)]
    if counts.rare:
        parts += ["Rarest:", _table(counts.rare)]
    return "\n".join(parts)


def incidents_text(found: "Sequence[Incident]", zone: dt.tzinfo) -> str:
    """A line each."""
    return "\n".join(_incident_line(each, zone) for each in found) or "There is no such incident."


def incident_text(incident: "Incident", alerts: Iterable[str], zone: dt.tzinfo) -> str:
    """One incident with its numbers, suspects, actions, and what was told."""
    from innkeeper.engine.incidents.wording import describe

    lines = [_incident_line(incident, zone)]
    if incident.affected_components:
        lines.append(f"  components: {', '.join(one_line(each, 80) for each in incident.affected_components)}")
    for finding in incident.findings[:5]:
        lines.append(f"  {describe(finding, 'en', zone)}")
        lines += [f"    {one_line(finding.template, _WIDTH)}"] if finding.template else []
    lines += _suspects(incident.culprits)
    lines += [f"  impact: {incident.impact.business_impact}"] if incident.impact else []
    lines += _actions(incident.actions)
    return "\n".join([*lines, *(f"  told: {each}" for each in alerts)])


def silences_text(found: "Sequence[Silence]", zone: dt.tzinfo) -> str:
    """A line each."""
    lines = []
    for each in found:
        what = ", ".join(filter(None, (one_line(each.service or "", 60), each.kind))) or "everything"
        span = f"{_time(each.starts_at, zone)} to {_time(each.ends_at, zone)}"
        lines.append(f"{each.id}  {span}  {what}: {one_line(each.reason)} ({each.created_by})")
    return "\n".join(lines) or "Nothing is silenced."


def _issue_lines(place: int, issue: "Issue") -> list[str]:
    name = issue.incident_id or f"{place}."
    lines = [f"{name} {issue.severity.upper()} {issue.type} {one_line(issue.service, 60)} ({issue.status})"]
    lines.append(f"  {issue.description}")
    if issue.chart:
        span = f"{len(issue.chart.lines)} min, highest {max(issue.chart.lines, default=0):,}/min"
        lines.append(f"  {sparkline(issue.chart.lines)}  ({span})")
    if issue.affected_components:
        lines.append(f"  components: {', '.join(one_line(each, 80) for each in issue.affected_components)}")
    lines += [f"  possible cause: {each}" for each in issue.possible_causes]
    lines += _suspects(issue.culprits)
    lines.append(f"  impact: {issue.impact_assessment.business_impact}")
    return lines + _actions(issue.recommended_actions)


def _suspects(culprits: "Sequence[Culprit]") -> list[str]:
    shown = [f"{one_line(each.service, 60)} {each.share:.0%} ({', '.join(each.reasons)})" for each in culprits]
    return [f"  suspects: {'; '.join(shown[:_CULPRITS])}"] if shown else []


def _actions(actions: "Sequence[Action]") -> list[str]:
    lines = []
    for each in actions:
        lines.append(f"  → {each.action} [{each.runbook_id}{', needs approval' if each.requires_approval else ''}]")
        lines += [f"      {each.command}"] if each.command else []
    return lines


def _incident_line(incident: "Incident", zone: dt.tzinfo) -> str:
    name = incident.id or "(pending)"
    times = f"{_time(incident.started_at, zone)} to {_time(incident.last_seen_at, zone)}"
    by = incident.resolved_by or incident.acknowledged_by
    who = f", by {one_line(by, 80)}" if by else ""
    return f"{name}  {times}  {incident.severity:8} {incident.status}{who}: {one_line(incident.title)}"


def _time(at: dt.datetime, zone: dt.tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _table(found: "Iterable[CountedTemplate]") -> str:
    return "\n".join(
        f"{each.lines:>9,}  {each.level:8}  {one_line(each.service, 30):30}  {one_line(each.template, _WIDTH)}"
        for each in found
    )


def culprits_text(found: "list[Culprit]") -> str:
    """One line per service, the likeliest first."""
    if not found:
        return "nothing in these lines departs from the normal ones"
    return "\n".join(_culprit_line(each) for each in found)


def _culprit_line(each: "Culprit") -> str:
    place = f" ({one_line(each.component, 80)})" if each.component else ""
    return f"{each.share:4.0%}  {one_line(each.service, 80)}{place}  {' '.join(each.reasons)}"
