"""The notation of the phrase lists."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from innkeeper.engine.phrases import phrase_pattern
from innkeeper.engine.text import clean, lowered

MATCHES = [
    ("cháy", "có cháy ở bếp"),
    ("cháy", "co chay o bep"),  # typed without accents
    ("khong can", "khong can"),
    ("không cần", "không  cần"),
    ("no need", "no need"),
    ("máy lạnh … mát", "máy lạnh mát"),
    ("máy lạnh … mát", "máy lạnh nhà em không mát"),
    ("smell* … gas", "smelling some gas"),
    ("leak*", "leaking"),
    ("=chạy", "chạy"),
    ("Huỷ", "hủy"),
    ("c.o.", "c.o."),
]
MISSES = [
    ("cháy", "chạy bộ"),  # another accent is another word
    ("cháy", "chayote"),
    ("khong can", "không cần"),
    ("=chạy", "chay"),
    ("leak", "leaking"),
    ("ac", "face"),
    ("máy lạnh … mát", "máy lạnh của phòng này không mát"),  # four words between
    ("c.o.", "coco"),
]


@pytest.mark.parametrize(("phrase", "text"), MATCHES)
def test_a_phrase_matches(phrase: str, text: str) -> None:
    assert phrase_pattern([phrase]).search(lowered(text))


@pytest.mark.parametrize(("phrase", "text"), MISSES)
def test_a_phrase_does_not_match(phrase: str, text: str) -> None:
    assert not phrase_pattern([phrase]).search(lowered(text))


def test_no_phrases_match_nothing() -> None:
    assert not phrase_pattern([]).search("")
    assert not phrase_pattern([]).search("towels")


def test_the_longest_phrase_is_the_one_found() -> None:
    found = phrase_pattern(["khăn", "khăn tắm"]).search("hai khăn tắm")
    assert found is not None
    assert found.group() == "khăn tắm"


@settings(deadline=None)
@given(
    st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyắằẳẵặếềểễệốộớợúụứựíịýỵ ", min_size=1).map(clean).filter(str.strip)
)
def test_any_words_match_themselves(phrase: str) -> None:
    assert phrase_pattern([phrase]).search(lowered(phrase))
