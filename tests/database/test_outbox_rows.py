"""Outbox, approvals and consents on both databases: what many do at once happens once."""

import asyncio
import datetime as dt

import pytest
from tests.messages.outgoing import message

from innkeeper.blocks.database import outbox
from innkeeper.blocks.database.approvals import approval_of, decide, list_approvals, request_approval
from innkeeper.blocks.database.consents import consent_of, promotions_since, record_consent
from innkeeper.blocks.database.engine import Database
from innkeeper.schemas.errors import Conflict
from innkeeper.schemas.messages import MessageChannel, MessageKind
from innkeeper.schemas.outbox import Decision, OutboxStatus, OutgoingMessage, Receipt, StoredMessage

NOW = dt.datetime(2026, 1, 17, 12, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(minutes=5)
HASH = outbox.address_hash(MessageChannel.EMAIL, "nguyet@example.com")


async def add(database: Database, entry: OutgoingMessage, *, needs_approval: bool = False) -> StoredMessage:
    async with database.writing() as session:
        return (await outbox.add_message(session, entry, needs_approval=needs_approval, now=NOW))[0]


async def claim(database: Database, message_id: str, holder: str, now: dt.datetime = NOW) -> StoredMessage | None:
    async with database.writing() as session:
        return await outbox.claim_message(session, message_id, holder, now=now, until=now + dt.timedelta(minutes=5))


async def test_writers_of_one_key_at_once_write_one_row_with_all_of_its_fields(database: Database) -> None:
    entry = message(idempotency_key="k", window_expires_at=LATER, unsubscribe_url="https://hotel.example/stop")
    found = await asyncio.gather(*(add(database, entry) for _ in range(6)))
    assert len({each.id for each in found}) == 1
    assert found[0].model_dump(include=set(OutgoingMessage.model_fields)) == entry.model_dump()


async def test_a_key_that_stands_for_another_request_is_a_conflict(database: Database) -> None:
    await add(database, message(idempotency_key="k"))
    with pytest.raises(Conflict, match="another message"):
        await add(database, message(idempotency_key="k", request_hash="1" * 64))


async def test_of_many_senders_at_once_one_has_the_message(database: Database) -> None:
    entry = await add(database, message())
    found = await asyncio.gather(*(claim(database, entry.id, f"sender-{n}") for n in range(6)))
    assert sum(each is not None for each in found) == 1


async def test_an_abandoned_message_changes_hands_and_the_first_sender_cannot_touch_it(database: Database) -> None:
    entry = await add(database, message())
    assert await claim(database, entry.id, "first") is not None
    async with database.reading() as session:
        assert await outbox.due_messages(session, LATER - dt.timedelta(seconds=1), 10) == []
        assert list(await outbox.due_messages(session, LATER, 10)) == [entry.id]
    second = await claim(database, entry.id, "second", LATER)
    assert second is not None
    assert second.attempts == 2
    async with database.writing() as session:
        assert not await outbox.renew_lease(session, entry.id, "first", LATER)
        await outbox.give_up(session, entry.id, "first", "too late")
        assert (await outbox.find_message(session, entry.id)).status is OutboxStatus.SENDING
        assert await outbox.renew_lease(session, entry.id, "second", LATER)
        await outbox.put_back(session, entry.id, "second", next_attempt_at=LATER, problem="x" * 900)
        found = await outbox.find_message(session, entry.id)
    assert (found.status, len(found.problem or "")) == (OutboxStatus.WAITING, 300)


async def test_an_approval_is_decided_once_with_its_audit_entry(database: Database) -> None:
    async with database.writing() as session:
        asked = await request_approval(
            session, subject_kind="message", subject_id="m", reason="60%", requested_by="key:3", now=NOW
        )
    async with database.writing() as session:
        decided = await decide(session, asked.id, Decision.APPROVED, decided_by="key:9", now=LATER)
    async with database.reading() as session:
        assert await approval_of(session, "message", "m") == decided
        assert await list_approvals(session) == []
        assert await list_approvals(session, decided=True) == [decided]
    assert (decided.decision, decided.decided_at) == (Decision.APPROVED, LATER)


async def test_consents_change_and_promotions_are_counted_by_address(database: Database) -> None:
    async with database.writing() as session:
        assert not await consent_of(session, HASH)
        for is_given in (True, False, True):
            await record_consent(session, HASH, is_given=is_given, recorded_by="test", now=NOW)
        assert await consent_of(session, HASH)
    for kind in (MessageKind.PROMOTIONAL_OFFER, MessageKind.PROMOTIONAL_OFFER, MessageKind.APOLOGY):
        entry = await add(database, message(kind=kind, recipient="NGUYET@example.com"))
        await claim(database, entry.id, "sender")
        async with database.writing() as session:
            receipt = Receipt(status=OutboxStatus.SENT, provider_id="x")
            await outbox.mark_delivered(session, entry.id, receipt, NOW)
    async with database.reading() as session:
        assert list(await promotions_since(session, HASH, NOW - dt.timedelta(days=30))) == [NOW, NOW]
        assert list(await promotions_since(session, HASH, LATER)) == []
