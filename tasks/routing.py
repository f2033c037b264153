"""Steps of routing: understand one message, ask a model where the engine is unsure, write down work orders."""

import datetime as dt
from collections.abc import Iterator
from typing import Protocol

from innkeeper.blocks import metrics
from innkeeper.engine.routing.router import Router
from innkeeper.prompts.routing import routing_prompt
from innkeeper.schemas.models import Capability, Spender
from innkeeper.schemas.routing import GuestMessage, RoutingResult
from innkeeper.schemas.routing_draft import RoutingDraft, draft_type
from innkeeper.schemas.taxonomy import Taxonomy
from innkeeper.schemas.work_orders import WorkOrder
from innkeeper.tasks.chain import complete
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.policies import step


class MessageRouter(Protocol):
    """What escalation needs of a router; `engine.routing.router.Router` is one."""

    @property
    def taxonomy(self) -> Taxonomy:
        """Teams and their subcategories."""

    def route(self, message: GuestMessage, draft: RoutingDraft | None = None) -> RoutingResult:
        """The requests in `message`, and what to answer; `draft` is a model's decision."""


@step(run_name="route-{message.id}")
async def route_message(message: GuestMessage, router: Router) -> RoutingResult:
    """
    Understand one message.

    Raises:
        InputInvalid: The message has no visible text; not retried.
    """
    return router.route(message)


async def escalate(
    message: GuestMessage, own: RoutingResult, router: MessageRouter, gateway: ModelGateway, spender: Spender
) -> RoutingResult:
    """
    Let a model decide where the engine is unsure and the routing chain has a model; else `own`, the engine's result.

    What the model decides is checked against the taxonomy; rooms, dates and items stay the engine's. Where both are
    unsure, or do not agree, `needs_review` says that a person has to look.

    Raises:
        NotConfigured: The chain names a model whose key, address or block is missing.
    """
    if not own.needs_review or own.adversarial or not await gateway.models(Capability.ROUTING):
        return own
    completion = await complete(
        routing_prompt(message, own, router.taxonomy),
        draft_type(tuple(router.taxonomy.subcategories)),
        capability=Capability.ROUTING,
        gateway=gateway,
        spender=spender,
    )
    told = {"escalation": completion.attempts, "usage": completion.usage, "cost_usd": completion.cost_usd}
    if completion.output is None:
        metrics.routing_escalated("engine")
        return own.model_copy(update={"escalation": completion.attempts})
    result = router.route(message, completion.output)
    metrics.routing_escalated("person" if result.needs_review else "model")
    took_ms = own.processing_time_ms + completion.latency_ms + result.processing_time_ms
    return result.model_copy(update=told | {"decided_by": completion.link, "processing_time_ms": round(took_ms, 2)})


def work_orders_of(
    message: GuestMessage, result: RoutingResult, batch_id: str, now: dt.datetime
) -> Iterator[WorkOrder]:
    """
    One work order per request of a routed message, also for a service called off: that is an instruction all the same.

    Args:
        message: It needs an `id`, which makes the orders idempotent.
        result: What `route_message` understood.
        batch_id: The flow run that writes them.
        now: When the promised minutes begin.
    """
    for request in result.classifications:
        yield WorkOrder(
            message_id=message.id or "",
            subcategory=request.subcategory,
            category=request.category,
            team=request.assigned_to,
            workflow_id=request.workflow_id,
            priority=request.priority,
            room_number=request.structured_request.room_number,
            guest_id=message.guest_id,
            details=request.structured_request,
            confidence=request.confidence,
            needs_review=result.needs_review,
            batch_id=batch_id,
            due_at=now + dt.timedelta(minutes=request.estimated_resolution_time_minutes),
            created_at=now,
        )


def with_id(message: GuestMessage, batch_id: str, place: int) -> GuestMessage:
    """A message without an id gets one from its batch and its place in it: the same when the run is repeated."""
    return message if message.id else message.model_copy(update={"id": f"{batch_id}-{place}"})
