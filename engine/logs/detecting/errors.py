"""More errors than usual: in number, as a share of the lines, or of a kind that was never seen."""

from collections.abc import Iterator

from innkeeper.engine.logs.detecting import severity
from innkeeper.engine.logs.detecting.lasting import comes_on_top, errors_last, template_lasts
from innkeeper.engine.logs.detecting.view import (
    MAX_P_VALUE,
    Expected,
    View,
    compared,
    errors_in,
    ratio_of,
    times,
    worst_level,
)
from innkeeper.engine.logs.statistics import at_least, corrected, share_at_least
from innkeeper.engine.logs.sums import Sums
from innkeeper.schemas.logs import BaselineKind, Finding, FindingKind, LogLevel

# A spike is so many times what is expected and so many lines more, within one, three or twelve slots.
_SPIKE_RATIO, _SPIKE_LINES = 3.0, 5.0
_WIDE_RATIO, _WIDE_LINES = 2.5, 10.0
_REST_RATIO = 2.0  # of three slots without the worst
_LONG_RATIO, _LONG_LINES, _LONG_SHARE = 2.5, 30.0, 0.75  # the share of the slots that are above what is expected
_SHARE_RATIO = 1.5  # errors that only grow with the traffic are no spike
_SHARE_CHANGE, _SHARE_POINTS, _SHARE_LINES = 2.0, 0.02, 5
_BARE_LINES, _BARE_SHARE = 3, 0.5  # without a baseline: at least so many errors, and that share of the lines
_GOES_ON = 0.5  # of the stretch's rate, that the window itself has
_MAX_NEW = 5  # templates of one service
_MORE = 0.01  # and the errors of the service have to be more than usual: new words for old errors are no incident
_MAX_NOVELTY = 0.05  # a service that brings up new error templates more often than that says nothing by another


def find_errors(view: View) -> Iterator[Finding]:
    """Findings about the error lines of each service in the window."""
    for service in sorted(view.now.errors):
        expected = view.count("errors", service)
        if expected is None:
            continue
        spike = _spike(view, service, expected)
        if spike:
            yield spike
        share = _share_change(view, service, expected)
        if share:
            yield share
        if not spike and not share:
            shift = _shift(view, service)
            if shift:
                yield shift
        yield from _new_templates(view, service, expected)


def find_bare_errors(view: View) -> Iterator[Finding]:
    """Of services without a baseline: those that say little else than errors. Nothing is expected of them."""
    for service in sorted(view.now.errors):
        errors, lines = view.now.errors[service], view.now.lines[service]
        if view.count("errors", service) or errors < _BARE_LINES or errors < _BARE_SHARE * lines:
            continue
        first = view.first_bucket(view.now, lambda bucket, of=service: errors_in(bucket, of) > 0)  # type: ignore[misc]  # mypy cannot infer a default
        yield Finding(
            kind=FindingKind.ERROR_SPIKE,
            service=service,
            level=worst_level(view.now, service),
            **times(first, _last_error(view, service)),
            unit="share",
            observed=round(errors / lines, 4),
            sample_size=lines,
            baseline=BaselineKind.NONE,
            severity=severity.of_errors(None, errors, view.now.critical.get(service, 0), lines),
            **view.template(_main_template(view.now, service)),
            **view.named(service),
        )


def _spike(view: View, service: str, expected: Expected) -> Finding | None:
    for sums, least, more in ((view.now, _SPIKE_RATIO, _SPIKE_LINES), (view.wide, _WIDE_RATIO, _WIDE_LINES)):
        slots, observed = view.slots_in(sums), sums.errors.get(service, 0)
        normal = expected.up * slots
        if observed < max(least * normal, normal + more) or not _outgrows_traffic(view, sums, service, expected):
            continue
        if sums is view.now:  # which has to beat the worst slot of the last day, too: tails are heavier than any law
            is_unusual = observed > expected.peak * max(1.0, slots)
        else:
            is_unusual = _goes_on(view, sums, service) and _unusual_without_worst(view, sums, service, expected)
        p_value = corrected(at_least(observed, normal, expected.spread), view.looked_at("errors"))
        if is_unusual and p_value <= MAX_P_VALUE:
            return _of_errors(view, sums, service, expected, FindingKind.ERROR_SPIKE, p_value)
    return None


def _unusual_without_worst(view: View, sums: Sums, service: str, expected: Expected) -> bool:
    """Whether a stretch is unusual without its worst slot: one burst is not found again and again."""
    slots = [each.errors.get(service, 0) for each in view.slots_of(sums)]
    if len(slots) < 2:
        return True
    rest, normal = sum(slots) - max(slots), expected.up * (len(slots) - 1)
    return (
        rest >= _REST_RATIO * normal
        and corrected(at_least(rest, normal, expected.spread), view.looked_at("errors")) <= MAX_P_VALUE
    )


def _shift(view: View, service: str) -> Finding | None:
    """Errors that are not many at once, but have been more for an hour."""
    expected = view.count_before("errors", service)
    if view.long is view.now or expected is None:
        return None
    slots, observed = view.slots_in(view.long), view.long.errors.get(service, 0)
    normal = expected.up * slots
    if observed < max(_LONG_RATIO * normal, normal + _LONG_LINES):
        return None
    above = [each for each in view.slots_of(view.long) if each.errors.get(service, 0) > expected.up]
    p_value = corrected(at_least(observed, normal, expected.spread), view.looked_at("errors"))
    if p_value > MAX_P_VALUE or len(above) < _LONG_SHARE * slots or not _goes_on(view, view.long, service):
        return None
    if not _outgrows_traffic(view, view.long, service, expected):
        return None
    return _of_errors(view, view.long, service, expected, FindingKind.LEVEL_SHIFT, p_value)


def _of_errors(view: View, sums: Sums, service: str, expected: Expected, kind: FindingKind, p_value: float) -> Finding:
    minutes = (sums.end - sums.start) / 60
    observed, normal = sums.errors[service], expected.up * view.slots_in(sums)
    ratio = ratio_of(observed, normal)
    limit = expected.up * view.tally.bucket_s / view.baseline.slot_s
    first = view.first_bucket(sums, lambda bucket: errors_in(bucket, service) > limit)
    return Finding(
        kind=kind,
        service=service,
        level=worst_level(sums, service),
        **times(first, sums.end),
        unit="lines/min",
        observed=round(observed / minutes, 4),
        expected=round(normal / minutes, 4),
        ratio=ratio,
        p_value=p_value,
        sample_size=observed,
        **compared(expected),
        severity=severity.of_errors(ratio, observed, sums.critical.get(service, 0), sums.lines[service]),
        lasting=errors_last(view, service, expected),
        **view.template(_main_template(sums, service)),
        **view.named(service),
    )


def _share_change(view: View, service: str, expected: Expected) -> Finding | None:
    normal = _normal_share(view, service, expected)
    if normal is None:
        return None
    for sums in (view.now, view.wide):
        errors, lines = sums.errors[service], sums.lines[service]
        if errors < _SHARE_LINES or errors / lines < max(_SHARE_CHANGE * normal, normal + _SHARE_POINTS):
            continue
        effect = 1 + expected.spread * expected.mid * view.slots_in(sums)  # variance against that of a Poisson law
        p_value = corrected(share_at_least(errors / effect, lines / effect, normal), view.looked_at("errors"))
        is_lasting = sums is view.now or (
            _goes_on(view, sums, service) and _unusual_without_worst(view, sums, service, expected)
        )
        if p_value <= MAX_P_VALUE and is_lasting:
            return _of_share(view, sums, service, expected, normal, p_value)
    return None


def _of_share(view: View, sums: Sums, service: str, expected: Expected, normal: float, p_value: float) -> Finding:
    errors, lines = sums.errors[service], sums.lines[service]
    ratio = ratio_of(errors / lines, normal)
    return Finding(
        kind=FindingKind.ERROR_RATIO_CHANGE,
        service=service,
        level=worst_level(sums, service),
        **times(view.first_bucket(sums, lambda bucket: errors_in(bucket, service) > 0), sums.end),
        unit="share",
        observed=round(errors / lines, 4),
        expected=round(normal, 4),
        ratio=ratio,
        p_value=p_value,
        sample_size=lines,
        **compared(expected),
        severity=severity.of_errors(ratio, errors, sums.critical.get(service, 0), lines),
        lasting=errors_last(view, service, expected),
        **view.template(_main_template(sums, service)),
        **view.named(service),
    )


def _new_templates(view: View, service: str, expected: Expected) -> Iterator[Finding]:
    new = [
        (view.wide.templates[series], series[1])
        for series in view.now.templates
        if series[0] == service and view.baseline.is_new(*series, view.slot)
    ]
    known = view.baseline.novelty.get(service)
    if not new or known is None:
        return
    chance = 1 - (1 - min(1.0, (known.templates + 0.5) / (known.slots + 1))) ** max(1.0, view.slots_in(view.now))
    more = at_least(view.wide.errors[service], expected.mid * view.slots_in(view.wide), expected.spread) <= _MORE
    more = more and _goes_on(view, view.wide, service)
    ids = [template_id for _, template_id in new]
    for found, template_id in sorted(new, reverse=True)[:_MAX_NEW]:
        critical = view.wide.worst.get((service, template_id), 0)
        lasting = template_lasts(view, service, template_id)
        is_more = more or (lasting and comes_on_top(view, service, ids))
        yield Finding(
            kind=FindingKind.NEW_ERROR_TEMPLATE,
            service=service,
            level=LogLevel.CRITICAL if critical else LogLevel.ERROR,
            **times(_first_of(view, service, template_id), view.now.end),
            unit="lines",
            observed=found,
            expected=0,
            p_value=min(1.0, chance),
            sample_size=view.wide.lines[service],
            **compared(expected),
            severity=severity.of_new_template(
                found,
                critical,
                view.wide.lines[service],
                more_than_usual=(is_more and chance <= _MAX_NOVELTY) or bool(critical),
            ),
            lasting=lasting,
            **view.template(template_id),
            **view.named(service),
        )


def _goes_on(view: View, sums: Sums, service: str) -> bool:
    """Whether the window has its part of a longer stretch: one burst is not found again and again."""
    return view.now.errors[service] * view.slots_in(sums) >= _GOES_ON * view.slots_in(view.now) * sums.errors[service]


def _normal_share(view: View, service: str, expected: Expected) -> float | None:
    lines = view.count("lines", service)
    return None if lines is None else min(1.0, max(view.share(service), (expected.mid + 0.05) / (lines.mid + 0.1)))


def _outgrows_traffic(view: View, sums: Sums, service: str, expected: Expected) -> bool:
    normal = _normal_share(view, service, expected)
    share = sums.errors[service] / sums.lines[service]
    return normal is None or share >= min(_SHARE_RATIO * normal, (1 + normal) / 2)


def _main_template(sums: Sums, service: str) -> str | None:
    """The template of at least half of a service's error lines, if there is one."""
    of_service = [(count, series[1]) for series, count in sums.templates.items() if series[0] == service]
    count, template_id = max(of_service, default=(0, ""))
    return template_id if count * 2 >= sums.errors.get(service, 0) > 0 else None


def _first_of(view: View, service: str, template_id: str) -> float:
    return view.first_bucket(
        view.wide, lambda bucket: any(key[:2] == (service, template_id) for key in bucket.by_level)
    )


def _last_error(view: View, service: str) -> float:
    last = view.now.start
    for start, bucket in view.tally.between(view.now.start, view.now.end):
        if errors_in(bucket, service):
            last = start + view.tally.bucket_s
    return min(last, view.now.end)
