"""From lines of a PDF page to blocks: paragraphs joined, headings and list items told apart, tables as rows."""

import re
from bisect import bisect

from innkeeper.schemas.knowledge import Block, BlockKind
from innkeeper.tasks.parsing.pdf_layout import Line, Run
from innkeeper.tasks.parsing.tables import table_blocks

_BULLET = re.compile(r"(?:[•●○▪■◦‣·–—*-]|\uf0b7|\uf0a7|\(?\d{1,2}[.)]|\(?[a-zđ][.)])\s+\S")
_MAX_HEADING_CHARS = 160
_MIN_BANDS = 3
_ENDS = (".", "!", "?", ":", ";", "”", '"')


def page_blocks(lines: list[Line], page: int, sizes: list[float], rules: list[float]) -> list[Block]:
    """
    Blocks of one page.

    Args:
        lines: In reading order.
        page: Its number, from 1.
        sizes: Heights of the document's headings, largest first.
        rules: Heights of horizontal lines, from below.
    """
    blocks: list[Block] = []
    index = 0
    while index < len(lines):
        rows = _table_at(lines, index, rules)
        if rows:
            blocks.extend(table_blocks(_cells(lines[index : index + rows], rules), page=page))
            index += rows
            continue
        end = index + 1
        while end < len(lines) and _goes_on(lines, index, end) and not _table_at(lines, end, rules):
            end += 1
        blocks.append(_block(lines[index:end], page, sizes))
        index = end
    return blocks


def _block(lines: list[Line], page: int, sizes: list[float]) -> Block:
    text = _joined([line.text for line in lines])
    level = next((rank for rank, size in enumerate(sizes, 1) if lines[0].size >= 0.95 * size), 0)
    bold = all(line.bold for line in lines) and len(text) <= 100
    sentence = text.endswith((".", ";", ",")) and level != 1
    if (level or bold) and not sentence and len(text) <= _MAX_HEADING_CHARS and any(char.isalpha() for char in text):
        return Block(kind=BlockKind.HEADING, level=level or min(6, len(sizes) + 1), text=text, page=page)
    if _BULLET.match(text) or _is_numbered(lines[0]):
        return Block(
            kind=BlockKind.LIST_ITEM, level=1, text=text.replace("\uf0b7", "•").replace("\uf0a7", "•"), page=page
        )
    return Block(text=text, page=page)


def _goes_on(lines: list[Line], start: int, index: int) -> bool:
    """Whether a line belongs to the paragraph that began at `start`."""
    line, last = lines[index], lines[index - 1]
    gap = last.bottom - line.top
    if line.column != last.column or abs(line.size - last.size) > 0.12 * last.size or line.bold != last.bold:
        return False
    if gap > 0.75 * last.size or gap < -1.5 * last.size or _BULLET.match(line.text) or _is_numbered(line):
        return False
    previous = lines[index - 2].bottom - last.top if index - start >= 2 else gap
    if gap > previous + 0.35 * last.size:
        return False
    indented = line.left - lines[start].left > 0.8 * line.size and not _BULLET.match(lines[start].text)
    widest = max(each.right for each in lines[start : index + 1])
    short = last.right < lines[start].left + 0.8 * (widest - lines[start].left)
    return not (last.text.endswith(_ENDS) and (short or indented))


def _joined(texts: list[str]) -> str:
    """Lines to one text; a word cut by a hyphen at the end of its line is whole again."""
    text = texts[0]
    for following in texts[1:]:
        if text[-1] in "-\u00ad" and text[-3:-1].isalpha() and following[:1].islower():
            text = text[:-1] + following
        else:
            text = f"{text} {following}"
    return " ".join(text.split())


def _table_at(lines: list[Line], index: int, rules: list[float]) -> int:
    """How many lines from `index` on are one table: at least two rows of cells that stand below each other."""
    first = lines[index]
    if len(first.runs) < 2 or _leader(first) or _is_numbered(first):
        return 0
    rows, end = [first], index + 1
    columns = _grid(rows)
    while end < len(lines) and lines[end].column == first.column:
        line = lines[end]
        if lines[end - 1].bottom - line.top > 2.5 * line.size or abs(line.size - first.size) > 0.25 * first.size:
            break
        candidates = [*rows, line] if len(line.runs) > 1 else rows
        columns = _grid(candidates)
        if not all(_fits(row, columns) for row in candidates) or (len(line.runs) == 1 and not _in_one(line, columns)):
            break
        rows = candidates
        end += 1
    while end > index and len(lines[end - 1].runs) < 2 and lines[end - 1].left < columns[0][0] + 1:
        if _boxed(lines[end - 2], lines[end - 1], rules):
            break
        end -= 1  # the paragraph below
    return end - index if len(rows) >= 2 else 0


def _boxed(upper: Line, lower: Line, rules: list[float]) -> bool:
    """Whether two lines stand between the same two rules."""
    band = bisect(rules, (lower.top + lower.bottom) / 2)
    return 0 < band < len(rules) and band == bisect(rules, (upper.top + upper.bottom) / 2)


def _grid(lines: list[Line]) -> list[tuple[float, float]]:
    """Columns of the row with most cells, and those beyond its ends: the corner above row names is often empty."""
    columns = [(run.left, run.right) for run in max(lines, key=lambda line: len(line.runs)).runs]
    for line in lines:
        if line.runs[0].right < columns[0][0]:
            columns.insert(0, (line.runs[0].left, line.runs[0].right))
        if line.runs[-1].left > columns[-1][1]:
            columns.append((line.runs[-1].left, line.runs[-1].right))
    return columns


def _nearest(run: Run, columns: list[tuple[float, float]]) -> int:
    """The column that a cell overlaps most, else the nearest."""
    return max(
        range(len(columns)), key=lambda index: min(run.right, columns[index][1]) - max(run.left, columns[index][0])
    )


def _fits(line: Line, columns: list[tuple[float, float]]) -> bool:
    """Whether each cell has a column of its own."""
    return len({_nearest(run, columns) for run in line.runs}) == len(line.runs)


def _in_one(line: Line, columns: list[tuple[float, float]]) -> bool:
    return sum(1 for left, right in columns if line.left < right and line.right > left) == 1


def _is_numbered(line: Line) -> bool:
    """Whether a line is a heading with its number apart: "2.1   Late check-out"."""
    return len(line.runs) == 2 and bool(re.fullmatch(r"(?:\d{1,2}\.?){1,4}|[IVX]{1,5}\.", line.runs[0].text))


def _leader(line: Line) -> bool:
    return any(re.search(r"\.{5,}|(?:\. ){5,}", run.text) for run in line.runs)


def _cells(lines: list[Line], rules: list[float]) -> list[list[str]]:
    """Cells by row and column; lines between the same two rules, or without a first cell, are one row."""
    columns = _grid(lines)
    bands = [bisect(rules, (line.top + line.bottom) / 2) for line in lines]
    ruled = len(set(bands)) >= _MIN_BANDS  # two: only the header is underlined
    rows: list[list[str]] = []
    for index, line in enumerate(lines):
        row = [""] * len(columns)
        for run in line.runs:
            column = _nearest(run, columns)
            row[column] = f"{row[column]} {run.text}".strip()
        same = bands[index] == bands[index - 1] if ruled else not row[0] or len(line.runs) == 1
        if rows and same:
            rows[-1] = [f"{above} {below}".strip() for above, below in zip(rows[-1], row, strict=True)]
        else:
            rows.append(row)
    return rows
