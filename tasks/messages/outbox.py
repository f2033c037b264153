"""Steps on the outbox: a written message is stored once, with the question to a person where one is needed."""

import datetime as dt
import hashlib
import json
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from innkeeper.blocks.database.approvals import approval_of, request_approval
from innkeeper.blocks.database.consents import consent_of, promotions_since
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.outbox import add_message, address_hash, find_by_key
from innkeeper.blocks.settings import Settings
from innkeeper.engine.consent import PromotionRules, check_promotion
from innkeeper.schemas.errors import InputInvalid, NotAllowed
from innkeeper.schemas.messages import DraftRequest, MessageKind, WrittenMessage
from innkeeper.schemas.outbox import Approval, OutgoingMessage, StoredMessage
from innkeeper.tasks.policies import step

MESSAGE = "message"  # `Approval.subject_kind` of the outbox


class Order(NamedTuple):
    """
    Where a message goes, and since when.

    Attributes:
        idempotency_key: Two orders with one key are one message.
        created_by: As the audit log names a principal.
        window_expires_at: After it the channel takes no message to this guest.
    """

    recipient: str
    idempotency_key: str
    created_by: str
    window_expires_at: dt.datetime | None = None


class StoredDraft(NamedTuple):
    """A message of the outbox, whether it was written just now, and the question that it waits for."""

    message: StoredMessage
    is_new: bool
    approval: Approval | None = None


class PromotionPolicy(NamedTuple):
    """What a hotel allows, and by whose clock."""

    rules: PromotionRules
    zone: ZoneInfo

    @classmethod
    def of(cls, settings: Settings, timezone: str | None = None) -> "PromotionPolicy":
        """As the settings have it; `timezone` is the hotel's own, where its file names one."""
        quiet_from, _, quiet_until = settings.quiet_hours.partition("-")
        start, end = dt.time.fromisoformat(quiet_from), dt.time.fromisoformat(quiet_until)
        rules = PromotionRules(start, end, settings.promotions_per_month)
        return cls(rules, ZoneInfo(timezone) if timezone else settings.zone)


def request_hash(request: DraftRequest, recipient: str) -> str:
    """By which a repeated request is told from another one with the same key: 64 hex digits."""
    asked = {"request": request.model_dump(mode="json"), "recipient": recipient}
    text = json.dumps(asked, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def check_order(request: DraftRequest, order: Order) -> None:
    """Raise what `outgoing` will raise, before anything is written and paid."""
    _outgoing(request, order, subject="-", body="-", html="-", chat="-")


def outgoing(
    written: WrittenMessage, request: DraftRequest, order: Order, not_before: dt.datetime | None = None
) -> OutgoingMessage:
    """
    The message as it goes into the outbox.

    Raises:
        InputInvalid: The recipient is no address of the channel, or the way to unsubscribe is no link.
    """
    return _outgoing(
        request,
        order,
        subject=written.subject,
        body=written.body,
        html=written.html_body,
        chat=written.chat,
        template=f"{written.template}@{written.template_version}",
        not_before=not_before,
    )


def _outgoing(request: DraftRequest, order: Order, **texts: Any) -> OutgoingMessage:
    try:
        return OutgoingMessage(
            idempotency_key=order.idempotency_key,
            request_hash=request_hash(request, order.recipient),
            kind=request.kind,
            language=request.language,
            channel=request.channel,
            recipient=order.recipient,
            created_by=order.created_by,
            unsubscribe_url=_way_out(request),
            window_expires_at=order.window_expires_at,
            **texts,
        )
    except ValidationError as error:
        # names and rules only: the values are a guest's
        problems = [f"{'.'.join(map(str, each['loc'])) or 'message'}: {each['msg']}" for each in error.errors()]
        raise InputInvalid(f"The message cannot be sent: {'; '.join(problems)}", problems=problems) from None


def _way_out(request: DraftRequest) -> str | None:
    """The link by which a promotion says how to get no more; it may stand in the wrapper of the specification."""
    offer = request.variables.get("offer", request.variables)
    if request.kind is not MessageKind.PROMOTIONAL_OFFER or not isinstance(offer, dict):
        return None
    return offer.get("unsubscribe_url") or None


@step(run_name="find-written-message")
async def find_written(database: Database, request: DraftRequest, order: Order) -> StoredDraft | None:
    """
    The message that an earlier call wrote for the same order.

    Raises:
        Conflict: The order's key stands for another message.
    """
    async with database.reading() as session:
        found = await find_by_key(session, order.idempotency_key, request_hash(request, order.recipient))
        return None if found is None else StoredDraft(found, False, await approval_of(session, MESSAGE, found.id))


@step(run_name="store-message")
async def store_message(
    database: Database, message: OutgoingMessage, needs_approval: str | None, now: dt.datetime
) -> StoredDraft:
    """
    Write the message into the outbox, with the question to a person when `needs_approval` says why.

    Raises:
        Conflict: Its key stands for another message.
    """
    async with database.writing() as session:
        stored, is_new = await add_message(session, message, needs_approval=needs_approval is not None, now=now)
        if not is_new or needs_approval is None:
            return StoredDraft(stored, is_new, await approval_of(session, MESSAGE, stored.id))
        approval = await request_approval(
            session,
            subject_kind=MESSAGE,
            subject_id=stored.id,
            reason=needs_approval,
            requested_by=message.created_by,
            now=now,
        )
        return StoredDraft(stored, True, approval)


@step(run_name="check-promotion")
async def promotion_time(
    database: Database, request: DraftRequest, recipient: str, policy: PromotionPolicy, now: dt.datetime
) -> dt.datetime | None:
    """
    When a promotion may go out, where that is later than now; every other message may go at once.

    Raises:
        NotAllowed: No consent, or too many promotions already.
    """
    if request.kind is not MessageKind.PROMOTIONAL_OFFER:
        return None
    address = address_hash(request.channel, recipient)
    async with database.reading() as session:
        verdict = check_promotion(
            has_consent=await consent_of(session, address),
            sent_at=await promotions_since(session, address, now - dt.timedelta(days=policy.rules.days)),
            now=now,
            zone=policy.zone,
            rules=policy.rules,
        )
    if verdict.refused:
        raise NotAllowed(f"The promotion was not written: {verdict.refused}.")
    return verdict.not_before
