"""What Alertmanager has decided already: each alert that fires is a finding, and is judged by nobody again."""

import math
from collections.abc import Sequence

from innkeeper.engine.incidents.hostile import is_component
from innkeeper.engine.logs.analysis import Judged
from innkeeper.engine.logs.masking import masked
from innkeeper.schemas.logs import BaselineKind, Finding, FindingKind, LogLevel, LogLine, Severity, from_unix
from innkeeper.tasks.logs.concluding import Suspected

_SEVERITIES = {
    LogLevel.CRITICAL: Severity.CRITICAL,
    LogLevel.ERROR: Severity.HIGH,
    LogLevel.WARNING: Severity.MEDIUM,
}  # of anything less, such as a watchdog, nobody has to be told
_BUCKET_S = 60.0


def firing_windows(lines: Sequence[LogLine]) -> list[Suspected]:
    """
    The alerts that fire, as windows of the minutes in which they began, in order of time.

    An alert that is sent again gives the same window, from before its incident was ended by somebody: it opens
    nothing again. One that is resolved gives none.

    Args:
        lines: From `alertmanager_lines`.
    """
    minutes: dict[float, list[Finding]] = {}
    for line in lines:
        severity = _SEVERITIES.get(line.level)
        if severity is not None and (line.fields or {}).get("status") == "firing":
            minutes.setdefault(math.floor(line.at / _BUCKET_S) * _BUCKET_S, []).append(_finding(line, severity))
    return [Suspected(_judged(start, tuple(found))) for start, found in sorted(minutes.items())]


def _judged(start: float, findings: tuple[Finding, ...]) -> Judged:
    services = frozenset(each.service for each in findings)
    return Judged(start, start + _BUCKET_S, findings, services, len(findings))


def _finding(line: LogLine, severity: Severity) -> Finding:
    component = line.component or ""
    return Finding(
        kind=FindingKind.NEW_ERROR_TEMPLATE,
        service=line.service,
        template=masked(line.message)[:500],
        level=line.level,
        started_at=from_unix(line.at),
        ended_at=from_unix(line.at),
        unit="lines",
        observed=1,
        sample_size=1,
        baseline=BaselineKind.NONE,
        severity=severity,
        components=(component,) if is_component(component) else (),
    )
