"""Excel workbooks: every row of every visible sheet as a fact with its headers, values as displayed."""

import datetime as dt
import re
import zipfile
from pathlib import Path
from typing import Any

from innkeeper.schemas.errors import DocumentUnreadable
from innkeeper.schemas.knowledge import Block, BlockKind
from innkeeper.tasks.parsing.limits import MAX_CHARS, check_zip
from innkeeper.tasks.parsing.reading import Reading
from innkeeper.tasks.parsing.tables import find_header, is_value, table_blocks

_MAX_COLUMNS = 500
_MAX_CELLS = 1_000_000


def read(path: Path) -> Reading:
    """A workbook as blocks."""
    check_zip(path, "Excel workbook")
    import openpyxl

    reading = Reading()
    book = openpyxl.load_workbook(path, data_only=True)
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            reading.warnings.append(f"The hidden sheet {sheet.title!r} was not read.")
            continue
        rows = _rows(sheet)
        if any(any(row) for row in rows):
            reading.blocks.append(Block(kind=BlockKind.HEADING, level=2, text=sheet.title, sheet=sheet.title))
            reading.blocks.extend(_tables(rows, sheet.title))
    if _uncalculated(path):
        reading.warnings.append("Some formulas have no saved result; open the workbook in Excel and save it again.")
    titles = (block.text for block in reading.blocks if block.kind is BlockKind.HEADING and block.row)
    reading.title = book.properties.title or next(titles, path.stem.replace("_", " ").replace("-", " "))
    book.close()
    return reading


def displayed(value: object, number_format: str) -> str:
    """A cell's value as Excel shows it, as far as the format tells: dates, times, percent, thousands, decimals."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time(0)
        clock = "h" in number_format.lower()
        return f"{value:%d/%m/%Y}" if midnight and not clock else f"{value:%d/%m/%Y %H:%M}"
    if isinstance(value, dt.date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, dt.time):
        return f"{value:%H:%M}"
    if isinstance(value, dt.timedelta):
        minutes = int(value.total_seconds() // 60)
        return f"{minutes // 60}:{minutes % 60:02d}"
    return _number(float(value), number_format) if isinstance(value, (int, float)) else str(value)


def _number(value: float, number_format: str) -> str:
    pattern = re.sub(r"\[[^\]]*\]|\\.|_.|\*.", "", number_format.split(";")[0])
    quoted = " ".join(re.findall(r'"([^"]*)"', pattern) + re.findall(r"\[\$([^\]-]+)", number_format.split(";")[0]))
    quoted = f" {quoted.strip()}" if quoted.strip() else next((f" {sign}" for sign in "₫$€£" if sign in pattern), "")
    decimals = re.search(r"\.([0#?]+)", pattern)
    places = len(decimals[1]) if decimals else 0
    if "%" in pattern:
        return f"{value * 100:.{places}f}%"
    if "," in pattern or quoted:
        return f"{value:,.{places}f}{quoted}"
    if decimals:
        return f"{value:.{places}f}"
    if re.fullmatch(r"0{2,}", pattern) and value.is_integer():  # room 0412
        return f"{int(value):0{len(pattern)}d}"
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.10g}"


def _rows(sheet: Any) -> list[list[str]]:
    """Cells as displayed; a cell merged over rows counts for each of them, hidden rows and columns for none."""
    if sheet.max_row * min(sheet.max_column, _MAX_COLUMNS) > _MAX_CELLS * 5:
        raise DocumentUnreadable(f"The sheet {sheet.title!r} has too many cells; split it.", reason="too_large")
    hidden_rows = {index for index, row in sheet.row_dimensions.items() if row.hidden}
    hidden_columns = _hidden_columns(sheet)
    spread = _merged(sheet)
    rows: list[list[str]] = []
    chars = 0
    for number, row in enumerate(sheet.iter_rows(max_col=_MAX_COLUMNS), 1):
        if number in hidden_rows:
            rows.append([])
            continue
        texts = [
            displayed(cell.value, str(cell.number_format or "")) or spread.get((number, index), "")
            for index, cell in enumerate(row, 1)
            if index not in hidden_columns
        ]
        while texts and not texts[-1]:
            texts.pop()
        chars += sum(map(len, texts))
        if chars > MAX_CHARS:
            raise DocumentUnreadable(f"The sheet {sheet.title!r} has too much text; split it.", reason="too_large")
        rows.append(texts)
    return rows


def _hidden_columns(sheet: Any) -> set[int]:
    hidden: set[int] = set()
    for column in sheet.column_dimensions.values():
        if column.hidden and column.min and column.max:
            hidden.update(range(column.min, min(column.max, _MAX_COLUMNS) + 1))
    return hidden


def _merged(sheet: Any) -> dict[tuple[int, int], str]:
    spread: dict[tuple[int, int], str] = {}
    for area in sheet.merged_cells.ranges:
        if area.min_row < area.max_row and area.max_row - area.min_row < 1_000:
            first = sheet.cell(area.min_row, area.min_col)
            text = displayed(first.value, str(first.number_format or ""))
            spread.update({(row, area.min_col): text for row in range(area.min_row + 1, area.max_row + 1)})
    return spread


def _tables(rows: list[list[str]], name: str) -> list[Block]:
    """A sheet may hold several tables, parted by empty rows; one without a header of its own goes on with the last."""
    blocks: list[Block] = []
    start = 0
    names: list[str] | None = None
    while start < len(rows):
        end = start
        while end < len(rows) and any(rows[end]):
            end += 1
        if part := rows[start:end]:
            header = find_header(part)
            part, header, skipped = _two_line_header(part, header)
            if header is None and names and len(part[0]) == len(names) and any(is_value(cell) for cell in part[0]):
                part, header, skipped = [names, *part], 0, -1
            if header is not None:
                names = part[header]
            blocks.extend(table_blocks(part, sheet=name, first_row=max(1, start + 1 + skipped), header=header))
        start = end + 1
    return blocks


def _two_line_header(rows: list[list[str]], header: int | None) -> tuple[list[list[str]], int | None, int]:
    """Join "Weekday |  | Weekend" above "Single | Double | Single" into one header; also says by how many rows."""
    if header is None or header + 2 >= len(rows):
        return rows, header, 0
    upper, lower = rows[header], rows[header + 1]
    gaps = [index for index, cell in enumerate(upper[:-1]) if index and not cell] or len(upper) < len(lower)
    if not gaps or any(is_value(cell) for cell in lower if cell) or not any(is_value(c) for c in rows[header + 2] if c):
        return rows, header, 0
    joined: list[str] = []
    group = ""
    for index in range(max(len(upper), len(lower))):
        above = upper[index] if index < len(upper) else ""
        below = lower[index] if index < len(lower) else ""
        group = above or group
        joined.append(below if below == group or not below else f"{group} {below}".strip() if index else below)
        joined[-1] = joined[-1] or above
    return [*rows[:header], joined, *rows[header + 2 :]], header, 1


def _uncalculated(path: Path) -> bool:
    """Whether a sheet has a formula whose result was never saved."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                part = archive.read(name)
                if re.search(rb"</f>\s*(?:<v\s*/>|<v></v>|</c>)|<f[^>]*/>\s*</c>", part):
                    return True
    return False
