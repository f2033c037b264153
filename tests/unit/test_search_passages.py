"""Small chunks that stand together are read together."""

from innkeeper.engine.search.chunks import ChunkTable
from innkeeper.engine.search.passages import passages, text_of
from innkeeper.schemas.knowledge import Chunk


def chunk(index: int, text: str, *, document: str = "a.md", heading: str = "Pool", language: str = "en") -> Chunk:
    return Chunk(
        id=f"{document}-{index}",
        document=document,
        title=document,
        text=text,
        heading_path=(heading,),
        language=language,
        index=index,
        content_sha256=str(index),
    )


def spans(chunks: list[Chunk], positions: list[int], top_k: int = 5) -> list[tuple[int, int, int]]:
    found = passages(ChunkTable.build(chunks), positions, top_k)
    return [(each.rank, each.first, each.last) for each in found]


def test_a_hit_beside_a_better_one_joins_it_and_leaves_its_place_to_the_next() -> None:
    chunks = [chunk(0, "one"), chunk(1, "two", heading="Gym"), chunk(0, "other", document="b.md")]
    assert spans(chunks, [0, 1, 2], top_k=2) == [(0, 0, 1), (2, 2, 2)]


def test_a_passage_grows_over_its_section_and_no_further() -> None:
    chunks = [chunk(0, "one"), chunk(1, "two"), chunk(2, "three", heading="Gym")]
    assert spans(chunks, [0]) == [(0, 0, 1)]


def test_a_passage_never_outgrows_what_a_model_reads_of_a_chunk() -> None:
    long = "word " * 200
    assert spans([chunk(0, long), chunk(1, long), chunk(2, long)], [1]) == [(0, 1, 1)]


def test_other_documents_languages_and_gaps_are_not_neighbours() -> None:
    chunks = [
        chunk(0, "one"),
        chunk(0, "b", document="b.md"),
        chunk(3, "b", document="b.md"),
        chunk(4, "c", language="vi"),
    ]
    assert spans(chunks, [0, 1, 2, 3]) == [(0, 0, 0), (1, 1, 1), (2, 2, 2), (3, 3, 3)]


def test_the_text_is_that_of_the_whole_passage_in_reading_order() -> None:
    table = ChunkTable.build([chunk(0, "one"), chunk(1, "two")])
    (found,) = passages(table, [1], 5)
    whole = text_of(table, found, table.chunk(1))
    assert (whole.text, whole.id, whole.index) == ("one\ntwo", "a.md-1", 1)
