"""Chosen sentences, items and rows as text for a chat: no markup, headings where a sentence needs them."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Literal

from innkeeper.engine.reading.units import Cells, Unit

Language = Literal["en", "vi"]

_CODE_HEADER = re.compile(r"(?:no|nr|stt|tt|mã|code|id|item no|#|column \d+)\.?", re.IGNORECASE)
_CODE = re.compile(r"#?[A-Z]{0,4}[-.]?\d{1,3}[.)]?")
_UNIT = re.compile(r"^(.*?)\s*\(([^)]{1,12})\)$")
_MARKUP = re.compile(r"\*\*|__|`|^#+\s+|^>\s+|\|")
_NUMBERING = re.compile(r"^(?:\d+(?:\.\d+)*[.)]|[IVX]+[.)]|[A-ZĐ][.)])\s+")
_REMARK = re.compile(r"(?:remarks?|notes?|comments?|ghi chú|lưu ý|chú thích|diễn giải)", re.IGNORECASE)
_EMPTY = frozenset(("", "-", "–", "—", "n/a", "x"))
ROW_WORDS = 34  # a longer row is cut to the cells that matter
_FRAMES: dict[tuple[str, str], str] = {
    ("en", "vi"): "From “{title}” (in Vietnamese): ",
    ("vi", "en"): "Theo tài liệu “{title}” (bản tiếng Anh): ",
}


def words_of(text: str) -> int:
    """Words as a reader counts them."""
    return len(text.split())


def row_text(cells: Cells, wanted: frozenset[int] | None = None) -> str:
    """
    A table row to be read: "Massage 60: Price 900,000 VND".

    Args:
        wanted: Places of the cells to keep besides the first; all when none.
    """
    shown = [(place, header, value) for place, (header, value) in enumerate(cells) if not _is_empty(header, value)]
    named = [each for each in shown if not _is_code(each[1], each[2])] or shown
    if not named:
        return ""
    _, header, key = named[0]
    rest = [each for each in named[1:] if wanted is None or each[0] in wanted]
    if len(key) < 8 and not any(map(str.isalpha, key)):
        key = _cell(header, key, first=True)
    return f"{key}: {', '.join(_cell(name, value) for _, name, value in rest)}" if rest else key


def _cell(header: str, value: str, *, first: bool = False) -> str:
    if not header or _REMARK.fullmatch(header) or re.fullmatch(r"Column \d+", header):
        return value
    unit = _UNIT.match(header)
    name = unit[1] if unit and value[-1:].isdigit() else header
    shown = f"{name if first else _lower_first(name)} {value}"
    return f"{shown} {unit[2]}" if unit and value[-1:].isdigit() else shown


def _lower_first(text: str) -> str:
    """As within a sentence; abbreviations ("VAT") stay."""
    return text if text[1:2].isupper() or not text[1:2].isalpha() else text[:1].lower() + text[1:]


def said(text: str) -> str:
    """What is written in capitals throughout as it is written in a sentence; short words in capitals are left."""
    return text.capitalize() if text.isupper() and (" " in text or len(text) > 5) else text


def heading_text(heading: str) -> str:
    """A heading without its number and its capitals."""
    return said(_NUMBERING.sub("", heading).rstrip(" :."))


def _is_code(header: str, value: str) -> bool:
    return bool(_CODE_HEADER.fullmatch(header)) and (
        bool(_CODE.fullmatch(value)) or header.lower().startswith("column")
    )


def _is_empty(header: str, value: str) -> bool:
    return value.lower() in _EMPTY


def unit_text(unit: Unit, wanted: frozenset[int] | None = None) -> str:
    """A unit alone, without markup."""
    if unit.cells:
        few = wanted if words_of(unit.text) > ROW_WORDS else None
        return row_text(unit.cells, few)
    return said(_MARKUP.sub("", unit.text).strip())


def document_text(units: Sequence[Unit], texts: dict[int, str], prefixes: dict[int, str]) -> str:
    """
    What was chosen of one document, in its order.

    Args:
        texts: The text of each unit, by `id`.
        prefixes: A heading to put before a unit, by `id`.
    """
    parts: list[str] = []
    for lead, group in groupby(units, key=lambda unit: unit.lead if unit.kind != "sentence" else ""):
        pieces = list(group)
        if not lead or any(unit.text == lead for unit in units):
            parts.extend(_sentence(prefixes.get(id(unit), "") + texts[id(unit)]) for unit in pieces)
            continue
        listed = "; ".join(texts[id(unit)].rstrip(" .;") for unit in pieces)
        parts.append(_sentence(f"{prefixes.get(id(pieces[0]), '')}{lead} {listed}"))
    return " ".join(parts)


def _sentence(text: str) -> str:
    text = text.strip()
    if text and text[0].islower():
        text = text[0].upper() + text[1:]
    return text if text[-1:] in '.!?…:"”' else f"{text.rstrip(';,')}."


def framed(text: str, title: str, document_language: str, language: Language) -> str:
    """`text` with a native introduction where its document is in the other language."""
    frame = _FRAMES.get((language, document_language), "")
    return frame.format(title=title) + text
