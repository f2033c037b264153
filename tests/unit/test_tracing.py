"""Spans and metrics as a real SDK receives them, and nothing at all without one."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any

import pytest
from opentelemetry import metrics as api_metrics
from opentelemetry import trace as api_trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from innkeeper.blocks.settings import settings
from innkeeper.blocks.tracing import embedding_span, model_span, tool_span
from innkeeper.schemas.errors import ModelRefused, ModelUnavailable
from innkeeper.schemas.models import TokenUsage

USAGE = TokenUsage(input_tokens=120, cached_input_tokens=100, cache_write_tokens=5, output_tokens=30)
SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
TOKENS = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864]


class Telescope:
    """What the SDK got."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.reader = InMemoryMetricReader()

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self.exporter.get_finished_spans()

    def only(self) -> ReadableSpan:
        (span,) = self.spans
        return span

    def points(self, name: str, model: str) -> list[Any]:
        found = self.reader.get_metrics_data()
        return [
            point
            for resource in (found.resource_metrics if found else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
            if (point.attributes or {}).get("gen_ai.request.model") == model
        ]


@pytest.fixture(scope="module")
def sdk() -> Telescope:
    telescope = Telescope()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(telescope.exporter))
    api_trace.set_tracer_provider(provider)  # once per process: the API allows no second time
    api_metrics.set_meter_provider(MeterProvider([telescope.reader]))
    return telescope


@pytest.fixture
def telescope(sdk: Telescope) -> Telescope:
    sdk.exporter.clear()
    return sdk


@pytest.fixture
def capturing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("INNKEEPER_CAPTURE_CONTENT", "true")
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_a_model_call_is_a_client_span_with_the_names_of_the_conventions(telescope: Telescope) -> None:
    with model_span(
        "openai", "gpt-a", server_address="api.openai.com", server_port=443, prompt_name="route", conversation_id="c1"
    ) as span:
        span.finished(
            USAGE, response_model="gpt-a-1", finish_reasons=["stop"], cost_usd=Decimal("0.02"), first_token_s=0.3
        )
    seen = telescope.only()
    assert (seen.name, seen.kind, seen.status.status_code) == ("chat gpt-a", SpanKind.CLIENT, StatusCode.UNSET)
    assert dict(seen.attributes or {}) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-a",
        "gen_ai.response.model": "gpt-a-1",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.response.time_to_first_chunk": 0.3,
        "gen_ai.usage.input_tokens": 120,
        "gen_ai.usage.output_tokens": 30,
        "gen_ai.usage.cache_read.input_tokens": 100,
        "gen_ai.usage.cache_creation.input_tokens": 5,
        "gen_ai.prompt.name": "route",
        "gen_ai.conversation.id": "c1",
        "server.address": "api.openai.com",
        "server.port": 443,
        "llm.cost_usd": 0.02,
    }


def test_embeddings_and_tools_have_spans_of_their_own(telescope: Telescope) -> None:
    with embedding_span("openai", "text-embedding-3-large") as vectors:
        vectors.finished(TokenUsage(input_tokens=8))
    with tool_span("get_room_status", call_id="call_1"):
        pass
    first, second = telescope.spans
    assert (first.name, first.kind) == ("embeddings text-embedding-3-large", SpanKind.CLIENT)
    assert (second.name, second.kind) == ("execute_tool get_room_status", SpanKind.INTERNAL)
    assert dict(second.attributes or {}) == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "get_room_status",
        "gen_ai.tool.call.id": "call_1",
    }


def test_the_metrics_have_the_buckets_of_the_conventions(telescope: Telescope) -> None:
    with model_span("anthropic", "claude-m", server_address="api.anthropic.com", server_port=443) as span:
        span.finished(USAGE, response_model="claude-m-1", first_token_s=0.3)
    tokens = telescope.points("gen_ai.client.token.usage", "claude-m")
    assert {(point.attributes["gen_ai.token.type"], point.sum) for point in tokens} == {("input", 120), ("output", 30)}
    (duration,) = telescope.points("gen_ai.client.operation.duration", "claude-m")
    (first_chunk,) = telescope.points("gen_ai.client.operation.time_to_first_chunk", "claude-m")
    assert [list(point.explicit_bounds) for point in (tokens[0], duration, first_chunk)] == [TOKENS, SECONDS, SECONDS]
    assert dict(duration.attributes) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "claude-m",
        "gen_ai.response.model": "claude-m-1",
        "server.address": "api.anthropic.com",
        "server.port": 443,
    }


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ModelUnavailable("too many requests", outcome="rate_limited"), "rate_limited"),
        (ModelRefused("no"), "ModelRefused"),
        (ValueError("Nguyễn Văn An, room 612"), "ValueError"),
        (json.JSONDecodeError("no", "secret", 0), "json.decoder.JSONDecodeError"),
    ],
)
def test_a_failure_is_named_but_not_quoted(telescope: Telescope, error: Exception, kind: str) -> None:
    model = f"failing-{kind}"
    with pytest.raises(type(error)), model_span("openai", model):
        raise error
    seen = telescope.only()
    assert (seen.attributes or {})["error.type"] == kind
    assert (seen.status.status_code, seen.status.description, seen.events) == (StatusCode.ERROR, None, ())
    (duration,) = telescope.points("gen_ai.client.operation.duration", model)
    assert duration.attributes["error.type"] == kind


async def test_a_cancelled_call_is_marked_but_is_no_error(telescope: Telescope) -> None:
    started = asyncio.Event()

    async def hang() -> None:
        with model_span("openai", "gpt-a"):
            started.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    seen = telescope.only()
    assert ((seen.attributes or {})["error.type"], seen.status.status_code) == ("cancelled", StatusCode.UNSET)


def test_what_happens_inside_is_a_child_and_what_comes_after_is_not(telescope: Telescope) -> None:
    with model_span("openai", "gpt-a"), tool_span("inner"):
        pass
    with tool_span("after"):
        pass
    inner, chat, after = telescope.spans
    assert chat.context is not None
    assert inner.parent is not None
    assert inner.parent.span_id == chat.context.span_id
    assert (chat.parent, after.parent) == (None, None)


async def test_a_stream_may_be_closed_by_another_task(telescope: Telescope, caplog: pytest.LogCaptureFixture) -> None:
    async def pieces() -> AsyncIterator[str]:
        with model_span("openai", "gpt-a", is_stream=True):
            yield "xin"
            yield "chào"

    async def next_of(stream: AsyncIterator[str]) -> str:
        return await anext(stream)

    stream = pieces()
    assert await asyncio.create_task(next_of(stream)) == "xin"
    await asyncio.create_task(stream.aclose())  # type: ignore[attr-defined]  # an async generator has it
    assert (telescope.only().attributes or {})["error.type"] == "cancelled"
    assert caplog.records == []


WORDS = [{"role": "user", "parts": [{"type": "text", "content": "Phòng 612 mất nước"}]}]


def test_content_stays_out_by_default(telescope: Telescope) -> None:
    settings.cache_clear()
    with model_span("openai", "gpt-a") as span:
        span.content(input_messages=WORDS, output_messages=WORDS)
    assert set(telescope.only().attributes or {}) == {
        "gen_ai.operation.name",
        "gen_ai.provider.name",
        "gen_ai.request.model",
    }


@pytest.mark.usefixtures("capturing")
def test_content_is_kept_when_the_operator_says_so(telescope: Telescope) -> None:
    with model_span("openai", "gpt-a") as span:
        span.content(input_messages=WORDS)
    seen = dict(telescope.only().attributes or {})
    assert seen["gen_ai.input.messages"] == json.dumps(WORDS, ensure_ascii=False)
    assert "gen_ai.output.messages" not in seen


WITHOUT_SDK = """
import sys
from innkeeper.blocks.tracing import model_span, tool_span
assert not [name for name in sys.modules if name.startswith("opentelemetry")], "imported too early"
from innkeeper.schemas.models import TokenUsage
with model_span("openai", "gpt-a") as span, tool_span("inner"):
    span.finished(TokenUsage(input_tokens=1), first_token_s=0.1)
    span.content(input_messages=[{"role": "user"}])
    span.failed("rejected")
assert not [name for name in sys.modules if name.startswith("opentelemetry.sdk")], "an SDK appeared"
print("done")
"""


def test_without_an_sdk_nothing_happens() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_SDK], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("done\n", "")
