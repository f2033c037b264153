"""Column types for what log lines leave behind: any text fits, and every byte of a state comes back as it was."""

import hashlib
import json
import zlib
from typing import Any

from sqlalchemy import Dialect, LargeBinary, Text
from sqlalchemy.types import TypeDecorator

_FAST = 1  # zlib's level: states of some megabytes are written in every sweep
_HASH_CHARS = 24


class JsonText(TypeDecorator[Any]):
    """JSON as plain text. PostgreSQL's JSONB takes no NUL, which log lines may hold, and forgets the order of keys."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """ASCII: what a database could not store is escaped."""
        return None if value is None else json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """The value as it was written."""
        return None if value is None else json.loads(value)


class PackedJson(TypeDecorator[Any]):
    """Compressed JSON, for states that nobody queries: a tenth of the size, and the order of keys is kept."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """What the driver takes."""
        return None if value is None else zlib.compress(json.dumps(value, separators=(",", ":")).encode(), _FAST)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        """The value as it was written."""
        return None if value is None else json.loads(zlib.decompress(value))


def fitted(text: str, max_chars: int = 200) -> str:
    """
    `text` as a column of `max_chars` takes it on both databases.

    Different texts stay different: what is cut or replaced leaves a hash.
    """
    plain = text.replace("\x00", " ").encode("utf-8", "replace").decode()
    if plain == text and len(text) <= max_chars:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_CHARS]
    return f"{plain[: max_chars - _HASH_CHARS - 1]}~{digest}"


def short(text: str, max_chars: int = 300) -> str:
    """The same for a text that a person reads: it is cut."""
    return text.replace("\x00", " ").encode("utf-8", "replace").decode()[:max_chars]
