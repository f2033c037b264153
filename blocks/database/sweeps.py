"""What sweeps of logs leave in the database: all of one sweep in one transaction, or nothing of it."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.alert_outbox import Compose, NewAlert, add_alerts
from innkeeper.blocks.database.incidents import StoredIncident, save_incidents
from innkeeper.blocks.database.log_types import fitted, short
from innkeeper.blocks.database.sweep_models import LogBaselineRow, LogSourceRow, SweepRow
from innkeeper.blocks.database.upserts import insert_into
from innkeeper.schemas.errors import Conflict
from innkeeper.schemas.incidents import Alert, Incident

FINISHED, FAILED = "finished", "failed"
_BASELINES_AT_ONCE = 500  # rows a statement: 4 columns stay below PostgreSQL's 32767 parameters


@dataclass(frozen=True)
class SourceState:
    """
    A source as the last sweep left it: all but the name is empty before the first.

    Attributes:
        version: Sweeps that were committed.
        cursor, miner, tally, profile: As that sweep gave them; plain JSON values.
        lines: Over all sweeps.
    """

    name: str
    version: int = 0
    cursor: Any = None
    miner: Any = None
    tally: Any = None
    profile: Any = None
    swept_at: dt.datetime | None = None
    lines: int = 0


@dataclass(frozen=True)
class FinishedSweep:
    """
    Everything that a sweep of a source produced.

    Attributes:
        previous: The source as it was read at the start.
        cursor, miner, tally, profile: From where the next sweep goes on; plain JSON values.
        baselines: By service; only those that changed.
        known: The incidents as they were read at the start (`incidents.open_incidents`).
        incidents: New and changed ones.
        alerts: What is to be told, in order; their incidents are among `incidents`, or have ids already.
        lines: That were read.
        findings: That were made.
    """

    previous: SourceState
    cursor: Any
    miner: Any
    tally: Any
    profile: Any
    started_at: dt.datetime
    finished_at: dt.datetime
    baselines: Mapping[str, Any] = field(default_factory=dict)
    known: Sequence[StoredIncident] = ()
    incidents: Sequence[Incident] = ()
    alerts: Sequence[NewAlert] = ()
    lines: int = 0
    findings: int = 0


class SweepRecord(NamedTuple):
    """A sweep that is over; `status` is "finished" or "failed"."""

    source: str
    status: str
    started_at: dt.datetime
    finished_at: dt.datetime
    lines: int
    findings: int
    problem: str | None


async def load_source(session: AsyncSession, name: str) -> SourceState:
    """Where the next sweep of the source goes on."""
    row = await session.get(LogSourceRow, name, populate_existing=True)
    if row is None:
        return SourceState(name)
    return SourceState(name, row.version, row.cursor, row.miner, row.tally, row.profile, row.swept_at, row.lines)


async def load_baselines(session: AsyncSession, source: str) -> dict[str, Any]:
    """What is normal in each service of the source."""
    rows = await session.scalars(select(LogBaselineRow.state).where(LogBaselineRow.source == source))
    return dict(rows.all())


async def commit_sweep(
    session: AsyncSession,
    sweep: FinishedSweep,
    *,
    compose: Compose,
    targets: Sequence[str] = (),
    zone: dt.tzinfo = dt.UTC,
) -> tuple[list[Incident], list[Alert]]:
    """
    Write everything that a sweep produced; it is kept when the session's transaction is.

    A sweep that dies before leaves nothing: the next one reads the same lines again, and nobody was told.

    Args:
        session: From `Database.writing()`, which has written nothing else.
        sweep: What it produced.
        compose: Finds the words of alerts.
        targets: Names of all targets of alerts that there are.
        zone: Whose year incidents are numbered by.

    Returns:
        The incidents with their ids, in the order of `sweep.incidents`, and the alerts.

    Raises:
        Conflict: Another sweep of the source was committed first, or somebody changed one of the incidents. Nothing
            is written once the session's block is left; read again and sweep again.
    """
    await _advance(session, sweep)
    await _save_baselines(session, sweep)
    saved = await save_incidents(session, sweep.known, sweep.incidents, zone=zone)
    numbered = {_name(before): after for before, after in zip(sweep.incidents, saved, strict=True)}
    told = [each._replace(incident=numbered.get(_name(each.incident), each.incident)) for each in sweep.alerts]
    alerts = await add_alerts(session, told, compose=compose, targets=targets, now=sweep.finished_at)
    previous = sweep.previous
    done = SweepRecord(previous.name, FINISHED, sweep.started_at, sweep.finished_at, sweep.lines, sweep.findings, None)
    session.add(_row(done, previous.cursor))
    await session.flush()
    return saved, alerts


async def record_failed_sweep(
    session: AsyncSession, source: str, *, started_at: dt.datetime, finished_at: dt.datetime, problem: str
) -> None:
    """Note that a sweep came to nothing, for the status; `problem` is our own words, never those of a line."""
    state = await load_source(session, source)
    session.add(_row(SweepRecord(source, FAILED, started_at, finished_at, 0, 0, short(problem)), state.cursor))


async def last_sweeps(session: AsyncSession, source: str | None = None) -> list[SweepRecord]:
    """The last sweep of each source, or of one, by name of the source."""
    latest = select(func.max(SweepRow.id)).group_by(SweepRow.source)
    query = select(SweepRow).where(SweepRow.id.in_(latest)).order_by(SweepRow.source)
    if source is not None:
        query = query.where(SweepRow.source == source)
    return [_record(row) for row in await session.scalars(query)]


async def recent_sweeps(session: AsyncSession, source: str, limit: int = 20) -> list[SweepRecord]:
    """The latest sweeps of a source, newest first."""
    query = select(SweepRow).where(SweepRow.source == source).order_by(SweepRow.id.desc()).limit(limit)
    return [_record(row) for row in await session.scalars(query)]


async def forget_sweeps(session: AsyncSession, before: dt.datetime) -> None:
    """Delete the records of sweeps that ended before then, except the last of each source."""
    latest = select(func.max(SweepRow.id)).group_by(SweepRow.source)
    old = delete(SweepRow).where(SweepRow.finished_at < before, SweepRow.id.not_in(latest))
    await session.execute(old.execution_options(synchronize_session=False))


async def _advance(session: AsyncSession, sweep: FinishedSweep) -> None:
    """Write where the source is now, if it is still where the sweep began."""
    previous = sweep.previous
    values = {
        "version": previous.version + 1,
        "cursor": sweep.cursor,
        "miner": sweep.miner,
        "tally": sweep.tally,
        "profile": sweep.profile,
        "swept_at": sweep.finished_at,
        "lines": previous.lines + sweep.lines,
    }
    if previous.version == 0:
        first = insert_into(session, LogSourceRow).values(name=previous.name, **values)
        done = await session.scalar(first.on_conflict_do_nothing().returning(LogSourceRow.name))
    else:
        unchanged = (LogSourceRow.name == previous.name) & (LogSourceRow.version == previous.version)
        moved = update(LogSourceRow).where(unchanged).values(**values).returning(LogSourceRow.name)
        done = await session.scalar(moved.execution_options(synchronize_session=False))
    if done is None:
        raise Conflict(f"another sweep of {previous.name!r} was finished first; sweep again from where it ended")


async def _save_baselines(session: AsyncSession, sweep: FinishedSweep) -> None:
    rows = [
        {
            "source": sweep.previous.name,
            "service": fitted(service),
            "state": [service, state],
            "updated_at": sweep.finished_at,
        }
        for service, state in sorted(sweep.baselines.items())
    ]
    for start in range(0, len(rows), _BASELINES_AT_ONCE):
        insert = insert_into(session, LogBaselineRow).values(rows[start : start + _BASELINES_AT_ONCE])
        changed = {"state": insert.excluded.state, "updated_at": insert.excluded.updated_at}
        await session.execute(insert.on_conflict_do_update(index_elements=["source", "service"], set_=changed))


def _name(incident: Incident) -> str:
    return incident.id or incident.fingerprint


def _row(sweep: SweepRecord, cursor: Any) -> SweepRow:
    digest = hashlib.sha256(json.dumps(cursor, sort_keys=True).encode()).hexdigest()
    return SweepRow(**sweep._asdict(), from_cursor=digest)


def _record(row: SweepRow) -> SweepRecord:
    return SweepRecord(*(getattr(row, name) for name in SweepRecord._fields))
