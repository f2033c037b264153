"""A circuit breaker: stops asking a link that keeps failing, and tries it again now and then."""

import threading
import time
from collections import deque
from collections.abc import Callable
from enum import StrEnum

MAX_OPEN_S = 300.0  # doubling ends here
MAX_RETRY_AFTER_S = 86_400.0  # a provider that asks for more is asked again after a day
PROBE_TIMEOUT_S = 600.0  # a probe that never reports loses its place: longer than any model call


class CircuitState(StrEnum):
    """Whether calls are let through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"  # the next call, and only that one, is let through as a probe


class CircuitBreaker:
    """
    Lets calls through while they succeed; see `allow`.

    `failures_to_open` failures within `window_s` and without a success in between open it for `open_s`. Then one probe
    is let through: its success closes the circuit, its failure opens it for twice as long, up to `MAX_OPEN_S`. Whoever
    got `True` from `allow` reports once: `succeeded`, `failed` or, when the call told nothing, `released`. Thread-safe.
    """

    def __init__(
        self,
        name: str,
        failures_to_open: int = 5,
        window_s: float = 30.0,
        open_s: float = 20.0,
        clock: Callable[[], float] = time.monotonic,
        on_change: Callable[[str, CircuitState], None] | None = None,
    ) -> None:
        """`on_change(name, state)` hears of every change in order; it is called locked, so it must not call back."""
        if failures_to_open < 1 or window_s <= 0 or open_s <= 0:
            raise ValueError("failures_to_open must be at least 1, window_s and open_s above 0")
        self.name = name
        self._failures_to_open = failures_to_open
        self._window_s = window_s
        self._first_open_s = open_s
        self._clock = clock
        self._on_change = on_change
        self._lock = threading.Lock()
        self._failed_at_s: deque[float] = deque(maxlen=failures_to_open)
        self._is_closed = True
        self._open_s = open_s  # how long the next opening lasts
        self._until_s = 0.0
        self._probe_until_s: float | None = None  # set while a probe is under way
        self._told = CircuitState.CLOSED

    @property
    def state(self) -> CircuitState:
        """As it is now; an open circuit whose time is over counts as half-open."""
        with self._lock:
            return self._state(self._clock())

    @property
    def opens_again_in_s(self) -> float:
        """Seconds until a probe is let through; 0.0 when the circuit is not open."""
        with self._lock:
            return 0.0 if self._is_closed else max(0.0, self._until_s - self._clock())

    def allow(self) -> bool:
        """Whether a call may be made now; in a half-open circuit, the caller who gets `True` is the probe."""
        with self._lock:
            now_s = self._clock()
            if self._is_closed:
                return True
            probing = self._probe_until_s is not None and now_s < self._probe_until_s
            if now_s < self._until_s or probing:
                return False
            self._probe_until_s = now_s + PROBE_TIMEOUT_S
            self._tell(CircuitState.HALF_OPEN)
            return True

    def succeeded(self) -> None:
        """Report a success. In an open circuit it comes from a call made before, and changes nothing."""
        with self._lock:
            if self._state(self._clock()) is CircuitState.OPEN:
                return
            self._failed_at_s.clear()
            self._is_closed, self._probe_until_s, self._open_s = True, None, self._first_open_s
            self._tell(CircuitState.CLOSED)

    def failed(self, retry_after_s: float | None = None) -> None:
        """
        Report a transient failure: a rate limit, a server error, a time-out, no connection.

        Args:
            retry_after_s: What the provider asked for; a circuit that is open stays so at least this long.
        """
        with self._lock:
            now_s = self._clock()
            state = self._state(now_s)
            wait_s = min(retry_after_s or 0.0, MAX_RETRY_AFTER_S)
            if state is CircuitState.OPEN:  # a call made before it opened
                self._until_s = max(self._until_s, now_s + wait_s)
            elif state is CircuitState.HALF_OPEN:
                self._open(now_s, wait_s)
            else:
                self._failed_at_s.append(now_s)
                full = len(self._failed_at_s) == self._failures_to_open
                if full and now_s - self._failed_at_s[0] <= self._window_s:
                    self._open(now_s, wait_s)

    def released(self) -> None:
        """Report a call that told nothing about the link, such as a cancelled one: another may be the probe."""
        with self._lock:
            self._probe_until_s = None

    def _open(self, now_s: float, wait_s: float) -> None:
        self._until_s = now_s + max(self._open_s, wait_s)
        self._open_s = max(self._first_open_s, min(2 * self._open_s, MAX_OPEN_S))
        self._is_closed, self._probe_until_s = False, None
        self._failed_at_s.clear()
        self._tell(CircuitState.OPEN)

    def _state(self, now_s: float) -> CircuitState:
        if self._is_closed:
            return CircuitState.CLOSED
        return CircuitState.OPEN if now_s < self._until_s else CircuitState.HALF_OPEN

    def _tell(self, state: CircuitState) -> None:
        if state is not self._told:
            self._told = state
            if self._on_change:
                self._on_change(self.name, state)
