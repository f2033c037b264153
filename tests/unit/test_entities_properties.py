"""Whatever a guest types: no exception, mentions that point at their words, bounded work."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from innkeeper.engine.entities import extract_entities
from innkeeper.engine.text import clean

NOW = datetime(2025, 2, 28, 23, 59, tzinfo=UTC)
VOCABULARY = (
    "room phòng phong 1204 12 31/02 30/2/2025 29 feb 99 tháng 13 5h 25h 7:30 7.30 at by lúc half past "
    "quarter to rưỡi kém mười lăm hai mươi mốt a couple of two towels khăn khan nước trà đá x3 table for 4 người "
    "ng tên Mr Nguyễn name is O'Neill under mai mốt t7 cn next Tuesday today hôm nay the 31st of from to - , . ! ? \n "
    "🙏 İ ﬁ p. $5 no không not instead of move 0 00:00 24/7 t2 in 400 days"
)
HOSTILE = (
    "1 |a|at 7 |2 towels |phòng 12 |tên Nguyễn |book a table for |\n|12/5 |Aa |9|half past |no |x,|12.|((|khăn 2 |"
    "from |we stay |room |ngày 12 |con gà |name is |Best, |an |cho xin "
)
messages = st.one_of(st.text(max_size=300), st.lists(st.sampled_from(VOCABULARY.split(" ")), max_size=40).map(" ".join))


@settings(max_examples=300, deadline=None)
@given(text=messages, language=st.sampled_from(["en", "vi", "und"]))
def test_mentions_point_at_their_words(text: str, language: str) -> None:
    text = clean(text)
    result = extract_entities(text, reference=NOW, language=language)
    for mention in result.mentions:
        assert text[mention.start : mention.end] == mention.text
        assert mention.text.strip() == mention.text != ""
    assert list(result.mentions) == sorted(result.mentions, key=lambda mention: (mention.start, mention.end))


@settings(max_examples=100, deadline=None)
@given(when=st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2090, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  hypothesis adds the zone
def test_every_day_of_the_calendar_can_be_a_reference(when: datetime) -> None:
    text = "29 February, the 31st, next Sunday, in 3 days, cuối tuần, 29/2, ngày 30 at 7 and on 31/04"
    result = extract_entities(text, reference=when, language="en")
    assert result.entities.date is not None
    assert result.entities.date >= when.date()
    assert any("31/04" in warning for warning in result.warnings)


@pytest.mark.parametrize("seed", HOSTILE.split("|"))
def test_work_grows_with_the_length_of_hostile_text_and_not_with_its_square(seed: str) -> None:
    def best_of_three(length: int) -> float:
        text = clean((seed * length)[:length])
        took = []
        for _ in range(3):
            started = time.process_time()
            extract_entities(text, reference=NOW, language="vi")
            took.append(time.process_time() - started)
        return min(took)

    best_of_three(100)  # compiles the patterns
    assert best_of_three(10_000) < 40 * best_of_three(1_000) + 0.05  # a square would be a hundredfold
