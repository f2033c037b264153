"""Channels against real servers: what arrives, what is signed, and what each refusal means."""

import base64
import hashlib
import hmac
import json
from email.message import EmailMessage
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from prefect.blocks.core import Block
from prefect.testing.standard_test_suites.blocks import BlockStandardTestSuite
from pydantic import SecretStr, ValidationError
from tests.messages.outgoing import Mailbox, block_at, message, smtp_server
from tests.services.loopback import HANG, RESET, reply, running, scripted

from innkeeper.blocks.channels.chat import ChatService
from innkeeper.blocks.channels.files import MessageFolder
from innkeeper.blocks.channels.smtp import SmtpServer
from innkeeper.blocks.settings import Settings
from innkeeper.schemas.errors import InnkeeperError, InputInvalid, NotConfigured, ServiceUnavailable
from innkeeper.schemas.messages import MessageChannel, MessageKind
from innkeeper.schemas.outbox import OutboxStatus, StoredMessage

SLUGS: dict[type[Block], str] = {SmtpServer: "hotel-smtp-server", ChatService: "hotel-chat-service"}


@pytest.mark.parametrize("kind", SLUGS, ids=lambda kind: kind.__name__)
class TestBlocks(BlockStandardTestSuite):
    @pytest.fixture
    def block(self, kind: type[Block]) -> type[Block]:
        return kind

    def test_has_a_valid_image(self, block: type[Block]) -> None:
        assert block._logo_url is None  # it would be fetched from somebody else's server

    def test_the_slug_never_changes(self, kind: type[Block]) -> None:
        assert kind.get_block_type_slug() == SLUGS[kind]


def stored(**more: object) -> StoredMessage:
    row = {
        "id": "msg_abc",
        "status": "sending",
        "attempts": 1,
        "next_attempt_at": "2026-01-17T10:00:00Z",
        "created_at": "2026-01-17T09:59:00Z",
    }
    return StoredMessage.model_validate(message(**more).model_dump() | row)


def parts(mail: EmailMessage) -> dict[str, str]:
    return {part.get_content_type(): part.get_content() for part in mail.iter_parts()}


async def test_an_email_arrives_with_both_parts_and_its_headers(server: SmtpServer, mailbox: Mailbox) -> None:
    sent = stored()
    receipt = await server.send(sent)
    (mail,) = mailbox.mails
    assert mailbox.to == ["nguyet@example.com"]
    assert mail.get_content_type() == "multipart/alternative"
    assert parts(mail)["text/plain"].replace("\r\n", "\n") == sent.body
    assert parts(mail)["text/html"].strip() == sent.html
    assert mail["Subject"] == "Xác nhận đặt phòng – Hotel Thiên Đường"
    assert mail["From"] == "Hotel Thiên Đường <stay@hotel.example>"
    assert mail["Message-ID"] == "<msg_abc@hotel.example>" == receipt.provider_id
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "vi"
    assert mail["List-Unsubscribe"] is None
    assert receipt.status is OutboxStatus.SENT


@pytest.mark.parametrize(
    ("url", "header", "post"),
    [
        (None, "<mailto:stay@hotel.example?subject=unsubscribe>", None),
        ("https://hotel.example/stop?x=1", "<https://hotel.example/stop?x=1>", "List-Unsubscribe=One-Click"),
    ],
)
async def test_a_promotion_says_how_to_get_no_more(
    server: SmtpServer, mailbox: Mailbox, url: str | None, header: str, post: str | None
) -> None:
    await server.send(stored(kind=MessageKind.PROMOTIONAL_OFFER, unsubscribe_url=url))
    assert mailbox.mails[0]["List-Unsubscribe"] == header
    assert mailbox.mails[0]["List-Unsubscribe-Post"] == post


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": "Hello\r\nBcc: all@example.com"},
        {"recipient": "a@example.com\r\nBcc: b@example.com"},
        {"recipient": "a@example.com,b@example.com"},
        {"recipient": "Guest <a@example.com>"},
        {"unsubscribe_url": "https://x.example/>\r\nBcc: b@example.com"},
        {"unsubscribe_url": "javascript:alert(1)"},
    ],
)
def test_no_value_can_become_a_header(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        message(**wrong)


@pytest.mark.parametrize(
    ("answer", "error"), [("451 greylisted", ServiceUnavailable), ("554 looks like spam", InputInvalid)]
)
async def test_a_server_that_refuses_says_whether_it_may_be_tried_again(
    server: SmtpServer, mailbox: Mailbox, answer: str, error: type[InnkeeperError]
) -> None:
    mailbox.replies = [answer]
    with pytest.raises(error, match=answer[:3]):
        await server.send(stored())


async def test_a_recipient_that_does_not_exist_is_not_named_in_the_error(server: SmtpServer) -> None:
    with pytest.raises(InputInvalid, match="550") as caught:
        await server.send(stored(recipient="nobody@example.com"))
    assert "nobody" not in str(caught.value)


async def test_a_log_in_is_asked_for_and_a_wrong_one_refused(mailbox: Mailbox) -> None:
    async with smtp_server(mailbox, password="s3cret-word"):
        await block_at(mailbox.port, user="hotel", password=SecretStr("s3cret-word")).send(stored())
        with pytest.raises(NotConfigured, match="535") as caught:
            await block_at(mailbox.port, user="hotel", password=SecretStr("other-word")).send(stored())
    assert len(mailbox.mails) == 1
    assert "word" not in str(caught.value)


async def test_a_server_that_is_down_may_be_tried_again(mailbox: Mailbox) -> None:
    async with smtp_server(mailbox):
        pass
    with pytest.raises(ServiceUnavailable, match="is it running"):
        await block_at(mailbox.port).send(stored())


async def test_a_server_without_encryption_is_told_apart(server: SmtpServer, mailbox: Mailbox) -> None:
    with pytest.raises(NotConfigured, match="encryption"):
        await server.model_copy(update={"tls": "starttls"}).send(stored())
    assert mailbox.mails == []


async def test_a_server_that_hangs_is_given_up(mailbox: Mailbox) -> None:
    async with scripted(HANG) as script:
        block = block_at(int(script.url.rpartition(":")[2]), timeout_s=0.2)
        with pytest.raises(ServiceUnavailable):
            await block.send(stored())


def test_a_password_never_goes_over_an_open_connection() -> None:
    with pytest.raises(ValidationError, match="open connection"):
        SmtpServer(host="mail.example.com", tls="none", user="a", password=SecretStr("b"), from_address="a@example.com")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://user:p%40ss@mail.example.com", ("mail.example.com", 587, "starttls", "user", "p@ss")),
        ("smtps://mail.example.com", ("mail.example.com", 465, "tls", None, None)),
        ("smtp+plain://localhost:2525", ("localhost", 2525, "none", None, None)),
    ],
)
def test_the_server_of_the_settings(url: str, expected: tuple[object, ...]) -> None:
    block = SmtpServer.of(Settings(smtp_url=url, mail_from="stay@hotel.example"))
    assert block is not None
    password = block.password.get_secret_value() if block.password else None
    assert (block.host, block.port, block.tls, block.user, password) == expected


@pytest.mark.parametrize("sender", [None, "nonsense", "a@example.com\nBcc: b@example.com"])
def test_a_server_without_a_sender_is_refused_without_its_password(sender: str | None) -> None:
    with pytest.raises(NotConfigured, match="MAIL_FROM") as caught:
        SmtpServer.of(Settings(smtp_url="smtp://u:hunter2@mail.example.com", mail_from=sender))
    assert "hunter2" not in str(caught.value)


def chat(url: str, **more: float) -> ChatService:
    return ChatService(url=f"{url}/messages", secret=SecretStr("chat-key"), **more)


async def test_a_chat_message_is_signed_over_what_it_says() -> None:
    seen: list[tuple[dict[str, str], bytes]] = []

    def bridge() -> FastAPI:
        app = FastAPI()

        @app.post("/messages", status_code=202)
        async def take(request: Request) -> dict[str, int]:
            seen.append((dict(request.headers), await request.body()))
            return {"id": 4711}

        return app

    async with running(bridge) as url:
        receipt = await chat(url).send(stored(channel=MessageChannel.CHAT, recipient="zalo:123"))
    ((headers, body),) = seen
    signed = f"msg_abc.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.digest(b"chat-key", signed, hashlib.sha256)
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    assert headers["webhook-id"] == "msg_abc"
    assert json.loads(body) == {
        "id": "msg_abc",
        "to": "zalo:123",
        "text": "Đặt phòng BK-77 đã được xác nhận.",
        "kind": "booking_confirmation",
        "language": "vi",
    }
    assert receipt.provider_id == "4711"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (reply(429, retry_after="7"), ServiceUnavailable),
        (reply(500), ServiceUnavailable),
        (RESET, ServiceUnavailable),
        (HANG, ServiceUnavailable),
        (reply(401), NotConfigured),
        (reply(302, location="http://elsewhere"), NotConfigured),
        (reply(400), InputInvalid),
    ],
    ids=["429", "500", "reset", "hang", "401", "302", "400"],
)
async def test_a_chat_service_that_refuses_says_what_to_do(answer: bytes, error: type[InnkeeperError]) -> None:
    async with scripted(answer) as script:
        with pytest.raises(error) as caught:
            await chat(script.url, timeout_s=0.3 if answer == HANG else 30).send(
                stored(channel=MessageChannel.CHAT, recipient="1")
            )
    if b"retry-after" in answer:
        assert getattr(caught.value, "retry_after_s", None) == 7


async def test_without_a_server_messages_become_files_that_a_person_can_open(settings: Settings) -> None:
    folder = MessageFolder.of(settings)
    receipt = await folder.send(stored())
    await folder.send(stored())
    await folder.send(stored(channel=MessageChannel.CHAT, recipient="1"))
    assert receipt.status is OutboxStatus.WRITTEN
    assert sorted(each.name for each in folder.path.iterdir()) == ["msg_abc.eml", "msg_abc.html", "msg_abc.txt"]
    assert (folder.path / "msg_abc.html").read_text() == stored().html
    assert b"Message-ID: <msg_abc@localhost.invalid>" in (folder.path / "msg_abc.eml").read_bytes()
    assert (folder.path / "msg_abc.html").stat().st_mode & 0o077 == 0


async def test_a_folder_that_cannot_be_written_is_named(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("in the way")
    with pytest.raises(NotConfigured, match="INNKEEPER_HOME"):
        await MessageFolder.of(settings).send(stored())
