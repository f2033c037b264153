"""Prometheus metrics: one function for each event, and `exposition()` for whoever collects them.

They live in a registry of their own, made at the first event. With `PROMETHEUS_MULTIPROC_DIR` set, every process writes
to files in that folder and `exposition()` adds them up; the folder must be empty when the first process starts. Labels
hold no guest, user, room or conversation, and no label has more than `MAX_NAMES` values that come from outside.
"""

import functools
import math
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import innkeeper
from innkeeper.schemas.models import CallOutcome, TokenUsage

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
    from prometheus_client.metrics_core import Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
MAX_NAMES = 50
OTHER = "other"
MULTIPROCESS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 80.0)
CIRCUIT_VALUES = {"closed": 0.0, "half_open": 0.5, "open": 1.0}

_lock = threading.Lock()
_names: dict[str, set[str]] = {}


@dataclass(frozen=True)
class _Metrics:
    registry: "CollectorRegistry"
    requests: "Counter"
    response_s: "Histogram"
    tokens_in: "Counter"
    tokens_out: "Counter"
    cost_usd: "Counter"
    call_s: "Histogram"
    first_token_s: "Histogram"
    errors: "Counter"
    unpriced: "Counter"
    fallbacks: "Counter"
    cache_hits: "Counter"
    cache_misses: "Counter"
    budget: "Gauge"
    circuit: "Gauge"
    decisions: "Counter"
    abstained: "Counter"
    escalations: "Counter"
    answers: "Counter"
    handoffs: "Counter"
    not_recorded: "Counter"
    tasks: "Counter"
    kb_documents: "Gauge"
    kb_chunks: "Gauge"
    kb_indexed_at: "Gauge"
    kb_retrieval_s: "Histogram"
    sweep_lag_s: "Gauge"
    incidents_open: "Gauge"
    alerts_sent: "Gauge"


def request_finished(endpoint: str, status: str, duration_s: float | None = None) -> None:
    """
    Count a request to the HTTP API.

    Args:
        endpoint: The route's template, never a path that somebody typed.
        status: `success`, or the HTTP status code of a failure.
        duration_s: None: it is counted but not timed.
    """
    metrics = _metrics()
    metrics.requests.labels(_bounded("endpoint", endpoint), status).inc()
    if duration_s is not None:
        metrics.response_s.observe(duration_s)


def call_finished(
    provider: str,
    model: str,
    outcome: CallOutcome,
    usage: TokenUsage,
    cost_usd: Decimal | None,
    latency_s: float,
    first_token_s: float | None = None,
) -> None:
    """
    Count one model call.

    Args:
        provider: `openai`, `anthropic`, `compatible`.
        model: As it was asked for; beyond `MAX_NAMES` of them, a new one counts as `other`.
        outcome: Anything but an answer and a cancellation is counted as an error of this kind.
        usage: What the provider charges for.
        cost_usd: None: the model has no known price. It is then counted as unpriced if it took tokens.
        latency_s: From the request to the end of the answer.
        first_token_s: From the request to the first token; None when the answer was not streamed.
    """
    metrics = _metrics()
    metrics.tokens_in.inc(usage.input_tokens)
    metrics.tokens_out.inc(usage.output_tokens)
    metrics.call_s.labels(provider).observe(latency_s)
    if first_token_s is not None:
        metrics.first_token_s.observe(first_token_s)
    if outcome not in (CallOutcome.ANSWERED, CallOutcome.CANCELLED):
        metrics.errors.labels(provider, _bounded("model", model), outcome.value).inc()
    if cost_usd is not None:
        metrics.cost_usd.inc(float(cost_usd))
    elif usage.total:
        metrics.unpriced.labels(_bounded("model", model)).inc()


def fell_back(from_link: str, to_link: str) -> None:
    """Count a call that went from one link of the chain to a later one."""
    _metrics().fallbacks.labels(_bounded("link", from_link), _bounded("link", to_link)).inc()


def cache_asked(kind: str, *, hit: bool) -> None:
    """Count a look into a cache; `kind` names the cache (`response`, `embedding`, …)."""
    metrics = _metrics()
    (metrics.cache_hits if hit else metrics.cache_misses).labels(kind).inc()


def budget_used(scope: str, ratio: float) -> None:
    """Set how much of a budget is used, 1.0 being all; `scope` is `all`, `flow:answer_question`, … and names nobody."""
    _metrics().budget.labels(_bounded("scope", scope)).set(ratio)


def circuit_changed(link: str, state: str) -> None:
    """Set the state of a link's circuit: `closed`, `half_open` or `open`."""
    _metrics().circuit.labels(_bounded("link", link)).set(CIRCUIT_VALUES[state])


def routing_decided(category: str, priority: str) -> None:
    """Count a request that was routed; both words come from the taxonomy."""
    _metrics().decisions.labels(_bounded("category", category), priority).inc()


def routing_abstained() -> None:
    """Count a message that the engine was not sure about."""
    _metrics().abstained.inc()


def routing_escalated(outcome: str) -> None:
    """Count a message that was handed to a model or a person, by what came of it."""
    _metrics().escalations.labels(_bounded("outcome", outcome)).inc()


def question_answered(model: str, handoff: str | None) -> None:
    """Count an answer of the assistant; `handoff` says why somebody else has to be asked, where that is so."""
    metrics = _metrics()
    metrics.answers.labels(_bounded("model", model)).inc()
    if handoff is not None:
        metrics.handoffs.labels(handoff).inc()


def task_rested(status: str) -> None:
    """Count a task that has ended, or waits for somebody."""
    _metrics().tasks.labels(_bounded("task", status)).inc()


def not_recorded() -> None:
    """Count an answer that Prefect could not be told of."""
    _metrics().not_recorded.inc()


def knowledge_switched(documents: int, chunks: int, indexed_at_s: float) -> None:
    """Set what the current version of the document index holds, and when it was made, in seconds since 1970."""
    metrics = _metrics()
    metrics.kb_documents.set(documents)
    metrics.kb_chunks.set(chunks)
    metrics.kb_indexed_at.set(indexed_at_s)


def knowledge_searched(duration_s: float) -> None:
    """Time a search in the documents."""
    _metrics().kb_retrieval_s.observe(duration_s)


def logs_watched(lag_s: float | None, incidents: Mapping[str, int], alerts: Iterable[tuple[str, str, int]]) -> None:
    """Set how long the source that waits longest waits, open incidents by severity, and (target, result, alerts)."""
    metrics = _metrics()
    metrics.sweep_lag_s.set(math.nan if lag_s is None else lag_s)  # 0 would look like a sweep just now
    for severity, count in incidents.items():
        metrics.incidents_open.labels(severity).set(count)
    for target, result, number in alerts:
        metrics.alerts_sent.labels(_bounded("channel", target), result).set(number)


def exposition() -> bytes:
    """All metrics in Prometheus's text format, version 0.0.4; those of all processes where they share a folder."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = _metrics().registry
    if os.environ.get(MULTIPROCESS_FOLDER):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # prometheus_client types its constructor so
    return generate_latest(_WithoutCreationTimes(registry))


def process_ended() -> None:
    """Take this process's circuits out of what the processes share; call it before the process ends."""
    if os.environ.get(MULTIPROCESS_FOLDER):
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(os.getpid())  # type: ignore[no-untyped-call]  # prometheus_client gives it no types


class _WithoutCreationTimes:
    """Leaves out the `_created` series, which double every counter in the text format and that nobody asked for."""

    def __init__(self, registry: "CollectorRegistry") -> None:
        self._registry = registry

    def collect(self) -> Iterator["Metric"]:
        for metric in self._registry.collect():
            metric.samples = [each for each in metric.samples if not each.name.endswith("_created")]
            yield metric


def _bounded(label: str, name: str) -> str:
    known = _names.setdefault(label, set())
    if name in known:
        return name
    with _lock:
        if len(known) < MAX_NAMES:
            known.add(name)
            return name
    return OTHER


def _metrics() -> _Metrics:
    return _made() if _made.cache_info().currsize else _make()


def _make() -> _Metrics:
    with _lock:  # `functools.cache` alone would let two threads make two registries
        return _made()


@functools.cache
def _made() -> _Metrics:
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

    if folder := os.environ.get(MULTIPROCESS_FOLDER):
        Path(folder).mkdir(parents=True, exist_ok=True)
    registry = CollectorRegistry()
    counter = functools.partial(Counter, registry=registry)
    gauge = functools.partial(Gauge, registry=registry)
    newest = functools.partial(gauge, multiprocess_mode="mostrecent")
    seconds = functools.partial(Histogram, buckets=SECONDS, registry=registry)
    gauge("llm_build_info", "Always 1", ["version"], multiprocess_mode="max").labels(innkeeper.__version__).set(1)
    tokens = counter("llm_tokens_used_total", "Tokens of model calls", ["type"])
    return _Metrics(
        registry=registry,
        requests=counter("llm_requests_total", "Requests to the HTTP API", ["endpoint", "status"]),
        response_s=seconds("llm_response_duration_seconds", "From request to answer, over HTTP"),
        tokens_in=tokens.labels("prompt"),
        tokens_out=tokens.labels("completion"),
        cost_usd=counter("llm_cost_usd_total", "Cost of the model calls that have a known price"),
        call_s=seconds("llm_call_duration_seconds", "From request to end of answer of a model call", ["provider"]),
        first_token_s=seconds("llm_time_to_first_token_seconds", "From request to first token of a model call"),
        errors=counter("llm_provider_errors_total", "Model calls without an answer", ["provider", "model", "kind"]),
        unpriced=counter("llm_unpriced_requests_total", "Model calls that took tokens of unknown price", ["model"]),
        fallbacks=counter("llm_fallbacks_total", "Calls that went on to a later link of the chain", ["from", "to"]),
        cache_hits=counter("llm_cache_hits_total", "Answers found in a cache", ["kind"]),
        cache_misses=counter("llm_cache_misses_total", "Answers not found in a cache", ["kind"]),
        budget=newest("llm_budget_used_ratio", "Used part of a budget; 1 is all", ["scope"]),
        circuit=gauge(
            "llm_circuit_open", "0: asked; 0.5: tried once; 1: not asked", ["link"], multiprocess_mode="livemax"
        ),
        decisions=counter("routing_decisions_total", "Requests that were routed", ["category", "priority"]),
        abstained=counter("routing_abstained_total", "Messages that the engine was not sure about"),
        escalations=counter("routing_escalations_total", "Messages handed to a model or a person", ["outcome"]),
        answers=counter("assistant_answers_total", "Answers of the assistant", ["model"]),
        handoffs=counter("handoffs_total", "Answers that name somebody else to ask", ["reason"]),
        not_recorded=counter("assistant_not_recorded_total", "Answers that Prefect could not be told of"),
        tasks=counter("tasks_total", "Tasks over HTTP that have ended, or wait for somebody", ["status"]),
        kb_documents=newest("kb_documents", "Documents in the current index"),
        kb_chunks=newest("kb_chunks", "Passages in the current index"),
        kb_indexed_at=newest("kb_last_index_timestamp_seconds", "When the current index was made"),
        kb_retrieval_s=seconds("kb_retrieval_duration_seconds", "From question to passages"),
        **_of_sweeps(newest),
    )


def _of_sweeps(new: Callable[..., "Gauge"]) -> dict[str, Any]:
    """Read from the database, because sweeps run in processes that nobody scrapes: gauges, also of what only grows."""
    return {
        "sweep_lag_s": new("log_sweep_lag_seconds", "Since the source of logs that waits longest was swept"),
        "incidents_open": new("incidents_open", "Incidents that are not resolved", ["severity"]),
        "alerts_sent": new("alerts_sent_total", "Alerts by target and what became of them", ["channel", "result"]),
    }
