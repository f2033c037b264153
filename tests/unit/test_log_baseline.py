"""What a baseline learns, what it leaves out, and that it is the same after a restart."""

import json
import math
from collections.abc import Callable

import pytest

from innkeeper.engine.logs.baseline import ACCEPT_AFTER_S, SLOT_S, Baseline
from innkeeper.engine.logs.forecasts import Forecast
from innkeeper.engine.logs.tally import Durations, Tally
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.logs import BaselineKind, Finding, FindingKind, LogLevel, Severity, from_unix

MONDAY = 1_772_409_600.0
HOUR, DAY = 12, 288  # slots
INFO, ERROR = LogLevel.INFO, LogLevel.ERROR


def learn(
    baseline: Baseline,
    slots: range,
    lines: Callable[[int], int],
    errors: Callable[[int], int] = lambda _: 1,
    findings: tuple[Finding, ...] = (),
) -> None:
    """Learn some slots after Monday, each from a tally of its own."""
    for slot in slots:
        at, tally = MONDAY + slot * SLOT_S, Tally()
        tally.add_counts(
            at, "cv", "info", INFO, lines(slot), Durations(10, 10 * math.log(100), 10 * math.log(100) ** 2)
        )
        tally.add_counts(at, "cv", "failed", ERROR, errors(slot))
        baseline.update(tally, until=at + SLOT_S, findings=findings)


def forecast(baseline: Baseline, slot: int, kind: str = "lines") -> tuple[Forecast, int]:
    template = {"template": "failed"}.get(kind, "")
    return baseline.forecasts(int(MONDAY // SLOT_S) + slot)[0], baseline.counts.rows[kind, "cv", template]


def finding(kind: FindingKind, severity: Severity = Severity.MEDIUM, unit: str = "lines/min") -> Finding:
    return Finding(
        kind=kind, service="cv", started_at=from_unix(MONDAY), ended_at=from_unix(MONDAY), unit=unit, observed=1,
        sample_size=1, baseline=BaselineKind.ROBUST, severity=severity,
    )  # fmt: skip


def daily(slot: int) -> int:
    return round(100 + 80 * math.sin(slot / DAY * 2 * math.pi))


def test_an_hour_is_needed_before_anything_is_expected() -> None:
    baseline = Baseline()
    learn(baseline, range(HOUR - 1), lambda _: 100)
    found, row = forecast(baseline, HOUR - 1)
    assert (found.kind(row), found.size[row]) == (BaselineKind.NONE, 0)
    learn(baseline, range(HOUR - 1, HOUR), lambda _: 100)
    found, row = forecast(baseline, HOUR)
    assert (found.kind(row), found.size[row], found.mid[row]) == (BaselineKind.ROBUST, HOUR, pytest.approx(101))


def test_the_same_hour_of_other_days_is_expected_after_two_days() -> None:
    baseline = Baseline()
    learn(baseline, range(3 * DAY), daily)
    for slot in (3 * DAY, 3 * DAY + 2):
        found, row = forecast(baseline, slot)
        assert found.is_seasonal[row]
        assert found.mid[row] == pytest.approx(daily(slot), rel=0.1)


def test_the_hour_of_the_week_is_expected_after_three_weeks() -> None:
    def weekly(slot: int) -> int:
        return 40 if slot // DAY % 7 >= 5 else 120

    baseline = Baseline()
    learn(baseline, range(21 * DAY + 5 * DAY + 6), weekly)  # into a fourth Saturday
    found, row = forecast(baseline, 26 * DAY + 6)
    assert found.kind(row) is BaselineKind.SEASONAL
    assert found.weeks[row] == 3
    assert found.down[row] < 60


def test_an_unusual_slot_is_not_learnt_and_a_low_one_is() -> None:
    baseline, other = Baseline(), Baseline()
    for each, severity in ((baseline, Severity.MEDIUM), (other, Severity.LOW)):
        learn(each, range(DAY), lambda _: 100, lambda _: 2)
        spike = (finding(FindingKind.ERROR_SPIKE, severity),)
        learn(each, range(DAY, DAY + HOUR), lambda _: 100, lambda _: 90, spike)
    found, row = forecast(baseline, DAY + HOUR, "errors")
    assert found.up[row] == pytest.approx(2)
    found, row = forecast(other, DAY + HOUR, "errors")
    assert found.up[row] > 50


def test_missing_lines_are_not_learnt_but_errors_do_not_stop_the_lines_from_being_learnt() -> None:
    baseline = Baseline()
    learn(baseline, range(DAY), lambda _: 100)
    learn(baseline, range(DAY, DAY + HOUR), lambda _: 10, findings=(finding(FindingKind.RATE_DROP),))
    found, row = forecast(baseline, DAY + HOUR)
    assert found.mid[row] == pytest.approx(101)
    learn(baseline, range(DAY + HOUR, DAY + 3 * HOUR), lambda _: 60, findings=(finding(FindingKind.ERROR_SPIKE),))
    found, row = forecast(baseline, DAY + 3 * HOUR)
    assert found.mid[row] == pytest.approx(61)


def test_what_is_unusual_for_half_a_day_is_the_new_normal() -> None:
    baseline = Baseline()
    learn(baseline, range(DAY), lambda _: 100)
    drop, slots = (finding(FindingKind.RATE_DROP),), ACCEPT_AFTER_S // SLOT_S
    learn(baseline, range(DAY, DAY + slots - 1), lambda _: 20, findings=drop)
    found, row = forecast(baseline, DAY + slots - 1)
    assert found.mid[row] == pytest.approx(101)
    learn(baseline, range(DAY + slots - 1, DAY + slots), lambda _: 20, findings=drop)
    found, row = forecast(baseline, DAY + slots)
    assert found.mid[row] == pytest.approx(21, abs=2)


def test_incidents_in_the_history_hardly_widen_the_band() -> None:
    calm, wild = Baseline(), Baseline()
    learn(calm, range(2 * DAY), lambda _: 100)
    learn(wild, range(2 * DAY), lambda slot: 3_000 if slot % 97 == 96 else 100)
    for each in (calm, wild):
        found, row = forecast(each, 2 * DAY)
        assert found.mid[row] == pytest.approx(101)
        assert found.spread[row] < 0.06


def test_a_slot_without_any_line_says_nothing() -> None:
    baseline = Baseline()
    learn(baseline, range(DAY), lambda _: 100)
    baseline.update(Tally(), until=MONDAY + (DAY + 40) * SLOT_S)
    learn(baseline, range(DAY + 40, DAY + 41), lambda _: 100)
    found, row = forecast(baseline, DAY + 41)
    assert (found.mid[row], found.size[row]) == (pytest.approx(101), DAY - 40)


def test_a_slot_is_learnt_once() -> None:
    baseline, tally = Baseline(), Tally()
    for slot in range(HOUR):
        tally.add_counts(MONDAY + slot * SLOT_S, "cv", "info", INFO, 5)
        baseline.update(tally, until=MONDAY + (slot + 1) * SLOT_S + 120)
        baseline.update(tally, until=MONDAY + (slot + 1) * SLOT_S)
    assert baseline.novelty["cv"].slots == HOUR
    assert baseline.learnt_until() == MONDAY + HOUR * SLOT_S


def test_a_template_is_new_for_an_hour() -> None:
    baseline = Baseline()
    learn(baseline, range(DAY), lambda _: 100)
    slot = int(MONDAY // SLOT_S) + DAY
    assert baseline.is_new("cv", "never", slot)
    assert not baseline.is_new("cv", "failed", slot)
    assert baseline.is_new("cv", "failed", int(MONDAY // SLOT_S) + HOUR - 1)


def test_it_is_the_same_after_a_restart_and_goes_on_the_same() -> None:
    baseline = Baseline()
    learn(baseline, range(3 * DAY + 5), daily, findings=(finding(FindingKind.SLOW_DRIFT, unit="ms"),))
    again = Baseline.from_state(json.loads(json.dumps(baseline.state())))
    assert again.state() == baseline.state()
    for each in (baseline, again):
        learn(each, range(3 * DAY + 5, 3 * DAY + 30), daily)
    assert again.state() == baseline.state()
    (one, row), (other, _) = (forecast(each, 3 * DAY + 30) for each in (baseline, again))
    assert [each[row] for each in one] == [each[row] for each in other]


def test_series_are_bounded_and_the_one_not_seen_for_longest_goes() -> None:
    baseline = Baseline(max_series=40)
    for slot in range(60):
        tally = Tally()
        at = MONDAY + slot * SLOT_S
        for service in ("cv", "pms"):
            tally.add_counts(at, service, f"failed-{slot}", ERROR, 2)
        baseline.update(tally, until=at + SLOT_S)
    assert len(baseline.counts.rows) == 40
    assert ("lines", "cv", "") in baseline.counts.rows
    assert ("template", "cv", "failed-59") in baseline.counts.rows
    assert ("template", "cv", "failed-0") not in baseline.counts.rows
    assert len(baseline.first_seen) < 40


@pytest.mark.parametrize("damage", [{}, {"counts": {}}, {"slot_s": 7}, {"novelty": [1]}])
def test_a_damaged_state_is_refused(damage: dict[str, object]) -> None:
    baseline = Baseline()
    learn(baseline, range(3), lambda _: 5)
    with pytest.raises(InputInvalid, match="not the state of a baseline"):
        Baseline.from_state(baseline.state() | damage if damage else {})


def test_slots_divide_an_hour() -> None:
    with pytest.raises(ValueError, match="divide an hour"):
        Baseline(slot_s=700)
