"""Word documents: headings, lists and tables in the order of the text; deleted, hidden and header text left out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from innkeeper.engine.injection import find_injections
from innkeeper.schemas.knowledge import Block, BlockKind
from innkeeper.tasks.parsing.limits import check_zip
from innkeeper.tasks.parsing.reading import Reading
from innkeeper.tasks.parsing.tables import table_blocks
from innkeeper.tasks.parsing.word_styles import Styles, value

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SKIPPED = {  # deleted, moved away, or no text; of a drawing the compatible twin is skipped
    f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", f"{_W}delText", f"{_W}pPr", f"{_W}rPr",
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
}  # fmt: skip
_TINY_HALF_POINTS = 6
_MAX_BOLD_HEADING_CHARS = 90


def read(path: Path) -> Reading:
    """A Word document as blocks; pages where Word noted its page breaks."""
    check_zip(path, "Word document")
    import docx

    document = docx.Document(str(path))
    body = document.element.body
    reading = Reading(title=document.core_properties.title or None)
    walker = _Walker(Styles(document), reading, _page_mark(body))
    walker.walk(body)
    reading.blocks.extend(_footnotes(document))
    reading.pages = walker.page if walker.page_mark else None
    if walker.title:
        reading.title = walker.title
    return reading


class _Walker:
    def __init__(self, styles: Styles, reading: Reading, page_mark: str | None) -> None:
        self.styles = styles
        self.reading = reading
        self.page_mark = page_mark
        self.page = 1
        self.title: str | None = None
        self._hidden: list[str] = []
        self._boxes: list[Any] = []

    def walk(self, parent: Any) -> None:
        for element in parent:
            if element.tag == f"{_W}p":
                self._paragraph(element)
            elif element.tag == f"{_W}tbl":
                self._table(element)
            elif element.tag not in _SKIPPED and isinstance(element.tag, str):
                self.walk(element)  # content controls, inserted parts, alternatives

    def _paragraph(self, paragraph: Any) -> None:
        at = self.page if self.page_mark else None
        text = self._text(paragraph)
        look = self.styles.look(paragraph)
        if text.strip():
            self.reading.blocks.extend(self._blocks(paragraph, text, look, at))
        self._report_hidden(at)
        boxes, self._boxes = self._boxes, []
        for box in boxes:
            self.walk(box)

    def _blocks(self, paragraph: Any, text: str, look: Any, page: int | None) -> Iterator[Block]:
        line = " ".join(text.split())
        if look.is_title and self.title is None:
            self.title = line
        bold = look.level == 0 and not look.in_list and len(line) <= _MAX_BOLD_HEADING_CHARS
        if look.level:
            yield Block(kind=BlockKind.HEADING, level=look.level, text=look.mark + line, page=page)
        elif bold and line[-1] not in ".;,:" and _all_bold(paragraph):
            yield Block(kind=BlockKind.HEADING, level=6, text=line, page=page)
        elif look.in_list:
            yield Block(kind=BlockKind.LIST_ITEM, level=look.depth, text=look.mark + line, page=page)
        else:
            yield Block(text=line, page=page)

    def _table(self, table: Any) -> None:
        at = self.page if self.page_mark else None
        rows: list[list[str]] = []
        carried: dict[int, str] = {}
        for row in table.iter(f"{_W}tr"):
            own = next(row.iterancestors(f"{_W}tbl")) is table
            if own and row.find(f"{_W}trPr/{_W}del") is None:
                rows.append(self._row(row, carried))
        if rows and max(map(len, rows)) == 1:  # a frame around text
            for cell in table.iter(f"{_W}tc"):
                if next(cell.iterancestors(f"{_W}tbl")) is table:
                    self.walk(cell)
        else:
            self.reading.blocks.extend(table_blocks(rows, page=at))
        self._report_hidden(at)

    def _row(self, row: Any, carried: dict[int, str]) -> list[str]:
        texts: list[str] = []
        for cell in row.iter(f"{_W}tc"):
            if next(cell.iterancestors(f"{_W}tr")) is not row:
                continue
            text = " ".join(self._text(p).strip() for p in cell.iter(f"{_W}p")).strip()
            merge = cell.find(f"{_W}tcPr/{_W}vMerge")
            if merge is not None and merge.get(f"{_W}val") != "restart":
                text = text or carried.get(len(texts), "")
            carried[len(texts)] = text
            span = value(cell.find(f"{_W}tcPr/{_W}gridSpan"))
            texts.extend([text, *[""] * (min(int(span), 100) - 1 if span and span.isdecimal() else 0)])
        return texts

    def _text(self, element: Any) -> str:
        parts: list[str] = []
        for child in element:
            tag = child.tag
            if tag in _SKIPPED:
                continue
            if tag == f"{_W}r":
                text = self._text(child)
                if _invisible(child) and text.strip():
                    self._hidden.append(text)
                else:
                    parts.append(text)
            elif tag == f"{_W}t":
                parts.append(child.text or "")
            elif tag in {f"{_W}tab", f"{_W}cr"}:
                parts.append(" ")
            elif tag == f"{_W}noBreakHyphen":
                parts.append("-")
            elif tag in {f"{_W}br", f"{_W}lastRenderedPageBreak"}:
                self.page += self._turns(child)
                parts.append(" ")
            elif tag == f"{_W}txbxContent":
                self._boxes.append(child)
            elif isinstance(tag, str):
                parts.append(self._text(child))
        return "".join(parts)

    def _turns(self, element: Any) -> bool:
        if element.tag == f"{_W}br":
            return self.page_mark == "br" and element.get(f"{_W}type") == "page"
        return self.page_mark == "rendered"

    def _report_hidden(self, page: int | None) -> None:
        hidden, self._hidden = " ".join(self._hidden), []
        if not hidden:
            return
        what = "hidden text that gives orders to an AI" if find_injections(hidden) else "hidden text"
        self.reading.warnings.append(f"{f'Page {page}: ' if page else ''}{what} was left out.")


def _page_mark(body: Any) -> str | None:
    """Which marks tell the pages: those that Word left when it last showed the document, else page breaks."""
    if next(body.iter(f"{_W}lastRenderedPageBreak"), None) is not None:
        return "rendered"
    breaks = (each for each in body.iter(f"{_W}br") if each.get(f"{_W}type") == "page")
    return "br" if next(breaks, None) is not None else None


def _invisible(run: Any) -> bool:
    """Hidden, tiny, or white where nothing behind it is coloured."""
    properties = run.find(f"{_W}rPr")
    if properties is None:
        return False
    vanish, size, colour = (properties.find(f"{_W}{name}") for name in ("vanish", "sz", "color"))
    if vanish is not None and vanish.get(f"{_W}val") not in {"0", "false", "off"}:
        return True
    points = value(size)
    if points and points.isdecimal() and int(points) < _TINY_HALF_POINTS:
        return True
    return (value(colour) or "").upper() == "FFFFFF" and not _on_colour(run)


def _on_colour(run: Any) -> bool:
    for ancestor in (run, *run.iterancestors()):
        for name in ("rPr", "pPr", "tcPr", "tblPr"):
            properties = ancestor.find(f"{_W}{name}")
            if properties is None:
                continue
            if properties.find(f"{_W}highlight") is not None or properties.find(f"{_W}tblStyle") is not None:
                return True
            shade = properties.find(f"{_W}shd")
            if shade is not None and (shade.get(f"{_W}fill") or "auto").upper() not in {"AUTO", "FFFFFF"}:
                return True
        if ancestor.tag == f"{_W}txbxContent":  # a text box has a colour of its own
            return True
    return False


def _all_bold(paragraph: Any) -> bool:
    runs = [run for run in paragraph.iter(f"{_W}r") if "".join(t.text or "" for t in run.iter(f"{_W}t")).strip()]
    marks = [run.find(f"{_W}rPr/{_W}b") for run in runs]
    return bool(runs) and all(mark is not None and mark.get(f"{_W}val") not in {"0", "false"} for mark in marks)


def _footnotes(document: Any) -> Iterator[Block]:
    from docx.oxml import parse_xml

    for relation in document.part.rels.values():
        if not relation.is_external and relation.reltype.endswith("/footnotes"):
            for note in parse_xml(relation.target_part.blob).iter(f"{_W}footnote"):
                if text := " ".join("".join(each.text or "" for each in note.iter(f"{_W}t")).split()):
                    yield Block(text=text)
