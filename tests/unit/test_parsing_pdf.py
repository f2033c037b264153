"""Reading PDF files: order, paragraphs, tables, running heads, scans."""

from pathlib import Path

import pytest

from innkeeper.schemas.errors import DocumentUnreadable
from innkeeper.schemas.knowledge import ParsedDocument
from innkeeper.tasks.parsing.reading import read_file

Text = tuple[float, float, float, str]  # left, baseline from below, size, words


def write_pdf(path: Path, pages: list[list[Text]], trailer: str = "", rules: list[float] | None = None) -> Path:
    """A PDF with words at places, in Helvetica on A4, and rules across each page at the given heights."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * index} 0 R" for index in range(len(pages)))
    objects += [
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for index, words in enumerate(pages):
        stream = "\n".join(f"BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET" for x, y, size, text in words)
        stream += "".join(f"\n50 {height} m 545 {height} l S" for height in rules or [])
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >>"
            f" /Contents {5 + 2 * index} 0 R >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    out, offsets = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n"
    rows = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{rows}"
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{out.index('xref')}\n%%EOF\n"
    path.write_bytes(out.encode("latin-1"))
    return path


def read(folder: Path, pages: list[list[Text]]) -> ParsedDocument:
    return read_file(write_pdf(folder / "a.pdf", pages), "a.pdf")


def column(left: float, top: float, lines: list[str], size: float = 10) -> list[Text]:
    return [(left, top - index * size * 1.2, size, line) for index, line in enumerate(lines)]


LEFT = [
    "Guests may ask for a late check-out at",
    "the front desk before ten o'clock on the",
    "day of departure. We answer within fif-",
    "teen minutes, and the charge is posted",
    "at once to the account of the room.",
]
RIGHT = [
    "The pool opens at six in the morning for",
    "all guests of the house. Children under",
    "twelve swim only with a parent beside",
    "them, and towels are handed out at the",
    "bar from half past six until nineteen.",
]


def test_two_columns_are_read_one_after_the_other_and_hyphens_joined(tmp_path: Path) -> None:
    words = [(60, 800, 20, "House rules"), *column(60, 740, LEFT), *column(320, 740, RIGHT)]
    mixed = [words[0], *(word for pair in zip(words[1:6], words[6:], strict=True) for word in pair)]
    document = read(tmp_path, [mixed])
    assert [block.kind.value for block in document.blocks] == ["heading", "paragraph", "paragraph"]
    assert document.title == document.blocks[0].text == "House rules"
    assert "We answer within fifteen minutes, and" in document.blocks[1].text
    assert document.blocks[2].text == " ".join(RIGHT)


def test_aligned_cells_become_rows_with_their_headers(tmp_path: Path) -> None:
    table = [["Room", "Weekday", "Weekend"], ["Deluxe", "2,800,000", "3,200,000"], ["Villa", "9,800,000", "11,000,000"]]
    words: list[Text] = [(60, 760, 10, "Prices of our rooms for each night, breakfast included, in the year 2026.")]
    words += [(60 + 150 * i, 730 - 15 * n, 10, cell) for n, row in enumerate(table) for i, cell in enumerate(row)]
    rows = [block for block in read(tmp_path, [words]).blocks if block.cells]
    assert [block.text for block in rows] == [
        "Room: Deluxe; Weekday: 2,800,000; Weekend: 3,200,000",
        "Room: Villa; Weekday: 9,800,000; Weekend: 11,000,000",
    ]
    assert all(block.page == 1 for block in rows)


def test_cells_of_several_lines_between_rules_are_one_row(tmp_path: Path) -> None:
    lines = [["Data", "Purpose"], ["Name, birth", "residence"], ["date and", "declaration"], ["nationality", ""],
             ["Payment", "tax law"], ["records", ""]]  # fmt: skip
    words: list[Text] = [
        (60 + 200 * i, 730 - 12 * n, 10, cell) for n, line in enumerate(lines) for i, cell in enumerate(line) if cell
    ]
    path = write_pdf(tmp_path / "a.pdf", [words], rules=[740, 727, 691, 666])
    assert [block.text for block in read_file(path, "a.pdf").blocks] == [
        "Data: Name, birth date and nationality; Purpose: residence declaration",
        "Data: Payment records; Purpose: tax law",
    ]


def test_running_heads_and_page_numbers_are_dropped_and_pages_count_from_one(tmp_path: Path) -> None:
    pages: list[list[Text]] = [
        [
            (60, 810, 8, "Hotel Paradise manual"),
            *column(60, 700, [f"Procedure number {name} is described on this page in full."]),
            (280, 30, 8, f"Page {number} of 4"),
        ]
        for number, name in enumerate(["one", "two", "three", "four"], 1)
    ]
    document = read(tmp_path, pages)
    assert [(block.text.split()[2], block.page) for block in document.blocks] == [
        ("one", 1),
        ("two", 2),
        ("three", 3),
        ("four", 4),
    ]


def test_a_page_without_text_is_named_and_a_file_without_text_refused(tmp_path: Path) -> None:
    text = column(60, 700, ["There are words on the first page of this file."])
    assert read(tmp_path, [text, []]).warnings == ("Page 2 has no text (a scan?).",)
    with pytest.raises(DocumentUnreadable, match="probably a scan") as caught:
        read(tmp_path, [[], []])
    assert caught.value.reason == "no_text"


def test_a_sentence_goes_on_over_the_page_break(tmp_path: Path) -> None:
    first = column(60, 700, ["The night auditor closes the day at two and"])
    second = column(60, 700, ["prints the report for the manager on duty."])
    assert [block.text for block in read(tmp_path, [first, second]).blocks] == [
        "The night auditor closes the day at two and prints the report for the manager on duty."
    ]


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\nnothing", b"hello"])
def test_a_broken_file_is_called_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pdf").write_bytes(content)
    with pytest.raises(DocumentUnreadable, match=r"damaged|empty"):
        read_file(tmp_path / "a.pdf", "a.pdf")


def test_a_password_is_named_as_the_reason(tmp_path: Path) -> None:
    key = "<< /Filter /Standard /V 1 /R 2 /O <{0}> /U <{0}> /P -4 >>".format("ab" * 32)
    write_pdf(tmp_path / "a.pdf", [[(60, 700, 10, "secret")]], f"/Encrypt {key} /ID [<00><00>]")
    with pytest.raises(DocumentUnreadable, match="protected with a password; save a copy without it") as caught:
        read_file(tmp_path / "a.pdf", "a.pdf")
    assert caught.value.reason == "encrypted"
