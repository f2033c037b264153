"""JSON bodies, read without leniency: what two parsers could understand in two ways is refused."""

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from innkeeper.serving.problems import Problem, field_error

MAX_DEPTH = 16  # the deepest body we define has 3 levels

Path = tuple[str | int, ...]


def parse_json(body: bytes) -> Any:
    """
    Parse a request body.

    Args:
        body: UTF-8, with or without a byte order mark.

    Returns:
        Dicts, lists, strings and numbers, at most `MAX_DEPTH` levels deep.

    Raises:
        Problem: 400 when it is empty, not UTF-8, not JSON (NaN and Infinity are not), too deep, or names a key twice;
            422 when a string has a NUL or half a surrogate pair, naming the place.
    """
    if not body.strip():
        raise Problem(400, "The body is empty; send a JSON object.")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem(400, f"The body is not UTF-8: byte {error.start} does not fit.") from None
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise Problem(400, f"The body is not JSON: line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise Problem(400, f"The body is nested deeper than {MAX_DEPTH} levels.") from None
    except ValueError:  # an integer of thousands of digits
        raise Problem(400, "The body has a number that is too long.") from None
    _check_strings(value)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Problem(400, "An object in the body names the same key twice.")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise Problem(400, f"The body is not JSON: {name} is not a JSON number.")


def _check_strings(value: Any) -> None:
    for path, text in _strings(value):
        if "\x00" in text:
            raise Problem(422, errors=[field_error(path, "Contains a NUL character; remove it.")])
        if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
            raise Problem(422, errors=[field_error(path, "Contains half a surrogate pair; send whole characters.")])


def _strings(value: Any) -> Iterator[tuple[Path, str]]:
    """Every string in `value`, keys too, with where it stands."""
    waiting: list[tuple[Path, Any]] = [((), value)]
    while waiting:
        path, part = waiting.pop()
        if isinstance(part, str):
            yield path, part
        elif len(path) >= MAX_DEPTH and isinstance(part, dict | list):
            raise Problem(400, f"The body is nested deeper than {MAX_DEPTH} levels.")
        elif isinstance(part, dict):
            yield from ((path, key) for key in part)
            waiting.extend(((*path, key), child) for key, child in part.items())
        elif isinstance(part, list):
            waiting.extend(((*path, index), child) for index, child in enumerate(part))
