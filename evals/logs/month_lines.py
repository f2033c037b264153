"""
A day of the synthetic month twice, as counts and as lines: `python -m evals.logs.month_lines [--seed N] [--day D]`.

Lines go through `LogAnalysis` as in a sweep: mined, counted, judged. Both have to open the same incidents in the same
sweeps, so that what `month` measures of counts holds for lines as well.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass

from evals.logs.month import SWEEP, Desk, Told, count
from evals.logs.synthetic import DAY, START, Row, World, words_of
from innkeeper.engine.logs.analysis import LogAnalysis
from innkeeper.engine.logs.baseline import Baseline
from innkeeper.engine.logs.detecting import detect
from innkeeper.engine.logs.miner import TemplateMiner
from innkeeper.engine.logs.tally import Tally
from innkeeper.schemas.incidents import AlertEvent
from innkeeper.schemas.logs import Finding, from_unix

LEARNT_DAYS = 2  # before the day; counted, because only what is known of them matters
OPENED = (AlertEvent.OPENED, AlertEvent.REOPENED)


@dataclass
class Days:
    """What was told of one stretch, in two ways."""

    of_counts: list[Told]
    of_lines: list[Told]
    lines: int
    lines_s: float  # CPU seconds of `LogAnalysis`


class Counted:
    """Sweeps over counts, whose templates have the ids that a miner gave to their lines."""

    def __init__(self) -> None:
        self.miner, self.tally, self.baseline = TemplateMiner(), Tally(), Baseline()
        self._ids: dict[str, str] = {}

    def learn_words(self, rows: Sequence[Row]) -> None:
        """Mine a line of each template that is seen for the first time."""
        for row in rows:
            if row.lines and row.template not in self._ids:
                took = " took 1.000 ms" if row.durations else ""
                self._ids[row.template] = self.miner.add(f"{words_of(row.template)} for room 1{took}")

    def sweep(self, end: int, rows: Sequence[tuple[int, Sequence[Row]]]) -> list[Finding]:
        """Count the minutes before `end`, and judge them."""
        for minute, each in rows:
            count(self.tally, minute, each, lambda template: self._ids.get(template, template))
        now = START + end * 60
        found = detect(self.tally, self.baseline, window=(now - SWEEP * 60, now))
        self.baseline.update(self.tally, until=now, findings=found)
        return found

    def analysis(self, until: int) -> LogAnalysis:
        """One that knows the same, and goes on at this minute."""
        state = {"miner": self.miner.state(), "tally": self.tally.state(), "baseline": self.baseline.state()}
        return LogAnalysis.from_state({**state, "judged_until": START + until * 60})


def run(seed: int, start: int, end: int, learnt: int = LEARNT_DAYS * DAY) -> Days:
    """Sweep the minutes [start, end) of a seed's month in both ways, after so many `learnt` minutes before them."""
    world, counted, by_counts, by_lines = World(seed), Counted(), Desk(), Desk()
    days = Days([], [], 0, 0.0)
    analysis: LogAnalysis | None = None
    for now in range(start - learnt + SWEEP, end + 1, SWEEP):
        rows = [(minute, list(world.minute(minute))) for minute in range(now - SWEEP, now)]
        if now <= start:
            for _, each in rows:
                counted.learn_words(each)
        else:
            analysis = analysis or counted.analysis(start)
            lines = [line for minute, each in rows for line in world.lines(minute, each)]
            days.lines += len(lines)
            began = time.process_time()
            windows = list(analysis.read(lines, until=START + now * 60))
            days.lines_s += time.process_time() - began
            findings = [each for window in windows for each in window.findings]
            days.of_lines += _told(by_lines, now, findings)
        found = counted.sweep(now, rows)
        if now > start:
            days.of_counts += _told(by_counts, now, found)
        counted.tally.drop_before(START + now * 60 - 3 * 3_600)
    return days


def opened(told: Sequence[Told]) -> list[tuple[int, str]]:
    """Minute and service of what was opened."""
    return [(each.minute, each.incident.service) for each in told if each.event in OPENED]


def _told(desk: Desk, now: int, findings: Sequence[Finding]) -> list[Told]:
    return [Told(now, event, each) for each, event in desk.sweep(findings, from_unix(START + now * 60))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 2)[1])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--day", type=int, default=8, help="from 0; incidents begin with day 7")
    options = parser.parse_args()
    days = run(options.seed, options.day * DAY, (options.day + 1) * DAY)
    print(f"as counts: {opened(days.of_counts)}\nas lines:  {opened(days.of_lines)}")
    print(f"{days.lines} lines in {days.lines_s:.1f} s of CPU: {days.lines / days.lines_s:.0f} a second")
    if opened(days.of_counts) != opened(days.of_lines):
        raise SystemExit("lines and counts open different incidents")


if __name__ == "__main__":
    main()
