"""Bytes of a line as text that is safe to work with: bounded, without escapes for terminals."""

import re

MAX_BYTES = 65_536  # of one line, and of one joined with its stack trace
_ANSI = re.compile(r"\x1b(?:\[[0-?]{0,32}[ -/]{0,4}[@-~]|\][^\x07\x1b]{0,200}+(?:\x07|\x1b\\)|[@-Z\\^_])")
_MAX_ESCAPES = 1_000  # a line with more is no terminal's
_CONTROLS = {code: " " for code in (*range(32), 127, *range(128, 160)) if chr(code) not in "\t\n"}


def cut(raw: bytes) -> bytes:
    """At most 64 KB of a line, with a mark that says how much was left out."""
    if len(raw) <= MAX_BYTES:
        return raw
    return raw[:MAX_BYTES] + f" … [cut: {len(raw)} bytes]".encode()


def decoded(raw: bytes) -> str:
    """As UTF-8; what is none becomes U+FFFD."""
    return raw.decode("utf-8", "replace")


def plain(text: str) -> str:
    """`text` without terminal escapes; other control characters but tab and line break become spaces."""
    if text.isprintable():
        return text
    if 0 < text.count("\x1b") <= _MAX_ESCAPES:
        text = _ANSI.sub("", text)
    return text.replace("\r\n", "\n").translate(_CONTROLS)
