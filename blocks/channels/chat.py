"""A chat service as a Prefect block: one signed POST for each message."""

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Self

from prefect.blocks.core import Block
from pydantic import Field, HttpUrl, SecretStr, field_validator

from innkeeper.blocks.channels.signing import signature
from innkeeper.blocks.models.chat import http_address
from innkeeper.blocks.settings import Settings
from innkeeper.schemas.errors import InnkeeperError, InputInvalid, NotConfigured, ServiceUnavailable
from innkeeper.schemas.outbox import OutboxStatus, Receipt, StoredMessage

_PASSING = {408, 425, 429}  # and all from 500
_NO_ENTRY = {401, 403}
_MAX_ANSWER_BYTES = 64_000
_MAX_ID_CHARS = 200


class ChatService(Block):
    """
    A service that carries chat messages to guests: the hotel's bridge to Zalo, WhatsApp or its own app.

    It gets JSON (`id`, `to`, `text`, `kind`, `language`), signed as Standard Webhooks has it: `webhook-signature` is
    `v1,` and the Base64 of HMAC-SHA256 over `webhook-id.webhook-timestamp.body`. A message that is sent again has the
    same `webhook-id`.

    Attributes:
        url: Where messages are posted.
        secret: Key of the signature.
        timeout_s: Seconds for one message.

    Example:
        Load the block and send a message of the outbox:
        ```python
        from innkeeper.blocks.channels.chat import ChatService

        service = ChatService.load("BLOCK_NAME")
        receipt = await service.send(message)
        ```
    """

    _block_type_name = "Hotel Chat Service"
    _block_type_slug = "hotel-chat-service"
    _documentation_url = HttpUrl("https://www.standardwebhooks.com/")

    url: str = Field(description="Where messages are posted: https://host/path.")
    secret: SecretStr = Field(description="Key of the signature that each message carries.")
    timeout_s: float = Field(default=10.0, gt=0, le=60, description="Seconds for one message.")

    @field_validator("url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        return http_address(url)

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """
        The service that the settings name; none when they name none.

        Raises:
            NotConfigured: It has no secret.
        """
        if settings.chat_url is None:
            return None
        if settings.chat_secret is None:
            raise NotConfigured("INNKEEPER_CHAT_URL is set, but not INNKEEPER_CHAT_SECRET, which signs its messages")
        return cls(url=settings.chat_url, secret=settings.chat_secret)

    async def send(self, message: StoredMessage) -> Receipt:
        """
        Hand the message over; the service has it when this returns.

        Raises:
            ServiceUnavailable: No connection, no answer in time, or status 408, 425, 429 or from 500.
            NotConfigured: It refuses the signature, or sends elsewhere.
            InputInvalid: Any other status: it refuses the message.
        """
        import httpx

        texts = {"id": message.id, "to": message.recipient, "text": message.chat}
        body = json.dumps(
            texts | {"kind": message.kind.value, "language": message.language}, ensure_ascii=False
        ).encode()
        headers = {"content-type": "application/json", **self.signature(message.id, body, int(time.time()))}
        try:
            async with asyncio.timeout(self.timeout_s), httpx.AsyncClient(timeout=self.timeout_s) as client:
                answer = await client.post(self.url, content=body, headers=headers)
        except TimeoutError:
            raise ServiceUnavailable(f"the chat service did not answer within {self.timeout_s:g} s") from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise ServiceUnavailable(
                f"the chat service does not answer ({type(error).__name__}); is it running?"
            ) from None  # the cause would show the address
        problem = _problem(answer.status_code, answer.headers)
        if problem is not None:
            raise problem
        return Receipt(status=OutboxStatus.SENT, provider_id=_id_in(answer.content) or message.id)

    def signature(self, message_id: str, body: bytes, at_s: int) -> dict[str, str]:
        """The three headers by which the service knows that a message is the hotel's; `at_s` is Unix time."""
        return signature(self.secret.get_secret_value(), message_id, body, at_s)


def _problem(status: int, headers: Mapping[str, str]) -> InnkeeperError | None:
    if 200 <= status < 300:
        return None
    if status in _PASSING or status >= 500:
        wait = headers.get("retry-after", "")
        seconds = float(wait) if wait.isascii() and wait.isdigit() else None
        return ServiceUnavailable(f"the chat service answered {status}", retry_after_s=seconds)
    if status in _NO_ENTRY:
        return NotConfigured(f"the chat service refuses the signature ({status}); check INNKEEPER_CHAT_SECRET")
    if 300 <= status < 400:
        return NotConfigured(f"the chat service sends elsewhere ({status}); set its final address")
    return InputInvalid(f"the chat service refuses the message ({status})")


def _id_in(answer: bytes) -> str | None:
    """The service's own id of the message, where its answer is an object with an `id`."""
    try:
        given = json.loads(answer[:_MAX_ANSWER_BYTES])
    except ValueError:
        return None
    named = given.get("id") if isinstance(given, dict) else None
    return str(named)[:_MAX_ID_CHARS] if isinstance(named, str | int) and str(named).isprintable() else None
