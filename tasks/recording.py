"""What was answered outside of any flow run, shown in Prefect afterwards: a finished run, its artifact, an event."""

import asyncio
import datetime as dt
import json
import logging
import random
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import NAMESPACE_URL, UUID, uuid5

import httpx
from prefect import Flow
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags
from prefect.events import emit_event
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_API_URL
from prefect.states import Completed, Running

from innkeeper.blocks import metrics
from innkeeper.schemas.access import Role
from innkeeper.schemas.assistant import AssistantAnswer

FLOW_NAME = "answer-question"
MAX_WAITING = 200  # answers; more than that are not recorded, and counted
_AWAY = (httpx.HTTPError, PrefectHTTPStatusError, OSError)
_logger = logging.getLogger(__name__)


def _answered() -> None:
    """Stands for the flow, under whose name the runs appear: tasks do not know flows."""


_ANSWERED: Flow[..., Any] = Flow(_answered, name=FLOW_NAME)


class Recordable(Protocol):
    """Something that can be shown as a finished run."""

    async def write(self, client: PrefectClient) -> None:
        """Write the run."""


@dataclass(frozen=True)
class AnsweredRequest:
    """An answer and when it was asked for."""

    answer: AssistantAnswer
    role: Role
    asked_at: dt.datetime
    answered_at: dt.datetime

    async def write(self, client: PrefectClient) -> None:
        """Write a finished run with one row of facts, and an event."""
        await _write(client, self)


class Recorder:
    """
    Writes answers to the Prefect server in the background; nobody waits for it, and a server that is away costs only
    the record. Neither questions nor answers are written: which tools, which documents, how sure, how long, what cost.
    """

    def __init__(self, share: float) -> None:
        """`share` of the answers is recorded, [0, 1]."""
        self._share = share
        self._waiting: asyncio.Queue[Recordable] = asyncio.Queue(MAX_WAITING)
        self._worker: asyncio.Task[None] | None = None

    def record(self, request: Recordable) -> None:
        """Take a request to be recorded; full, it is dropped."""
        if random.random() >= self._share:  # noqa: S311  a sample
            return
        if self._worker is None:
            self._worker = asyncio.create_task(self._work(), name="innkeeper-recorder")
        try:
            self._waiting.put_nowait(request)
        except asyncio.QueueFull:
            metrics.not_recorded()

    async def _work(self) -> None:
        while True:
            request = await self._waiting.get()
            try:
                async with get_client() as client:
                    await request.write(client)
                    while not self._waiting.empty():
                        await self._waiting.get_nowait().write(client)
            except _AWAY as error:
                metrics.not_recorded()
                _logger.info(
                    "A request is not shown in Prefect, whose server does not take it: %s", type(error).__name__
                )

    async def forget(self, conversation_id: str) -> int:
        """Delete the recorded runs of a conversation; how many there were. Without a server there are none."""
        try:
            async with get_client() as client:
                return await _forget(client, conversation_id)
        except _AWAY as error:
            _logger.warning("Recorded runs of a conversation could not be deleted: %s", type(error).__name__)
            return 0

    async def aclose(self) -> None:
        """Stop; what still waits is not recorded."""
        if self._worker is not None:
            self._worker.cancel()
            with suppress(asyncio.CancelledError):
                await self._worker


def conversation_tag(conversation_id: str) -> str:
    """The tag of a conversation's runs."""
    return f"conversation:{conversation_id}"


def prefect_recorder(share: float) -> Recorder | None:
    """A recorder, where this process is told of a Prefect server; an answer is no reason to start one."""
    return Recorder(share) if share and PREFECT_API_URL.value() else None


async def _write(client: PrefectClient, request: AnsweredRequest) -> None:
    answer = request.answer
    tags = ["assistant", "recorded", conversation_tag(answer.conversation_id)]
    run = await client.create_flow_run(_ANSWERED, name=answer.message_id, tags=tags, parameters={})
    await client.set_flow_run_state(run.id, Running(timestamp=request.asked_at), force=True)
    await client.create_artifact(
        ArtifactCreate(
            key="assistant-answer",
            type="table",
            description="One answer of the assistant; its words are in the conversation alone.",
            data=json.dumps([answer_facts(answer, request.role)], ensure_ascii=False),
            flow_run_id=run.id,
        )
    )
    message = f"{answer.model}, confidence {answer.confidence:.2f}, {answer.response_time_ms:.0f} ms"
    await client.set_flow_run_state(run.id, Completed(message=message, timestamp=request.answered_at), force=True)
    emit_event(
        event="innkeeper.assistant.answered",
        id=uuid5(NAMESPACE_URL, f"innkeeper:answer:{answer.message_id}"),
        resource={"prefect.resource.id": f"innkeeper.assistant.{answer.message_id}"},
        related=[{"prefect.resource.id": f"prefect.flow-run.{run.id}", "prefect.resource.role": "flow-run"}],
        payload=answer_facts(answer, request.role),
    )


def answer_facts(answer: AssistantAnswer, role: Role) -> dict[str, Any]:
    """What may be shown of an answer: no word of it, and no argument of a tool (a guest's name may be one)."""
    sources = [each.table if each.type == "database" else each.document for each in answer.sources]
    return {
        "role": role.value,
        "language": answer.language,
        "model": answer.model,
        "confidence": answer.confidence,
        "tools": ", ".join(use.tool if use.success else f"{use.tool} (failed)" for use in answer.tools_used),
        "sources": ", ".join(sources),
        "handoff": answer.handoff.reason if answer.handoff else "",
        "milliseconds": round(answer.response_time_ms),
        "tokens": answer.tokens_used.total,
        "US dollars": "price not known" if answer.cost_usd is None else f"{answer.cost_usd:.6f}",
    }


async def _forget(client: PrefectClient, conversation_id: str) -> int:
    wanted = FlowRunFilter(tags=FlowRunFilterTags(all_=[conversation_tag(conversation_id)]))
    found: list[UUID] = [run.id for run in await client.read_flow_runs(flow_run_filter=wanted)]
    for run_id in found:
        await client.delete_flow_run(run_id)
    return len(found)
