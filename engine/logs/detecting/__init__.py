"""What is unusual in a window of log lines: `detect`."""

from collections.abc import Iterable

from innkeeper.engine.logs.baseline import Baseline
from innkeeper.engine.logs.detecting.bursts import find_burst
from innkeeper.engine.logs.detecting.durations import find_durations
from innkeeper.engine.logs.detecting.errors import find_bare_errors, find_errors
from innkeeper.engine.logs.detecting.rates import ALL_SERVICES, find_rates
from innkeeper.engine.logs.detecting.view import TemplateText, View, by_weight
from innkeeper.engine.logs.tally import Tally
from innkeeper.schemas.logs import Finding, Severity

__all__ = ["ALL_SERVICES", "detect"]

_ORDER = tuple(Severity)


def detect(
    tally: Tally,
    baseline: Baseline,
    *,
    window: tuple[float, float],
    text_of: TemplateText | None = None,
    least: Severity = Severity.MEDIUM,
) -> list[Finding]:
    """
    Find what is unusual in `window`, against a baseline that has not learnt it yet.

    A window longer than a slot of the baseline is looked at slot by slot, counted from its end, and of alike findings
    the worst is kept. An hour of the tally before the window lets slow changes be found. A service without enough
    history is compared with nothing: it is named only when most of its lines are errors.

    Args:
        window: [start, end) in Unix seconds.
        text_of: The masked text of a template id, such as `TemplateMiner.template`.
        least: Severity below which findings are left out; LOW ones are for reading, not for opening incidents.

    Returns:
        Findings, the most severe first.
    """
    start, end = window
    if end <= start:
        raise ValueError(f"a window has to end after its start, not {window!r}")
    found = list(find_bare_errors(View.of(tally, baseline, window, text_of)))
    while end > start:
        first = max(start, end - baseline.slot_s)
        found += _in_slot(View.of(tally, baseline, (first, end), text_of))
        end = first
    return sorted((each for each in _worst(found) if _ORDER.index(each.severity) >= _ORDER.index(least)), key=by_weight)


def _in_slot(view: View) -> list[Finding]:
    found = [*find_errors(view), *find_rates(view), *find_durations(view)]
    burst = find_burst(found, sum(kind == "lines" for kind, _, _ in view.baseline.counts.rows))
    return [*found, burst] if burst else found


def _worst(findings: Iterable[Finding]) -> list[Finding]:
    """Of findings of one kind, service and template the worst, lasting from the first to the last of them."""
    kept: dict[tuple[str, str, str | None], Finding] = {}
    for each in sorted(findings, key=by_weight):
        key = (each.kind.value, each.service, each.template_id)
        known = kept.get(key)
        if known is None:
            kept[key] = each
        else:
            start, end = min(known.started_at, each.started_at), max(known.ended_at, each.ended_at)
            kept[key] = known.model_copy(update={"started_at": start, "ended_at": end})
    return list(kept.values())
