"""What the hotel's HTTP services have in common: one request, one checked answer, errors that say what to do."""

import asyncio
import weakref
from abc import ABC
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, ClassVar, TypeVar

from prefect.blocks.core import Block
from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator

from innkeeper.blocks.models.chat import http_address
from innkeeper.schemas.errors import InnkeeperError, NotConfigured, NotFound, OutputInvalid, ServiceUnavailable

if TYPE_CHECKING:
    from ssl import SSLContext

    from httpx import AsyncClient

MAX_ANSWER_BYTES = 64_000
_PASSING = {408, 425, 429}  # and all from 500
_NO_ENTRY = {401, 403}
T = TypeVar("T", bound=BaseModel)
_clients: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[object, ...], AsyncClient]]" = (
    weakref.WeakKeyDictionary()
)


class HttpService(Block, ABC):
    """
    A service that answers GET requests with a JSON object; a subclass is one service.

    Attributes:
        url: Where it is, without the path.
        api_key: Sent as `X-API-Key`.
        timeout_s: Seconds for one request, from the connection to the last byte.
    """

    service: ClassVar[str]  # as messages, metrics and the circuit name it

    url: str = Field(description="Where the service is: http://host:port, without the path.")
    api_key: SecretStr | None = Field(default=None, description="Sent as X-API-Key, where the service asks for one.")
    timeout_s: float = Field(default=2.0, gt=0, le=60, description="Seconds for one request.")

    @field_validator("url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        return http_address(url)

    @property
    def circuit(self) -> str:
        """The name of its circuit breaker: two addresses fail apart."""
        return f"{self.service}@{self.url.partition('://')[2].rpartition('@')[2]}"

    async def get(self, path: str, answer: type[T], params: Mapping[str, str] | None = None) -> T:
        """
        Ask once.

        Args:
            path: Begins with `/`; already quoted.
            answer: What comes back.
            params: The query.

        Raises:
            ServiceUnavailable: No connection, no answer in time, or status 408, 425, 429 or from 500.
            NotFound: Status 404.
            NotConfigured: It refuses the key, or sends elsewhere.
            OutputInvalid: Any other status, or not an `answer`.
        """
        import httpx

        try:
            async with asyncio.timeout(self.timeout_s):
                status, headers, body = await self._exchanged(path, params)
        except TimeoutError:
            raise ServiceUnavailable(f"the {self.service} service did not answer within {self.timeout_s:g} s") from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise ServiceUnavailable(
                f"the {self.service} service does not answer ({type(error).__name__}); is it running?"
            ) from None  # the cause would show the address
        problem = self._problem(status, headers)
        if problem is not None:
            raise problem
        return self._read(body, answer)

    async def _exchanged(self, path: str, params: Mapping[str, str] | None) -> tuple[int, Mapping[str, str], bytes]:
        body = bytearray()
        async with self._client().stream("GET", self.url + path, params=params, headers=self._headers()) as response:
            async for part in response.aiter_bytes():
                body += part
                if len(body) > MAX_ANSWER_BYTES:
                    raise OutputInvalid(f"the {self.service} service sent more than {MAX_ANSWER_BYTES} bytes")
            return response.status_code, response.headers, bytes(body)

    def _headers(self) -> dict[str, str]:
        key = {} if self.api_key is None else {"X-API-Key": self.api_key.get_secret_value()}
        return {"Accept": "application/json", **key}

    def _client(self) -> "AsyncClient":
        """One on each event loop, whose connections stay open between requests."""
        import httpx

        clients = _clients.setdefault(asyncio.get_running_loop(), {})
        name = (self.url, self.timeout_s)
        if name not in clients:
            clients[name] = httpx.AsyncClient(verify=_tls(), timeout=self.timeout_s)
        return clients[name]

    def _problem(self, status: int, headers: Mapping[str, str]) -> InnkeeperError | None:
        if status == 200:
            return None
        if status == 404:
            return NotFound(f"the {self.service} service does not know it")
        if status in _PASSING or status >= 500:
            return ServiceUnavailable(
                f"the {self.service} service answered {status}", retry_after_s=_seconds(headers.get("retry-after"))
            )
        if status in _NO_ENTRY:
            return NotConfigured(
                f"the {self.service} service refuses the key ({status}); check INNKEEPER_SERVICE_API_KEY"
            )
        if 300 <= status < 400:
            return NotConfigured(f"the {self.service} service sends elsewhere ({status}); set its final address")
        return OutputInvalid(f"the {self.service} service answered {status}", problem=f"status {status}")

    def _read(self, body: bytes, answer: type[T]) -> T:
        try:
            return answer.model_validate_json(body)
        except ValidationError as error:
            # names of fields only: the values may be anything
            places = sorted({".".join(map(str, each["loc"])) or "the whole" for each in error.errors()})
            problem = f"wrong or missing: {', '.join(places)}"
            raise OutputInvalid(
                f"the {self.service} service answered in another shape ({problem})", problem=problem
            ) from None


async def close_services() -> None:
    """Close the connections that services hold on this event loop."""
    clients = _clients.pop(asyncio.get_running_loop(), {})
    for client in clients.values():
        await client.aclose()


def _seconds(retry_after: str | None) -> float | None:
    """Of a `Retry-After` header in seconds; a date is not worth reading for a person who waits."""
    return float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdigit() else None


@cache
def _tls() -> "SSLContext":
    """One for all clients: making one takes some 40 ms, in which nobody else is served."""
    from httpx import create_ssl_context

    return create_ssl_context()
