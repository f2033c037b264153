"""From letters on a page to lines in reading order: columns are found, rows of tables kept together."""

from collections.abc import Iterable
from statistics import median
from typing import NamedTuple


class Run(NamedTuple):
    """Letters that stand together; coordinates in points from the lower left."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float
    bold: bool


class Line(NamedTuple):
    """Runs on one height within one column, left to right; several where wide gaps part them."""

    runs: tuple[Run, ...]
    column: int

    @property
    def text(self) -> str:
        """All of it, gaps as spaces."""
        return " ".join(run.text for run in self.runs)

    @property
    def left(self) -> float:
        """Where it begins."""
        return self.runs[0].left

    @property
    def right(self) -> float:
        """Where it ends."""
        return max(run.right for run in self.runs)

    @property
    def top(self) -> float:
        """Its upper edge."""
        return max(run.top for run in self.runs)

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return min(run.bottom for run in self.runs)

    @property
    def size(self) -> float:
        """Height of most of its letters."""
        return max(self.runs, key=lambda run: len(run.text)).size

    @property
    def bold(self) -> bool:
        """Whether all of it is bold."""
        return all(run.bold for run in self.runs)


_MIN_COLUMN_ROWS = 4
_FILL = 0.6  # lines of running text fill their column; cells of a table do not
_MAX_COLUMNS_DEPTH = 3


def page_lines(runs: list[Run], width: float) -> list[Line]:
    """Lines of a page, `width` points wide, in reading order: column by column between full-width lines."""
    rows = _rows(runs)
    return _columns(rows, 0.0, width, 0)


def _rows(runs: Iterable[Run]) -> list[list[Run]]:
    """Runs whose middles are on one height, from the top; within a row from the left; close ones joined."""
    rows: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: -(run.top + run.bottom)):
        middle = (run.top + run.bottom) / 2
        last = rows[-1][0] if rows else None
        if last and abs((last.top + last.bottom) / 2 - middle) < 0.4 * min(run.size, last.size):
            rows[-1].append(run)
        else:
            rows.append([run])
    return [_close_joined(sorted(row, key=lambda run: run.left)) for row in rows]


def _close_joined(row: list[Run]) -> list[Run]:
    joined = row[:1]
    for run in row[1:]:
        last = joined[-1]
        gap = run.left - last.right
        if gap < 0.75 * max(last.size, run.size):
            space = "" if gap < 0.08 * run.size else " "
            joined[-1] = Run(
                last.text + space + run.text, last.left, min(last.bottom, run.bottom), max(last.right, run.right),
                max(last.top, run.top), last.size if len(last.text) >= len(run.text) else run.size,
                last.bold and run.bold,
            )  # fmt: skip
        else:
            joined.append(run)
    return joined


def _columns(rows: list[list[Run]], left: float, right: float, depth: int) -> list[Line]:
    """Bands of full-width rows and of two columns, one after the other; a column may have columns."""
    gutter = _gutter(rows, left, right) if depth < _MAX_COLUMNS_DEPTH else None
    if gutter is None:
        return [Line(tuple(row), 0) for row in rows]
    lines: list[Line] = []
    band: list[list[Run]] = []
    for row in [*rows, None]:
        if row is not None and not any(run.left < gutter - 1 and run.right > gutter + 1 for run in row):
            band.append(row)
            continue
        if band:
            sides = [
                [run for run in each if (run.right <= gutter + 1) == first] for first in (True, False) for each in band
            ]
            first_side = [side for side in sides[: len(band)] if side]
            second_side = [side for side in sides[len(band) :] if side]
            offset = 1 + max((line.column for line in lines), default=0)
            lines.extend(line._replace(column=offset) for line in _columns(first_side, left, gutter, depth + 1))
            lines.extend(line._replace(column=offset + 1) for line in _columns(second_side, gutter, right, depth + 1))
            band = []
        if row is not None:
            lines.append(Line(tuple(row), 0))
    return lines


def _gutter(rows: list[list[Run]], left: float, right: float) -> float | None:
    """The middle of the empty strip between two columns of running text, if there are two."""
    best: tuple[int, float] | None = None
    step = max(4.0, (right - left) / 100)
    position = left + 0.25 * (right - left)
    while position < left + 0.75 * (right - left):
        crossing = sum(1 for row in rows if any(run.left < position < run.right for run in row))
        if best is None or crossing < best[0]:
            best = (crossing, position)
        position += step
    if best is None or best[0] > 0.5 * len(rows):
        return None
    sides = _sides(rows, best[1])
    if min(map(len, sides)) < _MIN_COLUMN_ROWS:
        return None
    start, end = _quantile([run.right for run in sides[0]], 0.95), _quantile([run.left for run in sides[1]], 0.05)
    if end - start < 0.5 * median(run.size for side in sides for run in side):
        return None
    filled = all(_filled(side) for side in sides)
    return (start + end) / 2 if filled and start < end else None


def _sides(rows: list[list[Run]], position: float) -> tuple[list[Run], list[Run]]:
    """Runs left and right of `position`, of rows that do not cross it; a row of three or more cells is a table's."""
    first: list[Run] = []
    second: list[Run] = []
    for row in rows:
        if not any(run.left < position < run.right for run in row) and len(row) <= 2:
            first.extend(run for run in row if run.right <= position)
            second.extend(run for run in row if run.left >= position)
    return first, second


def _filled(side: list[Run]) -> bool:
    width = max(run.right for run in side) - min(run.left for run in side)
    return width > 0 and median(run.right - run.left for run in side) >= _FILL * width and _long(side)


def _long(side: list[Run]) -> bool:
    return median(len(run.text) for run in side) >= 20  # letters: words, not cells


def _quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
