"""Guest messages from a JSONL file: every line is answered, a bad one with its problem."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.routing import GuestMessage

MAX_LINE_BYTES = 262_144


def parse_lines(lines: Iterable[bytes]) -> Iterator[tuple[int, str | None, GuestMessage | str]]:
    """
    Read JSONL, one message a line; blank lines are passed over.

    Yields:
        (line number from 1, the line's `id` when it can be read, the message or what is wrong with the line).
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            identifier, parsed = _parsed(line)
            yield number, identifier, parsed


def read_messages(path: Path) -> tuple[list[GuestMessage], list[tuple[int, str]]]:
    """
    All messages of a JSONL file, and (line number, problem) of the lines that are none.

    Raises:
        InputInvalid: The file cannot be opened.
    """
    messages: list[GuestMessage] = []
    problems: list[tuple[int, str]] = []
    try:
        with path.open("rb") as file:
            for number, _, parsed in parse_lines(file):
                if isinstance(parsed, str):
                    problems.append((number, parsed))
                else:
                    messages.append(parsed)
    except OSError as error:
        raise InputInvalid(f"{str(path)!r} cannot be read: {error.strerror or error}") from error
    return messages, problems


def _parsed(line: bytes) -> tuple[str | None, GuestMessage | str]:
    if len(line) > MAX_LINE_BYTES:
        return None, f"the line has {len(line):,} bytes; at most {MAX_LINE_BYTES:,} are read"
    try:
        record = json.loads(line.removeprefix(b"\xef\xbb\xbf").decode("utf-8"))
    except UnicodeDecodeError as error:
        return None, f"not UTF-8 (byte {error.start + 1})"
    except (json.JSONDecodeError, RecursionError) as error:
        place = f" (column {error.colno}: {error.msg})" if isinstance(error, json.JSONDecodeError) else " (nested too deeply)"
        return None, f"not JSON{place}"
    if not isinstance(record, dict):
        return None, "not a JSON object"
    identifier = record.get("id")
    if isinstance(identifier, int) and not isinstance(identifier, bool):
        record["id"] = identifier = str(identifier)
    try:
        return identifier if isinstance(identifier, str) else None, GuestMessage.model_validate(record)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_input=False))
        return identifier if isinstance(identifier, str) else None, problems
