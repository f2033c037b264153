"""Search terms, the index of words, accents put back, and the bilingual lexicon."""

import numpy as np
import pytest

from innkeeper.engine.search.lexical import LexicalIndex
from innkeeper.engine.search.lexicon import concepts, load_lexicon
from innkeeper.engine.search.matching import exact_coverage, expanded_coverage, folded_coverage
from innkeeper.engine.search.queries import Kind, read_query
from innkeeper.engine.search.tokens import exact_term, stem, tokens

TEXTS = [
    "The swimming pool is open from 06:00 to 20:30.",
    "Hồ bơi mở cửa từ 06:00 đến 20:30.",
    "Late check-out until 15:00 costs 300.000 VND.",
    "Trả phòng muộn đến 15 giờ phụ thu 300,000 đồng.",
    "Guests cancelled their reservations; we charge one night.",
    "Bể chứa nước đặt trên sân thượng.",
]


@pytest.fixture(scope="module")
def index() -> LexicalIndex:
    return LexicalIndex.build(TEXTS)


def terms(text: str) -> list[str]:
    return [exact_term(token) for token in tokens(text)]


@pytest.mark.parametrize(
    "written", ["1.200.000", "1,200,000", "1200000", "1,2 triệu", "1.2 trieu", "1.2 million", "1200k", "1200 nghìn"]
)
def test_every_way_of_writing_an_amount_is_one_term(written: str) -> None:
    assert terms(written) == ["1200000"]


@pytest.mark.parametrize(
    "written",
    ["14:00", "14h", "14h00", "2 pm", "2pm", "2 p.m", "2:00 pm", "14 giờ", "2 giờ chiều", "2h chieu", "14g00"],
)
def test_every_way_of_writing_a_time_is_one_term(written: str) -> None:
    assert terms(written) == ["14:00"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2 giờ", ["2", "giờ"]),  # a length of time
        ("24h", ["24h"]),
        ("phòng 0204", ["phòng", "204"]),
        ("room B12", ["room", "b12"]),
        ("12 am", ["0:00"]),
        ("1 giờ trưa", ["13:00"]),
        ("11 giờ trưa", ["11:00"]),
        ("4,5", ["4.5"]),
        ("25:70", ["25:70"]),
        ("guest's", ["guest"]),
        ("Hoà", ["hòa"]),
    ],
)
def test_other_tokens_keep_what_they_mean(written: str, expected: list[str]) -> None:
    assert terms(written) == expected


@pytest.mark.parametrize(
    "family",
    [
        ["cancel", "cancelled", "cancelling", "canceled", "cancels"],
        ["charge", "charged", "charging", "charges"],
        ["policy", "policies"],
        ["dish", "dishes"],
        ["child", "children"],
    ],
)
def test_english_forms_of_a_word_share_a_stem(family: list[str]) -> None:
    assert len({stem(word) for word in family}) == 1


def test_words_that_only_look_inflected_stay() -> None:
    assert [stem(word) for word in ["bed", "king", "gas", "bus", "ring", "phong"]] == [
        "bed", "king", "gas", "bus", "ring", "phong",
    ]  # fmt: skip


def test_a_query_finds_the_words_it_is_made_of(index: LexicalIndex) -> None:
    scores = exact_coverage(read_query("when was the reservation cancelled", index), index)
    assert int(np.argmax(scores)) == 4
    assert scores[4] > 3 * np.sort(scores)[-2]


def test_accents_tell_words_apart_and_folding_brings_them_together(index: LexicalIndex) -> None:
    query = read_query("hồ bơi", index)
    assert exact_coverage(query, index)[1] > 0.9
    plain = read_query("ho boi mo cua", index)
    assert plain.kind is Kind.VI_PLAIN
    assert folded_coverage(plain, index)[1] > 0.8


def test_accents_are_put_back(index: LexicalIndex) -> None:
    assert read_query("Mấy giờ?", index).text == "Mấy giờ?"
    assert read_query("may gio ho boi mo cua?", index).text == "mấy giờ hồ bơi mở cửa?"
    assert read_query("Tra phong muon phu thu bao nhieu", index).words[:3] == ("trả", "phòng", "muộn")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("swimming pool opening hours", {0, 1}),
        ("bể bơi", {0, 1}),  # the other Vietnamese word for it
        ("phí trả phòng trễ", {2, 3}),
        ("late checkout", {2, 3}),
    ],
)
def test_the_lexicon_finds_other_words_and_the_other_language(index: LexicalIndex, query: str, found: set[int]) -> None:
    scores = expanded_coverage(read_query(query, index), index)
    assert set(np.argsort(-scores)[:2].tolist()) == found


@pytest.mark.parametrize("typo", ["resrvation", "reservatoin", "reservattion", "rezervation"])
def test_one_wrong_letter_is_forgiven(index: LexicalIndex, typo: str) -> None:
    assert int(np.argmax(expanded_coverage(read_query(f"my {typo}", index), index))) == 4


def test_a_known_word_is_not_corrected(index: LexicalIndex) -> None:
    query = read_query("charge", index)
    assert ("charged",) not in [phrase for unit in query.units for phrase, _ in unit.alternatives]


@pytest.mark.parametrize("text", ["", "   ", "???", "🙏", "\x00\u200b", "a" * 5_000, "' ’ '", "1" * 400])
def test_odd_queries_are_read(index: LexicalIndex, text: str) -> None:
    query = read_query(text, index)
    assert exact_coverage(query, index).shape == (len(TEXTS),)
    assert np.isfinite(expanded_coverage(query, index)).all()


def test_an_empty_index_is_searched_in_vain() -> None:
    empty = LexicalIndex.build([])
    assert exact_coverage(read_query("hồ bơi", empty), empty).shape == (0,)


def test_texts_without_words_have_rows_too() -> None:
    index = LexicalIndex.build(["", "towel", "…"])
    assert exact_coverage(read_query("towel", index), index).argmax() == 1


def test_the_lexicon_is_large_and_in_order() -> None:
    found = list(concepts())
    assert len(found) > 3_500
    assert all(concept.en and concept.vi for concept in found)
    lexicon = load_lexicon()
    assert any(("lift",) in concept.en for concept in lexicon.vi["thang", "máy"])
    assert ("bể", "bơi") in [phrase for concept in lexicon.en[exact_term("swimming"), "pool"] for phrase in concept.vi]
