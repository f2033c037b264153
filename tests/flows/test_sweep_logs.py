"""The sweep as Prefect runs it: a task per source, one that fails keeps no other, and the alert goes out."""

import datetime as dt
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prefect.states import State
from tests.alerts import loopback as targets
from tests.alerts.loopback import Receiver
from tests.flows.conftest import Server
from tests.log_sources.loopback import serving
from tests.logs.scenes import LEARNT_MINUTES, MINUTE, Folder, broken, calm

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.log_sources.loki import Loki
from innkeeper.blocks.settings import settings
from innkeeper.flows.sweep_logs import sweep_logs
from innkeeper.schemas.monitoring import SweepsReport


@pytest.fixture
async def slack() -> AsyncIterator[Receiver]:
    async with targets.slack() as server:
        yield server


async def test_a_source_that_fails_keeps_no_other_from_its_alert(
    server: Server, hotel: Database, home: Path, slack: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(home / "logs")
    begins = (time.time() // MINUTE - 12) * MINUTE
    folder.write(calm(begins - LEARNT_MINUTES * MINUTE, LEARNT_MINUTES), broken(begins, 11))
    async with serving("loki") as backend:
        backend.faults[:] = [(400, {})] * 9
        await Loki(name="loki", url=backend.url, query='{app="cv"}').asave("hotel", overwrite=True)
        monkeypatch.setenv("INNKEEPER_LOG_SOURCES", f"{folder.path}, hotel-loki/hotel")
        monkeypatch.setenv("INNKEEPER_SLACK_WEBHOOK_URL", slack.url)
        settings.cache_clear()
        state: State[SweepsReport] = await sweep_logs(return_state=True)
        report = await state.aresult()
        assert list(report.failed) == ["loki"]
        (swept,) = report.sweeps
        assert (swept.lines, swept.incidents) == (folder.lines, (f"INC-{dt.datetime.now(settings().zone).year}-001",))
        assert len(slack.taken) == report.alerts_sent == 1
        again = await sweep_logs()
        assert (again.sweeps[0].lines, again.alerts_sent) == (0, 0)
    assert state.state_details.flow_run_id is not None
    rows = await server.table(state.state_details.flow_run_id)
    assert {row["source"] for row in rows} == {swept.source, "loki"}
