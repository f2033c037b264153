"""OpenTelemetry spans and metrics of model and tool calls, by the GenAI conventions (v1.41; all of them "development").

Only the API package is used: until the process sets up an SDK, all of it does nothing. What a guest or a model wrote is
left out unless `INNKEEPER_CAPTURE_CONTENT` is on.
"""

import asyncio
import functools
import json
import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

import innkeeper
from innkeeper.blocks.settings import settings
from innkeeper.schemas.errors import InnkeeperError, ModelUnavailable
from innkeeper.schemas.models import CallOutcome, TokenUsage

if TYPE_CHECKING:
    from opentelemetry.metrics import Histogram
    from opentelemetry.trace import Span, SpanKind, Tracer

SCOPE = "innkeeper"
# As the conventions list them: powers of 4, and doublings of 10 ms.
TOKEN_BUCKETS = tuple(float(4**power) for power in range(14))
SECOND_BUCKETS = tuple(round(0.01 * 2**power, 2) for power in range(14))

Attribute = str | int | float | Sequence[str]
Attributes = dict[str, Attribute]
# `{"role": "user", "parts": [{"type": "text", "content": "…"}]}`, as the conventions' JSON schema has it
Messages = Sequence[Mapping[str, object]]


class _Telemetry(NamedTuple):
    tracer: "Tracer"
    tokens: "Histogram"
    duration: "Histogram"
    first_chunk: "Histogram"
    client: "SpanKind"
    internal: "SpanKind"


class _CallSpan:
    """
    A span around one call: made current for what happens inside, ended when the block is left.

    An exception marks it as failed, with the exception's class but never its text: that may quote a guest.
    """

    def __init__(self, name: str, attributes: Attributes, *, is_client: bool, is_current: bool = True) -> None:
        self._name = name
        self._attributes = attributes
        self._is_client = is_client
        self._is_current = is_current
        self._span: Span | None = None
        self._token: object | None = None
        self._started_s = 0.0
        self._error: str | None = None

    def __enter__(self) -> Self:
        telemetry = _telemetry()
        kind = telemetry.client if self._is_client else telemetry.internal
        self._span = telemetry.tracer.start_span(self._name, kind=kind, attributes=self._attributes)
        if self._is_current and self._span.is_recording():
            self._token = _attach(self._span)
        self._started_s = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if error is not None and self._error is None:
            self.failed(_error_type(error))
        self._record(time.perf_counter() - self._started_s)
        if self._token is not None:
            _detach(self._token)
        if self._span is not None:
            self._span.end()

    def failed(self, kind: str) -> None:
        """Mark the call as failed without an exception; `kind` is a `CallOutcome` or the name of an error."""
        self._error = kind
        if self._span is not None and self._span.is_recording():
            from opentelemetry.trace import StatusCode

            self._span.set_attribute("error.type", kind)
            if kind != CallOutcome.CANCELLED:
                self._span.set_status(StatusCode.ERROR)

    def _record(self, duration_s: float) -> None:
        """Record metrics; a tool call has none."""


class ModelSpan(_CallSpan):
    """A span around one model call; use `model_span` or `embedding_span`."""

    _usage: TokenUsage | None = None
    _response_model: str | None = None
    _first_chunk_s: float | None = None

    def finished(
        self,
        usage: TokenUsage,
        *,
        response_model: str | None = None,
        finish_reasons: Sequence[str] = (),
        cost_usd: Decimal | None = None,
        first_token_s: float | None = None,
    ) -> None:
        """
        Say what the call took; also of a call that fails afterwards.

        Args:
            usage: What the provider charges for.
            response_model: As the provider named it.
            finish_reasons: One for each choice: `stop`, `length`, `tool_calls`, ….
            cost_usd: None when the model has no known price.
            first_token_s: From the request to the first chunk; None when the answer was not streamed.
        """
        self._usage, self._response_model, self._first_chunk_s = usage, response_model, first_token_s
        if self._span is None or not self._span.is_recording():
            return
        found: dict[str, Attribute | None] = {
            "gen_ai.response.model": response_model,
            "gen_ai.response.finish_reasons": tuple(finish_reasons) or None,
            "gen_ai.response.time_to_first_chunk": first_token_s,
            "gen_ai.usage.input_tokens": usage.input_tokens,
            "gen_ai.usage.output_tokens": usage.output_tokens,
            "gen_ai.usage.cache_read.input_tokens": usage.cached_input_tokens or None,
            "gen_ai.usage.cache_creation.input_tokens": usage.cache_write_tokens or None,
            "llm.cost_usd": None if cost_usd is None else float(cost_usd),  # the conventions have none
        }
        self._span.set_attributes({key: value for key, value in found.items() if value is not None})

    def content(self, *, input_messages: Messages = (), output_messages: Messages = ()) -> None:
        """Add what was said, if `INNKEEPER_CAPTURE_CONTENT` is on: guests' words, so it is off by default."""
        if self._span is None or not self._span.is_recording() or not settings().capture_content:
            return
        for name, messages in (("gen_ai.input.messages", input_messages), ("gen_ai.output.messages", output_messages)):
            if messages:
                self._span.set_attribute(name, json.dumps(list(messages), ensure_ascii=False, default=str))

    def _record(self, duration_s: float) -> None:
        telemetry = _telemetry()
        common = {key: value for key, value in self._attributes.items() if key in _METRIC_ATTRIBUTES}
        if self._response_model:
            common["gen_ai.response.model"] = self._response_model
        if self._usage is not None:
            for kind, count in (("input", self._usage.input_tokens), ("output", self._usage.output_tokens)):
                if count or kind == "input":
                    telemetry.tokens.record(count, {**common, "gen_ai.token.type": kind})
        if self._first_chunk_s is not None:
            telemetry.first_chunk.record(self._first_chunk_s, common)
        if self._error:
            common["error.type"] = self._error
        telemetry.duration.record(duration_s, common)


_METRIC_ATTRIBUTES = frozenset(
    {"gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "server.address", "server.port"}
)


class ToolSpan(_CallSpan):
    """A span around one tool call; use `tool_span`."""


def model_span(
    provider: str,
    model: str,
    *,
    server_address: str | None = None,
    server_port: int | None = None,
    prompt_name: str | None = None,
    conversation_id: str | None = None,
    is_stream: bool = False,
) -> ModelSpan:
    """
    A span `chat {model}` around one request to a provider, as a context manager.

    Args:
        provider: `openai`, `anthropic`, `compatible`.
        model: As it is asked for.
        server_address: Host name of the provider, with `server_port`.
        server_port: None when unknown.
        prompt_name: Name of the prompt that was rendered, not its text.
        conversation_id: Our own id of the conversation.
        is_stream: The block lives in an async generator. The span is then not made current, because a generator may be
            closed in another context than it was started in.
    """
    attributes = _request("chat", provider, model, server_address, server_port)
    if prompt_name:
        attributes["gen_ai.prompt.name"] = prompt_name
    if conversation_id:
        attributes["gen_ai.conversation.id"] = conversation_id
    return ModelSpan(f"chat {model}", attributes, is_client=True, is_current=not is_stream)


def embedding_span(
    provider: str, model: str, *, server_address: str | None = None, server_port: int | None = None
) -> ModelSpan:
    """A span `embeddings {model}` around one request for vectors."""
    attributes = _request("embeddings", provider, model, server_address, server_port)
    return ModelSpan(f"embeddings {model}", attributes, is_client=True)


def tool_span(tool: str, *, call_id: str | None = None) -> ToolSpan:
    """A span `execute_tool {tool}` around one tool call."""
    attributes: Attributes = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": tool}
    if call_id:
        attributes["gen_ai.tool.call.id"] = call_id
    return ToolSpan(f"execute_tool {tool}", attributes, is_client=False)


def _request(operation: str, provider: str, model: str, address: str | None, port: int | None) -> Attributes:
    attributes: Attributes = {
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": model,
    }
    if address:
        attributes["server.address"] = address
        if port:
            attributes["server.port"] = port
    return attributes


def _error_type(error: BaseException) -> str:
    if isinstance(error, asyncio.CancelledError | GeneratorExit):
        return CallOutcome.CANCELLED.value
    if isinstance(error, ModelUnavailable):
        return error.outcome
    return type(error).__qualname__ if isinstance(error, InnkeeperError) else _full_name(type(error))


def _full_name(kind: type[BaseException]) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


@functools.cache
def _telemetry() -> _Telemetry:
    """The tracer and instruments: proxies, which find the SDK whenever the process sets it up."""
    from opentelemetry import metrics, trace

    meter = metrics.get_meter(SCOPE, innkeeper.__version__)

    def histogram(name: str, unit: str, description: str, buckets: Sequence[float]) -> "Histogram":
        return meter.create_histogram(name, unit, description, explicit_bucket_boundaries_advisory=buckets)

    client = "gen_ai.client"
    return _Telemetry(
        trace.get_tracer(SCOPE, innkeeper.__version__),
        histogram(f"{client}.token.usage", "{token}", "Tokens that are charged for.", TOKEN_BUCKETS),
        histogram(f"{client}.operation.duration", "s", "From request to end of answer.", SECOND_BUCKETS),
        histogram(f"{client}.operation.time_to_first_chunk", "s", "From request to first chunk.", SECOND_BUCKETS),
        trace.SpanKind.CLIENT,
        trace.SpanKind.INTERNAL,
    )


def _attach(span: "Span") -> object:
    from opentelemetry import context, trace

    return context.attach(trace.set_span_in_context(span))


def _detach(token: object) -> None:
    from opentelemetry import context

    context.detach(token)  # type: ignore[arg-type]  # a contextvars.Token, kept as `object` until the block is left
