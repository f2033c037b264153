"""What surrounds every request, as plain ASGI: its id, log line and count, the last resort, and its body's size."""

import asyncio
import logging
import re
import time
import uuid
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from innkeeper.blocks.logs import request_id
from innkeeper.serving.failures import log_failure
from innkeeper.serving.metrics import count_request
from innkeeper.serving.problems import Problem, problem_response

MAX_BODY_BYTES = 64 * 1024
BODY_TIMEOUT_S = 10.0

logger = logging.getLogger("innkeeper.serving")

_SANE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", re.ASCII)


class RequestContext:
    """
    Gives a request its id, and answers what nobody else did with a 500.

    A sane `X-Request-ID` (letters, digits and `._:-`, at most 128) is kept, another is replaced. Of the path only
    what our routes fix is logged: the rest, and a query, may hold a guest's words.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        identifier = given if _SANE_ID.fullmatch(given) else f"req_{uuid.uuid4().hex}"
        token = request_id.set(identifier)
        started_s, status = time.perf_counter(), 0

        async def send_tagged(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = identifier
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Cache-Control"] = "no-store"  # answers are about guests
            await send(message)

        try:
            await self._app(scope, receive, send_tagged)
        except Exception as error:  # the last resort of every request
            log_failure(error)
            if status:  # half an answer is out: cut the connection, so that it does not look whole
                status = 500
                raise
            await problem_response(Problem(500))(scope, receive, send_tagged)
        finally:
            duration_s = time.perf_counter() - started_s
            _log_access(scope, status, duration_s * 1000)
            count_request(scope, status, duration_s)
            request_id.reset(token)


class BodyLimit:
    """
    Reads the whole body before the app runs: `max_bytes` at most, with or without Content-Length, in `timeout_s`.

    `larger` has the limits of paths that take more.
    """

    def __init__(
        self,
        app: ASGIApp,
        max_bytes: int = MAX_BODY_BYTES,
        timeout_s: float = BODY_TIMEOUT_S,
        larger: Mapping[str, int] | None = None,
    ) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._timeout_s = timeout_s
        self._larger = larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or refuse its body with 408 or 413."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._larger.get(scope["path"], self._max_bytes)
        try:
            _check_declared(Headers(scope=scope).get("content-length"), most)
            async with asyncio.timeout(self._timeout_s):
                body = await _read(receive, most)
        except TimeoutError:
            await problem_response(Problem(408, headers={"Connection": "close"}))(scope, receive, send)
        except Problem as problem:
            await problem_response(problem)(scope, receive, send)
        else:
            if body is not None:
                await self._app(scope, _replay(body, receive), send)


def _check_declared(length: str | None, most: int) -> None:
    if length is not None and length.isdecimal() and (len(length) > 18 or int(length) > most):
        raise _too_large(most)


async def _read(receive: Receive, most: int) -> bytes | None:
    """The body; `None` when the client has gone away."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > most:
            raise _too_large(most)
        if not message.get("more_body", False):
            return bytes(body)


def _too_large(most: int) -> Problem:
    detail = f"The body is larger than {most} bytes; send less at a time."
    return Problem(413, detail, headers={"Connection": "close"})


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


def _log_access(scope: Scope, status: int, duration_ms: float) -> None:
    template = getattr(scope.get("route"), "path", "{no route}")
    path = template if "{" in template else scope["path"]  # an included router's template lacks its prefix
    principal = scope.get("state", {}).get("principal")
    name = getattr(principal, "key_id", "-")
    logger.info("%s %s -> %d in %.1f ms by %s", scope["method"], path, status, duration_ms, name)
