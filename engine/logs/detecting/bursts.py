"""Several services that are unusual at once."""

from collections.abc import Sequence

from innkeeper.engine.logs.detecting import severity
from innkeeper.engine.logs.detecting.view import MAX_P_VALUE
from innkeeper.engine.logs.statistics import share_at_least
from innkeeper.schemas.logs import BaselineKind, Finding, FindingKind, Severity

_CHANCE = 0.01  # that a service is unusual by itself in a sweep, generously
_SERVICES = severity.WIDE


def find_burst(findings: Sequence[Finding], services: int) -> Finding | None:
    """
    One finding for at least three services that are unusual in the same window; named after the first of them.

    Args:
        findings: Of this window.
        services: That were looked at.
    """
    unusual = [
        each for each in findings if each.severity is not Severity.LOW and each.baseline is not BaselineKind.NONE
    ]
    first: dict[str, Finding] = {}
    for each in sorted(unusual, key=lambda finding: (finding.started_at, finding.service)):
        first.setdefault(each.service, each)
    p_value = share_at_least(len(first), max(services, len(first)), _CHANCE)
    if len(first) < _SERVICES or p_value > MAX_P_VALUE:
        return None
    lead = next(iter(first.values()))
    traces = dict.fromkeys(trace for each in first.values() for trace in each.trace_ids)
    return Finding(
        kind=FindingKind.BURST_CORRELATION,
        service=lead.service,
        started_at=lead.started_at,
        ended_at=max(each.ended_at for each in first.values()),
        unit="services",
        observed=len(first),
        expected=round(services * _CHANCE, 4),
        p_value=p_value,
        sample_size=sum(each.sample_size for each in first.values()),
        baseline=lead.baseline,
        baseline_size=lead.baseline_size,
        severity=severity.of_burst(len(first)),
        components=tuple(first)[:10],
        trace_ids=tuple(traces)[:20],
    )
