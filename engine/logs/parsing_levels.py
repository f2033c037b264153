"""Levels as loggers name or number them, and as messages give them away."""

import re

from innkeeper.schemas.logs import LogLevel

_D, _I, _W, _E, _C = LogLevel.DEBUG, LogLevel.INFO, LogLevel.WARNING, LogLevel.ERROR, LogLevel.CRITICAL

_NAMES = {
    _D: "trace debug verbose fine finer finest trc dbg dbug debug1 debug2 debug3 debug4 debug5",
    _I: "info information informational notice inf log config success note",
    _W: "warn warning wrn wng alarm",
    _E: "error err eror severe failure failed fail",
    _C: "critical crit fatal alert emerg emergency panic dpanic ftl crt",
}
LEVELS = {
    spelt: level
    for level, names in _NAMES.items()
    for name in names.split()
    for spelt in (name, name.upper(), name.capitalize())
}
LETTERS = {"T": _D, "V": _D, "D": _D, "I": _I, "N": _I, "W": _W, "E": _E, "F": _C, "C": _C}
SYSLOG = (_C, _C, _C, _E, _W, _I, _I, _D)  # by severity: emergency 0 … debug 7
LEVEL_WORD = (  # longer ones first: the first that fits is taken
    "information|critical|warning|verbose|failure|severe|notice|error|debug|trace|fatal|emerg|alert|panic|crit|warn|info|"
    "fail|err|dbg|inf|wrn|ftl|log"
)
_SHOUTED = re.compile(r"(?<![\w./-])(?:ERROR|FATAL|CRITICAL|SEVERE|PANIC|EMERG|WARN|WARNING)(?![\w./-])")
_SPOKEN = re.compile(r"[\[<(]?(" + LEVEL_WORD + r")(?:[\]>)]|\s?:)|(error|fatal|panic) (?=\w)", re.IGNORECASE)
_RAISED = re.compile(
    r"Traceback \(most recent|Exception in thread|panic: |Unhandled (?:exception|rejection)", re.IGNORECASE
)
_LOOKED_AT = 200  # characters of a message


def level_of(value: object, *, key: str = "level") -> LogLevel | None:
    """
    The level that a field's value means; None when it means none.

    Args:
        value: A word ("WARN", "E"), a number or its digits.
        key: The field's name: it tells Python's numbers from syslog's, pino's and OpenTelemetry's.
    """
    if isinstance(value, str):
        named = LEVELS.get(value) or LEVELS.get(value.strip().lower()) or LETTERS.get(value.upper())
        if named is not None or not (value.isascii() and value.isdigit() and len(value) < 4):
            return named
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _numbered(int(value), key.lower())


def _numbered(number: int, key: str) -> LogLevel | None:
    if number < 0 or number > 100:
        return None
    if "severity_number" in key or "severitynumber" in key:  # OpenTelemetry: four of each
        return (_D, _D, _I, _W, _E, _C)[min(max(number - 1, 0) // 4, 5)]
    if number < 8:
        return SYSLOG[number]
    if "levelno" in key:  # Python
        return (_D, _D, _I, _W, _E, _C)[min(number // 10, 5)]
    return (_D, _D, _D, _I, _W, _E, _C)[min(number // 10, 6)]  # bunyan, pino


def of_status(status: int) -> LogLevel:
    """What an HTTP status says: 5xx is an error, 4xx a warning."""
    return _E if status >= 500 else _W if status >= 400 else _I


def spoken_level(message: str) -> LogLevel | None:
    """The level that a message without one gives away: "error: …", "[warn] …", "… ERROR …", a traceback."""
    head = message[:_LOOKED_AT]
    if (spoken := _SPOKEN.match(head)) is not None:
        return LEVELS[(spoken[1] or spoken[2]).lower()]
    if (shouted := _SHOUTED.search(head)) is not None:
        return LEVELS[shouted[0]]
    return _E if _RAISED.search(head) else None
