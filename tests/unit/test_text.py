"""Cleaning, folding and cutting of guest text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from innkeeper.engine.text import clean, fold, lowered, words

INVISIBLE = {
    "NUL": "\x00",
    "escape": "\x1b",
    "soft hyphen": "\xad",
    "zero-width space": "\u200b",
    "zero-width joiner": "\u200d",
    "right-to-left mark": "\u200f",
    "right-to-left override": "\u202e",
    "word joiner": "\u2060",
    "isolate": "\u2066",
    "byte order mark": "\ufeff",
    "combining grapheme joiner": "\u034f",
    "Arabic letter mark": "\u061c",
    "Hangul filler": "\u3164",
    "tag letter": "\U000e0041",
}


@pytest.mark.parametrize("char", INVISIBLE.values(), ids=INVISIBLE)
def test_what_a_reader_cannot_see_is_removed(char: str) -> None:
    assert clean(f"khăn{char} tắm{char}") == "khăn tắm"
    assert clean(char * 3) == ""


def test_line_breaks_tabs_and_emoji_stay() -> None:
    assert clean("hai khăn\r\n\tba gối 🙏") == "hai khăn\r\n\tba gối 🙏"


def test_letters_with_loose_accents_become_one_character() -> None:
    assert clean("ma\u0301y la\u0323nh") == "máy lạnh"


@pytest.mark.parametrize("broken", [chr(0xD800), chr(0xDFFF), f"khăn {chr(0xD83D)} tắm"])
def test_half_a_utf_16_pair_becomes_a_replacement_character(broken: str) -> None:
    cleaned = clean(broken)
    assert cleaned.count("\ufffd") == 1
    cleaned.encode("utf-8")  # can be stored


def test_both_halves_of_a_pair_become_their_character() -> None:
    assert clean("\ud83d\ude4f") == "🙏"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Điều Hòa", "dieu hoa"),
        ("ĐƯỜNG NƯỚC", "duong nuoc"),
        ("phòng 1204", "phong 1204"),
        ("Crème brûlée", "creme brulee"),
        ("Don’t", "don't"),
        ("towels", "towels"),
        ("毛巾", "毛巾"),
    ],
)
def test_folding_drops_case_and_accents(text: str, expected: str) -> None:
    assert fold(text) == expected


@pytest.mark.parametrize(("old", "new"), [("hoà", "hòa"), ("khoẻ", "khỏe"), ("thuỷ", "thủy"), ("HUỶ", "hủy")])
def test_both_spellings_of_a_tone_are_one_word(old: str, new: str) -> None:
    assert lowered(old) == lowered(new) == new


@pytest.mark.parametrize("word", ["quý khách", "hoài", "thuyền", "toàn"])
def test_other_vowels_keep_their_tone_mark(word: str) -> None:
    assert lowered(word) == word


def test_an_invisible_mark_does_not_keep_a_letter_from_its_accent() -> None:
    assert clean("ma\u200b\u0301y") == "máy"


@settings(deadline=None)
@given(st.text(st.characters()))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@settings(deadline=None)
@given(st.text())
def test_offsets_hold_in_the_folded_and_the_lowered_text(text: str) -> None:
    cleaned = clean(text)
    assert len(fold(cleaned)) == len(lowered(cleaned)) == len(cleaned)


@settings(deadline=None)
@given(st.text())
def test_words_stand_where_they_say(text: str) -> None:
    end = 0
    for word in words(text):
        assert text[word.start : word.end] == word.text
        assert word.start >= end
        end = word.end


def test_an_apostrophe_inside_a_word_stays_and_punctuation_does_not() -> None:
    assert [word.text for word in words("We don't need it, 'thanks'. Phòng-412!")] == [
        "We", "don't", "need", "it", "thanks", "Phòng", "412",
    ]  # fmt: skip
