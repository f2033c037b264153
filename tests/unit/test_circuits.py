"""The breakers of a process, and what is known of its providers."""

from collections.abc import Iterator

import pytest

from innkeeper.blocks import metrics
from innkeeper.blocks.provider_facts import ProviderFacts, note_latency, note_rate_limit, provider_facts
from innkeeper.engine.circuit import CircuitState
from innkeeper.tasks.circuits import breaker, circuit_state, forget_circuits, publish_circuits


@pytest.fixture(autouse=True)
def closed_again() -> Iterator[None]:
    forget_circuits()
    yield
    forget_circuits()


def test_one_name_is_one_breaker() -> None:
    assert breaker("openai") is breaker("openai")
    assert breaker("openai") is not breaker("anthropic")


def test_a_provider_is_as_bad_as_the_worst_of_its_servers() -> None:
    assert circuit_state("compatible") is CircuitState.CLOSED
    breaker("compatible@a:1").succeeded()
    for _ in range(5):
        breaker("compatible@b:2").failed()
    assert (circuit_state("compatible"), circuit_state("openai")) == (CircuitState.OPEN, CircuitState.CLOSED)


def test_a_circuit_shows_in_the_metrics_from_the_first_call_on() -> None:
    breaker("openai")
    assert 'llm_circuit_open{link="openai"} 0.0' in metrics.exposition().decode()
    for _ in range(5):
        breaker("openai").failed()
    assert 'llm_circuit_open{link="openai"} 1.0' in metrics.exposition().decode()


def test_publishing_corrects_what_time_has_changed() -> None:
    breaker("openai")
    metrics.circuit_changed("openai", "open")
    publish_circuits()
    assert 'llm_circuit_open{link="openai"} 0.0' in metrics.exposition().decode()


@pytest.mark.parametrize(("header", "remaining"), [(41, 41), ("40", 40), (None, 7), ("", 7), ("many", 7), ("-1", 7)])
def test_the_last_number_that_a_provider_sent_is_kept(header: int | str | None, remaining: int) -> None:
    note_rate_limit("test-provider", 7)
    note_rate_limit("test-provider", header)
    assert provider_facts("test-provider").rate_limit_remaining == remaining


def test_facts_are_known_one_by_one() -> None:
    assert provider_facts("nobody") == ProviderFacts(None, None)
    note_latency("somebody", 0.8504)
    assert provider_facts("somebody") == ProviderFacts(None, 850.4)
