"""Guest messages from a JSONL file: every line is answered, a bad one with its problem."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.routing import GuestMessage

MAX_LINE_BYTES = 262_144

Identifier = str | int | float | None


def parse_lines(lines: Iterable[bytes]) -> Iterator[tuple[int, Identifier, GuestMessage | str]]:
    """
    Read JSONL, one message a line; blank lines are passed over.

    Yields:
        (line number from 1, the line's `id` as it was written, the message or what is wrong with the line).
        The id is `None` when there is none, or when it is neither text nor a number.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            identifier, parsed = _parsed(line)
            yield number, identifier, parsed


def read_messages(path: Path) -> list[tuple[int, GuestMessage | str]]:
    """
    Every line of a JSONL file as (line number, the message or what is wrong with the line), in order.

    Raises:
        InputInvalid: The file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return [(number, parsed) for number, _, parsed in parse_lines(file)]
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        raise InputInvalid(f"{str(path)!r} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def parse_message(record: GuestMessage | dict[str, Any]) -> GuestMessage | str:
    """The message that `record` is, or what is wrong with it."""
    try:
        return GuestMessage.model_validate(record)
    except ValidationError as error:
        return problems_of(error)


def problems_of(error: ValidationError) -> str:
    """What is wrong, field by field, without the values: they are a guest's words."""
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_input=False))


def _parsed(line: bytes) -> tuple[Identifier, GuestMessage | str]:
    record = _record(line)
    if isinstance(record, str):
        return None, record
    identifier = record.get("id")
    if isinstance(identifier, bool) or not isinstance(identifier, str | int | float):
        identifier = None
    elif isinstance(identifier, int):
        record = record | {"id": str(identifier)}
    return identifier, parse_message(record)


def _record(line: bytes) -> dict[str, Any] | str:
    """The line's JSON object, or what keeps it from being one."""
    if len(line) > MAX_LINE_BYTES:
        return f"the line has {len(line):,} bytes; at most {MAX_LINE_BYTES:,} are read"
    try:
        record = json.loads(line.removeprefix(b"\xef\xbb\xbf").decode("utf-8"))
    except UnicodeDecodeError as error:
        return f"not UTF-8 (byte {error.start + 1})"
    except json.JSONDecodeError as error:
        return f"not JSON (column {error.colno}: {error.msg})"
    except RecursionError:
        return "not JSON (nested too deeply)"
    except ValueError:  # Python refuses to read integers of more than 4300 digits
        return "not JSON (a number with too many digits)"
    return record if isinstance(record, dict) else "not a JSON object"
