"""The door of every operation: who is calling, how often, and with what kind of body."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, ClassVar, cast

from fastapi import Depends, Request, Response, Security
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader, HTTPBearer

from innkeeper.schemas.access import Principal
from innkeeper.serving.auth import address_of, key_of
from innkeeper.serving.problems import Problem
from innkeeper.serving.services import Services, services_of
from innkeeper.serving.strict_json import parse_json

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

# Only described in OpenAPI by these; `GuardedRoute` reads the headers, before anything of the body is parsed.
DESCRIBED_KEYS = [
    Security(APIKeyHeader(name="X-API-Key", scheme_name="ApiKey", auto_error=False)),
    Security(HTTPBearer(scheme_name="Bearer", auto_error=False)),
]


class GuardedRoute(APIRoute):
    """
    A route that asks for a key (401), counts requests (429), and reads only strict JSON (415, 400).

    A subclass with `needs_body = False` takes a POST without a body, too.
    """

    needs_body: ClassVar[bool] = True

    def get_route_handler(self) -> Handler:
        """The route's handler, behind the door."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            services = services_of(request)
            address = address_of(request)
            principal = await _authenticated(request, services, address)
            request.state.principal = principal
            wait_s = services.rate.take(principal.key_id if services.authenticator.is_on else address)
            if wait_s:
                raise Problem(429, retry_after_s=wait_s)
            if request.method == "POST" and not self.needs_body and not _has_body(request):
                return await handle(request)
            if request.method == "POST":
                check_media_type(request)
            return await handle(StrictRequest(request.scope, request.receive))

        return guarded


class StrictRequest(Request):
    """Parses its body with `parse_json`, also when it is empty (FastAPI would call that a missing field)."""

    async def body(self) -> bytes:
        """The raw body, once it has been read as JSON where it is empty."""
        body = await super().body()
        if self.method == "POST" and not body:
            parse_json(body)
        return body

    async def json(self) -> Any:
        """The body's value; 400 or 422 where it is not strict JSON."""
        return parse_json(await super().body())


class BodylessRoute(GuardedRoute):
    """The same for operations whose body may be left out."""

    needs_body = False


async def _principal(request: Request) -> Principal:  # FastAPI would call a plain function in a thread
    return cast(Principal, request.state.principal)


Caller = Annotated[Principal, Depends(_principal)]


async def _authenticated(request: Request, services: Services, address: str) -> Principal:
    try:
        async with asyncio.timeout(services.request_timeout_s):
            return await services.authenticator.authenticate(key_of(request), address)
    except TimeoutError:
        raise Problem(503, "The API key could not be checked in time.", retry_after_s=5) from None


def _has_body(request: Request) -> bool:
    return request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers


def check_media_type(request: Request) -> None:
    """Let only JSON in UTF-8 pass, not compressed; 415 for anything else."""
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if media_type.strip().lower() != "application/json" or charset not in {"", "charset=utf-8", "charset=utf8"}:
        raise Problem(415, "Send the body as application/json, in UTF-8.", headers={"Accept": "application/json"})
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Problem(415, "Send the body without compression.", headers={"Accept-Encoding": "identity"})
