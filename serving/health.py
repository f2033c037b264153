"""Health: the specification's report for people, and two probes for an orchestrator."""

import asyncio
import datetime as dt
import logging
from dataclasses import asdict
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

import innkeeper
from innkeeper.blocks.database.index_versions import current_version
from innkeeper.blocks.models.chains import ENGINE, chain_of
from innkeeper.blocks.provider_facts import provider_facts
from innkeeper.blocks.settings import Settings
from innkeeper.engine.circuit import CircuitState
from innkeeper.schemas.errors import DatabaseUnavailable
from innkeeper.schemas.models import Capability
from innkeeper.serving.guard import DESCRIBED_KEYS, Caller, GuardedRoute
from innkeeper.serving.openapi import problem_responses
from innkeeper.serving.probe import PING_TIMEOUT_S, PING_TTL_S, Check
from innkeeper.serving.problems import Problem
from innkeeper.serving.services import Services, services_of
from innkeeper.tasks.circuits import circuit_state

PROVIDERS = ("compatible", "openai", "anthropic")  # in this order, for `hotel-openai-compatible-model`

logger = logging.getLogger("innkeeper.serving")


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


NOTHING_INDEXED = KnowledgeBase(documents_indexed=0, last_indexed=None)


class Cost(BaseModel):
    """What outside models cost since midnight, where the hotel is."""

    total_usd: float = Field(ge=0, description="Of the calls with a known price.")
    tokens: int = Field(ge=0)
    requests: int = Field(ge=0)


class Health(BaseModel):
    """The report."""

    status: Literal["healthy", "degraded"] = Field(description="`degraded`: something that is used does not answer.")
    timestamp: dt.datetime
    version: str
    authentication: Literal["on", "off"] = Field(description="`off` lets everybody in: for a demo only.")
    checks: Checks
    knowledge_base: KnowledgeBase
    cost_today: Cost | None = Field(default=None, description="Only for staff, and while the database answers.")


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
    works = checks.database.status == "ok"
    report = Health(
        status="healthy" if _all_answer(checks) else "degraded",
        timestamp=dt.datetime.now(dt.UTC),
        version=innkeeper.__version__,
        authentication="on" if services.authenticator.is_on else "off",
        checks=checks,
        knowledge_base=await _knowledge_base(services) if works else NOTHING_INDEXED,
    )
    cost = await _cost_today(services) if caller.is_staff and works else None
    return report.model_copy(update={"cost_today": cost} if cost else {})


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
        redis=await services.redis.check() if services.redis else Check(status="not_configured"),
        vector_db=await services.chroma.check() if services.chroma else Check(status="not_configured"),
        llm_provider=_llm_provider(settings),
    )


async def _knowledge_base(services: Services) -> KnowledgeBase:
    """The version of the hotel's index that is searched."""
    try:
        async with asyncio.timeout(PING_TIMEOUT_S), services.hotel.reading() as session:
            version = await current_version(session, "hotel")
    except (DatabaseUnavailable, TimeoutError):
        return NOTHING_INDEXED
    if version is None:
        return NOTHING_INDEXED
    return KnowledgeBase(documents_indexed=version.documents, last_indexed=version.checked_at or version.switched_at)


def _all_answer(checks: Checks) -> bool:
    each = (checks.database, checks.redis, checks.vector_db, checks.llm_provider)
    return not any(check.status in {"degraded", "unavailable"} for check in each)


def _llm_provider(settings: Settings) -> Check:
    """The first model that is configured, by what its calls have shown: a probe must not cost money."""
    links = [link for each in Capability for link in chain_of(settings, each) if link != ENGINE]
    if not links:
        return Check(status="not_configured", provider=ENGINE)
    kind = links[0].partition("/")[0]
    provider = next(each for each in PROVIDERS if each in kind)  # a block's slug holds its provider's name
    known = {name: value for name, value in asdict(provider_facts(provider)).items() if value is not None}
    status: Literal["ok", "degraded"] = "ok" if circuit_state(provider) is CircuitState.CLOSED else "degraded"
    return Check(status=status, provider=provider, **known)


async def _cost_today(services: Services) -> Cost | None:
    """Today's sum in the ledger, where the hotel is; none when the database does not tell it in time."""
    try:
        async with asyncio.timeout(PING_TIMEOUT_S):
            spent = await services.ledger.spent_today()
    except (DatabaseUnavailable, TimeoutError):
        return None
    tokens = spent.input_tokens + spent.output_tokens
    return Cost(total_usd=float(spent.cost_usd), tokens=tokens, requests=spent.requests)
