"""Alerts that Alertmanager pushes, as log lines."""

from typing import Any

import pytest

from innkeeper.blocks.log_sources.alertmanager import alertmanager_lines
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.logs import LogLevel

ALERT: dict[str, Any] = {
    "status": "firing",
    "labels": {"alertname": "CameraDown", "service": "CV", "severity": "critical", "instance": "cam_lobby_01"},
    "annotations": {"summary": "No frames for 5 minutes"},
    "startsAt": "2026-11-17T08:30:00.123456789Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "http://prometheus",
    "fingerprint": "0f1e2d3c",
}


def _payload(*alerts: Any, **more: Any) -> dict[str, Any]:
    return {"version": "4", "groupKey": "{}", "truncatedAlerts": 0, "status": "firing", "alerts": list(alerts), **more}


def test_an_alert_is_a_line() -> None:
    (line,) = alertmanager_lines(_payload(ALERT))
    assert line[1:4] == ("cv", LogLevel.CRITICAL, "CameraDown firing: No frames for 5 minutes")
    assert line.at == pytest.approx(1_794_904_200.123456)
    assert line.component == "cam_lobby_01"
    assert line.fields is not None
    assert line.fields["alert_key"] == "0f1e2d3c:2026-11-17T08:30:00.123456789Z:firing"


def test_an_alert_that_is_sent_again_has_the_same_key_and_its_end_another() -> None:
    end = ALERT | {"status": "resolved", "endsAt": "2026-11-17T08:40:00Z"}
    lines = alertmanager_lines(_payload(end, ALERT, ALERT))
    assert [line.level for line in lines] == [LogLevel.CRITICAL, LogLevel.INFO]
    assert lines[1].at == 1_794_904_800.0
    assert len({(line.fields or {})["alert_key"] for line in lines}) == 2


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"version": "3", "alerts": []},
        {"version": "4", "alerts": {}},
        _payload("x"),
        _payload({}),
        _payload(ALERT | {"status": "perhaps"}),
        _payload(ALERT | {"startsAt": "yesterday"}),
        _payload(ALERT | {"startsAt": "2026-11-17T08:30:00"}),
        _payload(ALERT | {"startsAt": None}),
        _payload(*[ALERT] * 1_001),
    ],
    ids=lambda payload: str(payload)[:50],
)
def test_what_is_no_webhook_is_refused(payload: dict[str, Any]) -> None:
    with pytest.raises(InputInvalid):
        alertmanager_lines(payload)
