"""
A synthetic hotel's logs, minute by minute: eight services, five weeks, thirty incidents of six kinds; seeded.

What is normal here, and must not be told: a day with a quiet night and two peaks, and weekends; traffic that wanders
(AR(1) of its logarithm, sd 0.12 to 0.2); benign bursts of 3 to 8 errors; bursts of hundreds of harmless warnings; a
nightly batch; releases that restart a service, reword half of its templates and bring new ones, some at error level;
groups that arrive and double the traffic; a holiday of half or half as much again.

What is an incident was fixed before any detector was tuned, and drawn where there is something to see:

| kind | what happens, for 20 to 60 minutes | drawn only where, without noise |
|---|---|---|
| error_spike | 2 to 6 error lines a minute more of a known template, at least x 5 | anywhere |
| new_error | 1 to 6 lines a minute of an error template never seen | anywhere |
| rate_drop | all lines x 0.05 to 0.35 | 60 lines in 5 minutes are usual |
| silence | no line | 20 lines in 5 minutes are usual |
| ratio_change | errors take the place of other lines: share x 5 to x 10, at least 2 a minute | 60 lines in 5 minutes |
| slow_drift | one duration grows evenly to x 2 to x 3 in 3 to 10 hours, stays 30 minutes | 40 lines in 5 minutes |

A slow drift counts from the minute in which the duration reaches 1.5 of what it was; an earlier finding is a find, too.
Two of the spikes and two of the new errors reach a second service a minute later, in the same requests, as their trace
ids say: one incident all the same.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from innkeeper.engine.logs.tally import Durations
from innkeeper.schemas.logs import LogLevel, LogLine

Array = NDArray[np.float64]

START = 1_772_409_600.0  # Monday 2 March 2026, 00:00 UTC
DAY = 1_440  # minutes
DAYS = 35
FIRST_INCIDENT_DAY = 7
KINDS = ("error_spike", "new_error", "rate_drop", "silence", "ratio_change", "slow_drift")
PER_KIND = 5
DRIFT_COUNTS_FROM = 1.5


@dataclass(frozen=True)
class Service:
    """One service; `lines` a minute by day, `night` the share of it that is left at four in the morning."""

    name: str
    lines: float
    night: float
    weekend: float
    errors: float  # share of the lines
    latency_ms: float
    wanders: float  # sd of the log of the traffic


SERVICES = (
    Service("cv", 80, 0.25, 1.1, 0.010, 120, 0.15),
    Service("ml", 20, 0.30, 1.0, 0.006, 300, 0.15),
    Service("llm", 14, 0.12, 1.2, 0.015, 1_500, 0.20),
    Service("prefect", 26, 0.90, 1.0, 0.004, 800, 0.12),
    Service("payments", 12, 0.06, 1.4, 0.012, 450, 0.20),
    Service("pms", 45, 0.20, 1.2, 0.005, 60, 0.15),
    Service("door-locks", 32, 0.10, 1.2, 0.020, 35, 0.15),
    Service("wifi", 120, 0.30, 1.1, 0.020, 15, 0.12),
)
INFO_TEMPLATES, ERROR_TEMPLATES = 6, 4


@dataclass(frozen=True)
class Injected:
    """One incident: minutes [start, end) since the beginning; `counts_from` is what its delay is measured from."""

    kind: str
    service: str
    start: int
    end: int
    counts_from: int
    strength: float
    also: str | None = None


@dataclass
class Row:
    """Counts of one series in one minute."""

    service: str
    template: str
    level: LogLevel
    lines: int
    durations: Durations | None = None
    traces: tuple[str, ...] = ()  # one a line, or none


@dataclass
class World:
    """The month of one seed."""

    seed: int
    injected: list[Injected] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rng = np.random.default_rng(self.seed)
        minutes = DAYS * DAY
        self.clock = np.arange(minutes)
        self.usual = {each.name: self._usual(each) for each in SERVICES}
        self.holiday = int(self._rng.integers(10, DAYS - 3))
        self.traffic = {each.name: self.usual[each.name] * self._wander(each, minutes) for each in SERVICES}
        self._holiday_and_groups()
        self.releases = self._releases()
        self.injected = self._incidents()
        self.benign = self._bursts(3.5, (3, 9))  # a service: errors, about every other day
        self.warnings = self._bursts(1.0, (100, 500))
        self.extra, self.kept, self.share, self.slower = self._effects()

    def minute(self, at: int) -> Iterator[Row]:
        """All counts of one minute, normal ones and those of incidents."""
        for each in SERVICES:
            yield from self._of_service(each, at)

    def lines(self, at: int, rows: Iterable[Row]) -> list[LogLine]:
        """The rows of one minute as lines, in order of time; every template has its own words."""
        found = []
        rng = np.random.default_rng((self.seed, at))
        for row in rows:
            for place, second in enumerate(rng.random(row.lines) * 60):
                trace = row.traces[place] if row.traces else None
                text = words_of(row.template) + f" for room {rng.integers(999)}"
                if row.durations:
                    text += f" took {np.exp(row.durations.mean):.3f} ms"
                found.append(LogLine(START + at * 60 + float(second), row.service, row.level, text, trace))
        return sorted(found, key=lambda line: line.at)

    def _usual(self, service: Service) -> Array:
        hour = (self.clock / 60) % 24
        peaks = np.exp(-(((hour - 8.5) / 2.5) ** 2)) + np.exp(-(((hour - 18.5) / 3.5) ** 2))
        day = service.night + (1 - service.night) * np.clip(0.55 * (hour > 6) * (hour < 23.5) + 0.6 * peaks, 0, 1.2)
        kernel = np.ones(60) / 60  # nobody gets up at six sharp
        day = np.convolve(np.concatenate([day[-30:], day, day[:29]]), kernel, "valid")
        weekend = np.where((self.clock // DAY) % 7 >= 5, service.weekend, 1.0)
        lines = service.lines * day * np.convolve(np.pad(weekend, 90, "edge"), np.ones(181) / 181, "valid")
        if service.name == "prefect":
            lines = lines + np.where((self.clock % DAY >= 120) & (self.clock % DAY < 150), 60.0, 0.0)
        return np.asarray(lines)

    def _wander(self, service: Service, minutes: int) -> Array:
        steps = minutes // 5 + 1
        noise = self._rng.normal(0, service.wanders * np.sqrt(1 - 0.85**2), steps)
        level, found = 0.0, np.empty(steps)
        for place, step in enumerate(noise):
            level = 0.85 * level + step
            found[place] = level
        return np.asarray(np.exp(np.repeat(found, 5)[:minutes] - service.wanders**2 / 2))

    def _holiday_and_groups(self) -> None:
        ramp = np.clip((self.clock - self.holiday * DAY + 60) / 120, 0, 1)
        ramp *= np.clip(((self.holiday + 1) * DAY + 60 - self.clock) / 120, 0, 1)
        size = float(self._rng.choice([0.5, 1.5]))
        groups = np.ones(len(self.clock))
        for day in self._rng.choice(DAYS, 8, replace=False):
            start = day * DAY + int(self._rng.integers(11, 19)) * 60
            rise = np.clip((self.clock - start) / 25, 0, 1) * np.clip((start + 120 - self.clock) / 25, 0, 1)
            groups += rise * self._rng.uniform(0.5, 1.0)
        for each in SERVICES:
            if each.name != "prefect":
                self.traffic[each.name] = self.traffic[each.name] * (1 + (size - 1) * ramp) * groups

    def _releases(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {each.name: [] for each in SERVICES}
        for _ in range(8):
            name = SERVICES[int(self._rng.integers(len(SERVICES)))].name
            found[name].append(int(self._rng.integers(2, DAYS - 1)) * DAY + int(self._rng.integers(9, 17)) * 60)
        return {name: sorted(times) for name, times in found.items()}

    def _bursts(self, a_week: float, lines: tuple[int, int]) -> dict[tuple[str, int], int]:
        found = {}
        for each in SERVICES:
            for _ in range(self._rng.poisson(a_week * DAYS / 7)):
                found[each.name, int(self._rng.integers(len(self.clock)))] = int(self._rng.integers(*lines))
        return found

    def _incidents(self) -> list[Injected]:
        kinds = self._rng.permutation(np.repeat(np.arange(len(KINDS)), PER_KIND))
        days = DAYS - FIRST_INCIDENT_DAY
        gap = days * DAY // len(kinds)
        starts = FIRST_INCIDENT_DAY * DAY + np.arange(len(kinds)) * gap
        also = dict.fromkeys(("error_spike", "new_error"), 2)
        found = []
        for kind, start in zip((KINDS[each] for each in kinds), starts, strict=True):
            one = self._drawn(kind, int(start), gap)
            if also.get(kind, 0):
                also[kind] -= 1
                others = [each.name for each in SERVICES if each.name != one.service]
                one = Injected(**{**vars(one), "also": str(self._rng.choice(others))})
            found.append(one)
        return found

    def _drawn(self, kind: str, start: int, gap: int) -> Injected:
        needed = {"rate_drop": 60, "silence": 20, "ratio_change": 60, "slow_drift": 40}.get(kind, 0)
        for _ in range(1_000):
            service = SERVICES[int(self._rng.integers(len(SERVICES)))]
            length = int(self._rng.integers(20, 61)) if kind != "slow_drift" else int(self._rng.integers(180, 601))
            begin = start + int(self._rng.integers(0, gap - length - 120))
            end = begin + length
            if 5 * float(self.usual[service.name][begin : end + 30].min()) < needed:
                continue
            low, high = {
                "error_spike": (2, 6), "new_error": (1, 6), "rate_drop": (0.05, 0.35), "silence": (0, 0),
                "ratio_change": (5, 10), "slow_drift": (2, 3),
            }[kind]  # fmt: skip
            strength = float(self._rng.uniform(low, high))
            if kind != "slow_drift":
                return Injected(kind, service.name, begin, end, begin, strength)
            reaches = begin + int(np.ceil(length * np.log(DRIFT_COUNTS_FROM) / np.log(strength)))
            return Injected(kind, service.name, begin, end + 30, reaches, strength)
        raise RuntimeError(f"no service has enough lines for a {kind} from minute {start} on")

    def _effects(
        self,
    ) -> tuple[dict[tuple[str, int], tuple[str, float]], dict[str, Array], dict[str, Array], dict[str, Array]]:
        extra: dict[tuple[str, int], tuple[str, float]] = {}
        kept, share, slower = ({each.name: np.ones(len(self.clock)) for each in SERVICES} for _ in range(3))
        for place, one in enumerate(self.injected):
            span = slice(one.start, one.end)
            if one.kind in ("rate_drop", "silence"):
                kept[one.service][span] = one.strength
            elif one.kind == "ratio_change":
                share[one.service][span] = one.strength
            elif one.kind == "slow_drift":
                grown = np.minimum(1, np.arange(one.end - one.start) / (one.end - one.start - 30))
                slower[one.service][span] = one.strength**grown
            else:
                for name, late in ((one.service, 0), (one.also, 1)):
                    template = f"error-{place % ERROR_TEMPLATES}" if one.kind == "error_spike" else f"incident-{place}"
                    for minute in range(one.start + late, one.end) if name else ():
                        extra[str(name), minute] = (template, self._added(one, str(name), minute))
        return extra, kept, share, slower

    def _added(self, one: Injected, name: str, minute: int) -> float:
        if one.kind == "new_error":
            return one.strength
        usual = next(each for each in SERVICES if each.name == name).errors * float(self.usual[name][minute])
        return max(one.strength, 4 * usual)

    def _of_service(self, service: Service, at: int) -> Iterator[Row]:
        rng, name = self._rng, service.name
        released = [time for time in self.releases[name] if time <= at]
        if released and at - released[-1] < 2:
            return  # it restarts
        lines = self.traffic[name][at] * self.kept[name][at]
        share = min(0.9, service.errors * self.share[name][at])
        if self.share[name][at] > 1:
            share = max(share, min(0.9, 2 / max(lines, 1)))
        version = len(released)
        yield from self._info(service, at, lines * (1 - share), version)
        for place, part in enumerate((0.6, 0.25, 0.1, 0.05)):
            yield Row(name, _name("error", place, version), LogLevel.ERROR, int(rng.poisson(lines * share * part)))
        for release in released:  # what it brought: an error now and then
            yield Row(name, f"error-since-{release}", LogLevel.ERROR, int(rng.poisson(0.3 / 60 * self.kept[name][at])))
        if self.kept[name][at] > 0:
            yield Row(name, "error-0", LogLevel.ERROR, self.benign.get((name, at), 0))
            yield Row(name, "warning-1", LogLevel.WARNING, self.warnings.get((name, at), 0))
        if (name, at) in self.extra:
            template, mean = self.extra[name, at]
            count = int(rng.poisson(mean))
            traces = tuple(f"request-{at}-{each}" for each in range(count)) if self._spreads(name, at) else ()
            yield Row(name, template, LogLevel.ERROR, count, None, traces)

    def _spreads(self, name: str, at: int) -> bool:
        return any(one.also and name in (one.service, one.also) and one.start <= at < one.end for one in self.injected)

    def _info(self, service: Service, at: int, lines: float, version: int) -> Iterator[Row]:
        rng, name = self._rng, service.name
        for place, part in enumerate((0.4, 0.25, 0.15, 0.1, 0.06, 0.04)):
            count = int(rng.poisson(lines * part))
            timed = self._durations(service, at, count) if place == 0 and count else None
            yield Row(name, _name("info", place, version), LogLevel.INFO, count, timed)
        yield Row(name, "warning-0", LogLevel.WARNING, int(rng.poisson(lines * 0.03)))

    def _durations(self, service: Service, at: int, count: int) -> Durations:
        load = self.traffic[service.name][at] / service.lines
        mean = np.log(service.latency_ms * self.slower[service.name][at]) + 0.12 * (load - 0.5)
        logs = self._rng.normal(mean + self._rng.normal(0, 0.05), 0.5, count)
        return Durations(count, float(logs.sum()), float(np.square(logs).sum()))


def words_of(template: str) -> str:
    """Four words that nobody speaks: alike templates would be one to a miner, and numbers in names mere numbers."""
    digits = hashlib.sha256(template.encode()).digest()
    syllables = ["bdfgklmnprstvz"[each % 14] + "aeiou"[each // 14 % 5] for each in digits[:12]]
    return " ".join("".join(syllables[place : place + 3]) for place in range(0, 12, 3))


def _name(kind: str, place: int, version: int) -> str:
    """Half of the templates are worded anew by each release; a template with a duration keeps its words."""
    return f"{kind}-{place}" if place % 2 == 0 else f"{kind}-{place}-v{version}"
