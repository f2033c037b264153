"""`POST /v1/chat/completions` and `GET /v1/models`: the assistant for existing OpenAI-compatible chat clients."""

import datetime as dt
import json
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from innkeeper.blocks.database.conversations import find_thread, new_conversation_id
from innkeeper.blocks.stream_buffer import EventsGone, StreamEvent
from innkeeper.schemas.access import Principal
from innkeeper.serving.assistant import GONE, answered, begun
from innkeeper.serving.assistant_payloads import asker, to_question
from innkeeper.serving.chat_payloads import (
    MODEL,
    ChatCompletion,
    ChatModelCard,
    ChatModelList,
    ChatRequest,
    completion_id,
    completion_of,
    extras_of,
    usage_of,
)
from innkeeper.serving.guard import DESCRIBED_KEYS, Caller, GuardedRoute
from innkeeper.serving.openapi import problem_responses
from innkeeper.serving.services import Services, services_of
from innkeeper.serving.streaming import EventStream, described_events, written

DONE = b"data: [DONE]\n\n"
# A client of this protocol cannot take words back: it is told that they do not count.
WITHDRAWN = "\n\n[Please disregard the text above; this is the answer / Xin bỏ qua phần trên; đây là câu trả lời:]\n\n"


api = APIRouter(prefix="/v1", tags=["chat completions"], route_class=GuardedRoute, dependencies=DESCRIBED_KEYS)


@api.post(
    "/chat/completions",
    response_model=ChatCompletion,
    operation_id="chat_completions",
    responses={
        200: {"content": described_events()},
        **problem_responses(400, 401, 404, 408, 413, 415, 422, 429, 500, 503),
    },
)
async def chat_completions(body: ChatRequest, request: Request, caller: Caller) -> Response:
    """
    Answer the last message of a chat.

    The conversation is the one that `metadata.conversation_id` names, or the one in which exactly the earlier messages
    were said, or a new one.
    """
    services = services_of(request)
    principal = asker(caller, body.metadata, body.metadata.user_id if body.metadata else None)
    text = body.question()
    conversation_id = body.conversation_id() or await _of_thread(services, body, principal) or new_conversation_id()
    question = to_question(text, conversation_id, body.metadata)
    if body.stream:
        answers, message_id = await begun(services, question, principal)
        with_usage = body.stream_options is not None and body.stream_options.include_usage
        frames = _frames(message_id, body.model, answers.buffer.follow(message_id), with_usage=with_usage)
        return EventStream(frames, lambda: answers.left(message_id, may_return=False))
    answer = await answered(services, question, principal, request)
    if answer is None:
        return Response(status_code=GONE)
    completion = completion_of(answer, body.model, int(time.time()))
    return Response(completion.model_dump_json(), media_type="application/json")


@api.get("/models", operation_id="list_models", responses=problem_responses(401, 413, 429, 500, 503))
async def models(request: Request) -> ChatModelList:
    """What may stand as `model`: there is one."""
    return ChatModelList(data=[ChatModelCard(id=MODEL, created=0, owned_by=MODEL)])


async def _of_thread(services: Services, body: ChatRequest, principal: Principal) -> str | None:
    thread = body.thread(principal)
    if thread is None:
        return None
    async with services.hotel.reading() as session:
        return await find_thread(session, thread, principal, dt.datetime.now(dt.UTC))


async def _frames(
    message_id: str, model: str, events: AsyncGenerator[StreamEvent, None], *, with_usage: bool
) -> AsyncGenerator[bytes, None]:
    """The events of a message as chunks; the last frame is always `[DONE]`."""
    head = {
        "id": completion_id(message_id),
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": model,
    }
    failure: dict[str, Any] | None = {"code": "interrupted", "message": "The stream broke off; ask again."}
    try:
        async with aclosing(events):
            async for event in events:
                fields = json.loads(event.data)
                if event.is_last:
                    failure = fields if event.type == "error" else None
                for chunk in _chunks(event.type, fields, with_usage=with_usage):
                    yield _frame(head | chunk)
    except EventsGone:
        pass
    if failure is not None:
        told = {"message": failure["message"], "type": "server_error", "param": None, "code": failure["code"]}
        yield _frame({"error": told})
    yield DONE


def _chunks(kind: str, fields: dict[str, Any], *, with_usage: bool) -> list[dict[str, Any]]:
    nothing_yet = {"usage": None} if with_usage else {}
    if kind == "start":
        return [_choice({"role": "assistant", "content": ""}) | nothing_yet]
    if kind == "content":
        return [_choice({"content": fields["delta"]}) | nothing_yet]
    if kind == "correction":
        return [_choice({"content": WITHDRAWN}) | nothing_yet]
    if kind == "end":
        last = _choice({}, "stop") | {"innkeeper": extras_of(fields)} | nothing_yet
        usage = {"choices": [], "usage": usage_of(fields["usage"]).model_dump()}
        return [last, usage] if with_usage else [last]
    return []


def _choice(delta: dict[str, str], finish_reason: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]}


def _frame(chunk: dict[str, Any]) -> bytes:
    return f"data: {written(chunk)}\n\n".encode()
