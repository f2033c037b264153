"""Durations that grow: a slow drift, or a jump."""

import math
from collections.abc import Iterator

import numpy as np

from innkeeper.engine.logs.detecting import severity
from innkeeper.engine.logs.detecting.view import MAX_P_VALUE, SAME_TIME, Expected, View, compared, times
from innkeeper.engine.logs.statistics import corrected, normal_at_least
from innkeeper.engine.logs.sums import Sums
from innkeeper.schemas.logs import Finding, FindingKind, Severity

_RATIO = 1.3  # slower than that
_BARE_RATIO = 1.6  # where it is not known how slow it is at this hour: load makes everything slower
_Z = 4.0  # and so many standard deviations of a slot
_LINES = 15  # that say how long they took
_JUMP = 0.4  # of the growth, that lies behind the last half hour: less is a jump, more a drift
_JUMP_SLOTS = 6
_YESTERDAY_RATIO = 1.15  # than yesterday at this time


def find_durations(view: View) -> Iterator[Finding]:
    """Findings about each template that says how long something took; a duration is the geometric mean of its lines."""
    for service, template_id in sorted(view.now.durations):
        expected = view.duration(service, template_id)
        if expected is None:
            continue
        finding = _slower(view, service, template_id, expected)
        if finding:
            yield finding


def _slower(view: View, service: str, template_id: str, expected: Expected) -> Finding | None:
    sums = _enough(view, service, template_id)
    if sums is None:
        return None
    held = sums.durations[service, template_id]
    log = held.mean
    z = (log - expected.mid) / math.sqrt(expected.spread + held.noise)
    ratio = math.exp(log - expected.mid)
    p_value = corrected(normal_at_least(z), view.looked_at("ms"))
    if ratio < (_RATIO if expected.is_seasonal else _BARE_RATIO) or z < _Z or p_value > MAX_P_VALUE:
        return None
    if log < _yesterday(view, expected.row) + math.log(_YESTERDAY_RATIO):
        return None
    is_jump = _is_jump(view, expected, log)
    kind = FindingKind.LEVEL_SHIFT if is_jump else FindingKind.SLOW_DRIFT
    return Finding(
        kind=kind,
        service=service,
        **times(sums.start, sums.end),
        unit="ms",
        observed=float(f"{math.exp(log):.4g}"),
        expected=float(f"{math.exp(expected.mid):.4g}"),
        ratio=float(f"{ratio:.4g}"),
        p_value=p_value,
        score=round(z, 2),
        sample_size=held.lines,
        **compared(expected),
        severity=Severity.LOW if is_jump and ratio < 1.5 else severity.of_drift(ratio),
        **view.template(template_id),
    )


def _yesterday(view: View, row: int) -> float:
    """The slowest slot of yesterday at this time and shortly after it: a batch of every night makes it so."""
    history = view.baseline.durations
    then = history.last(history.slots, view.slot, row=row)[0, :SAME_TIME]
    return float(then[~np.isnan(then)].max(initial=-math.inf))


def _enough(view: View, service: str, template_id: str) -> Sums | None:
    """Three slots if the tally has them, else the window; None when too few lines tell a duration."""
    for sums in (view.wide, view.now):
        held = sums.durations.get((service, template_id))
        if held and held.lines >= _LINES:
            return sums
    return None


def _is_jump(view: View, expected: Expected, log: float) -> bool:
    """Whether it was still normal shortly before; what was judged unusual is not in the history, and stays so."""
    day = view.baseline.durations.last(view.baseline.durations.slots, view.slot, row=expected.row)[0]
    known = day[~np.isnan(day)][-_JUMP_SLOTS:]
    return len(known) > 0 and float(np.median(known)) < expected.mid + _JUMP * (log - expected.mid)
