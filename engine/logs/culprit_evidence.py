"""Where a window of lines departs from what normally follows what, and which service each departure speaks against."""

import math
import statistics
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from innkeeper.engine.logs.culprit_profile import Context, Follower, Key, ReferenceProfile, RequestWalk, statement
from innkeeper.schemas.logs import LogLine

# Chosen on one day of one system, where half or twice of each changes little: see evals/logs/culprits.py.
SURPRISE = 4.0  # G of a departure from which it counts: the 95% point of chi-square with one degree is 3.84
ORDINARY = 0.3  # weight of more lines than expected when they are no errors: load changes all the time
EXPLAINED = 0.3  # weight of more lines than expected when another service's line is missing in the same place
SLOWER = 0.25  # weight of slowness beside missing and additional lines
SLOW_SURPRISE = 9.0  # squared standard errors that slowness must explain
SHRINK = 3.0  # pseudo-steps without slowness for each service
CLIP = 6.0  # standard errors: one stuck step is no more than this
SPREAD = 0.5  # least standard deviation of the logarithm of a gap
ROUNDS = 8
LEAST_KNOWN, LEAST_NEW = 3, 2  # gaps to compare


class Departure(StrEnum):
    """In what way."""

    MISSING = "missing"
    MORE_ERRORS = "more_errors"
    MORE = "more"
    SLOWER = "slower"


class Evidence(NamedTuple):
    """
    One departure.

    Attributes:
        service: That it speaks against.
        weight: In units of G; only positive ones are kept.
        context: After which line; None for slowness, which is of many.
        key: Which line is missing or additional.
        amount: Lines missing or additional; for slowness the factor.
        is_new: Whether the reference has never seen the line here.
    """

    service: str
    kind: Departure
    weight: float
    context: Context | None = None
    key: Key | None = None
    amount: float = 0.0
    is_new: bool = False


@dataclass
class Window:
    """Lines of the time in question as steps: times and gaps by context and key, in order of time."""

    steps: dict[Context, dict[Key, tuple[list[float], list[float]]]] = field(default_factory=dict)
    errors: set[Key] = field(default_factory=set)

    @classmethod
    def of(cls, lines: Iterable[tuple[LogLine, str]]) -> "Window":
        """Of lines in order of time, each with its template."""
        window, walk = cls(), RequestWalk()
        steps, errors = window.steps, window.errors
        for line, template_id in lines:
            wrote = statement(line, template_id)
            if line.level.is_error:
                errors.add((line.service, wrote))
            step = walk.step(line, wrote)
            if step is None:
                continue
            followers = steps.get(step.context)
            if followers is None:
                followers = steps[step.context] = {}
            cell = followers.get(step.key)
            if cell is None:
                cell = followers[step.key] = ([], [])
            cell[0].append(line.at)
            cell[1].append(step.log_gap)
        return window


class _Compared(NamedTuple):
    """One key after one context: counts and gaps before and since."""

    key: Key
    known: float
    new: int
    known_gaps: tuple[float, float]  # sums of logarithms and of their squares
    new_gaps: list[float]


def departures(window: Window, profile: ReferenceProfile, since: float) -> list[Evidence]:
    """
    How the window's lines from `since` (Unix seconds) on depart from the profile and the window's lines before.

    A line that is missing speaks against its writer, when the line before it is there: what would have come after it
    is not expected, so only the first one missing counts. Errors that come instead count less when the missing line
    is another service's: the caller tells of what the called one did.
    """
    found: list[Evidence] = []
    gaps: list[tuple[str, str, float, float]] = []
    errors = window.errors
    for context, steps in window.steps.items():
        rows = list(_compared(steps, profile.followers.get(context, {}), since))
        known, new = sum(row.known for row in rows), sum(row.new for row in rows)
        if known and new:
            found.extend(_unexpected(context, rows, known, new, errors, profile.statements))
            if context.statement:
                gaps.extend(_slower(context, rows))
    found.extend(_slowness(gaps))
    return found


def _compared(
    steps: Mapping[Key, tuple[list[float], list[float]]], followers: Mapping[Key, Follower], since: float
) -> Iterator[_Compared]:
    for key, (times, log_gaps) in steps.items():
        before = bisect_left(times, since)
        follower = followers.get(key)
        count, gaps, squares = (follower.count, follower.gaps, follower.squares) if follower else (0.0, 0.0, 0.0)
        if before:
            earlier = log_gaps[:before]
            gaps, squares = gaps + sum(earlier), squares + sum(gap * gap for gap in earlier)
        yield _Compared(key, count + before, len(times) - before, (gaps, squares), log_gaps[before:])
    for key, follower in followers.items():
        if key not in steps:
            yield _Compared(key, follower.count, 0, (follower.gaps, follower.squares), [])


def _unexpected(
    context: Context,
    rows: list[_Compared],
    known: float,
    new: int,
    errors: set[Key],
    statements: Mapping[Key, bool],
) -> Iterator[Evidence]:
    """Keys that come less or more often than they did after this context."""
    departing = []
    lost: defaultdict[str, float] = defaultdict(float)  # by service: sum of the changes that are less
    net: defaultdict[str, float] = defaultdict(float)  # and of all, without errors
    for row in rows:
        change = row.new / new - row.known / known
        error = row.key in errors or statements.get(row.key, False)
        if not error:
            net[row.key[0]] += change
            lost[row.key[0]] += min(change, 0.0)
        surprise = (_g(row.new, new, row.known, known) - SURPRISE) * abs(change) if change else 0.0
        if surprise > 0:
            departing.append((row, change, surprise, error))
    missing = {row.key[0] for row, change, _, error in departing if change < 0 and not error}
    if not context.statement and any(change > 0 and error for _, change, _, error in departing):
        departing = [each for each in departing if each[1] > 0]  # of a mix, what grows makes the rest a smaller part
    for row, change, surprise, error in departing:
        service = row.key[0]
        if change > 0:
            weight = (1.0 if error else ORDINARY) * (EXPLAINED if missing - {service} else 1.0)
            kind = Departure.MORE_ERRORS if error else Departure.MORE
            yield Evidence(service, kind, surprise * weight, context, row.key, change * new, not row.known)
        elif (
            not error
        ):  # fewer errors are no fault; another ordinary line of the same writer is the same with other values
            weight = ORDINARY + (1 - ORDINARY) * max(0.0, net[service] / lost[service])
            yield Evidence(service, Departure.MISSING, surprise * weight, context, row.key, -change * new)


def _g(new: float, all_new: float, known: float, all_known: float) -> float:
    """The G statistic of two shares, `new / all_new` and `known / all_known`."""
    share = (new + known) / (all_new + all_known)
    total = 0.0
    for seen, size in ((new, all_new), (known, all_known)):
        if seen:
            total += seen * math.log(seen / (size * share))
        if seen < size:
            total += (size - seen) * math.log((size - seen) / (size * (1 - share)))
    return 2 * total


def _slower(context: Context, rows: list[_Compared]) -> Iterator[tuple[str, str, float, float]]:
    """(service before, service after, standard errors, change of the logarithm) of each gap that can be compared."""
    for row in rows:
        if row.known < LEAST_KNOWN or row.new < LEAST_NEW:
            continue
        mean = row.known_gaps[0] / row.known
        spread = max(math.sqrt(max(row.known_gaps[1] / row.known - mean * mean, 0.0)), SPREAD)
        change = sum(row.new_gaps) / row.new - mean
        error = change / (spread * math.sqrt(1 / row.new + 1 / row.known))
        yield context.service, row.key[0], max(-CLIP, min(CLIP, error)), change


def _slowness(gaps: list[tuple[str, str, float, float]]) -> Iterator[Evidence]:
    """
    Services whose slowness explains the gaps.

    A gap between two services is slow by the slowness of one or of both: non-negative least squares finds the least
    slow services that explain all gaps, with what slows everybody down taken off first.
    """
    if not gaps:
        return
    common = max(0.0, statistics.median(gap[2] for gap in gaps))
    of: defaultdict[str, list[tuple[str, float, float]]] = defaultdict(list)  # service: other one, errors, change
    for before, after, error, change in gaps:
        of[before].append((after, error - common, change))
        if after != before:
            of[after].append((before, error - common, change))
    slow = dict.fromkeys(of, 0.0)

    def left(service: str) -> Iterator[float]:
        return (error - (slow[other] if other != service else 0.0) for other, error, _ in of[service])

    for _ in range(ROUNDS):
        for service, steps in of.items():
            slow[service] = max(0.0, sum(left(service)) / (len(steps) + SHRINK))
    for service, steps in of.items():
        gain = sum(rest * rest - (rest - slow[service]) ** 2 for rest in left(service)) - SLOW_SURPRISE
        if gain > 0:
            factor = math.exp(statistics.median(change for _, _, change in steps))
            yield Evidence(service, Departure.SLOWER, SLOWER * gain, amount=factor)
