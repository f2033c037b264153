"""A message cut into clauses, and the features of a text."""

import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from innkeeper.engine.routing.clauses import MAX_CLAUSES, clauses
from innkeeper.engine.routing.features import MAX_WORDS, features
from innkeeper.engine.text import clean, words

CUTS = [
    ("two towels please", ["two towels please"]),
    ("Clean the room and pick up our laundry", ["Clean the room", "and pick up our laundry"]),
    ("The AC is fine, but the lamp flickers", ["The AC is fine", "but the lamp flickers"]),
    ("Dọn phòng giúp em và lấy đồ đi giặt", ["Dọn phòng giúp em", "và lấy đồ đi giặt"]),
    ("don phong giup em va lay do di giat", ["don phong giup em", "va lay do di giat"]),
    ("Wake us at 7.30 please. Taxi at 8.15.", ["Wake us at 7.30 please", "Taxi at 8.15"]),
    ("It was 200.000 dong for a coke", ["It was 200.000 dong for a coke"]),
    ("AC broken / wifi slow", ["AC broken", "wifi slow"]),
    ("Bed and breakfast", ["Bed and breakfast"]),  # one word says nothing alone
    ("", [""]),
]
texts = st.text(max_size=300).map(clean)
sentences = st.lists(
    st.sampled_from(["and", "but", ",", ".", "và", "nhưng", "towel", "hai", "7.30", "/", "--", "!", "\n"]), max_size=60
).map(" ".join)


@pytest.mark.parametrize(("text", "expected"), CUTS)
def test_a_message_is_cut_where_a_request_ends(text: str, expected: list[str]) -> None:
    assert [clause.text for clause in clauses(text)] == expected


@settings(deadline=None)
@given(st.one_of(texts, sentences))
def test_clauses_stand_where_they_say_and_lose_no_word(text: str) -> None:
    found = clauses(text)
    assert 1 <= len(found) <= MAX_CLAUSES
    assert [word.text for clause in found for word in words(clause.text)] == [word.text for word in words(text)]
    end = 0
    for clause in found:
        assert text[clause.start : clause.end] == clause.text
        assert clause.start >= end
        end = clause.end


@pytest.mark.parametrize("unit", ["a b, ", "and ", "x. ", "😀. "])
def test_the_work_grows_with_the_length_not_with_its_square(unit: str) -> None:
    def best_of_three(length: int) -> float:
        took = []
        for _ in range(3):
            started = time.process_time()
            clauses((unit * length)[:length])
            took.append(time.process_time() - started)
        return min(took)

    assert (
        best_of_three(10_000) < 40 * best_of_three(1_000) + 0.05
    )  # it was a hundredfold: the last clause was recounted


def test_features_are_the_same_every_time_and_32_bits_wide() -> None:
    first = list(features("Máy lạnh phòng 412 không mát"))
    assert first == list(features("Máy lạnh phòng 412 không mát"))
    assert first
    assert all(0 <= code < 2**32 for code in first)


def test_numbers_count_by_their_shape() -> None:
    assert Counter(features("room 412")) == Counter(features("room 907")) != Counter(features("room 1204"))


def test_text_without_accents_shares_features_with_its_accented_form() -> None:
    with_accents, without = Counter(features("máy lạnh hỏng")), Counter(features("may lanh hong"))
    assert sum((with_accents & without).values()) > 0.8 * sum(without.values())


def test_a_pasted_book_is_read_up_to_a_limit() -> None:
    assert Counter(features("word " * MAX_WORDS + "towel " * 1000)) == Counter(features("word " * MAX_WORDS))
