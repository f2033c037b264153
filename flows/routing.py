"""Route a batch of guest messages to departments."""

import asyncio
import datetime as dt
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

from prefect import Flow, flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.context import FlowRunContext
from prefect.deployments import arun_deployment
from prefect.exceptions import ObjectNotFound
from pydantic import BaseModel, ConfigDict, Field

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.messages import read_messages
from innkeeper.blocks.settings import settings
from innkeeper.engine.routing.router import Router, load_router
from innkeeper.flows.fulfilment import fulfil_work_orders
from innkeeper.schemas.errors import InnkeeperError, InputInvalid
from innkeeper.schemas.routing import GuestMessage, RoutingResult
from innkeeper.schemas.work_orders import StoredWorkOrder
from innkeeper.tasks.policies import run_step
from innkeeper.tasks.publishing import emit_failed, emit_routed, publish_table, routing_rows
from innkeeper.tasks.routing import route_message, with_ids, work_orders_of
from innkeeper.tasks.work_orders import find_open_orders, hotel_database, write_orders

MAX_BATCH = 1_000
_logger = logging.getLogger(__name__)


class RoutedMessage(BaseModel):
    """What became of one message: a result, or the problem that kept it from being routed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    result: RoutingResult | None = None
    error: str | None = None


class RoutingReport(BaseModel):
    """What became of a batch, in its order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    batch_id: str
    messages: tuple[RoutedMessage, ...]
    new_work_orders: int = Field(ge=0, description="Orders written by this run; those of an earlier run do not count.")


async def forget_guest_text(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:  # Prefect names them
    """Once a run has succeeded, take what guests wrote out of its stored parameters."""
    typed = flow_run.parameters.get("messages")
    if typed:
        parameters = flow_run.parameters | {"messages": [], "batch_name": f"{len(typed)} messages, removed after routing"}
        async with get_client() as client:
            await client.update_flow_run(flow_run.id, parameters=parameters)


@flow(name="route-requests", on_completion=[forget_guest_text], validate_parameters=True)
async def route_requests(
    messages: Annotated[list[GuestMessage], Field(max_length=MAX_BATCH)] = [],  # noqa: B006  Prefect shows it as the form's default
    messages_file: Path | None = None,
    batch_name: Annotated[str, Field(max_length=120)] = "",
    start_fulfilment: bool = True,
    database: str | None = None,
) -> RoutingReport:
    """
    Understand guest messages, write their work orders once, and hand these to the teams.

    Args:
        messages: Guest messages. Prefect keeps them until the run has succeeded; a file keeps them out altogether.
        messages_file: A JSONL file that the worker can read, one message a line.
        batch_name: A label for people.
        start_fulfilment: Start one fulfilment run per team; without it the orders stay open.
        database: Name of a Hotel Database block; the database of the settings when empty.
    """
    batch_id = _batch_id()
    router = load_router(settings().taxonomy, settings().hotel_timezone)
    waiting, unreadable = _gathered(messages, messages_file, batch_id)
    outcomes = await asyncio.gather(*(_outcome(message, router) for message in waiting))
    routed = [(message, outcome) for message, outcome in zip(waiting, outcomes, strict=True) if isinstance(outcome, RoutingResult)]
    now = dt.datetime.now(dt.UTC)
    async with hotel_database(database) as hotel:
        orders = [order for message, result in routed for order in work_orders_of(message, result, batch_id, now)]
        written = await run_step(write_orders, hotel, orders)
        await _announce(hotel, batch_id, written, router, database, start=start_fulfilment)
    results: list[tuple[str, RoutingResult | str]] = [*unreadable, *((str(message.id), outcome) for message, outcome in zip(waiting, outcomes, strict=True))]
    for message_id, outcome in results:
        if isinstance(outcome, str) and FlowRunContext.get() is not None:
            emit_failed(message_id, outcome)
    await publish_table("routed-requests", routing_rows(results), f"Batch {batch_name or batch_id}: {len(written)} new work orders")
    report = RoutingReport(batch_id=batch_id, messages=tuple(_routed(*result) for result in results), new_work_orders=len(written))
    if results and not routed:
        raise InputInvalid(f"None of the {len(results)} messages could be routed; the table artifact says why.")
    return report


def _gathered(messages: Sequence[GuestMessage], file: Path | None, batch_id: str) -> tuple[list[GuestMessage], list[tuple[str, RoutingResult | str]]]:
    """Messages of both sources with ids, and (place, problem) of the lines that are no message."""
    from_file, problems = ([], []) if file is None else read_messages(file)
    return with_ids([*messages, *from_file], batch_id), [(f"line {line}", problem) for line, problem in problems]


async def _outcome(message: GuestMessage, router: Router) -> RoutingResult | str:
    """One bad message never stops the others."""
    try:
        return await run_step(route_message, message, router)
    except InnkeeperError as error:
        return str(error)


async def _announce(
    hotel: Database, batch_id: str, written: Sequence[StoredWorkOrder], router: Router, database: str | None, *, start: bool
) -> None:
    if FlowRunContext.get() is not None:
        for order in written:
            emit_routed(order)
    if not start:
        return
    # Asked of the database, not of this run: after a crash the orders are there, but no team has them.
    waiting = await run_step(find_open_orders, hotel, batch_id)
    for team in sorted({order.team for order in waiting}):
        await _fulfil(router.taxonomy.deployment, team, batch_id, database)


async def _fulfil(deployment: str, team: str, batch_id: str, database: str | None) -> None:
    """Start the team's run; where nothing is deployed it runs here, as a subflow."""
    if FlowRunContext.get() is None:
        await fulfil_work_orders.fn(team, batch_id, database)
        return
    try:
        await arun_deployment(
            deployment,
            parameters={"team": team, "batch_id": batch_id, "database": database},
            timeout=0,
            idempotency_key=f"{batch_id}:{team}",
        )
    except ObjectNotFound:
        _logger.info("Deployment %r does not exist; the work orders of %s are handed over in this run.", deployment, team)
        await fulfil_work_orders(team, batch_id, database)


def _routed(message_id: str, outcome: RoutingResult | str) -> RoutedMessage:
    if isinstance(outcome, str):
        return RoutedMessage(id=message_id, error=outcome)
    return RoutedMessage(id=message_id, result=outcome)


def _batch_id() -> str:
    context = FlowRunContext.get()
    return str(context.flow_run.id) if context and context.flow_run else str(uuid4())
