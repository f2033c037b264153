"""Checked answers, what the model is told of a wrong one, and confidence."""

import datetime as dt

import pytest

from innkeeper.engine.fact_guard import Evidence
from innkeeper.tasks.assistant.grounding import Grounded, check_answer, confidence_of

KNOWN = {"d1", "t1"}


def evidence() -> Evidence:
    made = Evidence(today=dt.date(2026, 11, 22))
    made.add_passage("Late check-out until 14:00 costs 500.000 VND. Secret code 7781.")
    return made


def test_a_supported_and_cited_answer_is_grounded() -> None:
    assert check_answer("It costs 500,000 VND [d1].", evidence(), KNOWN) == Grounded(
        "It costs 500,000 VND.", ("d1",), 1.0, has_facts=True
    )


def test_an_answer_without_facts_needs_no_source() -> None:
    checked = check_answer("That is not known; please ask the front desk.", evidence(), KNOWN)
    assert isinstance(checked, Grounded)
    assert not checked.has_facts


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("It costs 600,000 VND [d1].", '"600,000 VND"'),
        ("It costs 500,000 VND [d3].", "no source [d3]"),
        ("Late check-out until 14:00. Fine [d1].", 'beginning with "Late check-out until 14:00."'),
        ("", "empty"),
        ("yes " * 81, "81 words"),
    ],
)
def test_a_problem_says_what_to_mend(text: str, told: str) -> None:
    problem = check_answer(text, evidence(), KNOWN)
    assert isinstance(problem, str)
    assert told in problem


def test_a_problem_repeats_no_names_no_contacts_and_nothing_of_the_sources() -> None:
    problem = check_answer("Call Trần Văn Minh, 0900 000 009, a@b.vn, BK-2025-7 at 9:00.", evidence(), KNOWN)
    assert isinstance(problem, str)
    assert not any(part in problem for part in ("Minh", "0900", "a@b.vn", "BK", "7781", "500"))
    assert "a name" in problem
    assert "a telephone number" in problem


def test_a_fact_has_to_be_in_a_source_that_its_sentence_cites() -> None:
    made = Evidence(today=dt.date(2026, 11, 22))
    made.add_passage("Massage: 60 minutes, 900.000 VND", source="d1")
    made.add_result({"room_number": "407", "nights": 2}, source="t1")
    assert isinstance(check_answer("A massage costs 900,000 VND [d1]. Room 407, 2 nights [t1].", made, KNOWN), Grounded)
    problem = check_answer("A massage costs 900,000 VND [t1].", made, KNOWN)
    assert problem == (
        'These facts are not in the sources that their sentence cites: "900,000 VND". '
        "Write the whole answer anew, with what the sources say and nothing else."
    )
    assert isinstance(check_answer("Room 407 has a massage for 900,000 VND [d1][t1].", made, KNOWN), Grounded)


def test_an_answer_that_is_not_known_stays_below_half() -> None:
    told = Grounded("Not known.", (), 1.0, has_facts=False)
    cited = Grounded("Not known [d1].", ("d1",), 1.0, has_facts=False)
    for relevance in (0.0, 0.5, 1.0):
        assert confidence_of(told, relevance=relevance) < 0.5
        assert confidence_of(cited, relevance=relevance, is_known=False) < 0.5


def test_confidence_grows_with_the_sources_and_stays_in_range() -> None:
    document = Grounded("x", ("d1",), 1.0, has_facts=True)
    tool = Grounded("x", ("t1",), 1.0, has_facts=True)
    low, high = (confidence_of(document, relevance=relevance) for relevance in (0.2, 0.9))
    assert 0.5 <= low < high < confidence_of(tool, relevance=0.2, tools_called=1, tools_succeeded=1) <= 1
    assert confidence_of(tool, relevance=0.9, tools_called=2, tools_succeeded=1) < 0.97
