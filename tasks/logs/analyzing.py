"""Looks at given lines, of files or of a request, as a sweep would; what is found can be kept and told."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from time import perf_counter, time

from innkeeper.engine.incidents.wording import summarize
from innkeeper.engine.logs.analysis import WINDOW_S, LogAnalysis
from innkeeper.engine.logs.parsing import LineParser
from innkeeper.schemas.incidents import Incident, IncidentStatus
from innkeeper.schemas.logs import BaselineKind, LogLine
from innkeeper.schemas.monitoring import AnalysisReport, AnalyzeRequest, Chart, Issue
from innkeeper.tasks.logs.concluding import Suspected, chart_of, conclude, suspected
from innkeeper.tasks.logs.rules import IncidentRules
from innkeeper.tasks.logs.wording import WordedIncident

_AHEAD_S = 86_400.0  # of now: as far as a time zone may be wrong
MINUTE_S = 60.0
_SHORT_S, _SHORT_LINES = 900.0, 10_000  # logs as short as that are one window
_ORDER = ("critical", "high", "medium", "low")


@dataclass(frozen=True)
class Span:
    """[start, end) in Unix seconds; open where it is None. What lies before it is what is normal."""

    start: float | None = None
    end: float | None = None

    def holds(self, at: float) -> bool:
        """Whether a time lies in it."""
        return (self.start is None or at >= self.start) and (self.end is None or at < self.end)


@dataclass(frozen=True)
class Replayed:
    """
    What a sweep every five minutes would have found.

    Attributes:
        incidents: The worst first; those that were seen only once at the very end are pending.
        compared: Whether anything could be compared with a baseline.
    """

    incidents: tuple[Incident, ...]
    windows: tuple[Suspected, ...]
    lines: int
    compared: bool


def replay(lines: Iterable[LogLine], rules: IncidentRules, span: Span = Span()) -> Replayed:
    """
    Sweep lines of the past, in order of time, without keeping anything.

    Args:
        lines: The earliest first.
        rules: Of the hotel.
        span: What is reported; earlier lines are learnt from, later ones are not read.
    """
    analysis = LogAnalysis()
    counted = 0

    def within() -> Iterable[LogLine]:
        nonlocal counted
        for line in lines:
            if span.end is not None and line.at >= span.end:
                return
            counted += 1
            yield line

    found = within()
    first = list(islice(found, _SHORT_LINES))
    judged_windows = chain(analysis.read(chain(first, found)), analysis.finish())
    if first and len(first) < _SHORT_LINES and first[-1].at - first[0].at < _SHORT_S and span.start is None:
        start, end = first[0].at // MINUTE_S * MINUTE_S, (first[-1].at // MINUTE_S + 1) * MINUTE_S
        judged_windows = chain([analysis.whole(first, start, max(end, start + MINUTE_S))])  # too little to cut up
    windows = [suspected(analysis, judged) for judged in judged_windows if judged.end > (span.start or 0.0)]
    policy = rules.policy if len(windows) > 2 else rules.policy.at_once()
    concluded = conclude([], windows, rules, policy=policy)
    last = windows[-1].judged.end - 2 * WINDOW_S if windows else 0.0
    shown = [each for each in concluded.changed.values() if _is_shown(each, last)]
    known = any(each.baseline is not BaselineKind.NONE for one in shown for each in one.findings)
    return Replayed(tuple(sorted(shown, key=_rank)), tuple(windows), counted, known or len(windows) > 2)


def _is_shown(incident: Incident, last: float) -> bool:
    """Whether it was opened; or has been seen at the end, and there is nothing more to see whether it lasts."""
    if incident.status is IncidentStatus.PENDING:
        return incident.last_seen_at.timestamp() >= last
    return incident.opened_at is not None


def _rank(incident: Incident) -> tuple[int, dt.datetime]:
    return _ORDER.index(incident.severity.value), incident.started_at


def posted_lines(request: AnalyzeRequest) -> list[LogLine]:
    """The lines of a request, the earliest first; one whose time cannot be is as old as the latest that can."""
    latest = time() + _AHEAD_S
    times = [at for each in request.logs if (at := each.timestamp.timestamp()) <= latest]
    newest = max(times, default=time())
    parser = LineParser(now=newest)
    lines = [parser.line_of(each.model_dump(mode="json")) for each in request.logs]
    lines = [line if line.at <= latest else line._replace(at=newest) for line in lines]
    return sorted(lines, key=lambda line: line.at)


def report_of(
    worded: Sequence[WordedIncident],
    rules: IncidentRules,
    *,
    lines: int,
    compared: bool,
    started: float,
    notes: Sequence[str] = (),
    windows: Sequence[Suspected] = (),
) -> AnalysisReport:
    """
    The report on what was found.

    Args:
        worded: The incidents in words, the worst first.
        rules: Of the hotel.
        lines: That were looked at.
        compared: Whether anything could be compared with a baseline.
        started: `perf_counter` at the start.
        notes: For an operator.
        windows: That the incidents were found in, for charts.
    """
    incidents = [each.incident for each in worded]
    if len(worded) == 1:
        summary = worded[0].words.summary
    else:
        summary = summarize(incidents, rules.language, services=rules.services, zone=rules.zone, enough_data=compared)
    return AnalysisReport(
        anomalies_detected=bool(worded),
        summary=summary,
        issues=[_issue(each, rules, chart_of(each.incident, windows)) for each in worded],
        incident_id=incidents[0].id if incidents else None,
        analysis_time_ms=round((perf_counter() - started) * 1000, 2),
        lines=lines,
        notes=list(notes),
        model=worded[0].model if worded else "engine",
    )


def _issue(worded: WordedIncident, rules: IncidentRules, chart: Chart | None) -> Issue:
    incident = worded.incident
    return Issue(
        type=incident.kind,
        service=incident.service,
        severity=incident.severity,
        status=incident.status,
        description=worded.words.description,
        affected_components=list(incident.affected_components),
        possible_causes=list(worded.words.possible_causes),
        recommended_actions=list(incident.actions or rules.actions(incident)),
        impact_assessment=incident.impact or rules.impact(incident),
        incident_id=incident.id,
        started_at=incident.started_at,
        last_seen_at=incident.last_seen_at,
        findings=list(incident.findings),
        culprits=list(incident.culprits),
        chart=chart,
    )
