"""A document's blocks as chunks: along its headings, whole sentences, rows with their headers."""

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from innkeeper.engine.language import SUPPORTED, detect_language
from innkeeper.engine.sentences import count_tokens, split_long, split_sentences
from innkeeper.schemas.knowledge import Block, BlockKind, Chunk, ParsedDocument

MAX_TOKENS = 350  # of a chunk's text; with title and headings it stays below the 512 that the embedder reads
_TARGET_TOKENS = 220  # where a chunk is closed at the next paragraph
_ROWS_TOKENS = 200
_SMALL_TOKENS = 40  # a section that is merged with its neighbour
_MERGED_TOKENS = 160
_NAMESPACE = uuid.UUID("6f0b1c8e-2f1d-5d0a-9b53-1a7f0c9e4d21")


@dataclass(frozen=True)
class _Unit:
    """What is never cut: a sentence, a row, a line of code. `opens` a new paragraph, else it goes on with the last."""

    text: str
    tokens: int
    block: Block
    opens: bool


@dataclass
class _Draft:
    """A chunk in the making."""

    path: tuple[str, ...]
    units: list[_Unit] = field(default_factory=list)
    text: str = ""
    tokens: int = 0

    def add(self, unit: _Unit) -> None:
        separator = ("\n" if unit.opens else " ") if self.text else ""
        self.text += separator + unit.text
        self.tokens += unit.tokens
        self.units.append(unit)


def chunk_document(document: ParsedDocument, *, collection: str = "hotel") -> list[Chunk]:
    """
    Cut a document into chunks of at most `MAX_TOKENS` tokens (by estimate), in reading order.

    Sections are kept apart along their headings, small neighbours of one parent are merged. A sentence is cut only
    where it alone is above the limit, and then between clauses; a row between cells. Rows of one table are grouped up
    to about 200 tokens. The same document gives the same ids, whatever else is indexed.
    """
    drafts = [draft for path, blocks in _sections(document.blocks) for draft in _pack(path, blocks)]
    return [_chunk(document, collection, index, draft) for index, draft in enumerate(_merged(drafts))]


def _sections(blocks: Sequence[Block]) -> Iterator[tuple[tuple[str, ...], list[Block]]]:
    """Heading path and blocks of each section; a heading with nothing below it is a section of its own words."""
    stack: list[Block] = []
    held: list[Block] = []
    for block in blocks:
        if block.kind is not BlockKind.HEADING:
            held.append(block)
            continue
        if held:
            yield tuple(each.text for each in stack), held
        elif stack and block.level <= stack[-1].level:
            yield tuple(each.text for each in stack[:-1]), [stack[-1]]
        held = []
        stack = [each for each in stack if each.level < block.level]
        stack.append(block)
    if held:
        yield tuple(each.text for each in stack), held
    elif stack:
        yield tuple(each.text for each in stack[:-1]), [stack[-1]]


def _pack(path: tuple[str, ...], blocks: list[Block]) -> list[_Draft]:
    """Fill drafts with units; a short rest goes to the last draft of the section."""
    drafts: list[_Draft] = []
    draft = _Draft(path)
    for block in blocks:
        units = _units(block)
        whole = sum(unit.tokens for unit in units)
        if draft.units and (_new_table(draft, block) or _full(draft, block, whole)):
            drafts.append(draft)
            draft = _Draft(path)
        for unit in units:
            if draft.units and draft.tokens + unit.tokens > MAX_TOKENS:
                drafts.append(draft)
                draft = _Draft(path)
            draft.add(unit)
    short = bool(drafts) and draft.tokens < _SMALL_TOKENS and drafts[-1].tokens + draft.tokens <= MAX_TOKENS
    if not short or _new_table(drafts[-1], draft.units[0].block):
        return [*drafts, draft]
    for unit in draft.units:
        drafts[-1].add(unit)
    return drafts


def _full(draft: _Draft, block: Block, tokens: int) -> bool:
    return draft.tokens + tokens > (_ROWS_TOKENS if block.kind is BlockKind.TABLE_ROW else _TARGET_TOKENS)


def _new_table(draft: _Draft, block: Block) -> bool:
    """Whether a row begins another table than the one whose rows the draft has; row ranges would make no sense."""
    rows = [unit.block for unit in draft.units if unit.block.row]
    if not rows or not block.row:
        return False
    last = rows[-1]
    return block.sheet != last.sheet or (last.row or 0) > block.row or (last.row == block.row and last is not block)


def _units(block: Block) -> list[_Unit]:
    if block.kind is BlockKind.TABLE_ROW:
        texts = _row_parts(block)
    elif block.kind is BlockKind.CODE:
        texts = [part for line in block.text.split("\n") if line.strip() for part in split_long(line, MAX_TOKENS)]
    else:
        texts = [part for sentence in split_sentences(block.text) for part in split_long(sentence, MAX_TOKENS)]
    lines = block.kind in {BlockKind.TABLE_ROW, BlockKind.CODE}
    return [_Unit(text, count_tokens(text), block, lines or index == 0) for index, text in enumerate(texts)]


def _row_parts(block: Block) -> list[str]:
    """A row, or where it is too long several: each with the row's first cell, so that it says what it is about."""
    if count_tokens(block.text) <= MAX_TOKENS:
        return [block.text]
    cells = [f"{name}: {value}" for name, value in block.cells.items()] or [block.text]
    key = cells[0] if len(cells) > 1 and count_tokens(cells[0]) <= _SMALL_TOKENS else ""
    limit = MAX_TOKENS - (count_tokens(key) + 2 if key else 0)
    parts: list[str] = []
    held, size = "", 0
    for piece in (piece for cell in (cells[1:] if key else cells) for piece in split_long(cell, limit)):
        cost = count_tokens(piece)
        if held and size + cost > limit:
            parts.append(held)
            held, size = "", 0
        held = f"{held}; {piece}" if held else piece
        size += cost
    return [f"{key}; {part}" if key else part for part in [*parts, held]]


def _merged(drafts: list[_Draft]) -> list[_Draft]:
    """Join small sections with their neighbour under one parent; their headings then stand in the text."""
    merged: list[_Draft] = []
    for draft in drafts:
        last = merged[-1] if merged else None
        parent = _parent(last.path, draft.path) if last else None
        if last and parent is not None and _mergeable(last, draft):
            merged[-1] = _join(last, draft, parent)
        else:
            merged.append(draft)
    return merged


def _parent(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...] | None:
    """The path that two sections share, if one holds the other or both have the same parent; else none."""
    if first == second:
        return None  # parts of one section were cut for their size
    if second[: len(first)] == first and len(second) == len(first) + 1:
        return first
    return first[:-1] if first[:-1] == second[:-1] and len(first) > 1 else None


def _mergeable(first: _Draft, second: _Draft) -> bool:
    small = min(first.tokens, second.tokens) < _SMALL_TOKENS
    return small and first.tokens + second.tokens <= _MERGED_TOKENS and not _new_table(first, second.units[0].block)


def _join(first: _Draft, second: _Draft, parent: tuple[str, ...]) -> _Draft:
    # with the headings that the path no longer has
    text = "\n".join("\n".join([*draft.path[len(parent) :], draft.text]) for draft in (first, second))
    return replace(first, path=parent, units=first.units + second.units, text=text, tokens=count_tokens(text))


def _chunk(document: ParsedDocument, collection: str, index: int, draft: _Draft) -> Chunk:
    blocks = [unit.block for unit in draft.units]
    pages = [block.page for block in blocks if block.page]
    rows = [block.row for block in blocks if block.row and block.kind is BlockKind.TABLE_ROW]
    sha256 = hashlib.sha256(draft.text.encode("utf-8", "replace")).hexdigest()
    return Chunk(
        id=str(uuid.uuid5(_NAMESPACE, "\x00".join((collection, document.path, str(index), sha256)))),
        document=document.path,
        title=document.title,
        text=draft.text,
        heading_path=draft.path,
        page=min(pages, default=None),
        page_end=max(pages, default=None),
        sheet=next((block.sheet for block in blocks if block.sheet), None),
        row_start=min(rows, default=None),
        row_end=max(rows, default=None),
        language=_language(draft.text, document.language),
        section=document.metadata.section,
        audience=document.metadata.audience,
        effective_date=document.metadata.effective_date,
        superseded_by=document.metadata.superseded_by,
        index=index,
        content_sha256=sha256,
    )


def _language(text: str, of_document: str) -> str:
    """The chunk's own language; a few names and numbers are in the document's."""
    found = detect_language(text, of_document)
    doubtful = found not in SUPPORTED and of_document in SUPPORTED and count_tokens(text) < _SMALL_TOKENS
    return of_document if doubtful else found
