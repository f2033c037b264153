"""Lines of logs: what stands in them, wherever their writers put it."""
# ruff: noqa: E501  a line of a log is one line here

import datetime as dt
import json

import pytest

from innkeeper.engine.logs.parsing import LineParser, parse_lines
from innkeeper.engine.logs.parsing_text import MAX_BYTES
from innkeeper.schemas.logs import LogLevel, LogLine

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC).timestamp()
ZONE = "Asia/Ho_Chi_Minh"
D, I, W, E, C = LogLevel.DEBUG, LogLevel.INFO, LogLevel.WARNING, LogLevel.ERROR, LogLevel.CRITICAL  # noqa: E741  a table


def read(*lines: str) -> list[LogLine]:
    raw = (line.encode() for line in lines)
    return list(parse_lines(raw, service="pms", zone=ZONE, now=NOW))


def at(text: str) -> float:
    return dt.datetime.fromisoformat(text).timestamp()


HEADERS = [  # line, time (+07:00 where the line names no zone), service, level, message, component
    ("<11>Nov 17 08:30:00 web1 nginx[12]: worker died", "2026-11-17T08:30:00+07:00", "nginx", E, "worker died", None),
    (
        '<165>1 2026-11-17T08:30:00.003Z web1 door-lock 8710 ID47 [ex@1 a="b"] card read',
        "2026-11-17T08:30:00.003Z", "door-lock", I, "card read", None,
    ),
    ("Nov  7 08:30:00 host su(pam_unix)[1]: opened", "2026-11-07T08:30:00+07:00", "su", I, "opened", "su(pam_unix)"),
    ("2026-11-17T08:30:00+0700 host systemd[1]: Started it.", "2026-11-17T08:30:00+07:00", "systemd", I, "Started it.", None),
    (
        "2026-11-17 08:30:00,123 ERROR [main] com.hotel.Booking - no room left",
        "2026-11-17T08:30:00.123+07:00", "pms", E, "no room left", "com.hotel.Booking",
    ),
    (
        "2026-11-17 08:30:00.123 [http-nio-1] WARN  com.hotel.Rates - slow query 512 ms",
        "2026-11-17T08:30:00.123+07:00", "pms", W, "slow query 512 ms", "com.hotel.Rates",
    ),
    (
        "2026-11-17 08:30:00.123  INFO 1234 --- [nio-8080-exec-1] c.h.BookingController : saved",
        "2026-11-17T08:30:00.123+07:00", "pms", I, "saved", "c.h.BookingController",
    ),
    (
        "2026-11-17 08:30:00,1 - INFO  [Node[id=1]/0:0:0:0:2181:LeaderElection@774] - Notified: 3",
        "2026-11-17T08:30:00.1+07:00", "pms", I, "Notified: 3", "LeaderElection",
    ),
    ("2026-11-17 08:30:00,5 - app.rooms - ERROR - lost 4", "2026-11-17T08:30:00.5+07:00", "pms", E, "lost 4", "app.rooms"),
    ("26/11/17 08:30:00 INFO kiosk.Screen: ready", "2026-11-17T08:30:00+07:00", "pms", I, "ready", "kiosk.Screen"),
    ("261117 083000 148 INFO disk.Node$Writer: block 4", "2026-11-17T08:30:00+07:00", "pms", I, "block 4", "disk.Node$Writer"),
    (
        '10.0.0.9 - - [17/Nov/2026:08:30:00 +0700] "GET /rooms HTTP/1.1" 502 157',
        "2026-11-17T08:30:00+07:00", "pms", E, '"GET /rooms HTTP/1.1" 502 157', None,
    ),
    (
        '10.0.0.9 - bob [17/Nov/2026:01:30:00 +0000] "POST /x HTTP/1.1" 404 12 "-" "curl/8"',
        "2026-11-17T08:30:00+07:00", "pms", W, '"POST /x HTTP/1.1" 404 12 "-" "curl/8"', None,
    ),
    ("2026/11/17 08:30:00 [error] 12#34: *5 upstream gone", "2026-11-17T08:30:00+07:00", "pms", E, "*5 upstream gone", None),
    (
        "[Tue Nov 17 08:30:00.123456 2026] [proxy:error] [pid 12:tid 13] [client 10.0.0.9:5] AH01102: gone",
        "2026-11-17T08:30:00.123456+07:00", "pms", E, "AH01102: gone", "proxy",
    ),
    ("[Tue Nov 17 08:30:00 2026] [notice] caught SIGTERM", "2026-11-17T08:30:00+07:00", "pms", I, "caught SIGTERM", None),
    ("E1117 08:30:00.123456   1 reflector.go:55] no list", "2026-11-17T08:30:00.123456+07:00", "pms", E, "no list", "reflector.go"),
    (
        "2026-11-17T01:30:00.123456789Z stderr F 2026-11-17 08:30:00,100 ERROR [main] a.B - gone",
        "2026-11-17T01:30:00.123456+00:00", "pms", E, "gone", "a.B",
    ),
    (
        "2026-11-17T01:30:00.000Z\tERROR\tpkg/door.go:12\tno lock\t{\"room\": 4}",
        "2026-11-17T01:30:00Z", "pms", E, 'no lock\t{"room": 4}', "pkg/door.go:12",
    ),
    ("2026-11-17 08:30:00, Info                  CBS    Loaded", "2026-11-17T08:30:00+07:00", "pms", I, "Loaded", "CBS"),
    (
        "08:30:00.123 | ERROR   | Flow run 'happy-cat' - Finished in state Failed()",
        "2026-11-20T08:30:00.123+07:00", "pms", E, "Finished in state Failed()", "prefect.flow_runs",
    ),
    (
        "2026-11-17 01:30:00.123 UTC [1234] app@db ERROR:  no relation",
        "2026-11-17T01:30:00.123Z", "pms", E, "no relation", "app@db",
    ),
    ("1:M 17 Nov 2026 08:30:00.123 # Server overloaded", "2026-11-17T08:30:00.123+07:00", "pms", W, "Server overloaded", None),
    ("[2026-11-17 08:30:00 +0700] [12] [ERROR] Worker gone", "2026-11-17T08:30:00+07:00", "pms", E, "Worker gone", None),
    ("[2026-11-17 08:30:00,000: ERROR/MainProcess] Task raised", "2026-11-17T08:30:00+07:00", "pms", E, "Task raised", None),
    ("11-17 08:30:00.811  1702  2395 D WindowManager: frozen", "2026-11-17T08:30:00.811+07:00", "pms", D, "frozen", "WindowManager"),
    ("[11.17 08:30:00] kiosk.exe - opened", "2026-11-17T08:30:00+07:00", "pms", I, "opened", "kiosk.exe"),
    ("20261117-08:30:00:606|Step|300|changed 3", "2026-11-17T08:30:00.606+07:00", "pms", I, "changed 3", "Step"),
    (
        "- 1794879000 2026.11.17 R02-M1 2026-11-17-08.30.00.675872 R02-M1 RAS KERNEL FATAL machine check",
        "2026-11-17T01:30:00Z", "pms", C, "machine check", "KERNEL",
    ),
    ("web-1  | 2026-11-17 08:30:00 ERROR boom", "2026-11-17T08:30:00+07:00", "web", E, "boom", None),
    ("ERROR:app.rooms:no such room", None, "pms", E, "no such room", "app.rooms"),
    ("[    0.000000] Linux version 6", None, "pms", I, "Linux version 6", None),
    ("panic: runtime error", None, "pms", C, "runtime error", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "time", "service", "level", "message", "component"), HEADERS, ids=lambda each: str(each)[:40]
)
def test_a_header_is_taken_apart(
    line: str, time: str | None, service: str, level: LogLevel, message: str, component: str | None
) -> None:
    (found,) = read(line)
    assert found[1:4] == (service, level, message)
    assert found.component == component
    assert found.at == pytest.approx(NOW if time is None else at(time), abs=1e-5)


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("connection error while reading", I),
        ("2026-11-17 08:30:00 connection error while reading", I),
        ("nothing to warn about", I),
        ("user sent an ERROR report", E),
        ("[payment] gateway timeout", I),
    ],
)
def test_a_word_of_the_message_is_no_header(line: str, level: LogLevel) -> None:
    (found,) = read(line)
    assert line.endswith(found.message)
    assert found.message.startswith(("connection", "nothing", "user", "[payment]"))
    assert found.level is level


OBJECTS = [  # the same line as its writers spell it
    {"ts": "2026-11-17T01:30:00.5Z", "service": "CV", "level": "ERROR", "message": "no face", "trace_id": "ab1", "logger": "cam"},
    {"@timestamp": "2026-11-17T08:30:00.500+07:00", "log": {"level": "error", "logger": "cam"}, "service": {"name": "cv"},
     "trace": {"id": "ab1"}, "message": "no face"},
    {"time": 1794879000500, "level": 50, "app": "cv", "msg": "no face", "traceID": "ab1", "component": "cam"},
    {"timestamp": 1794879000.5, "severity": "Err", "service.name": "cv", "log": "no face", "trace.id": "ab1", "pod": "cam"},
    {"__REALTIME_TIMESTAMP": "1794879000500000", "PRIORITY": "3", "SYSLOG_IDENTIFIER": "cv", "MESSAGE": "no face",
     "trace_id": "ab1", "_SYSTEMD_UNIT": "cam"},
    {"asctime": "2026-11-17 08:30:00,500", "levelname": "ERROR", "name": "cam", "message": "no face", "service": "cv",
     "traceId": "ab1"},
    {"timeUnixNano": "1794879000500000000", "severityNumber": 17, "body": "no face", "trace_id": "ab1",
     "service": "cv", "logger": "cam"},
]  # fmt: skip


@pytest.mark.parametrize("found", OBJECTS, ids=lambda each: next(iter(each)))
def test_an_object_is_the_same_line_whatever_its_keys(found: dict[str, object]) -> None:
    (line,) = read(json.dumps(found))
    assert line.at == pytest.approx(at("2026-11-17T01:30:00.5+00:00"), abs=1e-5)
    assert line[1:6] == ("cv", LogLevel.ERROR, "no face", "ab1", "cam")


def test_the_specifications_line_keeps_its_metadata() -> None:
    (line,) = read(
        '{"service": "cv", "level": "error", "message": "Face recognition failed: timeout", '
        '"timestamp": "2025-01-17T08:30:00Z", "metadata": {"camera_id": "cam_lobby_01"}}'
    )
    assert line.fields == {"camera_id": "cam_lobby_01"}
    assert line.message == "Face recognition failed: timeout"


def test_an_object_of_a_request_may_hold_a_time_that_is_read_already() -> None:
    moment = dt.datetime(2026, 11, 17, 8, 30, tzinfo=dt.UTC)
    found = {"service": "cv", "level": LogLevel.ERROR, "message": "a", "timestamp": moment, "metadata": {"n": 1}}
    line = LineParser(now=NOW).line_of(found)
    assert (line.at, line.level, line.fields) == (moment.timestamp(), E, {"n": "1"})


def test_a_stack_of_an_object_follows_its_message() -> None:
    (line,) = read('{"level": "error", "msg": "boom", "stacktrace": "main.main\\n\\t/a.go:1", "error": "timeout"}')
    assert line.message == "boom\nmain.main\n\t/a.go:1"
    assert line.fields == {"error": "timeout"}


def test_the_line_that_a_container_wraps_is_read_too() -> None:
    lines = read(
        '{"log": "2026-11-17 08:30:00 ERROR [main] a.B - boom\\n", "stream": "stderr", "time": "2026-11-17T01:30:00.5Z"}',
        '{"log": "\\tat a.B.c(B.java:4)\\n", "stream": "stderr", "time": "2026-11-17T01:30:00.6Z"}',
        '{"log": "{\\"level\\": \\"warn\\", \\"msg\\": \\"slow\\"}\\n", "stream": "stdout", "time": "2026-11-17T01:30:01Z"}',
    )
    assert [(line.level, line.message) for line in lines] == [(E, "boom\n\tat a.B.c(B.java:4)"), (W, "slow")]
    assert [line.at for line in lines] == [at("2026-11-17T01:30:00.5+00:00"), at("2026-11-17T01:30:01+00:00")]


def test_logfmt_is_an_object_too() -> None:
    (line,) = read(
        r'time="2026-11-17T01:30:00Z" level=warning msg="dial \"x\" failed" service=Doors trace_id=abc12345 room=4'
    )
    assert line[1:5] == ("doors", W, 'dial "x" failed', "abc12345")
    assert line.fields == {"room": "4"}


def test_a_broken_object_is_kept_whole_and_what_it_begins_with_is_read() -> None:
    (line,) = read('{"level": "error", "service": "cv", "message": "no fa')
    assert line[1:3] == ("cv", E)
    assert line.message == '{"level": "error", "service": "cv", "message": "no fa'


def test_a_stack_trace_joins_the_line_before_it() -> None:
    trace = ["java.lang.IllegalState: no", "\tat a.B.c(B.java:4)", "Caused by: java.io.IOException: x", "\t... 4 more"]
    trace[0] = "java.lang.IllegalStateException: no"
    lines = read("2026-11-17 08:30:00,1 ERROR [main] a.B - boom", *trace, "2026-11-17 08:30:01,1 INFO  a.B - next")
    assert [line.message for line in lines] == ["\n".join(["boom", *trace]), "next"]


def test_a_traceback_that_nobody_logged_is_an_error_of_its_own() -> None:
    trace = ["Traceback (most recent call last):", '  File "a.py", line 4, in f', "    go()", "ValueError: no"]
    lines = read("2026-11-17 08:30:00,1 INFO  a.b - fine", *trace, "2026-11-17 08:30:01,1 INFO  a.b - next")
    assert [line.message.split("\n")[0] for line in lines] == ["fine", "ValueError: no", "next"]
    assert [line.level for line in lines] == [I, E, I]
    assert all(part in lines[1].message for part in trace)


def test_a_year_that_is_not_named_is_the_latest_that_is_not_in_the_future() -> None:
    lines = read(
        "Dec 31 23:59:59 host app[1]: old", "Nov 20 18:00:00 host app[1]: new", "Feb 29 10:00:00 host app[1]: leap"
    )
    assert [line.at for line in lines] == [
        at("2025-12-31T23:59:59+07:00"), at("2026-11-20T18:00:00+07:00"), at("2024-02-29T10:00:00+07:00"),
    ]  # fmt: skip


def test_a_line_without_a_time_is_as_old_as_the_line_before_it() -> None:
    lines = read("first", "2026-11-17 08:30:00 second", "third", '{"message": "fourth", "level": "info"}')
    second = at("2026-11-17T08:30:00+07:00")
    assert [line.at for line in lines] == [NOW, second, second, second]


@pytest.mark.parametrize(
    "time", ["9999-99-99T99:99:99Z", "2026-02-30T08:30:00Z", "yesterday", "99999999999999999999", "-1", "NaN", ""]
)
def test_a_time_that_is_none_is_the_last_one_seen(time: str) -> None:
    good = '{"ts": "2026-11-17T01:30:00Z", "level": "info", "message": "a"}'
    lines = read(good, json.dumps({"ts": time, "level": "info", "message": "b"}))
    assert [line.at for line in lines] == [at("2026-11-17T01:30:00+00:00")] * 2


def test_a_comma_before_the_fraction_is_no_other_time_than_a_point() -> None:
    lines = read(
        *(f'{{"ts": "2026-11-17T01:30:{end}Z", "level": "info", "message": "a"}}' for end in ("00.5", "00,5", "00.5"))
    )
    assert {line.at for line in lines} == {at("2026-11-17T01:30:00.5+00:00")}


def test_what_became_of_the_lines_is_counted() -> None:
    parser = LineParser(service="pms", now=NOW)
    raw = [b'{"message": "a"}', b"2026-11-17 08:30:00 b", b"c", b"  d", b"", b"\xff\xfe e", b"f" * 70_000]
    assert len(list(parser.parse(raw))) == 5
    counts = parser.counts
    assert (counts.lines, counts.json, counts.headed, counts.bare) == (5, 1, 1, 3)
    assert (counts.joined, counts.cut, counts.not_utf8) == (1, 1, 1)


def test_a_line_over_64_kilobytes_is_cut_with_a_mark() -> None:
    (line,) = read("x" * 1_000_000)
    assert len(line.message) < MAX_BYTES + 100
    assert line.message.endswith("… [cut: 1000000 bytes]")


def test_escapes_for_terminals_do_not_hide_a_header() -> None:
    (line,) = read("\x1b[31m2026-11-17 08:30:00\x1b[0m \x1b[1;31mERROR\x1b[0m a\x07b \x1b]0;title\x07c")
    assert (line.level, line.message) == (E, "a b c")
    (line,) = read('{"level": "error", "message": "a\\u001b[2Jb\\u0000c"}')
    assert line.message == "ab c"
