"""Alerts by e-mail, as a Prefect block: those of one incident are one thread."""

import re
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Self

from prefect.blocks.core import Block
from pydantic import Field, HttpUrl, field_validator

from innkeeper.blocks.alerts.texts import EVENT_WORDS, SEVERITY_WORDS, one_line, visible
from innkeeper.blocks.channels.smtp import SmtpServer
from innkeeper.blocks.settings import Settings
from innkeeper.schemas.errors import InputInvalid, NotConfigured
from innkeeper.schemas.incidents import Alert, AlertEvent
from innkeeper.schemas.outbox import is_email

_TOKEN = re.compile(r"[^A-Za-z0-9-]")
_MAX_RECIPIENTS = 20


class EmailAlerts(Block):
    """
    People who get alerts by e-mail.

    The e-mails of one incident have one subject and refer to its first, so that every program shows a thread. An
    e-mail that is sent again has the same Message-ID.

    Attributes:
        server: The mail server that takes them.
        recipients: 1 to 20 addresses.

    Example:
        Load the block and send an alert:
        ```python
        from innkeeper.blocks.alerts.email import EmailAlerts

        mail = EmailAlerts.load("BLOCK_NAME")
        receipt = await mail.send(alert)
        ```
    """

    _block_type_name = "Hotel Email Alerts"
    _block_type_slug = "hotel-email-alerts"
    _documentation_url = HttpUrl("https://docs.python.org/3/library/email.message.html")

    server: SmtpServer = Field(description="The mail server that takes them.")
    recipients: list[str] = Field(min_length=1, max_length=_MAX_RECIPIENTS, description="Who gets every alert.")

    @field_validator("recipients")
    @classmethod
    def _addresses(cls, recipients: list[str]) -> list[str]:
        for each in recipients:
            if not is_email(each):
                raise ValueError(f"{each!r} is no e-mail address")
        return recipients

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """
        The people that the settings name; none when they name none.

        Raises:
            NotConfigured: There is no mail server, or an address is none.
        """
        if settings.alert_email is None:
            return None
        server = SmtpServer.of(settings)
        if server is None:
            raise NotConfigured("INNKEEPER_ALERT_EMAIL is set, but not INNKEEPER_SMTP_URL, the server that sends it")
        people = [each.strip() for each in settings.alert_email.split(",") if each.strip()]
        try:
            return cls(server=server, recipients=people)
        except ValueError:
            raise NotConfigured(
                f"INNKEEPER_ALERT_EMAIL takes 1 to {_MAX_RECIPIENTS} addresses with commas between them"
            ) from None

    async def send(self, alert: Alert) -> str:
        """
        Hand the e-mail over; the server has it when this returns.

        Returns:
            Its Message-ID.

        Raises:
            ServiceUnavailable: No connection, no answer in time, or the server says "later" (4xx).
            NotConfigured: It refuses the log-in, the sender or the encryption.
            InputInvalid: It refuses every recipient, or the e-mail (5xx).
        """
        mail = mail_of(alert, self.server.sender, self.recipients)
        await self.server.send_mail(mail, self.recipients)
        return str(mail["Message-ID"])


def mail_of(alert: Alert, sender: Address, recipients: list[str]) -> EmailMessage:
    """The same e-mail for every sending of an alert. Raises `InputInvalid` when a value does not fit a header."""
    incident = _TOKEN.sub("-", alert.incident_id)
    first = f"<{incident}@{sender.domain}>"
    is_first = alert.event is AlertEvent.OPENED
    mail = EmailMessage(policy=SMTP)
    try:
        mail["From"] = sender
        mail["To"] = tuple(Address(addr_spec=each) for each in recipients)
        # without the event: some programs take another subject for another thread
        mail["Subject"] = f"{'' if is_first else 'Re: '}[{incident}] {one_line(alert.service, 120)}"
        mail["Date"] = format_datetime(alert.occurred_at)
        mail["Message-ID"] = first if is_first else f"<{incident}.{_TOKEN.sub('-', alert.id)}@{sender.domain}>"
        if not is_first:
            mail["In-Reply-To"] = first
            mail["References"] = first
        mail["Auto-Submitted"] = "auto-generated"
    except (ValueError, HeaderParseError) as error:
        raise InputInvalid(f"alert {alert.id} does not fit into an e-mail's headers ({type(error).__name__})") from None
    mail.set_content(_body(alert))
    return mail


def _body(alert: Alert) -> str:
    head = f"{EVENT_WORDS[alert.event]} ({SEVERITY_WORDS[alert.severity]}): {one_line(alert.summary, 1_024)}"
    where = f"{one_line(alert.service, 200)}{f' / {one_line(alert.component, 200)}' if alert.component else ''}"
    foot = f"{alert.incident_id} · {alert.id} · {where} · {alert.kind} · {alert.occurred_at:%Y-%m-%d %H:%M:%S %Z}"
    return f"{head}\n\n{visible(alert.text, 3_000).strip()}\n\n-- \n{foot}\n"
