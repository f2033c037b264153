"""Passages as what can be quoted of them: sentences, list items and table rows, each with what it stands under."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from innkeeper.engine.search.index import Hit
from innkeeper.engine.sentences import split_sentences

Cells = tuple[tuple[str, str], ...]

_CELL = re.compile(r"(?:^|; )([^:;]{1,80}?): ")
_ITEM = re.compile(r"^(?:[-–•*▪◦]|\(?\d{1,2}[.)]|[a-zđ]\))\s+")
_UNNAMED = re.compile(r"([^:;]{1,60}); (?=[^:;]{1,80}: )")  # a first cell whose column has no header
_GREETING = re.compile(
    r"(?:dear|hello|hi|kính gửi|kính thưa|thân gửi|chào)\b[^.:]{0,60}[.,:!]?|"
    r"(?:best |kind |warm )?regards\b.{0,60}|trân trọng\b.{0,60}|thân mến\b.{0,60}",
    re.IGNORECASE,
)
_HEADING_WORDS = 14


@dataclass(frozen=True, slots=True)
class Unit:
    """
    What is quoted or left.

    Attributes:
        text: As it stands in the passage, without its bullet.
        kind: `sentence`, `item` or `row`.
        cells: Of a row: header and value of each cell.
        lead: The sentence that introduces the list or table it is part of; may be empty.
        headings: What it stands under, outermost first, without the document's title.
        rank: Of its hit, from 0.
        place: In the passage, from 0.
        paragraph: Sentences with the same number belong together.
    """

    hit: Hit
    text: str
    kind: str
    rank: int
    place: int
    paragraph: int
    lead: str = ""
    headings: tuple[str, ...] = ()
    cells: Cells = field(default=())


def units_of(hit: Hit, rank: int) -> list[Unit]:
    """The units of a hit's passage, in reading order."""
    chunk = hit.chunk
    path = tuple(heading for heading in chunk.heading_path if heading != chunk.title)
    units: list[Unit] = []
    lead, inner = "", ""
    lines = [line for line in chunk.text.split("\n") if line.strip() and not _GREETING.fullmatch(line.strip())]
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        cells = _cells(line) if chunk.row_start is not None else ()
        if not cells and _is_heading(line, following):
            inner, lead = line, ""
            continue
        headings = (*path, inner) if inner else path
        for kind, text in _texts(line, cells):
            units.append(Unit(hit, text, kind, rank, len(units), number, lead, headings, cells))
            if kind == "sentence":
                lead = text if text.endswith(":") else ""
    return units


def _texts(line: str, cells: Cells) -> Iterator[tuple[str, str]]:
    if cells:
        yield "row", line
        return
    bare = _ITEM.sub("", line)
    if bare != line:
        yield "item", bare
        return
    yield from (("sentence", sentence) for sentence in split_sentences(line))


def _cells(line: str) -> Cells:
    """Header and value of each cell of a line that is a table row; empty for any other."""
    unnamed = _UNNAMED.match(line)
    begin = unnamed.end() - 2 if unnamed else 0
    starts = list(_CELL.finditer(line, begin))
    if len(starts) < (1 if unnamed else 2) or starts[0].start() != begin:
        return ()
    ends = [match.start() for match in starts[1:]] + [len(line)]
    cells = tuple((match[1].strip(), line[match.end() : end].strip()) for match, end in zip(starts, ends, strict=True))
    return (("", unnamed[1].strip()), *cells) if unnamed else cells


def _is_heading(line: str, following: str) -> bool:
    """A short line without an end that stands before another: merged sections keep their headings like this."""
    if not following or len(line.split()) > _HEADING_WORDS or _ITEM.match(line):
        return False
    if line.endswith("?"):
        return True
    return line[-1] not in ".!:;," and (
        following[-1] in ".!:" or bool(_ITEM.match(following)) or bool(_cells(following))
    )


def neighbours(units: Sequence[Unit], place: int) -> tuple[Unit | None, Unit | None]:
    """The units before and after one, of the same passage."""
    before = units[place - 1] if place else None
    after = units[place + 1] if place + 1 < len(units) else None
    return before, after
