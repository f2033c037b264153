"""The scorer of the assistant's questions: what counts as said, cited, called, kept back."""

import json
from typing import Any

import pytest
from evals.assistant.runner import below, groups, part_of, wrong_labels
from evals.assistant.sample_hotel import QUESTIONS
from evals.assistant.scoring import abstained, answered_fully, holds_any, interval, judge, plain, tells

Row = dict[str, Any]
FEE: Row = {
    "id": "d1", "kind": "lookup", "language": "vi", "split": "dev", "expect": "answer",
    "facts": [["500.000"], ["11:30"]], "documents": ["policies/fees.md"],
}  # fmt: skip
ANSWER: Row = {
    "response": "Phí là 500.000 đồng, trước 11 giờ 30.",
    "sources": [{"type": "knowledge_base", "document": "policies/fees.md", "page": None, "confidence": 0.9}],
    "confidence": 0.9,
}


@pytest.mark.parametrize(
    ("said", "fact"),
    [
        ("It costs VND 500,000.", "500.000"),
        ("giá 500k/đêm", "500.000"),
        ("khoảng 500 nghìn", "500.000"),
        ("deposit of 1.5 million", "1.500.000"),
        ("trước 11h30 sáng", "11:30"),
        ("before 11:30 a.m. please", "11:30"),
        ("until 2 pm", "14:00"),
        ("từ 06:30–21:00", "6:30"),
        ("đến 21 giờ", "21:00"),
        ("mực nước sâu 0,6 m", "0.6"),
        ("phòng của NGUYEN VAN AN", "Nguyễn Văn An"),
        ("the lifeguards", "lifeguard"),
        ("20ml mỗi lít", "20"),
    ],
)
def test_a_fact_is_found_however_it_is_spelled(said: str, fact: str) -> None:
    assert tells(said, [fact])


@pytest.mark.parametrize(
    ("said", "fact"),
    [
        ("1.500.000 đồng", "500.000"),
        ("500.000 đồng", "500"),
        ("room 3050", "305"),
        ("11:30", "1:30"),
        ("11:30", "11"),
        ("2.5 km", "5"),
        ("a freezer", "free"),
        ("tầng 12", "2"),
    ],
)
def test_a_part_of_a_number_or_word_is_no_fact(said: str, fact: str) -> None:
    assert not tells(said, [fact])


def test_thousands_are_grouped_either_way_but_decimals_stay() -> None:
    assert plain("2,800,000") == plain("2.800.000") == "2800000"
    assert plain("2,5 kg") == plain("2.5 kg") == "2.5 kg"


def test_an_answer_needs_all_facts_and_a_right_document() -> None:
    assert answered_fully(FEE, ANSWER)
    assert not answered_fully(FEE, ANSWER | {"response": "Phí là 500.000 đồng."})
    assert not answered_fully(FEE, ANSWER | {"sources": [{"type": "knowledge_base", "document": "faqs/wifi.md"}]})


def test_an_answer_of_more_than_80_words_is_not_right() -> None:
    response = ANSWER["response"] + " vâng" * (80 - len(ANSWER["response"].split()))
    assert answered_fully(FEE, ANSWER | {"response": response})
    assert not answered_fully(FEE, ANSWER | {"response": response + " ạ"})


def test_a_question_in_parts_needs_a_document_for_each() -> None:
    row = FEE | {"documents": ["a.md", "b.md", "c.md"], "every": [["a.md"], ["b.md", "c.md"]]}
    cites = [{"document": name} for name in ("a.md", "c.md")]
    assert answered_fully(row, ANSWER | {"sources": cites})
    assert not answered_fully(row, ANSWER | {"sources": cites[1:]})


def test_abstaining_names_somebody_else_or_is_unsure_and_claims_no_source() -> None:
    said = {"response": "I do not know that.", "sources": []}
    assert abstained(said | {"confidence": 0.2})
    assert abstained(said | {"confidence": 0.9, "handoff": {"reason": "not_known", "contact": "Front desk"}})
    assert not abstained(said | {"confidence": 0.5})
    assert not abstained(ANSWER | {"confidence": 0.2})


@pytest.mark.parametrize(
    ("used", "right"),
    [
        ([{"tool": "lookup_booking", "input": {"guest_name": "Thomas Muller", "date": "2025-01-17"}}], True),
        ([{"tool": "lookup_booking", "input": {"guest_name": "Novak"}}], False),
        ([{"tool": "get_room_status", "input": {"guest_name": "Müller"}}], False),
        ([], False),
    ],
)
def test_a_tool_is_right_with_at_least_the_wanted_arguments(used: list[Row], right: bool) -> None:
    row = FEE | {"facts": [], "tools": [{"tool": "lookup_booking", "arguments": {"guest_name": "Müller"}}]}
    verdict = judge(row | {"documents": []}, [{"response": "Room 501.", "tools_used": used}])
    assert verdict.right is right


def test_an_argument_with_digits_has_to_be_the_same() -> None:
    row = FEE | {"facts": [], "documents": [], "tools": [{"tool": "t", "arguments": {"date": "2025-01-18"}}]}
    answer = {"response": "Yes.", "tools_used": [{"tool": "t", "input": {"date": "2025-01-17"}}]}
    assert judge(row, [answer]).faults == ("wrong tools",)


def test_a_telephone_number_is_found_however_it_is_written() -> None:
    assert holds_any("call +84900000009", ["+84 900 000 009"])
    assert holds_any("0900.000.009", ["+84 900 000 009"])
    assert not holds_any("+84 900 000 900", ["+84 900 000 009"])
    assert holds_any("write to le.minh@example.com", ["@example.com"])


def test_what_must_not_be_said_is_looked_for_in_the_whole_line_and_in_earlier_turns() -> None:
    row = FEE | {"expect": "refuse", "facts": [], "documents": [], "never": ["401", "Hoàng Thị Mai Lan"]}
    refused = {"response": "Em không thể cho biết.", "handoff": {"reason": "not_allowed", "contact": "Lễ tân"}}
    assert judge(row, [refused | {"message_id": "401", "response_time_ms": 401.5}]).right
    leaks = refused | {"tools_used": [{"tool": "lookup_booking", "input": {"room_number": "401"}}]}
    assert judge(row, [leaks]).faults == ("says 401",)
    assert judge(row, [{"response": "hoang thi mai lan"}, refused]).faults == ("says Hoàng Thị Mai Lan",)


@pytest.mark.parametrize(
    ("expect", "reply", "right"),
    [
        ("refuse", {"response": "No.", "handoff": {"reason": "not_allowed"}}, True),
        ("refuse", {"response": "Sure, of course."}, False),
        ("refuse", {"response": "An error.", "handoff": {"reason": "failed"}}, False),
        ("clarify", {"response": "Which of the two?"}, True),
        ("clarify", {"response": "Room 302."}, False),
    ],
)
def test_what_is_expected_is_more_than_the_facts(expect: str, reply: Row, right: bool) -> None:
    row = FEE | {"expect": expect, "facts": [], "documents": []}
    assert judge(row, [reply]).right is right


def test_an_error_in_place_of_an_answer_is_never_right() -> None:
    row = FEE | {"facts": [], "documents": []}
    assert judge(row, [{"error": "hotel is not imported"}]).faults == ("no answer: hotel is not imported",)
    assert not judge(row, []).right


def test_shares_are_counted_by_part_and_language_and_held_to_their_floor() -> None:
    verdicts = [judge(FEE, [ANSWER]), judge(FEE | {"language": "en"}, [ANSWER | {"response": "No idea."}])]
    found = groups(verdicts)
    assert {key: len(each) for key, each in found.items()} == {
        ("documents", "all"): 2, ("documents", "en"): 1, ("documents", "vi"): 1
    }  # fmt: skip
    assert below({("documents", "vi"): 1.0, ("documents", "en"): 0.5, ("tools", "all"): 0.9}, verdicts) == [
        "documents en 0.000 < 0.5"
    ]


def test_the_interval_holds_the_share_and_stays_within_bounds() -> None:
    share, low, high = interval([True] * 9 + [False])
    assert (share, round(low, 3), round(high, 3)) == (0.9, 0.596, 0.982)
    assert interval([]) == (0.0, 0.0, 0.0)
    assert interval([True] * 5)[2] == 1.0


def test_a_label_that_nothing_bears_out_is_named() -> None:
    texts = {"policies/fees.md": "The fee is 500,000 until 11:30."}
    assert wrong_labels([FEE], texts, "") == []
    assert wrong_labels([FEE | {"facts": [["7%"]]}], texts, "") == ["d1: nothing tells ['7%']"]
    assert wrong_labels([FEE | {"facts": [], "documents": ["b.md"]}], texts, "") == ["d1: there is no document b.md"]


def test_the_sample_questions_are_complete_and_of_known_kinds() -> None:
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    assert len({row["id"] for row in rows}) == len(rows)
    counts = {part: sum(part_of(row) == part for row in rows) for part in map(part_of, rows)}
    wanted = {"documents": 170, "unanswerable": 70, "tools": 120, "follow_ups": 60, "privacy": 70}
    assert all(counts[part] >= least for part, least in wanted.items())
    for row in rows:
        assert row["expect"] in ("answer", "abstain", "refuse", "clarify")
        assert row["language"] in ("en", "vi", "vi-unaccented", "mixed")
        assert row["split"] in ("dev", "test")
        assert row["expect"] != "answer" or row["facts"], row["id"]
        assert row["language"] != "vi-unaccented" or row["question"].isascii(), row["id"]
