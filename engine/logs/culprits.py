"""Who started it: services ranked by how far their lines depart from what they normally write."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from innkeeper.engine.logs.culprit_evidence import Departure, Evidence, Window, departures
from innkeeper.engine.logs.culprit_profile import Key, ReferenceProfile, statement
from innkeeper.schemas.logs import Culprit, LogLine, from_unix

__all__ = ["ReferenceProfile", "rank_culprits"]

ONSETS = 7  # at which it may have begun, when nobody says: evenly over the first three quarters of the window
ONSETS_WITHIN = 0.75

Lines = list[tuple[LogLine, str]]


def rank_culprits(
    lines: Iterable[tuple[LogLine, str]],
    reference: ReferenceProfile,
    *,
    limit: int = 5,
    since: float | None = None,
) -> list[Culprit]:
    """
    The services that most likely started what is wrong in these lines, best first.

    Args:
        lines: Of all services, each with its template; some minutes before it began help. Any order.
        reference: Learnt from earlier lines, not from these.
        limit: How many, at most.
        since: When it began, Unix seconds, where a detector knows: the lines before are then normal ones. Without it
            the evidence is averaged over several beginnings.

    Returns:
        With shares that add up to 1 over all candidates; where nothing departs, those that write errors, if any do.
    """
    ordered = sorted(lines, key=lambda pair: pair[0].at)
    if not ordered or limit < 1:
        return []
    onsets = [since] if since is not None else _onsets(ordered)
    window = Window.of(ordered)
    cases = _cases(window, reference, onsets) or _by_errors(ordered, onsets[0])
    total = sum(case.weight for case in cases)
    best = cases[:limit]
    earliest = min((case.started_at for case in best), default=0.0)
    components = _components(ordered, {key for case in best for key in case.keys})
    return [
        Culprit(
            service=case.service,
            component=components.get(case.service),
            share=case.weight / total,
            reasons=(*case.reasons, "first_seen") if case.started_at == earliest else case.reasons,
            first_seen_at=from_unix(case.started_at),
        )
        for case in best
    ]


class _Case(NamedTuple):
    """What speaks against one service."""

    service: str
    weight: float
    reasons: tuple[str, ...]
    started_at: float
    keys: frozenset[Key]


def _onsets(ordered: Lines) -> list[float]:
    first, span = ordered[0][0].at, ordered[-1][0].at - ordered[0][0].at
    return [first + span * ONSETS_WITHIN * step / (ONSETS - 1) for step in range(ONSETS)] if span else [first]


def _cases(window: Window, reference: ReferenceProfile, onsets: list[float]) -> list[_Case]:
    """Candidates by their evidence over all onsets, with the reasons of the onset that says most."""
    weights: defaultdict[str, float] = defaultdict(float)
    loudest: dict[str, tuple[float, float, list[Evidence]]] = {}
    for onset in onsets:
        against: defaultdict[str, list[Evidence]] = defaultdict(list)
        for evidence in departures(window, reference, onset):
            against[evidence.service].append(evidence)
        for service, found in against.items():
            weight = sum(evidence.weight for evidence in found)
            weights[service] += weight
            if service not in loudest or weight > loudest[service][0]:
                loudest[service] = (weight, onset, found)
    ranked = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))
    return [_case(service, weight, window, *loudest[service][1:]) for service, weight in ranked]


def _case(service: str, weight: float, window: Window, onset: float, found: list[Evidence]) -> _Case:
    written = [evidence for evidence in found if evidence.kind in (Departure.MORE, Departure.MORE_ERRORS)]
    times = [at for evidence in written or found for at in _times(window, evidence) if at >= onset]
    keys = frozenset(evidence.key for evidence in written if evidence.key)
    return _Case(service, weight, tuple(_reasons(found)), min(times, default=onset), keys)


def _times(window: Window, evidence: Evidence) -> list[float]:
    """When the line came; for one that is missing, when it could have come."""
    if evidence.context is None:
        return []
    followers = window.steps[evidence.context]
    if evidence.kind is Departure.MISSING:
        return [at for times, _ in followers.values() for at in times]
    return followers[evidence.key][0] if evidence.key else []


def _reasons(found: list[Evidence]) -> Iterator[str]:
    """Words with numbers: templates that are missing, new or more frequent, their lines, and the factor of slowness."""
    for name, kinds, new in (
        ("missing", {Departure.MISSING}, False),
        ("new", {Departure.MORE_ERRORS, Departure.MORE}, True),
        ("more_errors", {Departure.MORE_ERRORS}, False),
        ("more", {Departure.MORE}, False),
    ):
        some = [evidence for evidence in found if evidence.kind in kinds and evidence.is_new == new]
        if some:
            yield f"{name}_templates={len({evidence.key for evidence in some})}"
            yield f"{name}_lines={max(1, round(sum(evidence.amount for evidence in some)))}"
    yield from (f"slower={evidence.amount:.1f}" for evidence in found if evidence.kind is Departure.SLOWER)


def _by_errors(ordered: Lines, onset: float) -> list[_Case]:
    """Candidates by their error lines since the onset, the earliest first among equals; without any reference."""
    errors: dict[str, list[tuple[LogLine, str]]] = {}
    for line, template_id in ordered:
        if line.level.is_error and line.at >= onset:
            errors.setdefault(line.service, []).append((line, template_id))
    ranked = sorted(errors.items(), key=lambda pair: -len(pair[1]))  # stable: the dictionary is in order of time
    return [
        _Case(
            service,
            len(found),
            (f"errors={len(found)}",),
            found[0][0].at,
            frozenset((service, statement(*pair)) for pair in found),
        )
        for service, found in ranked
    ]


def _components(ordered: Lines, keys: set[Key]) -> dict[str, str]:
    """The component that writes most of these statements' lines, by service."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for line, template_id in ordered:
        if line.component and (line.service, statement(line, template_id)) in keys:
            counts[line.service][line.component] += 1
    return {service: counter.most_common(1)[0][0] for service, counter in counts.items()}
