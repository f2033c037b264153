"""The HTTP API as an ASGI app. `uvicorn --factory innkeeper.serving.app:create_app`, or `innkeeper serve`."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI

import innkeeper
from innkeeper.blocks import metrics as process_metrics
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.ledger import Ledger
from innkeeper.blocks.models.chains import ENGINE, chain_of
from innkeeper.blocks.settings import Settings
from innkeeper.blocks.settings import settings as read_settings
from innkeeper.blocks.stream_buffer import StreamBuffer
from innkeeper.schemas.models import Capability
from innkeeper.serving import (
    approvals,
    chat_completions,
    execution,
    generation,
    health,
    incidents,
    metrics,
    monitoring,
    routing,
    silences,
    templates,
    webhooks,
)
from innkeeper.serving import assistant as assistant_api
from innkeeper.serving.answers import Answers, Assistant
from innkeeper.serving.auth import Authenticator
from innkeeper.serving.keys import KeyStore
from innkeeper.serving.limits import TokenBuckets
from innkeeper.serving.middleware import BodyLimit, RequestContext
from innkeeper.serving.openapi import describe_problems
from innkeeper.serving.probe import Probe, chroma_ping, redis_ping
from innkeeper.serving.problems import install_problems
from innkeeper.serving.services import MessageRouter, Services
from innkeeper.serving.task_work import TaskWork

PREFIX = "/api/v1/llm"
LARGER = {f"{PREFIX}/monitoring/analyze": monitoring.MAX_ANALYZE_BYTES, webhooks.PATH: webhooks.MAX_WEBHOOK_BYTES}
# The router keeps the interpreter's lock: with 50 messages at once, on two cores, 1 thread answers all in 2.2 s and a
# probe in 0.25 s; 2 threads in 2.6 and 0.9 s, 4 in 3.1 and 1.0 s. Another core is another process.
ROUTER_THREADS = 1

logger = logging.getLogger("innkeeper.serving")

if TYPE_CHECKING:
    from innkeeper.tasks.gateway import ModelGateway
    from innkeeper.tasks.recording import Recorder

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(
    settings: Settings | None = None,
    router: MessageRouter | None = None,
    database: Database | None = None,
    assistant: Assistant | None = None,
) -> FastAPI:
    """
    Build the app; it opens what it needs when it starts and closes it when it stops.

    Args:
        settings: Read from the environment when absent.
        router: The engine's own, loaded at the start, when absent.
        database: Opened at `settings.database_url` and migrated when absent; one that is given stays open and as it is.
        assistant: The hotel's own, opened at the start, when absent.

    Raises:
        NotConfigured: A setting has a wrong value.
    """
    settings = settings or read_settings()
    app = FastAPI(
        title="Innkeeper",
        version=innkeeper.__version__,
        description=(
            "A hotel's language work, in English and Vietnamese. Send an API key as `X-API-Key` or as a Bearer token; "
            "a revoked one works for another minute at most. Errors are `application/problem+json` (RFC 9457)."
        ),
        lifespan=_lifespan(settings, router, database, assistant),
        redirect_slashes=False,  # a POST that is redirected surprises its client
        redoc_url=None,
    )
    install_problems(app)
    describe_problems(app)
    app.add_middleware(BodyLimit, larger=LARGER)
    app.add_middleware(RequestContext)  # added last: the outermost
    api = APIRouter(prefix=PREFIX)
    for part in (
        assistant_api.api,
        routing.api,
        generation.api,
        execution.api,
        execution.decisions_api,
        health.api,
        health.open_api,
        metrics.api,
        approvals.api,
        templates.api,
        monitoring.api,
        incidents.api,
        silences.api,
    ):
        api.include_router(part)
    app.include_router(api)
    app.include_router(chat_completions.api)
    app.include_router(webhooks.api)
    return app


def _lifespan(
    settings: Settings, router: MessageRouter | None, database: Database | None, assistant: Assistant | None
) -> Lifespan:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            open_database = database or await _opened(settings, stack)
            stack.push_async_callback(_finish_deliveries)
            store = KeyStore(open_database)
            stack.push_async_callback(store.aclose)
            ledger = Ledger(open_database, settings.zone)
            stack.push_async_callback(ledger.aclose)
            stack.callback(process_metrics.process_ended)
            redis = await stack.enter_async_context(redis_ping(settings.redis_url)) if settings.redis_url else None
            answers = Answers(StreamBuffer(settings.redis_url))
            stack.push_async_callback(answers.aclose)
            threads = stack.enter_context(ThreadPoolExecutor(ROUTER_THREADS, "innkeeper-router"))
            open_router = await asyncio.to_thread(_load_router, settings) if router is None else router
            gateway = await _gateway(settings, ledger)
            recorder = await _recorder(settings, stack)
            app.state.services = Services(
                settings=settings,
                router=open_router,
                threads=threads,
                authenticator=Authenticator(store.find if settings.auth == "on" else None),
                rate=TokenBuckets(settings.rate_limit_per_minute, settings.rate_limit_per_minute),
                database=Probe("the database", store.ping),
                hotel=open_database,
                ledger=ledger,
                assistant=assistant or await _assistant(settings, open_database, open_router, gateway, recorder, stack),
                answers=answers,
                tasks=await _tasks(settings, open_database, gateway, recorder, stack),
                gateway=gateway,
                redis=Probe("Redis", redis) if redis else None,
                chroma=Probe("Chroma", chroma_ping(settings.chroma_url)) if settings.chroma_url else None,
            )
            await _warn(settings, store)
            yield

    return lifespan


async def _opened(settings: Settings, stack: AsyncExitStack) -> Database:
    database = await stack.enter_async_context(Database(settings.database_url))
    await database.upgrade()
    return database


async def _finish_deliveries() -> None:
    """Let alerts that are being sent go out; where nobody asked for any, nothing is loaded for it."""
    delivering = sys.modules.get("innkeeper.tasks.logs.delivering")
    if delivering is not None:
        await delivering.finish_deliveries()


async def _gateway(settings: Settings, ledger: Ledger) -> "ModelGateway | None":
    """The way to models, where a chain has any; a chain that cannot work is said at the start."""
    if not any(chain_of(settings, each) != (ENGINE,) for each in Capability):
        return None
    from innkeeper.tasks.gateway import ModelGateway

    gateway = ModelGateway(settings, ledger)
    for each in Capability:
        await gateway.models(each)
    return gateway


async def _recorder(settings: Settings, stack: AsyncExitStack) -> "Recorder | None":
    from innkeeper.tasks.recording import prefect_recorder

    recorder = prefect_recorder(settings.record_share)
    if recorder is not None:
        stack.push_async_callback(recorder.aclose)
    return recorder


async def _tasks(
    settings: Settings,
    database: Database,
    gateway: "ModelGateway | None",
    recorder: "Recorder | None",
    stack: AsyncExitStack,
) -> TaskWork:
    """What carries tasks out here; what a process that died has left is taken up at once."""
    from innkeeper.flows.execute_task import flow_runners
    from innkeeper.tasks.execution.executor import open_executor

    executor = await stack.enter_async_context(
        open_executor(settings, database, gateway=gateway, runners=flow_runners())
    )
    work = TaskWork(executor, recorder)
    stack.push_async_callback(work.aclose)
    work.take_up_abandoned()
    return work


async def _assistant(
    settings: Settings,
    database: Database,
    router: MessageRouter,
    gateway: "ModelGateway | None",
    recorder: "Recorder | None",
    stack: AsyncExitStack,
) -> Assistant:
    """The hotel's assistant; where a Prefect server is named, it is told afterwards what was answered."""
    from innkeeper.tasks.assistant.assistant import open_assistant

    assistant = await stack.enter_async_context(
        open_assistant(settings, database, router=router, gateway=gateway, recorder=recorder)
    )
    await assistant.warm_up()
    return assistant


def _load_router(settings: Settings) -> MessageRouter:
    from innkeeper.engine.routing.router import load_router  # seconds and megabytes: only where it is used

    return load_router(settings.taxonomy, settings.hotel_timezone)


async def _warn(settings: Settings, store: KeyStore) -> None:
    if settings.auth == "off":
        logger.warning("authentication is off (INNKEEPER_AUTH=off): whoever reaches this port may use it")
    elif not await store.has_any():
        logger.warning("there is no API key yet, so every call is refused: innkeeper keys create --role service")
