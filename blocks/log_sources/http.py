"""What sources behind HTTP have in common: one request, one JSON answer, errors that say what to do."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import Field, SecretStr, field_validator

from innkeeper.blocks.log_sources.base import LogSource
from innkeeper.blocks.models.chat import http_address
from innkeeper.schemas.errors import InnkeeperError, NotConfigured, NotFound, OutputInvalid, ServiceUnavailable

if TYPE_CHECKING:
    from httpx import AsyncClient, BasicAuth

MAX_ANSWER_BYTES = 64_000_000
_PASSING = {408, 425, 429}  # and all from 500
_NO_ENTRY = {401, 403}
_JSON = {"Accept": "application/json", "Content-Type": "application/json"}


class HttpLogSource(LogSource):
    """
    A source that answers requests with JSON; a subclass is one kind of server.

    Attributes:
        name: Under which a sweep keeps its place.
        url: Where it is, without the path.
        username, password: For basic authentication.
        token: Sent as `Authorization: Bearer`; instead of a user.
        timeout_s: Seconds for one request, from the connection to the last byte.
        overlap_s: How late a line may arrive and still be read.
        lookback_s: How far back the first reading begins.
        time_zone: Of times within lines that name none.
    """

    url: str = Field(description="Where the server is: http://host:port, without the path.")
    username: str | None = Field(default=None, description="For basic authentication.")
    password: SecretStr | None = Field(default=None, description="For basic authentication.")
    token: SecretStr | None = Field(default=None, description="Sent as a bearer token, instead of user and password.")
    timeout_s: float = Field(default=30.0, gt=0, le=300, description="Seconds for one request.")
    overlap_s: float = Field(default=60.0, ge=0, le=3_600, description="Seconds that a line may arrive late.")
    lookback_s: float = Field(
        default=3_600.0, gt=0, description="Seconds before now at which the first reading begins."
    )
    time_zone: str = Field(default="UTC", description="Of times within lines that name none.")

    @field_validator("url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        return http_address(url)

    def _connected(self) -> "AsyncClient":
        """A client for one reading."""
        import httpx

        return httpx.AsyncClient(base_url=self.url, timeout=self.timeout_s, headers=self._headers(), auth=self._auth())

    def _headers(self) -> dict[str, str]:
        token = {} if self.token is None else {"Authorization": f"Bearer {self.token.get_secret_value()}"}
        return {**_JSON, **token}

    def _auth(self) -> "BasicAuth | None":
        import httpx

        if self.username is None or self.token is not None:
            return None
        return httpx.BasicAuth(self.username, self.password.get_secret_value() if self.password else "")

    async def _ask(
        self,
        client: "AsyncClient",
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> dict[str, Any]:
        """
        One request; sent again once when the connection fails.

        Raises:
            ServiceUnavailable: No connection, no answer in time, or status 408, 425, 429 or from 500.
            NotFound: Status 404.
            NotConfigured: It refuses the credentials, or sends elsewhere.
            OutputInvalid: Any other status, no JSON object, or more than 64 MB.
        """
        import httpx

        content = None if body is None else orjson.dumps(body)
        for is_last in (False, True):
            try:
                async with asyncio.timeout(self.timeout_s):
                    return await self._exchanged(client, method, path, params, content)
            except (TimeoutError, httpx.TimeoutException):
                raise ServiceUnavailable(f"{self.name} did not answer within {self.timeout_s:g} s") from None
            except (httpx.TransportError, httpx.DecodingError) as error:
                if is_last:
                    raise ServiceUnavailable(
                        f"{self.name} does not answer ({type(error).__name__}); is it running?"
                    ) from None  # the cause would show the address
        raise AssertionError("the loop returns or raises")

    async def _exchanged(
        self, client: "AsyncClient", method: str, path: str, params: Mapping[str, str] | None, content: bytes | None
    ) -> dict[str, Any]:
        answer = bytearray()
        async with client.stream(method, path, params=params, content=content) as response:
            async for part in response.aiter_bytes():
                answer += part
                if len(answer) > MAX_ANSWER_BYTES:
                    raise OutputInvalid(f"{self.name} sent more than {MAX_ANSWER_BYTES} bytes; ask for fewer lines")
        problem = self._problem(response.status_code, response.headers)
        if problem is not None:
            raise problem
        try:
            found = orjson.loads(answer)
        except orjson.JSONDecodeError:
            found = None
        if not isinstance(found, dict):
            raise OutputInvalid(f"{self.name} answered something else than a JSON object", problem="no JSON object")
        return found

    def _problem(self, status: int, headers: Mapping[str, str]) -> InnkeeperError | None:
        if 200 <= status < 300:
            return None
        if status == 404:
            return NotFound(f"{self.name} has no such index or path (404); check its address and settings")
        if status in _PASSING or status >= 500:
            wait = headers.get("retry-after", "")
            after = float(wait) if wait.isascii() and wait.isdigit() else None
            return ServiceUnavailable(f"{self.name} answered {status}", retry_after_s=after)
        if status in _NO_ENTRY:
            return NotConfigured(f"{self.name} refuses the credentials ({status}); check user, password or token")
        if 300 <= status < 400:
            return NotConfigured(f"{self.name} sends elsewhere ({status}); set its final address")
        return OutputInvalid(f"{self.name} answered {status}; check its query", problem=f"status {status}")

    def _misshapen(self, what: str) -> OutputInvalid:
        return OutputInvalid(f"{self.name} answered in another shape: {what}", problem=what)
