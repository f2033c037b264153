"""The Prefect server's own logs and failures as log lines."""

import datetime as dt
import json
import logging
import time
import uuid

import pytest
from prefect import flow
from prefect.client.schemas.actions import LogCreate
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings
from prefect.states import Crashed
from prefect.testing.standard_test_suites.blocks import BlockStandardTestSuite
from tests.flows.conftest import Server

from innkeeper.blocks.log_sources.prefect_runs import PrefectRuns
from innkeeper.engine.logs.parsing import parse_lines
from innkeeper.schemas.errors import ServiceUnavailable
from innkeeper.schemas.logs import LogLevel


class TestBlock(BlockStandardTestSuite):
    @pytest.fixture
    def block(self) -> type[PrefectRuns]:
        return PrefectRuns

    def test_has_a_valid_image(self, block: type[PrefectRuns]) -> None:
        assert block._logo_url is None  # it would be fetched from somebody else's server


@flow(name="close-the-day")
def close_the_day() -> None:
    raise ValueError("no ledger of yesterday")


def _log(run: uuid.UUID, message: str, at: float, level: int = logging.WARNING) -> LogCreate:
    moment = dt.datetime.fromtimestamp(at, tz=dt.UTC)
    return LogCreate(name="hotel.ledger", level=level, message=message, timestamp=moment, flow_run_id=run)


async def test_a_failed_run_is_one_error_of_the_service_prefect(server: Server) -> None:
    source, began = PrefectRuns(lookback_s=3_600.0), time.time()
    state = close_the_day(return_state=True)
    run_id = state.state_details.flow_run_id
    batch = await source.read(None, parse=parse_lines, until=time.time() + 1)
    (line,) = [line for line in batch.lines if line.trace_id == str(run_id) and line.message.startswith("flow run")]
    assert line[1:3] == ("prefect", LogLevel.ERROR)
    assert line.component == "close-the-day"
    assert "no ledger of yesterday" in line.message
    assert began - 1 <= line.at <= time.time() + 1
    again = await source.read(json.loads(json.dumps(batch.cursor)), parse=parse_lines, until=time.time() + 2)
    assert str(run_id) not in {line.trace_id for line in again.lines}


async def test_a_crashed_run_is_critical(server: Server) -> None:
    run = await server.client.create_flow_run(close_the_day)
    await server.client.set_flow_run_state(run.id, Crashed(message="the machine went away"), force=True)
    batch = await PrefectRuns().read(None, until=time.time() + 1)
    (line,) = [line for line in batch.lines if line.trace_id == str(run.id)]
    assert (line.level, line.message) == (LogLevel.CRITICAL, "flow run crashed: the machine went away")


async def test_logs_come_once_in_order_and_late_ones_too(server: Server) -> None:
    run, source, now = uuid.uuid4(), PrefectRuns(lookback_s=600.0), time.time() - 60
    logs = [_log(run, f"line {number:03}", now - 100 + number / 10) for number in range(450)]
    await server.client.create_logs([*logs, _log(run, "detail", now, logging.DEBUG)])
    found, cursor = [], None
    for _ in range(20):
        batch = await source.read(cursor, until=now, max_lines=150)
        cursor = json.loads(json.dumps(batch.cursor))
        found += [line for line in batch.lines if line.trace_id == str(run)]
        if not batch.more:
            break
    assert [line.message for line in found] == [f"line {number:03}" for number in range(450)]
    assert {(line.service, line.component, line.level) for line in found} == {
        ("prefect", "hotel.ledger", LogLevel.WARNING)
    }
    await server.client.create_logs([_log(run, "late", now - 30), _log(run, "new", now + 5)])
    batch = await source.read(cursor, until=now + 10)
    assert [line.message for line in batch.lines if line.trace_id == str(run)] == ["late", "new"]


async def test_a_server_that_is_not_there_is_an_error_that_passes() -> None:
    nowhere = {PREFECT_API_URL: "http://127.0.0.1:9/api", PREFECT_CLIENT_MAX_RETRIES: 0}
    with temporary_settings(updates=nowhere), pytest.raises(ServiceUnavailable, match="does not answer"):
        await PrefectRuns().read(None)
