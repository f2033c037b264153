"""A mail server as a Prefect block."""

import asyncio
import ipaddress
import smtplib
import ssl
from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Literal, Self
from urllib.parse import unquote, urlsplit

from prefect.blocks.core import Block
from pydantic import Field, HttpUrl, SecretStr, field_validator, model_validator

from innkeeper.blocks.channels.mail import email_of, message_id, sender_of
from innkeeper.blocks.settings import Settings
from innkeeper.schemas.errors import InnkeeperError, InputInvalid, NotConfigured, ServiceUnavailable
from innkeeper.schemas.outbox import OutboxStatus, Receipt, StoredMessage

TlsMode = Literal["starttls", "tls", "none"]
_MODES: dict[str, tuple[TlsMode, int]] = {"smtp": ("starttls", 587), "smtps": ("tls", 465), "smtp+plain": ("none", 25)}
_WHOLE_S = 4  # times `timeout_s`: connection, greeting, log-in and message each have it to themselves


class SmtpServer(Block):
    """
    A mail server that takes e-mails from the hotel.

    Attributes:
        host: Name of the server.
        port: 587 for STARTTLS, 465 for TLS.
        tls: How the connection is encrypted; a password goes over an open one to this machine only.
        user: For the log-in; none without one.
        password: For the log-in.
        from_address: Whom guests see as sender: "Hotel Paradise <stay@hotel.example>".
        timeout_s: Seconds without any answer.

    Example:
        Load the block and send a message of the outbox:
        ```python
        from innkeeper.blocks.channels.smtp import SmtpServer

        server = SmtpServer.load("BLOCK_NAME")
        receipt = await server.send(message)
        ```
    """

    _block_type_name = "Hotel SMTP Server"
    _block_type_slug = "hotel-smtp-server"
    _documentation_url = HttpUrl("https://docs.python.org/3/library/smtplib.html")

    host: str = Field(min_length=1, description="Name of the server: smtp.example.com.")
    port: int = Field(default=587, ge=1, le=65_535, description="587 for STARTTLS, 465 for TLS.")
    tls: TlsMode = Field(default="starttls", description="How the connection is encrypted.")
    user: str | None = Field(default=None, description="For the log-in, where the server asks for one.")
    password: SecretStr | None = Field(default=None, description="For the log-in.")
    from_address: str = Field(description="Whom guests see as sender: Hotel Paradise <stay@hotel.example>.")
    timeout_s: float = Field(default=15.0, gt=0, le=120, description="Seconds without any answer.")

    @field_validator("from_address")
    @classmethod
    def _a_sender(cls, text: str) -> str:
        try:
            sender_of(text)
        except NotConfigured:
            raise ValueError("must be an address, or a name and an address in <>") from None
        return text

    @model_validator(mode="after")
    def _no_open_password(self) -> Self:
        if self.tls == "none" and self.user is not None and not _is_this_machine(self.host):
            raise ValueError("a password must not go over an open connection; set tls to starttls or tls")
        return self

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """
        The server that the settings name; none when they name none.

        Raises:
            NotConfigured: The address has no host, or no sender is set.
        """
        if settings.smtp_url is None:
            return None
        url = urlsplit(settings.smtp_url)
        tls, port = _MODES[url.scheme]
        if settings.mail_from is None or not url.hostname:
            raise NotConfigured("set INNKEEPER_SMTP_URL with a host, and INNKEEPER_MAIL_FROM to whom e-mails come from")
        try:
            return cls(
                host=url.hostname,
                port=url.port or port,
                tls=tls,
                user=unquote(url.username) if url.username else None,
                password=SecretStr(unquote(url.password)) if url.password else None,
                from_address=settings.mail_from,
            )
        except ValueError:  # its text would repeat the address
            raise NotConfigured(
                "INNKEEPER_SMTP_URL or INNKEEPER_MAIL_FROM cannot be used: a password needs smtp:// or smtps://,"
                " and the sender looks like 'Hotel <stay@hotel.example>'"
            ) from None

    @property
    def sender(self) -> Address:
        """`from_address`, read."""
        return sender_of(self.from_address)

    async def send(self, message: StoredMessage) -> Receipt:
        """
        Hand the message over; the server has it when this returns.

        Raises:
            ServiceUnavailable: No connection, no answer in time, or the server says "later" (4xx).
            NotConfigured: It refuses the log-in, the sender or the encryption.
            InputInvalid: It refuses the recipient or the message (5xx).
        """
        await self.send_mail(email_of(message, self.sender), [message.recipient])
        return Receipt(status=OutboxStatus.SENT, provider_id=message_id(message, self.sender))

    async def send_mail(self, mail: EmailMessage, recipients: Sequence[str]) -> None:
        """Hand any e-mail over, with the errors of `send`; it is refused only when none of `recipients` is taken."""
        try:
            async with asyncio.timeout(self.timeout_s * _WHOLE_S):
                await asyncio.to_thread(self._deliver, mail, recipients)
        except (OSError, smtplib.SMTPException, TimeoutError) as error:
            raise _told(error) from None  # the cause shows the address of the guest, or the server's log-in

    def _deliver(self, mail: EmailMessage, recipients: Sequence[str]) -> None:
        client = self._connected()
        try:
            if self.tls == "starttls":
                client.starttls(context=ssl.create_default_context())
            if self.user is not None:
                client.login(self.user, self.password.get_secret_value() if self.password else "")
            client.send_message(mail, self.sender.addr_spec, list(recipients))
        except BaseException:
            client.close()  # without a QUIT, which could hang
            raise
        try:
            client.quit()
        except (OSError, smtplib.SMTPException):
            client.close()  # the message is delivered all the same

    def _connected(self) -> smtplib.SMTP:
        if self.tls == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout_s, context=context)
        return smtplib.SMTP(self.host, self.port, timeout=self.timeout_s)


def _told(error: Exception) -> InnkeeperError:
    """What a fault of `smtplib` means to whom it concerns."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return NotConfigured("the mail server's certificate cannot be verified; check its host name")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = max((code for code, _ in error.recipients.values()), default=550)
        return _by_code(code, InputInvalid(f"the mail server refuses the recipient ({code})"))
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return _by_code(error.smtp_code, NotConfigured(f"the mail server refuses the log-in ({error.smtp_code})"))
    if isinstance(error, smtplib.SMTPSenderRefused):
        return _by_code(error.smtp_code, NotConfigured(f"the mail server refuses the sender ({error.smtp_code})"))
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return NotConfigured("the mail server does not offer this encryption or log-in; check tls, user and port")
    if isinstance(error, smtplib.SMTPDataError):
        return _by_code(error.smtp_code, InputInvalid(f"the mail server refuses the message ({error.smtp_code})"))
    return ServiceUnavailable(f"the mail server does not answer as it should ({type(error).__name__}); is it running?")


def _by_code(code: int, permanent: InnkeeperError) -> InnkeeperError:
    return ServiceUnavailable(f"the mail server says to try again later ({code})") if 400 <= code < 500 else permanent


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
