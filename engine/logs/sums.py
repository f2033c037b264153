"""The counts of a tally, summed up over a stretch of time."""

import math
from dataclasses import dataclass, field

from innkeeper.engine.logs.names import Names
from innkeeper.engine.logs.tally import Bucket, Durations, Series, Tally
from innkeeper.schemas.logs import LogLevel

_CRITICAL = LogLevel.CRITICAL.value
_PIECE_S = 300.0
_MAX_PIECES = 200
ERROR_LEVELS = frozenset({LogLevel.ERROR.value, _CRITICAL})


@dataclass(slots=True)
class Sums:
    """
    Lines of [start, end), in Unix seconds.

    Attributes:
        lines, errors, critical: By service; `errors` are of level error or worse, `critical` among them.
        templates: Lines of level error or worse, by service and template.
        worst: The same, of level critical.
        durations: By service and template.
        names: By service, of its error lines.
    """

    start: float
    end: float
    lines: dict[str, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    critical: dict[str, int] = field(default_factory=dict)
    templates: dict[Series, int] = field(default_factory=dict)
    worst: dict[Series, int] = field(default_factory=dict)
    durations: dict[Series, Durations] = field(default_factory=dict)
    names: dict[str, Names] = field(default_factory=dict)

    def take(self, bucket: Bucket) -> None:
        """Add the counts of one bucket."""
        for (service, template_id, level), count in bucket.by_level.items():
            self.lines[service] = self.lines.get(service, 0) + count
            if level in ERROR_LEVELS:
                series = (service, template_id)
                self.errors[service] = self.errors.get(service, 0) + count
                self.templates[series] = self.templates.get(series, 0) + count
                if level == _CRITICAL:
                    self.critical[service] = self.critical.get(service, 0) + count
                    self.worst[series] = self.worst.get(series, 0) + count
        for series, (_, known, log_sum, log_squares) in bucket.durations.items():
            added = Durations(int(known), log_sum, log_squares)
            self.durations[series] = self.durations.get(series, Durations()).plus(added)
        for service, names in bucket.names.items():
            self.names.setdefault(service, Names()).merge(names)

    def add(self, other: "Sums") -> None:
        """Add those of another stretch."""
        for mine, its in (
            (self.lines, other.lines),
            (self.errors, other.errors),
            (self.critical, other.critical),
        ):
            for service, count in its.items():
                mine[service] = mine.get(service, 0) + count
        for of, more in ((self.templates, other.templates), (self.worst, other.worst)):
            for series, count in more.items():
                of[series] = of.get(series, 0) + count
        for series, held in other.durations.items():
            known = self.durations.get(series)
            self.durations[series] = held if known is None else known.plus(held)
        for service, names in other.names.items():
            self.names.setdefault(service, Names()).merge(names)


def sums_of(tally: Tally, start: float, end: float) -> Sums:
    """
    What the tally holds of [start, end), in whole buckets; to be read only.

    A long stretch is put together from pieces of five minutes before `end`, which the next windows ask for again.
    """
    if end - start <= _PIECE_S or end % tally.bucket_s or _PIECE_S % tally.bucket_s:
        return _piece(tally, start, end)
    sums = Sums(start, end)
    count = math.ceil((end - start) / _PIECE_S)
    for place in range(count, 0, -1):
        sums.add(_piece(tally, max(start, end - place * _PIECE_S), end - (place - 1) * _PIECE_S))
    return sums


def _piece(tally: Tally, start: float, end: float) -> Sums:
    known: Sums | None = tally.derived.get((start, end))
    if known is not None:
        return known
    sums = Sums(start, end)
    for _, bucket in tally.between(start, end):
        sums.take(bucket)
    if len(tally.derived) >= _MAX_PIECES:
        tally.derived.clear()
    tally.derived[start, end] = sums
    return sums
