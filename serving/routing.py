"""`routing/classify` and `routing/extract-entities`."""

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from innkeeper.blocks import metrics
from innkeeper.schemas.access import Principal
from innkeeper.schemas.models import LinkAttempt, Spender
from innkeeper.schemas.routing import EntityResult, GuestMessage, RoutingResult
from innkeeper.serving.guard import DESCRIBED_KEYS, Caller, GuardedRoute
from innkeeper.serving.openapi import problem_responses
from innkeeper.serving.payloads import ClassifyRequest, ExtractRequest, spec_json
from innkeeper.serving.services import Services, services_of

api = APIRouter(
    prefix="/routing",
    tags=["routing"],
    route_class=GuardedRoute,
    dependencies=DESCRIBED_KEYS,
    responses=problem_responses(400, 401, 408, 413, 415, 422, 429, 500, 503),
)


@api.post("/classify", response_model=RoutingResult, operation_id="classify")
async def classify(body: ClassifyRequest, request: Request, caller: Caller) -> JSONResponse:
    """Which teams a guest message concerns, how urgent it is, and what to answer. Nothing is stored."""
    services = services_of(request)
    message, warnings = body.to_message()
    own = await services.compute(services.router.route, message)
    result = await _escalated(message, own, services, caller)
    for each in result.classifications:
        metrics.routing_decided(each.category, each.priority.value)
    if result.needs_review:
        metrics.routing_abstained()
    return _answer(result, warnings)


async def _escalated(message: GuestMessage, own: RoutingResult, services: Services, caller: Principal) -> RoutingResult:
    if services.gateway is None:
        return own
    from innkeeper.tasks.routing import escalate  # with Prefect: a second that only a server with models spends

    spender = Spender(principal=caller.name, flow="routing/classify")
    try:
        async with asyncio.timeout(services.request_timeout_s):
            return await escalate(message, own, services.router, services.gateway, spender)
    except TimeoutError:  # somebody waits; the engine has answered long ago
        late = LinkAttempt(link="models", outcome="too_late", detail=f"no answer in {services.request_timeout_s:.0f} s")
        return own.model_copy(update={"escalation": (late,)})


@api.post("/extract-entities", response_model=EntityResult, operation_id="extract_entities")
async def extract_entities(body: ExtractRequest, request: Request) -> JSONResponse:
    """Dates, times, rooms, people and services that a guest message states, and its intent. Nothing is stored."""
    services = services_of(request)
    message, warnings = body.to_message()
    return _answer(await services.compute(services.router.extract, message), warnings)


def _answer(result: BaseModel, warnings: tuple[str, ...]) -> JSONResponse:
    """`result` as the specification shows it; serialised once, since it was validated when it was built."""
    content = spec_json(result.model_dump(mode="json"))
    content["warnings"] = [*warnings, *content["warnings"]]
    return JSONResponse(content)
