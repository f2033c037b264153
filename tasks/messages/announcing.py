"""What a run that writes or sends messages shows in Prefect: ids, kinds and reasons, and nothing of the guest's."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from prefect.context import FlowRunContext
from prefect.events import emit_event

from innkeeper.schemas.outbox import MessageReport, OutboxStatus, StoredMessage
from innkeeper.tasks.messages.outbox import StoredDraft

_EVENTS = {
    OutboxStatus.APPROVAL: "innkeeper.message.needs-approval",
    OutboxStatus.SENT: "innkeeper.message.sent",
    OutboxStatus.WRITTEN: "innkeeper.message.written",
    OutboxStatus.FAILED: "innkeeper.message.not-sent",
}


def message_report(draft: StoredDraft, now_is: StoredMessage, model: str, warnings: tuple[str, ...]) -> MessageReport:
    """What became of a message; `model` is whose words it has."""
    waits = now_is.status is OutboxStatus.APPROVAL
    return MessageReport(
        message_id=now_is.id,
        kind=now_is.kind,
        channel=now_is.channel,
        status=now_is.status,
        is_new=draft.is_new,
        needs_approval=draft.approval.reason if draft.approval and waits else None,
        approval_id=draft.approval.id if draft.approval else None,
        template=now_is.template,
        model=model,
        not_before=now_is.next_attempt_at if now_is.status is OutboxStatus.WAITING else None,
        problem=now_is.problem,
        provider_id=now_is.provider_id,
        warnings=warnings,
    )


def report_row(report: MessageReport) -> dict[str, Any]:
    """The report as a row of a table for a person."""
    return {name: "" if value is None else str(value) for name, value in report.model_dump(mode="json").items()}


def announce(message: StoredMessage, approval_id: int | None = None) -> None:
    """Emit an event for an automation; repeated, it is one event. Outside a flow run nothing listens."""
    name = _EVENTS.get(message.status)
    if name is None or FlowRunContext.get() is None:
        return
    emit_event(
        event=name,
        id=uuid5(NAMESPACE_URL, f"innkeeper:{message.id}:{message.status}"),
        resource={"prefect.resource.id": f"innkeeper.message.{message.id}"},
        payload={
            "kind": message.kind.value,
            "channel": message.channel.value,
            "status": message.status.value,
            "attempts": message.attempts,
            "approval": approval_id,
            "problem": message.problem,
        },
    )
