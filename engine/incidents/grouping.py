"""Which findings of one sweep are one incident, which of them leads, and the incident's fingerprint."""

import datetime as dt
import hashlib
from collections.abc import Collection, Mapping, Sequence
from itertools import combinations

from innkeeper.engine.incidents.policy import IncidentPolicy, raised, rank
from innkeeper.schemas.logs import Finding, FindingKind, Severity

MAX_FINDINGS = 20
_MAX_COMPARED = 300  # findings of one sweep that are compared in pairs; the worst come first
ALL_SERVICES = "all"  # the service of a finding that says that no lines come at all
_DIGITS = 32
_FAMILIES = {FindingKind.RATE_DROP: "traffic", FindingKind.SILENCE: "traffic", FindingKind.SLOW_DRIFT: "latency"}
_KINDS = tuple(FindingKind)
Related = Mapping[str, Collection[str]]  # service → the services that it depends on


def fingerprint_of(finding: Finding) -> str:
    """32 hex digits, the same for the same trouble of the same service in every sweep and after every restart."""
    parts = (_FAMILIES.get(finding.kind, "errors"), finding.service, finding.template_id or "")
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()[:_DIGITS]


def leading(findings: Sequence[Finding]) -> Finding:
    """The worst one; of equals the first to begin, and one service's own before a correlation of several."""
    return min(
        findings,
        key=lambda each: (
            -rank(each.severity),
            each.kind is FindingKind.BURST_CORRELATION,
            each.started_at,
            _KINDS.index(each.kind),
            each.service,
            each.template_id or "",
        ),
    )


def services_of(finding: Finding) -> frozenset[str]:
    """Whom a finding is about: one about several services names them as components."""
    if is_of_many(finding):
        return frozenset((finding.service, *finding.components))
    return frozenset((finding.service,))


def is_of_many(finding: Finding) -> bool:
    """Whether a finding is about several services: a correlation of them, or the silence of all."""
    return finding.kind is FindingKind.BURST_CORRELATION or finding.service == ALL_SERVICES


def severity_of(findings: Sequence[Finding], policy: IncidentPolicy) -> Severity:
    """The worst severity, and worse where many services are hit."""
    worst = max((each.severity for each in findings), key=rank)
    services = frozenset[str]().union(*(services_of(each) for each in findings))
    return raised(worst, policy.wide.steps) if len(services) >= policy.wide.services else worst


def grouped(findings: Sequence[Finding], policy: IncidentPolicy, related: Related) -> list[list[Finding]]:
    """
    The findings of one sweep, those with one cause together; groups and findings keep their order.

    Two belong together when they name the same service, when their lines share trace ids, or when they began in the
    same minutes and the one service depends on the other.
    """
    found = list(dict.fromkeys(findings))
    parents = list(range(len(found)))

    def root(place: int) -> int:
        while parents[place] != place:
            parents[place] = parents[parents[place]]
            place = parents[place]
        return place

    def join(first: int, second: int) -> None:
        one, other = sorted((root(first), root(second)))
        parents[other] = one

    seen: dict[str, int] = {}
    for place, finding in enumerate(found):
        for service in services_of(finding):
            join(seen.setdefault(service, place), place)
    compared = sorted(range(len(found)), key=lambda each: -rank(found[each].severity))[:_MAX_COMPARED]
    for first, second in combinations(compared, 2):
        if root(first) != root(second) and _one_cause(found[first], found[second], policy, related):
            join(first, second)
    groups: dict[int, list[Finding]] = {}
    for place, finding in enumerate(found):
        groups.setdefault(root(place), []).append(finding)
    return list(groups.values())


def merged(new: Sequence[Finding], old: Sequence[Finding]) -> tuple[Finding, ...]:
    """
    Latest first, at most 20: one per kind, service and template, which a weaker one of later does not replace.

    Where there are more, the worst stay.
    """
    kept: dict[tuple[str, str, str | None], Finding] = {}
    for finding in (*old, *new):
        key = (finding.kind, finding.service, finding.template_id)
        if key not in kept or rank(finding.severity) >= rank(kept[key].severity):
            kept[key] = finding
    worst = sorted(kept.values(), key=lambda each: (rank(each.severity), each.ended_at), reverse=True)[:MAX_FINDINGS]
    return tuple(sorted(worst, key=lambda each: (each.ended_at, rank(each.severity)), reverse=True))


def _one_cause(first: Finding, second: Finding, policy: IncidentPolicy, related: Related) -> bool:
    if len({*first.trace_ids} & {*second.trace_ids}) >= policy.correlation.shared_traces:
        return True
    near = abs(first.started_at - second.started_at) <= dt.timedelta(minutes=policy.correlation.same_minutes)
    return near and any(
        other in related.get(one, ()) or one in related.get(other, ())
        for one in services_of(first)
        for other in services_of(second)
    )
