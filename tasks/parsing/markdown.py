"""Markdown files: front matter, headings, lists, tables as rows, code."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from innkeeper.schemas.knowledge import Block, BlockKind
from innkeeper.tasks.parsing.plain import decode, within_limit
from innkeeper.tasks.parsing.reading import Reading
from innkeeper.tasks.parsing.tables import table_blocks
from innkeeper.tasks.parsing.web import html_blocks

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_UNCLOSED = re.compile(r"\A\s*---[ \t]*\n((?:[A-Za-z][\w -]{0,40}:.*(?:\n|\Z))+)")
_MAX_FRONT_MATTER_CHARS = 20_000
_LINE = re.compile(r"^([A-Za-z][\w -]{0,40}):[ \t]*(.*(?:\n[ \t]*- .*)*)$", re.MULTILINE)


def read(path: Path) -> Reading:
    """A Markdown file as blocks."""
    reading = Reading()
    text = _front_matter(within_limit(decode(path.read_bytes(), reading.warnings)), reading)
    reading.blocks = markdown_blocks(text, reading.warnings)
    title = reading.front_matter.get("title")
    reading.title = title if isinstance(title, str) else None
    return reading


def markdown_blocks(text: str, warnings: list[str]) -> list[Block]:
    """CommonMark with tables as blocks; HTML inside is read as a web page would be."""
    from markdown_it import MarkdownIt

    builder = _Builder(warnings)
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.nesting == 1:
            builder.open(token)
        elif token.nesting == -1:
            builder.close(token)
        else:
            builder.add(token)
    return builder.blocks


class _Builder:
    """Gathers blocks from a stream of tokens."""

    def __init__(self, warnings: list[str]) -> None:
        self.blocks: list[Block] = []
        self._warnings = warnings
        self._open: list[str] = []
        self._rows: list[list[str]] = []
        self._lists: list[int] = []  # the last number of each open list; -1: bullets
        self._level, self._mark = 0, ""

    def open(self, token: "Token") -> None:
        self._open.append(token.type)
        if token.type == "ordered_list_open":
            self._lists.append(int(token.attrs.get("start", 1)) - 1)
        elif token.type == "bullet_list_open":
            self._lists.append(-1)
        elif token.type == "list_item_open":
            self._lists[-1] += self._lists[-1] >= 0
            self._mark = f"{self._lists[-1]}. " if self._lists[-1] >= 0 else "- "
        elif token.type == "heading_open":
            self._level = int(token.tag[1])
        elif token.type == "tr_open":
            self._rows.append([])

    def close(self, token: "Token") -> None:
        self._open.pop()
        if token.type.endswith("_list_close"):
            self._lists.pop()
        elif token.type == "table_close":
            self.blocks.extend(table_blocks(self._rows, header=0 if any(self._rows[0]) else None))
            self._rows = []

    def add(self, token: "Token") -> None:
        if token.type == "inline" and self._rows:
            self._rows[-1].append(_inline(token))
        elif token.type == "inline" and (text := _inline(token)):
            self._text(text)
        elif token.type in {"fence", "code_block"} and token.content.strip():
            self.blocks.append(Block(kind=BlockKind.CODE, text=token.content.strip("\n")))
        elif token.type == "html_block":
            self.blocks.extend(html_blocks(token.content, self._warnings))

    def _text(self, text: str) -> None:
        if "heading_open" in self._open:
            self.blocks.append(Block(kind=BlockKind.HEADING, level=self._level, text=text))
        elif "list_item_open" in self._open:
            self.blocks.append(Block(kind=BlockKind.LIST_ITEM, level=len(self._lists), text=self._mark + text))
            self._mark = ""  # the item's next paragraph has none
        else:
            self.blocks.append(Block(text=text))


def _inline(token: "Token") -> str:
    parts: list[str] = []
    for child in token.children or []:
        if child.type in {"text", "code_inline"}:
            parts.append(child.content)
        elif child.type in {"softbreak", "hardbreak"}:
            parts.append(" ")
        elif child.type == "image":
            parts.append(child.content)
        elif child.type == "html_inline" and child.content.lower().startswith("<br"):
            parts.append(" ")
    return " ".join("".join(parts).split())


def _front_matter(text: str, reading: Reading) -> str:
    match = _FRONT_MATTER.match(text)
    if not match and (unclosed := _UNCLOSED.match(text)):  # it counts, and stays in the text lest any is lost
        reading.front_matter = _line_by_line(unclosed[1])
    if not match or len(match[1]) > _MAX_FRONT_MATTER_CHARS:
        return text
    import yaml

    try:
        found = yaml.safe_load(match[1])
    except (yaml.YAMLError, ValueError):
        reading.warnings.append("The lines between --- at the top are not valid YAML; they were read one by one.")
        found = _line_by_line(match[1])
    if not isinstance(found, dict):
        return text
    reading.front_matter = {str(key): value for key, value in found.items()}
    return text[match.end() :]


def _line_by_line(lines: str) -> dict[str, object]:
    """What broken YAML still says: `title: Safe: the code` must not make a document public that names its audience."""
    return {
        key: [item.strip(" -'\"") for item in value.splitlines() if item.strip()]
        if "\n" in value
        else value.strip(" '\"[]")
        for key, value in _LINE.findall(lines)
    }
