"""Scheduled runs of timed actions in Prefect, where there is a server: asked for 2 s at most, never needed."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import httpx
from prefect.client.orchestration import PrefectClient, get_client
from prefect.exceptions import PrefectException
from prefect.settings import PREFECT_API_URL
from prefect.states import Cancelled, Scheduled

from innkeeper.schemas.actions import TimedAction

DEPLOYMENT = "carry-out-timed-action/production"
PATIENCE_S = 2.0  # somebody waits for the task
_AWAY = (httpx.HTTPError, PrefectException, OSError, TimeoutError, RuntimeError)
_logger = logging.getLogger(__name__)


async def scheduled_run(action: TimedAction) -> str | None:
    """The id of a run at the action's time, the same one for every call; none where Prefect takes it not."""
    if not PREFECT_API_URL.value():
        return None
    try:
        async with _client() as client:
            deployment = await client.read_deployment_by_name(DEPLOYMENT)
            run = await client.create_flow_run_from_deployment(
                deployment.id,
                parameters={**deployment.parameters, "action_id": action.id},
                state=Scheduled(scheduled_time=action.due_at),
                name=action.id,
                tags=["timed", action.kind],
                idempotency_key=f"timed:{action.id}",
            )
    except _AWAY as error:
        _logger.info("%s has no scheduled run in Prefect: %s", action.id, type(error).__name__)
        return None
    return str(run.id)


async def cancel_run(run_id: str) -> bool:
    """Take a scheduled run off the schedule; whether Prefect did. One that starts all the same finds nothing to do."""
    if not PREFECT_API_URL.value():
        return False
    try:
        async with _client() as client:
            await client.set_flow_run_state(UUID(run_id), Cancelled(message="Called off."), force=True)
    except _AWAY as error:
        _logger.info("A scheduled run could not be cancelled in Prefect: %s", type(error).__name__)
        return False
    return True


@asynccontextmanager
async def _client() -> AsyncIterator[PrefectClient]:
    async with asyncio.timeout(PATIENCE_S), get_client() as client:
        yield client
