"""Route a batch of guest messages to departments."""

import asyncio
import datetime as dt
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from uuid import uuid4

from prefect import Flow, flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.context import FlowRunContext
from prefect.deployments import arun_deployment
from prefect.exceptions import ObjectNotFound
from pydantic import BaseModel, ConfigDict, Field

from innkeeper.blocks.messages import parse_message, read_messages
from innkeeper.blocks.settings import settings
from innkeeper.engine.routing.router import Router, load_router
from innkeeper.flows.fulfilment import fulfil_work_orders
from innkeeper.schemas.errors import InnkeeperError, InputInvalid
from innkeeper.schemas.models import Capability
from innkeeper.schemas.routing import GuestMessage, RoutingResult
from innkeeper.schemas.work_orders import StoredWorkOrder, WorkOrder
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.models import forget_answers
from innkeeper.tasks.policies import run_step
from innkeeper.tasks.publishing import emit_failed, emit_routed, publish_cost, publish_table, routing_rows
from innkeeper.tasks.routing import escalate, route_message, with_id, work_orders_of
from innkeeper.tasks.spenders import current_spender
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
    """What became of a batch, in its order: the typed messages, then the lines of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    batch_id: str
    messages: tuple[RoutedMessage, ...]
    new_work_orders: int = Field(ge=0, description="Orders written by this run; those of an earlier run do not count.")


class _Outcome(NamedTuple):
    """A message's id (or its line in the file), what was understood or the problem, and the orders that follow."""

    id: str
    result: RoutingResult | str
    orders: tuple[WorkOrder, ...] = ()


async def forget_guest_text(  # the parameters have the names that Prefect gives them
    flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]
) -> None:
    """Once a run has succeeded, take what guests wrote out of its stored parameters."""
    typed = flow_run.parameters.get("messages")
    if typed:
        label = flow_run.parameters.get("batch_name") or f"{len(typed)} messages, removed after routing"
        async with get_client() as client:
            parameters = flow_run.parameters | {"messages": [], "batch_name": label}
            await client.update_flow_run(flow_run.id, parameters=parameters)


@flow(  # Prefect's own validation would fail a batch for one wrong message, and log all that the guests wrote
    name="route-requests",
    on_completion=[forget_guest_text, forget_answers],
    validate_parameters=False,
    persist_result=False,
)
async def route_requests(
    messages: Annotated[list[GuestMessage], Field(max_length=MAX_BATCH)] = [],  # noqa: B006  the form's default
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
    waiting = _gathered(messages, messages_file, batch_id)
    async with ModelGateway(settings()) as gateway:
        await gateway.models(Capability.ROUTING)  # a chain that cannot work is said before any message is read
        outcomes = await asyncio.gather(
            *(_outcome(place, message, router, gateway, batch_id) for place, message in waiting)
        )
        await publish_cost(gateway)
    async with hotel_database(database) as hotel:
        written = await run_step(write_orders, hotel, [order for outcome in outcomes for order in outcome.orders])
        # Asked of the database, not of this run: after a crash the orders are there, but no team has them.
        unassigned = await run_step(find_open_orders, hotel, [outcome.id for outcome in outcomes if outcome.orders])
    _announce(outcomes, {order.id: order for order in [*written, *unassigned]}.values(), batch_id)
    if start_fulfilment:
        await _hand_over(unassigned, router.taxonomy.deployment, database)
    rows = routing_rows((outcome.id, outcome.result) for outcome in outcomes)
    await publish_table("routed-requests", rows, f"Batch {batch_name or batch_id}: {len(written)} new work orders")
    problems = [f"{outcome.id}: {outcome.result}" for outcome in outcomes if isinstance(outcome.result, str)]
    if problems and len(problems) == len(outcomes):
        raise InputInvalid(
            f"None of the {len(outcomes)} messages could be routed; the first of them is {problems[0]}",
            problems=problems,
        )
    return RoutingReport(batch_id=batch_id, messages=tuple(map(_reported, outcomes)), new_work_orders=len(written))


def _gathered(
    messages: Sequence[GuestMessage | dict[str, Any]], file: Path | str | None, batch_id: str
) -> list[tuple[str, GuestMessage | str]]:
    """Messages of both sources with their ids; what is no message as ("line 7", problem) or ("message 7", problem)."""
    if len(messages) > MAX_BATCH:
        raise InputInvalid(
            f"{len(messages):,} messages are too many to type; put them into a file, or route {MAX_BATCH:,} at once"
        )
    from_file = read_messages(Path(file)) if file else []
    places: list[tuple[str, GuestMessage | str]] = [
        (f"message {place}", parse_message(message)) for place, message in enumerate(messages, start=1)
    ]
    places += [(f"line {line}", parsed) for line, parsed in from_file]
    gathered: list[tuple[str, GuestMessage | str]] = []
    for place, (line, message) in enumerate(places, start=1):
        if isinstance(message, str):
            gathered.append((line, message))
        else:
            named = with_id(message, batch_id, place)
            gathered.append((str(named.id), named))
    return gathered


async def _outcome(
    place: str, message: GuestMessage | str, router: Router, gateway: ModelGateway, batch_id: str
) -> _Outcome:
    """One bad message never stops the others."""
    if isinstance(message, str):
        return _Outcome(place, message)
    try:
        own = await run_step(route_message, message, router)
        result = await escalate(message, own, router, gateway, current_spender("route-requests"))
        return _Outcome(place, result, tuple(work_orders_of(message, result, batch_id, dt.datetime.now(dt.UTC))))
    except InnkeeperError as error:
        return _Outcome(place, str(error))
    except Exception as error:  # a fault of ours; its text may repeat the guest's
        _logger.error("Message %s could not be routed: %s", place, type(error).__name__)  # noqa: TRY400  the same
        return _Outcome(place, f"could not be routed ({type(error).__name__}); a person has to read it")


def _announce(outcomes: Sequence[_Outcome], orders: Iterable[StoredWorkOrder], batch_id: str) -> None:
    """Emit an event per order that waits for its team, and per message that failed."""
    if FlowRunContext.get() is None:
        return
    for order in orders:
        emit_routed(order)
    for outcome in outcomes:
        if isinstance(outcome.result, str):
            emit_failed(outcome.id, outcome.result, batch_id)


async def _hand_over(orders: Sequence[StoredWorkOrder], deployment: str, database: str | None) -> None:
    """One fulfilment per team and batch; orders that an earlier run left keep that run's batch."""
    for team, batch_id in sorted({(order.team, order.batch_id) for order in orders if order.batch_id}):
        await _fulfil(deployment, team, batch_id, database)


async def _fulfil(deployment: str, team: str, batch_id: str, database: str | None) -> None:
    """Start the team's run; where nothing is deployed it runs here, as a subflow."""
    if FlowRunContext.get() is None:
        await fulfil_work_orders.fn(team, batch_id, database)
        return
    try:
        await _start(deployment, {"team": team, "batch_id": batch_id, "database": database}, f"{batch_id}:{team}")
    except ObjectNotFound:
        _logger.info("Deployment %r does not exist; the orders of %s are handed over in this run.", deployment, team)
        await fulfil_work_orders(team, batch_id, database)


async def _start(deployment: str, parameters: dict[str, Any], key: str) -> None:
    """Start a run once per `key`; the key of a run that died gives way to one that names the dead run."""
    attempt = key
    while True:
        run = await arun_deployment(deployment, parameters=parameters, timeout=0, idempotency_key=attempt)
        if run.state is None or not run.state.is_final() or run.state.is_completed():
            return
        attempt = f"{key}:{run.id}"


def _reported(outcome: _Outcome) -> RoutedMessage:
    if isinstance(outcome.result, str):
        return RoutedMessage(id=outcome.id, error=outcome.result)
    return RoutedMessage(id=outcome.id, result=outcome.result)


def _batch_id() -> str:
    context = FlowRunContext.get()
    return str(context.flow_run.id) if context and context.flow_run else str(uuid4())
