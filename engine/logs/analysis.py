"""What is known of one source's lines, and what is unusual in new ones: mined, counted, judged window by window."""

import math
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Self

from innkeeper.engine.logs.baseline import SLOT_S, Baseline
from innkeeper.engine.logs.culprits import ReferenceProfile, rank_culprits
from innkeeper.engine.logs.detecting import detect
from innkeeper.engine.logs.miner import TemplateMiner
from innkeeper.engine.logs.tally import Tally
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.logs import Culprit, Finding, LogLevel, LogLine

WINDOW_S = SLOT_S  # what is judged at once
REMEMBERED_S = 2 * 3_600  # of counts: the slow detectors look back over an hour
CHARTED_S = 3_600
SILENT_S = 6 * 3_600  # without any line: after it, nothing new is to be found in more silence
LATE_S = 60  # lines of other writers may come so late, where many lines are read at once
TURNED_BACK_S = 3_600  # what was judged lies so far ahead of the clock: it was the clock that was wrong
_ERRORS = frozenset(each.value for each in LogLevel if each.is_error)
_LEARNT_LINES = 3_000  # of each calm window, by the reference for culprits
_KEPT_LINES = 20_000  # of each window, for the ranking of culprits


class Judged(NamedTuple):
    """
    A window [start, end) in Unix seconds.

    Attributes:
        findings: What is unusual in it.
        services: Those that wrote lines in it, and those that are known.
        lines: That were read since the window before.
    """

    start: float
    end: float
    findings: tuple[Finding, ...]
    services: frozenset[str]
    lines: int


class LogAnalysis:
    """
    A source's templates, counts, baseline and profile; `state` keeps them between sweeps.

    Lines go in by `read`, in order of time as nearly as can be; a line that comes after its window was judged is still
    counted, and judged by nobody.
    """

    def __init__(self) -> None:
        self.miner = TemplateMiner()
        self.tally = Tally()
        self.baseline = Baseline()
        self.profile = ReferenceProfile()
        self.judged_until: float | None = None  # Unix seconds
        self._window: list[tuple[LogLine, str]] = []
        self._last: list[tuple[LogLine, str]] = []
        self._lines = 0

    def read(self, lines: Iterable[LogLine], *, until: float | None = None) -> Iterator[Judged]:
        """
        Count lines, and judge every window that they complete.

        Args:
            lines: New ones.
            until: Unix seconds up to which all lines are there: windows that end by then are judged as well, also
                those without a line. Without it, the windows before the last line.
        """
        if until is not None and self.judged_until is not None and self.judged_until - until > TURNED_BACK_S:
            self._turn_back(until)
        add, count, kept = self.miner.add, self.tally.add, self._window
        due = self._due()
        for line in lines:
            at = line[0]
            if at >= due:
                yield from self._judge(at - LATE_S, next_at=at)
                kept, due = self._window, self._due()
            elif self.judged_until is None:
                self._begin(at)
                due = self._due()
            template_id = add(line[3])
            count(line, template_id)
            self._lines += 1
            if len(kept) < _KEPT_LINES:
                kept.append((line, template_id))
        if until is not None:
            yield from self._judge(until)

    def whole(self, lines: Iterable[LogLine], start: float, end: float) -> Judged:
        """
        Judge one window of any length at once, whatever the clock says of five minutes.

        Args:
            lines: All of [start, end), in Unix seconds; earlier ones were read before.
            start: A full minute.
            end: A full minute.
        """
        for line in lines:
            template_id = self.miner.add(line.message)
            self.tally.add(line, template_id)
            self._lines += 1
            if len(self._window) < _KEPT_LINES:
                self._window.append((line, template_id))
        return self._judged(start, end)

    def finish(self) -> Iterator[Judged]:
        """Judge what is left of a source that has ended."""
        span = self.tally.span()
        if span is not None:
            yield from self._judge(span[1])

    def culprits(self, since: float) -> tuple[Culprit, ...]:
        """Who most likely started what began at `since`; while the window that shows it is the last one judged."""
        return tuple(rank_culprits(self._last, self.profile, since=since))

    def lines_per_minute(self, service: str, until: float) -> tuple[float, list[int]]:
        """
        For a chart of the hour before `until`: its start, and error lines per bucket, or all where there are none.

        Counts begin with the first line that is remembered; the newest bucket is the last one.
        """
        span = self.tally.span()
        start = max(until - CHARTED_S, span[0] if span else until)
        size = max(1, math.ceil((until - start) / self.tally.bucket_s))
        errors, every = [0] * size, [0] * size
        for at, bucket in self.tally.between(start, until):
            place = min(size - 1, max(0, int((at - start) // self.tally.bucket_s)))
            for (who, _, level), count in bucket.by_level.items():
                if who == service:
                    every[place] += count
                    errors[place] += count if level in _ERRORS else 0
        return start, errors if any(errors) else every

    def text_of(self, template_id: str) -> str:
        """The masked text of a template; "" where it has been forgotten."""
        try:
            return self.miner.template(template_id)
        except InputInvalid:
            return ""

    def _begin(self, at: float) -> None:
        self.judged_until = math.floor(at / WINDOW_S) * float(WINDOW_S)

    def _due(self) -> float:
        return math.inf if self.judged_until is None else self.judged_until + WINDOW_S + LATE_S

    def _turn_back(self, until: float) -> None:
        """The clock was ahead and is right again: what comes now was never judged, and its time is not over."""
        self.judged_until = math.floor(until / self.tally.bucket_s) * float(self.tally.bucket_s)
        self.tally = Tally()
        self.baseline.turn_back(until)

    def _judge(self, until: float, next_at: float | None = None) -> Iterator[Judged]:
        """
        Judge the windows from the last one to `until`; the last may be up to half as long again, or shorter.

        Where nothing was written for hours, one window stands for them; none when it is over with a line at `next_at`.
        """
        until = math.floor(until / self.tally.bucket_s) * float(self.tally.bucket_s)
        while self.judged_until is not None and self.judged_until < until:
            start = self.judged_until
            span = self.tally.span()
            if (span is None or start - span[1] > SILENT_S) and until - start > SILENT_S:
                if next_at is not None:
                    self._begin(next_at)
                    return
                self.judged_until = until - WINDOW_S
                continue
            yield self._judged(start, until if until - start <= 1.5 * WINDOW_S else start + WINDOW_S)

    def _judged(self, start: float, end: float) -> Judged:
        findings = tuple(detect(self.tally, self.baseline, window=(start, end), text_of=self.text_of))
        self._last = [pair for pair in self._window if pair[0][0] < end]
        self._window = [pair for pair in self._window if pair[0][0] >= end]
        if not findings:
            for line, template_id in self._last[:_LEARNT_LINES]:
                self.profile.add(line, template_id)
        services = {service for _, service, _ in self.baseline.counts.rows}
        services.update(key[0] for _, bucket in self.tally.between(start, end) for key in bucket.by_level)
        self.baseline.update(self.tally, until=end, findings=findings)
        self.tally.drop_before(end - REMEMBERED_S)
        self.judged_until = end
        lines, self._lines = self._lines, 0
        return Judged(start, end, findings, frozenset(services), lines)

    def state(self) -> dict[str, Any]:
        """`miner`, `tally`, `baseline`, `profile` and `judged_until`, as JSON values."""
        return {
            "miner": self.miner.state(),
            "tally": self.tally.state(),
            "baseline": self.baseline.state(),
            "profile": self.profile.state(),
            "judged_until": self.judged_until,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """
        The analysis that gave this state; what is absent in it begins anew.

        Raises:
            InputInvalid: It is not what `state` gave.
        """
        analysis = cls()
        try:
            if state.get("miner"):
                analysis.miner = TemplateMiner.from_state(state["miner"])
            if state.get("tally"):
                analysis.tally = Tally.from_state(state["tally"])
            if state.get("baseline"):
                analysis.baseline = Baseline.from_state(state["baseline"])
            if state.get("profile"):
                analysis.profile = ReferenceProfile.from_state(state["profile"])
            analysis.judged_until = state.get("judged_until")
        except (KeyError, TypeError, ValueError) as error:
            raise InputInvalid(f"this is not the state of an analysis of logs ({error!r})") from error
        return analysis
