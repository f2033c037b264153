"""`GET metrics`, and what is counted of every request."""

import asyncio
import datetime as dt
from contextlib import suppress

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.types import Scope

from innkeeper.blocks import metrics
from innkeeper.schemas.errors import DatabaseUnavailable
from innkeeper.serving.guard import DESCRIBED_KEYS, Caller, GuardedRoute
from innkeeper.serving.openapi import problem_responses
from innkeeper.serving.problems import Problem
from innkeeper.serving.services import services_of
from innkeeper.tasks.circuits import publish_circuits

NO_ROUTE = "other"
CLIENT_GONE = "499"  # nobody was there to be answered

api = APIRouter(tags=["health"], route_class=GuardedRoute, dependencies=DESCRIBED_KEYS)


@api.get(
    "/metrics",
    response_class=PlainTextResponse,
    operation_id="metrics",
    responses=problem_responses(401, 403, 413, 429, 500, 503),
)
async def read_metrics(caller: Caller, request: Request) -> Response:
    """Requests, tokens, cost, durations and circuits, in Prometheus's text format. For staff."""
    if not caller.is_staff:
        raise Problem(403, "Metrics are for staff; use the key of another role.")
    publish_circuits()
    with suppress(DatabaseUnavailable):  # the other metrics are true all the same
        for scope, ratio in await services_of(request).ledger.budget_use():
            metrics.budget_used(scope, ratio)
    from innkeeper.tasks.logs.status import publish_metrics

    with suppress(DatabaseUnavailable):
        await publish_metrics(services_of(request).hotel, dt.datetime.now(dt.UTC))
    return Response(await asyncio.to_thread(metrics.exposition), media_type=metrics.CONTENT_TYPE)


def count_request(scope: Scope, status: int, duration_s: float) -> None:
    """
    Count a request that was answered, and time it where it asked for work.

    Args:
        scope: Of the request; its route is known once the app has handled it.
        status: HTTP status code; 0 when the client went away.
        duration_s: Until the whole answer was sent. A GET (probes, reports) and a request that was turned away are not
            timed: the durations shall show how long an answer takes.
    """
    endpoint = route_template(scope)
    is_work = scope["method"] == "POST" and endpoint != NO_ROUTE and (200 <= status < 400 or status >= 500)
    metrics.request_finished(endpoint, _word(status), duration_s if is_work else None)


def route_template(scope: Scope) -> str:
    """The whole template of the route that took the request (`/api/v1/llm/execute/task/{id}`), or `other`."""
    template: str | None = getattr(scope.get("route"), "path", None)
    if template is None:
        return NO_ROUTE
    if "{" not in template:
        return str(scope["path"])  # an included router's template lacks its prefix
    if ":path}" in template:  # spans any number of segments: the prefix cannot be told from it
        return template
    prefix: str = scope["path"].rsplit("/", template.count("/"))[0]
    return prefix + template


def _word(status: int) -> str:
    """`success`, as the specification has it, or the code of the failure."""
    if status == 0:
        return CLIENT_GONE
    return "success" if status < 400 else str(status)
