"""What a tally keeps of lines, and that it stays small."""

import json
import math
import random
import time

import pytest

from innkeeper.engine.logs.durations import find_duration, read_duration
from innkeeper.engine.logs.names import MAX_COMPONENTS, MAX_TRACES
from innkeeper.engine.logs.sums import sums_of
from innkeeper.engine.logs.tally import OTHER, Durations, Tally
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.logs import LogLevel, LogLine

T0 = 1_772_409_600.0
ERROR, INFO, CRITICAL = LogLevel.ERROR, LogLevel.INFO, LogLevel.CRITICAL


def line(
    after_s: float, service: str = "cv", level: LogLevel = INFO, message: str = "ready", **more: object
) -> LogLine:
    return LogLine(T0 + after_s, service, level, message, **more)  # type: ignore[arg-type]  # the caller's fields


def test_lines_are_counted_by_service_template_and_level() -> None:
    tally = Tally()
    for each in (line(1), line(2), line(3, level=ERROR), line(4, level=CRITICAL), line(70, level=ERROR)):
        tally.add(each, "a")
    tally.add(line(5, "pms", ERROR), "b")
    sums = sums_of(tally, T0, T0 + 60)
    assert (sums.lines, sums.errors, sums.critical) == ({"cv": 4, "pms": 1}, {"cv": 2, "pms": 1}, {"cv": 1})
    assert (sums.templates, sums.worst) == ({("cv", "a"): 2, ("pms", "b"): 1}, {("cv", "a"): 1})
    assert sums_of(tally, T0, T0 + 120).errors["cv"] == 3


def test_the_order_of_lines_does_not_matter() -> None:
    lines = [(line(each * 7 % 900, f"s{each % 3}", (INFO, ERROR)[each % 2]), f"t{each % 5}") for each in range(500)]
    sorted_, shuffled = Tally(), Tally()
    for each, template_id in lines:
        sorted_.add(each, template_id)
    random.Random(1).shuffle(lines)
    for each, template_id in lines:
        shuffled.add(each, template_id)
    one, other = (sums_of(tally, T0, T0 + 900) for tally in (sorted_, shuffled))
    assert (one.lines, one.errors, one.templates) == (other.lines, other.errors, other.templates)


def test_many_alike_lines_at_once_are_the_same_as_each_by_itself() -> None:
    one, other = Tally(), Tally()
    for _ in range(20):
        one.add(line(3, level=ERROR), "a")
    other.add_counts(T0, "cv", "a", ERROR, 20)
    other.add_counts(T0, "cv", "a", ERROR, 0)
    assert sums_of(one, T0, T0 + 60).templates == sums_of(other, T0, T0 + 60).templates


@pytest.mark.parametrize(
    ("message", "ms"),
    [
        ("took 132 ms", 132),
        ("duration=0.8s", 800),
        ("elapsed: 1200", 1200),
        ("latency_ms=17", 17),
        ('{"duration": 12}', 12),
        ("Completed in 12.5 seconds", 12_500),
        ("GET /rooms 200 in 45ms", 45),
        ("req 99 1.5ms", 1.5),
        ("room 305 is clean", None),
        ("time: 0.2", None),
        ("took " + "9" * 30 + " ms", None),
    ],
)
def test_a_duration_is_read_as_it_is_written(message: str, ms: float | None) -> None:
    place = find_duration(message)
    assert (read_duration(place, message) if place else None) == ms


def test_a_duration_in_a_field_is_read_with_the_unit_of_its_name_or_value() -> None:
    for fields, ms in (({"latency_ms": "12"}, 12), ({"elapsed": "1.5s"}, 1_500), ({"duration_s": "2"}, 2_000)):
        place = find_duration("done", fields)
        assert place is not None
        assert read_duration(place, "done", fields) == ms
    assert find_duration("done", {"guest": "12 ms", "duration": "soon"}) is None


def test_the_durations_of_a_template_are_summed_as_logarithms() -> None:
    tally = Tally()
    for ms in (100, 400):
        tally.add(line(1, message=f"scan of lobby took {ms} ms"), "a")
    held = sums_of(tally, T0, T0 + 60).durations["cv", "a"]
    assert held.lines == 2
    assert math.exp(held.mean) == pytest.approx(200)


def test_of_very_many_durations_only_some_are_read() -> None:
    tally = Tally()
    for _ in range(1_000):
        tally.add(line(1, message="took 50 ms"), "a")
    held = sums_of(tally, T0, T0 + 60).durations["cv", "a"]
    assert 100 < held.lines < 200
    assert math.exp(held.mean) == pytest.approx(50)


def test_names_are_kept_of_error_lines_only_and_never_those_of_people() -> None:
    tally = Tally()
    fields = {"camera_id": "cam_lobby_01", "guest_name": "An Nguyen", "email": "an@example.com"}
    tally.add(line(1, level=ERROR, component="FaceEngine", trace_id="r1", fields=fields), "a")
    tally.add(line(2, component="Quiet", trace_id="r2"), "a")
    names = sums_of(tally, T0, T0 + 60).names["cv"]
    assert (names.most_frequent(), list(names.traces)) == (("FaceEngine", "cam_lobby_01"), ["r1"])
    assert "An Nguyen" not in json.dumps(tally.state())


def test_it_stays_small_whatever_comes() -> None:
    tally = Tally(max_buckets=10, max_series=50)
    for each in range(5_000):
        tally.add(line(each * 7, f"s{each}", ERROR, component=f"c{each}" * 50, trace_id=f"t{each}"), f"t{each}")
    for each in range(500):
        tally.add(line(35_000, "cv", ERROR, component=f"c{each}", trace_id=f"t{each}"), "x")
    assert len(tally) <= 10
    sums = sums_of(tally, T0, T0 + 36_000)
    assert len(sums.templates) <= 150
    assert OTHER in {series[1] for series in sums.templates}
    assert all(len(each.components) <= MAX_COMPONENTS for each in sums.names.values())
    assert all(len(each.traces) <= MAX_TRACES for each in sums.names.values())
    assert len(json.dumps(tally.state())) < 200_000


def test_what_is_old_is_forgotten() -> None:
    tally = Tally()
    for minute in range(10):
        tally.add(line(minute * 60), "a")
    tally.drop_before(T0 + 300)
    assert tally.span() == (T0 + 300, T0 + 600)
    tally.add(line(60), "a")
    assert len(tally) == 6


def test_it_is_the_same_after_a_restart() -> None:
    tally = Tally()
    for each in range(200):
        tally.add(
            line(each * 3, f"s{each % 4}", (INFO, ERROR)[each % 2], f"took {each + 1} ms", trace_id=str(each)), "a"
        )
    again = Tally.from_state(json.loads(json.dumps(tally.state())))
    assert again.state() == tally.state()
    for one in (tally, again):
        one.add(line(9, "s1", ERROR, "took 7 ms"), "a")
    assert again.state() == tally.state()


@pytest.mark.parametrize(
    "state", [{}, {"bucket_s": 60, "buckets": [1]}, {"bucket_s": 0, "buckets": {}, "measured": {}}]
)
def test_a_damaged_state_is_refused(state: dict[str, object]) -> None:
    with pytest.raises(InputInvalid, match="not the state of a tally"):
        Tally.from_state(state)


@pytest.mark.parametrize(
    "message", ["time " * 200_000, "took " + " " * 1_000_000, "1" * 1_000_000, "elapsed" * 140_000, "12 m" * 250_000]
)
def test_a_hostile_line_takes_no_time(message: str) -> None:
    tally = Tally()
    start = time.perf_counter()
    for _ in range(20):
        tally.add(line(1, message=message), "a")
    assert (time.perf_counter() - start) / 20 < 0.005


def test_impossible_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Tally(0)
    assert Durations().plus(Durations(1, 2.0, 4.0)) == (1, 2.0, 4.0)
