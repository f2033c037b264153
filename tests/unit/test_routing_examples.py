"""The labelled examples: all readable, balanced, and none of them an evaluation case."""

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from innkeeper.engine.routing import examples as module
from innkeeper.engine.routing.examples import Example, read_examples
from innkeeper.engine.routing.taxonomy import load_taxonomy
from innkeeper.engine.text import fold, words

CASES = Path(__file__).parents[2] / "evals" / "routing" / "cases.jsonl"


@cache
def examples() -> tuple[Example, ...]:
    return tuple(read_examples())


def spoken(text: str) -> str:
    """The words of a text, without accents, case and punctuation."""
    return " ".join(word.text for word in words(fold(text)))


def test_there_are_at_least_three_thousand_different_examples() -> None:
    assert len({spoken(example.text) for example in examples()}) >= 3_000
    assert len(examples()) - len({example.text for example in examples()}) <= 10  # "help" stands in two files


def test_at_least_45_percent_are_vietnamese() -> None:
    assert sum(example.language == "vi" for example in examples()) / len(examples()) >= 0.45


def test_every_subcategory_is_shown_at_least_forty_times() -> None:
    shown = Counter(name for example in examples() for name, _ in example.requests)
    assert set(shown) == set(load_taxonomy().subcategories)
    assert {name: count for name, count in shown.items() if count < 40} == {}


def test_messages_for_nobody_and_attacks_are_shown_in_both_languages() -> None:
    nobody = Counter(example.language for example in examples() if not example.requests and not example.manipulation)
    attacks = Counter(example.language for example in examples() if example.manipulation)
    assert min(nobody["en"], nobody["vi"]) >= 100
    assert min(attacks["en"], attacks["vi"]) >= 40


def test_a_message_has_at_most_four_different_requests() -> None:
    for example in examples():
        names = [name for name, _ in example.requests]
        assert len(set(names)) == len(names) <= 4, example.text
        assert not (example.manipulation and names)


def test_no_example_is_an_evaluation_case() -> None:
    cases = {spoken(json.loads(line)["message"]) for line in CASES.read_text(encoding="utf-8").splitlines()}
    assert len(cases) > 300
    assert [example.text for example in examples() if spoken(example.text) in cases] == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("en\t-\tneutral\tgreeting", "4 columns instead of 5"),
        ("fr\t-\tneutral\tgreeting\tbonjour", "unknown language 'fr'"),
        ("en\tlaundry\tneutral\tservice_request\twash this", "'laundry' is not subcategory:priority"),
        ("en\tlaundry:soon\tneutral\tservice_request\twash this", "'soon' is not a valid Priority"),
        ("en\t-\tcalm\tgreeting\thi", "'calm' is not a valid Sentiment"),
        ("en\t-\tneutral\tchat\thi", "'chat' is not a valid Intent"),
    ],
)
def test_a_wrong_line_is_named_by_its_file_and_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, problem: str
) -> None:
    folder = tmp_path / "examples"
    folder.mkdir()
    (folder / "mine.tsv").write_text(f"en\t-\tneutral\tgreeting\thello\n{line}\n", encoding="utf-8")
    monkeypatch.setattr(module, "files", lambda package: tmp_path)
    with pytest.raises(ValueError, match=r"mine\.tsv, line 2: ") as raised:
        list(read_examples())
    assert problem in str(raised.value)
