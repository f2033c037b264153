"""E-mails as `email.message` builds them: no value can become a header, and a repeated one is recognised."""

from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from innkeeper.schemas.errors import InputInvalid, NotConfigured
from innkeeper.schemas.messages import MessageKind
from innkeeper.schemas.outbox import StoredMessage, is_email


def sender_of(text: str) -> Address:
    """
    "Hotel Paradise <stay@hotel.example>", or the address alone.

    Raises:
        NotConfigured: It is neither.
    """
    name, address = parseaddr(text)
    if not is_email(address) or any(ord(char) < 32 for char in text):
        raise NotConfigured(
            f"{text!r} is no sender such as 'Hotel <stay@hotel.example>'; set INNKEEPER_MAIL_FROM, or the block's field"
        )
    return Address(name, addr_spec=address)


def message_id(message: StoredMessage, sender: Address) -> str:
    """The e-mail's Message-ID: the same for every sending of one message."""
    return f"<{message.id}@{sender.domain}>"


def email_of(message: StoredMessage, sender: Address) -> EmailMessage:
    """
    The message as an e-mail with a text and an HTML part; the same bytes' worth of headers every time.

    Raises:
        InputInvalid: A value does not fit into a header.
    """
    mail = EmailMessage(policy=SMTP)
    try:
        mail["From"] = sender
        mail["To"] = Address(addr_spec=message.recipient)
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(message.created_at)
        mail["Message-ID"] = message_id(message, sender)
        mail["Auto-Submitted"] = "auto-generated"
        if message.kind is MessageKind.PROMOTIONAL_OFFER:
            _add_unsubscribe(mail, message.unsubscribe_url, sender)
    except (ValueError, HeaderParseError) as error:
        raise InputInvalid(f"message {message.id} does not fit into an e-mail's headers ({error})") from None
    mail.set_content(message.body)
    mail.add_alternative(message.html, subtype="html")
    mail["Content-Language"] = message.language  # last: content headers that are there before move into the first part
    return mail


def _add_unsubscribe(mail: EmailMessage, url: str | None, sender: Address) -> None:
    mail["List-Unsubscribe"] = f"<{url or f'mailto:{sender.addr_spec}?subject=unsubscribe'}>"
    if url and url.startswith("https://"):
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058: by POST, without a page
