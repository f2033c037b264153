"""What Word's styles and numbering make of a paragraph: a title, a heading, an item of a list."""

import re
from collections import Counter
from typing import Any, NamedTuple

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING = re.compile(r"(?:heading|tiêu đề|đề mục|titre|überschrift) ?(\d)$")
_MAX_BASES = 10


class Look(NamedTuple):
    """
    A paragraph's role.

    Attributes:
        level: Of a heading, 1 to 6; 0: none.
        depth: Of a list item, from 1.
        mark: "3. " or "- " as Word shows it before the text.
    """

    level: int
    is_title: bool
    in_list: bool
    depth: int
    mark: str


class Styles:
    """Looks paragraphs up in a document's styles and numbering; counts numbered items as it goes."""

    def __init__(self, document: Any) -> None:
        self._styles = {style.get(f"{_W}styleId"): style for style in document.styles.element.iter(f"{_W}style")}
        self._formats = _number_formats(document)
        self._counts: Counter[tuple[str, int]] = Counter()

    def look(self, paragraph: Any) -> Look:
        """The role of a paragraph. Call once for each, in order: it counts."""
        properties = paragraph.find(f"{_W}pPr")
        name, outline, numbering = "", None, None
        if properties is not None:
            outline = value(properties.find(f"{_W}outlineLvl"))
            numbering = properties.find(f"{_W}numPr")
            for style in self._chain(value(properties.find(f"{_W}pStyle"))):
                name = name or (value(style.find(f"{_W}name")) or "").lower()
                outline = outline or value(style.find(f"{_W}pPr/{_W}outlineLvl"))
                numbering = numbering if numbering is not None else style.find(f"{_W}pPr/{_W}numPr")
        is_title = name == "title"
        level = 1 if is_title else _level(name, outline)
        number, depth = _numbered(numbering)
        in_list = level == 0 and (number is not None or name.startswith("list "))
        mark = self._mark(number, depth) if number is not None else ("- " if in_list else "")
        return Look(level, is_title, in_list, depth + 1, "" if level and mark == "- " else mark)

    def _chain(self, style_id: str | None) -> list[Any]:
        found: list[Any] = []
        while style_id in self._styles and len(found) < _MAX_BASES:
            found.append(self._styles[style_id])
            style_id = value(self._styles[style_id].find(f"{_W}basedOn"))
        return found

    def _mark(self, number: str, depth: int) -> str:
        for deeper in range(depth + 1, 9):
            self._counts[(number, deeper)] = 0
        self._counts[(number, depth)] += 1
        how = self._formats.get((number, depth), "bullet")
        count = self._counts[(number, depth)]
        if how in {"decimal", "decimalZero"}:
            return f"{count}. "
        if how in {"lowerLetter", "upperLetter"}:
            letter = chr(ord("a") + (count - 1) % 26)
            return f"{letter if how == 'lowerLetter' else letter.upper()}. "
        if how in {"lowerRoman", "upperRoman"}:
            return f"{_roman(count) if how == 'upperRoman' else _roman(count).lower()}. "
        return "" if how == "none" else "- "


def value(element: Any) -> str | None:
    """The `w:val` of an element that may be missing."""
    return element.get(f"{_W}val") if element is not None else None


def _level(name: str, outline: str | None) -> int:
    if match := _HEADING.match(name):
        return max(1, min(6, int(match[1])))
    if outline and outline.isdecimal() and int(outline) < 9:
        return min(6, int(outline) + 1)
    return 0


def _numbered(numbering: Any) -> tuple[str | None, int]:
    if numbering is None:
        return None, 0
    number, depth = value(numbering.find(f"{_W}numId")), value(numbering.find(f"{_W}ilvl"))
    return (number if number != "0" else None), min(8, int(depth)) if depth and depth.isdecimal() else 0


def _number_formats(document: Any) -> dict[tuple[str, int], str]:
    """How each list and depth is numbered: `decimal`, `bullet`, …"""
    part = next(
        (each.target_part for each in document.part.rels.values()
         if not each.is_external and each.reltype.endswith("/numbering")), None,
    )  # fmt: skip
    if part is None:
        return {}
    root = part.element
    abstract = {each.get(f"{_W}abstractNumId"): each for each in root.iter(f"{_W}abstractNum")}
    formats: dict[tuple[str, int], str] = {}
    for number in root.iter(f"{_W}num"):
        kind = abstract.get(value(number.find(f"{_W}abstractNumId")))
        for level in kind.iter(f"{_W}lvl") if kind is not None else ():
            depth = level.get(f"{_W}ilvl") or "0"
            formats[(number.get(f"{_W}numId"), int(depth))] = value(level.find(f"{_W}numFmt")) or "bullet"
    return formats


def _roman(number: int) -> str:
    text = ""
    for worth, letters in ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        text += letters * (number // worth)
        number %= worth
    return text
