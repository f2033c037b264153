"""
Locked placeholders: values that no Markdown, no HTML and no model can change.

While a message is made, each value is an opaque token, `U+E000 number U+E001`. A model sees `[[name]]` instead. Only at
the very end the values themselves take the tokens' places: as they are in text, escaped in HTML.
"""

import html
import re
import unicodedata
from collections.abc import Mapping

OPEN, CLOSE = "\ue000", "\ue001"
TOKEN = re.compile(f"{OPEN}(\\d+){CLOSE}")
NAMED = re.compile(r"\[\[([a-z][a-z0-9_]*)\]\]")
_RIGHT_TO_LEFT = frozenset(("R", "AL", "AN"))


class Locks:
    """The locked values of one message, in order of first use."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.texts: list[str] = []
        self._places: dict[tuple[str, str], int] = {}
        self._counts: dict[str, int] = {}

    def lock(self, name: str, text: str) -> str:
        """
        The token of a value; the same for the same text under the same name.

        Args:
            name: What a model reads between [[ and ]]; a second text of that name becomes `name_2`.
            text: One line.
        """
        place = self._places.get((name, text))
        if place is None:
            place = self._places[name, text] = len(self.texts)
            count = self._counts[name] = self._counts.get(name, 0) + 1
            self.names.append(name if count == 1 else f"{name}_{count}")
            self.texts.append(text)
        return f"{OPEN}{place}{CLOSE}"

    def by_token(self) -> Mapping[str, tuple[str, str]]:
        """Each token's name and text."""
        pairs = zip(self.names, self.texts, strict=True)
        return {f"{OPEN}{place}{CLOSE}": pair for place, pair in enumerate(pairs)}


def filled(skeleton: str, texts: list[str] | tuple[str, ...]) -> str:
    """`skeleton` with the values themselves, for plain text."""
    return TOKEN.sub(lambda match: texts[int(match[1])], skeleton)


def filled_html(skeleton: str, texts: list[str] | tuple[str, ...]) -> str:
    """`skeleton` with escaped values; one that is written from right to left is kept apart from what surrounds it."""
    return TOKEN.sub(lambda match: _escaped(texts[int(match[1])]), skeleton)


def _escaped(text: str) -> str:
    escaped = html.escape(text)
    if not text.isascii() and any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in text):
        return f"<bdi>{escaped}</bdi>"
    return escaped
