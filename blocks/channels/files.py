"""A folder that takes messages where no server is configured: a person can open them, and nothing goes out."""

import asyncio
import os
from email.headerregistry import Address
from pathlib import Path

from innkeeper.blocks.channels.mail import email_of, sender_of
from innkeeper.blocks.settings import Settings
from innkeeper.schemas.errors import NotConfigured
from innkeeper.schemas.messages import MessageChannel
from innkeeper.schemas.outbox import OutboxStatus, Receipt, StoredMessage

_NOBODY = "hotel@localhost.invalid"  # RFC 2606: an address that cannot be


class MessageFolder:
    """
    Writes `<id>.eml` and `<id>.html` for an e-mail, `<id>.txt` for chat; the owner alone may read them.

    Args:
        path: Made when first needed.
        sender: Whom the e-mails come from.
    """

    def __init__(self, path: Path, sender: Address) -> None:
        self.path = path
        self._sender = sender

    @classmethod
    def of(cls, settings: Settings) -> "MessageFolder":
        """`outbox` under the settings' home."""
        return cls(settings.home / "outbox", sender_of(settings.mail_from or _NOBODY))

    async def send(self, message: StoredMessage) -> Receipt:
        """
        Write the message; written again, it replaces itself.

        Raises:
            NotConfigured: The folder cannot be written to.
        """
        names = await asyncio.to_thread(self._write, message)
        return Receipt(status=OutboxStatus.WRITTEN, provider_id=names[0])

    def _write(self, message: StoredMessage) -> list[str]:
        if message.channel is MessageChannel.CHAT:
            files = {f"{message.id}.txt": f"{message.chat}\n".encode()}
        else:
            mail = email_of(message, self._sender).as_bytes()
            files = {f"{message.id}.eml": mail, f"{message.id}.html": message.html.encode()}
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name, content in files.items():
                _replace(self.path / name, content)
        except OSError as error:
            raise NotConfigured(
                f"messages cannot be written to {str(self.path)!r} ({error.strerror}); set INNKEEPER_HOME"
            ) from None
        return list(files)


def _replace(file: Path, content: bytes) -> None:
    """All or nothing, also when two senders write the same message."""
    part = file.with_name(f".{file.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(content)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
