"""What a sweep remembers of the lines that it read: counts, durations and names per time bucket; never the lines."""

import math
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Self

from innkeeper.engine.logs.durations import Place, find_duration, read_duration
from innkeeper.engine.logs.names import Names
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.logs import LogLevel, LogLine

OTHER = "other"  # the service or template of lines beyond the bounds
MAX_BUCKETS = 1_500  # 25 hours of minutes
MAX_SERIES = 20_000  # service × template
_FIRST_TRIES = 3  # lines of a template in which a duration is looked for before it is taken to have none
_ALL_MEASURED = 32  # durations read of a series in one bucket; above, every eighth line
_ERRORS = frozenset({LogLevel.ERROR.value, LogLevel.CRITICAL.value})

Series = tuple[str, str]  # service, template id


class Durations(NamedTuple):
    """Durations of one series, as logarithms of ms, so that a few slow ones do not stand for all."""

    lines: int = 0
    log_sum: float = 0.0
    log_squares: float = 0.0

    @property
    def mean(self) -> float:
        """Of the logarithms; `lines` must not be 0."""
        return self.log_sum / self.lines

    @property
    def noise(self) -> float:
        """Variance of `mean` by chance, of at least a tenth of a percent."""
        variance = (self.log_squares - self.log_sum**2 / self.lines) / max(1, self.lines - 1)
        return max(variance, 0.001) / self.lines

    def plus(self, other: "Durations") -> "Durations":
        """Both together."""
        return Durations(self.lines + other.lines, self.log_sum + other.log_sum, self.log_squares + other.log_squares)


class Bucket:
    """The counts of one bucket; each dict is by what its name says."""

    __slots__ = ("by_level", "durations", "names")

    def __init__(self) -> None:
        self.by_level: dict[tuple[str, str, str], int] = {}  # service, template id, level
        self.durations: dict[Series, list[float]] = {}  # lines seen, count, sum of logs, sum of their squares
        self.names: dict[str, Names] = {}  # by service, of its error lines


class Tally:
    """
    Counts of lines per bucket × service × template × level; bounded, and JSON-able.

    Lines may come in any order. Above `max_buckets` the oldest bucket goes; above `max_series` pairs of service and
    template, what is new counts as template, and at last as service, `OTHER`.
    """

    def __init__(self, bucket_s: int = 60, *, max_buckets: int = MAX_BUCKETS, max_series: int = MAX_SERIES) -> None:
        if bucket_s < 1 or max_buckets < 1 or max_series < 1:
            raise ValueError("bucket_s, max_buckets and max_series must be at least 1")
        self.bucket_s = bucket_s
        self._max_buckets = max_buckets
        self._max_series = max_series
        self._buckets: dict[int, Bucket] = {}
        self._at = -1  # the bucket that the last line fell into, and its counts: lines come nearly in order
        self._bucket = Bucket()
        self._counts = self._bucket.by_level
        self.derived: dict[tuple[float, float], Any] = {}  # what readers made of [start, end), until it changes
        self._known: dict[Series, Series] = {}
        self._measured: dict[str, int | Place | None] = {}  # template: tries left, or how its duration is read

    def __len__(self) -> int:
        """Buckets that are held."""
        return len(self._buckets)

    def add(self, line: LogLine, template_id: str) -> None:
        """Count one line."""
        at = int(line[0] // self.bucket_s)
        if at != self._at:
            self._turn_to(at)
        level = line[2]._value_  # the enum's own hash is slow Python
        key = (line[1], template_id, level)
        counts = self._counts
        if key in counts:
            counts[key] += 1
        else:
            key = (*self._bounded(line[1], template_id), level)
            counts[key] = counts.get(key, 0) + 1
        how = self._measured.get(template_id, _FIRST_TRIES)
        if how is not None:
            self._measure(line, key[:2], template_id, how)
        if level in _ERRORS:
            self._names(key[0]).add(line)

    def add_counts(
        self, at: float, service: str, template_id: str, level: LogLevel, lines: int, durations: Durations | None = None
    ) -> None:
        """Count `lines` alike lines at once, where somebody else counted before."""
        if lines < 1:
            return
        if (place := int(at // self.bucket_s)) != self._at:
            self._turn_to(place)
        series = self._bounded(service, template_id)
        key = (*series, level.value)
        self._counts[key] = self._counts.get(key, 0) + lines
        if durations and durations.lines:
            held = self._bucket.durations.setdefault(series, [0, 0, 0.0, 0.0])
            for column, value in enumerate((durations.lines, *durations)):
                held[column] += value

    def drop_before(self, at: float) -> None:
        """Forget the buckets that ended by `at` (Unix seconds); the sweep keeps some hours for the slow detectors."""
        for each in [each for each in self._buckets if (each + 1) * self.bucket_s <= at]:
            del self._buckets[each]
        for span in [span for span in self.derived if span[0] < at]:
            del self.derived[span]
        self._at = -1
        if len(self._known) >= self._max_series:  # room for what is written today
            self._known.clear()
            self._measured.clear()

    def span(self) -> tuple[float, float] | None:
        """Start of the first and end of the last bucket, in Unix seconds; None when there is no line."""
        if not self._buckets:
            return None
        return min(self._buckets) * float(self.bucket_s), (max(self._buckets) + 1) * float(self.bucket_s)

    def between(self, start: float, end: float) -> Iterator[tuple[float, Bucket]]:
        """Start and counts of the buckets that have a part in [start, end), in order of time."""
        self._at = -1  # the next line turns to its bucket anew, which outdates what is derived from it
        first, last = math.floor(start / self.bucket_s), math.ceil(end / self.bucket_s)
        span: Iterable[int] = range(first, last) if last - first <= len(self._buckets) else sorted(self._buckets)
        for at in span:
            if first <= at < last and at in self._buckets:
                yield at * float(self.bucket_s), self._buckets[at]

    def _turn_to(self, at: int) -> None:
        bucket = self._buckets.get(at)
        if bucket is None:
            bucket = self._buckets[at] = Bucket()
            if len(self._buckets) > self._max_buckets:
                del self._buckets[min(self._buckets)]
                self.derived.clear()
        if self.derived:
            self._outdate(at * self.bucket_s)
        self._at, self._bucket, self._counts = at, bucket, bucket.by_level

    def _outdate(self, start: float) -> None:
        """Forget what was derived from the bucket that begins then."""
        for span in [span for span in self.derived if span[0] < start + self.bucket_s and start < span[1]]:
            del self.derived[span]

    def _bounded(self, service: str, template_id: str) -> Series:
        series = (service, template_id)
        known = self._known.get(series)
        if known is None:
            if len(self._known) < self._max_series:
                known = self._known[series] = series
            else:
                known = self._known.get((service, OTHER), (OTHER, OTHER))
                if known == (OTHER, OTHER) and len(self._known) < self._max_series * 2:
                    known = self._known[service, OTHER] = (service, OTHER)
        return known

    def _measure(self, line: LogLine, series: Series, template_id: str, how: int | Place) -> None:
        if isinstance(how, int):
            place = find_duration(line.message, line.fields)
            self._measured[template_id] = place or how - 1 or None
            if place is None:
                return
            how = place
        held = self._bucket.durations.get(series)
        if held is None:
            held = self._bucket.durations[series] = [0, 0, 0.0, 0.0]
        held[0] += 1
        if held[0] > _ALL_MEASURED and held[0] % 8:
            return
        value = read_duration(how, line.message, line.fields)
        if value is not None:
            log = math.log(value)
            held[1] += 1
            held[2] += log
            held[3] += log * log

    def _names(self, service: str) -> Names:
        names = self._bucket.names.get(service)
        if names is None:
            names = self._bucket.names[service] = Names()
        return names

    def state(self) -> dict[str, Any]:
        """Everything that it holds, as JSON values."""
        return {
            "version": 1,
            "bucket_s": self.bucket_s,
            "buckets": {
                str(at): {
                    "counts": [[*key, count] for key, count in bucket.by_level.items()],
                    "durations": [[*key, *values] for key, values in bucket.durations.items()],
                    "names": {service: names.state() for service, names in bucket.names.items()},
                }
                for at, bucket in self._buckets.items()
            },
            "measured": self._measured,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """
        The tally whose `state` this is.

        Raises:
            InputInvalid: It is not what `state` returned.
        """
        try:
            tally = cls(int(state["bucket_s"]))
            for at, held in state["buckets"].items():
                tally._turn_to(int(at))
                for service, template_id, level, count in held["counts"]:
                    tally._counts[(*tally._bounded(service, template_id), LogLevel(level).value)] = int(count)
                for service, template_id, *values in held["durations"]:
                    tally._bucket.durations[service, template_id] = [*map(float, values)]
                tally._bucket.names = {service: Names.from_state(each) for service, each in held["names"].items()}
            for template_id, how in state["measured"].items():
                tally._measured[template_id] = Place(*how) if isinstance(how, list | tuple) else how
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InputInvalid(f"this is not the state of a tally ({error!r}); start with an empty one") from error
        return tally
