"""Answers that are streamed: made apart from the connection that asked, so that a broken one can be resumed."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from innkeeper.blocks.database.conversations import random_name
from innkeeper.blocks.stream_buffer import MessageEvents, StreamBuffer
from innkeeper.schemas.access import Principal
from innkeeper.schemas.assistant import AssistantAnswer, AssistantQuestion, Progress
from innkeeper.schemas.errors import (
    ConversationNotFound,
    InnkeeperError,
    InputInvalid,
    NotConfigured,
    TransientError,
)
from innkeeper.serving.failures import log_failure
from innkeeper.serving.problems import Problem
from innkeeper.serving.streaming import written

ANSWER_TIMEOUT_S = 45.0
GRACE_S = (
    5.0  # a client whose connection broke comes back after 3 s (`streaming.RETRY_MS`); then its answer is given up
)
OPENING_S = 0.25  # for a failure before the first word, which then has an HTTP status of its own
TIMED_OUT = "The answer took too long; ask again."

logger = logging.getLogger("innkeeper.serving")

Emit = Callable[[Progress], None]


class Assistant(Protocol):
    """What serving needs of the staff assistant."""

    async def answer(
        self, question: AssistantQuestion, principal: Principal, emit: Emit | None = None, *, message_id: str
    ) -> AssistantAnswer:
        """
        Answer a question.

        Args:
            question: With the id of its conversation, new or known.
            principal: Who asks, in the role that they ask in.
            emit: Hears what happens on the way; called in the event loop.
            message_id: Of the answer.

        Raises:
            InnkeeperError: `ConversationNotFound` where the conversation is somebody else's.
        """

    async def clear(self, conversation_id: str, principal: Principal) -> int:
        """Delete a conversation; how many messages it had. Raises `ConversationNotFound`."""


@dataclass(frozen=True)
class Streamed:
    """An answer that is being made; `task` never raises, but tells what it raised."""

    message: MessageEvents
    task: "asyncio.Task[Exception | None]"


class Answers:
    """
    The streamed answers of this process.

    Args:
        buffer: Where their events are kept.
        timeout_s: Of one answer.
        grace_s: How long an answer that nobody listens to is still made.
    """

    def __init__(self, buffer: StreamBuffer, *, timeout_s: float = ANSWER_TIMEOUT_S, grace_s: float = GRACE_S) -> None:
        self.buffer = buffer
        self._timeout_s, self._grace_s = timeout_s, grace_s
        self._running: dict[str, Streamed] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    async def start(self, assistant: Assistant, question: AssistantQuestion, principal: Principal) -> MessageEvents:
        """
        Begin to answer; `question` names its conversation.

        Raises:
            InnkeeperError: It failed before its first word.
            TimeoutError: The same.
        """
        message = self.buffer.begin(new_message_id(), question.conversation_id or "", principal)
        task = asyncio.create_task(self._answer(assistant, question, principal, message), name=message.message_id)
        self._running[message.message_id] = Streamed(message, task)
        task.add_done_callback(lambda _: self._running.pop(message.message_id, None))
        begun = asyncio.create_task(message.reaches(2))
        await asyncio.wait({task, begun}, timeout=OPENING_S, return_when=asyncio.FIRST_COMPLETED)
        begun.cancel()
        if task.done() and message.last is not None and message.last.seq == 2:  # nothing between `start` and the end
            failure = task.result()
            if failure is not None:
                raise failure
        return message

    def left(self, message_id: str, *, may_return: bool = True) -> None:
        """A client has gone: an answer that nobody listens to is given up, after a while if they may return."""
        streamed = self._running.get(message_id)
        if streamed is None or streamed.task.done():
            return
        leaving = asyncio.create_task(self._given_up(streamed, self._grace_s if may_return else 0.0))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    async def aclose(self) -> None:
        """Give up what is being made; who listens is told."""
        tasks = [*self._leaving, *(each.task for each in self._running.values())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.buffer.aclose()

    async def _given_up(self, streamed: Streamed, grace_s: float) -> None:
        while not streamed.task.done():
            await asyncio.sleep(grace_s)
            if streamed.message.readers:
                return  # whoever it is will leave, too
            if not await self.buffer.is_followed(streamed.message):
                streamed.task.cancel()
                return

    async def _answer(
        self, assistant: Assistant, question: AssistantQuestion, principal: Principal, message: MessageEvents
    ) -> Exception | None:
        def add(kind: str, fields: dict[str, Any], *, is_last: bool = False) -> None:
            if not message.is_complete:
                self.buffer.add(message, kind, written({"type": kind, **fields}), is_last=is_last)

        def emit(progress: Progress) -> None:
            add(progress.type, progress.model_dump(mode="json", exclude={"type"}))

        add("start", {"conversation_id": question.conversation_id, "message_id": message.message_id})
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await assistant.answer(question, principal, emit, message_id=message.message_id)
        except asyncio.CancelledError:
            add("error", _told("cancelled", "The answer was given up.", retryable=True), is_last=True)
            raise
        except Exception as error:  # whoever listens is told, whatever it was
            if not isinstance(error, InnkeeperError | TimeoutError):
                log_failure(error)
            add("error", error_fields(error), is_last=True)
            return error
        add("end", end_fields(answer), is_last=True)
        return None


def new_message_id() -> str:
    """An id that nobody can guess: `msg_` and 26 letters and digits."""
    return f"msg_{random_name()}"


def end_fields(answer: AssistantAnswer) -> dict[str, Any]:
    """The whole answer; `tokens_used` is a number here, as the specification has it, and `usage` has its parts."""
    fields = answer.model_dump(mode="json")
    return fields | {"tokens_used": answer.tokens_used.total, "usage": fields["tokens_used"]}


def error_fields(error: Exception) -> dict[str, Any]:
    """`code`, `message` and `retryable` of an `error` event."""
    if isinstance(error, TimeoutError):
        return _told("timeout", TIMED_OUT, retryable=True)
    if isinstance(error, TransientError):
        return _told("unavailable", str(error), retryable=True)
    if isinstance(error, ConversationNotFound):
        return _told("not_found", str(error))
    if isinstance(error, InputInvalid):
        return _told("invalid", str(error))
    if isinstance(error, NotConfigured):
        return _told("not_configured", "A setting is missing; the operator finds it in the log.")
    if isinstance(error, InnkeeperError):
        return _told("failed", str(error))
    return _told("internal", "An unexpected error; report the message_id to the operator.")


def as_problem(error: Exception) -> Exception:
    """What the HTTP API raises for a failed answer; errors that it knows already stay what they are."""
    if isinstance(error, TimeoutError):
        return Problem(503, TIMED_OUT, retry_after_s=5)
    if isinstance(error, ConversationNotFound):
        return Problem(404, str(error))
    if isinstance(error, InnkeeperError) and not isinstance(error, TransientError | InputInvalid | NotConfigured):
        return Problem(503, str(error), retry_after_s=5)
    return error


def _told(code: str, message: str, *, retryable: bool = False) -> dict[str, Any]:
    return {"code": code, "message": message, "retryable": retryable}
