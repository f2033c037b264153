"""
Whether a window is unusual throughout: a burst of one minute is not, and neither is a restart of two.

What is found in one sweep may be a burst; so an incident is opened by the second one. But a window of five buckets
holds the same evidence: what is unusual without its worst bucket has been seen more than once.
"""

from collections.abc import Collection

from innkeeper.engine.logs.detecting.view import MAX_P_VALUE, Expected, View, errors_in, lines_in
from innkeeper.engine.logs.spread import LEAST_DISPERSION
from innkeeper.engine.logs.statistics import at_least, at_most, corrected
from innkeeper.engine.logs.sums import ERROR_LEVELS
from innkeeper.engine.logs.tally import Bucket

_MIN_BUCKETS = 4
_MAX_P_VALUE = 0.05  # of what is left without the worst; the p-value of the whole window is another condition
_NEW_BUCKETS = 3  # in which a template that nobody knew is seen
_RESTART_BUCKETS = 2
_AT_LEAST_MISSING = 0.25  # lines that old templates owe


def errors_last(view: View, service: str, expected: Expected) -> bool:
    """Whether the window has too many errors without its worst bucket, too."""
    buckets = _buckets(view)
    if len(buckets) < _MIN_BUCKETS:
        return False
    errors = [errors_in(bucket, service) for bucket in buckets]
    normal = expected.up * view.slots_in(view.now) * (len(errors) - 1) / len(errors)
    p_value = at_least(sum(errors) - max(errors), normal, expected.spread)
    return corrected(p_value, view.looked_at("errors")) <= _MAX_P_VALUE


def drop_lasts(view: View, service: str, normal: float, spread: float) -> bool:
    """
    Whether the window has too few lines without the buckets that a restart would explain, too.

    Args:
        normal: Lines of a slot.
    """
    buckets = _buckets(view)
    if len(buckets) < _MIN_BUCKETS:
        return False
    lines = sorted(lines_in(bucket, service) for bucket in buckets)[_RESTART_BUCKETS:]
    p_value = at_most(sum(lines), normal * view.slots_in(view.now) * len(lines) / len(buckets), spread)
    return corrected(p_value, view.looked_at("lines")) <= _MAX_P_VALUE


def template_lasts(view: View, service: str, template_id: str) -> bool:
    """Whether a new template comes again and again."""
    held = [any(key[:2] == (service, template_id) for key in bucket.by_level) for bucket in _buckets(view)]
    return sum(held) >= _NEW_BUCKETS


def comes_on_top(view: View, service: str, new: Collection[str]) -> bool:
    """Whether lines of new error templates do not stand for old ones, which have not been seen since."""
    since, found = view.wide.end, 0
    seen = set[str]()
    for start, bucket in view.tally.between(view.wide.start, view.wide.end):
        for (of, template_id, level), count in bucket.by_level.items():
            if of == service and level in ERROR_LEVELS:
                if template_id in new:
                    since, found = min(since, start), found + count
                elif start > since:
                    seen.add(template_id)
    slots, missing = (view.wide.end - since) / view.baseline.slot_s, _AT_LEAST_MISSING
    for kind, of, template_id in view.baseline.counts.rows:
        if kind == "template" and of == service and template_id not in seen and template_id not in new:
            expected = view.count(kind, of, template_id)
            missing += expected.up * slots if expected else 0.0
    return at_least(found, missing, LEAST_DISPERSION) <= MAX_P_VALUE


def _buckets(view: View) -> list[Bucket]:
    """Of the window, also those without a line."""
    start, end, size = view.now.start, view.now.end, view.tally.bucket_s
    found = [bucket for _, bucket in view.tally.between(start, end)]
    return found + [Bucket()] * (round((end - start) / size) - len(found))
