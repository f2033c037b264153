"""A real SMTP server and a chat service on 127.0.0.1, and messages for them."""

import asyncio
import datetime as dt
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from innkeeper.blocks.channels.files import MessageFolder
from innkeeper.blocks.channels.smtp import SmtpServer
from innkeeper.blocks.settings import Settings
from innkeeper.schemas.messages import MessageChannel, MessageKind
from innkeeper.schemas.outbox import OutgoingMessage
from innkeeper.tasks.messages.outbox import PromotionPolicy
from innkeeper.tasks.messages.sending import Channel, Channels

_numbers = itertools.count(1)
NEVER_QUIET = "00:00-00:00"


class Mailbox:
    """Takes e-mails, or answers `replies` first."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.to: list[str] = []
        self.replies: list[str] = []
        self.port = 0

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's
        if self.replies:
            return self.replies.pop(0)
        content = cast(bytes, envelope.content)
        self.mails.append(message_from_bytes(content, policy=POLICY))
        self.to += envelope.rcpt_tos
        return "250 OK"

    async def handle_RCPT(  # noqa: N802  aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.startswith("nobody"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"


@asynccontextmanager
async def smtp_server(mailbox: Mailbox, password: str | None = None) -> AsyncIterator[SmtpServer]:
    """The block of a running server; with a password it asks for a log-in."""

    def authenticated(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        is_right = isinstance(given, LoginPassword) and given.password.decode() == password
        return AuthResult(success=is_right, handled=False)

    asks: dict[str, Any] = {"authenticator": authenticated, "auth_required": True, "auth_require_tls": False}
    more = asks if password is not None else {}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(mailbox, hostname="localhost", **more), "127.0.0.1", 0)
    mailbox.port = server.sockets[0].getsockname()[1]
    try:
        yield block_at(mailbox.port)
    finally:
        server.close()


def block_at(port: int, **more: Any) -> SmtpServer:
    """A block of a server on this machine."""
    return SmtpServer(
        host="127.0.0.1", port=port, tls="none", from_address="Hotel Thiên Đường <stay@hotel.example>", **more
    )


def message(**more: Any) -> OutgoingMessage:
    """A Vietnamese confirmation, with a key of its own."""
    values: dict[str, Any] = {
        "idempotency_key": f"key-{next(_numbers)}",
        "request_hash": "0" * 64,
        "kind": MessageKind.BOOKING_CONFIRMATION,
        "language": "vi",
        "channel": MessageChannel.EMAIL,
        "recipient": "nguyet@example.com",
        "subject": "Xác nhận đặt phòng – Hotel Thiên Đường",
        "body": "Kính gửi Quý khách Nguyệt,\n\nMã xác nhận: BK-77\n",
        "html": "<!doctype html><html><body><p>Kính gửi Quý khách Nguyệt,</p><p>Mã xác nhận: BK-77</p></body></html>",
        "chat": "Đặt phòng BK-77 đã được xác nhận.",
        "created_by": "key:3",
    }
    return OutgoingMessage.model_validate(values | more)


def channels(email: Channel, chat: Channel | None = None, *, settings: Settings, **more: Any) -> Channels:
    """Channels whose promotions go out at any hour, unless told otherwise."""
    quiet = {"quiet_hours": NEVER_QUIET, **more}
    known = Settings.model_validate(settings.model_dump() | quiet)
    return Channels(email, chat or MessageFolder.of(settings), PromotionPolicy.of(known))


def later(**time: float) -> Callable[[], dt.datetime]:
    """A time after now."""
    return lambda: dt.datetime.now(dt.UTC) + dt.timedelta(**time)
