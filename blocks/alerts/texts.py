"""Text of alerts made harmless for where it is shown: parts of it come from log lines, which anybody may write."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from innkeeper.schemas.incidents import AlertEvent
from innkeeper.schemas.logs import Severity

EVENT_WORDS = {
    AlertEvent.OPENED: "Opened",
    AlertEvent.ESCALATED: "Escalated",
    AlertEvent.ACKNOWLEDGED: "Acknowledged",
    AlertEvent.RESOLVED: "Resolved",
    AlertEvent.REOPENED: "Came back",
}
SEVERITY_WORDS = {severity: severity.value.capitalize() for severity in Severity}
# What the eye does not see, or what turns the reading direction: a line could pretend to be another one.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_KEPT = {"\n", "\t"}
_MAX_DETAIL_CHARS = 500
_MAX_DETAILS = 50


def visible(text: str, max_chars: int) -> str:
    """`text` without control characters (ANSI escapes among them), cut with `…`; line breaks stay."""
    cut = text[: max_chars + 1]
    plain = "".join(
        char if char in _KEPT or unicodedata.category(char) not in _HIDDEN else " " for char in cut
    ).replace("\t", " ")
    return plain if len(text) <= max_chars else plain[: max_chars - 1] + "…"


def one_line(text: str, max_chars: int) -> str:
    """The same in one line."""
    return " ".join(visible(text, max_chars).split())


def details_of(details: Mapping[str, Any]) -> dict[str, Any]:
    """At most 50 plain values; texts are cut at 500 characters, and what is nested becomes text."""
    return {one_line(str(name), 60): _plain(value) for name, value in list(details.items())[:_MAX_DETAILS]}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if abs(value) < float("inf") else str(value)  # JSON has neither infinity nor NaN
    return visible(str(value), _MAX_DETAIL_CHARS)
