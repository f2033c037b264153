"""How long something took, as a line says it: "took 132 ms", "duration=0.8s", "elapsed: 1200", field `latency_ms`."""

import re
from collections.abc import Mapping
from typing import NamedTuple

MAX_SEARCHED_CHARS = 400  # of a message: a duration that stands later is not read
MAX_MS = 86_400_000.0  # a day; what is longer is no latency
_MS = {"ms": 1.0, "s": 1_000.0, "us": 0.001, "µs": 0.001, "μs": 0.001, "ns": 1e-6, "m": 60_000.0, "min": 60_000.0}
_UNIT = r"(?:ms|msecs?|millis(?:econds?)?|us|µs|μs|ns|s|secs?|seconds?|min(?:utes?)?)"
_WORD = (
    r"(?:latency|duration|elapsed|took|response[ _]?time|request[ _]?time|process(?:ing)?[ _]?time|runtime|"
    r"took[ _]?time|rtt|lasted|completed in|finished in|done in|time)"
)
_NUMBER = r"(?P<number>\d{1,9}(?:\.\d{1,9})?)"
# Every repetition is bounded and starts with what it cannot skip, so a search is linear in the text.
_NAMED = re.compile(
    rf"(?<![a-z]){_WORD}(?:[ _]?\(?(?P<before>{_UNIT})\)?)?[\"']?\s?(?:[=:]\s?|\s)[\"']?{_NUMBER}(?![\d.])"
    rf"(?:\s?(?P<after>{_UNIT})(?![a-z]))?",
    re.IGNORECASE,
)
_BARE = re.compile(rf"(?<![\w.]){_NUMBER}\s?(?P<after>ms|msecs?|milliseconds?)(?![a-z])", re.IGNORECASE)
_ANCHOR_CHARS = 16
_AFTER_DIGITS = re.compile(r"[\d<>]")  # an anchor is what the lines of a template have in common
_FIELD = re.compile(
    rf"(?:\w{{1,40}}[_.-])?(?:latency|duration|elapsed|rtt|response_time)(?:[_.-](?P<unit>{_UNIT}))?", re.IGNORECASE
)


_VALUE = re.compile(rf"{_NUMBER}(?![\d.])(?:\s?(?P<after>{_UNIT})(?![a-z]))?", re.IGNORECASE)


class Place(NamedTuple):
    """Where the lines of one template hold their duration: behind the first `anchor` of the message, or in a field."""

    anchor: str
    unit: str = "ms"  # of a number that stands alone
    field: str = ""


def find_duration(message: str, fields: Mapping[str, str] | None = None) -> Place | None:
    """
    Where a line says how long something took, to read it fast from others of its template.

    A number without a unit counts as ms, and only behind a word such as "elapsed"; "time" needs a unit.
    """
    if fields:
        for name, value in fields.items():
            if _FIELD.fullmatch(name) and _field_ms(name, value) is not None:
                return Place("", field=name)
    head = message[:MAX_SEARCHED_CHARS]
    named = _NAMED.search(head)
    if named:
        unit = named["after"] or named["before"]
        if unit or not named[0].lower().startswith("time"):
            return Place(head[named.start() : named.start("number")], unit or "ms")
    bare = _BARE.search(head)
    if not bare:
        return None
    before = head[max(0, bare.start() - _ANCHOR_CHARS) : bare.start()]
    anchor = _AFTER_DIGITS.split(before)[-1]
    return Place(anchor if sum(map(str.isalpha, anchor)) >= 2 else "")  # " " is found anywhere


def read_duration(place: Place, message: str, fields: Mapping[str, str] | None = None) -> float | None:
    """The duration there, in ms, above 0 and at most `MAX_MS`; None when this line holds none."""
    if place.field:
        return _field_ms(place.field, fields[place.field]) if fields and place.field in fields else None
    if not place.anchor:
        found = _BARE.search(message, 0, MAX_SEARCHED_CHARS)
    else:
        at = message.find(place.anchor, 0, MAX_SEARCHED_CHARS)
        found = _VALUE.match(message, at + len(place.anchor)) if at >= 0 else None
    return _in_ms(found["number"], found["after"] or place.unit) if found else None


def _field_ms(name: str, value: object) -> float | None:
    """A field's value in ms; its unit stands in its name or behind the value, and is ms where there is none."""
    found = _FIELD.fullmatch(name)
    text = str(value)[:24].strip().lower()
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyzµμ ")
    unit = text[len(digits) :].strip() or (found["unit"] if found else None) or "ms"
    return _in_ms(digits, unit)


def _in_ms(number: str, unit: str) -> float | None:
    name = unit.lower()
    if name not in _MS:
        name = "ms" if name.startswith(("ms", "milli")) else "min" if name.startswith("min") else "s"
    try:
        value = float(number) * _MS[name]
    except ValueError:
        return None
    return value if 0 < value <= MAX_MS else None
