"""The one module that talks to providers: pydantic-ai's direct requests, our errors, tokens and events.

`pydantic_ai` takes a second to import, so this module is imported by what makes a call, when it makes one.
"""

import asyncio
import functools
import json
import weakref
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from openai import AsyncOpenAI
from pydantic import BaseModel
from pydantic_ai import direct
from pydantic_ai.embeddings.openai import OpenAIEmbeddingModel
from pydantic_ai.embeddings.settings import EmbeddingSettings
from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    SystemPromptPart,
    TextPart,
    TextPartDelta,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition
from pydantic_ai.usage import RequestUsage

from innkeeper.blocks.models.chat import ChatModel
from innkeeper.blocks.models.embedders import Kind, OpenAIEmbedder
from innkeeper.blocks.models.wire_errors import as_our_error
from innkeeper.schemas.errors import ModelRefused, OutputInvalid
from innkeeper.schemas.models import TokenUsage

OUTPUT_TOOL = "answer"
_ESTIMATED = "estimated"
_embedders: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[object, ...], OpenAIEmbeddingModel]] = (
    weakref.WeakKeyDictionary()
)
_clients: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[object, ...], Model]] = (
    weakref.WeakKeyDictionary()
)


def client_of(model: ChatModel) -> Model:
    """The client of a block on this event loop, made once: its connections stay open between calls."""
    clients = _clients.setdefault(asyncio.get_running_loop(), {})
    url, key = model.connection
    name = (model.link, url, key, model.timeout_s, getattr(model, "structured_output", None))
    if name not in clients:
        clients[name] = model.client()
    return clients[name]


def opening(system: str, user: str, history: Sequence[ModelMessage] = ()) -> list[ModelMessage]:
    """A conversation: the rules, what was said before, and what is asked now."""
    return [ModelRequest(parts=[SystemPromptPart(system)]), *history, ModelRequest(parts=[UserPromptPart(user)])]


def user_turn(text: str) -> list[ModelMessage]:
    """One more message of the user."""
    return [ModelRequest(parts=[UserPromptPart(text)])]


@functools.cache
def tool_definition(name: str, description: str, arguments: type[BaseModel]) -> ToolDefinition:
    """A tool as a model is told of it."""
    return ToolDefinition(name=name, description=description, parameters_json_schema=arguments.model_json_schema())


def tool_results(calls: Sequence[ToolCallPart], results: Sequence[str]) -> ModelRequest:
    """What the calls of an answer gave, in their order."""
    return ModelRequest(
        parts=[
            ToolReturnPart(tool_name=call.tool_name, content=result, tool_call_id=call.tool_call_id)
            for call, result in zip(calls, results, strict=True)
        ]
    )


def asking(output_type: type[BaseModel] | None, tools: Sequence[ToolDefinition] = ()) -> ModelRequestParameters:
    """What may come back: text, calls of `tools`, or one object; how a model is asked for it depends on the model."""
    if output_type is None:
        return ModelRequestParameters(function_tools=list(tools))
    schema, about = output_type.model_json_schema(), output_type.__doc__
    answer = ToolDefinition(name=OUTPUT_TOOL, parameters_json_schema=schema, description=about, kind="output")
    return ModelRequestParameters(
        function_tools=list(tools),
        output_mode="auto",
        output_object=OutputObjectDefinition(json_schema=schema, name=output_type.__name__, description=about),
        output_tools=[answer],
        allow_text_output=False,
    )


def limits(model: ChatModel, *, may_call: bool = True) -> ModelSettings:
    """The block's limits, for each single attempt; without `may_call`, tools are named but must not be called."""
    settings = ModelSettings(max_tokens=model.max_output_tokens, request_timeout=model.timeout_s)
    if not may_call:  # Anthropic turns a conversation with calls down when it names no tools
        settings["tool_choice"] = "none"
    if model.temperature is not None:
        settings["temperature"] = model.temperature
    return settings


async def request(
    model: ChatModel, messages: Sequence[ModelMessage], parameters: ModelRequestParameters, *, may_call: bool = True
) -> ModelResponse:
    """
    One request, one answer.

    Raises:
        ModelUnavailable: Try again, or another link.
        ModelRejected: This provider will not take it.
        ModelRefused: The model declined.
        OutputInvalid: The provider's answer cannot be read.
    """
    try:
        return await direct.model_request(
            client_of(model),
            messages,
            model_settings=limits(model, may_call=may_call),
            model_request_parameters=parameters,
        )
    except Exception as error:
        raise as_our_error(error, model.link) from None  # a traceback would quote the provider, who may quote a guest


async def stream(
    model: ChatModel, messages: Sequence[ModelMessage], parameters: ModelRequestParameters, *, may_call: bool = True
) -> AsyncGenerator[str | ModelResponse]:
    """
    One request; the answer's text as it comes, and at last the whole answer.

    Raises:
        As `request`, also when the stream breaks off.
    """
    settings = limits(model, may_call=may_call)
    settings["first_event_timeout"] = model.timeout_s
    try:
        async with direct.model_request_stream(
            client_of(model), messages, model_settings=settings, model_request_parameters=parameters
        ) as events:
            async for event in events:
                if isinstance(event, PartStartEvent) and isinstance(event.part, TextPart) and event.part.content:
                    yield event.part.content
                elif isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta):
                    yield event.delta.content_delta
            response = events.get()
    except Exception as error:
        raise as_our_error(error, model.link) from None  # a traceback would quote the provider, who may quote a guest
    yield response


def require_answer(response: ModelResponse, link: str) -> None:
    """Raise `ModelRefused` or `OutputInvalid` unless there is text or a tool call in `response`."""
    if response.finish_reason == "content_filter":
        raise ModelRefused(f"{link}: the provider's content filter stopped the answer")
    if not tool_calls_of(response) and not text_of(response).strip():
        raise OutputInvalid(f"{link} sent an empty answer", problem="the answer was empty")


async def embed(embedder: OpenAIEmbedder, texts: Sequence[str], kind: Kind) -> tuple[NDArray[np.float32], TokenUsage]:
    """Unit vectors of `texts`, shape (n, dimensions); raises as `request` does."""
    if not texts:  # a provider turns down an empty list
        return np.zeros((0, embedder.size), dtype=np.float32), TokenUsage()
    clients = _embedders.setdefault(asyncio.get_running_loop(), {})
    key = (embedder.model, embedder.base_url, embedder.api_key.get_secret_value(), embedder.timeout_s)
    if key not in clients:
        sdk = AsyncOpenAI(api_key=key[2], base_url=embedder.base_url, max_retries=0, timeout=embedder.timeout_s)
        clients[key] = OpenAIEmbeddingModel(embedder.model, provider=OpenAIProvider(openai_client=sdk))
    link = f"{embedder.provider}/{embedder.model}"
    try:
        result = await clients[key].embed(
            list(texts),
            input_type="document" if kind == "passage" else "query",
            settings=EmbeddingSettings(dimensions=embedder.size),
        )
        vectors = np.asarray(result.embeddings, dtype=np.float32)
    except Exception as error:
        raise as_our_error(error, link) from None
    if vectors.shape != (len(texts), embedder.size):
        raise OutputInvalid(f"{link} sent vectors of shape {vectors.shape} for {len(texts)} texts")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise OutputInvalid(f"{link} sent a vector without a length")
    return vectors / lengths, TokenUsage(input_tokens=result.usage.input_tokens)


def text_of(response: ModelResponse) -> str:
    """The answer's text, or the arguments of the call that carries its object."""
    for call in tool_calls_of(response):
        if call.tool_name == OUTPUT_TOOL:
            return call.args if isinstance(call.args, str) else json.dumps(call.args or {}, ensure_ascii=False)
    return "".join(part.content for part in response.parts if isinstance(part, TextPart))


def tool_calls_of(response: ModelResponse) -> list[ToolCallPart]:
    """The tools that the answer asks for, in its order."""
    return [part for part in response.parts if isinstance(part, ToolCallPart)]


def usage_of(response: ModelResponse) -> TokenUsage | None:
    """What the provider reported, or `with_estimate` noted; else none."""
    usage = response.usage
    if not usage.input_tokens and not usage.output_tokens:
        return None
    return TokenUsage(
        input_tokens=usage.input_tokens,
        cached_input_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        output_tokens=usage.output_tokens,
        estimated=_ESTIMATED in usage.details,
    )


def with_estimate(response: ModelResponse, usage: TokenUsage) -> ModelResponse:
    """`response` with what was counted here, where the provider reported nothing."""
    counted = RequestUsage(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens, details={_ESTIMATED: 1})
    return replace(response, usage=counted)


def packed(response: ModelResponse) -> str:
    """An answer as JSON text."""
    return ModelMessagesTypeAdapter.dump_json([response]).decode()


def unpacked(text: str) -> ModelResponse:
    """The answer that `packed` wrote."""
    message = ModelMessagesTypeAdapter.validate_json(text)[0]
    if not isinstance(message, ModelResponse):
        raise TypeError("a stored answer is no answer")
    return message
