"""Values that stand in messages to guests: on one line, without characters that a reader does not see."""

import unicodedata
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints

_JOINERS = "\u200c\u200d"  # of Persian letters and of emoji: the only invisible characters that a reader needs
_UNSEEN = frozenset(
    ("Cc", "Cf", "Co", "Cs")
)  # controls, bidirectional and zero-width marks, private use, half characters
_OPEN_ENDS = ".!?…:;,"


class Words(str):
    """Words of the language ("Dear Mr.", "Quý khách"), not a value: a model that rephrases a message may move them."""


class GuestTitle(StrEnum):
    """How the guest is addressed, where somebody recorded it."""

    MR = "mr"
    MRS = "mrs"
    MS = "ms"
    MX = "mx"
    DR = "dr"
    ANH = "anh"
    CHI = "chi"
    ONG = "ong"
    BA = "ba"
    CO = "co"
    CHU = "chu"
    BAC = "bac"


def visible(text: str) -> str:
    """NFC form of `text` without characters that hide, reorder or break it; any white space is one plain space."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    kept = "".join(" " if char.isspace() else char for char in unicodedata.normalize("NFC", text) if _is_seen(char))
    # again: what was taken out may have kept a letter and its accent apart
    return " ".join(unicodedata.normalize("NFC", kept).split()).strip(f"{_JOINERS} ")


def _is_seen(char: str) -> bool:
    if char in _JOINERS or char.isspace():
        return True
    return (
        unicodedata.category(char) not in _UNSEEN and ord(char) & 0xFFFE != 0xFFFE and not 0xFDD0 <= ord(char) < 0xFDF0
    )


def _one_line(value: Any) -> Any:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        value = f"{value}"
    return visible(value) if isinstance(value, str) else value


def _joined_lines(value: Any) -> Any:
    if not isinstance(value, str):
        return _one_line(value)
    lines = [line for line in map(visible, value.splitlines()) if line]
    ended = [line if line.endswith(tuple(_OPEN_ENDS)) else f"{line};" for line in lines[:-1]]
    return " ".join([*ended, *lines[-1:]])


def _title(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    plain = unicodedata.normalize("NFD", value.strip().rstrip(".").lower())
    return "".join(char for char in plain if not unicodedata.combining(char)) or None


def _none_when_empty(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


OneLine = Annotated[str, StringConstraints(min_length=1, max_length=200), BeforeValidator(_one_line)]
# Its lines become clauses of one line, so that a value cannot look like a part of the letter.
Clauses = Annotated[str, StringConstraints(min_length=1, max_length=2_000), BeforeValidator(_joined_lines)]
Title = Annotated[GuestTitle | None, BeforeValidator(_title)]
Money = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=3)]
Percent = Annotated[Decimal, Field(gt=0, le=100, max_digits=6, decimal_places=3)]
Minutes = Annotated[int, Field(ge=1, le=7 * 24 * 60)]
OptionalLine = Annotated[OneLine | None, BeforeValidator(_none_when_empty)]
OptionalClauses = Annotated[Clauses | None, BeforeValidator(_none_when_empty)]
