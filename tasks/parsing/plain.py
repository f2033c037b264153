"""Text and CSV files in whatever encoding they were saved."""

import csv
import io
import re
import unicodedata
from collections import Counter
from pathlib import Path

from innkeeper.engine.language import detect_language
from innkeeper.schemas.errors import DocumentUnreadable
from innkeeper.schemas.knowledge import Block, BlockKind
from innkeeper.tasks.parsing.limits import MAX_CHARS
from innkeeper.tasks.parsing.reading import Reading
from innkeeper.tasks.parsing.tables import table_blocks

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_BULLET = re.compile(r"\s*(?:[-*•·▪‣–]|\d{1,3}[.)]|[a-zđ][.)])\s+\S")
_UNDERLINE = re.compile(r"\s*([=\-_*~])\1{2,}\s*")
_DELIMITERS = ",;\t|"
_SNIFFED_LINES = 50


def read(path: Path) -> Reading:
    """A text file as paragraphs, list items and headings; a CSV file as rows."""
    reading = Reading()
    text = within_limit(decode(path.read_bytes(), reading.warnings))
    if path.suffix.lower() in {".csv", ".tsv"}:
        reading.blocks = table_blocks(_rows(text))
    else:
        reading.blocks = text_blocks(text)
    return reading


def decode(data: bytes, warnings: list[str], declared: str | None = None) -> str:
    """
    Bytes to text: by byte order mark, the declared encoding, UTF-8, else an old Windows code page with a warning.

    Raises:
        DocumentUnreadable: The bytes are no text.
    """
    for mark, marked in _BOMS:
        if data.startswith(mark):
            return _line_breaks(data.decode(marked, "replace"))
    for encoding in ("utf-8", declared):
        try:
            if encoding and "\x00" not in (text := data.decode(encoding)):
                return _line_breaks(text)
        except (UnicodeDecodeError, LookupError):
            continue
    zeros = data[:4_000].count(0)
    if zeros > len(data[:4_000]) / 5:  # UTF-16 without a mark: every second byte of English is 0
        little = data[1:4_000:2].count(0) >= data[0:4_000:2].count(0)
        text = data.decode("utf-16-le" if little else "utf-16-be", "replace")
        if sum(1 for char in text[:2_000] if char.isprintable() or char.isspace()) > 0.9 * len(text[:2_000]):
            warnings.append("The file does not say its encoding; it was read as UTF-16.")
            return _line_breaks(text)
    if zeros:
        raise DocumentUnreadable("The file is not text; its extension may be wrong.")
    return _line_breaks(_old_code_page(data, warnings))


def within_limit(text: str) -> str:
    """`text` itself, unless it is longer than a document may be."""
    if len(text) > MAX_CHARS:
        raise DocumentUnreadable(
            f"The file has {len(text):,} characters; at most {MAX_CHARS:,} are read. Split it.", reason="too_large"
        )
    return text


def text_blocks(text: str) -> list[Block]:
    """Blank lines part paragraphs; bullets and numbers are items; lines in capitals or underlined are headings."""
    blocks: list[Block] = []
    parts = [part for part in re.split(r"\n[ \t]*\n", text) if part.strip()]
    for number, part in enumerate(parts, 1):
        lines = [line for line in part.split("\n") if line.strip()]
        alone = len(lines) == 1 and number < len(parts)
        pending: list[str] = []
        for index, line in enumerate(lines):
            following = lines[index + 1] if index + 1 < len(lines) else ""
            if _UNDERLINE.fullmatch(line):
                continue
            heading = _is_heading(line, bool(_UNDERLINE.fullmatch(following)), alone)
            if (heading or _BULLET.match(line)) and pending:
                blocks.append(_text_block(pending))
                pending = []
            if heading:
                level = 1 if all(block.kind is BlockKind.HEADING for block in blocks) else 2
                blocks.append(Block(kind=BlockKind.HEADING, level=level, text=line.strip(" #=*:\t")))
            else:
                pending.append(line)
        if pending:
            blocks.append(_text_block(pending))
    return blocks


def _text_block(lines: list[str]) -> Block:
    text = " ".join(" ".join(lines).split())
    return Block(kind=BlockKind.LIST_ITEM, level=1, text=text) if _BULLET.match(lines[0]) else Block(text=text)


def _is_heading(line: str, underlined: bool, alone: bool) -> bool:
    line = line.strip()
    if not 3 <= len(line) <= 90 or not line.strip(" #=*:"):
        return False
    letters = [char for char in line if char.isalpha()]
    open_end = line[-1] not in ".,;!:"
    shouted = len(letters) >= 4 and all(char.isupper() for char in letters) and open_end
    titled = alone and open_end and len(line) <= 60 and bool(letters) and line[0].isalnum() and not line[0].islower()
    return underlined or shouted or titled or bool(re.match(r"#{1,6} \S", line))


def _old_code_page(data: bytes, warnings: list[str]) -> str:
    """Windows-1258 where that gives Vietnamese, else Windows-1252."""
    vietnamese = unicodedata.normalize("NFC", data.decode("cp1258", "replace"))
    if "\ufffd" not in vietnamese and detect_language(vietnamese[:20_000]) == "vi":
        warnings.append("The file is not in UTF-8; it was read as Windows-1258 (Vietnamese). Check its letters.")
        return vietnamese
    warnings.append("The file is not in UTF-8; it was read as Windows-1252. Check its letters.")
    return data.decode("cp1252", "replace")


def _line_breaks(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")


def _rows(text: str) -> list[list[str]]:
    csv.field_size_limit(MAX_CHARS)
    text = re.sub(r"\Asep=(.)\n", "", text)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))


def _delimiter(text: str) -> str:
    """The delimiter that cuts most lines into the same number of fields, more than one."""
    sample = "\n".join(text.split("\n")[: _SNIFFED_LINES * 2])

    def agreement(delimiter: str) -> tuple[float, int]:
        widths = [len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if row][:_SNIFFED_LINES]
        if not widths:
            return 0.0, 0
        width, count = Counter(widths).most_common(1)[0]
        return (count / len(widths), width) if width > 1 else (0.0, 0)

    return max(_DELIMITERS, key=agreement)
