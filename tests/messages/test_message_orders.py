"""The flows' own bodies, outside a run: written, checked, stored, sent to a real mail server."""

import datetime as dt
from typing import Any

import pytest
from tests.messages.outgoing import Mailbox

from innkeeper.blocks.channels.smtp import SmtpServer
from innkeeper.blocks.database import outbox
from innkeeper.blocks.database.consents import record_consent
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.settings import Settings
from innkeeper.blocks.settings import settings as read_settings
from innkeeper.flows.send_messages import send_messages
from innkeeper.flows.write_message import write_message
from innkeeper.schemas.access import Role
from innkeeper.schemas.errors import Conflict, InputInvalid, NotAllowed, NotConfigured
from innkeeper.schemas.messages import MessageChannel, MessageKind
from innkeeper.schemas.outbox import Decision, MessageReport, OutboxStatus, SendingReport
from innkeeper.tasks.messages.approval import decide_message
from innkeeper.templates.rendering import packaged_source

BOOKING = {
    "guest_name": "Trần Thu Hà",
    "room_type": "Garden Twin",
    "check_in": "2031-03-14",
    "check_out": "2031-03-17",
    "total_amount": 5_400_000,
    "currency": "VND",
    "confirmation_number": "BK-31-0314",
}
TO = "ha@example.com"


def incident(offered: str) -> dict[str, Any]:
    compensation = {"type": "discount", "value": offered}
    return {"guest_name": "Trần Thu Hà", "type": "noise", "description": "Works", "compensation_offered": compensation}


async def written(kind: MessageKind, variables: dict[str, Any], **more: Any) -> MessageReport:
    return await write_message.fn(kind, variables, **{"recipient": TO, **more})


@pytest.fixture
def mail_server(hotel: Database, server: SmtpServer, monkeypatch: pytest.MonkeyPatch) -> SmtpServer:
    """The server as the settings name it."""
    monkeypatch.setenv("INNKEEPER_SMTP_URL", f"smtp+plain://127.0.0.1:{server.port}")
    monkeypatch.setenv("INNKEEPER_MAIL_FROM", server.from_address)
    monkeypatch.setenv("INNKEEPER_QUIET_HOURS", "00:00-00:00")
    read_settings.cache_clear()
    return server


async def test_a_confirmation_is_written_and_arrives(mail_server: SmtpServer, mailbox: Mailbox) -> None:
    report = await written(MessageKind.BOOKING_CONFIRMATION, BOOKING)
    (mail,) = mailbox.mails
    assert (report.status, report.needs_approval, report.is_new) == (OutboxStatus.SENT, None, True)
    assert mailbox.to == [TO]
    for part in mail.iter_parts():
        content = part.get_content()
        assert "BK-31-0314" in content
        assert "14/03/2031" in content
        assert "5.400.000" in content


async def test_a_report_tells_nothing_of_the_guest(mail_server: SmtpServer) -> None:
    told = (await written(MessageKind.BOOKING_CONFIRMATION, BOOKING)).model_dump_json()
    assert not [each for each in ("Hà", TO, "BK-31", "5.400.000") if each in told]


async def test_without_a_server_it_becomes_a_file(hotel: Database, settings: Settings) -> None:
    report = await written(MessageKind.BOOKING_CONFIRMATION, BOOKING, language="en")
    assert report.status is OutboxStatus.WRITTEN
    html = (settings.home / "outbox" / f"{report.message_id}.html").read_text()
    assert "March 14, 2031" in html


async def test_a_chat_message_is_the_short_form(hotel: Database, settings: Settings) -> None:
    chat = {"channel": MessageChannel.CHAT, "recipient": "zalo:77"}
    report = await written(MessageKind.BOOKING_CONFIRMATION, BOOKING, **chat)
    text = (settings.home / "outbox" / f"{report.message_id}.txt").read_text()
    assert "BK-31-0314" in text
    assert len(text) < 600


async def test_a_repeated_order_is_written_and_sent_once(mail_server: SmtpServer, mailbox: Mailbox) -> None:
    first = await written(MessageKind.BOOKING_CONFIRMATION, BOOKING, idempotency_key="stay-31")
    again = await written(MessageKind.BOOKING_CONFIRMATION, BOOKING, idempotency_key="stay-31")
    assert (again.message_id, again.is_new, again.status) == (first.message_id, False, OutboxStatus.SENT)
    assert len(mailbox.mails) == 1
    with pytest.raises(Conflict):
        await written(MessageKind.BOOKING_CONFIRMATION, BOOKING | {"room_type": "Suite"}, idempotency_key="stay-31")


async def test_an_offer_within_the_limit_of_the_role_goes_out(mail_server: SmtpServer, mailbox: Mailbox) -> None:
    report = await written(MessageKind.APOLOGY, incident("10% off the next booking"))
    assert (report.status, len(mailbox.mails)) == (OutboxStatus.SENT, 1)


@pytest.mark.parametrize("offered", ["60% off the next booking", "giảm 60% cho lần sau", "two free nights"])
async def test_an_offer_above_it_waits_for_a_manager_and_then_goes_out(
    mail_server: SmtpServer, mailbox: Mailbox, hotel: Database, offered: str
) -> None:
    report = await written(MessageKind.APOLOGY, incident(offered), requested_by="key:3")
    assert (report.status, mailbox.mails) == (OutboxStatus.APPROVAL, [])
    assert "receptionist" in (report.needs_approval or "")
    assert await send_messages.fn() == SendingReport()
    assert report.approval_id is not None
    await decide_message(hotel, report.approval_id, Decision.APPROVED, decided_by="key:9")
    assert await send_messages.fn() == SendingReport(sent=1)
    assert len(mailbox.mails) == 1


async def test_a_manager_may_offer_more(mail_server: SmtpServer, mailbox: Mailbox) -> None:
    report = await written(MessageKind.APOLOGY, incident("40% off the next booking"), role=Role.MANAGER)
    assert report.status is OutboxStatus.SENT


async def test_a_hotel_has_its_own_limits(
    mail_server: SmtpServer, mailbox: Mailbox, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = settings.home / "limits.yaml"
    own.write_text("roles: {receptionist: {percent: 5}}\nservices: {drink: [drink]}\n")
    monkeypatch.setenv("INNKEEPER_COMPENSATION", str(own))
    read_settings.cache_clear()
    report = await written(MessageKind.APOLOGY, incident("10% off the next booking"))
    assert report.status is OutboxStatus.APPROVAL


async def test_a_hotel_writes_with_its_own_template(
    hotel: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = settings.home / "own"
    (folder / "booking_confirmation").mkdir(parents=True)
    own = packaged_source("booking_confirmation", "en").replace("{% block body %}", "{% block body %}Ahoy from us!\n\n")
    (folder / "booking_confirmation" / "en.md.j2").write_text(own)
    monkeypatch.setenv("INNKEEPER_TEMPLATES_PATH", str(folder))
    read_settings.cache_clear()
    report = await written(MessageKind.BOOKING_CONFIRMATION, BOOKING, language="en")
    assert "Ahoy from us!" in (settings.home / "outbox" / f"{report.message_id}.html").read_text()


async def test_a_promotion_without_consent_is_not_even_written(mail_server: SmtpServer, hotel: Database) -> None:
    offer = {"guest_name": "Hà", "offer_title": "Xuân", "valid_until": "2031-04-30"}
    with pytest.raises(NotAllowed, match="did not agree"):
        await written(MessageKind.PROMOTIONAL_OFFER, offer)
    async with hotel.reading() as session:
        assert await outbox.list_messages(session) == []


async def test_a_promotion_with_consent_says_how_to_end_it(
    mail_server: SmtpServer, mailbox: Mailbox, hotel: Database
) -> None:
    async with hotel.writing() as session:
        key = outbox.address_hash(MessageChannel.EMAIL, TO)
        await record_consent(session, key, is_given=True, recorded_by="test", now=dt.datetime.now(dt.UTC))
    link = "https://hotel.example/stop"
    offer = {"guest_name": "Hà", "offer_title": "Xuân", "valid_until": "2031-04-30", "unsubscribe_url": link}
    assert (await written(MessageKind.PROMOTIONAL_OFFER, offer)).status is OutboxStatus.SENT
    assert mailbox.mails[0]["List-Unsubscribe"] == f"<{link}>"


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"recipient": "ha@example.com,b@example.com"}, "e-mail address"),
        ({"recipient": "a@example.com\nBcc: b@example.com"}, "recipient"),
        ({"kind": "poem"}, "kind"),
        ({"variables": {"guest_name": "Hà"}}, "room_type is missing"),
        ({"window_expires_at": "soon"}, "window_expires_at"),
        ({"idempotency_key": "two words"}, "idempotency_key"),
    ],
)
async def test_what_cannot_be_sent_is_named_and_nothing_is_stored(
    hotel: Database, wrong: dict[str, Any], place: str
) -> None:
    order = {"kind": MessageKind.BOOKING_CONFIRMATION, "variables": BOOKING, "recipient": TO, **wrong}
    with pytest.raises(InputInvalid, match=place) as caught:
        await write_message.fn(**order)
    assert "example.com" not in str(caught.value).replace("name@example.com", "")
    async with hotel.reading() as session:
        assert await outbox.list_messages(session) == []


async def test_a_server_that_cannot_be_used_is_said_before_anything_is_written(
    hotel: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INNKEEPER_SMTP_URL", "smtp://mail.example.com")
    read_settings.cache_clear()
    with pytest.raises(NotConfigured, match="MAIL_FROM"):
        await written(MessageKind.BOOKING_CONFIRMATION, BOOKING)
    async with hotel.reading() as session:
        assert await outbox.list_messages(session) == []
