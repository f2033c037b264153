"""What holds for the template miner whatever the lines are."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from innkeeper.engine.logs import TemplateMiner

WORDS = st.sampled_from(
    [
        "disk",
        "is",
        "full",
        "user",
        "for",
        "407",
        "0xfe",
        "lan",
        "minh",
        "=",
        "a=b",
        "(x)",
        "[1,",
        "2]",
        "10.0.0.1",
        "ms",
    ]
)
WRITTEN = st.lists(WORDS, max_size=8).map(" ".join)
LINES = st.lists(st.one_of(WRITTEN, st.text(max_size=60)), max_size=40)


@settings(deadline=None)
@given(LINES)
def test_what_was_added_matches_its_id(lines: list[str]) -> None:
    miner = TemplateMiner()
    for line in lines:
        assert miner.match(line) in (None, found := miner.add(line)) or len(miner)
        assert miner.match(line) == found
        assert miner.add(line) == found


@settings(deadline=None)
@given(LINES, st.integers(1, 6))
def test_ids_of_merged_templates_lead_to_the_template_of_their_line(lines: list[str], room: int) -> None:
    miner = TemplateMiner(max_templates=room * 100)
    ids = [miner.add(line) for line in lines]
    for line, first in zip(lines, ids, strict=True):
        later = miner.match(line)
        assert later is not None
        assert miner.template(first) == miner.template(later)


@settings(deadline=None)
@given(LINES, LINES, st.integers(2, 50))
def test_a_restored_miner_goes_on_as_the_old_one(before: list[str], after: list[str], room: int) -> None:
    miner = TemplateMiner(max_templates=room)
    for line in before:
        miner.add(line)
    restored = TemplateMiner.from_state(json.loads(json.dumps(miner.state())))
    assert [restored.match(line) for line in before] == [miner.match(line) for line in before]
    assert [restored.add(line) for line in after] == [miner.add(line) for line in after]
    assert restored.state() == miner.state()


@settings(deadline=None)
@given(WRITTEN, st.integers(0, 10**12), st.integers(0, 10**12))
def test_numbers_never_make_a_difference(line: str, one: int, other: int) -> None:
    miner = TemplateMiner()
    assert miner.add(f"{line} number {one} end") == miner.add(f"{line} number {other} end")
