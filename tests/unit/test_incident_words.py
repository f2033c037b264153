"""Incidents in words: the numbers they rest on, in both languages, and nothing that a log line could do."""

import unicodedata
import zoneinfo
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.incident_cases import START, finding, opened

from innkeeper.engine.incidents.advice import advised
from innkeeper.engine.incidents.alert_words import MAX_SUMMARY, MAX_TEXT, alert_details, alert_words
from innkeeper.engine.incidents.causes import causes_in
from innkeeper.engine.incidents.figures import amount, probability, share
from innkeeper.engine.incidents.hostile import is_component, one_line
from innkeeper.engine.incidents.impact import HotelFigures
from innkeeper.engine.incidents.runbooks import load_runbooks
from innkeeper.engine.incidents.services import load_services
from innkeeper.engine.incidents.transitions import acknowledge, resolve
from innkeeper.engine.incidents.wording import (
    baseline_words,
    describe,
    describe_incident,
    incident_title,
    possible_causes,
    summarize,
)
from innkeeper.schemas.incidents import AlertEvent

SERVICES = load_services()
SAIGON = zoneinfo.ZoneInfo("Asia/Ho_Chi_Minh")
RATIO: dict[str, Any] = {
    "observed": 0.15, "expected": 0.02, "ratio": 7.5, "sample_size": 400, "p_value": 1e-9, "baseline": "robust",
    "baseline_size": 36,
}  # fmt: skip


def test_three_lines_without_a_baseline_are_told_as_three_lines() -> None:
    assert describe(finding(), "en") == (
        "3 of 3 lines are errors between 08:30 and 08:32 UTC; there is no baseline yet"
    )
    assert describe(finding(), "vi", SAIGON) == (
        "3/3 dòng log là lỗi từ 15:30 đến 15:32 (UTC+7); chưa có mức bình thường để so sánh"
    )


def test_a_share_is_told_with_everything_it_rests_on() -> None:
    assert describe(finding(**RATIO), "en") == (
        "15% of lines are errors between 08:30 and 08:32 UTC; 2% were expected (×7.5, n=400, p<0.001)"
    )
    assert describe(finding(**RATIO), "vi") == (
        "15% số dòng log là lỗi từ 08:30 đến 08:32 (UTC); bình thường là 2% (×7,5, n=400, p<0,001)"
    )
    assert baseline_words(finding(**RATIO), "en") == "the 36 intervals before"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"kind": "silence", "unit": "lines/min", "observed": 0, "expected": 12.4}, "no lines between"),
        ({"kind": "rate_drop", "unit": "lines/min", "observed": 3.25, "expected": 12}, "3.25 lines/min between"),
        ({"kind": "slow_drift", "unit": "ms", "observed": 1320, "expected": 132}, "typically 1,320 ms between"),
        ({"kind": "burst_correlation", "unit": "services", "components": ("pms", "tv")}, "cv, pms and tv are unusual"),
        ({"kind": "new_error_template", "unit": "lines/min", "observed": 2}, "an error that was not seen before, 2"),
        ({"unit": "lines/min", "observed": 12}, "12 lines/min with errors between"),
        ({"kind": "level_shift", "unit": "lines/min", "observed": 4, "level": None}, "4 lines/min between"),
        ({"kind": "level_shift", "unit": "lines/min", "observed": 4}, "4 lines/min with errors between"),
        ({"observed": 0.3333, "sample_size": 3}, "1 of 3 lines are errors"),
        ({"observed": 0.155, "sample_size": 10}, "16% of lines are errors"),
        ({"observed": 0.9, "sample_size": 60}, "90% of lines are errors"),
        ({"unit": "furlongs", "observed": 1e12}, "1,000,000,000,000 furlongs"),
    ],
)
def test_every_kind_says_what_was_observed(changes: dict[str, Any], told: str) -> None:
    assert describe(finding(**changes), "en").startswith(told)
    assert describe(finding(**changes), "vi") != describe(finding(**changes), "en")


@pytest.mark.parametrize(
    ("value", "en", "vi"),
    [(0, "0", "0"), (7.5, "7.5", "7,5"), (0.25, "0.25", "0,25"), (12400.5, "12,400", "12.400"), (99.99, "100", "100"),
     (float("inf"), "?", "?"), (0.000123, "0.000123", "0,000123")],
)  # fmt: skip
def test_numbers_have_three_digits_that_count(value: float, en: str, vi: str) -> None:
    assert (amount(value, "en"), amount(value, "vi")) == (en, vi)


def test_almost_all_is_not_all_and_almost_nothing_not_nothing() -> None:
    assert [share(each, "en") for each in (1, 0.9999, 0.024, 0.0005, 0.00001, 0)] == (
        ["100%", "99.99%", "2.4%", "0.05%", "<0.01%", "0%"]
    )
    assert [probability(each, "en") for each in (0.0009, 0.0123, 1)] == ["p<0.001", "p=0.012", "p=1"]


@pytest.mark.parametrize(
    ("template", "causes"),
    [
        ("Face recognition failed: timeout", ["timeout"]),
        ("CUDA out of memory. Tried to allocate <*>", ["gpu_memory", "memory"]),
        ("java.net.SocketTimeoutException: Read timed out", ["timeout"]),
        ("request finished with no timeout", []),
        ("0 errors, connection refused", ["refused"]),
        ("timeouts per minute: <*>", []),
        ("write failed: ENOSPC", ["disk"]),
        ("<*> user <*> logged in", []),
        ("", []),
    ],
)
def test_only_the_words_of_the_lines_show_a_cause(template: str, causes: list[str]) -> None:
    assert [each.id for each in causes_in(template)] == causes


def test_a_cause_is_told_with_its_evidence_and_none_is_made_up() -> None:
    loading = finding(template_id="t2", template="CUDA out of memory: model loading error")
    assert possible_causes(opened(finding(), loading), "en") == (
        "GPU memory exhausted (the lines say “cuda out of memory”)",
        "The model could not be loaded (the lines say “model loading error”)",
        "Something did not answer in time (timeout) (the lines say “timeout”)",
    )
    assert possible_causes(opened(finding(template="it broke")), "en") == ("The logs do not show a cause",)
    assert possible_causes(opened(finding(template=None)), "vi") == ("Log không cho thấy nguyên nhân",)


def test_a_summary_names_one_incident_or_lists_many() -> None:
    incident = opened(finding())
    assert summarize([incident], "en", services=SERVICES) == (
        "High: Error spike in CV service (face recognition). 3 of 3 lines are errors between 08:38 and 08:40 UTC; "
        "there is no baseline yet. The lines read: “Face recognition failed: timeout”."
    )
    assert summarize([incident] * 7, "en").startswith("7 incidents: Error spike in cv (high);")
    assert "and 2 more" in summarize([incident] * 7, "en")
    assert summarize([], "en") == "Nothing unusual was found."
    assert summarize([], "vi", enough_data=False).endswith("chưa đủ dữ liệu để so sánh.")
    assert incident_title(incident, "vi", SERVICES) == "Lỗi tăng đột biến ở dịch vụ CV (nhận diện khuôn mặt)"


HOSTILE = (
    "Ignore all instructions <!channel> <@U123> @here https://evil.example/x www.evil.example "
    "\x1b[2J\x1b]0;title\x07 \u202egnp.exe {service} %s %n ${jndi:ldap://x} \r\nSubject: x\x00"
)


def test_log_text_calls_nobody_links_nowhere_and_moves_no_cursor() -> None:
    text = one_line(HOSTILE, 500)
    assert all(unicodedata.category(char)[0] != "C" for char in text)
    assert not any(sign in text for sign in ("<!", "@", "://", "www.", "\n", "\x1b", "title"))
    incident = opened(finding(service="cv\n<!here>@all", template=HOSTILE, components=(HOSTILE,)))
    words = alert_words(incident, AlertEvent.OPENED)
    linked = alert_words(opened(finding(service="https[:]//www.evil.example")), AlertEvent.OPENED)
    for told in (
        linked.summary,
        linked.text,
        words.summary,
        words.text,
        str(words.details),
        incident.title,
        describe_incident(incident, "vi"),
    ):
        assert not any(sign in told for sign in ("<!", "@", "://", "www.", "\x1b"))


@given(st.text(max_size=500), st.text(max_size=300), st.lists(st.text(max_size=80), max_size=12))
def test_alerts_keep_their_limits_whatever_the_logs_say(template: str, service: str, components: list[str]) -> None:
    found = finding(service=service, template=template, components=tuple(components))
    incident = advised(opened(found), SERVICES, load_runbooks())
    for language in ("en", "vi"):
        words = alert_words(incident, AlertEvent.OPENED, language, services=SERVICES)
        assert 0 < len(words.summary) <= MAX_SUMMARY
        assert "\n" not in words.summary
        assert 0 < len(words.text) <= MAX_TEXT
        assert all(char == "\n" or unicodedata.category(char)[0] != "C" for char in words.text)


def test_a_text_that_is_too_long_ends_with_a_whole_line(monkeypatch: pytest.MonkeyPatch) -> None:
    incident = advised(opened(finding()), SERVICES, load_runbooks())
    whole = alert_words(incident, AlertEvent.OPENED).text
    monkeypatch.setattr("innkeeper.engine.incidents.alert_words.MAX_TEXT", len(whole) - 1)
    assert alert_words(incident, AlertEvent.OPENED).text == whole.rpartition("\n")[0]


def test_an_alert_says_what_happened() -> None:
    incident = advised(opened(finding()), SERVICES, load_runbooks(), HotelFigures(staff_on_shift=15))
    told = alert_words(incident, AlertEvent.OPENED, services=SERVICES)
    assert told.summary == "Opened: Error spike in CV service (face recognition) (high)"
    assert (
        "- Restart CV service (face recognition) if the trouble persists (high, needs approval; restart-service): "
        in (told.text)
    )
    assert "Staff unable to clock in/out." in told.text
    level = incident.model_copy(update={"escalation_level": 2})
    assert "escalation level 2" in alert_words(level, AlertEvent.ESCALATED).text
    done = resolve(acknowledge(incident, "an", START), "binh", START)
    assert alert_words(done, AlertEvent.ACKNOWLEDGED).text.endswith("Looked after by an.")
    assert alert_words(done, AlertEvent.RESOLVED, "vi").text.endswith("Khắc phục: binh.")
    back = incident.model_copy(update={"reopened": 1})
    assert "It has come back (1 time)." in alert_words(back, AlertEvent.REOPENED).text


def test_details_are_the_numbers_for_a_machine() -> None:
    details = alert_details(opened(finding(**RATIO)))
    assert (details["observed"], details["expected"], details["ratio"]) == (0.15, 0.02, 7.5)
    assert details["components"] == ["cam_lobby_01", "cam_lobby_02"]


@pytest.mark.parametrize("name", ["cam_lobby_01", "com.example.Worker", "pod-7f9c", "db:5432"])
def test_a_component_is_the_name_of_a_thing(name: str) -> None:
    assert is_component(name)


@pytest.mark.parametrize("name", ["", "face_id_77", "employee_12", "Nguyễn Văn An", "a b", "-x", "x" * 64, "a//b"])
def test_a_component_is_no_person_and_no_sentence(name: str) -> None:
    assert not is_component(name)
