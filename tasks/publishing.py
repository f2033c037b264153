"""What a run shows in Prefect: artifacts and events. No guest text goes into either."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact
from prefect.context import FlowRunContext
from prefect.events import emit_event

from innkeeper.schemas.models import Spending
from innkeeper.schemas.routing import RoutingResult
from innkeeper.schemas.work_orders import StoredWorkOrder
from innkeeper.tasks.gateway import ModelGateway


async def publish_table(key: str, rows: Sequence[dict[str, Any]], description: str) -> None:
    """Show `rows` as a table artifact of the current flow run; outside a run there is nothing to attach it to."""
    if FlowRunContext.get() is not None:
        await acreate_table_artifact(table=list(rows), key=key, description=description)


async def publish_markdown(key: str, markdown: str, description: str) -> None:
    """Show a text as an artifact of the current flow run, if there is one."""
    if FlowRunContext.get() is not None:
        await acreate_markdown_artifact(markdown=markdown, key=key, description=description)


async def publish_cost(gateway: ModelGateway) -> None:
    """Show what the current flow run spent on models, if it asked any."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None or not gateway.is_used:
        return
    ledger = await gateway.ledger()
    rows = await ledger.spending("model", flow_run_id=str(context.flow_run.id))
    await publish_table("model-cost", cost_rows(rows), "Requests to models, tokens and US dollars")


def cost_rows(rows: Iterable[Spending]) -> list[dict[str, Any]]:
    """One row per model, as a person reads it; a price that is not known is not 0."""
    return [
        {
            "model": row.key,
            "requests": row.requests,
            "tokens in": row.input_tokens,
            "of them cached": row.cached_input_tokens,
            "tokens out": row.output_tokens,
            "US dollars": f"{row.cost_usd:.6f}" if row.unpriced_requests < row.requests else "price not known",
        }
        for row in rows
    ]


def routing_rows(results: Iterable[tuple[str, RoutingResult | str]]) -> list[dict[str, Any]]:
    """One row per request (or per message that asks for nothing, or that failed), for a person to read."""
    rows: list[dict[str, Any]] = []
    for message_id, result in results:
        if isinstance(result, str):
            rows.append(_row(message_id, "failed", result))
        elif not result.classifications:
            note = "manipulation attempt" if result.adversarial else "nobody has to act"
            rows.append(_row(message_id, "none", note))
        else:
            rows += [
                {
                    "message": message_id,
                    "request": f"{request.category}.{request.subcategory}",
                    "priority": request.priority.value,
                    "confidence": f"{request.confidence:.2f}",
                    "minutes": request.estimated_resolution_time_minutes,
                    "note": "a person should look first" if result.needs_review else "",
                }
                for request in result.classifications
            ]
    return rows


def _row(message_id: str, request: str, note: str) -> dict[str, Any]:
    return {"message": message_id, "request": request, "priority": "", "confidence": "", "minutes": "", "note": note}


def order_rows(orders: Iterable[StoredWorkOrder]) -> list[dict[str, Any]]:
    """One row per work order, most urgent first."""
    return [
        {
            "order": order.id,
            "priority": order.priority.value,
            "room": order.room_number or "not stated",
            "request": order.details.issue or order.subcategory,
            "items": ", ".join(
                f"{'?' if item.quantity is None else item.quantity} × {item.item}" for item in order.details.items or ()
            ),
            "due": order.due_at.isoformat(timespec="minutes") if order.due_at else "",
            "workflow": order.workflow_id,
        }
        for order in sorted(orders, key=lambda order: (-order.priority.rank, order.id))
    ]


def emit_routed(order: StoredWorkOrder) -> None:
    """Announce a routed request; its id is derived from the order, so that a repeated event is one event."""
    emit_event(
        event="innkeeper.request.routed",
        id=uuid5(NAMESPACE_URL, f"innkeeper:work-order:{order.batch_id}:{order.message_id}:{order.subcategory}"),
        resource={
            "prefect.resource.id": f"innkeeper.work-order.{order.id}",
            "prefect.resource.name": order.workflow_id,
        },
        payload={
            "category": order.category,
            "subcategory": order.subcategory,
            "priority": order.priority.value,
            "team": order.team,
            "workflow_id": order.workflow_id,
            "confidence": order.confidence,
            "needs_review": order.needs_review,
        },
    )


def emit_failed(message_id: str, problem: str, batch_id: str) -> None:
    """Announce a message that could not be routed, for an automation that tells a person; repeated, it is one event."""
    identity = uuid5(NAMESPACE_URL, f"innkeeper:failed:{batch_id}:{message_id}")
    emit_event(
        event="innkeeper.message.failed",
        id=identity,
        resource={"prefect.resource.id": f"innkeeper.message.{identity}"},
        payload={"message": message_id, "problem": problem, "batch": batch_id},
    )
