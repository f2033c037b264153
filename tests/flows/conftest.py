"""One real Prefect server for the session, and an empty Innkeeper home for each test."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import httpx
import pytest
from prefect import get_client
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    ArtifactFilterType,
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterId,
    TaskRunFilter,
    TaskRunFilterFlowRunId,
)
from prefect.client.schemas.objects import FlowRun, TaskRun
from prefect.settings import PREFECT_API_URL, PREFECT_LOGGING_TO_API_ENABLED, temporary_settings
from prefect.testing.utilities import prefect_test_harness

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.settings import settings

STATE_TIMEOUT_S = 60.0
T = TypeVar("T")


class Server:
    """What the Prefect server knows. Task runs and events reach it a moment after they happened, hence `until`."""

    def __init__(self, client: PrefectClient) -> None:
        self.client = client

    async def until(self, look: Callable[[], Awaitable[T]], is_reached: Callable[[T], bool]) -> T:
        """What `look` finds once `is_reached` holds."""
        try:
            async with asyncio.timeout(STATE_TIMEOUT_S):
                found = await look()
                while not is_reached(found):
                    await asyncio.sleep(0.05)
                    found = await look()
                return found
        except TimeoutError:
            pytest.fail(f"the state was not reached within {STATE_TIMEOUT_S} s; last seen: {found!r}")

    async def run(self, run_id: UUID) -> FlowRun:
        return await self.client.read_flow_run(run_id)

    async def runs_of(self, flow: str) -> list[FlowRun]:
        return await self.client.read_flow_runs(flow_filter=FlowFilter(name=FlowFilterName(any_=[flow])), limit=200)

    async def task_runs(self, run_id: UUID) -> list[TaskRun]:
        return await self.client.read_task_runs(
            flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[run_id])),
            task_run_filter=TaskRunFilter(flow_run_id=TaskRunFilterFlowRunId(any_=[run_id])),
        )

    async def table(self, run_id: UUID) -> list[dict[str, Any]]:
        """The rows of the run's only table."""
        of_run = ArtifactFilter(
            flow_run_id=ArtifactFilterFlowRunId(any_=[run_id]), type=ArtifactFilterType(any_=["table"])
        )
        (artifact,) = await self.client.read_artifacts(artifact_filter=of_run)
        rows: list[dict[str, Any]] = json.loads(str(artifact.data))
        return rows

    async def events(self, run_id: UUID) -> list[dict[str, Any]]:
        """Every event of a flow run, Prefect's own too."""
        wanted = {"filter": {"any_resource": {"id": [f"prefect.flow-run.{run_id}"]}}, "limit": 50}
        async with httpx.AsyncClient() as api:
            answer = (await api.post(f"{PREFECT_API_URL.value()}/events/filter", json=wanted)).raise_for_status().json()
            events: list[dict[str, Any]] = answer["events"]
            while answer.get("next_page"):
                answer = (await api.get(answer["next_page"])).raise_for_status().json()
                events += answer["events"]
        return events


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    for name in ("prefect", "prefect.flow_runs", "prefect.task_runs"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # runs that fail on purpose would fill the screen
    quiet = {PREFECT_LOGGING_TO_API_ENABLED: False}
    with temporary_settings(updates=quiet), prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
async def server(prefect_server: None) -> AsyncIterator[Server]:
    async with get_client() as client:
        yield Server(client)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in ("DATABASE_URL", "TAXONOMY", "HOTEL_TIMEZONE"):
        monkeypatch.delenv(f"INNKEEPER_{name}", raising=False)
    monkeypatch.setenv("INNKEEPER_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


@pytest.fixture
async def hotel(home: Path) -> AsyncIterator[Database]:
    """The database that the flows of this test use."""
    async with Database(settings().database_url) as database:
        await database.upgrade()
        yield database
