"""Every error of the HTTP API, as RFC 9457 `application/problem+json` with the request's id.

A `type` is a URI reference that stays the same (`/problems/rate-limited`): clients branch on it or on
`status`, never on `detail`. Nothing a guest wrote is repeated in a problem.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from innkeeper.blocks.logs import request_id
from innkeeper.schemas.errors import InnkeeperError, InputInvalid, NotConfigured, TransientError

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 20  # fields named in one answer


class Kind(NamedTuple):
    """What all problems of one status share."""

    slug: str
    title: str
    detail: str  # when the place that failed says nothing better


KINDS: Mapping[int, Kind] = {
    400: Kind("bad-request", "Bad request", "The request could not be read."),
    401: Kind("unauthenticated", "Authentication required", "Send an API key as X-API-Key or as a Bearer token."),
    403: Kind("forbidden", "Not allowed", "The role of this API key does not allow it."),
    404: Kind("not-found", "Not found", "There is nothing at this path; /docs lists what there is."),
    405: Kind("method-not-allowed", "Method not allowed", "This path does not know the method; see the Allow header."),
    408: Kind("body-timeout", "Request timeout", "The body did not arrive in time; send the request again."),
    409: Kind("conflict", "Conflict", "The request contradicts what is stored."),
    413: Kind("too-large", "Content too large", "The body is too large."),
    415: Kind("unsupported-media-type", "Unsupported media type", "Send the body as application/json, not compressed."),
    422: Kind("invalid", "Invalid content", "The body does not have the shape that is described at /docs."),
    429: Kind("rate-limited", "Too many requests", "Too many requests; wait as long as Retry-After says."),
    500: Kind("internal", "Internal error", "An unexpected error; report the request_id to the operator."),
    503: Kind("unavailable", "Unavailable", "The service cannot answer now; try again later."),
}


class FieldError(BaseModel):
    """One place in the body that is wrong."""

    pointer: str = Field(description="JSON Pointer into the body, as a URI fragment: `#/request/message`.")
    message: str


class ProblemDetails(BaseModel):
    """An error (RFC 9457)."""

    type: Annotated[str, Field(description="URI reference; stays the same for a kind of problem.")]
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: Annotated[str, Field(description="What happened and what to do.")]
    request_id: Annotated[str, Field(description="As in the X-Request-ID header and in the log.")]
    errors: Annotated[list[FieldError] | None, Field(description="422 only: the fields that are wrong.")] = None


class Problem(HTTPException):
    """Raised anywhere below the app; becomes a problem response."""

    def __init__(
        self,
        status: int,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        wait = {} if retry_after_s is None else {"Retry-After": str(max(1, math.ceil(retry_after_s)))}
        super().__init__(status, detail or _kind(status).detail, {**(headers or {}), **wait})
        self.errors = tuple(errors)


def problem_response(problem: HTTPException) -> JSONResponse:
    """The response for `problem`, with the current request's id."""
    kind = _kind(problem.status_code)
    body = ProblemDetails(
        type=f"/problems/{kind.slug}",
        title=kind.title,
        status=problem.status_code,
        detail=problem.detail if isinstance(problem, Problem) else kind.detail,
        request_id=request_id.get() or "",
        errors=list(problem.errors) if isinstance(problem, Problem) and problem.errors else None,
    )
    headers = dict(problem.headers or {})
    return JSONResponse(body.model_dump(exclude_none=True), problem.status_code, headers, media_type=MEDIA_TYPE)


def field_error(location: Sequence[str | int], message: str) -> FieldError:
    """Name a place; a segment that is not one of our field names is not repeated (a guest may have typed it)."""
    segments = (part if isinstance(part, int) or (part.isidentifier() and part.isascii()) else "…" for part in location)
    return FieldError(pointer="#" + "".join(f"/{str(part)[:40]}" for part in segments), message=message)


def install_problems(app: FastAPI) -> None:
    """Answer every error that reaches `app` with a problem. Unexpected ones are answered by `RequestContext`."""

    async def on_http_exception(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101  narrows the type: Starlette's handlers take any exception
        if error.status_code == 405:
            error.headers = {**(error.headers or {}), "Allow": _allowed(app, request.url.path)}
        return problem_response(error)

    async def on_invalid(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101  as above
        return problem_response(_from_validation(error.errors()))

    async def on_innkeeper_error(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, InnkeeperError)  # noqa: S101  as above
        return problem_response(_from_innkeeper_error(error))

    app.add_exception_handler(HTTPException, on_http_exception)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(TransientError, on_innkeeper_error)
    app.add_exception_handler(InputInvalid, on_innkeeper_error)
    app.add_exception_handler(NotConfigured, on_innkeeper_error)


def _allowed(app: FastAPI, path: str) -> str:
    """All methods of a path: Starlette names those of the first route alone, and a path may have several routes."""
    methods = {
        method.upper()
        for template, operations in app.openapi()["paths"].items()
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path)
        for method in operations
    }
    return ", ".join(sorted(methods))


def _from_validation(errors: Sequence[Mapping[str, Any]]) -> Problem:
    named = [field_error(error["loc"][1:], str(error["msg"])) for error in errors[:MAX_ERRORS]]
    places = ", ".join(error.pointer for error in named[:3])
    return Problem(422, f"{len(errors)} part(s) of the body are wrong: {places}.", errors=named)


def _from_innkeeper_error(error: InnkeeperError) -> Problem:
    if isinstance(error, TransientError):
        return Problem(503, retry_after_s=error.retry_after_s or 5)
    if isinstance(error, InputInvalid):
        return Problem(422, str(error))
    return Problem(503, "A setting is missing; the operator finds it in the log under this request_id.")


def _kind(status: int) -> Kind:
    return KINDS.get(status) or KINDS[500 if status >= 500 else 400]
