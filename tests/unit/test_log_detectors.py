"""What is found in a window, with which numbers, and what is not."""

import copy
import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from innkeeper.engine.logs.baseline import SLOT_S, Baseline
from innkeeper.engine.logs.detecting import ALL_SERVICES, detect
from innkeeper.engine.logs.tally import Durations, Tally
from innkeeper.schemas.logs import BaselineKind, Finding, FindingKind, LogLevel, LogLine, Severity

MONDAY = 1_772_409_600.0
DAY = 288
INFO, ERROR, CRITICAL = LogLevel.INFO, LogLevel.ERROR, LogLevel.CRITICAL
Counts = Mapping[tuple[str, str, LogLevel], float]
USUAL: Counts = {
    (service, template, level): lines
    for service in ("cv", "pms", "payments", "wifi")
    for template, level, lines in (("info", INFO, 200.0), ("failed", ERROR, 4.0))
}


class Hotel:
    """Sweeps every five minutes, as usual until told otherwise."""

    def __init__(self, slots: int = 2 * DAY + 100) -> None:
        self.rng = np.random.default_rng(7)
        self.tally, self.baseline, self.slot = Tally(), Baseline(), 0
        self.ms = 100.0
        for _ in range(slots):
            self.found = self.sweep()

    def sweep(
        self, counts: Callable[[Counts], Counts] = lambda usual: usual, *, minutes: Sequence[int] = (1,), **options: Any
    ) -> list[Finding]:
        """One sweep with these mean counts, evenly in some minutes; what was found."""
        at = MONDAY + self.slot * SLOT_S
        for (service, template, level), mean in counts(USUAL).items():
            for minute in minutes[1:]:
                lines = int(self.rng.poisson(mean / len(minutes)))
                self.tally.add_counts(at + minute * 60, service, template, level, lines)
            lines = int(self.rng.poisson(mean / len(minutes)))
            logs = self.rng.normal(math.log(self.ms), 0.4, max(1, lines))
            timed = (
                Durations(len(logs), float(logs.sum()), float(np.square(logs).sum())) if template == "info" else None
            )
            self.tally.add_counts(at + minutes[0] * 60, service, template, level, lines, timed)
        self.slot += 1
        found = detect(self.tally, self.baseline, window=(at, at + SLOT_S), **options)
        self.baseline.update(self.tally, until=at + SLOT_S, findings=found)
        self.tally.drop_before(at - 3 * 3_600)
        return found


@pytest.fixture(scope="module")
def usual_hotel() -> Hotel:
    return Hotel()


@pytest.fixture
def hotel(usual_hotel: Hotel) -> Hotel:
    return copy.deepcopy(usual_hotel)


def with_(changes: Counts) -> Callable[[Counts], Counts]:
    return lambda usual: {**usual, **changes}


def without(*services: str) -> Callable[[Counts], Counts]:
    return lambda usual: {key: lines for key, lines in usual.items() if key[0] not in services}


def kinds(found: list[Finding], service: str = "cv") -> set[FindingKind]:
    return {each.kind for each in found if each.service == service}


def of_kind(found: list[Finding], kind: FindingKind) -> Finding:
    return next(each for each in found if each.kind is kind)


def test_the_specifications_three_lines_are_one_finding_that_invents_no_baseline() -> None:
    tally, start = Tally(), dt.datetime(2025, 1, 17, 8, 30, tzinfo=dt.UTC)
    for minute, (text, camera) in enumerate((("timeout", "01"), ("model loading error", "01"), ("timeout", "02"))):
        at = start + dt.timedelta(minutes=minute)
        fields = {"camera_id": f"cam_lobby_{camera}"}
        tally.add(LogLine(at.timestamp(), "cv", ERROR, f"Face recognition failed: {text}", fields=fields), text)
    window = (start - dt.timedelta(minutes=2)).timestamp(), (start + dt.timedelta(minutes=3)).timestamp()
    (found,) = detect(tally, Baseline(), window=window, text_of=lambda _: "Face recognition failed: <*>")
    assert (found.kind, found.service, found.severity) == (FindingKind.ERROR_SPIKE, "cv", Severity.HIGH)
    assert (found.observed, found.unit, found.sample_size) == (1.0, "share", 3)
    assert (found.expected, found.ratio, found.p_value, found.score) == (None, None, None, None)
    assert (found.baseline, found.baseline_size) == (BaselineKind.NONE, 0)
    assert found.components == ("cam_lobby_01", "cam_lobby_02")
    assert found.template == "Face recognition failed: <*>"
    assert (found.started_at, found.ended_at) == (start, start + dt.timedelta(minutes=3))


@pytest.mark.parametrize(("errors", "others"), [(2, 0), (3, 4), (40, 41)])
def test_without_a_baseline_few_errors_or_a_small_share_are_no_finding(errors: int, others: int) -> None:
    tally = Tally()
    tally.add_counts(MONDAY, "cv", "failed", ERROR, errors)
    tally.add_counts(MONDAY, "cv", "info", INFO, others)
    assert detect(tally, Baseline(), window=(MONDAY, MONDAY + 300)) == []


def test_nothing_is_found_where_nothing_happens() -> None:
    quiet = Hotel(100)
    assert [each for _ in range(DAY) for each in quiet.sweep()] == []
    assert detect(Tally(), Baseline(), window=(MONDAY, MONDAY + 300)) == []


def test_a_spike_of_errors_says_what_was_expected(hotel: Hotel) -> None:
    found = hotel.sweep(with_({("cv", "failed", ERROR): 60}), text_of=lambda template_id: f"{template_id} <*>")
    spike = of_kind(found, FindingKind.ERROR_SPIKE)
    assert (spike.service, spike.template, spike.severity) == ("cv", "failed <*>", Severity.HIGH)
    assert spike.observed == pytest.approx(12, rel=0.3)
    assert spike.expected == pytest.approx(0.8, rel=0.4)
    assert spike.ratio == pytest.approx(spike.observed / spike.expected, rel=0.01)
    assert spike.p_value is not None
    assert spike.p_value < 1e-6
    assert (spike.baseline, spike.baseline_size) == (BaselineKind.ROBUST, DAY)
    assert {each.service for each in found} == {"cv"}


def test_a_spike_goes_on_being_found_and_is_not_learnt(hotel: Hotel) -> None:
    for _ in range(24):
        assert FindingKind.ERROR_SPIKE in kinds(hotel.sweep(with_({("cv", "failed", ERROR): 40})))
    hotel.sweep()
    assert hotel.sweep() == []


def test_one_burst_of_a_few_errors_is_found_at_most_once(hotel: Hotel) -> None:
    hotel.sweep(with_({("cv", "failed", ERROR): 25}))
    assert [each for _ in range(4) for each in hotel.sweep()] == []


@pytest.mark.parametrize(("minutes", "lasting"), [(range(5), True), ((2,), False)])
def test_errors_of_every_minute_last_and_those_of_one_do_not(
    hotel: Hotel, minutes: Sequence[int], lasting: bool
) -> None:
    found = hotel.sweep(with_({("cv", "failed", ERROR): 30, ("cv", "broken", ERROR): 20}), minutes=minutes)
    errors = [each for each in found if each.service == "cv"]
    assert {FindingKind.ERROR_SPIKE, FindingKind.NEW_ERROR_TEMPLATE} <= {each.kind for each in errors}
    assert {each.lasting for each in errors} == {lasting}


def test_errors_that_grow_with_the_traffic_are_no_spike(hotel: Hotel) -> None:
    busy = with_({("cv", "failed", ERROR): 16, ("cv", "info", INFO): 800})
    assert [each for _ in range(6) for each in hotel.sweep(busy)] == []


def test_a_larger_share_of_errors_is_found_where_their_number_says_little(hotel: Hotel) -> None:
    found = hotel.sweep(with_({("cv", "failed", ERROR): 17, ("cv", "info", INFO): 95}))
    change = of_kind(found, FindingKind.ERROR_RATIO_CHANGE)
    assert (change.unit, change.service) == ("share", "cv")
    assert change.observed == pytest.approx(0.15, abs=0.06)
    assert change.expected == pytest.approx(0.02, abs=0.005)
    assert change.ratio == pytest.approx(change.observed / change.expected, rel=0.01)
    assert change.sample_size == pytest.approx(112, abs=40)


def test_a_new_error_is_found_as_long_as_it_is_new(hotel: Hotel) -> None:
    broken = with_({("cv", "cuda out of memory", ERROR): 15})
    for _ in range(6):
        found = of_kind(hotel.sweep(broken), FindingKind.NEW_ERROR_TEMPLATE)
        assert (found.template_id, found.expected, found.ratio) == ("cuda out of memory", 0, None)
        assert found.severity in (Severity.MEDIUM, Severity.HIGH)
        assert found.p_value is not None
        assert found.p_value < 0.05


def test_a_single_new_error_is_told_to_readers_only(hotel: Hotel) -> None:
    rare = Tally.from_state(hotel.tally.state())
    at = MONDAY + hotel.slot * SLOT_S
    for service in ("cv", "pms", "payments", "wifi"):
        rare.add_counts(at, service, "info", INFO, 200)
    rare.add_counts(at, "cv", "odd", ERROR, 1)
    assert detect(rare, hotel.baseline, window=(at, at + SLOT_S)) == []
    (found,) = detect(rare, hotel.baseline, window=(at, at + SLOT_S), least=Severity.LOW)
    assert (found.kind, found.severity) == (FindingKind.NEW_ERROR_TEMPLATE, Severity.LOW)


def test_an_old_error_in_new_words_is_no_incident(hotel: Hotel) -> None:
    reworded = with_({("cv", "failed", ERROR): 0, ("cv", "failed (v2)", ERROR): 4})
    often = copy.deepcopy(hotel)
    assert [each for _ in range(10) for each in hotel.sweep(reworded)] == []
    assert [each for _ in range(10) for each in often.sweep(reworded, minutes=range(5))] == []


def test_new_errors_on_top_of_the_old_ones_are_found_though_they_hide_among_them() -> None:
    hotel = Hotel(DAY)
    many = with_({("cv", "failed", ERROR): 40})
    for _ in range(DAY):
        hotel.sweep(many, minutes=range(5))
    few_more = with_({("cv", "failed", ERROR): 40, ("cv", "broken", ERROR): 7})
    found = of_kind(hotel.sweep(few_more, minutes=range(5)), FindingKind.NEW_ERROR_TEMPLATE)
    assert (found.template_id, found.severity, found.lasting) == ("broken", Severity.MEDIUM, True)


def test_missing_lines_are_a_drop(hotel: Hotel) -> None:
    drop = of_kind(hotel.sweep(with_({("cv", "info", INFO): 40})), FindingKind.RATE_DROP)
    assert (drop.service, drop.unit, drop.severity) == ("cv", "lines/min", Severity.MEDIUM)
    assert drop.ratio == pytest.approx(0.22, abs=0.06)
    assert drop.expected == pytest.approx(40, rel=0.1)


def test_a_drop_of_every_minute_lasts_and_a_restart_of_two_is_none(hotel: Hotel) -> None:
    assert FindingKind.RATE_DROP not in kinds(hotel.sweep(with_({("cv", "info", INFO): 120}), minutes=(0, 1, 4)))
    drop = of_kind(hotel.sweep(with_({("cv", "info", INFO): 70}), minutes=range(5)), FindingKind.RATE_DROP)
    assert drop.lasting


def test_lines_that_fall_at_once_on_a_busy_day_are_a_drop_though_a_quiet_day_has_few_more(hotel: Hotel) -> None:
    for _ in range(14):
        found = hotel.sweep(with_({("cv", "info", INFO): 320}), minutes=range(5))
        assert FindingKind.RATE_DROP not in kinds(found)
    slowly = copy.deepcopy(hotel)
    drop = of_kind(hotel.sweep(with_({("cv", "info", INFO): 108}), minutes=range(5)), FindingKind.RATE_DROP)
    assert drop.lasting
    assert drop.expected == pytest.approx(62, rel=0.1)
    for lines in range(300, 180, -20):
        found = slowly.sweep(with_({("cv", "info", INFO): lines}), minutes=range(5))
        assert FindingKind.RATE_DROP not in kinds(found)


def test_a_batch_that_ends_leaves_what_is_usual_and_is_no_drop(hotel: Hotel) -> None:
    for _ in range(12):
        hotel.sweep(with_({("cv", "info", INFO): 600}), minutes=range(5))
    for _ in range(8):
        assert FindingKind.RATE_DROP not in kinds(hotel.sweep(minutes=range(5)))


def test_silence_is_found_and_lasts_from_the_last_line_on(hotel: Hotel) -> None:
    for sweep in range(1, 4):
        silence = of_kind(hotel.sweep(without("payments")), FindingKind.SILENCE)
        assert (silence.service, silence.observed, silence.sample_size) == ("payments", 0, 0)
        assert silence.severity is Severity.HIGH
        assert silence.ended_at - silence.started_at == dt.timedelta(minutes=5 * sweep + 3)


def test_a_service_that_speaks_now_and_then_is_not_silent() -> None:
    hotel = Hotel(0)

    def hourly(usual: Counts) -> Counts:
        return {**usual, **({("backup", "done", INFO): 60.0} if hotel.slot % 12 == 0 else {})}

    assert [each for _ in range(DAY) for each in hotel.sweep(hourly) if each.service == "backup"] == []


def test_when_nobody_writes_anything_it_is_said_once(hotel: Hotel) -> None:
    (found,) = hotel.sweep(without("cv", "pms", "payments", "wifi"))
    assert (found.kind, found.service, found.severity) == (FindingKind.SILENCE, ALL_SERVICES, Severity.CRITICAL)
    assert set(found.components) == {"cv", "pms", "payments", "wifi"}


def test_more_lines_for_an_hour_are_a_shift_to_read_about(hotel: Hotel) -> None:
    found: list[Finding] = []
    for _ in range(14):
        found += hotel.sweep(with_({("cv", "info", INFO): 700}), least=Severity.LOW)
    shift = of_kind(found, FindingKind.LEVEL_SHIFT)
    assert (shift.service, shift.severity) == ("cv", Severity.LOW)
    assert shift.ratio is not None
    assert shift.ratio > 1.75


def test_errors_that_are_a_few_more_for_an_hour_are_found(hotel: Hotel) -> None:
    found: list[Finding] = []
    for _ in range(14):
        found += hotel.sweep(with_({("cv", "failed", ERROR): 11.5}))
    assert found
    assert {each.service for each in found} == {"cv"}


def test_a_slow_drift_is_found_before_it_has_doubled(hotel: Hotel) -> None:
    grown, found = 1.0, list[Finding]()
    while not found and grown < 2:
        grown *= 1.01
        hotel.ms = 100 * grown
        found = hotel.sweep()
    drift = of_kind(found, FindingKind.SLOW_DRIFT)
    assert 1.25 < grown < 1.6
    assert (drift.unit, drift.template_id) == ("ms", "info")
    assert drift.expected == pytest.approx(100, rel=0.05)
    assert drift.ratio == pytest.approx(grown, rel=0.06)
    assert drift.score is not None
    assert drift.score > 4


def test_what_is_slow_at_this_time_of_every_day_is_no_drift(hotel: Hotel) -> None:
    never = copy.deepcopy(hotel)
    for ms in (125, 100, 135):
        for _ in range(12 if ms != 100 else DAY - 12):
            hotel.ms = ms
            found = hotel.sweep()
        never.ms = ms
    assert "cv" not in {each.service for each in found}
    assert "cv" in {each.service for _ in range(12) for each in never.sweep()}


def test_a_jump_of_the_durations_is_a_shift_and_no_drift(hotel: Hotel) -> None:
    hotel.ms = 250.0
    hotel.sweep()
    found = hotel.sweep()
    assert kinds(found, "pms") == {FindingKind.LEVEL_SHIFT}
    assert of_kind(found, FindingKind.LEVEL_SHIFT).unit == "ms"


def test_three_services_at_once_are_named_in_one_finding(hotel: Hotel) -> None:
    other = copy.deepcopy(hotel)
    found = hotel.sweep(with_({(service, "failed", ERROR): 60 for service in ("cv", "pms", "wifi")}))
    burst = of_kind(found, FindingKind.BURST_CORRELATION)
    assert set(burst.components) == {"cv", "pms", "wifi"}
    assert (burst.unit, burst.observed, burst.severity) == ("services", 3, Severity.HIGH)
    two = other.sweep(with_({(service, "failed", ERROR): 60 for service in ("cv", "pms")}))
    assert FindingKind.BURST_CORRELATION not in {each.kind for each in two}


def test_critical_lines_make_a_spike_critical(hotel: Hotel) -> None:
    found = hotel.sweep(with_({("cv", "failed", CRITICAL): 80}))
    assert found[0].severity is Severity.CRITICAL
    assert found[0].level is CRITICAL


def test_a_long_window_is_looked_at_slot_by_slot(hotel: Hotel) -> None:
    tally, at = Tally(), MONDAY + hotel.slot * SLOT_S
    for slot in range(12):
        for (service, template, level), mean in USUAL.items():
            lines = 60 if slot == 5 and (service, template) == ("cv", "failed") else int(mean)
            tally.add_counts(at + slot * SLOT_S, service, template, level, lines)
    found = detect(tally, hotel.baseline, window=(at, at + 12 * SLOT_S))
    spike = of_kind(found, FindingKind.ERROR_SPIKE)
    assert spike.sample_size == 60
    assert spike.started_at.timestamp() == at + 5 * SLOT_S


def test_the_same_lines_give_the_same_findings() -> None:
    spike = with_({("cv", "failed", ERROR): 60, ("pms", "info", INFO): 20})
    assert Hotel(100).sweep(spike) == Hotel(100).sweep(spike) != []


def test_a_window_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="end after its start"):
        detect(Tally(), Baseline(), window=(MONDAY, MONDAY))
