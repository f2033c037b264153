"""Citation marks: taken out, and checked sentence by sentence."""

import pytest

from innkeeper.engine.fact_guard import cited

KNOWN = {"d1", "d2", "t1"}


@pytest.mark.parametrize(
    ("text", "clean", "used"),
    [
        ("It opens at 6:00 [d1].", "It opens at 6:00.", ("d1",)),
        ("It opens at 6:00. [d1] Room 407 is clean. [t1]", "It opens at 6:00. Room 407 is clean.", ("d1", "t1")),
        ("Mở cửa 6h [d1, d2].\n- Phòng 407 sạch [T1]", "Mở cửa 6h.\n- Phòng 407 sạch", ("d1", "d2", "t1")),
        ("At 6:00【d1】, at 7:00 [d2][t1].", "At 6:00, at 7:00.", ("d1", "d2", "t1")),
        ("Please ask the front desk.", "Please ask the front desk.", ()),
        ("Do you mean room 301 or 302?", "Do you mean room 301 or 302?", ()),
        ("Call Mr. Lê at 6 p.m. [d1] or later.", "Call Mr. Lê at 6 p.m. or later.", ("d1",)),
    ],
)
def test_marks_are_taken_out_and_each_sentence_with_a_fact_has_one(
    text: str, clean: str, used: tuple[str, ...]
) -> None:
    found = cited(text, KNOWN)
    assert (found.clean_text, found.used) == (clean, used)
    assert (found.unknown, found.sentences_without, found.coverage) == ((), (), 1.0)


def test_a_sentence_with_a_fact_and_no_source_is_named() -> None:
    found = cited("It opens at 6:00. Room 407 is clean [t1]. It costs 5 USD [d9]. Welcome!", KNOWN)
    assert found.sentences_without == ("It opens at 6:00.", "It costs 5 USD.")
    assert found.unknown == ("d9",)
    assert found.coverage == pytest.approx(1 / 3)


def test_a_mark_is_no_fact() -> None:
    assert cited("Pets are welcome [d1].", KNOWN).used == ("d1",)
    assert cited("Pets are welcome [d7].", KNOWN).sentences_without == ()
