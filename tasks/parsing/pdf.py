"""PDF files: text in reading order, page by page; headings by size, tables by alignment."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import mode
from typing import Any, NamedTuple

from innkeeper.schemas.errors import DocumentUnreadable
from innkeeper.schemas.knowledge import Block, BlockKind
from innkeeper.tasks.parsing.limits import MAX_CHARS, MAX_PAGES
from innkeeper.tasks.parsing.pdf_blocks import page_blocks
from innkeeper.tasks.parsing.pdf_layout import Line, Run, page_lines
from innkeeper.tasks.parsing.reading import Reading

_MAX_LISTED = 10
_MARGIN_SHARE = 0.1  # of the page's height: where running heads stand
_REPEATED_SHARE = 0.6
_PAGE_NUMBER = re.compile(r"\W*(?:(?:page|trang|p\.)\W*)?\d{1,4}(?:\W*(?:/|of|trên|-)\W*\d{1,4})?\W*", re.IGNORECASE)
_TINY_POINTS = 1.5
_NO_CHARACTER = {0, 0xFFFE, 0xFFFF}
_SOFT_HYPHEN = 2  # what pdfium makes of a hyphen at the end of a line
_BOLD_WEIGHT = 600
_MAX_PATHS = 5_000  # a drawing is no table
_MIN_RULE_POINTS = 20


Box = tuple[float, float, float, float]  # left, bottom, right, top


class Page(NamedTuple):
    """Lines of a page in reading order, its height in points, and at what heights it has horizontal rules."""

    lines: list[Line]
    height: float
    rules: list[float]


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
    sizes = _heading_sizes(pages, _body_size(pages))
    for number, page in enumerate(pages, 1):
        reading.blocks.extend(page_blocks(page.lines, number, sizes, page.rules))
    reading.blocks = _joined_over_breaks(reading.blocks)
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


def _pages(document: Any, reading: Reading) -> list[Page]:
    """Lines and width of each page; pages that cannot be read or have no text are warned about."""
    import pypdfium2

    pages: list[Page] = []
    empty: list[int] = []
    broken: list[int] = []
    chars = 0
    for index in range(len(document)):
        lines: list[Line] = []
        height, rules = 800.0, list[float]()
        try:
            page = document[index]
            width, height = page.get_size()
            lines = page_lines(_runs(page), width)
            rules = _rules(page) if any(len(line.runs) > 1 for line in lines) else []
        except pypdfium2.PdfiumError:
            broken.append(index + 1)
        else:
            if not lines:
                empty.append(index + 1)
        chars += sum(len(line.text) for line in lines)
        if chars > MAX_CHARS:
            raise DocumentUnreadable(f"The PDF has more than {MAX_CHARS:,} characters; split it.", reason="too_large")
        pages.append(Page(lines, height, rules))
    for numbers, what in ((empty, "has no text (a scan?)"), (broken, "is damaged and was left out")):
        reading.warnings.extend(f"Page {number} {what}." for number in numbers[:_MAX_LISTED])
        if len(numbers) > _MAX_LISTED:
            reading.warnings.append(f"… and so are {len(numbers) - _MAX_LISTED} more pages.")
    return pages


def _runs(page: Any) -> list[Run]:
    """Words in the order of the file, joined until they jump: a new line, or a gap wider than a letter."""
    import pypdfium2.raw as pdfium

    text = page.get_textpage()
    runs, letters = list[Run](), _Letters(text.raw)
    word, start = "", 0
    for index in range(pdfium.FPDFText_CountChars(text.raw)):
        code = pdfium.FPDFText_GetUnicode(text.raw, index)
        char = "-" if code == _SOFT_HYPHEN else chr(code)
        if code in _NO_CHARACTER or char.isspace():
            runs.extend(letters.add(word, start))
            word = ""
            runs.extend(letters.close() if char in "\r\n" else ())
        else:
            start = start if word else index
            word += char
    runs.extend(letters.add(word, start))
    runs.extend(letters.close())
    text.close()
    return runs


class _Letters:
    """The run that is being read."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._words: list[str] = []
        self._heights: list[float] = []  # of each word: those of a fallback font differ
        self._box: Box = (0.0, 0.0, 0.0, 0.0)
        self._first = self._last = 0

    def add(self, word: str, start: int) -> Iterator[Run]:
        """Add a word, the letters from `start` on; gives the run before it if the word stands elsewhere."""
        if not word:
            return
        first, last = self._place(start), self._place(start + len(word) - 1)
        height = max(1.0, first[3] - first[1])
        if len(word) > 1 and (_apart(first, last, height) or last[2] - first[0] > 1.5 * height * len(word)):
            for offset, letter in enumerate(word):  # letters strewn over the page
                yield from self.add(letter, start + offset)
            return
        jump = first[0] - self._box[2]
        if self._words and (_apart(self._box, first, height) or not -0.9 * height <= jump <= 0.9 * height):
            yield from self.close()
        glued = bool(self._words) and start == self._last + 1
        boxes = (self._box, first, last) if self._words else (first, last)
        lows, highs = [box[:2] for box in boxes], [box[2:] for box in boxes]
        self._box = (
            min(low[0] for low in lows), min(low[1] for low in lows),
            max(high[0] for high in highs), max(high[1] for high in highs),
        )  # fmt: skip
        self._first = self._first if self._words else start
        self._last = start + len(word) - 1
        self._words.append(word if glued or not self._words else f" {word}")
        self._heights.append(round(2 * height) / 2)

    def _place(self, index: int) -> Box:
        import pypdfium2.raw as pdfium

        box = pdfium.FS_RECTF()
        pdfium.FPDFText_GetLooseCharBox(self._raw, index, box)
        return box.left, box.bottom, box.right, box.top

    def close(self) -> Iterator[Run]:
        """The run, unless it is empty or too small to be seen; the next one begins."""
        import pypdfium2.raw as pdfium

        words = "".join(self._words)
        if words and max(mode(self._heights), pdfium.FPDFText_GetFontSize(self._raw, self._first)) > _TINY_POINTS:
            weights = [pdfium.FPDFText_GetFontWeight(self._raw, at) for at in (self._first, self._last)]
            yield Run(words, *self._box, mode(self._heights), min(weights) >= _BOLD_WEIGHT)
        self._words.clear()
        self._heights.clear()


def _apart(one: Box, other: Box, height: float) -> bool:
    """Whether two boxes stand on different lines."""
    return abs(one[1] + one[3] - other[1] - other[3]) > 0.9 * height


def _rules(page: Any) -> list[float]:
    """Heights of horizontal lines and of the edges of boxes."""
    import pypdfium2.raw as pdfium

    heights: set[float] = set()
    objects = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=3)
    for path in islice(objects, _MAX_PATHS):
        left, bottom, right, top = path.get_bounds()
        if right - left > _MIN_RULE_POINTS:
            heights.update((round(bottom), round(top)))
    return sorted(heights)


def _title(document: Any) -> str | None:
    title = str(document.get_metadata_dict().get("Title") or "").strip()
    looks_like_a_file = re.search(
        r"\.\w{2,4}$|^\W*(?:microsoft|untitled|anonymous|unspecified|document\d*$)", title.lower()
    )
    return title if len(title) > 3 and not looks_like_a_file else None


def _drop_running_heads(pages: list[Page]) -> None:
    """Take away what most pages repeat at one height of their margins, and page numbers there."""
    heights = 2 if len(pages) > 2 else 1
    counts = Counter(key for page in pages for key in {_pattern(line) for line in _margins(page, heights)})
    least = max(2, _REPEATED_SHARE * sum(1 for page in pages if page.lines))
    for page in pages:
        for line in _margins(page, heights):
            text, height = _pattern(line)
            near = counts[text, height] + max(counts[text, height - 1], counts[text, height + 1])
            if near >= least or (len(page.lines) > 1 and _PAGE_NUMBER.fullmatch(line.text)):
                page.lines.remove(line)


def _margins(page: Page, heights: int) -> list[Line]:
    """The outermost lines, at up to `heights` heights each, as far as they stand in the margins."""
    edge = _MARGIN_SHARE * page.height
    bottoms = sorted({round(line.bottom) for line in page.lines})
    outer = {*bottoms[:heights], *bottoms[-heights:]}
    return [
        line
        for line in page.lines
        if round(line.bottom) in outer
        and (line.top < edge or line.bottom > page.height - edge)
        and (_PAGE_NUMBER.fullmatch(line.text) or not re.match(r"\d+[.)]", line.text))  # "2. Opening hours"
    ]


def _pattern(line: Line) -> tuple[str, int]:
    return re.sub(r"\d+", "#", line.text.lower()), round(line.bottom / 4)


def _body_size(pages: list[Page]) -> float:
    sizes = Counter[float]()
    for page in pages:
        for line in page.lines:  # tables are often set smaller
            sizes[line.size] += len(line.text) * (len(line.runs) == 1)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def _heading_sizes(pages: list[Page], body: float) -> list[float]:
    """Sizes of headings, largest first, those that differ by less than a twentieth taken together."""
    sizes: list[float] = []
    for size in sorted({line.size for page in pages for line in page.lines if line.size > 1.12 * body}, reverse=True):
        if not sizes or size < 0.95 * sizes[-1]:
            sizes.append(size)
    return sizes[:5]


def _joined_over_breaks(blocks: list[Block]) -> list[Block]:
    """Join a sentence that goes on in the next column or on the next page; it is cited by its first page."""
    joined: list[Block] = []
    for block in blocks:
        last = joined[-1] if joined else None
        plain = last is not None and last.kind is block.kind is BlockKind.PARAGRAPH
        if last and plain and last.text[-1] not in '.!?:;”"' and block.text[0].islower():
            joined[-1] = last.model_copy(update={"text": f"{last.text} {block.text}"})
        else:
            joined.append(block)
    return joined
