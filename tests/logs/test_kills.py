"""kill -9 at any moment of a sweep: nothing is lost, nothing counts twice, and one incident is one alert."""

import asyncio
import datetime as dt
import json
import multiprocessing
import os
import random
import sys
from collections.abc import Iterator
from multiprocessing import forkserver
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from tests.alerts.loopback import Receiver
from tests.logs.child import Work, sweep
from tests.logs.scenes import LEARNT_MINUTES, MINUTE, START, Folder, broken, calm

from innkeeper.blocks.alerts.webhook import WebhookAlerts
from innkeeper.blocks.database import incidents, sweeps
from innkeeper.blocks.database.engine import Database
from innkeeper.schemas.incidents import Incident
from innkeeper.tasks.logs.alerting import deliver_alerts
from innkeeper.tasks.logs.rules import IncidentRules
from innkeeper.tasks.logs.sweeping import SETTLED_AFTER_S, Sweeper, sweep_source

LEARNT = START + LEARNT_MINUTES * MINUTE
SCENE = "cbbcc"  # five calm or broken minutes each, after those that are learnt
LONGEST = 90  # dots of one sweep, about


@pytest.fixture(scope="module")
def context() -> Any:
    """Children that are forked from a server which has imported everything."""
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(["tests.logs.child", "aiosqlite", "asyncpg", "httpx"])
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONPATH", os.pathsep.join(each for each in sys.path if each))
        forkserver.ensure_running()  # it does not take over sys.path by itself
    return found


async def finished(context: Any, work: Work, kill_after: int | None) -> bool:
    """Let a child sweep; kill it at a dot. Whether it came to its end."""
    reading, writing = os.pipe()
    child: BaseProcess = context.Process(target=started, args=(work, multiprocessing.reduction.DupFd(writing)))
    child.start()
    os.close(writing)
    done = await asyncio.to_thread(_watched, reading, child, kill_after)
    await asyncio.to_thread(child.join, 60)
    os.close(reading)
    return done


def started(work: Work, dots: Any) -> None:
    sweep(work, dots.detach())


def _watched(reading: int, child: BaseProcess, kill_after: int | None) -> bool:
    dots = 0
    while data := os.read(reading, 1):
        if data == b"!":
            return True
        dots += 1
        if dots == kill_after:
            child.kill()
    return False


def parts(folder: Folder) -> Iterator[float]:
    """Write the scene part by part, with a rotation in between; the time of each sweep."""
    folder.write(calm(START, LEARNT_MINUTES))
    yield LEARNT
    for place, kind in enumerate(SCENE):
        start = LEARNT + place * 300
        if place == 2:
            (folder.path / "hotel.jsonl").rename(folder.path / "hotel.jsonl.1")
        folder.write(calm(start, 5) if kind == "c" else broken(start, 5))
        yield start + 300


async def outcome(database: Database) -> tuple[dict[str, Any], list[Incident]]:
    async with database.reading() as session:
        state = await sweeps.load_source(session, "hotel")
        baselines = await sweeps.load_baselines(session, "hotel")
        found = await incidents.list_incidents(session)
    kept = {"tally": state.tally, "miner": state.miner, "profile": state.profile, "lines": state.lines}
    return json.loads(json.dumps(kept | {"baseline": baselines["all"]})), found


async def test_killed_sweeps_leave_what_undisturbed_ones_leave(
    database: Database,
    url: str,
    tmp_path: Path,
    folder: Folder,
    webhook_server: Receiver,
    context: Any,
    rules: IncidentRules,
) -> None:
    draw = random.Random(1)
    kills = 0
    for now in parts(folder):
        work = Work(url, str(folder.path), webhook_server.url, now)
        if await finished(context, work, draw.randrange(1, LONGEST)):
            continue
        kills += 1
        assert await finished(context, work, None)
    assert kills >= 2
    hook = {"hook": WebhookAlerts(url=webhook_server.url, secret=SecretStr("s3cret"), timeout_s=5)}
    await deliver_alerts(database, hook, now=lambda: dt.datetime.now(dt.UTC) + dt.timedelta(minutes=10))
    kept, found = await outcome(database)

    calm_folder = Folder(tmp_path / "undisturbed")
    async with Database(f"sqlite:///{tmp_path}/undisturbed.db") as other:
        await other.upgrade()
        for now in parts(calm_folder):
            await sweep_source.fn(Sweeper(other, rules, ["hook"]), calm_folder.source, now + SETTLED_AFTER_S)
        expected, alike = await outcome(other)
    assert kept == expected
    assert kept["lines"] == folder.lines
    counts = kept["tally"]["counts"]["buckets"].values()
    assert sum(count for bucket in counts for *_, count in bucket["counts"]) == folder.lines
    assert [(each.id, each.kind, each.status, each.occurrences) for each in found] == [
        (each.id, each.kind, each.status, each.occurrences) for each in alike
    ]
    ids = {each["id"] for each in webhook_server.taken}
    assert ids == {f"ALERT-{place + 1:03d}" for place in range(len(found))}
