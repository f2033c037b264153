"""What the detectors look at: the sums of the window and of the time before it, and what was expected."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from innkeeper.engine.logs.baseline import Baseline, Key
from innkeeper.engine.logs.forecasts import Forecast, forecast_counts, row_of
from innkeeper.engine.logs.history import History
from innkeeper.engine.logs.sums import ERROR_LEVELS, Sums, sums_of
from innkeeper.engine.logs.tally import Bucket, Tally
from innkeeper.schemas.logs import BaselineKind, Finding, LogLevel, from_unix

MAX_P_VALUE = 0.003  # corrected for all series of the kind; an incident has to be found more than once
MAX_TEMPLATE_CHARS = 500
SAME_TIME = 4  # slots of yesterday, from this one on, that are the same time of the day
TemplateText = Callable[[str], str]


class Expected(NamedTuple):
    """What a row should have brought per slot, and how well that is known."""

    row: int
    mid: float
    up: float
    down: float
    peak: float
    spread: float
    is_seasonal: bool
    kind: BaselineKind
    size: int


@dataclass
class View:
    """
    One window, with the stretches that end with it.

    Attributes:
        now: The window itself.
        wide, long: The last 3 and 12 slots, as far as the tally reaches back; `now` where it does not.
        text_of: The masked text of a template id.
    """

    tally: Tally
    baseline: Baseline
    now: Sums
    wide: Sums
    long: Sums
    text_of: TemplateText | None = None
    _before: Forecast | None = None
    _slots: dict[tuple[float, float], list[Sums]] = field(default_factory=dict)

    @classmethod
    def of(cls, tally: Tally, baseline: Baseline, window: tuple[float, float], text_of: TemplateText | None) -> "View":
        """Sum up `window`, [start, end) in Unix seconds."""
        start, end = window
        now = sums_of(tally, start, end)
        stretches = []
        for slots in (3, 12):
            first = end - slots * baseline.slot_s
            span = tally.span()
            reaches = span is not None and span[0] <= first < start
            stretches.append(sums_of(tally, first, end) if reaches else now)
        return cls(tally, baseline, now, stretches[0], stretches[1], text_of)

    @property
    def slot(self) -> int:
        """The slot that the window ends in."""
        return int((self.now.end - 1e-6) // self.baseline.slot_s)

    def looked_at(self, kind: str) -> int:
        """Series of a kind that are compared: a p-value is corrected for them."""
        rows = self.baseline.durations.rows if kind == "ms" else self.baseline.counts.rows
        return max(1, sum(of == kind for of, _, _ in rows))

    def slots_in(self, sums: Sums) -> float:
        """How many slots a stretch is long."""
        return (sums.end - sums.start) / self.baseline.slot_s

    def count(self, kind: str, service: str, template_id: str = "") -> Expected | None:
        """The expected lines of a slot; None where there is not enough data."""
        return self._expected((kind, service, template_id))

    def count_before(self, kind: str, service: str) -> Expected | None:
        """The same, to one who does not know the slots of `long`: what lasts is not compared with itself."""
        if self._before is None:
            behind = round(self.slots_in(self.long))
            self._before = forecast_counts(self.baseline.counts, self.slot, behind=behind)
        return self._expected_of(self.baseline.counts, (kind, service, ""), self._before)

    def duration(self, service: str, template_id: str) -> Expected | None:
        """The expected mean log of ms."""
        return self._expected(("ms", service, template_id))

    def slots_of(self, sums: Sums) -> list[Sums]:
        """The slots of a stretch, the last one first."""
        count = max(1, round(self.slots_in(sums)))
        ends = [sums.end - place * self.baseline.slot_s for place in range(count)]
        key = (sums.start, sums.end)
        if key not in self._slots:
            self._slots[key] = [sums_of(self.tally, max(sums.start, end - self.baseline.slot_s), end) for end in ends]
        return self._slots[key]

    def share(self, service: str) -> float:
        """Errors among the lines of the last day, a little more than there were where few are known."""
        counts = self.baseline.counts
        day = [
            np.nansum(counts.last(counts.slots, self.slot, row=counts.rows[kind, service, ""]))
            for kind in ("errors", "lines")
        ]
        return float((day[0] + 1) / (day[1] + 2))

    def first_bucket(self, sums: Sums, is_unusual: Callable[[Bucket], bool]) -> float:
        """Start of the first bucket of `sums` that is unusual; of the first of all when none is by itself."""
        for start, bucket in self.tally.between(sums.start, sums.end):
            if is_unusual(bucket):
                return start
        return sums.start

    def last_seen(self, service: str) -> float | None:
        """End of the last bucket before the window's end that has a line of this service."""
        found = None
        for start, bucket in self.tally.between(self.now.end - 86_400, self.now.end):
            if any(key[0] == service for key in bucket.by_level):
                found = start + self.tally.bucket_s
        return found

    def named(self, service: str) -> dict[str, Any]:
        """The fields of a finding that name components and requests."""
        names = self.now.names.get(service) or self.wide.names.get(service)
        if names is None:
            return {}
        return {"components": names.most_frequent(), "trace_ids": tuple(names.traces)[:20]}

    def template(self, template_id: str | None) -> dict[str, Any]:
        """The fields of a finding that name its template."""
        if template_id is None:
            return {}
        text = self.text_of(template_id)[:MAX_TEMPLATE_CHARS] if self.text_of else None
        return {"template_id": template_id, "template": text}

    def _expected(self, key: Key) -> Expected | None:
        counts, durations = self.baseline.forecasts(self.slot)
        if key[0] == "ms":
            return self._expected_of(self.baseline.durations, key, durations)
        return self._expected_of(self.baseline.counts, key, counts)

    @staticmethod
    def _expected_of(history: History[Key], key: Key, forecast: Forecast) -> Expected | None:
        row = row_of(history, key, forecast)
        if row is None:
            return None
        return Expected(
            row=row,
            mid=float(forecast.mid[row]),
            up=float(forecast.up[row]),
            down=float(forecast.down[row]),
            peak=float(forecast.peak[row]),
            spread=float(forecast.spread[row]),
            is_seasonal=bool(forecast.is_seasonal[row]),
            kind=forecast.kind(row),
            size=int(forecast.size[row]),
        )


def times(start: float, end: float) -> dict[str, Any]:
    """The fields of a finding that say when, from Unix seconds."""
    return {"started_at": from_unix(start), "ended_at": from_unix(max(start, end))}


def compared(expected: Expected) -> dict[str, Any]:
    """The fields of a finding that say what it was compared with."""
    return {"baseline": expected.kind, "baseline_size": expected.size}


def ratio_of(observed: float, expected: float) -> float | None:
    """observed / expected, to 4 digits; None when nothing was expected."""
    return float(f"{observed / expected:.4g}") if expected > 0 else None


def errors_in(bucket: Bucket, service: str) -> int:
    """Error lines of a service in one bucket."""
    return sum(count for (of, _, level), count in bucket.by_level.items() if of == service and level in ERROR_LEVELS)


def lines_in(bucket: Bucket, service: str) -> int:
    """Lines of a service in one bucket."""
    return sum(count for (of, _, _), count in bucket.by_level.items() if of == service)


def worst_level(sums: Sums, service: str) -> LogLevel:
    """CRITICAL when a tenth of the error lines are."""
    is_critical = sums.critical.get(service, 0) * 10 >= max(1, sums.errors.get(service, 0))
    return LogLevel.CRITICAL if is_critical else LogLevel.ERROR


def by_weight(finding: Finding) -> tuple[int, int, str, str]:
    """To sort findings: the worst first, then the largest, then by name."""
    order = ("critical", "high", "medium", "low").index(finding.severity.value)
    return order, -finding.sample_size, finding.service, finding.kind.value
