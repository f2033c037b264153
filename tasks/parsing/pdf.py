"""PDF files: text in reading order, page by page; headings by size, tables by alignment."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

from innkeeper.schemas.errors import DocumentUnreadable
from innkeeper.schemas.knowledge import Block, BlockKind
from innkeeper.tasks.parsing.limits import MAX_CHARS, MAX_PAGES
from innkeeper.tasks.parsing.pdf_blocks import page_blocks
from innkeeper.tasks.parsing.pdf_layout import Line, Run, page_lines
from innkeeper.tasks.parsing.reading import Reading

_MAX_LISTED = 10
_EDGE_LINES = 3  # where running heads stand
_REPEATED_SHARE = 0.6
_PAGE_NUMBER = re.compile(r"\W*(?:(?:page|trang|p\.)\W*)?\d{1,4}(?:\W*(?:/|of|trên|-)\W*\d{1,4})?\W*", re.IGNORECASE)
_TINY_POINTS = 1.5
_BOLD_WEIGHT = 600


def read(path: Path) -> Reading:
    """A PDF as blocks."""
    document = _open(path)
    try:
        if len(document) > MAX_PAGES:
            raise DocumentUnreadable(
                f"The PDF has {len(document):,} pages; at most {MAX_PAGES:,} are read. Split it.", reason="too_large"
            )
        reading = Reading(pages=len(document), title=_title(document))
        pages = _pages(document, reading)
    finally:
        document.close()
    _drop_running_heads(pages)
    body = _body_size(pages)
    sizes = _heading_sizes(pages, body)
    for number, (lines, width) in enumerate(pages, 1):
        reading.blocks.extend(page_blocks(lines, number, width, body, sizes))
    reading.blocks = _joined_over_pages(reading.blocks)
    return reading


def _open(path: Path) -> Any:
    import pypdfium2

    data = path.read_bytes()
    if not data:
        raise DocumentUnreadable("The PDF is empty: the file has no bytes.")
    try:
        return pypdfium2.PdfDocument(data, password="")
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise DocumentUnreadable(
                "The PDF is protected with a password; save a copy without it.", reason="encrypted"
            ) from error
        raise DocumentUnreadable(
            "The file is damaged or is no PDF; open it where it was written and save it again."
        ) from error


def _pages(document: Any, reading: Reading) -> list[tuple[list[Line], float]]:
    """Lines and width of each page; pages that cannot be read or have no text are warned about."""
    import pypdfium2

    pages: list[tuple[list[Line], float]] = []
    empty: list[int] = []
    broken: list[int] = []
    chars = 0
    for index in range(len(document)):
        lines: list[Line] = []
        width = 600.0
        try:
            page = document[index]
            width = page.get_width()
            lines = page_lines(_runs(page), width)
        except pypdfium2.PdfiumError:
            broken.append(index + 1)
        else:
            if not lines:
                empty.append(index + 1)
        chars += sum(len(line.text) for line in lines)
        if chars > MAX_CHARS:
            raise DocumentUnreadable(f"The PDF has more than {MAX_CHARS:,} characters; split it.", reason="too_large")
        pages.append((lines, width))
    for numbers, what in ((empty, "has no text (a scan?)"), (broken, "is damaged and was left out")):
        reading.warnings.extend(f"Page {number} {what}." for number in numbers[:_MAX_LISTED])
        if len(numbers) > _MAX_LISTED:
            reading.warnings.append(f"… and so are {len(numbers) - _MAX_LISTED} more pages.")
    return pages


def _runs(page: Any) -> list[Run]:
    """Letters in the order of the file, parted where they jump: a new line, or a gap wider than a letter."""
    import pypdfium2.raw as pdfium

    text = page.get_textpage()
    raw = text.raw
    loose = pdfium.FS_RECTF()
    runs: list[Run] = []
    letters: list[str] = []
    box = [0.0, 0.0, 0.0, 0.0]
    first = 0

    def close_run() -> None:
        words = "".join(letters).strip()
        size = pdfium.FPDFText_GetFontSize(raw, first) if words else 0.0
        height = box[3] - box[1]
        if words and max(size, height) > _TINY_POINTS:
            bold = pdfium.FPDFText_GetFontWeight(raw, first) >= _BOLD_WEIGHT
            runs.append(Run(words, box[0], box[1], box[2], box[3], round(height, 1), bold))
        letters.clear()

    for index in range(pdfium.FPDFText_CountChars(raw)):
        code = pdfium.FPDFText_GetUnicode(raw, index)
        if code in {10, 13}:
            close_run()
            continue
        if code in {0, 0xFFFE, 0xFFFF}:
            continue
        char = "-" if code == 2 else chr(code)  # 2: a hyphen at the end of a line
        if char.isspace():
            if letters:
                letters.append(" ")
            continue
        pdfium.FPDFText_GetLooseCharBox(raw, index, loose)
        x0, y0, x1, y1 = loose.left, loose.bottom, loose.right, loose.top
        height = max(1.0, y1 - y0)
        if letters and (
            x0 - box[2] > 0.9 * height
            or x0 < box[2] - 0.8 * height
            or abs((y0 + y1) - (box[1] + box[3])) > 0.9 * height
        ):
            close_run()
        if letters:
            box = [min(box[0], x0), min(box[1], y0), max(box[2], x1), max(box[3], y1)]
        else:
            box, first = [x0, y0, x1, y1], index
        letters.append(char)
    close_run()
    text.close()
    return runs


def _title(document: Any) -> str | None:
    title = str(document.get_metadata_dict().get("Title") or "").strip()
    looks_like_a_file = re.search(r"\.\w{2,4}$|^(?:microsoft|untitled|document\d*$)", title.lower())
    return title if len(title) > 3 and not looks_like_a_file else None


def _drop_running_heads(pages: list[tuple[list[Line], float]]) -> None:
    """Take away lines that most pages repeat at their top or bottom, and page numbers there."""
    counts = Counter(key for lines, _ in pages for key in {_pattern(line) for line in _edges(lines)})
    least = max(3, _REPEATED_SHARE * sum(1 for lines, _ in pages if lines))
    repeated = {key for key, count in counts.items() if count >= least}
    for lines, _ in pages:
        for line in _edges(lines):
            if _pattern(line) in repeated or (len(lines) > 1 and _PAGE_NUMBER.fullmatch(line.text)):
                lines.remove(line)


def _edges(lines: list[Line]) -> list[Line]:
    by_height = sorted(lines, key=lambda line: -line.top)
    heights = sorted({round(line.top) for line in lines}, reverse=True)
    edge = set(heights[:_EDGE_LINES] + heights[-_EDGE_LINES:])
    return [line for line in by_height if round(line.top) in edge]


def _pattern(line: Line) -> str:
    return re.sub(r"\d+", "#", line.text.lower())


def _body_size(pages: list[tuple[list[Line], float]]) -> float:
    sizes = Counter[float]()
    for lines, _ in pages:
        for line in lines:
            sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def _heading_sizes(pages: list[tuple[list[Line], float]], body: float) -> list[float]:
    """Sizes of headings, largest first, those that differ by less than a twentieth taken together."""
    sizes: list[float] = []
    for size in sorted({line.size for lines, _ in pages for line in lines if line.size > 1.12 * body}, reverse=True):
        if not sizes or size < 0.95 * sizes[-1]:
            sizes.append(size)
    return sizes[:5]


def _joined_over_pages(blocks: list[Block]) -> list[Block]:
    """Join a sentence that goes on at the top of the next page; it is cited by its first page."""
    joined: list[Block] = []
    for block in blocks:
        last = joined[-1] if joined else None
        plain = last is not None and last.kind is block.kind is BlockKind.PARAGRAPH and last.page != block.page
        if last and plain and last.text[-1] not in '.!?:;”"' and block.text[0].islower():
            joined[-1] = last.model_copy(update={"text": f"{last.text} {block.text}"})
        else:
            joined.append(block)
    return joined
