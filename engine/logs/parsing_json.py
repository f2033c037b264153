"""Lines that are JSON objects: which keys hold the time, the level, the message, …, remembered per set of keys."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from innkeeper.engine.logs.parsing_headers import header_of
from innkeeper.engine.logs.parsing_levels import LEVELS, level_of, of_status, spoken_level
from innkeeper.engine.logs.parsing_text import MAX_BYTES, plain
from innkeeper.engine.logs.parsing_times import Clock, epoch_of
from innkeeper.schemas.logs import LogLevel, LogLine

MAX_FIELDS = 32
MAX_VALUE_CHARS = 200
_MAX_DEPTH = 4
_MAX_SHAPES = 2_048
_MAX_KEYS = 200  # of one object; more are left out of fields
_ROLES = {  # names in lower case with `_` for `-`, best first
    "time": "@timestamp timestamp time ts datetime date asctime eventtime event_time event.created created @t "
    "__realtime_timestamp timeunixnano observedtimeunixnano t",
    "level": "level log.level severity levelname loglevel log_level lvl severity_text severitytext priority "
    "syslog.severity @l severity_number severitynumber levelno detected_level",
    "service": "service service.name service_name servicename app application app_name appname container_name "
    "kubernetes.container_name kubernetes.container.name container.name kubernetes.labels.app syslog_identifier "
    "program process.name job",
    "message": "message msg log text body @m short_message event event.original line content description",
    "trace": "trace_id trace.id traceid trace dd.trace_id otel.trace_id x_b3_traceid correlation_id request_id",
    "component": "component logger log.logger logger_name loggername name module kubernetes.pod.name pod pod_name "
    "kubernetes.pod_name unit _systemd_unit caller",
    "stack": "stack_trace stacktrace stack exc_info exc_text traceback exception error.stack_trace "
    "exception.stacktrace error.stack err.stack backtrace",
    "status": "status status_code http.response.status_code",
}
_INNER = {
    "metadata",
    "meta",
    "extra",
    "fields",
    "context",
    "attributes",
    "labels",
}  # whose own keys are the fields' names


class Plan(NamedTuple):
    """The key of each role in objects of one shape, and the keys that are left over."""

    time: str | None
    level: str | None
    service: str | None
    message: str | None
    trace: str | None
    component: str | None
    stack: str | None
    status: str | None
    rest: tuple[str, ...]


class ObjectReader:
    """
    Makes log lines of objects.

    Args:
        service: Of objects that name none.
        clock: Reads their times.
    """

    def __init__(self, service: str, clock: Clock) -> None:
        self._service = service
        self._clock = clock
        self._plans: dict[tuple[str, ...], Plan] = {}

    def line(self, found: Mapping[str, Any], last_at: float) -> LogLine:
        """`found` as a log line; without a time of its own it is as old as the line before, `last_at`."""
        shape = tuple(found)
        plan = self._plans.get(shape)
        if plan is None:
            plan = self._planned(shape)
        time, level, service, message, trace, component, stack, _, rest = plan
        text = found[message] if message else None
        named = LEVELS.get(found[level]) if level and type(found[level]) is str else None
        if type(text) is not str or named is None or stack or not text.isprintable():
            return self._slow(found, last_at)
        fields = None
        if rest:
            fields = _fields(found, rest)
            if fields is None:
                return self._slow(found, last_at)
        who = found[service] if service else self._service
        trace_id = found[trace] if trace else None
        name = found[component] if component else None
        if (
            type(who) is not str
            or (trace_id.__class__ is not str and trace)
            or (name.__class__ is not str and component)
        ):
            return self._slow(found, last_at)
        at = self._at(found[time] if time else None, last_at)
        values = (at, who.lower() or self._service, named, text, trace_id or None, name or None, fields or None)
        return tuple.__new__(LogLine, values)  # past the slow Python that NamedTuple puts before it

    def _at(self, value: object, last_at: float) -> float:
        if type(value) is str:
            at = self._clock.of_text(value)
            return last_at if at is None else at
        if isinstance(value, int | float) and not isinstance(value, bool) and 1e8 < value < 4e18:
            return epoch_of(float(value))
        if isinstance(value, dt.datetime) and value.tzinfo is not None:
            return value.timestamp()
        return last_at

    def _planned(self, shape: tuple[str, ...]) -> Plan:
        if len(self._plans) >= _MAX_SHAPES:
            self._plans.clear()
        plan = _plan(shape)
        if len(shape) <= _MAX_KEYS:
            self._plans[shape] = plan
        return plan

    def _slow(self, found: Mapping[str, Any], last_at: float) -> LogLine:
        """Nested names, numbers for levels, stack traces, lines within lines."""
        flat = dict(flattened(found))
        plan = self._planned(tuple(flat))
        message = _text(flat.get(plan.message)) if plan.message else None
        level = level_of(flat.get(plan.level), key=plan.level) if plan.level else None
        line = LogLine(
            self._at(_number(flat.get(plan.time)) if plan.time else None, last_at),
            (_text(flat.get(plan.service)).lower() if plan.service else "") or self._service,
            level or LogLevel.INFO,
            plain(message if message is not None else _pairs(flat, plan))[:MAX_BYTES],
            _text(flat.get(plan.trace))[:128] or None if plan.trace else None,
            _text(flat.get(plan.component))[:200] or None if plan.component else None,
            _fields(flat, plan.rest) or None,
        )
        if level is None or plan.message == "log":
            line = self._within(line, level, flat.get(plan.status) if plan.status else None, plan)
        stack = plain(_text(flat.get(plan.stack))).strip("\n") if plan.stack else ""
        return line._replace(message=f"{line.message}\n{stack}"[:MAX_BYTES]) if stack else line

    def _within(self, line: LogLine, outer: LogLevel | None, status: object, plan: Plan) -> LogLine:
        """The line that a container's or a collector's object wraps: with a header, or JSON itself."""
        text = line.message.rstrip("\n")
        if text.startswith("{") and (inner := loaded(text.encode("utf-8", "replace"))) and not inner.keys() <= {"log"}:
            return _merged(line, self.line({key: inner[key] for key in inner if key != "log"}, line.at), plan)
        header = header_of(text, self._clock)
        level = header.level if outer is None or header.is_known else outer
        if level is None and isinstance(status, int) and 100 <= status < 600:
            level = of_status(status)
        service = line.service if plan.service or not header.service else header.service.lower()
        return line._replace(
            at=line.at if plan.time or header.at is None else header.at,
            service=service,
            level=level or spoken_level(text) or LogLevel.INFO,
            message=header.message,
            component=line.component or header.component,
        )


def loaded(raw: bytes) -> dict[str, Any] | None:
    """The object that `raw` is; None when it is none, or one that would take long to build."""
    if len(raw) > 8_192 and (len(raw) > MAX_BYTES or raw.count(b"{") + raw.count(b"[") + raw.count(b",") > 4_000):
        return None
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return found if type(found) is dict else None


def flattened(found: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterable[tuple[str, Any]]:
    """Nested names with points, `log.level`; what metadata holds keeps its own name."""
    for key, value in list(found.items())[:_MAX_KEYS]:
        name = f"{prefix}{key}"
        if isinstance(value, dict) and depth < _MAX_DEPTH:
            inner = "" if not prefix and key.lower() in _INNER else f"{name}."
            pairs = flattened(value, inner, depth + 1)
            yield from (
                ((each if each not in found else f"{name}.{each}", one) for each, one in pairs) if not inner else pairs
            )
        else:
            yield name, value


def _plan(shape: tuple[str, ...]) -> Plan:
    named = {key.lower().replace("-", "_"): key for key in reversed(shape[:_MAX_KEYS])}
    used = {
        role: next((named[name] for name in names.split() if name in named), None) for role, names in _ROLES.items()
    }
    taken = set(used.values()) - {used["status"]}
    return Plan(**used, rest=tuple(key for key in shape if key not in taken)[:_MAX_KEYS])


def _fields(found: Mapping[str, Any], names: Iterable[str]) -> dict[str, str] | None:
    """Values as short texts; None where an object lies among them that is no metadata."""
    fields: dict[str, str] = {}
    for name in names:
        value = found[name]
        if type(value) is str:
            fields[name] = value if len(value) <= MAX_VALUE_CHARS else value[:MAX_VALUE_CHARS]
        elif type(value) is dict:
            if name not in _INNER:
                return None
            for key, each in value.items():
                if type(each) is not str:
                    return None
                fields[key] = each if len(each) <= MAX_VALUE_CHARS else each[:MAX_VALUE_CHARS]
        elif value is not None:
            fields[name] = _text(value)[:MAX_VALUE_CHARS]
    if len(fields) > MAX_FIELDS:
        return dict(list(fields.items())[:MAX_FIELDS])
    return fields


def _number(value: object) -> object:
    """journald and OpenTelemetry write numbers as texts."""
    return float(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20 else value


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    try:
        return orjson.dumps(value, default=str).decode()[:MAX_BYTES]
    except TypeError:  # nested more than 250 deep
        return "[nested]"


def _pairs(flat: Mapping[str, Any], plan: Plan) -> str:
    """An object without a message is the list of its values."""
    return " ".join(f"{key}={_text(flat[key])}" for key in plan.rest[:MAX_FIELDS])


def _merged(outer: LogLine, inner: LogLine, plan: Plan) -> LogLine:
    return inner._replace(
        at=outer.at if plan.time else inner.at,
        service=outer.service if plan.service else inner.service,
        trace_id=inner.trace_id or outer.trace_id,
        component=inner.component or outer.component,
        fields={**(outer.fields or {}), **(inner.fields or {})} or None,
    )
