"""Web pages: the main content without navigation, banners, scripts and whatever a visitor does not see."""

import re
from pathlib import Path
from typing import Any

from innkeeper.engine.injection import find_injections
from innkeeper.schemas.errors import DocumentUnreadable
from innkeeper.schemas.knowledge import Block, BlockKind
from innkeeper.tasks.parsing.plain import decode
from innkeeper.tasks.parsing.reading import Reading
from innkeeper.tasks.parsing.tables import table_blocks

_NEVER = {
    "script", "style", "noscript", "template", "iframe", "object", "svg", "canvas", "head", "nav", "footer", "button",
    "select", "input", "textarea", "dialog", "video", "audio", "map", "form-field",
}  # fmt: skip
_SIDE = re.compile(
    r"(?:^|[\s_-])(?:cookies?|consent|gdpr|breadcrumbs?|navbar|navigation|nav|sidebar|footer|skip(?:-link|-to-content)?"
    r"|social|share|sharing|advert\w*|ads?|popup|modal|newsletter|subscribe|sr-only|visually-hidden)(?:$|[\s_-])"
)
_SIDE_ROLES = {"navigation", "contentinfo", "banner", "search", "dialog", "alertdialog", "complementary"}
_UNSEEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*[01](?:\.\d+)?(?:px|pt)?\s*(?:;|!|$)|opacity\s*:\s*0\s*(?:;|!|$)"
    r"|(?:left|top|text-indent)\s*:\s*-\d{3,}"
)
_WHITE = re.compile(r"(?:^|;)\s*color\s*:\s*(?:#fff(?:fff)?\b|white\b|transparent\b|rgba?\(\s*255\s*,\s*255\s*,\s*255)")
_HIDING_RULE = re.compile(r"([^{}]{1,300})\{[^{}]*(?:display\s*:\s*none|visibility\s*:\s*hidden)[^{}]*\}")
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,40})", re.IGNORECASE)
_BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "form", "header", "hr", "html", "li", "main", "ol", "p", "pre", "section",
    "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "h1", "h2", "h3", "h4", "h5", "h6",
}  # fmt: skip
_MAX_SIDE_SHARE = 0.6  # an element with most of the page's text is no banner, whatever its class says


def read(path: Path) -> Reading:
    """A web page as blocks."""
    reading = Reading()
    data = path.read_bytes()
    if not data.strip():
        raise DocumentUnreadable("The web page is empty.", reason="no_text")
    declared = _CHARSET.search(data[:4_000])
    text = decode(data, reading.warnings, declared[1].decode("ascii") if declared else None)
    tree = _tree(text)
    title = tree.find(".//title")
    reading.title = " ".join(title.text_content().split()) or None if title is not None else None
    first = tree.find(".//h1")
    if first is not None and (words := " ".join(first.text_content().split())):
        reading.title = words
    reading.blocks = _blocks(tree, reading.warnings)
    return reading


def html_blocks(html: str, warnings: list[str]) -> list[Block]:
    """A piece of HTML, as in Markdown or an e-mail, as blocks."""
    return _blocks(_tree(html), warnings) if html.strip() else []


def _tree(text: str) -> Any:
    from lxml import html

    text = re.sub(r"\A\s*<\?xml[^>]*\?>", "", text).replace("\x00", "")
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True)
    return html.document_fromstring(f"<html>{text}</html>" if "<html" not in text[:5_000].lower() else text, parser)


def _blocks(tree: Any, warnings: list[str]) -> list[Block]:
    _drop_unseen(tree, warnings)
    body = tree.find("body")
    root = body if body is not None else tree
    _drop_sides(root)
    main = root.xpath('.//main | .//*[@role="main"]') or (found if len(found := root.xpath(".//article")) == 1 else [])
    if main and len(main[0].text_content()) > 0.3 * len(root.text_content()):
        root = main[0]
    collector = _Collector()
    collector.walk(root)
    collector.flush()
    return collector.blocks


def _drop_unseen(tree: Any, warnings: list[str]) -> None:
    classes = _hidden_classes(tree)
    for element in list(tree.iter()):
        if not isinstance(element.tag, str) or element.getparent() is None:
            continue
        if element.tag in {"title", "head"}:
            continue
        style = (element.get("style") or "").lower()
        unseen = (
            element.get("hidden") is not None
            or element.get("aria-hidden") == "true"
            or _UNSEEN.search(style)
            or (_WHITE.search(style) and not _on_colour(element))
            or classes & {f".{each}" for each in (element.get("class") or "").split()}
            or f"#{element.get('id')}" in classes
        )
        if unseen and element.tag not in {"html", "body"}:
            if find_injections(element.text_content()):
                warnings.append("Hidden text that gives orders to an AI was left out.")
            element.drop_tree()


def _hidden_classes(tree: Any) -> set[str]:
    """Classes and ids that a style sheet hides for every visitor (not only on paper or on a telephone)."""
    sheets = "\n".join(sheet.text or "" for sheet in tree.iter("style"))[:200_000].lower()
    sheets = re.sub(r"@media[^{]{0,200}\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", sheets)
    names: set[str] = set()
    for rule in _HIDING_RULE.finditer(sheets):
        names.update(part.strip() for part in rule[1].split(",") if re.fullmatch(r"\s*[.#][\w-]+\s*", part))
    return names


def _on_colour(element: Any) -> bool:
    while element is not None:
        style = (element.get("style") or "").lower()
        if "background" in style or element.get("bgcolor") or element.get("class"):  # a class may colour it
            return True
        element = element.getparent()
    return False


def _drop_sides(root: Any) -> None:
    total = max(1, len(root.text_content()))
    for element in list(root.iter()):
        if not isinstance(element.tag, str) or element is root or element.getparent() is None:
            continue
        names = f"{element.get('class') or ''} {element.get('id') or ''}".lower()
        side = (
            element.tag in _NEVER
            or (element.get("role") or "") in _SIDE_ROLES
            or (element.tag in {"header", "aside"} and element.find(".//h1") is None)
            or (element.tag not in {"main", "article", "table"} and _SIDE.search(names))
        )
        large = len(element.text_content()) > _MAX_SIDE_SHARE * total if side else False
        if side and not (large and element.tag not in _NEVER):
            element.drop_tree()


class _Collector:
    """Walks a page in document order and gathers blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._words: list[str] = []
        self._kind, self._level, self._mark = BlockKind.PARAGRAPH, 0, ""
        self._lists: list[int] = []  # the last number of each open list; -1: bullets

    def flush(self) -> None:
        text = " ".join("".join(self._words).split())
        self._words = []
        if text:
            self.blocks.append(Block(kind=self._kind, level=self._level, text=self._mark + text))
            self._mark = ""

    def walk(self, element: Any) -> None:
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag == "table" and _is_data(element):
            self.flush()
            self._table(element)
        elif tag == "pre":
            self.flush()
            if text := element.text_content().strip("\n"):
                self.blocks.append(Block(kind=BlockKind.CODE, text=text))
        elif tag in _BLOCKS:
            self._block(element, tag)
        elif tag == "br":
            self._words.append(" ")
        elif tag:
            self._words.append(element.text or "")
            if tag == "img" and element.get("alt"):
                self._words.append(f" {element.get('alt')} ")
            self._children(element)

    def _children(self, element: Any) -> None:
        for child in element:
            self.walk(child)
            self._words.append(child.tail or "")

    def _block(self, element: Any, tag: str) -> None:
        self.flush()
        outer = self._kind, self._level, self._mark
        if tag in {"ul", "ol"}:
            start = element.get("start") or ""
            self._lists.append(-1 if tag == "ul" else (int(start) if start.isdecimal() else 1) - 1)
        elif tag == "li":
            self._item()
        elif tag[0] == "h" and tag[1:].isdigit():
            self._kind, self._level, self._mark = BlockKind.HEADING, int(tag[1]), ""
        self._words.append(element.text or "")
        self._children(element)
        self.flush()
        self._kind, self._level, self._mark = outer
        if tag in {"ul", "ol"}:
            self._lists.pop()

    def _item(self) -> None:
        if not self._lists:
            self._lists.append(-1)
        self._lists[-1] += self._lists[-1] >= 0
        self._kind, self._level = BlockKind.LIST_ITEM, len(self._lists)
        self._mark = f"{self._lists[-1]}. " if self._lists[-1] >= 0 else "- "

    def _table(self, table: Any) -> None:
        rows: list[list[str]] = []
        header: int | None = None
        carried: dict[int, tuple[int, str]] = {}  # column: rows still to come, text of a cell that spans rows
        for row in table.iter("tr"):
            if next(row.iterancestors("table")) is not table:
                continue
            cells = list(row.iterchildren("td", "th"))
            if header is None and len(cells) > 1 and all(cell.tag == "th" for cell in cells):
                header = len(rows)
            rows.append(_spread(cells, carried))
        for caption in table.iterchildren("caption"):
            if text := " ".join(caption.text_content().split()):
                self.blocks.append(Block(text=text))
        self.blocks.extend(table_blocks(rows, header=header))


def _spread(cells: list[Any], carried: dict[int, tuple[int, str]]) -> list[str]:
    """Texts of a table row by column; cells that span rows are repeated, cells that span columns leave empty ones."""
    texts: list[str] = []

    def fill_carried() -> None:
        while len(texts) in carried:
            left, text = carried.pop(len(texts))
            if left > 1:
                carried[len(texts)] = (left - 1, text)
            texts.append(text)

    for cell in cells[:200]:
        fill_carried()
        for breaking in cell.iter("br", "p", "div", "li"):
            breaking.tail = f" {breaking.tail or ''}"
        text = " ".join(cell.text_content().split())
        if (span := _span(cell, "rowspan")) > 1:
            carried[len(texts)] = (span - 1, text)
        texts.extend([text, *[""] * (_span(cell, "colspan") - 1)])
    fill_carried()
    return texts


def _span(cell: Any, name: str) -> int:
    value = cell.get(name) or ""
    return min(100, int(value)) if value.isdecimal() and int(value) > 0 else 1


def _is_data(table: Any) -> bool:
    """Whether a table holds data; one that only arranges a page has tables, headings or a single column inside."""
    if table.find(".//table") is not None or (table.get("role") or "") == "presentation":
        return False
    if table.find(".//th") is not None:
        return True
    widest = max((len(list(row.iterchildren("td", "th"))) for row in table.iter("tr")), default=0)
    return widest > 1 and not table.xpath(".//h1 | .//h2 | .//h3 | .//ul | .//ol")
