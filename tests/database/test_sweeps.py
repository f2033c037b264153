"""Sweeps on both databases: all of one or nothing of it, and each line counts once however they die."""

import asyncio
import datetime as dt
import os
import signal
import sys
from typing import Any

import pytest
from sqlalchemy import update
from tests.database.test_incidents import NOW, OPEN, RESOLVED, incident, words

from innkeeper.blocks.database.alert_outbox import DeliveryStatus, NewAlert, deliveries_of
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.incidents import list_incidents, open_incidents
from innkeeper.blocks.database.sweep_lease import sweep_lease, sweeping_run
from innkeeper.blocks.database.sweep_models import SweepLeaseRow
from innkeeper.blocks.database.sweeps import (
    FinishedSweep,
    SourceState,
    commit_sweep,
    forget_sweeps,
    last_sweeps,
    load_baselines,
    load_source,
    recent_sweeps,
    record_failed_sweep,
)
from innkeeper.schemas.errors import Conflict
from innkeeper.schemas.incidents import Alert, AlertEvent, Incident

LATER = NOW + dt.timedelta(minutes=5)
MINER = {"z": ["\x00 <*>", "\ud800", "khuôn mặt"], "a": {"b": 1.5, "1": None}}


def finished(previous: SourceState, **more: Any) -> FinishedSweep:
    values: dict[str, Any] = {
        "cursor": {"file": "b\udce9.log", "offset": (previous.version + 1) * 100},
        "miner": MINER,
        "tally": [1, 2],
        "profile": None,
        "started_at": NOW,
        "finished_at": LATER,
        "lines": 100,
    }
    return FinishedSweep(previous=previous, **values | more)


async def commit(database: Database, sweep: FinishedSweep, *targets: str) -> tuple[list[Incident], list[Alert]]:
    async with database.writing() as session:
        return await commit_sweep(session, sweep, compose=words, targets=targets)


async def source(database: Database, name: str = "files") -> SourceState:
    async with database.reading() as session:
        return await load_source(session, name)


async def test_the_next_sweep_goes_on_where_the_last_one_ended(database: Database) -> None:
    first = await source(database)
    assert first == SourceState("files")
    await commit(database, finished(first, baselines={"cv": {"n": 1}, "x" * 300: {"n": 2}, "y\x00": {"n": 3}}))
    second = await source(database)
    assert (second.version, second.lines, second.swept_at) == (1, 100, LATER)
    assert second.cursor == {"file": "b\udce9.log", "offset": 100}  # a name that is no UTF-8
    assert second.miner == MINER
    assert list(second.miner) == ["z", "a"]  # the order of keys may be the order of use
    await commit(database, finished(second, baselines={"cv": {"n": 9}}, lines=11))
    third = await source(database)
    assert (third.version, third.lines, third.cursor["offset"]) == (2, 111, 200)
    async with database.reading() as session:
        assert await load_baselines(session, "files") == {
            "cv": {"n": 9},
            "x" * 300: {"n": 2},
            "y\x00": {"n": 3},
        }
        assert await load_baselines(session, "loki") == {}


async def test_a_sweep_opens_incidents_and_their_alerts_wait_for_every_target(database: Database) -> None:
    opened = incident("a")
    sweep = finished(
        await source(database), incidents=[opened, incident("b")], alerts=[NewAlert(opened, AlertEvent.OPENED)]
    )
    saved, alerts = await commit(database, sweep, "slack", "pagerduty")
    assert [each.id for each in saved] == ["INC-2026-001", "INC-2026-002"]
    assert [(each.id, each.incident_id) for each in alerts] == [("ALERT-001", "INC-2026-001")]
    async with database.reading() as session:
        found = await deliveries_of(session, "INC-2026-001")
        known = await open_incidents(session)
    assert {(each.target, each.status) for each in found} == {
        ("slack", DeliveryStatus.WAITING),
        ("pagerduty", DeliveryStatus.WAITING),
    }
    over = known[0].incident.model_copy(update={"status": RESOLVED})
    again = finished(
        await source(database), known=known, incidents=[over], alerts=[NewAlert(over, AlertEvent.RESOLVED)]
    )
    _, alerts = await commit(database, again, "slack")
    assert [(each.id, each.event) for each in alerts] == [("ALERT-002", AlertEvent.RESOLVED)]


async def test_of_sweeps_that_began_at_the_same_place_one_counts(database: Database) -> None:
    for _ in range(2):  # before the first and after it
        begun = await source(database)

        async def sweep(place: int, begun: SourceState = begun) -> bool:
            opened = incident(fingerprint=f"{begun.version * 10 + place:032x}")
            new = finished(begun, incidents=[opened], alerts=[NewAlert(opened, AlertEvent.OPENED)])
            try:
                await commit(database, new, "slack")
            except Conflict:
                return False
            return True

        assert sorted(await asyncio.gather(*(sweep(place) for place in range(4)))) == [False, False, False, True]
    assert (await source(database)).lines == 200
    async with database.reading() as session:
        assert [each.id for each in await list_incidents(session)] == ["INC-2026-002", "INC-2026-001"]
        assert len(await recent_sweeps(session, "files")) == 2


async def test_a_sweep_of_what_somebody_acknowledged_meanwhile_leaves_nothing(database: Database) -> None:
    await commit(database, finished(await source(database), incidents=[incident("a")]))
    async with database.reading() as session:
        known = await open_incidents(session)
    seen = known[0].incident.model_copy(update={"occurrences": 2})
    begun = await source(database)
    other = finished(SourceState("loki"), known=known, incidents=[seen])
    await commit(database, other)
    with pytest.raises(Conflict, match="INC-2026-001"):
        await commit(database, finished(begun, known=known, incidents=[seen], baselines={"cv": 1}), "slack")
    assert await source(database) == begun
    async with database.reading() as session:
        assert await load_baselines(session, "files") == {}


async def test_the_last_sweep_of_each_source_is_known_and_old_ones_are_forgotten(database: Database) -> None:
    await commit(database, finished(await source(database), findings=3))
    async with database.writing() as session:
        await record_failed_sweep(
            session, "files", started_at=LATER, finished_at=LATER, problem="the folder is gone \x00" + "x" * 900
        )
        await record_failed_sweep(session, "loki", started_at=NOW, finished_at=NOW, problem="no answer")
    async with database.writing() as session:
        found = await last_sweeps(session)
        assert [(each.source, each.status) for each in found] == [("files", "failed"), ("loki", "failed")]
        assert (await recent_sweeps(session, "files"))[1].findings == 3
        assert await last_sweeps(session, "loki") == [found[1]]
        await forget_sweeps(session, LATER + dt.timedelta(days=1))
        assert await last_sweeps(session) == found
        assert len(await recent_sweeps(session, "files")) == 1


async def test_one_run_sweeps_a_source_at_a_time(database: Database) -> None:
    async with sweep_lease(database, "files", "1", "brave-otter"):
        with pytest.raises(Conflict, match="brave-otter"):
            async with sweep_lease(database, "files", "2", "calm-heron"):
                pass
        async with sweep_lease(database, "loki", "2", "calm-heron"), database.reading() as session:
            assert await sweeping_run(session, "files") == "brave-otter"
    async with database.reading() as session:
        assert await sweeping_run(session, "files") is None


async def test_a_run_that_gives_no_sign_of_life_gives_way(database: Database) -> None:
    async with sweep_lease(database, "files", "1", "brave-otter"):
        async with database.writing() as session:
            long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=2)
            await session.execute(update(SweepLeaseRow).values(renewed_at=long_ago, host="elsewhere"))
        async with sweep_lease(database, "files", "2", "calm-heron"), database.reading() as session:
            assert await sweeping_run(session, "files") == "calm-heron"


_KILLED = """
import asyncio, os, sys
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.sweep_lease import sweep_lease
from innkeeper.blocks.database.sweeps import commit_sweep, load_source
from tests.database.test_sweeps import a_sweep
from tests.database.test_incidents import words

async def main(url, moment):
    async with Database(url) as database, sweep_lease(database, "files", "killed", "killed"):
        async with database.writing() as session:
            await commit_sweep(session, a_sweep(await load_source(session, "files")), compose=words, targets=["slack"])
            if moment == "before":
                print("now", flush=True)
                await asyncio.Event().wait()
        print("now", flush=True)
        await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""


def a_sweep(previous: SourceState) -> FinishedSweep:
    """A sweep that opens an incident and tells of it."""
    opened = incident("a", OPEN)
    return finished(previous, incidents=[opened], alerts=[NewAlert(opened, AlertEvent.OPENED)])


@pytest.mark.parametrize(("moment", "lines"), [("before", 0), ("after", 100)])
async def test_a_sweep_that_is_killed_counts_wholly_or_not_at_all(
    database: Database, url: str, moment: str, lines: int
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _KILLED,
        url,
        moment,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 60) == b"now\n"
    process.send_signal(signal.SIGKILL)
    await process.wait()
    begun = await source(database)
    assert begun.lines == lines
    async with sweep_lease(database, "files", "next", "next"):  # at once: the process is gone
        if not begun.version:
            await commit(database, a_sweep(begun), "slack")
    async with database.reading() as session:
        assert [each.id for each in await list_incidents(session)] == ["INC-2026-001"]
        assert len(await deliveries_of(session, "INC-2026-001")) == 1
    assert (await source(database)).lines == 100
