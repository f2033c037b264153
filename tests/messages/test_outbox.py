"""The outbox on a real database, sent through a real mail server: once for each key, again after a failure."""

import asyncio
import datetime as dt

import pytest
from sqlalchemy import update
from tests.messages.outgoing import Mailbox, block_at, channels, message, smtp_server

from innkeeper.blocks.channels.files import MessageFolder
from innkeeper.blocks.channels.smtp import SmtpServer
from innkeeper.blocks.database import outbox
from innkeeper.blocks.database.approvals import list_approvals
from innkeeper.blocks.database.consents import record_consent
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.outbox_models import OutboxRow
from innkeeper.blocks.settings import Settings
from innkeeper.schemas.errors import Conflict, NotAllowed, NotFound
from innkeeper.schemas.messages import MessageChannel, MessageKind
from innkeeper.schemas.outbox import Decision, OutboxStatus, OutgoingMessage, Receipt, StoredMessage
from innkeeper.tasks.messages.approval import decide_message
from innkeeper.tasks.messages.outbox import store_message
from innkeeper.tasks.messages.sending import PAUSES_MINUTES, find_due, send_message, take_up

PROMOTION = MessageKind.PROMOTIONAL_OFFER


async def add(database: Database, entry: OutgoingMessage, reason: str | None = None) -> StoredMessage:
    return (await store_message.fn(database, entry, reason, dt.datetime.now(dt.UTC))).message


async def change(database: Database, message_id: str, **values: object) -> None:
    async with database.writing() as session:
        await session.execute(update(OutboxRow).where(OutboxRow.id == message_id).values(**values))


async def agree(database: Database, is_given: bool = True, recipient: str = "nguyet@example.com") -> None:
    key = outbox.address_hash(MessageChannel.EMAIL, recipient)
    async with database.writing() as session:
        now = dt.datetime.now(dt.UTC)
        await record_consent(session, key, is_given=is_given, recorded_by="test", now=now)


async def test_a_waiting_message_is_sent_once(
    database: Database, server: SmtpServer, mailbox: Mailbox, settings: Settings
) -> None:
    entry = await add(database, message())
    known = channels(server, settings=settings)
    sent = await send_message(database, known, entry.id)
    again = await send_message(database, known, entry.id)
    assert (sent.status, sent.attempts, sent.provider_id) == (OutboxStatus.SENT, 1, f"<{entry.id}@hotel.example>")
    assert again == sent
    assert len(mailbox.mails) == 1


async def test_ten_senders_at_once_send_one_email(
    database: Database, server: SmtpServer, mailbox: Mailbox, settings: Settings
) -> None:
    entry = await add(database, message())
    known = channels(server, settings=settings)
    await asyncio.gather(*(send_message(database, known, entry.id) for _ in range(10)))
    assert len(mailbox.mails) == 1


async def test_the_same_request_with_the_same_key_is_the_first_message(database: Database) -> None:
    first = await add(database, message(idempotency_key="k"))
    second = await add(database, message(idempotency_key="k", body="in other words"))
    assert (second.id, second.body) == (first.id, first.body)
    with pytest.raises(Conflict, match="another message"):
        await add(database, message(idempotency_key="k", request_hash="1" * 64))


async def test_writers_of_one_key_at_once_write_one_message(database: Database) -> None:
    found = await asyncio.gather(*(add(database, message(idempotency_key="k")) for _ in range(8)))
    assert len({each.id for each in found}) == 1


async def test_a_failure_that_passes_lets_the_message_wait_and_then_it_is_sent(
    database: Database, server: SmtpServer, mailbox: Mailbox, settings: Settings
) -> None:
    mailbox.replies = ["451 greylisted"]
    entry = await add(database, message())
    known = channels(server, settings=settings)
    waiting = await send_message(database, known, entry.id)
    assert (waiting.status, waiting.attempts) == (OutboxStatus.WAITING, 1)
    assert "451" in (waiting.problem or "")
    assert waiting.next_attempt_at > dt.datetime.now(dt.UTC)
    assert await find_due.fn(database, 10) == []
    await change(database, entry.id, next_attempt_at=dt.datetime.now(dt.UTC))
    assert await find_due.fn(database, 10) == [entry.id]
    sent = await send_message(database, known, entry.id)
    assert (sent.status, sent.attempts, sent.problem) == (OutboxStatus.SENT, 2, None)


async def test_a_refusal_for_good_ends_it(
    database: Database, server: SmtpServer, mailbox: Mailbox, settings: Settings
) -> None:
    entry = await add(database, message(recipient="nobody@example.com"))
    failed = await send_message(database, channels(server, settings=settings), entry.id)
    assert failed.status is OutboxStatus.FAILED
    assert "550" in (failed.problem or "")
    assert mailbox.mails == []


async def test_attempts_end_after_a_day(database: Database, mailbox: Mailbox, settings: Settings) -> None:
    async with smtp_server(mailbox):
        pass  # nobody listens there any more
    entry = await add(database, message())
    known = channels(block_at(mailbox.port), settings=settings)
    found = entry
    for _ in range(len(PAUSES_MINUTES) + 1):
        assert found.status is OutboxStatus.WAITING
        await change(database, entry.id, next_attempt_at=dt.datetime.now(dt.UTC))
        found = await send_message(database, known, entry.id)
    assert (found.status, found.attempts) == (OutboxStatus.FAILED, len(PAUSES_MINUTES) + 1)


async def test_what_a_killed_sender_left_is_taken_up_after_its_lease(
    database: Database, server: SmtpServer, mailbox: Mailbox, settings: Settings
) -> None:
    entry = await add(database, message())
    known = channels(server, settings=settings)
    assert await take_up.fn(database, known.promotions, entry.id, "the-killed-one") is not None
    assert await find_due.fn(database, 10) == []
    assert (await send_message(database, known, entry.id)).status is OutboxStatus.SENDING
    await change(database, entry.id, lease_until=dt.datetime.now(dt.UTC))
    assert await find_due.fn(database, 10) == [entry.id]
    assert (await send_message(database, known, entry.id)).status is OutboxStatus.SENT
    assert len(mailbox.mails) == 1


class LosesItsLease:
    """Sends slowly: meanwhile another sender takes the message up, and sends it."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def send(self, message: StoredMessage) -> Receipt:
        await change(self.database, message.id, lease_holder="another", lease_until=dt.datetime.now(dt.UTC))
        return Receipt(status=OutboxStatus.SENT, provider_id="late")


async def test_a_message_that_went_out_counts_as_sent_whoever_sent_it(database: Database, settings: Settings) -> None:
    entry = await add(database, message())
    known = channels(LosesItsLease(database), settings=settings)
    assert (await send_message(database, known, entry.id)).status is OutboxStatus.SENT


async def test_a_closed_window_of_the_channel_ends_it(database: Database, settings: Settings) -> None:
    past = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    entry = await add(database, message(channel=MessageChannel.CHAT, recipient="zalo:1", window_expires_at=past))
    found = await send_message(database, channels(MessageFolder.of(settings), settings=settings), entry.id)
    assert found.status is OutboxStatus.FAILED
    assert "window" in (found.problem or "")


async def test_an_approved_message_goes_and_a_rejected_one_never(
    database: Database, server: SmtpServer, mailbox: Mailbox, settings: Settings
) -> None:
    known = channels(server, settings=settings)
    yes, no = [await add(database, message(), "above the limit") for _ in range(2)]
    assert (await send_message(database, known, yes.id)).status is OutboxStatus.APPROVAL
    async with database.reading() as session:
        first, second = await list_approvals(session)
    _, released = await decide_message(database, first.id, Decision.APPROVED, decided_by="key:9")
    _, rejected = await decide_message(database, second.id, Decision.REJECTED, decided_by="key:9")
    assert (released.status, rejected.status) == (OutboxStatus.WAITING, OutboxStatus.REJECTED)
    assert (await send_message(database, known, yes.id)).status is OutboxStatus.SENT
    assert (await send_message(database, known, no.id)).status is OutboxStatus.REJECTED
    assert len(mailbox.mails) == 1
    async with database.reading() as session:
        assert await list_approvals(session) == []


async def test_a_decision_stands_and_nobody_decides_about_the_own_message(database: Database) -> None:
    await add(database, message(), "above the limit")
    with pytest.raises(NotAllowed, match="another person"):
        await decide_message(database, 1, Decision.APPROVED, decided_by="key:3")
    first, _ = await decide_message(database, 1, Decision.APPROVED, decided_by="key:9")
    again, _ = await decide_message(database, 1, Decision.APPROVED, decided_by="key:8")
    assert again == first
    with pytest.raises(Conflict, match="already approved, by key:9"):
        await decide_message(database, 1, Decision.REJECTED, decided_by="key:8")
    with pytest.raises(NotFound, match="no approval 2"):
        await decide_message(database, 2, Decision.REJECTED, decided_by="key:8")


async def test_managers_who_disagree_at_once_have_one_decision(database: Database) -> None:
    await add(database, message(), "above the limit")
    both = (
        decide_message(database, 1, Decision.APPROVED, decided_by="key:8"),
        decide_message(database, 1, Decision.REJECTED, decided_by="key:9"),
    )
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcomes) == ["Conflict", "tuple"]


async def test_a_promotion_needs_consent_when_it_is_sent(
    database: Database, server: SmtpServer, mailbox: Mailbox, settings: Settings
) -> None:
    known = channels(server, settings=settings)
    without = await send_message(database, known, (await add(database, message(kind=PROMOTION))).id)
    assert (without.status, "did not agree" in (without.problem or "")) == (OutboxStatus.FAILED, True)
    await agree(database)
    assert (await send_message(database, known, (await add(database, message(kind=PROMOTION))).id)).status == "sent"
    await agree(database, is_given=False)
    withdrawn = await send_message(database, known, (await add(database, message(kind=PROMOTION))).id)
    assert withdrawn.status is OutboxStatus.FAILED
    assert len(mailbox.mails) == 1


async def test_promotions_to_one_guest_are_counted_also_when_many_are_sent_at_once(
    database: Database, server: SmtpServer, mailbox: Mailbox, settings: Settings
) -> None:
    await agree(database)
    known = channels(server, settings=settings, promotions_per_month=2)
    same = ["nguyet@example.com", "NGUYET@example.com"]  # one mailbox
    waiting = [await add(database, message(kind=PROMOTION, recipient=same[n % 2])) for n in range(5)]
    found = await asyncio.gather(*(send_message(database, known, each.id) for each in waiting))
    assert sorted(each.status.value for each in found) == ["failed"] * 3 + ["sent"] * 2
    assert len(mailbox.mails) == 2


async def test_a_promotion_waits_for_the_end_of_the_quiet_hours(
    database: Database, server: SmtpServer, mailbox: Mailbox, settings: Settings
) -> None:
    await agree(database)
    local = dt.datetime.now(settings.zone)
    quiet = f"{local - dt.timedelta(hours=1):%H:%M}-{local + dt.timedelta(hours=1):%H:%M}"
    entry = await add(database, message(kind=PROMOTION))
    found = await send_message(database, channels(server, settings=settings, quiet_hours=quiet), entry.id)
    assert (found.status, found.attempts, mailbox.mails) == (OutboxStatus.WAITING, 0, [])
    wait = found.next_attempt_at - dt.datetime.now(dt.UTC)
    assert dt.timedelta(minutes=58) < wait <= dt.timedelta(hours=1)


async def test_an_erased_guest_leaves_no_words_and_gets_nothing_more(
    database: Database, server: SmtpServer, mailbox: Mailbox, settings: Settings
) -> None:
    sent, waiting = [await add(database, message()) for _ in range(2)]
    known = channels(server, settings=settings)
    await send_message(database, known, sent.id)
    async with database.writing() as session:
        assert await outbox.forget_recipient(session, MessageChannel.EMAIL, "Nguyet@Example.com") == 2
    async with database.reading() as session:
        left = await outbox.list_messages(session)
    assert not any("Nguyệt" in each.model_dump_json() or "nguyet" in each.model_dump_json() for each in left)
    assert (await send_message(database, known, waiting.id)).status is OutboxStatus.REJECTED
    assert len(mailbox.mails) == 1
