"""The circuit breaker, against a clock that the test moves and against a model of the rules."""

import math
import threading
from collections.abc import Callable

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from innkeeper.engine.circuit import MAX_OPEN_S, MAX_RETRY_AFTER_S, PROBE_TIMEOUT_S, CircuitBreaker, CircuitState

CLOSED, OPEN, HALF_OPEN = CircuitState.CLOSED, CircuitState.OPEN, CircuitState.HALF_OPEN


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def opened(clock: Callable[[], float], retry_after_s: float | None = None) -> CircuitBreaker:
    breaker = CircuitBreaker("openai/m", clock=clock)
    for _ in range(5):
        assert breaker.allow()
        breaker.failed(retry_after_s)
    return breaker


def test_the_fifth_failure_opens_and_not_the_fourth(clock: Clock) -> None:
    breaker = CircuitBreaker("openai/m", clock=clock)
    for _ in range(4):
        breaker.failed()
    assert (breaker.state, breaker.allow(), breaker.opens_again_in_s) == (CLOSED, True, 0.0)
    breaker.failed()
    assert (breaker.state, breaker.allow(), breaker.opens_again_in_s) == (OPEN, False, 20.0)


def test_a_success_in_between_starts_the_count_anew(clock: Clock) -> None:
    breaker = CircuitBreaker("openai/m", clock=clock)
    for _ in range(4):
        breaker.failed()
    breaker.succeeded()
    for _ in range(4):
        breaker.failed()
    assert breaker.state is CLOSED


@pytest.mark.parametrize(("apart_s", "state"), [(7.5, OPEN), (7.51, CLOSED)], ids=["in-30-s", "in-30.04-s"])
def test_failures_count_only_within_the_window(clock: Clock, apart_s: float, state: CircuitState) -> None:
    breaker = CircuitBreaker("openai/m", clock=clock)
    for _ in range(5):
        breaker.failed()
        clock.now_s += apart_s
    clock.now_s -= apart_s
    assert breaker.state is state


def test_when_the_time_is_over_one_probe_is_let_through(clock: Clock) -> None:
    breaker = opened(clock)
    clock.now_s += 19.9
    assert not breaker.allow()
    clock.now_s += 0.1
    assert breaker.state is HALF_OPEN
    assert [breaker.allow() for _ in range(3)] == [True, False, False]
    breaker.succeeded()
    assert (breaker.state, breaker.allow(), breaker.allow()) == (CLOSED, True, True)


def test_each_failed_probe_doubles_the_time_up_to_a_limit_and_a_success_resets_it(clock: Clock) -> None:
    breaker = opened(clock)
    waits = []
    for _ in range(6):
        clock.now_s += breaker.opens_again_in_s
        assert breaker.allow()
        breaker.failed()
        waits.append(breaker.opens_again_in_s)
    assert waits == [40.0, 80.0, 160.0, 300.0, 300.0, 300.0]
    clock.now_s += MAX_OPEN_S
    assert breaker.allow()
    breaker.succeeded()
    for _ in range(5):
        breaker.failed()
    assert breaker.opens_again_in_s == 20.0


@pytest.mark.parametrize(
    ("retry_after_s", "open_s"),
    [(None, 20.0), (5.0, 20.0), (90.0, 90.0), (-3.0, 20.0), (math.inf, MAX_RETRY_AFTER_S)],
)
def test_a_longer_retry_after_is_kept(clock: Clock, retry_after_s: float | None, open_s: float) -> None:
    assert opened(clock, retry_after_s).opens_again_in_s == open_s


def test_a_late_failure_extends_an_open_circuit_only_by_its_retry_after(clock: Clock) -> None:
    breaker = opened(clock)
    clock.now_s += 10
    breaker.failed()
    assert breaker.opens_again_in_s == 10.0
    breaker.failed(60.0)
    assert breaker.opens_again_in_s == 60.0


def test_a_late_success_does_not_close_an_open_circuit(clock: Clock) -> None:
    breaker = opened(clock)
    breaker.succeeded()
    assert breaker.state is OPEN


def test_a_cancelled_probe_gives_its_place_to_another(clock: Clock) -> None:
    breaker = opened(clock)
    clock.now_s += 20
    assert breaker.allow()
    assert not breaker.allow()
    breaker.released()
    assert (breaker.state, breaker.allow(), breaker.allow()) == (HALF_OPEN, True, False)


def test_a_probe_that_never_reports_does_not_close_the_door_for_good(clock: Clock) -> None:
    breaker = opened(clock)
    clock.now_s += 20
    assert breaker.allow()
    clock.now_s += PROBE_TIMEOUT_S - 0.1
    assert not breaker.allow()
    clock.now_s += 0.1
    assert breaker.allow()


def test_every_change_is_told_once_and_in_order(clock: Clock) -> None:
    told: list[tuple[str, CircuitState]] = []
    breaker = CircuitBreaker("a", failures_to_open=1, clock=clock, on_change=lambda *change: told.append(change))
    breaker.succeeded()
    breaker.failed()
    breaker.failed()
    clock.now_s += 20
    assert breaker.allow()
    breaker.succeeded()
    assert told == [("a", OPEN), ("a", HALF_OPEN), ("a", CLOSED)]


@pytest.mark.parametrize(("failures", "window_s", "open_s"), [(0, 30, 20), (5, 0, 20), (5, 30, -1)])
def test_limits_that_make_no_sense_are_refused(failures: int, window_s: float, open_s: float) -> None:
    with pytest.raises(ValueError, match="must be at least 1"):
        CircuitBreaker("a", failures, window_s, open_s)


def test_many_threads_get_one_probe(clock: Clock) -> None:
    breaker = opened(clock)
    clock.now_s += 20
    start = threading.Barrier(16)
    let_through: list[bool] = []

    def ask() -> None:
        start.wait()
        let_through.extend(breaker.allow() for _ in range(50))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(let_through), sum(let_through)) == (800, 1)


class CircuitRules(RuleBasedStateMachine):
    """The rules, written down a second time and more simply: a list of failures and a time."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.breaker = CircuitBreaker("a", failures_to_open=3, window_s=10, open_s=5, clock=self.clock)
        self.failures: list[float] = []
        self.until_s: float | None = None  # open until; None: closed
        self.next_open_s = 5.0
        self.probing = False

    @rule(seconds=st.sampled_from([0.5, 2.0, 5.0, 11.0, 70.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.now_s += seconds
        if self.probing:
            self.clock.now_s = min(self.clock.now_s, self.probed_at_s + PROBE_TIMEOUT_S - 1)

    @rule()
    def a_call_is_asked_for(self) -> None:
        expected = self.until_s is None or (self.clock.now_s >= self.until_s and not self.probing)
        assert self.breaker.allow() is expected
        if expected and self.until_s is not None:
            self.probing, self.probed_at_s = True, self.clock.now_s

    @rule()
    def a_call_succeeds(self) -> None:
        self.breaker.succeeded()
        if self.until_s is None or self.clock.now_s >= self.until_s:
            self.failures, self.until_s, self.next_open_s, self.probing = [], None, 5.0, False

    @rule(retry_after_s=st.none() | st.sampled_from([1.0, 40.0]))
    def a_call_fails(self, retry_after_s: float | None) -> None:
        self.breaker.failed(retry_after_s)
        now_s, wait_s = self.clock.now_s, retry_after_s or 0.0
        if self.until_s is not None and now_s < self.until_s:
            self.until_s = max(self.until_s, now_s + wait_s)
            return
        self.failures = [at_s for at_s in self.failures if now_s - at_s <= 10] + [now_s]
        if self.until_s is not None or len(self.failures) >= 3:
            self.until_s = now_s + max(self.next_open_s, wait_s)
            self.next_open_s = min(2 * self.next_open_s, MAX_OPEN_S)
            self.failures, self.probing = [], False

    @precondition(lambda self: self.probing)
    @rule()
    def the_probe_is_cancelled(self) -> None:
        self.breaker.released()
        self.probing = False

    @invariant()
    def the_state_is_as_the_rules_say(self) -> None:
        expected = CLOSED if self.until_s is None else OPEN if self.clock.now_s < self.until_s else HALF_OPEN
        assert self.breaker.state is expected
        wait_s = max(0.0, (self.until_s or 0.0) - self.clock.now_s)
        assert self.breaker.opens_again_in_s == pytest.approx(wait_s)


test_any_order_of_events_follows_the_rules = CircuitRules.TestCase
