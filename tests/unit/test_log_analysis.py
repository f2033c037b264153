"""Lines of one source, judged window by window: what time does to it, and what it takes with it into the next sweep."""

import datetime as dt
import json
import time
from collections.abc import Iterable
from itertools import chain

import pytest
from tests.logs.scenes import FAULTS, LEARNT_MINUTES, MINUTE, PER_MINUTE, SERVICES, START, broken, calm

from innkeeper.blocks.log_sources.past import PastLogs
from innkeeper.engine.logs.analysis import SILENT_S, WINDOW_S, Judged, LogAnalysis
from innkeeper.engine.logs.parsing import parse_lines
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.logs import FindingKind, LogLevel, LogLine

LEARNT = START + LEARNT_MINUTES * MINUTE
DAY_S = 86_400.0
MANY = 6_000


@pytest.fixture(scope="module")
def learnt() -> str:
    """The state after calm minutes, as JSON."""
    analysis = LogAnalysis()
    judge(analysis, calm(START, LEARNT_MINUTES), LEARNT)
    return json.dumps(analysis.state())


def judge(analysis: LogAnalysis, lines: Iterable[LogLine], until: float | None = None) -> list[Judged]:
    return list(analysis.read(lines, until=until))


def again(state: str) -> LogAnalysis:
    return LogAnalysis.from_state(json.loads(state))


def kinds(windows: Iterable[Judged]) -> set[tuple[str, FindingKind]]:
    return {(each.service, each.kind) for window in windows for each in window.findings}


def counted(analysis: LogAnalysis) -> int:
    buckets = analysis.tally.state()["buckets"].values()
    return sum(count for bucket in buckets for *_, count in bucket["counts"])


def line(at: float, message: str = "a line", service: str = "cv") -> LogLine:
    return LogLine(at, service, LogLevel.INFO, message)


def test_every_line_is_counted_in_one_window_of_five_minutes() -> None:
    windows = judge(LogAnalysis(), calm(START, 30), START + 30 * MINUTE)
    assert [(each.start, each.end) for each in windows] == [
        (START + place * WINDOW_S, START + (place + 1) * WINDOW_S) for place in range(6)
    ]
    assert {each.lines for each in windows[:-1]} <= set(range(5 * PER_MINUTE * 3, 7 * PER_MINUTE * 3 + 1))
    assert sum(each.lines for each in windows) == 30 * PER_MINUTE * len(SERVICES)
    assert windows[-1].services == frozenset(SERVICES)


def test_a_broken_service_is_found_in_the_window_in_which_it_breaks_with_a_suspect(learnt: str) -> None:
    analysis = again(learnt)
    (window,) = judge(analysis, broken(LEARNT, 5), LEARNT + 300)
    assert {("cv", FindingKind.ERROR_SPIKE), ("cv", FindingKind.NEW_ERROR_TEMPLATE)} & kinds([window])
    assert {each.service for each in window.findings} == {"cv"}
    assert max(each.sample_size for each in window.findings) >= 5 * FAULTS
    assert analysis.culprits(LEARNT)[0].service == "cv"


def test_calm_minutes_have_no_findings(learnt: str) -> None:
    assert not kinds(judge(again(learnt), calm(LEARNT, 60), LEARNT + 3_600))


def test_sweeps_that_begin_anew_from_the_state_find_what_one_reading_finds() -> None:
    end = LEARNT + 20 * MINUTE
    lines = [*calm(START, LEARNT_MINUTES), *broken(LEARNT, 10), *calm(LEARNT + 600, 10)]
    whole = LogAnalysis()
    once = judge(whole, lines, end)
    state, swept = "{}", list[Judged]()
    for sweep in range(1, int((end - START) / WINDOW_S) + 1):
        analysis = again(state)
        until = START + sweep * WINDOW_S
        swept += judge(analysis, [each for each in lines if until - WINDOW_S <= each.at < until], until)
        state = json.dumps(analysis.state())
    assert [each[:4] for each in swept] == [each[:4] for each in once]
    assert json.loads(state)["tally"] == json.loads(json.dumps(whole.state()))["tally"]
    assert json.loads(state)["baseline"] == json.loads(json.dumps(whole.state()))["baseline"]


def test_a_state_of_something_else_is_refused() -> None:
    with pytest.raises(InputInvalid, match="state"):
        LogAnalysis.from_state({"tally": {"buckets": 7}})


@pytest.mark.parametrize("old", [-62_135_596_800.0, 0.0, 1_104_537_600.0])
def test_a_line_of_long_ago_costs_nothing_and_hides_nothing(old: float) -> None:
    """Before the first slot is learnt, the baseline once walked through all the time in between."""
    analysis = LogAnalysis()
    judge(analysis, calm(START, 2))
    started = time.process_time()
    judge(analysis, [line(old), *calm(START + 2 * MINUTE, LEARNT_MINUTES - 2)], LEARNT)
    assert time.process_time() - started < 2
    assert ("cv", FindingKind.ERROR_SPIKE) in kinds(judge(analysis, broken(LEARNT, 10), LEARNT + 600))


def test_a_first_line_of_long_ago_is_followed_by_the_present() -> None:
    analysis = LogAnalysis()
    started = time.process_time()
    windows = judge(analysis, [line(0.0), *calm(START, LEARNT_MINUTES), *broken(LEARNT, 10)], LEARNT + 600)
    assert time.process_time() - started < 3
    assert len(windows) < 200
    assert ("cv", FindingKind.ERROR_SPIKE) in kinds(windows)


def test_months_without_a_line_are_few_windows_and_their_end_is_no_silence(learnt: str) -> None:
    later = LEARNT + 90 * DAY_S
    windows = judge(again(learnt), calm(later, 20), later + 20 * MINUTE)
    assert len(windows) <= SILENT_S / WINDOW_S + 6
    assert not kinds(each for each in windows if each.end > LEARNT + SILENT_S + WINDOW_S)


def test_a_silence_is_found_in_every_sweep_of_its_first_hours(learnt: str) -> None:
    analysis = again(learnt)
    for until in range(int(LEARNT) + 600, int(LEARNT) + 4 * 3_600, int(WINDOW_S)):
        windows = judge(analysis, [], until)
        assert FindingKind.SILENCE in {kind for _, kind in kinds(windows[-1:])}, until - LEARNT


def test_a_silence_of_a_year_is_judged_in_few_windows(learnt: str) -> None:
    analysis = again(learnt)
    assert len(judge(analysis, [], LEARNT + 365 * DAY_S)) <= SILENT_S / WINDOW_S + 3
    assert len(judge(analysis, [], LEARNT + 365 * DAY_S + 300)) == 1


def test_a_clock_that_was_months_ahead_does_not_blind_the_sweeps_that_follow(learnt: str) -> None:
    analysis = again(learnt)
    judge(analysis, [], LEARNT + 90 * DAY_S)  # a sweep at a wrong time
    found = [
        window
        for place in range(LEARNT_MINUTES // 5)
        for window in judge(analysis, calm(LEARNT + place * 300, 5), LEARNT + (place + 1) * 300)
    ]
    assert not kinds(found)
    assert len(found) == LEARNT_MINUTES // 5 - 1
    begins = LEARNT + LEARNT_MINUTES * MINUTE
    assert ("cv", FindingKind.ERROR_SPIKE) in kinds(judge(analysis, broken(begins, 10), begins + 600))


def test_a_clock_that_goes_back_by_minutes_judges_no_window_twice(learnt: str) -> None:
    analysis = again(learnt)
    assert not judge(analysis, calm(LEARNT, 1), LEARNT - 600)
    windows = judge(analysis, calm(LEARNT + MINUTE, 4), LEARNT + 300)
    assert [(each.start, each.end) for each in windows] == [(LEARNT, LEARNT + 300)]


def test_lines_that_come_late_are_counted_and_judge_nothing_again(learnt: str) -> None:
    analysis = again(learnt)
    before = counted(analysis)
    assert not judge(analysis, broken(LEARNT - 600, 5))
    assert counted(analysis) == before + 5 * (FAULTS + PER_MINUTE * len(SERVICES))


def test_what_a_late_line_adds_is_seen_by_the_stretches_that_were_summed_up_before(learnt: str) -> None:
    analysis = again(learnt)
    judge(analysis, calm(LEARNT, 5), LEARNT + 300)
    judge(analysis, broken(LEARNT, 5))  # of the window that has been judged
    found = judge(analysis, broken(LEARNT + 300, 5), LEARNT + 600)
    wide = [each for window in found for each in window.findings if each.kind is FindingKind.NEW_ERROR_TEMPLATE]
    assert [each.observed for each in wide] == [10 * FAULTS]


def test_thousands_of_services_and_templates_stay_within_bounds() -> None:
    analysis = LogAnalysis()
    lines = (
        LogLine(START + place * 0.06, f"svc-{place}", LogLevel.ERROR, f"{word(place)} {word(place * 7)} failed")
        for place in range(MANY)
    )
    started = time.process_time()
    judge(analysis, lines, START + 900)
    assert time.process_time() - started < MANY / 500
    assert counted(analysis) == MANY
    assert len(analysis.miner) <= 10_000
    assert len(analysis.baseline.counts.rows) <= 4_000
    assert len(json.dumps(analysis.state())) < 40_000_000


def word(number: int) -> str:
    return "".join(chr(97 + int(digit)) for digit in str(number)) + "x"


def past(tmp_path: object, *files: Iterable[bytes]) -> list[LogLine]:
    from pathlib import Path

    folder = Path(str(tmp_path))
    for place, lines in enumerate(files):
        (folder / f"{place}.jsonl").write_bytes(b"".join(lines))
    with PastLogs([str(folder)], parse=parse_lines, zone="UTC") as logs:
        return list(logs.lines())


def row(at: str | float, message: str) -> bytes:
    time = at if isinstance(at, str) else dt.datetime.fromtimestamp(at, dt.UTC).isoformat()
    return json.dumps({"timestamp": time, "level": "info", "service": "cv", "message": message}).encode() + b"\n"


@pytest.mark.parametrize(
    "stray", ["9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2031-06-01T00:00:00Z"]
)
def test_a_line_of_a_past_file_with_an_impossible_time_is_as_old_as_the_one_before(
    tmp_path: object, stray: str
) -> None:
    rows = [row(START + place, f"line {place}") for place in range(10)]
    rows.insert(5, row(stray, "stray"))
    lines = past(tmp_path, rows, [row(START + 4.5, "another file")])
    assert [each.at for each in lines] == sorted(each.at for each in lines)
    assert next(each.at for each in lines if each.message == "stray") == START + 4
    assert len(lines) == 12


def test_one_line_of_a_past_file_that_is_ahead_for_itself_does_not_make_the_others_late(tmp_path: object) -> None:
    rows = [row(START + place, f"line {place}") for place in range(6)]
    rows[3] = row(START + 90 * DAY_S, "line 3")
    assert [each.at - START for each in past(tmp_path, rows)] == [0, 1, 2, 2, 4, 5]


def test_a_past_file_with_a_gap_of_months_keeps_its_times(tmp_path: object) -> None:
    times = [START, START + 1, START + 90 * DAY_S, START + 90 * DAY_S + 1]
    assert [each.at for each in past(tmp_path, [row(at, "a line") for at in times])] == times


def test_a_past_file_that_goes_back_in_time_is_read_to_its_end(tmp_path: object) -> None:
    times = [START + 90 * DAY_S, START + 90 * DAY_S + 1, START, START + 1, START + DAY_S, START + DAY_S + 1]
    assert [each.at for each in past(tmp_path, [row(at, "a line") for at in times])] == times


BOMBS = {
    "a megabyte": "A" * 1_000_000,
    "a megabyte of words": "word " * 200_000,
    "brackets": "(" * 40_000 + "[{<" * 10_000,
    "spaces": " " * 100_000 + "x",
    "dots": "a." * 50_000,
    "equals": "a=" * 50_000 + "!",
    "quotes": "\"'" * 50_000,
    "slashes": "/a" * 50_000,
    "digits": "1" * 100_000 + "a",
    "hex": "deadbeef:" * 12_000,
    "ansi": "\x1b[31;" * 20_000,
    "dates": "2026-01-17 " * 9_000,
    "unicode": "ắ" * 60_000,
    "durations": "took 1 " * 15_000 + "ms",
    "mails": "a@a." * 25_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_no_line_takes_longer_than_its_share(name: str) -> None:
    """A millisecond a line at most, be it text or JSON; the machine may be busy, hence the best of some rounds."""
    lines = [
        json.dumps({"timestamp": START, "service": "cv", "level": "error", "message": BOMBS[name]}).encode(),
        f"2026-01-17 00:00:00 ERROR cv {BOMBS[name]}".encode(),
    ]
    per_line = []
    for _ in range(5):
        analysis = LogAnalysis()
        started = time.thread_time()
        for _ in chain(analysis.read(parse_lines(lines * 5, now=START)), analysis.finish()):
            pass
        per_line.append((time.thread_time() - started) / 10)
    assert min(per_line) < 0.004, f"{min(per_line) * 1000:.2f} ms"
