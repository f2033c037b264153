"""Streamed answers: facts wait until they are complete, marks never show, what is false never shows."""

import datetime as dt
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from innkeeper.engine.fact_guard import Evidence, StreamGuard, Unsupported, cited, unsupported

PASSAGE = (
    "Late check-out until 14:00 costs 500.000 VND, from Monday to Friday. Khách Lê Thu Hà, phòng 407, 17/01/2025, "
    "2 giờ chiều. Call 0900 000 001 or lan@example.com. 7 working days, 30 percent, 1.6 million VND, two o'clock in "
    "the afternoon."
)
ANSWERS = (
    "Late check-out until 14:00 costs 500,000 VND [d1]. It is for Ms Lê Thu Hà in room 407 [d1][t1], please call us.",
    "Phòng 407 có khách Lê Thu Hà [t1]. Giá là 1,6 triệu đồng [d1, d2]. Trả lúc 2 giờ chiều ngày 17 tháng 1 năm 2025.",
    "Until 2 in the afternoon? No: until 2 PM on 17 January 2025, that is thirty percent within 7 working days. [d1]",
    "Call 0900 000 001 or write to lan@example.com [d1].\n\nYes: 1.6 million VND, Monday to Friday. [Note] end",
)


FALSE = (
    "Price 700.000 VND.", "Room 408 is free.", "Guest Trần Văn Minh.", "On 18/01/2025.", "Lúc 3 giờ chiều.",
    "Zalo 0900 000 002.",
)  # fmt: skip


def evidence() -> Evidence:
    made = Evidence(today=dt.date(2026, 11, 22))
    made.add_passage(PASSAGE)
    return made


def pieces(text: str, place: random.Random) -> list[str]:
    cuts = sorted(place.sample(range(len(text) + 1), min(len(text), place.randint(0, 60))))
    return [text[low:high] for low, high in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def stream(text: str, place: random.Random, shown: list[str]) -> None:
    guard = StreamGuard(evidence())
    shown.extend(guard.feed(piece) for piece in pieces(text, place))
    shown.append(guard.end())


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ANSWERS), st.integers(0, 2**32))
def test_what_is_shown_is_the_answer_without_marks_however_it_is_cut(answer: str, seed: int) -> None:
    guard = StreamGuard(evidence())
    shown = "".join([*(guard.feed(piece) for piece in pieces(answer, random.Random(seed))), guard.end()])
    assert shown == guard.text == cited(answer, {"d1"}).clean_text
    assert "[d1]" not in shown


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(ANSWERS), st.integers(0, 2**32), st.sampled_from(FALSE))
def test_a_false_fact_is_never_shown_and_always_raised(answer: str, seed: int, false: str) -> None:
    place = random.Random(seed)
    at = place.choice([0, *(index + 1 for index, char in enumerate(answer) if char == "\n"), len(answer)])
    text = f"{answer[:at]} {false} {answer[at:]}"
    shown = list[str]()
    with pytest.raises(Unsupported) as caught:
        stream(text, place, shown)
    assert caught.value.mentions
    assert unsupported("".join(shown), evidence()) == []


def test_plain_words_are_shown_one_word_behind() -> None:
    guard = StreamGuard(evidence())
    assert guard.feed("the desk hel") == "the desk "
    assert guard.feed("ps you wi") == "helps you "
    assert guard.end() == "wi"


def test_a_fact_waits_for_what_may_belong_to_it() -> None:
    guard = StreamGuard(evidence())
    assert guard.feed("late check-out until 14:00") == "late check-out until "
    assert guard.feed(" costs") == ""
    assert guard.feed(" 500.000 VND more than usual and") == "14:00 costs 500.000 VND more than usual "


def test_marks_are_collected_and_other_brackets_stay() -> None:
    guard = StreamGuard(evidence())
    shown = "".join(guard.feed(char) for char in "it is so [d2][T1, t3] and [sic] so [d2]. fine") + guard.end()
    assert shown == "it is so and [sic] so. fine"
    assert guard.used == ["d2", "t1", "t3"]


def test_evidence_that_comes_during_the_stream_counts() -> None:
    facts = Evidence(today=dt.date(2026, 11, 22))
    guard = StreamGuard(facts)
    shown = guard.feed("I look it up. ")
    facts.add_passage(PASSAGE)
    assert shown + guard.feed("It costs 500.000 VND. ") + guard.end() == "I look it up. It costs 500.000 VND."
