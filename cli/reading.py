"""What commands read: a text, a JSON object, a JSONL file; `-` is standard input. All of it is UTF-8."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from innkeeper.schemas.errors import InputInvalid


def read_text(path: str) -> str:
    """The text of a file; raises `InputInvalid` when it cannot be read, or is not UTF-8."""
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise InputInvalid(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InputInvalid(f"{_called(path)} is not UTF-8 (byte {error.start + 1})") from None


def read_object(path: str, holds: str) -> dict[str, Any]:
    """The JSON object in a file; raises `InputInvalid`, which says what it should hold: "the variables"."""
    try:
        given = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise InputInvalid(f"{_called(path)} is not JSON: {error.msg} at line {error.lineno}") from None
    if not isinstance(given, dict):
        raise InputInvalid(f"{_called(path)} must hold a JSON object with {holds}")
    return given


def read_lines(path: str) -> Iterator[tuple[int, bytes]]:
    """The lines of a file that are not blank, with their numbers, one after the other as they come."""
    try:
        lines = sys.stdin.buffer if path == "-" else Path(path).open("rb")  # noqa: SIM115  closed below; an error while reading is not one of opening
    except OSError as error:
        raise InputInvalid(f"{path} cannot be read: {error.strerror}") from None
    with lines:
        yield from ((number, line) for number, line in enumerate(lines, start=1) if line.strip())


def line_object(line: bytes) -> dict[str, Any]:
    """The JSON object of one line; raises `InputInvalid`."""
    try:
        given = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputInvalid(f"the line is not UTF-8 (byte {error.start + 1})") from None
    except json.JSONDecodeError as error:
        raise InputInvalid(f"the line is not valid JSON: {error.msg}") from None
    except RecursionError:
        raise InputInvalid("the line is nested too deeply") from None
    if not isinstance(given, dict):
        raise InputInvalid("the line must be a JSON object")
    return given


def _called(path: str) -> str:
    return "standard input" if path == "-" else path
