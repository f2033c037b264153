"""Lines that somebody posts: judged by themselves, told once."""

import datetime as dt
from typing import Any

import pytest
from tests.logs.scenes import START

from innkeeper.blocks.database import incidents
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.settings import Settings
from innkeeper.schemas.logs import FindingKind, LogLevel, LogLine, Severity
from innkeeper.schemas.models import Spender
from innkeeper.schemas.monitoring import AnalysisReport, AnalyzeRequest
from innkeeper.tasks.logs.analyzing import posted_lines, replay
from innkeeper.tasks.logs.posting import analyze_posted, judged_posted
from innkeeper.tasks.logs.rules import IncidentRules


def posted(*more: dict[str, Any], errors: int = 4) -> AnalyzeRequest:
    at = dt.datetime.fromtimestamp(START, dt.UTC)
    logs = [
        {
            "service": "cv",
            "level": "error",
            "message": f"face detection failed on frame {place}",
            "timestamp": at + dt.timedelta(seconds=place),
            "metadata": {"camera_id": "camera_lobby"},
        }
        for place in range(errors)
    ]
    return AnalyzeRequest.model_validate({"logs": [*logs, *more]})


async def analyze(database: Database, rules: IncidentRules, request: AnalyzeRequest) -> AnalysisReport:
    return await analyze_posted(
        database, posted_lines(request), rules, window_s=300, targets={}, gateway=None, spender=Spender()
    )


async def test_the_same_lines_again_are_the_same_incident(database: Database, rules: IncidentRules) -> None:
    first, second = [await analyze(database, rules, posted()) for _ in range(2)]
    assert first.anomalies_detected
    assert first.incident_id == second.incident_id
    assert first.issues[0].affected_components == ["camera_lobby"]
    async with database.reading() as session:
        assert len(await incidents.list_incidents(session)) == 1


async def test_a_posted_line_of_an_impossible_time_makes_no_other_too_old(
    database: Database, rules: IncidentRules
) -> None:
    strays = [
        {"service": "cv", "level": "info", "message": "stray", "timestamp": at}
        for at in ("9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00")
    ]
    report = await analyze(database, rules, posted(*strays))
    assert report.anomalies_detected
    assert report.lines == 7
    assert not report.notes


@pytest.mark.parametrize("second", range(0, 600, 60))
def test_three_errors_are_found_whatever_the_clock_says(second: int) -> None:
    start = 1_768_608_000.0 + second
    lines = [
        LogLine(start + 60 * place, "cv", LogLevel.ERROR, "Face recognition failed: timeout") for place in range(3)
    ]
    (window,) = judged_posted(lines, 300.0)
    (found,) = window.judged.findings
    assert (found.kind, found.sample_size, found.expected) == (FindingKind.ERROR_SPIKE, 3, None)
    (incident,) = replay(lines, IncidentRules.of(Settings.model_validate({}))).incidents
    assert (incident.service, incident.severity) == ("cv", Severity.HIGH)
