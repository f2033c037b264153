"""What a run over logs shows in Prefect: a row per source, a report per incident, an event per change."""

import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import NAMESPACE_URL, uuid5

from prefect.context import FlowRunContext
from prefect.events import emit_event

from innkeeper.blocks.database import incidents
from innkeeper.blocks.database.engine import Database
from innkeeper.engine.incidents.reporting import Counts, report_of
from innkeeper.schemas.incidents import Incident
from innkeeper.schemas.monitoring import Chart, SweepsReport
from innkeeper.tasks.logs.rules import IncidentRules
from innkeeper.tasks.publishing import publish_markdown, publish_table
from innkeeper.templates.incidents import render_report

MAX_REPORTS = 20


async def publish_sweeps(report: SweepsReport) -> None:
    """One row per source."""
    rows: list[dict[str, object]] = [
        {
            "source": each.source,
            "lines": each.lines,
            "windows": each.windows,
            "findings": each.findings,
            "incidents": ", ".join(each.incidents),
            "alerts": ", ".join(each.alerts),
            "lag": "" if each.lag_s is None else f"{each.lag_s:.0f} s",
            "problems": "; ".join(each.problems[:3]),
        }
        for each in report.sweeps
    ]
    rows += [{"source": source, "problems": problem} for source, problem in report.failed.items()]
    rows += [{"source": "", "problems": report.note}] if report.note else []
    await publish_table("log-sweep", rows, "What the sweep read and found")


async def publish_incidents(
    database: Database, ids: Sequence[str], rules: IncidentRules, charts: Mapping[str, Chart] | None = None
) -> None:
    """The report of each incident as an artifact, and an event for automations; outside a flow run, nothing."""
    if FlowRunContext.get() is None or not ids:
        return
    async with database.reading() as session:
        found = [(await incidents.find_incident(session, each)).incident for each in ids[:MAX_REPORTS]]
    for incident in found:
        await publish_incident(incident, rules, (charts or {}).get(incident.service))


async def publish_incident(incident: Incident, rules: IncidentRules, chart: Chart | None = None) -> None:
    """The report as an artifact with the incident's own key, so that Prefect shows its versions."""
    name = (incident.id or incident.fingerprint[:12]).lower()
    await publish_markdown(f"incident-{name}", incident_markdown(incident, rules, chart), incident.title)
    if FlowRunContext.get() is None or incident.id is None:
        return
    emit_event(
        event=f"innkeeper.incident.{incident.status.value}",
        id=uuid5(NAMESPACE_URL, f"innkeeper:{incident.id}:{incident.status}:{incident.reopened}:{incident.severity}"),
        resource={"prefect.resource.id": f"innkeeper.incident.{incident.id}"},
        payload={
            "kind": incident.kind.value,
            "severity": incident.severity.value,
            "service": incident.service,
            "started_at": incident.started_at.isoformat(),
        },
    )


def incident_markdown(incident: Incident, rules: IncidentRules, chart: Chart | None = None) -> str:
    """The report for a person."""
    counts = Counts(chart.lines, chart.since, dt.timedelta(minutes=1)) if chart else None
    return render_report(report_of(incident, rules.language, services=rules.services, zone=rules.zone, counts=counts))
