"""The circuit breakers of this process: one for each thing that fails as a whole."""

import threading

from innkeeper.blocks import metrics
from innkeeper.engine.circuit import CircuitBreaker, CircuitState

_breakers: dict[str, CircuitBreaker] = {}
_lock = threading.Lock()


def breaker(name: str) -> CircuitBreaker:
    """The breaker of `openai`, `compatible@host:port`, …, made at the first call; metrics show its changes."""
    with _lock:
        found = _breakers.get(name)
        if found is None:
            found = _breakers[name] = CircuitBreaker(name, on_change=metrics.circuit_changed)
            metrics.circuit_changed(name, found.state)
        return found


def circuit_state(provider: str) -> CircuitState:
    """The worst state among the circuits of `provider`, that of each of its servers; closed when there is none."""
    states = {each.state for name, each in list(_breakers.items()) if name.partition("@")[0] == provider}
    worst_first = (CircuitState.OPEN, CircuitState.HALF_OPEN)
    return next((state for state in worst_first if state in states), CircuitState.CLOSED)


def publish_circuits() -> None:
    """Set `llm_circuit_open` anew: an open circuit becomes half-open by time alone, which tells nobody."""
    for name, each in list(_breakers.items()):
        metrics.circuit_changed(name, each.state)


def forget_circuits() -> None:
    """Start anew, with every circuit closed: for tests, and when the models are configured anew."""
    with _lock:
        for name in _breakers:
            metrics.circuit_changed(name, CircuitState.CLOSED)
        _breakers.clear()
