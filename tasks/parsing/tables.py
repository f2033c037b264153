"""Rows of cells as facts: every row says its headers, so that it can be understood alone."""

import re
from collections.abc import Sequence

from innkeeper.schemas.knowledge import Block, BlockKind

_LOOKS_FOR_HEADER = 15  # rows
_VALUE = re.compile(r"[\W\d]*\d[\W\d]*(?:[a-zA-ZđĐ]{1,4}\W*)?|[-–—xX✓✗✔✘]?")  # "1,200,000", "14:00", "5 kg", "✓"
_MAX_HEADER_CHARS = 80
_MAX_TITLE_CHARS = 160


def table_blocks(
    rows: Sequence[Sequence[str]],
    *,
    page: int | None = None,
    sheet: str | None = None,
    first_row: int = 1,
    header: int | None = None,
) -> list[Block]:
    """
    A table as blocks: what stands above its header as paragraphs, then one fact a row.

    Args:
        rows: Cells as displayed, "" for an empty one; rows may differ in length.
        first_row: Number of `rows[0]`, from 1.
        header: Index of the header row where it is known; else it is looked for.

    Returns:
        Rows as `Room type: Deluxe; Price: 1,200,000`; of a two-column table without a header `Check-in: 14:00`.
    """
    rows = [[" ".join(cell.split()) for cell in row] for row in rows]
    header = find_header(rows) if header is None else header
    blocks: list[Block] = []
    names: list[str] = []
    for index, row in enumerate(rows):
        number = first_row + index
        filled = [cell for cell in row if cell]
        if not filled:
            continue
        if header is not None and index == header:
            names = _names(row)
        elif (header is not None and index < header) or (len(filled) == 1 and len(row) > 1 and names):
            titled = row[0] and any(sum(map(bool, each)) > 1 for each in rows[index + 1 : index + 3])
            kind, level = _title_kind(filled[0], index == 0) if titled else (BlockKind.PARAGRAPH, 0)
            blocks.append(Block(kind=kind, level=level, text=" ".join(filled), page=page, sheet=sheet, row=number))
        else:
            blocks.append(_fact(row, names, page, sheet, number))
    if header is not None and not any(block.cells for block in blocks):  # nothing below the header: it is the content
        blocks.append(Block(text=" | ".join(names), page=page, sheet=sheet, row=first_row + header))
    return blocks


def find_header(rows: Sequence[Sequence[str]]) -> int | None:
    """
    Index of the header row: the first row of several names that has rows like it below.

    Titles above it (one cell) are passed over. A row with numbers is no header; nor is the first row of a two-column
    table whose left cells look like labels (`Check-in: | 14:00`).
    """
    for index, row in enumerate(rows[:_LOOKS_FOR_HEADER]):
        filled = [cell for cell in row if cell]
        if len(filled) < 2:
            continue
        below = [each for each in rows[index + 1 :] if any(each)]
        named = all(len(cell) <= _MAX_HEADER_CHARS and not is_value(cell) for cell in filled)
        distinct = len({cell.lower() for cell in filled}) > 1
        if not (named and distinct and below) or filled[0].endswith(":"):
            return None
        return index
    return None


def is_value(cell: str) -> bool:
    """Whether a cell holds a number, time, amount or tick rather than a name."""
    return bool(_VALUE.fullmatch(cell))


def _title_kind(text: str, first: bool) -> tuple[BlockKind, int]:
    """A title above a table, or of a group of its rows ("Beverages"); a whole sentence is neither."""
    heading = len(text) <= _MAX_TITLE_CHARS and not text.endswith((".", ";", ",")) and not is_value(text)
    return (BlockKind.HEADING, 3 if first else 4) if heading else (BlockKind.PARAGRAPH, 0)


def _names(row: Sequence[str]) -> list[str]:
    names: list[str] = []
    for index, cell in enumerate(row, 1):
        name = cell.rstrip(" :") or f"Column {index}"
        same = sum(1 for each in names if each == name or each.startswith(f"{name} ("))
        names.append(f"{name} ({same + 1})" if same else name)
    return names


def _fact(row: Sequence[str], names: Sequence[str], page: int | None, sheet: str | None, number: int) -> Block:
    def block(text: str, cells: dict[str, str]) -> Block:
        return Block(kind=BlockKind.TABLE_ROW, text=text, page=page, sheet=sheet, row=number, cells=cells)

    if names:
        cells = {
            names[index] if index < len(names) else f"Column {index + 1}": cell
            for index, cell in enumerate(row)
            if cell
        }
        return block("; ".join(_pair(name, cell) for name, cell in cells.items()), cells)
    filled = [cell for cell in row if cell]
    if len(filled) == 2:
        label = filled[0].rstrip(" :")
        return block(_pair(label or "Column 1", filled[1]), {label or "Column 1": filled[1]})
    return block("; ".join(filled), {f"Column {index}": cell for index, cell in enumerate(row, 1) if cell})


def _pair(name: str, cell: str) -> str:
    return cell if re.fullmatch(r"Column \d+", name) else f"{name}: {cell}"
