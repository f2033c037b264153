"""What Alertmanager pushes, as log lines."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.logs import LogLevel, LogLine

VERSION = "4"
MAX_ALERTS = 1_000
_SERVICE_LABELS = ("service", "service_name", "app", "application", "container", "job", "namespace")
_COMPONENT_LABELS = ("component", "pod", "instance", "device")
_WORDS = ("summary", "description", "message")
_LEVELS = {
    "critical": LogLevel.CRITICAL,
    "page": LogLevel.CRITICAL,
    "emergency": LogLevel.CRITICAL,
    "error": LogLevel.ERROR,
    "high": LogLevel.ERROR,
    "warning": LogLevel.WARNING,
    "warn": LogLevel.WARNING,
    "info": LogLevel.INFO,
    "none": LogLevel.INFO,
}


def alertmanager_lines(payload: Mapping[str, Any]) -> list[LogLine]:
    """
    A line for each alert of a webhook's body, each once, in order of time.

    A line's `fields` are the alert's labels, its `status`, and `alert_key`: an alert that is sent again has the same.

    Raises:
        InputInvalid: It is no body of version 4, or an alert in it is none.
    """
    alerts = payload.get("alerts")
    if str(payload.get("version")) != VERSION or not isinstance(alerts, list):
        raise InputInvalid("this is no Alertmanager webhook of version 4: it needs `version` and `alerts`")
    if len(alerts) > MAX_ALERTS:
        raise InputInvalid(f"{len(alerts)} alerts at once; at most {MAX_ALERTS} are taken, set max_alerts")
    lines: dict[str, LogLine] = {}
    for position, alert in enumerate(alerts):
        try:
            line = _line(alert)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            problem = f"alerts.{position}: {type(error).__name__}"
            raise InputInvalid(f"an alert is no alert: {problem}", problems=[problem]) from None
        lines.setdefault((line.fields or {})["alert_key"], line)
    return sorted(lines.values(), key=lambda line: line.at)


def _line(alert: Mapping[str, Any]) -> LogLine:
    labels = {str(key): str(value)[:200] for key, value in alert["labels"].items()}
    status = alert["status"]
    if status not in ("firing", "resolved"):
        raise ValueError("status")
    words = alert.get("annotations") or {}
    said = next((str(words[each]) for each in _WORDS if words.get(each)), "")
    is_resolved = status == "resolved"
    severity = labels.get("severity", "").lower()
    name = labels.get("alertname", "alert")
    return LogLine(
        _unix(alert["endsAt"] if is_resolved else alert["startsAt"]),
        (_first(labels, _SERVICE_LABELS) or "unknown").lower(),
        LogLevel.INFO if is_resolved else _LEVELS.get(severity, LogLevel.ERROR),
        f"{name} {status}: {said}"[:4_000] if said else f"{name} {status}",
        component=_first(labels, _COMPONENT_LABELS),
        fields={
            **labels,
            "status": status,
            "alert_key": f"{alert.get('fingerprint') or _fingerprint(labels)}:{alert['startsAt']}:{status}",
        },
    )


def _first(labels: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((labels[each] for each in names if labels.get(each)), None)


def _fingerprint(labels: Mapping[str, str]) -> str:
    return ",".join(f"{key}={labels[key]}" for key in sorted(labels))


def _unix(text: str) -> float:
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.timestamp()
