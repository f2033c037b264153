"""One real Prefect server for the session, and an empty Innkeeper home for each test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from prefect import get_client
from prefect.client.orchestration import PrefectClient
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_LOGGING_LEVEL,
    PREFECT_LOGGING_TO_API_ENABLED,
    temporary_settings,
)
from prefect.testing.utilities import prefect_test_harness

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.settings import settings

STATE_TIMEOUT_S = 20.0


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    quiet = {PREFECT_LOGGING_TO_API_ENABLED: False, PREFECT_LOGGING_LEVEL: "CRITICAL"}
    with temporary_settings(updates=quiet), prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in ("DATABASE_URL", "TAXONOMY", "HOTEL_TIMEZONE"):
        monkeypatch.delenv(f"INNKEEPER_{name}", raising=False)
    monkeypatch.setenv("INNKEEPER_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


@pytest.fixture
async def client(prefect_server: None) -> AsyncIterator[PrefectClient]:
    async with get_client() as opened:
        yield opened


@pytest.fixture
async def hotel(home: Path) -> AsyncIterator[Database]:
    """The database that flows of this test use."""
    async with Database(settings().database_url) as database:
        await database.upgrade()
        yield database


async def until[T](look: Callable[[], Awaitable[T]], is_reached: Callable[[T], bool]) -> T:
    """What `look` finds once `is_reached` holds: Prefect stores task runs and events a moment after they happened."""
    found: T | None = None
    try:
        async with asyncio.timeout(STATE_TIMEOUT_S):
            while not is_reached(found := await look()):
                await asyncio.sleep(0.05)  # between two looks at the state
    except TimeoutError:
        pytest.fail(f"the state was not reached within {STATE_TIMEOUT_S} s; last seen: {found!r}")
    return found


async def events_of(run_id: UUID) -> list[dict[str, Any]]:
    """Every event that the server holds of a flow run, Prefect's own too."""
    wanted = {"filter": {"any_resource": {"id": [f"prefect.flow-run.{run_id}"]}}, "limit": 50}
    async with httpx.AsyncClient(base_url=PREFECT_API_URL.value() or "") as api:
        answer = (await api.post("events/filter", json=wanted)).raise_for_status().json()
        events: list[dict[str, Any]] = answer["events"]
        while answer.get("next_page"):
            answer = (await api.get(answer["next_page"])).raise_for_status().json()
            events += answer["events"]
    return events
