"""A sweep of one source: read what is new, judge it, and keep everything that follows in one transaction."""

import asyncio
import dataclasses
import datetime as dt
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from innkeeper.blocks.database import incidents, silences, sweeps
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.sweep_lease import sweep_lease
from innkeeper.blocks.database.watching import SERVICES
from innkeeper.blocks.log_sources.base import Batch, LogSource
from innkeeper.engine.incidents.policy import IncidentPolicy
from innkeeper.engine.logs.analysis import WINDOW_S, LogAnalysis
from innkeeper.engine.logs.parsing import parse_lines
from innkeeper.schemas.errors import Conflict, InnkeeperError
from innkeeper.schemas.incidents import Alert, Incident
from innkeeper.schemas.logs import LogLine
from innkeeper.schemas.monitoring import SweepReport
from innkeeper.tasks.logs.concluding import Conclusion, Suspected, conclude, suspected
from innkeeper.tasks.logs.rules import IncidentRules
from innkeeper.tasks.policies import step

LINES_AT_ONCE = 50_000
MAX_BATCHES = 60  # of one sweep; a source with more to read goes on in the next
# Windows that ended longer ago are learnt from and not reported: `analyze` is for the past. Shorter than it takes an
# incident to resolve, so that none opens and ends within one sweep.
TOLD_WITHIN_S = 5 * WINDOW_S
AHEAD_S = 60.0  # so much may the clock of a service differ from ours
BEHIND_S = 900.0  # of lines that come late, as buffered ones do; beyond it an operator should know
SETTLED_AFTER_S = 5.0  # lines of the last seconds may still be on their way
_ATTEMPTS = 3
_BASELINE = "all"  # the services of a source share one


@dataclass(frozen=True)
class Sweeper:
    """
    What sweeps work with.

    Attributes:
        targets: Names of the targets of alerts.
        holder: Id of the run, by which its lease is known.
    """

    database: Database
    rules: IncidentRules
    targets: Sequence[str] = ()
    holder: str = field(default_factory=lambda: uuid4().hex)


@step(run_name="sweep-{source.name}")
async def sweep_source(sweeper: Sweeper, source: LogSource, now: float) -> SweepReport:
    """
    Sweep a source once; killed anywhere, it leaves what it has committed, and the next sweep goes on from there.

    Args:
        sweeper: Where to.
        source: Where from.
        now: Unix seconds of the sweep; windows up to a few seconds before it are judged.

    Raises:
        Conflict: Another run is sweeping the source.
        ServiceUnavailable: The source does not answer; nothing is lost.
    """
    started_at = dt.datetime.now(dt.UTC)
    try:
        async with sweep_lease(sweeper.database, source.name, sweeper.holder, f"sweep-{source.name}"):
            return await _swept(sweeper, source, now)
    except Conflict:
        raise
    except InnkeeperError as error:
        async with sweeper.database.writing() as session:
            await sweeps.record_failed_sweep(
                session, source.name, started_at=started_at, finished_at=dt.datetime.now(dt.UTC), problem=str(error)
            )
        raise


async def _swept(sweeper: Sweeper, source: LogSource, now: float) -> SweepReport:
    report = SweepReport(source=source.name)
    analysis: LogAnalysis | None = None
    for _ in range(MAX_BATCHES):
        state = await _state(sweeper.database, source.name)
        analysis = analysis or _analysis(state, await _baseline(sweeper.database, source.name))
        batch = await source.read(state.cursor, parse=parse_lines, until=now, max_lines=LINES_AT_ONCE)
        batch = _in_order(batch, now, analysis.judged_until)
        until = None if batch.more else now - SETTLED_AFTER_S
        windows = await asyncio.to_thread(_judged, analysis, batch.lines, until, now - TOLD_WITHIN_S)
        report = report.plus(await commit(sweeper, state, analysis, batch, windows))
        if not batch.more:
            break
    return report


def _in_order(batch: Batch, now: float, judged_until: float | None) -> Batch:
    """The batch with its lines in order of time; one of a clock that is ahead counts as written now."""
    ahead = [place for place, line in enumerate(batch.lines) if not line.at <= now + AHEAD_S]
    services = sorted({batch.lines[place].service for place in ahead})[:3]
    for place in ahead:
        batch.lines[place] = batch.lines[place]._replace(at=now)
    batch.lines.sort(key=_time)
    problems = list(batch.problems)
    if ahead:
        named = ", ".join(services)
        problems.append(f"{len(ahead)} lines are dated later than now (a clock or time zone is wrong): {named}")
    late = 0 if judged_until is None else bisect_left(batch.lines, judged_until - BEHIND_S, key=_time)
    if late:
        hours = ((judged_until or now) - batch.lines[0].at) / 3_600
        problems.append(f"{late} lines came too late to be judged, by up to {hours:.1f} h; is the time zone right?")
    return dataclasses.replace(batch, problems=problems)


def _time(line: LogLine) -> float:
    return line.at


def _judged(analysis: LogAnalysis, lines: list[LogLine], until: float | None, told_from: float) -> list[Suspected]:
    """The windows that the lines complete; of those that are to be reported, with suspects."""
    return [
        suspected(analysis, judged)  # at once: it looks at the window that was judged just now
        for judged in analysis.read(lines, until=until)
        if judged.end > told_from
    ]


async def commit(
    sweeper: Sweeper,
    state: sweeps.SourceState,
    analysis: LogAnalysis,
    batch: Batch,
    windows: Sequence[Suspected],
    policy: IncidentPolicy | None = None,
) -> SweepReport:
    """
    Keep what a batch led to: all of it or nothing; an incident that a person changed meanwhile is read again.

    Raises:
        Conflict: Another sweep of the source was committed first.
    """
    kept = await asyncio.to_thread(analysis.state)
    for attempt in range(_ATTEMPTS):
        try:
            return await _committed(sweeper, state, kept, batch, windows, policy)
        except Conflict:
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


async def _committed(
    sweeper: Sweeper,
    state: sweeps.SourceState,
    kept: Mapping[str, Any],
    batch: Batch,
    windows: Sequence[Suspected],
    policy: IncidentPolicy | None,
) -> SweepReport:
    now = dt.datetime.now(dt.UTC)
    rules = sweeper.rules
    reopened = dt.timedelta(minutes=rules.policy.reopen_within_minutes)
    since = min((dt.datetime.fromtimestamp(each.judged.end, dt.UTC) for each in windows), default=now) - reopened
    async with sweeper.database.reading() as session:
        known = await incidents.open_incidents(session, resolved_since=since)
        silenced = await silences.active_silences(session, now)
    concluded = conclude([each.incident for each in known], windows, rules, silences=silenced, policy=policy)
    finished = sweeps.FinishedSweep(
        previous=state,
        cursor=batch.cursor,
        miner=kept["miner"],
        tally={"counts": kept["tally"], "judged_until": kept["judged_until"]},
        profile=kept["profile"],
        baselines={_BASELINE: kept["baseline"]} | _services(windows, rules),
        started_at=now,
        finished_at=dt.datetime.now(dt.UTC),
        known=known,
        incidents=list(concluded.changed.values()),
        alerts=concluded.told,
        lines=len(batch.lines),
        findings=sum(len(each.judged.findings) for each in windows),
    )
    async with sweeper.database.writing() as session:
        saved, alerts = await sweeps.commit_sweep(
            session, finished, compose=rules.composed, targets=sweeper.targets, zone=rules.zone
        )
    return _report(state.name, batch, windows, saved, alerts, concluded)


def _services(windows: Sequence[Suspected], rules: IncidentRules) -> dict[str, Any]:
    """Those of the map that the source has shown, for the status; what the last windows knew is all of them."""
    names = windows[-1].judged.services if windows else ()
    known = sorted({key for name in names if (key := rules.services.key(name)) is not None})
    return {SERVICES: known} if known else {}


def _report(
    source: str,
    batch: Batch,
    windows: Sequence[Suspected],
    saved: Sequence[Incident],
    alerts: Sequence[Alert],
    concluded: Conclusion,
) -> SweepReport:
    return SweepReport(
        source=source,
        lines=len(batch.lines),
        windows=len(windows),
        findings=sum(len(each.judged.findings) for each in windows),
        incidents=tuple(dict.fromkeys(each.id for each in saved if each.id)),
        alerts=tuple(each.id for each in alerts),
        problems=tuple(dict.fromkeys(batch.problems)),
        lag_s=batch.lag_s,
        charts={service: chart for each in windows for service, chart in each.charts.items()},
        more=batch.more,
    )


async def _state(database: Database, source: str) -> sweeps.SourceState:
    async with database.reading() as session:
        return await sweeps.load_source(session, source)


async def _baseline(database: Database, source: str) -> Any:
    async with database.reading() as session:
        return (await sweeps.load_baselines(session, source)).get(_BASELINE)


def _analysis(state: sweeps.SourceState, baseline: Any) -> LogAnalysis:
    held = state.tally or {}
    return LogAnalysis.from_state(
        {
            "miner": state.miner,
            "tally": held.get("counts"),
            "profile": state.profile,
            "baseline": baseline,
            "judged_until": held.get("judged_until"),
        }
    )
