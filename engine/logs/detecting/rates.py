"""Lines that are missing, and a traffic that is not what it was."""

from collections.abc import Iterator

import numpy as np

from innkeeper.engine.logs.detecting import severity
from innkeeper.engine.logs.detecting.lasting import drop_lasts
from innkeeper.engine.logs.detecting.view import MAX_P_VALUE, SAME_TIME, Expected, View, compared, ratio_of, times
from innkeeper.engine.logs.statistics import at_least, at_most, corrected
from innkeeper.engine.logs.sums import Sums
from innkeeper.schemas.logs import BaselineKind, Finding, FindingKind, Severity

ALL_SERVICES = "all"  # the service of a finding that says: nobody wrote anything; the logs themselves do not come

_DROP_RATIO, _DROP_LINES = 0.42, 20.0  # at most that share of at least so many expected lines, in one slot
_WIDE_DROP_RATIO, _WIDE_DROP_LINES = 0.5, 60.0  # the same in three slots
# What falls suddenly falls to that share of so many lines in one slot, and to that of the least that may be usual;
# it is compared with the lowest of these slots before: the last one may have seen the beginning.
_SUDDEN_LINES, _SUDDEN_RATIO, _BEFORE = 60.0, 0.65, (2, 3, 4)
_SILENT_LINES = 15.0  # that should have come since the last one
_GAPS = 1.5  # a silence is so many times the longest of the last day
_LONGEST_S = 3_600.0  # for which silence is added up: rates change with the hour
_SHIFT_UP, _SHIFT_DOWN, _SHIFT_LINES = 1.75, 0.57, 100.0


def find_rates(view: View) -> Iterator[Finding]:
    """Findings about the number of lines of each service that the baseline knows."""
    services = sorted(service for kind, service, _ in view.baseline.counts.rows if kind == "lines")
    found = [each for each in (_of_service(view, service) for service in services) if each]
    silent = [each for each in found if each.kind is FindingKind.SILENCE]
    if not view.now.lines and len(silent) > 1 and len(silent) == len(found):
        found = [_all_silent(silent)]
    yield from found


def _of_service(view: View, service: str) -> Finding | None:
    expected = view.count("lines", service)
    if expected is None:
        return None
    if not view.now.lines.get(service):
        silence = _silence(view, service, expected)
        if silence:
            return silence
    return _drop(view, service, expected) or _shift(view, service)


def _silence(view: View, service: str, expected: Expected) -> Finding | None:
    """Nothing at all, of a service that always speaks: dead, cut off, or its logs do not come."""
    since = view.last_seen(service)
    since = view.now.start if since is None else max(since, view.now.end - _LONGEST_S)
    lasts_s = view.now.end - since
    missing = expected.down * lasts_s / view.baseline.slot_s
    if missing < _SILENT_LINES or lasts_s < _GAPS * _longest_gap_s(view, expected.row):
        return None
    p_value = corrected(at_most(0, missing, expected.spread), view.looked_at("lines"))
    if p_value > MAX_P_VALUE:
        return None
    return _finding(view, view.now, service, expected, FindingKind.SILENCE, p_value, Severity.HIGH, since)


def _drop(view: View, service: str, expected: Expected) -> Finding | None:
    for sums, most, least in ((view.now, _DROP_RATIO, _DROP_LINES), (view.wide, _WIDE_DROP_RATIO, _WIDE_DROP_LINES)):
        normal, observed = expected.down * view.slots_in(sums), sums.lines.get(service, 0)
        if normal < least or observed > most * normal:
            continue
        p_value = corrected(at_most(observed, normal, expected.spread), view.looked_at("lines"))
        if p_value <= MAX_P_VALUE:
            how_bad = severity.of_drop(observed / normal)
            found = _finding(view, sums, service, expected, FindingKind.RATE_DROP, p_value, how_bad, sums.start)
            return found.model_copy(update={"lasting": drop_lasts(view, service, expected.down, expected.spread)})
    return _sudden_drop(view, service, expected)


def _sudden_drop(view: View, service: str, expected: Expected) -> Finding | None:
    """Of a busy day: what is left may be nearly usual at this hour, but it is not usual to fall to it at once."""
    slots = view.slots_of(view.long)
    if len(slots) <= max(_BEFORE):
        return None
    usual = float(min(slots[place].lines.get(service, 0) for place in _BEFORE))
    observed, normal = view.now.lines.get(service, 0), usual * view.slots_in(view.now)
    is_sudden = normal >= _SUDDEN_LINES and observed <= _DROP_RATIO * normal
    least = min(expected.down, _yesterday(view, expected.row)) * view.slots_in(view.now)
    if not is_sudden or observed > _SUDDEN_RATIO * least:
        return None
    p_value = corrected(at_most(observed, normal, expected.spread), view.looked_at("lines"))
    if p_value > MAX_P_VALUE or not drop_lasts(view, service, usual, expected.spread):
        return None
    then, how_bad = expected._replace(mid=usual, down=usual), severity.of_drop(observed / normal)
    found = _finding(view, view.now, service, then, FindingKind.RATE_DROP, p_value, how_bad, view.now.start)
    return found.model_copy(update={"lasting": True})


def _yesterday(view: View, row: int) -> float:
    """
    The lowest slot of yesterday at this time and shortly after it: a batch of every night ends at this time.

    0 when it is not known, which is also when it was unusual.
    """
    history = view.baseline.counts
    then = history.last(history.slots, view.slot, row=row)[0, :SAME_TIME]
    return 0.0 if np.isnan(then).any() else float(then.min())


def _shift(view: View, service: str) -> Finding | None:
    """More or fewer lines for an hour: told, but no reason to wake anybody."""
    sums, expected = view.long, view.count_before("lines", service)
    if expected is None:
        return None
    slots, observed = view.slots_in(sums), sums.lines.get(service, 0)
    if sums is view.now or expected.mid * slots < _SHIFT_LINES:
        return None
    if observed > _SHIFT_UP * expected.up * slots:
        p_value = at_least(observed, expected.up * slots, expected.spread)
    elif observed < _SHIFT_DOWN * expected.down * slots:
        p_value = at_most(observed, expected.down * slots, expected.spread)
    else:
        return None
    p_value = corrected(p_value, view.looked_at("lines"))
    if p_value > MAX_P_VALUE:
        return None
    return _finding(view, sums, service, expected, FindingKind.LEVEL_SHIFT, p_value, Severity.LOW, sums.start)


def _finding(
    view: View, sums: Sums, service: str, expected: Expected, kind: FindingKind, p_value: float, how_bad: Severity,
    start: float,
) -> Finding:  # fmt: skip
    minutes = (sums.end - sums.start) / 60
    is_more = sums.lines.get(service, 0) > expected.mid * view.slots_in(sums)
    normal = (expected.up if is_more else expected.down) * view.slots_in(sums)
    observed = sums.lines.get(service, 0)
    return Finding(
        kind=kind,
        service=service,
        **times(start, sums.end),
        unit="lines/min",
        observed=round(observed / minutes, 4),
        expected=round(normal / minutes, 4),
        ratio=ratio_of(observed, normal),
        p_value=p_value,
        sample_size=observed,
        **compared(expected),
        severity=how_bad,
        **view.named(service),
    )


def _longest_gap_s(view: View, row: int) -> float:
    """The longest stretch of slots without a line, of the last day."""
    history = view.baseline.counts
    longest = current = 0
    for value in history.last(history.slots, view.slot, row=row)[0]:
        current = current + 1 if value == 0 else 0
        longest = max(longest, current)
    return float(longest * history.slot_s)


def _all_silent(silent: list[Finding]) -> Finding:
    return Finding(
        kind=FindingKind.SILENCE,
        service=ALL_SERVICES,
        started_at=min(each.started_at for each in silent),
        ended_at=max(each.ended_at for each in silent),
        unit="lines/min",
        observed=0,
        expected=round(sum(each.expected or 0 for each in silent), 4),
        ratio=0,
        p_value=min(each.p_value or 0 for each in silent),
        sample_size=0,
        baseline=min((each.baseline for each in silent), key=list(BaselineKind).index),
        baseline_size=max(each.baseline_size for each in silent),
        severity=Severity.CRITICAL,
        components=tuple(each.service for each in silent)[:10],
    )
