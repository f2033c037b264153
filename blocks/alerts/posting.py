"""One POST of JSON to an alert target: bounded, without redirects, and no secret in any error."""

import asyncio
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from innkeeper.schemas.errors import InnkeeperError, InputInvalid, NotConfigured, ServiceUnavailable

if TYPE_CHECKING:
    from ssl import SSLContext

_MAX_ANSWER_BYTES = 16_000
_MAX_WAIT_S = 86_400.0
# An answer that is packed is not unpacked: a small one may be made to become a large one.
_HEADERS = {"content-type": "application/json", "accept-encoding": "identity", "user-agent": "innkeeper"}
_PASSING = {408, 425, 429}  # and all from 500
_NO_ENTRY = {401, 403, 404, 410}


class Answer(NamedTuple):
    """What came back; at most the first 16,000 bytes of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def post(target: str, url: str, body: bytes, headers: Mapping[str, str], timeout_s: float) -> Answer:
    """
    Post JSON once.

    Args:
        target: As errors name it: "Slack".
        url: May be a secret; no error shows it.
        body: JSON.
        headers: Besides the content type.
        timeout_s: Seconds from the connection to the last byte.

    Raises:
        ServiceUnavailable: No connection, or no answer in time.
        NotConfigured: The address cannot be used.
    """
    import httpx

    try:
        async with asyncio.timeout(timeout_s):
            return await _exchanged(url, body, {**_HEADERS, **headers}, timeout_s)
    except TimeoutError:
        raise ServiceUnavailable(f"{target} did not answer within {timeout_s:g} s") from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        raise NotConfigured(f"the address of {target} cannot be used; check it") from None
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise ServiceUnavailable(
            f"{target} does not answer ({type(error).__name__}); is it reachable?"
        ) from None  # the cause would show the address


def refusal(target: str, setting: str, answer: Answer, detail: str = "") -> InnkeeperError | None:
    """
    What a status means for whoever sends; none when the alert was taken.

    Args:
        target: As errors name it.
        setting: What an operator checks when there is no entry.
        answer: Of the target.
        detail: Our own words, or a code of the target that is known to be harmless.
    """
    status, said = answer.status, f": {detail}" if detail else ""
    if 200 <= status < 300:
        return None
    if status in _PASSING or status >= 500:
        return ServiceUnavailable(f"{target} answered {status}{said}", retry_after_s=_seconds(answer.headers))
    if status in _NO_ENTRY:
        return NotConfigured(f"{target} refuses the hotel ({status}{said}); check {setting}")
    if 300 <= status < 400:
        return NotConfigured(f"{target} sends elsewhere ({status}); set its final address in {setting}")
    return InputInvalid(f"{target} refuses the alert ({status}{said})")


async def _exchanged(url: str, body: bytes, headers: Mapping[str, str], timeout_s: float) -> Answer:
    import httpx

    received = bytearray()
    async with (
        httpx.AsyncClient(verify=_tls(), timeout=timeout_s, follow_redirects=False) as client,
        client.stream("POST", url, content=body, headers=headers) as response,
    ):
        async for part in response.aiter_raw():
            received += part
            if len(received) > _MAX_ANSWER_BYTES:
                break
        return Answer(response.status_code, response.headers, bytes(received[:_MAX_ANSWER_BYTES]))


def _seconds(headers: Mapping[str, str]) -> float | None:
    """Of a `Retry-After` header in seconds, at most a day."""
    wait = headers.get("retry-after", "").strip()
    return min(float(wait[:12]), _MAX_WAIT_S) if wait.isascii() and wait.isdigit() else None


@cache
def _tls() -> "SSLContext":
    """One for all requests: making one takes some 40 ms, in which nobody else is served."""
    from httpx import create_ssl_context

    return create_ssl_context()
