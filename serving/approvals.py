"""`approvals`: messages that wait for a manager, and the decision about them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from innkeeper.blocks.database.approvals import list_approvals
from innkeeper.schemas.access import Principal
from innkeeper.schemas.errors import Conflict, NotAllowed, NotFound
from innkeeper.schemas.messages import MessageChannel, MessageKind
from innkeeper.schemas.outbox import Approval, Decision, OutboxStatus, StoredMessage
from innkeeper.serving.guard import DESCRIBED_KEYS, Caller, GuardedRoute
from innkeeper.serving.openapi import problem_responses
from innkeeper.serving.problems import Problem
from innkeeper.serving.services import Services, services_of

ApprovalId = Annotated[int, Path(ge=1, le=2**31 - 1)]

api = APIRouter(
    prefix="/approvals",
    tags=["approvals"],
    route_class=GuardedRoute,
    dependencies=DESCRIBED_KEYS,
    responses=problem_responses(401, 403, 429, 500, 503),
)


class WaitingApprovals(BaseModel):
    """Questions, oldest first."""

    approvals: list[Approval]


class WaitingMessage(BaseModel):
    """A question with the message as the guest would read it."""

    approval: Approval
    kind: MessageKind
    channel: MessageChannel
    recipient: str
    subject: str
    body: str
    chat: str
    status: OutboxStatus


class DecisionRequest(BaseModel):
    """A manager's answer."""

    model_config = ConfigDict(extra="forbid")

    decision: Decision = Field(description="`approved` sends the message now; `rejected` never does.")


class Decided(BaseModel):
    """The answer, and what became of the message."""

    approval: Approval
    message_id: str
    status: OutboxStatus
    problem: str | None = None


@api.get("", operation_id="list_approvals")
async def list_waiting(request: Request, caller: Caller) -> WaitingApprovals:
    """What waits for a decision."""
    async with _told(caller), services_of(request).hotel.reading() as session:
        return WaitingApprovals(approvals=await list_approvals(session))


@api.get("/{approval_id}", operation_id="read_approval", responses=problem_responses(404, 422))
async def read_one(approval_id: ApprovalId, request: Request, caller: Caller) -> WaitingMessage:
    """One question, with the message that it is about."""
    from innkeeper.tasks.messages.approval import read_waiting

    async with _told(caller):
        approval, message = await read_waiting(services_of(request).hotel, approval_id)
    names = ("kind", "channel", "recipient", "subject", "body", "chat", "status")
    return WaitingMessage(approval=approval, **{name: getattr(message, name) for name in names})


@api.post(
    "/{approval_id}", operation_id="decide_approval", responses=problem_responses(400, 404, 408, 409, 413, 415, 422)
)
async def decide_one(approval_id: ApprovalId, body: DecisionRequest, request: Request, caller: Caller) -> Decided:
    """Approve or reject; the same decision again changes nothing. A message that cannot be sent now is tried later."""
    from innkeeper.tasks.messages.approval import decide_message

    services = services_of(request)
    async with _told(caller):
        approval, message = await decide_message(
            services.hotel, approval_id, body.decision, decided_by=f"key:{caller.key_id}"
        )
    if message.status is OutboxStatus.WAITING:
        message = await _sent(services, message)
    return Decided(approval=approval, message_id=message.id, status=message.status, problem=message.problem)


async def _sent(services: Services, message: StoredMessage) -> StoredMessage:
    from innkeeper.tasks.messages.hotel import hotel_of_messages
    from innkeeper.tasks.messages.sending import open_channels, send_message

    known = await hotel_of_messages(services.hotel, services.settings.hotel_timezone)
    channels = await open_channels(services.settings, timezone=known.profile.timezone)
    return await send_message(services.hotel, channels, message.id)


@asynccontextmanager
async def _told(caller: Principal) -> AsyncIterator[None]:
    """Let managers in only, and answer what the database says about an approval as a problem."""
    from innkeeper.tasks.messages.approval import check_may_decide

    try:
        check_may_decide(caller)
        yield
    except NotAllowed as error:
        raise Problem(403, str(error)) from None
    except NotFound as error:
        raise Problem(404, str(error)) from None
    except Conflict as error:
        raise Problem(409, str(error)) from None
