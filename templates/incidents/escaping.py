"""Text in Markdown that stays text: it formats nothing, links nowhere, calls nobody, and stays in its table cell."""

import re
import unicodedata

_CODE_INDENT = " " * 7  # within an item of a numbered list
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;", ":": "&#58;", ".": "&#46;"}
# Entities and backslashes are read by every renderer alike; signs that mean nothing where they stand are left alone.
_MEANS = re.compile(
    r"(?P<entity>[&<>@]|:(?=//)|(?<=\bwww)\.)"
    r"|(?P<sign>[\\`*\[\]|~]|(?<![^\W_])_|_(?![^\W_])|^#|^[+=-](?=\s|[+=-]|$)|(?<=^\d)[.)]|(?<=^\d\d)[.)])",
    re.IGNORECASE,
)


class Markdown(str):
    """Markdown that this package wrote itself."""

    __slots__ = ()


def escaped(value: object) -> Markdown:
    """A value as Markdown that shows exactly it, on one line."""
    return Markdown(_MEANS.sub(_harmless, visible_line(str(value))))


def code(value: object) -> Markdown:
    """A value as inline code, also in a table; a backtick in it becomes an apostrophe, a bar a broken one."""
    text = visible_line(str(value)).replace("`", "'").replace("|", "¦")
    return Markdown(f"`{text}`" if text else "")


def code_block(value: object) -> Markdown:
    """A value as a block of code of a numbered item, indented, so that no fence in it can end the block."""
    return Markdown(f"{_CODE_INDENT}{visible_line(str(value))}")


def visible_line(text: str) -> str:
    """`text` on one line, without control and invisible characters."""
    kept = "".join(" " if char.isspace() else char for char in text if char.isspace() or _is_visible(char))
    return " ".join(kept.split())


def _harmless(match: re.Match[str]) -> str:
    return _ENTITIES[match[0]] if match["entity"] else f"\\{match[0]}"


def _is_visible(char: str) -> bool:
    return unicodedata.category(char)[0] != "C"
