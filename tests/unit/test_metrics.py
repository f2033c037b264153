"""Metrics: the names and labels that dashboards are built on, and what counts as what."""

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from innkeeper.blocks import metrics
from innkeeper.schemas.models import CallOutcome, TokenUsage

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]
USAGE = TokenUsage(input_tokens=100, cached_input_tokens=40, output_tokens=30)

NAMES = {  # with their labels, as the specification and docs name them
    "llm_requests_total": {"endpoint", "status"},
    "llm_tokens_used_total": {"type"},
    "llm_cost_usd_total": set(),
    "llm_response_duration_seconds": set(),
    "llm_call_duration_seconds": {"provider"},
    "llm_time_to_first_token_seconds": set(),
    "llm_provider_errors_total": {"provider", "model", "kind"},
    "llm_unpriced_requests_total": {"model"},
    "llm_fallbacks_total": {"from", "to"},
    "llm_cache_hits_total": {"kind"},
    "llm_cache_misses_total": {"kind"},
    "llm_budget_used_ratio": {"scope"},
    "llm_circuit_open": {"link"},
    "llm_build_info": {"version"},
    "routing_decisions_total": {"category", "priority"},
    "routing_abstained_total": set(),
    "routing_escalations_total": {"outcome"},
    "assistant_answers_total": {"model"},
    "assistant_not_recorded_total": set(),
    "handoffs_total": {"reason"},
    "tasks_total": {"status"},
    "log_sweep_lag_seconds": set(),
    "incidents_open": {"severity"},
    "alerts_sent_total": {"channel", "result"},
    "kb_documents": set(),
    "kb_chunks": set(),
    "kb_last_index_timestamp_seconds": set(),
    "kb_retrieval_duration_seconds": set(),
}


def samples() -> Samples:
    families = text_string_to_metric_families(metrics.exposition().decode())
    return {(each.name, tuple(sorted(each.labels.items()))): each.value for one in families for each in one.samples}


def grown(before: Samples, name: str, **labels: str) -> float:
    """By how much a sample grew since `before`."""
    key = (name, tuple(sorted(labels.items())))
    return samples().get(key, 0.0) - before.get(key, 0.0)


def call(
    outcome: CallOutcome = CallOutcome.ANSWERED,
    cost_usd: Decimal | None = Decimal("0.0125"),
    usage: TokenUsage = USAGE,
    first_token_s: float | None = None,
) -> None:
    metrics.call_finished("openai", "gpt-a", outcome, usage, cost_usd, 1.5, first_token_s)


def test_every_metric_has_the_name_and_the_labels_that_are_documented() -> None:
    call(CallOutcome.TIMED_OUT, None, first_token_s=0.2)
    metrics.request_finished("/api/v1/llm/routing/classify", "success", 0.01)
    metrics.fell_back("openai/gpt-a", "engine")
    metrics.cache_asked("response", hit=True)
    metrics.cache_asked("response", hit=False)
    metrics.budget_used("all", 0.5)
    metrics.circuit_changed("openai", "open")
    metrics.routing_decided("maintenance", "high")
    metrics.routing_abstained()
    metrics.routing_escalated("answered")
    metrics.question_answered("engine", "not_known")
    metrics.task_rested("completed")
    metrics.not_recorded()
    metrics.knowledge_switched(58, 522, 1.0)
    metrics.knowledge_searched(0.03)
    metrics.logs_watched(1.0, {"high": 2}, [("slack", "sent", 3)])
    found: dict[str, set[str]] = {}
    for name, labels in samples():
        base = name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
        found.setdefault(base, set()).update({key for key, _ in labels} - {"le"})
    assert found == NAMES


def test_durations_have_the_buckets_of_the_specification() -> None:
    metrics.request_finished("/x", "success", 1.5)
    text = metrics.exposition().decode()
    for bound in ("1.0", "2.0", "5.0", "+Inf"):
        assert f'llm_response_duration_seconds_bucket{{le="{bound}"}}' in text


def test_an_answered_call_counts_its_tokens_cost_and_times() -> None:
    before = samples()
    call(first_token_s=0.2)
    assert grown(before, "llm_tokens_used_total", type="prompt") == 100
    assert grown(before, "llm_tokens_used_total", type="completion") == 30
    assert grown(before, "llm_cost_usd_total") == pytest.approx(0.0125)
    assert grown(before, "llm_call_duration_seconds_sum", provider="openai") == pytest.approx(1.5)
    assert grown(before, "llm_time_to_first_token_seconds_count") == 1
    assert {key for key in samples() if key[0] == "llm_provider_errors_total"} == {
        key for key in before if key[0] == "llm_provider_errors_total"
    }


@pytest.mark.parametrize(
    ("outcome", "errors"),
    [(each, 0 if each in (CallOutcome.ANSWERED, CallOutcome.CANCELLED) else 1) for each in CallOutcome],
)
def test_an_error_is_counted_by_its_kind_but_a_cancelled_call_is_none(outcome: CallOutcome, errors: int) -> None:
    before = samples()
    call(outcome)
    assert grown(before, "llm_provider_errors_total", provider="openai", model="gpt-a", kind=outcome.value) == errors


@pytest.mark.parametrize(("usage", "count"), [(USAGE, 1), (TokenUsage(), 0)], ids=["took-tokens", "took-none"])
def test_a_call_without_a_price_is_counted_as_unpriced_and_never_as_free(usage: TokenUsage, count: int) -> None:
    before = samples()
    call(CallOutcome.ANSWERED, None, usage=usage)
    assert grown(before, "llm_unpriced_requests_total", model="gpt-a") == count
    assert grown(before, "llm_cost_usd_total") == 0


def test_hits_and_misses_make_a_ratio() -> None:
    before = samples()
    for hit in (True, False, False):
        metrics.cache_asked("embedding", hit=hit)
    hits, misses = (grown(before, f"llm_cache_{each}_total", kind="embedding") for each in ("hits", "misses"))
    assert (hits, misses) == (1, 2)


@pytest.mark.parametrize(("state", "value"), [("closed", 0.0), ("half_open", 0.5), ("open", 1.0)])
def test_a_circuit_is_a_number(state: str, value: float) -> None:
    metrics.circuit_changed("anthropic", state)
    assert samples()["llm_circuit_open", (("link", "anthropic"),)] == value


FRESH = """
import sys
from innkeeper.blocks import metrics
assert "prometheus_client" not in sys.modules, "imported too early"
"""


def run(code: str, **environment: str) -> str:
    """Output of `code` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", FRESH + code], capture_output=True, text=True, env=dict(os.environ) | environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_model_beyond_the_fiftieth_counts_as_other() -> None:
    found = run(
        "from innkeeper.schemas.models import CallOutcome, TokenUsage\n"
        "for number in range(80):\n"
        "    metrics.call_finished('openai', f'm{number}', CallOutcome.REJECTED, TokenUsage(), None, 0.1)\n"
        "metrics.call_finished('openai', 'm3', CallOutcome.REJECTED, TokenUsage(), None, 0.1)\n"
        "print(metrics.exposition().decode())"
    )
    errors = [line for line in found.splitlines() if line.startswith("llm_provider_errors_total{")]
    assert len(errors) == 51
    assert 'llm_provider_errors_total{kind="rejected",model="other",provider="openai"} 30.0' in errors
    assert 'llm_provider_errors_total{kind="rejected",model="m3",provider="openai"} 2.0' in errors


def test_nothing_is_added_to_the_registry_of_the_process() -> None:
    names = run(
        "metrics.cache_asked('x', hit=True)\n"
        "from prometheus_client import REGISTRY\n"
        "print([each.name for each in REGISTRY.collect() if each.name.startswith(('llm_', 'routing_'))])"
    )
    assert names.strip() == "[]"


def test_processes_that_share_a_folder_are_added_up(tmp_path: Path) -> None:
    folder = str(tmp_path / "shared")  # made when it is missing
    for _ in range(2):
        run("metrics.cache_asked('x', hit=True)", PROMETHEUS_MULTIPROC_DIR=folder)
    ended = "metrics.circuit_changed('openai', 'open')\nmetrics.process_ended()"
    run(ended, PROMETHEUS_MULTIPROC_DIR=folder)
    text = run("print(metrics.exposition().decode())", PROMETHEUS_MULTIPROC_DIR=folder)
    assert 'llm_cache_hits_total{kind="x"} 2.0' in text
    assert "llm_build_info" in text
    assert "llm_circuit_open{" not in text  # its process has ended


def test_threads_that_come_first_at_the_same_time_share_one_registry() -> None:
    text = run(
        "import threading\n"
        "sys.setswitchinterval(1e-6)\n"
        "start = threading.Barrier(8)\n"
        "def count():\n"
        "    start.wait()\n"
        "    metrics.cache_asked('x', hit=True)\n"
        "threads = [threading.Thread(target=count) for _ in range(8)]\n"
        "[each.start() for each in threads]\n"
        "[each.join() for each in threads]\n"
        "print(metrics.exposition().decode())"
    )
    assert 'llm_cache_hits_total{kind="x"} 8.0' in text
