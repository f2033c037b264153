"""What a running app holds: the router, its threads, the database, who may call and how often."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from fastapi import Request

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.ledger import Ledger
from innkeeper.blocks.settings import Settings
from innkeeper.schemas.routing import EntityResult, GuestMessage, RoutingResult
from innkeeper.schemas.routing_draft import RoutingDraft
from innkeeper.schemas.taxonomy import Taxonomy
from innkeeper.serving.answers import ANSWER_TIMEOUT_S, Answers, Assistant
from innkeeper.serving.auth import Authenticator
from innkeeper.serving.limits import TokenBuckets
from innkeeper.serving.probe import Probe
from innkeeper.serving.problems import Problem
from innkeeper.serving.task_work import TaskWork

if TYPE_CHECKING:  # Prefect: a second that only a server with models spends
    from innkeeper.tasks.gateway import ModelGateway

REQUEST_TIMEOUT_S = 10.0

T = TypeVar("T")


class MessageRouter(Protocol):
    """What serving needs of `engine.routing.router.Router`: a few milliseconds of computing, in any thread."""

    @property
    def taxonomy(self) -> Taxonomy:
        """Teams and their subcategories."""

    def route(self, message: GuestMessage, draft: RoutingDraft | None = None) -> RoutingResult:
        """The requests in `message`, and what to answer; `draft` is a model's decision."""

    def extract(self, message: GuestMessage) -> EntityResult:
        """What `message` states."""


@dataclass(frozen=True)
class Services:
    """Shared by all requests of one app."""

    settings: Settings
    router: MessageRouter
    threads: ThreadPoolExecutor
    authenticator: Authenticator
    rate: TokenBuckets
    database: Probe
    hotel: Database
    ledger: Ledger
    assistant: Assistant
    answers: Answers  # those that are streamed
    tasks: TaskWork
    gateway: "ModelGateway | None" = None  # none: every chain is the engine alone
    redis: Probe | None = None  # where one is configured
    chroma: Probe | None = None  # the same; a local folder needs no sign of life
    request_timeout_s: float = REQUEST_TIMEOUT_S
    answer_timeout_s: float = ANSWER_TIMEOUT_S  # of the assistant, which may ask models

    async def compute(self, step: Callable[[GuestMessage], T], message: GuestMessage) -> T:
        """
        Run `step(message)` in a thread, so that the event loop stays free.

        Raises:
            Problem: 503 when it was not done in `request_timeout_s`; a step that had not begun is dropped.
        """
        context = contextvars.copy_context()  # the request's id, for what the thread logs
        future = asyncio.get_running_loop().run_in_executor(self.threads, context.run, step, message)
        try:
            return await asyncio.wait_for(future, self.request_timeout_s)
        except TimeoutError:
            raise Problem(503, "The service is too busy to answer in time.", retry_after_s=5) from None


def services_of(request: Request) -> Services:
    """The services of the app that got `request`; they exist from the app's start to its end."""
    return cast(Services, request.app.state.services)
