from innkeeper.engine.search.lexicon import load_lexicon, phrase
from innkeeper.engine.search.spreading import spread_out


def test_a_close_second_document_comes_before_the_fourth_chunk_of_the_first() -> None:
    scored = [("a", 0.5), ("a", 0.49), ("a", 0.48), ("a", 0.47), ("b", 0.46)]
    assert [place for place, _ in spread_out(scored)] == [0, 1, 2, 4, 3]


def test_a_distant_second_document_stays_behind() -> None:
    scored = [("a", 0.9), ("a", 0.89), ("a", 0.88), ("a", 0.87), ("b", 0.1)]
    assert [place for place, _ in spread_out(scored)] == [0, 1, 2, 3, 4]


def test_the_first_three_stay_in_their_order() -> None:
    scored = [("a", 0.5), ("a", 0.5), ("a", 0.5), ("b", 0.49)]
    assert [place for place, _ in spread_out(scored)][:3] == [0, 1, 2]


def test_a_loose_synonym_points_both_ways() -> None:
    lexicon = load_lexicon()
    assert any(each.loose and phrase("umbrella") in each.en for each in lexicon.en[phrase("brolly")])
    assert any(each.loose and phrase("brolly") in each.en for each in lexicon.vi[phrase("cây dù")])
