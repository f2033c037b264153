"""Small Markdown (paragraphs, bold, emphasis, lists, headings) as plain text and as HTML for e-mail, of one parse."""

import html
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_FONT = "font-family:Arial,Helvetica,sans-serif;font-size:15px;line-height:1.6;color:#222222"
_STYLES = {
    "h2": "font-size:18px;line-height:1.4;margin:24px 0 8px 0",
    "p": "margin:0 0 12px 0",
    "ul": "margin:0 0 12px 0;padding-left:24px",
    "ol": "margin:0 0 12px 0;padding-left:24px",
    "li": "margin:0 0 4px 0",
}
_INLINE = {"strong_open": "<strong>", "strong_close": "</strong>", "em_open": "<em>", "em_close": "</em>"}


class Layout(NamedTuple):
    """A body in both forms; tokens of locked values are still in it. `html` is what stands inside of `<body>`."""

    text: str
    html: str


@lru_cache(maxsize=2_048)
def template_layout(markdown: str) -> Layout:
    """`layout` of a template's own words: they are the same for all guests, so they are parsed once."""
    return layout(markdown)


def layout(markdown: str) -> Layout:
    """
    Both forms of `markdown`; whatever it cannot do (HTML, links, images, tables, code) stays literal text.

    A line break in a paragraph stays one. There is one level of headings, however many signs are written.
    """
    writer = _Writer()
    for token in _parser().parse(markdown):
        writer.take(token)
    return Layout(writer.text.strip("\n"), "".join(writer.html))


def page(body: str, title: str, language: str) -> str:
    """
    A whole HTML document, well-formed as XML too, without any external resource.

    Args:
        body: Inner HTML.
        title: Plain text.
        language: BCP 47.
    """
    return (
        f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8"/><title>{html.escape(title)}</title>'
        f'</head><body style="margin:0;padding:24px"><div style="max-width:640px;margin:0 auto;{_FONT}">{body}</div>'
        "</body></html>\n"
    )


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("zero").enable(["heading", "list", "emphasis", "newline", "escape"])


class _Writer:
    """Text and HTML while the tokens of a parse go by."""

    def __init__(self) -> None:
        self.text = ""
        self.html: list[str] = []
        self._end = 0  # line behind the block that was written last
        self._lists: list[int | None] = []  # next number of each open list; none of bullets
        self._is_item = False  # the next line is the first of its item

    def take(self, token: "Token") -> None:
        """One token of the block level."""
        if token.type == "inline":
            self._inline(token)
        elif token.nesting:
            self._open(token) if token.nesting > 0 else self._close(token)

    def _open(self, token: "Token") -> None:
        if token.map and not token.hidden and token.type != "list_item_open":
            self._separate(token.map[0])
        if token.type.endswith("list_open"):
            start = token.attrGet("start")
            self._lists.append(int(start or 1) if token.tag == "ol" else None)
        self._is_item = self._is_item or token.type == "list_item_open"
        if not token.hidden:
            tag = "h2" if token.tag.startswith("h") else token.tag
            number = token.attrGet("start")
            extra = f' start="{number}"' if number else ""
            self.html.append(f'<{tag}{extra} style="{_STYLES[tag]}">')

    def _close(self, token: "Token") -> None:
        if token.type.endswith("list_close"):
            self._lists.pop()
        if not token.hidden:
            self.html.append(f"</{'h2' if token.tag.startswith('h') else token.tag}>")

    def _inline(self, token: "Token") -> None:
        if self._lists:
            self.text += ("" if self.text.endswith("\n") or not self.text else "\n") + self._mark()
        if token.map:
            self._end = token.map[1]
        for child in token.children or ():
            if child.type in {"softbreak", "hardbreak"}:
                self.text += "\n"
                self.html.append("<br/>")
            elif child.type in _INLINE:
                self.html.append(_INLINE[child.type])
            else:
                self.text += child.content
                self.html.append(html.escape(child.content))

    def _mark(self) -> str:
        """What stands before a line of a list: its bullet or number, or blanks under them."""
        indent = "  " * (len(self._lists) - 1)
        if not self._is_item:
            return f"{indent}  "
        self._is_item = False
        number = self._lists[-1]
        if number is None:
            return f"{indent}- "
        self._lists[-1] = number + 1
        return f"{indent}{number}. "

    def _separate(self, line: int) -> None:
        """A blank line where the source has one, or a line break."""
        if self.text:
            self.text = self.text.rstrip("\n") + ("\n" if line <= self._end else "\n\n")
