"""`assistant/query`, `assistant/query-stream`, `assistant/stream/{message_id}` and `assistant/clear-history`."""

import asyncio
import re
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.responses import JSONResponse, Response

from innkeeper.blocks.database.conversations import new_conversation_id
from innkeeper.schemas.access import Principal
from innkeeper.schemas.assistant import AssistantAnswer, AssistantQuestion
from innkeeper.schemas.errors import TransientError
from innkeeper.serving.answers import Answers, as_problem, new_message_id
from innkeeper.serving.assistant_payloads import Cleared, ClearRequest, QueryRequest, asker, to_question
from innkeeper.serving.guard import DESCRIBED_KEYS, Caller, GuardedRoute
from innkeeper.serving.openapi import problem_responses
from innkeeper.serving.problems import Problem
from innkeeper.serving.services import Services, services_of
from innkeeper.serving.streaming import (
    MEDIA_TYPE,
    ClientGone,
    EventStream,
    described_events,
    event_frames,
    while_connected,
)

GONE = 499  # nobody reads it: nginx's code for a client that went away

_EVENTS = described_events("start", "tool_call", "tool_result", "content", "correction", "end", "error")
_POSITION = re.compile(r"(?:(?P<message>[A-Za-z0-9_-]{1,80}):)?(?P<seq>\d{1,9})")

api = APIRouter(prefix="/assistant", tags=["assistant"], route_class=GuardedRoute, dependencies=DESCRIBED_KEYS)


@api.post(
    "/query",
    response_model=AssistantAnswer,
    operation_id="ask",
    responses={200: {"content": _EVENTS}, **problem_responses(400, 401, 404, 408, 413, 415, 422, 429, 500, 503)},
)
async def query(body: QueryRequest, request: Request, caller: Caller) -> Response:
    """
    Answer a question from the hotel's documents and live data.

    With `stream: true`, or `Accept: text/event-stream`, as events: see `query-stream`.
    """
    if body.stream or MEDIA_TYPE in request.headers.get("accept", ""):
        return await _streamed(body, request, caller)
    services = services_of(request)
    question, principal = _asked(body, caller)
    answer = await answered(services, question, principal, request)
    return Response(status_code=GONE) if answer is None else JSONResponse(answer.model_dump(mode="json"))


@api.post(
    "/query-stream",
    response_class=Response,
    operation_id="ask_streaming",
    responses={200: {"content": _EVENTS}, **problem_responses(400, 401, 404, 408, 413, 415, 422, 429, 500, 503)},
)
async def query_stream(
    body: QueryRequest,
    request: Request,
    caller: Caller,
    last_event_id: Annotated[str | None, Header(description="Goes on with an answer instead of asking again.")] = None,
) -> Response:
    """
    Answer a question as server-sent events: `start`, `tool_call`, `tool_result`, `content`, and `end` or `error`.

    `correction` withdraws all `content` before it. `end` has the whole answer. A comment every 15 s is a sign of life.
    """
    answers = services_of(request).answers
    if last_event_id is not None:
        position = _POSITION.fullmatch(last_event_id)
        owner = await answers.buffer.owner(position["message"]) if position and position["message"] else None
        if position and owner and caller.may_be(owner):
            return _followed(answers, position["message"], int(position["seq"]))
    return await _streamed(body, request, caller)


@api.get(
    "/stream/{message_id}",
    response_class=Response,
    operation_id="resume_stream",
    responses={200: {"content": _EVENTS}, **problem_responses(401, 404, 413, 422, 429, 500, 503)},
)
async def resume(
    message_id: Annotated[str, Path(max_length=80, description="As in the `start` event.")],
    request: Request,
    caller: Caller,
    last_event_id: Annotated[str | None, Header(description="`<message_id>:<number>` of the last event heard.")] = None,
    after: Annotated[
        str | None, Query(alias="last_event_id", description="The same, for clients that cannot set headers.")
    ] = None,
) -> Response:
    """
    Go on with an answer whose connection broke, within 10 minutes; from its beginning without a last event.

    An answer that nobody listens to for 5 seconds is given up, and ends in `error` with the code `cancelled`.
    """
    answers = services_of(request).answers
    place = last_event_id or after
    position = _POSITION.fullmatch(place) if place else None
    if place and (position is None or position["message"] not in {None, message_id}):
        raise Problem(422, "The last event's id is not one of this message's: <message_id>:<number>.")
    owner = await answers.buffer.owner(message_id)
    if owner is None or not caller.may_be(owner):
        raise Problem(404, "There is no such message, or it is no longer kept; ask the question again.")
    return _followed(answers, message_id, int(position["seq"]) if position else 0)


@api.post(
    "/clear-history",
    operation_id="clear_history",
    responses=problem_responses(400, 401, 404, 408, 413, 415, 422, 429, 500, 503),
)
async def clear_history(body: ClearRequest, request: Request, caller: Caller) -> Cleared:
    """Delete a conversation: its messages, what is cached of it, and its streams."""
    services = services_of(request)
    try:
        cleared = await services.assistant.clear(body.conversation_id, caller)
    except Exception as error:
        raise as_problem(error) from None
    with suppress(TransientError):  # a copy in a Redis that is away expires by itself, and no row leads to it
        await services.answers.buffer.forget(body.conversation_id)
    return Cleared(success=True, conversation_id=body.conversation_id, messages_cleared=cleared)


async def answered(
    services: Services, question: AssistantQuestion, principal: Principal, request: Request
) -> AssistantAnswer | None:
    """
    The whole answer; none when the client went away, and then nothing more is done for it.

    Raises:
        Problem: 404, 503 and so on, as `as_problem` has them.
    """
    try:
        async with asyncio.timeout(services.answer_timeout_s):
            work = services.assistant.answer(question, principal, None, message_id=new_message_id())
            answer: AssistantAnswer = await while_connected(request.receive, work)
    except ClientGone:
        return None
    except Exception as error:
        raise as_problem(error) from None
    return answer


async def begun(services: Services, question: AssistantQuestion, principal: Principal) -> tuple[Answers, str]:
    """A streamed answer that has begun, and the id of its message; raises as `answered`."""
    answers = services.answers
    try:
        message = await answers.start(services.assistant, question, principal)
    except Exception as error:
        raise as_problem(error) from None
    return answers, message.message_id


def _asked(body: QueryRequest, caller: Principal) -> tuple[AssistantQuestion, Principal]:
    question = to_question(body.message, body.conversation_id or new_conversation_id(), body.context)
    return question, asker(caller, body.context, body.user_id)


async def _streamed(body: QueryRequest, request: Request, caller: Principal) -> Response:
    question, principal = _asked(body, caller)
    answers, message_id = await begun(services_of(request), question, principal)
    return _followed(answers, message_id, 0)


def _followed(answers: Answers, message_id: str, after: int) -> Response:
    frames = event_frames(message_id, answers.buffer.follow(message_id, after))
    return EventStream(frames, lambda: answers.left(message_id))
