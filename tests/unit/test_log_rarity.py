"""How alarming a line is by itself."""

import json
import time

import pytest

from innkeeper.engine.logs import rarity
from innkeeper.engine.logs.rarity import ALARMING, RarityScorer, alarm_score, word_points
from innkeeper.schemas.logs import LogLevel, LogLine


def line(message: str, level: LogLevel = LogLevel.INFO) -> LogLine:
    return LogLine(0.0, "cv", level, message)


@pytest.mark.parametrize(
    ("level", "message", "seen"),
    [
        (LogLevel.CRITICAL, "data storage interrupt", 10_000),
        (LogLevel.CRITICAL, "kernel panic, not syncing", 0),
        (LogLevel.ERROR, "connection to the lock server lost", 0),
        (LogLevel.ERROR, "payment failed: connection refused, gateway unreachable", 500),
        (LogLevel.WARNING, "fatal: disk is corrupt", 3),
        (LogLevel.ERROR, "mở khóa thất bại", 0),
    ],
)
def test_a_severe_line_is_an_alarm(level: LogLevel, message: str, seen: int) -> None:
    assert alarm_score(level, message, seen) >= ALARMING


@pytest.mark.parametrize(
    ("level", "message", "seen"),
    [
        (LogLevel.INFO, "guest checked in", 0),
        (LogLevel.INFO, "parity error detected and corrected", 0),
        (LogLevel.ERROR, "backup finished with 0 errors", 0),
        (LogLevel.ERROR, "sync ended, errors: 0, failed=0", 0),
        (LogLevel.ERROR, "cannot open menu.pdf: no such file", 0),
        (LogLevel.DEBUG, "timeout reset", 0),
        (LogLevel.INFO, "job failed", 1_000),
    ],
)
def test_a_line_that_is_usual_denies_or_blames_the_asker_is_none(level: LogLevel, message: str, seen: int) -> None:
    assert alarm_score(level, message, seen) < ALARMING


def test_a_template_is_less_alarming_each_time() -> None:
    scorer = RarityScorer()
    scores = [scorer.score(line("door left open", LogLevel.ERROR), "t1") for _ in range(50)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1]
    assert scorer.score(line("door left open", LogLevel.ERROR), "t2") == scores[0]  # another template is new


def test_a_worse_level_is_more_alarming() -> None:
    scores = [alarm_score(level, "disk nearly full", 3) for level in LogLevel]
    assert scores == sorted(scores)
    assert len(set(scores)) == len(LogLevel)
    assert all(0 < score < 1 for score in scores)


def test_further_kinds_of_words_count_and_repeated_ones_do_not() -> None:
    assert word_points("failed") == word_points("failed failed failed FAILED")
    assert word_points("failed: refused") > word_points("failed")
    assert word_points("panic fatal killed crash failed error lost") == 3
    assert word_points("") == 0


def test_words_within_other_words_do_not_count() -> None:
    assert word_points("errorless download of terrorism faq") == 0
    assert word_points("error_code=7 upstream_failed") > 0  # but those joined by _ do


def test_a_long_line_is_read_only_at_its_beginning() -> None:
    assert word_points("x " * 300 + "panic") == 0
    hostile = ["no " * 500_000, "0 " * 500_000, "error" * 200_000, "errors = " * 100_000, "\x1b[31m" * 200_000]
    began = time.perf_counter()
    for message in hostile * 20:
        word_points(message)
    assert time.perf_counter() - began < 0.1  # 1 ms each at the very most; it takes some 20 µs


def test_counts_survive_a_restart() -> None:
    scorer = RarityScorer()
    for _ in range(7):
        scorer.score(line("x"), "t1")
    again = RarityScorer.from_state(json.loads(json.dumps(scorer.state())))
    assert again.score(line("failed"), "t1") == scorer.score(line("failed"), "t1")


def test_the_templates_used_least_recently_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rarity, "MAX_TEMPLATES", 3)
    scorer = RarityScorer()
    for template_id in ("a", "b", "c", "a", "d"):
        scorer.score(line("x"), template_id)
    assert len(scorer) == 3
    assert set(scorer.state()["seen"]) == {"c", "a", "d"}
