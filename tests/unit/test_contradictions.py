"""Documents that disagree, documents that replace each other, and the numbers that both are found by."""

import datetime as dt

import pytest

from innkeeper.engine.contradictions import find_contradictions
from innkeeper.engine.measures import measures
from innkeeper.engine.supersession import Edition, successors
from innkeeper.schemas.knowledge import Chunk


def chunk(document: str, text: str, title: str = "Rules", *headings: str, language: str = "en") -> Chunk:
    return Chunk(
        id=f"{document}-{text}",
        document=document,
        title=title,
        text=text,
        heading_path=headings,
        language=language,
        index=0,
        content_sha256="0",
    )


FILLER = [
    chunk(f"{name}.md", f"The {name} is on floor {number}; ask the front desk.", name.title())
    for number, name in enumerate(("sauna", "library", "bakery", "garden", "theatre", "terrace"))
]


def test_other_numbers_for_the_same_are_a_contradiction() -> None:
    found = find_contradictions(
        [
            chunk("a.md", "After check-out the first 4 hours are free.", "Luggage storage"),
            chunk("b.md", "Luggage storage after check-out is free for the first 2 hours.", "Questions"),
            *FILLER,
        ]
    )
    assert [(each.kind, each.first.values, each.second.values) for each in found] == [("hours", ("4",), ("2",))]
    assert {found[0].first.document, found[0].second.document} == {"a.md", "b.md"}


def test_across_languages() -> None:
    found = find_contradictions(
        [
            chunk("a.md", "The swimming pool opens at 06:00.", "Swimming pool"),
            chunk("b.md", "Hồ bơi mở cửa lúc 7 giờ sáng.", "Hồ bơi", language="vi"),
            *FILLER,
        ]
    )
    assert [each.kind for each in found] == ["time"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The pool opens at 06:00.", "The gym opens at 05:00."),  # another subject
        ("The pool opens at 06:00.", "The pool opens at 6 am."),  # the same, written otherwise
        ("The pool opens at 06:00.", "The pool opens at 06:00 and closes at 21:00."),  # only more
        ("Breakfast costs VND 250,000.", "Breakfast takes 30 minutes."),  # another kind of number
        ("A parking space costs VND 50,000 a day.", "A parking space costs 50.000 đồng a day."),
    ],
)
def test_no_false_alarm(one: str, other: str) -> None:
    assert find_contradictions([chunk("a.md", one), chunk("b.md", other), *FILLER]) == []


def test_one_document_does_not_contradict_itself() -> None:
    chunks = [chunk("a.md", "The pool opens at 06:00."), chunk("a.md", "The pool opens at 07:00.")]
    assert find_contradictions([*chunks, *FILLER]) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("free for 4 hours", [("hours", "4")]),
        ("miễn phí trong 4 giờ đầu", [("hours", "4")]),
        ("mở cửa lúc 7 giờ sáng", [("time", "7:00")]),
        ("from 6:30 pm", [("time", "18:30")]),
        ("VND 50,000 a piece", [("money", "50000")]),
        ("50.000đ mỗi kiện", [("money", "50000")]),
        ("1,5 triệu đồng", [("money", "1500000")]),
        ("20 per cent", [("percent", "20")]),
        ("giảm 15%", [("percent", "15")]),
        ("within two days", [("days", "2")]),
        ("dial 105, room 204", []),
    ],
)
def test_numbers_with_units_are_read_in_both_languages(text: str, expected: list[tuple[str, str]]) -> None:
    found, rest = measures(text)
    assert [(each.kind, each.value) for each in found] == expected
    assert len(rest) == len(text)


def edition(path: str, day: str, supersedes: str | None = None, by: str | None = None, title: str = "") -> Edition:
    return Edition(path, title or path, dt.date.fromisoformat(day), supersedes, by)


def test_what_a_successor_says_in_its_own_words_names_the_old_document() -> None:
    old = edition("late-2024.txt", "2024-06-15", title="Notice of 15 June 2024 on late check-out")
    other = edition("pets.md", "2024-06-15", title="Pets")
    new = edition("late.txt", "2026-03-01", supersedes="notice of 15 June 2024 on late check-out")
    assert successors([old, other, new]) == {"late-2024.txt": "late.txt"}


def test_a_newer_document_is_never_replaced_by_an_older_one() -> None:
    new, old = edition("new.md", "2026-01-01"), edition("old.md", "2025-01-01", supersedes="new.md")
    assert successors([new, old]) == {}


def test_two_that_claim_to_replace_each_other_stay_in_force() -> None:
    a = edition("a.md", "2026-01-01", by="b.md")
    b = edition("b.md", "2026-01-01", by="a.md")
    assert successors([a, b]) == {}


def test_a_name_that_fits_two_documents_replaces_none() -> None:
    editions = [edition("x/prices.md", "2025-01-01"), edition("y/prices.md", "2025-01-01")]
    assert successors([*editions, edition("new.md", "2026-01-01", supersedes="prices.md")]) == {}
