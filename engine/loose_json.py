"""Almost-JSON, as models write it, where it has one reading only: comments, trailing commas, other quotes, bare keys.

Whatever has two readings is a `Malformed`: a value that is cut off, text between a string and the next comma, two
members without a comma whose border is unclear, an escape that JSON does not know.
"""

import json
import math
import re
from collections.abc import Callable
from typing import Any, NoReturn

MAX_DEPTH = 100  # brackets inside brackets; an answer has five

_SPACE = re.compile(r"\s*")
_LINE_COMMENT = re.compile(r"(?://|#)[^\n]*")
_PLAIN = {'"': re.compile(r'[^"\\]*'), "'": re.compile(r"[^'\\]*")}
_ESCAPE = re.compile(r"\\(?:([\"'\\/bfnrt])|u([0-9a-fA-F]{4}))")
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_BARE_KEY = re.compile(r"(?:[^\W\d]|\$)[\w$-]*|0(?!\d)|[1-9][0-9]*+")
_NUMBER = re.compile(  # possessive, so that no run of digits is tried twice
    r"[+-]?(?:(?:0|[1-9][0-9]*+(?:_[0-9]++)*+)(?:\.[0-9]*+)?+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?+(?![\w.])"
)
_WORD = re.compile(r"[^\W\d]\w*")
_LITERALS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "None", "Null", "NULL"), None),
}
_NO_KEYS = {*_LITERALS, "undefined", "NaN", "Infinity"}


class Malformed(ValueError):
    """There is no single reading. `what` says why, `at` where (an offset in characters)."""

    def __init__(self, what: str, at: int) -> None:
        super().__init__(what, at)
        self.what, self.at = what, at


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of `pairs`; `Malformed` when a key has two different values."""
    found = dict(pairs)
    if len(found) != len(pairs):
        for key, value in pairs:
            if not same(found[key], value):
                raise Malformed(f"the key {shown(key)} stands twice in one object, with different values", -1)
    return found


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal; unlike Python, `1` and `true` are not."""
    return one is other or json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def shown(key: object) -> str:
    """A key as a message may show it: what a schema could name, nothing that a guest could have written."""
    return f"`{key}`" if re.fullmatch(r"[A-Za-z_]\w{0,39}", str(key), re.ASCII) else "of unusual spelling"


def finite(digits: str) -> float:
    """A number with a fraction or an exponent; `Malformed` when it is too large for a float."""
    number = float(digits)
    if not math.isfinite(number):
        raise Malformed("a number is too large", -1)
    return number


def read_loosely(text: str, start: int, end: int) -> tuple[Any, int]:
    """
    The one object or array that begins at `start`.

    Args:
        text: What the model wrote.
        start: Offset of `{` or `[`.
        end: Where the text ends for the reader; a single bracket may be missing there.

    Returns:
        The value and the offset behind it.

    Raises:
        Malformed: There is no single reading.
    """
    reader = _Reader(text, start, end)
    value = reader.container(1)
    return value, reader.at


class _Reader:
    """A position in a text. Every method leaves it behind what was read; each character is looked at a few times."""

    def __init__(self, text: str, at: int, end: int) -> None:
        self.text, self.at, self.end = text, at, end
        self.closed_at_end = False

    def container(self, depth: int) -> Any:
        """An object or an array."""
        if depth > MAX_DEPTH:
            self._fail(f"there are more than {MAX_DEPTH} brackets inside each other")
        start = self.at
        self.at += 1
        read: Callable[[int], Any] = self._object if self.text[start] == "{" else self._array
        return read(depth)

    def _object(self, depth: int) -> dict[str, Any]:
        start, pairs = self.at, list[tuple[str, Any]]()
        while self._peek() != "}":
            if pairs and self._closes_early(start, "}", before=pairs[-1][1]):
                break
            if pairs:
                self._comma_or_next_key()
                if self._peek() == "}":
                    break
            key = self._key()
            if self._peek() != ":":
                self._fail("a colon is missing after a key")
            self.at += 1
            pairs.append((key, self._value(depth)))
        self._close()
        try:
            return unique(pairs)
        except Malformed as error:
            raise Malformed(error.what, start) from None

    def _array(self, depth: int) -> list[Any]:
        start, values = self.at, list[Any]()
        while self._peek() != "]":
            if values and self._closes_early(start, "]", before=values[-1]):
                break
            if values and self._peek() == ",":
                self.at += 1
                if self._peek() == "]":
                    break
            elif values and not (self._peek() == "{" and isinstance(values[-1], dict)):
                self._fail("a comma is missing between two values")
            values.append(self._value(depth))
        self._close()
        return values

    def _closes_early(self, start: int, bracket: str, *, before: Any) -> bool:
        """
        Whether the text ends here, with only this bracket missing.

        A number at the end may have lost digits, and two brackets that are missing mean that more is missing.
        """
        if self._peek():
            return False
        number = isinstance(before, int | float) and not isinstance(before, bool)
        if self.closed_at_end or number:
            self._fail("the answer is cut off")
        self.closed_at_end = True
        return True

    def _close(self) -> None:
        self.at = min(self.at + 1, self.end)

    def _comma_or_next_key(self) -> None:
        before = self.at
        if self._peek() == ",":
            self.at += 1
        elif not (self._peek() in ('"', "'") and self.text[before - 1].isspace()):
            self._fail("a comma is missing, or a quotation mark inside a string has no backslash")

    def _key(self) -> str:
        char = self._peek()
        if char in ('"', "'"):
            return self._string(char)
        match = _BARE_KEY.match(self.text, self.at, self.end)
        if match is None or match.group() in _NO_KEYS:
            self._fail("a key is expected" if char else "the answer is cut off")
        self.at = match.end()
        return match.group()

    def _value(self, depth: int) -> Any:
        char = self._peek()
        if char in ("{", "["):
            return self.container(depth + 1)
        if char in ('"', "'"):
            return self._string(char)
        if match := _NUMBER.match(self.text, self.at, self.end):
            self.at = match.end()
            return self._number(match.group().replace("_", ""))
        if (match := _WORD.match(self.text, self.at, self.end)) and match.group() in _LITERALS:
            self.at = match.end()
            return _LITERALS[match.group()]
        return self._fail("a value is expected" if char else "the answer is cut off")

    def _number(self, digits: str) -> int | float:
        try:
            return finite(digits) if set(digits) & set(".eE") else int(digits)
        except Malformed as error:
            self._fail(error.what)
        except ValueError:
            self._fail("a number has too many digits")

    def _string(self, quote: str) -> str:
        """A string, its raw line breaks kept as line breaks."""
        start, parts = self.at, list[str]()
        self.at += 1
        while True:
            plain = _PLAIN[quote].match(self.text, self.at, self.end)
            parts.append(plain.group() if plain else "")
            self.at = plain.end() if plain else self.at
            if self.at >= self.end:
                self._fail("a string never ends", start)
            if self.text[self.at] == quote:
                self.at += 1
                return "".join(parts)
            parts.append(self._escape())

    def _escape(self) -> str:
        match = _ESCAPE.match(self.text, self.at, self.end)
        if match is None:
            self._fail("a backslash in a string stands before a character that needs none")
        self.at = match.end()
        letter, code = match.groups()
        if letter:
            return _ESCAPED.get(letter, letter)
        pair = _ESCAPE.match(self.text, self.at, self.end)
        if 0xD800 <= int(code, 16) < 0xDC00 and pair and pair.group(2) and 0xDC00 <= int(pair.group(2), 16) < 0xE000:
            self.at = pair.end()
            return chr(0x10000 + (int(code, 16) - 0xD800) * 0x400 + int(pair.group(2), 16) - 0xDC00)
        return chr(int(code, 16))

    def _peek(self) -> str:
        """The next character that is no space and no comment; empty at the end."""
        while True:
            space = _SPACE.match(self.text, self.at, self.end)
            self.at = space.end() if space else self.at
            if self.at >= self.end:
                return ""
            if not self.text.startswith(("//", "/*", "#"), self.at):
                return self.text[self.at]
            self._skip_comment()

    def _skip_comment(self) -> None:
        if self.text.startswith("/*", self.at):
            end = self.text.find("*/", self.at + 2, self.end)
            if end < 0:
                self._fail("a comment never ends")
            self.at = end + 2
            return
        comment = _LINE_COMMENT.match(self.text, self.at, self.end)
        end = comment.end() if comment else self.end
        if end >= self.end:
            self._fail("a comment takes the rest of the answer")
        self.at = end

    def _fail(self, what: str, at: int | None = None) -> NoReturn:
        raise Malformed(what, self.at if at is None else at)
