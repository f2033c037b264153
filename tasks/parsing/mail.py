"""Saved e-mails: subject, sender, date and the text; attachments are only named."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from innkeeper.engine.text import clean
from innkeeper.schemas.errors import DocumentUnreadable
from innkeeper.schemas.knowledge import Block, BlockKind
from innkeeper.tasks.parsing.plain import decode, text_blocks
from innkeeper.tasks.parsing.reading import Reading
from innkeeper.tasks.parsing.web import html_blocks

_HEADERS = (("From", "from"), ("To", "to"), ("Date", "date"))
_MAX_NAMED = 10


def read(path: Path) -> Reading:
    """An e-mail as blocks; the plain text is preferred to the HTML."""
    data = path.read_bytes()
    message = message_from_bytes(data, policy=policy.default)
    if not isinstance(message, EmailMessage) or not any(message[key] for key in ("subject", "from", "date", "to")):
        raise DocumentUnreadable("The file is no e-mail: it has neither subject nor sender. Save it again as .eml.")
    reading = Reading(title=_header(message, "subject") or None)
    if reading.title:
        reading.blocks.append(Block(kind=BlockKind.HEADING, level=1, text=reading.title))
    head = "; ".join(f"{label}: {value}" for label, key in _HEADERS if (value := _header(message, key)))
    if head:
        reading.blocks.append(Block(text=head))
    body = message.get_body(preferencelist=("plain", "html"))
    if isinstance(body, EmailMessage):
        raw = body.get_payload(decode=True)
        text = decode(raw if isinstance(raw, bytes) else b"", reading.warnings, body.get_content_charset())
        html = body.get_content_type() == "text/html"
        reading.blocks.extend(html_blocks(text, reading.warnings) if html else text_blocks(text))
    names = [clean(part.get_filename() or "without a name") for part in message.iter_attachments()]
    if names:
        listed = ", ".join(names[:_MAX_NAMED]) + (", …" if len(names) > _MAX_NAMED else "")
        reading.warnings.append(f"{len(names)} attachment(s) of the e-mail were not read: {listed}.")
    return reading


def _header(message: EmailMessage, key: str) -> str:
    try:
        return " ".join(clean(str(message[key] or "")).split())
    except (ValueError, TypeError, IndexError, AttributeError):  # the header parser gives up on some spam
        return ""
