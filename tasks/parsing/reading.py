"""One file to blocks, by its kind. Runs in the reading process (`worker`)."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from itertools import takewhile
from pathlib import Path

from innkeeper.engine.injection import find_injections
from innkeeper.engine.text import clean
from innkeeper.schemas.errors import DocumentUnreadable
from innkeeper.schemas.knowledge import Block, BlockKind, DocumentMetadata, ParsedDocument
from innkeeper.tasks.parsing.limits import MAX_BLOCKS, MAX_CHARS
from innkeeper.tasks.parsing.metadata import document_metadata

_QUARANTINE_SHARE = 0.5
_MAX_WARNINGS = 30
_MAX_TITLE_LINES = 3  # the hotel's name, then what it is about


@dataclass
class Reading:
    """What a reader found in a file; `front_matter` is what the file says about itself."""

    blocks: list[Block] = field(default_factory=list)
    title: str | None = None
    pages: int | None = None
    warnings: list[str] = field(default_factory=list)
    front_matter: dict[str, object] = field(default_factory=dict)


# Module and what a manager calls such a file. Loaded when the first one is read.
_FORMATS = {
    ".md": ("markdown", "Markdown file"),
    ".markdown": ("markdown", "Markdown file"),
    ".txt": ("plain", "text file"),
    ".html": ("web", "web page"),
    ".htm": ("web", "web page"),
    ".docx": ("word", "Word document"),
    ".pdf": ("pdf", "PDF"),
    ".xlsx": ("workbook", "Excel workbook"),
    ".csv": ("plain", "CSV file"),
    ".tsv": ("plain", "CSV file"),
    ".pptx": ("slides", "PowerPoint file"),
    ".eml": ("mail", "e-mail"),
}
SUFFIXES = frozenset(_FORMATS)
_OLD = {".doc": "docx", ".xls": "xlsx", ".ppt": "pptx", ".rtf": "docx", ".odt": "docx", ".ods": "xlsx", ".odp": "pptx"}


def read_file(path: Path, relative: str, known: DocumentMetadata | None = None) -> ParsedDocument:
    """
    A checked file as a document; its language is left `und` unless it is stated.

    Args:
        path: The file.
        relative: Its path below the documents folder.
        known: What `manifest.yaml` says about it; wins over the file.

    Raises:
        DocumentUnreadable: For a reason that its message tells a hotel manager.
    """
    module, name = format_of(relative)
    reader: Callable[[Path], Reading] = import_module(f"innkeeper.tasks.parsing.{module}").read
    try:
        reading = reader(path)
    except DocumentUnreadable:
        raise
    except (MemoryError, RecursionError) as error:
        raise DocumentUnreadable(
            f"The {name} needs more memory than a document may take; split it.", reason="too_large"
        ) from error
    except Exception as error:  # whatever a library makes of a broken file
        raise DocumentUnreadable(
            f"The {name} is damaged ({type(error).__name__}); open it where it was written and save it again."
        ) from error
    blocks = _safe_blocks(reading, name)
    metadata = document_metadata(relative, blocks, reading.front_matter, known)
    return ParsedDocument(
        path=relative,
        title=metadata.title or _title(reading, blocks, relative),
        language=metadata.language or "und",
        blocks=tuple(blocks),
        pages=reading.pages,
        warnings=tuple(_at_most(reading.warnings)),
        metadata=metadata,
        content_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


def format_of(relative: str) -> tuple[str, str]:
    """The reader's module and the format's name; raises `DocumentUnreadable` for formats that are not read."""
    suffix = Path(relative).suffix.lower()
    if suffix in _OLD:
        raise DocumentUnreadable(f"{suffix} files are not read; save it as .{_OLD[suffix]}.", reason="unsupported")
    if suffix not in _FORMATS:
        known = ", ".join(sorted(each.lstrip(".") for each in _FORMATS))
        raise DocumentUnreadable(
            f"Files of the kind {suffix or 'without an extension'} are not read; these are: {known}.",
            reason="unsupported",
        )
    return _FORMATS[suffix]


def _safe_blocks(reading: Reading, name: str) -> list[Block]:
    """Blocks within the limits, without hidden letters and without orders to a model."""
    total = sum(len(block.text) for block in reading.blocks)
    if total > MAX_CHARS or len(reading.blocks) > MAX_BLOCKS:
        raise DocumentUnreadable(
            f"The {name} has {total:,} characters; at most {MAX_CHARS:,} are read. Split it.", reason="too_large"
        )
    kept: list[Block] = []
    flagged = 0
    for block in reading.blocks:
        found = find_injections(block.text)
        if any(each.kind != "hidden" for each in found):
            flagged += len(block.text)
            reading.warnings.append(f"{_place(block)}text that gives orders to an AI was left out.")
            continue
        if found:
            reading.warnings.append(f"{_place(block)}invisible characters were removed.")
        kept.extend(_cleaned(block))
    if flagged > _QUARANTINE_SHARE * max(1, total):
        raise DocumentUnreadable(
            f"Most of the {name} is text that gives orders to an AI; it was set aside. Look at who put it there.",
            reason="injection",
        )
    if not kept:
        raise DocumentUnreadable(_nothing(reading, name), reason="injection" if flagged else "no_text")
    return kept


def _nothing(reading: Reading, name: str) -> str:
    if reading.pages:
        return (
            f"The {name} has no text on its {reading.pages} page(s): probably a scan. Recognise its text (OCR) first,"
            " or give the original."
        )
    return f"The {name} has no text."


def _cleaned(block: Block) -> list[Block]:
    text = clean(block.text).strip()
    cells = {clean(key).strip() or key: clean(value).strip() for key, value in block.cells.items()}
    if text == block.text and cells == block.cells:
        return [block]
    return [block.model_copy(update={"text": text, "cells": cells})] if text else []


def _place(block: Block) -> str:
    if block.page:
        return f"Page {block.page}: "
    if block.sheet or block.row:
        return f"{block.sheet or 'Table'}, row {block.row}: "
    return ""


def _title(reading: Reading, blocks: list[Block], relative: str) -> str:
    if reading.title and clean(reading.title).strip():
        return " ".join(clean(reading.title).split())[:300]
    headings = [block for block in blocks[:20] if block.kind is BlockKind.HEADING]
    if headings:
        best = min(headings, key=lambda block: block.level)
        lines = takewhile(lambda b: b.kind is BlockKind.HEADING and b.level == best.level, blocks[blocks.index(best) :])
        return " – ".join(line.text for line in list(lines)[:_MAX_TITLE_LINES])[:300]
    return Path(relative).stem.replace("_", " ").replace("-", " ").strip() or relative


def _at_most(warnings: list[str]) -> list[str]:
    unique = list(dict.fromkeys(warnings))
    if len(unique) <= _MAX_WARNINGS:
        return unique
    return [*unique[:_MAX_WARNINGS], f"… and {len(unique) - _MAX_WARNINGS} more remarks."]
