"""Lines that somebody posts: judged at once, by themselves; what is found opens or joins an incident and is told."""

import asyncio
import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from innkeeper.blocks.database import alert_outbox, incidents, silences, watching
from innkeeper.blocks.database.engine import Database
from innkeeper.engine.logs.analysis import REMEMBERED_S, Judged, LogAnalysis
from innkeeper.schemas.errors import Conflict
from innkeeper.schemas.incidents import Alert, Incident
from innkeeper.schemas.logs import BaselineKind, LogLine
from innkeeper.schemas.models import Spender
from innkeeper.schemas.monitoring import AnalysisReport
from innkeeper.tasks.logs.alerting import AlertTarget
from innkeeper.tasks.logs.analyzing import report_of
from innkeeper.tasks.logs.concluding import Conclusion, Suspected, conclude, suspected
from innkeeper.tasks.logs.delivering import deliver_soon
from innkeeper.tasks.logs.rules import IncidentRules
from innkeeper.tasks.logs.wording import worded_in_time

if TYPE_CHECKING:
    from innkeeper.tasks.gateway import ModelGateway

_ATTEMPTS = 3


class Posted(NamedTuple):
    """
    What is posted, judged.

    Attributes:
        lines: That were looked at.
        compared: Whether anything could be compared with a baseline.
        notes: For whoever posted it.
    """

    windows: Sequence[Suspected]
    lines: int
    compared: bool
    notes: Sequence[str] = ()


async def analyze_posted(
    database: Database,
    lines: Sequence[LogLine],
    rules: IncidentRules,
    *,
    window_s: float,
    targets: Mapping[str, AlertTarget],
    gateway: "ModelGateway | None",
    spender: Spender,
) -> AnalysisReport:
    """
    Judge lines, keep what they mean for the incidents, tell of it, and report.

    The same lines again find the same incident, and tell nobody a second time.

    Args:
        database: The hotel's.
        lines: The earliest first; those before the window are what is normal.
        rules: Of the hotel.
        window_s: Length of the window, which ends with the last line.
        targets: Of alerts.
        gateway: The way to models.
        spender: Who pays.

    Raises:
        DatabaseUnavailable: Nothing was kept and nobody was told.
        NotConfigured: The chain names a model whose key, address or block is missing.
    """
    started = perf_counter()
    kept = [line for line in lines if line.at > lines[-1].at - REMEMBERED_S - window_s]
    left = len(lines) - len(kept)
    windows = await asyncio.to_thread(judged_posted, kept, window_s)
    findings = [each for window in windows for each in window.judged.findings]
    compared = any(each.baseline is not BaselineKind.NONE for each in findings) or len(windows) > 1
    notes = [f"{left} lines are too old to say what is normal now"] if left else []
    posted = Posted(windows, len(lines), compared, notes)
    return await report_posted(
        database, posted, rules, targets=targets, gateway=gateway, spender=spender, started=started
    )


async def report_posted(
    database: Database,
    posted: Posted,
    rules: IncidentRules,
    *,
    targets: Mapping[str, AlertTarget],
    gateway: "ModelGateway | None",
    spender: Spender,
    started: float,
) -> AnalysisReport:
    """
    Keep what judged windows mean for the incidents, tell of it, and report; the errors are those of `analyze_posted`.

    Args:
        database: The hotel's.
        posted: Windows whose services are those of their findings.
        rules: Of the hotel.
        targets: Of alerts.
        gateway: The way to models.
        spender: Who pays.
        started: `perf_counter` at the start.
    """
    found, alerts = await _kept(database, posted, rules, targets)
    told, channels = await asyncio.gather(
        worded_in_time(found, rules, gateway, spender), deliver_soon(database, targets, alerts)
    )
    report = report_of(
        told,
        rules,
        lines=posted.lines,
        compared=posted.compared,
        started=started,
        notes=posted.notes,
        windows=posted.windows,
    )
    return report.model_copy(update={"alert_sent": bool(channels), "alert_channels": channels})


def judged_posted(lines: Sequence[LogLine], window_s: float) -> list[Suspected]:
    """The window of the last `window_s` seconds of `lines`, which are in order of time."""
    end = math.floor(lines[-1].at / 60) * 60.0 + 60.0
    start = end - max(60.0, window_s)
    analysis = LogAnalysis()
    for _ in analysis.read((line for line in lines if line.at < start), until=start):
        pass
    judged = analysis.whole((line for line in lines if line.at >= start), start, end)
    return [replace(suspected(analysis, judged), judged=_only_found(judged))]


def _only_found(judged: Judged) -> Judged:
    """That posted lines say nothing bad of a service does not mean that its incident is over."""
    return judged._replace(services=frozenset(each.service for each in judged.findings))


async def _kept(
    database: Database, posted: Posted, rules: IncidentRules, targets: Mapping[str, AlertTarget]
) -> tuple[list[Incident], list[Alert]]:
    """The incidents that the findings belong to, the worst first, and the alerts about them."""
    for attempt in range(_ATTEMPTS):
        try:
            return await _kept_once(database, posted, rules, targets)
        except Conflict:
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


async def _kept_once(
    database: Database, posted: Posted, rules: IncidentRules, targets: Mapping[str, AlertTarget]
) -> tuple[list[Incident], list[Alert]]:
    now, windows = dt.datetime.now(dt.UTC), posted.windows
    first = min((each.judged.start for each in windows), default=now.timestamp())
    since = dt.datetime.fromtimestamp(first, dt.UTC) - dt.timedelta(minutes=rules.policy.reopen_within_minutes)
    async with database.writing() as session:
        known = await incidents.open_incidents(session, resolved_since=since)
        silenced = await silences.active_silences(session, now)
        concluded = conclude(
            [each.incident for each in known], windows, rules, silences=silenced, policy=rules.policy.at_once()
        )
        changed = list(concluded.changed.values())
        saved = await incidents.save_incidents(session, known, changed, zone=rules.zone)
        told = [each._replace(incident=_numbered(each.incident, changed, saved)) for each in concluded.told]
        alerts = await alert_outbox.add_alerts(session, told, compose=rules.composed, targets=list(targets), now=now)
        findings = sum(len(each.judged.findings) for each in windows)
        await watching.record_analysis(session, started_at=now, lines=posted.lines, findings=findings)
    return _found(saved, concluded, windows), alerts


def _numbered(incident: Incident, changed: Sequence[Incident], saved: Sequence[Incident]) -> Incident:
    place = next((place for place, each in enumerate(changed) if (each.id, each.fingerprint) == _name(incident)), None)
    return incident if place is None else saved[place]


def _name(incident: Incident) -> tuple[str | None, str]:
    return incident.id, incident.fingerprint


def _found(saved: Sequence[Incident], concluded: Conclusion, windows: Sequence[Suspected]) -> list[Incident]:
    """The incidents of the findings' services: those that are not over, else those that were ended with them seen."""
    numbered = {each.fingerprint: each for each in saved}
    findings = [each for window in windows for each in window.judged.findings]
    services = {each.service for each in findings}
    now = [numbered.get(each.fingerprint, each) for each in concluded.incidents]
    mine = [each for each in now if each.service in services and each.resolved_at is None]
    others = services - {each.service for each in mine}
    since = min((each.started_at for each in findings), default=None)
    mine += [each for each in now if each.service in others and since is not None and each.last_seen_at >= since]
    order = ("critical", "high", "medium", "low")
    return sorted(mine, key=lambda each: (order.index(each.severity.value), each.started_at))
