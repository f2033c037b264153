"""Answers of models: mended when they have one reading, and otherwise one kind of error."""

import contextlib
import json
import time
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from innkeeper.engine.loose_json import MAX_DEPTH
from innkeeper.engine.model_output import MAX_CHARS, MAX_REPAIRED_CHARS, read_as, read_object, read_strict
from innkeeper.schemas.errors import OutputInvalid

WANTED = {"team": "spa", "sure": True, "rooms": [412, None]}
PLAIN = json.dumps(WANTED)


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        f"\ufeff \n{PLAIN}\n",
        f"```json\n{PLAIN}\n```",
        f"```\n{PLAIN}\n```",
        f"Here is the routing you asked for:\n\n```json\n{PLAIN}\n```\nTell me if [anything] is missing.",
        f"Sure! {PLAIN} I hope this helps :)",
        f"<think>Maybe {{'team': 'bar'}}? No.</think>\n{PLAIN}",
        f"{PLAIN}\n{PLAIN}",
        f"{PLAIN}}}",
        '{"team": "spa", "sure": true, "rooms": [412, null,],}',
        "{'team': 'spa', 'sure': True, 'rooms': [412, None]}",
        '{team: "spa", sure: TRUE, rooms: [412, null]}',
        '{"team": "spa", // as asked\n "sure": true, /* yes */ "rooms": [412, null] # two\n}',
        '{"team": "spa",\n"sure": true\n"rooms": [412, null]}',
        '{"team": "spa", "sure": true, "rooms": [412, null]',
        '```json\n{"team": "spa", "sure": true, "rooms": [412, null]\n```',
        '{"team": "spa", "team": "spa", "sure": true, "rooms": [412, null]}',
    ],
)
def test_an_answer_with_one_reading_is_read(text: str) -> None:
    assert read_object(text) == WANTED


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"note": "first line\nsecond\tline"}', {"note": "first line\nsecond\tline"}),
        ("{'note': 'the guest\\'s \"bag\"'}", {"note": 'the guest\'s "bag"'}),
        ('{"note": "see {a: 1} and [2], // kept",}', {"note": "see {a: 1} and [2], // kept"}),
        ('{"note": "\\u0111\\ud83d\\ude00",}', {"note": "đ😀"}),
        ("{phòng: '412', 7: .5, $x: +1, y: 1_000}", {"phòng": "412", "7": 0.5, "$x": 1, "y": 1000}),
        ('[{"a": 1} {"a": 2}]', [{"a": 1}, {"a": 2}]),
        ("[True]", [True]),
        ('{"a": "x"', {"a": "x"}),
        ("{}", {}),
    ],
)
def test_what_is_mended_keeps_its_characters(text: str, value: object) -> None:
    assert read_object(text) == value


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no object"),
        ("I cannot help with that.", "no object"),
        ('"spa"', "no object"),
        ('{"a": 1} {"a": 2}', "two different values"),
        ('{"a": 1}, "b": 2}', "goes on behind its end"),
        ('"key": {"a": 1}', "a key stands outside"),
        ('{"a": 1, "a": 2}', "`a` stands twice"),
        ('{"a": 1, "a": true}', "`a` stands twice"),
        ("{'a': {'b': 1, 'b': 2}}", "`b` stands twice"),
        ('{"a": "cut in a str', "a string never ends"),
        ('{"a": 12', "cut off"),
        ('{"a": ["x"', "cut off"),
        ('{"a": [{"b": "x"', "cut off"),
        ('{"a": "x",', "cut off"),
        ('{"a"', "a colon is missing"),
        ('{"a": "the "big" bag"}', "quotation mark"),
        ("{'a': 'the guest's bag'}", "quotation mark"),
        ('{"a": "x""b": "y"}', "quotation mark"),
        ('["a" "b"]', "a comma is missing"),
        ("[1 2]", "a comma is missing"),
        ("[1,,2]", "a value is expected"),
        ('{"a": spa}', "a value is expected"),
        ('{"a": 012}', "a value is expected"),
        ('{"a": 1 // last}', "a comment takes the rest"),
        ('{"a": 1 /* last}', "a comment never ends"),
        ('{"path": "C:\\dir",}', "a backslash"),
        ('{"a": NaN}', "NaN is no number"),
        ('{"a": -Infinity}', "Infinity is no number"),
        ('{"a": 1e999}', "too large"),
        ("{'a': 1e999}", "too large"),
        ('{"a": "\\ud800"}', "half of a character"),
        ("{'a': '\\udc00'}", "half of a character"),
        ('{"a": "\ud800"}', "half of a character"),
        ("]", "closes nothing"),
        (f'{{"a": {"9" * 5000}}}', "too many digits"),
        (f"{{'a': {'9' * 5000}}}", "too many digits"),
    ],
)
def test_an_answer_with_two_readings_or_none_is_declined(text: str, problem: str) -> None:
    with pytest.raises(OutputInvalid) as caught:
        read_object(text)
    assert problem in caught.value.problem


def test_a_problem_says_where_and_quotes_nothing() -> None:
    with pytest.raises(OutputInvalid) as caught:
        read_object('{"note": "Mr Secret",\n "bag": the secret one}')
    assert caught.value.problem == "a value is expected (line 2, column 9)"
    with pytest.raises(OutputInvalid) as caught:
        read_object('{"Mr Secret": 1, "Mr Secret": 2}')
    assert "Secret" not in str(caught.value) + caught.value.problem


@pytest.mark.parametrize("text", ["1", "null", '"x"', '{"a": 1, "a": 2}', "[1e3]"])
def test_strict_reading_takes_every_json_text(text: str) -> None:
    assert read_strict(text) == json.loads(text)


@pytest.mark.parametrize(
    "text", ["[1,]", "{'a': 1}", "[NaN]", "\ufeff[]", "[1] x", "[", "[01]", '["\t"]', "", "[1e999]"]
)
def test_strict_reading_takes_nothing_else(text: str) -> None:
    with pytest.raises(OutputInvalid):
        read_strict(text)


@pytest.mark.parametrize("opening", ["[", '{"a":', "{a:", "['x',"])
def test_brackets_without_end_are_declined(opening: str) -> None:
    with pytest.raises(OutputInvalid):
        read_object(opening * 50_000)
    closing = "]" if opening[0] == "[" else "}"
    deepest = opening * (MAX_DEPTH - 1) + "[1]" + closing * (MAX_DEPTH - 1)
    assert read_object(deepest)
    with pytest.raises(OutputInvalid, match="inside each other"):
        read_object(opening + deepest + closing)


PIECES = (
    *(
        "[",
        "[a ",
        "[a] ",
        "{a} ",
        "{a:1},",
        "''",
        "'',",
        "//\n",
        "/**/",
        "1,",
        "1_0",
        "1",
        "a",
        "\\n",
        '"',
        "\\",
        "```",
    ),
    *(" ", '"a" ', "<think>", "]", "{}", '"k":1,', "#"),
)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("start", ["", "[", "['", "{x:"])
def test_no_long_answer_takes_long(piece: str, start: str) -> None:
    for chars in (MAX_REPAIRED_CHARS, MAX_CHARS, 5_000_000):
        text = start + piece * ((chars - len(start)) // len(piece))
        began = time.process_time()
        with contextlib.suppress(OutputInvalid):
            read_object(text)
        assert time.process_time() - began < 2, (piece, chars)  # it takes a tenth; quadratic time would be minutes


WRITTEN = """```json
{"a": [{"b": "high", "c": 0.9, "d": "máy \\"lạnh\\""}, {"e": null, 'f': True,}], // g
 h: false}
``` [see 1]"""


def test_the_answer_that_is_damaged_below_is_read() -> None:
    assert read_object(WRITTEN) == {
        "a": [{"b": "high", "c": 0.9, "d": 'máy "lạnh"'}, {"e": None, "f": True}],
        "h": False,
    }


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(WRITTEN)), st.sampled_from("{}[]\",:'\\/#*0.eTN \n`u\ud800-")), max_size=6)
)
def test_a_damaged_answer_never_ends_in_another_error(damages: list[tuple[int, str]]) -> None:
    text = WRITTEN
    for place, char in damages:
        text = text[:place] + char + text[place + (char in '{}",') :]
    with contextlib.suppress(OutputInvalid):
        assert isinstance(read_object(text), dict | list)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_json_is_read_as_it_is_with_words_around_it_and_a_trailing_comma(value: dict[str, Any]) -> None:
    text = json.dumps(value, ensure_ascii=False)
    assert read_object(text) == value
    assert read_object(f"Well:\n```json\n{text}\n```\nDone.") == value
    if value:
        assert read_object(f"{text[:-1]},}}") == value
        assert read_object(json.dumps(value)[:-1] + ",}") == value


class Team(StrEnum):
    SPA = "spa"
    BAR = "bar"


class Routed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    team: Team
    sure: float = Field(ge=0, le=1)


def test_an_answer_becomes_the_type_that_was_asked_for() -> None:
    assert read_as("```json\n{'team': 'spa', 'sure': 1,}\n```", Routed) == Routed(team=Team.SPA, sure=1)


def test_fields_that_do_not_fit_are_named_without_their_values() -> None:
    with pytest.raises(OutputInvalid) as caught:
        read_as('{"team": "Mr Secret", "sure": 90, "Mr Secret said": 1}', Routed)
    problem = caught.value.problem
    assert "team: Input should be 'spa' or 'bar'" in problem
    assert "sure: Input should be less than or equal to 1" in problem
    assert "Secret" not in problem + str(caught.value)


def test_a_list_where_an_object_is_wanted_does_not_fit() -> None:
    with pytest.raises(OutputInvalid, match="does not fit"):
        read_as("[1]", Routed)
