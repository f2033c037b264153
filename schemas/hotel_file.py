"""From the bytes of a hotel file to a `HotelFile`, or to a list of everything that is wrong with it."""

import difflib
import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NoReturn

from pydantic import BaseModel, ValidationError

from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.hotel import BookingRow, HotelFile, RateRow, RoomRow

MAX_BYTES = 50 * 1024 * 1024
MAX_PROBLEMS = 200
_TABLES: dict[str, type[BaseModel]] = {"rooms": RoomRow, "bookings": BookingRow, "rates": RateRow}
_PRIVATE = {
    "guest_name",
    "email",
    "phone",
    "special_requests",
    "note",
}  # problems are shown and logged without these values
_SHOWN_CHARS = 60
_MAX_DEPTH = 20
# PostgreSQL takes neither NUL nor half a UTF-16 pair
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def parse_hotel_file(data: bytes, source: str) -> tuple[HotelFile, list[str]]:
    """
    Read a hotel file.

    Args:
        data: UTF-8 JSON, with or without a byte order mark, at most 50 MB.
        source: How messages call the file.

    Returns:
        The file, and its unknown keys (`rooms[].colour`), which are ignored.

    Raises:
        InputInvalid: Not JSON, or wrong rows; `problems` names each by its position, at most 200 of them.
    """
    raw = _json_object(data, source)
    problems = list(_unstorable(raw))
    try:
        file = HotelFile.model_validate(raw) if not problems else None
    except ValidationError as error:
        file, problems = None, [_problem(entry) for entry in error.errors(include_url=False)]
    problems += _contradictions(raw)
    if problems or file is None:
        shown = problems[:MAX_PROBLEMS]
        if len(problems) > MAX_PROBLEMS:
            shown.append(f"… and {len(problems) - MAX_PROBLEMS} more")
        raise InputInvalid(f"{source} has {_count(problems)}; nothing was imported", problems=shown)
    return file, _unknown_keys(raw)


def _count(problems: list[str]) -> str:
    return "1 problem" if len(problems) == 1 else f"{len(problems)} problems"


def _json_object(data: bytes, source: str) -> dict[str, Any]:
    if len(data) > MAX_BYTES:
        raise InputInvalid(f"{source} is larger than {MAX_BYTES // 1024**2} MB; leave out old bookings and rates")
    try:
        value = json.loads(_text(data, source), parse_float=Decimal, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise InputInvalid(f"{source} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise InputInvalid(f"{source} is nested too deeply to be a hotel file") from None
    except ValueError as error:
        raise InputInvalid(f"{source} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise InputInvalid(
            f"{source} must hold one JSON object with hotel, rooms, bookings and rates, not {_kind(value)}"
        )
    return value


def _text(data: bytes, source: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        hint = "UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "another encoding"
        raise InputInvalid(
            f"{source} is not UTF-8 text (line {line}); it looks like {hint}: save it as UTF-8"
        ) from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number that JSON knows")


def _unstorable(raw: dict[str, Any]) -> Iterator[str]:
    waiting: list[tuple[str, Any, int]] = [("", raw, 0)]
    while waiting:
        place, value, depth = waiting.pop()
        if depth > _MAX_DEPTH:
            yield f"{place[:_SHOWN_CHARS]}…: is nested too deeply"
        elif isinstance(value, str) and _UNSTORABLE.search(value):
            yield f"{place}: contains a NUL character or half a character"
        elif isinstance(value, dict):
            if any(_UNSTORABLE.search(key) for key in value):
                yield f"{place or 'the file'}: a key contains a NUL character or half a character"
            waiting.extend((f"{place}.{key}".removeprefix("."), inner, depth + 1) for key, inner in value.items())
        elif isinstance(value, list):
            waiting.extend((f"{place}[{position}]", inner, depth + 1) for position, inner in enumerate(value))


def _problem(entry: Any) -> str:
    """`entry` of a `ValidationError` as "rooms[12].status: 'drity' is not one of …"."""
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in entry["loc"]).removeprefix(".")
    place = place or "the file"
    if entry["type"] == "missing":
        return f"{place}: is missing"
    private = bool(entry["loc"]) and entry["loc"][-1] in _PRIVATE
    value = "a value that is not shown" if private else _shown(entry["input"])
    cause = entry.get("ctx", {}).get("error")
    if isinstance(
        cause, ValueError
    ):  # one of our own checks: "must be …" wants the value before it, the others name it
        return f"{place}: {value} {cause}" if str(cause).startswith("must") else f"{place}: {cause}"
    if entry["type"] == "enum":
        return f"{place}: {value} is not one of {_choices(entry)}"
    return f"{place}: {value} {_in_json_words(entry['msg'])}"


def _choices(entry: Any) -> str:
    return str(entry["ctx"]["expected"]).replace("'", "").replace(" or ", ", ")


def _in_json_words(message: str) -> str:
    message = message.partition(", ")[2] if message.startswith("Input should be a valid date") else message
    message = re.sub(r"a valid dictionary or instance of \w+", "an object in {…}", message)
    message = message.replace("a valid tuple", "a list in […]").replace("a valid string", "text in quotes")
    message = message.replace("match pattern '^[0-9A-Za-z-]+$'", "have letters, digits and hyphens only")
    return message.removeprefix("Input ").removeprefix("String ").removeprefix("Decimal input ")


def _shown(value: Any) -> str:
    if isinstance(value, (dict, list)) or value is None:
        return _kind(value)
    text = str(value) if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else repr(value)
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"


def _kind(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "a truth value", type(None): "null"}
    return kinds.get(type(value), "a number")


def _rows(raw: dict[str, Any], table: str) -> Iterator[tuple[int, dict[str, Any]]]:
    rows = raw.get(table)
    return (
        (position, row) for position, row in enumerate(rows if isinstance(rows, list) else ()) if isinstance(row, dict)
    )


def _contradictions(raw: dict[str, Any]) -> Iterator[str]:
    """Rows that are right alone and wrong together; read from the raw rows, so that one run names all problems."""
    yield from _repeated(raw, "rooms", "number")
    yield from _repeated(raw, "bookings", "booking_id")
    yield from _repeated(raw, "rates", "room_type", "date")
    numbers = {_name(row.get("number")) for _, row in _rows(raw, "rooms")}
    for position, row in _rows(raw, "bookings"):
        number = _name(row.get("room_number"))
        if number and number not in numbers:
            yield f"bookings[{position}].room_number: {_shown(row['room_number'])} is not in rooms"


def _repeated(raw: dict[str, Any], table: str, *keys: str) -> Iterator[str]:
    seen: dict[tuple[str, ...], int] = {}
    for position, row in _rows(raw, table):
        names = tuple(_name(row.get(key)) for key in keys)
        if not all(names):
            continue
        first = seen.setdefault(names, position)
        if first != position:
            yield f"{table}[{position}].{keys[0]}: {' on '.join(names)} is already {table}[{first}]"


def _name(value: Any) -> str:
    """What identifies a row, as text; empty for what is no name."""
    return str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def _unknown_keys(raw: dict[str, Any]) -> list[str]:
    """Each unknown key once, with a guess at what was meant."""
    found = Counter(_unknown("", raw, HotelFile))
    for table, model in _TABLES.items():
        for _, row in _rows(raw, table):
            found.update(_unknown(f"{table}[].", row, model))
    return list(found)


def _unknown(place: str, row: dict[str, Any], model: type[BaseModel]) -> Iterator[str]:
    for key in (key for key in row if key not in model.model_fields):
        near = difflib.get_close_matches(key, model.model_fields, n=1)
        yield f"{place}{key} (did you mean {near[0]}?)" if near else f"{place}{key}"
