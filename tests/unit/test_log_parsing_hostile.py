"""Lines that were written to break their reader: every one is kept, and none takes long."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from innkeeper.engine.logs.parsing import parse_lines
from innkeeper.schemas.logs import LogLevel

LIMIT_S = 0.001  # a line
BOMBS = {
    "long": b"x" * 1_000_000,
    "brackets": b"[" * 65_000,
    "pairs of brackets": b"[]" * 32_000,
    "open object": b'{"a":' * 13_000,
    "many objects": b"[" + b"{}," * 21_000 + b"{}]",
    "object of objects": b'{"a":[' + b"{}," * 21_000 + b"{}]}",
    "many keys": json.dumps({f"k{number}": 1 for number in range(5_000)}).encode(),
    "deep": b'{"a":' * 900 + b"1" + b"}" * 900,
    "equals": b"a=" * 32_000,
    "quotes": b'a="' * 20_000,
    "backslashes": b'msg="' + b"\\" * 60_000,
    "time and spaces": b"2026-11-17 08:30:00" + b" " * 60_000 + b"ERROR",
    "time and brackets": b"2026-11-17 08:30:00 " + b"[a] " * 15_000,
    "words": b"2026-11-17 08:30:00 " + b"a.b " * 15_000,
    "colons": b"2026-11-17 08:30:00 ERROR " + b"a:" * 30_000,
    "dots": b"java." * 12_000 + b"Exception",
    "request": b'1.1.1.1 - - [17/Nov/2026:08:30:00 +0700] "' + b'\\"' * 30_000,
    "structured data": b"<1>1 2026-11-17T08:30:00Z h a p m " + b"[a " * 20_000,
    "escapes": b"\x1b[" * 30_000,
    "titles": b"\x1b]0;" * 16_000,
    "digits": b"1" * 65_000,
    "trace ids": b"trace_id " * 7_000,
    "nulls": b"a" + b"\0" * 65_000,
    "not utf-8": b"\xff" * 65_000,
    "format": b"%s%n{0.__class__}${jndi:ldap://x}" * 1_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_no_line_takes_longer_than_a_millisecond(name: str) -> None:
    raw = BOMBS[name]
    took = []
    for _ in range(7):
        started = time.thread_time()
        lines = list(parse_lines([raw], now=1.8e9))
        took.append(time.thread_time() - started)
    assert len(lines) == 1
    assert min(took) < LIMIT_S  # the fastest: what the line needs, without what else the machine does


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=6))
def test_any_bytes_are_lines_and_no_word_is_lost(raw: list[bytes]) -> None:
    lines = list(parse_lines(raw, now=1.8e9))
    assert len(lines) <= len(raw)
    assert all(line.message and isinstance(line.at, float) and isinstance(line.level, LogLevel) for line in lines)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_NAMES = (
    "time",
    "ts",
    "level",
    "severity",
    "service",
    "message",
    "msg",
    "log",
    "trace",
    "trace_id",
    "logger",
    "metadata",
)
_KEYS = st.sampled_from((*_NAMES, "status", "a"))


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(_KEYS, _VALUES, max_size=8))
def test_any_object_is_one_line(found: dict[str, object]) -> None:
    (line,) = parse_lines([json.dumps(found).encode()], now=1.8e9)
    assert isinstance(line.message, str)
    assert isinstance(line.service, str)
    assert line.service
    assert isinstance(line.at, float)
    assert all(isinstance(each, str | None) for each in (line.trace_id, line.component))
    assert all(isinstance(each, str) and len(each) <= 200 for each in (line.fields or {}).values())
    json.dumps(line)
