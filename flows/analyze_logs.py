"""Look at log files of the past, as sweeps would have: incidents, their numbers, and what could be done."""

import asyncio
import datetime as dt
from time import perf_counter
from typing import Annotated

from prefect import flow
from pydantic import Field

from innkeeper.blocks.log_sources.past import PastLogs
from innkeeper.blocks.settings import settings
from innkeeper.engine.logs.parsing import parse_lines
from innkeeper.schemas.monitoring import AnalysisReport
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.logs.analyzing import Replayed, Span, replay, report_of
from innkeeper.tasks.logs.concluding import chart_of
from innkeeper.tasks.logs.publishing import publish_incident
from innkeeper.tasks.logs.rules import IncidentRules
from innkeeper.tasks.logs.wording import worded
from innkeeper.tasks.publishing import publish_cost
from innkeeper.tasks.spenders import current_spender

MAX_WORDED = 5  # incidents for whose words a model may be asked


@flow(name="analyze-logs", persist_result=False)
async def analyze_logs(
    paths: Annotated[list[str], Field(min_length=1, max_length=100)],
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    language: Annotated[str, Field(pattern="^(en|vi)$")] = "en",
) -> AnalysisReport:
    """
    Report the incidents in log files; nothing is kept, and nobody is told.

    Args:
        paths: Files, folders or patterns that this process may read.
        since: Incidents from then on; earlier lines are what is normal.
        until: Up to then.
        language: Of the report: en or vi.
    """
    started = perf_counter()
    rules = IncidentRules.of(settings(), language="vi" if language == "vi" else "en")
    span = Span(_seconds(since), _seconds(until))
    with PastLogs(paths, parse=parse_lines, zone=settings().hotel_timezone) as logs:
        replayed = await asyncio.to_thread(_replayed, logs, rules, span)
        notes = logs.problems[:20]
    async with ModelGateway(settings()) as gateway:
        told = [
            await worded(each, rules, gateway if place < MAX_WORDED else None, current_spender("analyze-logs"))
            for place, each in enumerate(replayed.incidents)
        ]
        await publish_cost(gateway)
    for each in told:
        await publish_incident(each.incident, rules, chart_of(each.incident, replayed.windows))
    return report_of(
        told,
        rules,
        lines=replayed.lines,
        compared=replayed.compared,
        started=started,
        notes=notes,
        windows=replayed.windows,
    )


def _replayed(logs: PastLogs, rules: IncidentRules, span: Span) -> Replayed:
    return replay(logs.lines(), rules, span)


def _seconds(time: dt.datetime | None) -> float | None:
    if time is None:
        return None
    return (time if time.tzinfo else time.replace(tzinfo=settings().zone)).timestamp()
