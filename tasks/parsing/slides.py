"""PowerPoint files: a page a slide, in the order that people read it, with the speaker's notes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from innkeeper.schemas.knowledge import Block, BlockKind
from innkeeper.tasks.parsing.limits import check_zip
from innkeeper.tasks.parsing.reading import Reading
from innkeeper.tasks.parsing.tables import table_blocks

_SAME_HEIGHT_EMU = 300_000  # 8 mm: shapes side by side are read from left to right


def read(path: Path) -> Reading:
    """A slide deck as blocks."""
    check_zip(path, "PowerPoint file")
    from pptx import Presentation

    deck = Presentation(str(path))
    slides = list(deck.slides)
    reading = Reading(pages=len(slides), title=deck.core_properties.title or None)
    for page, slide in enumerate(slides, 1):
        if slide.element.get("show") == "0":
            reading.warnings.append(f"The hidden slide {page} was not read.")
            continue
        before = len(reading.blocks)
        reading.blocks.extend(_slide(slide, page))
        if len(reading.blocks) == before:
            reading.warnings.append(f"Slide {page} has no text (a picture?).")
    return reading


def _slide(slide: Any, page: int) -> Iterator[Block]:
    title = slide.shapes.title
    if title is not None and (text := _line(title.text_frame.text)):
        yield Block(kind=BlockKind.HEADING, level=1, text=text, page=page)
    for shape in _ordered(slide.shapes):
        if title is None or shape.shape_id != title.shape_id:
            yield from _shape(shape, page)
    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    if frame is not None and (text := _line(frame.text)):
        yield Block(kind=BlockKind.NOTE, text=text, page=page)


def _ordered(shapes: Any) -> list[Any]:
    return sorted(shapes, key=lambda shape: ((shape.top or 0) // _SAME_HEIGHT_EMU, shape.left or 0))


def _shape(shape: Any, page: int) -> Iterator[Block]:
    if getattr(shape, "shapes", None) is not None:  # a group
        for inner in _ordered(shape.shapes):
            yield from _shape(inner, page)
    elif getattr(shape, "has_table", False):
        yield from table_blocks([_cells(row) for row in shape.table.rows], page=page)
    elif shape.has_text_frame:
        paragraphs = [
            (each.level, _line("".join(run.text for run in each.runs) or each.text))
            for each in shape.text_frame.paragraphs
        ]
        several = sum(1 for _, text in paragraphs if text) > 1
        for level, text in paragraphs:
            if text:
                kind = BlockKind.LIST_ITEM if several else BlockKind.PARAGRAPH
                yield Block(kind=kind, level=level + 1 if several else 0, text=text, page=page)


def _cells(row: Any) -> list[str]:
    return ["" if cell.is_spanned else _line(cell.text_frame.text) for cell in row.cells]


def _line(text: str) -> str:
    return " ".join(text.replace("\v", " ").split())
