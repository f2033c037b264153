"""Health: the specification's report for people, and two probes for an orchestrator."""

import datetime as dt
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

import innkeeper
from innkeeper.serving.guard import DESCRIBED_KEYS, Caller, GuardedRoute
from innkeeper.serving.openapi import problem_responses
from innkeeper.serving.probe import PING_TTL_S, Check
from innkeeper.serving.problems import Problem
from innkeeper.serving.services import Services, services_of


class Checks(BaseModel):
    """What the service leans on."""

    database: Check
    redis: Check
    vector_db: Check
    llm_provider: Check


class KnowledgeBase(BaseModel):
    """What can be searched."""

    documents_indexed: int = Field(ge=0)
    last_indexed: dt.datetime | None


class Cost(BaseModel):
    """What outside models cost since midnight."""

    total_usd: float = Field(ge=0)
    tokens: int = Field(ge=0)
    requests: int = Field(ge=0)


class Health(BaseModel):
    """The report."""

    status: Literal["healthy", "degraded"] = Field(description="`degraded`: something that is needed does not answer.")
    timestamp: dt.datetime
    version: str
    authentication: Literal["on", "off"] = Field(description="`off` lets everybody in: for a demo only.")
    checks: Checks
    knowledge_base: KnowledgeBase
    cost_today: Cost | None = Field(default=None, description="Only for staff.")


class Alive(BaseModel):
    """Answer of a probe."""

    status: Literal["alive", "ready"]


open_api = APIRouter(prefix="/health", tags=["health"])
api = APIRouter(tags=["health"], route_class=GuardedRoute, dependencies=DESCRIBED_KEYS)


@api.get(
    "/health",
    response_model_exclude_unset=True,
    operation_id="health",
    responses=problem_responses(401, 413, 429, 500, 503),
)
async def health(request: Request, caller: Caller) -> Health:
    """What works and what does not; 200 also when degraded (`health/ready` is the probe)."""
    services = services_of(request)
    checks = await _checks(services)
    report = Health(
        status="degraded" if checks.database.status == "unavailable" else "healthy",
        timestamp=dt.datetime.now(dt.UTC),
        version=innkeeper.__version__,
        authentication="on" if services.authenticator.is_on else "off",
        checks=checks,
        knowledge_base=KnowledgeBase(documents_indexed=0, last_indexed=None),  # there is no index yet
    )
    # No outside model is called yet, so this is the true sum.
    cost = {"cost_today": Cost(total_usd=0.0, tokens=0, requests=0)} if caller.is_staff else {}
    return report.model_copy(update=cost)


@open_api.get("/live", operation_id="health_live", responses=problem_responses(413, 500))
async def live() -> Alive:
    """The process answers. No key needed; checks nothing else, so that a slow database restarts nobody."""
    return Alive(status="alive")


@open_api.get("/ready", operation_id="health_ready", responses=problem_responses(413, 500, 503))
async def ready(request: Request) -> Alive:
    """The router is loaded and, where keys are needed, the database answers. No key needed."""
    services = services_of(request)
    check = await services.database.check()
    if services.authenticator.is_on and check.status != "ok":
        raise Problem(503, "The database does not answer, so no API key can be checked.", retry_after_s=PING_TTL_S)
    return Alive(status="ready")


async def _checks(services: Services) -> Checks:
    settings = services.settings
    return Checks(
        database=await services.database.check(),
        redis=Check(status="not_used" if settings.redis_url else "not_configured"),
        vector_db=Check(status="not_used" if settings.chroma_url else "not_configured"),
        llm_provider=_llm_provider(settings.model_chain),
    )


def _llm_provider(chain: str) -> Check:
    outside = [name.strip() for name in chain.split(",") if name.strip() not in {"", "engine"}]
    return Check(status="not_used" if outside else "not_configured", provider=outside[0] if outside else "engine")
