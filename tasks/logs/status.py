"""How the watch over the logs is: when it last looked, at which services, and what is open."""

import datetime as dt
from typing import Literal

from innkeeper.blocks import metrics
from innkeeper.blocks.database.alert_outbox import ActiveAlert, active_alerts
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.watching import (
    count_active,
    count_deliveries,
    last_analysis,
    seen_services,
    swept_sources,
)
from innkeeper.engine.incidents.titles import kind_words
from innkeeper.schemas.incidents import IncidentStatus
from innkeeper.schemas.monitoring import ActiveAlertReport, MonitoringStatus

PREFECT = "prefect"  # name of the source, and of the service
STALE_AFTER = dt.timedelta(minutes=15)  # three sweeps
_GONE_AFTER = dt.timedelta(days=1)  # a source that the others have left behind by so much is swept no more


async def monitoring_status(database: Database, now: dt.datetime) -> MonitoringStatus:
    """The status at `now`; raises `DatabaseUnavailable`."""
    async with database.reading() as session:
        last = await last_analysis(session)
        sources = await swept_sources(session)
        services = await seen_services(session)
        alerts = await active_alerts(session)
    if PREFECT in sources:
        services.add(PREFECT)
    return MonitoringStatus(
        status=_word(last, now),
        active_alerts=len(alerts),
        alerts=[_alert(each) for each in alerts],
        services_monitored=sorted(services),
        last_analysis=last,
    )


async def publish_metrics(database: Database, now: dt.datetime) -> None:
    """Put lag, open incidents and alerts among the metrics of this process; raises `DatabaseUnavailable`."""
    async with database.reading() as session:
        sources = (await swept_sources(session)).values()
        active = await count_active(session)
        deliveries = await count_deliveries(session)
    newest = max(sources, default=now)
    lag = max(((now - each).total_seconds() for each in sources if newest - each < _GONE_AFTER), default=None)
    metrics.logs_watched(
        None if lag is None else max(0.0, lag),
        {severity.value: count for severity, count in active.items()},
        [(each.target, each.status.value, each.alerts) for each in deliveries],
    )


def _word(last: dt.datetime | None, now: dt.datetime) -> Literal["active", "stale", "idle"]:
    if last is None:
        return "idle"
    return "active" if now - last <= STALE_AFTER else "stale"


def _alert(active: ActiveAlert) -> ActiveAlertReport:
    incident = active.incident
    return ActiveAlertReport(
        id=active.alert_id or incident.id or incident.fingerprint,
        incident_id=incident.id or "",
        severity=incident.severity,
        service=incident.service,
        issue=kind_words(incident.kind),
        started_at=incident.started_at,
        status="acknowledged" if incident.status is IncidentStatus.ACKNOWLEDGED else "investigating",
    )
