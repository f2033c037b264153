"""Data in a prompt: inside a fence it cannot leave, without characters that a person would not see."""

import json
import re
import unicodedata
from typing import Any

from pydantic_core import to_jsonable_python

# Controls, zero-width and bidirectional marks, fillers, tags, variation selectors and lone surrogates: all can hide
# text. Line breaks and tabs stay.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_NAME = re.compile(r"[a-z][a-z_]{0,39}")
# After JSON's own escapes no tag can open or close inside a fence, and no line can break.
_ESCAPED = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>\u2028\u2029"})


class Fenced(str):
    """Text that `fenced` made; the only text that a prompt's `user` block may hold besides its own words."""

    __slots__ = ()


def fenced(value: Any, name: str, nonce: str) -> Fenced:
    """
    `value` as JSON on one line, between two tags that carry `nonce`.

    Args:
        value: Text, or anything that pydantic can turn into JSON; its strings are cleaned.
        name: Of the tag: lower-case letters and underscores.
        nonce: What nobody who wrote `value` can know.

    Raises:
        ValueError: `name` is no tag name.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a fence; use lower-case letters and underscores")
    written = json.dumps(_cleaned(to_jsonable_python(value)), ensure_ascii=False).translate(_ESCAPED)
    return Fenced(f'<{name} id="{nonce}">\n{written}\n</{name} id="{nonce}">')


def visible(text: str) -> str:
    """NFC form of `text` without the characters that a reader cannot see."""
    if not text.isascii():  # both halves of a UTF-16 pair become their character
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = _UNSEEN.sub("", text)  # first: a mark between a letter and its accent keeps them apart
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {visible(str(key)): _cleaned(each) for key, each in value.items()}
    return [_cleaned(each) for each in value] if isinstance(value, list) else value
