"""Steps of routing: understand one message, turn what was understood into work orders."""

import datetime as dt
from collections.abc import Iterator

from innkeeper.engine.routing.router import Router
from innkeeper.schemas.routing import GuestMessage, RoutingResult
from innkeeper.schemas.work_orders import WorkOrder
from innkeeper.tasks.policies import step


@step(run_name="route-{message.id}")
async def route_message(message: GuestMessage, router: Router) -> RoutingResult:
    """
    Understand one message.

    Raises:
        InputInvalid: The message has no visible text; not retried.
    """
    return router.route(message)


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
