"""Sweep the logs: read what is new in every source, judge it, keep the incidents, and tell of them."""

import asyncio
import datetime as dt
import time
from typing import Annotated
from uuid import uuid4

from prefect import flow
from prefect.context import FlowRunContext
from pydantic import Field

from innkeeper.blocks.log_sources.base import LogSource
from innkeeper.blocks.settings import settings
from innkeeper.schemas.errors import Conflict, InnkeeperError, NotFound, ServiceUnavailable
from innkeeper.schemas.monitoring import SweepReport, SweepsReport
from innkeeper.tasks.logs.alerting import deliver_alerts, open_targets
from innkeeper.tasks.logs.figures import hotel_figures
from innkeeper.tasks.logs.publishing import publish_incidents, publish_sweeps
from innkeeper.tasks.logs.rules import IncidentRules
from innkeeper.tasks.logs.silent_sweep import watch_sources
from innkeeper.tasks.logs.sources import log_files, open_sources
from innkeeper.tasks.logs.sweeping import Sweeper, sweep_source
from innkeeper.tasks.policies import run_step
from innkeeper.tasks.work_orders import hotel_database

NOTHING_SET = "INNKEEPER_LOG_SOURCES is not set: nothing was swept"


@flow(name="sweep-logs", persist_result=False)
async def sweep_logs(
    sources: list[str] | None = None,
    paths: list[str] | None = None,
    language: Annotated[str, Field(pattern="^(en|vi)$")] = "en",
    database: str | None = None,
) -> SweepsReport:
    """
    Read what is new in the logs, and alert once for each incident.

    Each source is a task of its own. A run that dies leaves what it has committed; the next one goes on from there, so
    that each line counts once. Where no sources are set, only alerts that wait are sent.

    Args:
        sources: Names of sources to sweep; all those of INNKEEPER_LOG_SOURCES when empty.
        paths: Files, folders or patterns to sweep instead of those.
        language: Of alerts and reports: en or vi.
        database: Name of a Hotel Database block; the database of the settings when empty.
    """
    wanted = await _wanted(sources, paths)
    targets = await open_targets(settings())
    async with hotel_database(database) as hotel:
        figures = await hotel_figures(hotel)
        rules = IncidentRules.of(settings(), figures=figures, language="vi" if language == "vi" else "en")
        sweeper = Sweeper(hotel, rules, list(targets), _run_id())
        report = await _swept(sweeper, wanted)
        ids = [incident for each in report.sweeps for incident in each.incidents]
        if wanted and not (sources or paths):
            watched = [each.name for each in wanted]
            changed = await watch_sources(hotel, watched, rules, sweeper.targets, dt.datetime.now(dt.UTC))
            ids += [each.id for each in changed if each.id]
        sent = await deliver_alerts(hotel, targets, per_minute=settings().alerts_per_minute)
        report = report.model_copy(update={"alerts_sent": sent.sent, "alerts_waiting": sent.delayed})
        await publish_sweeps(report)
        charts = {service: chart for each in report.sweeps for service, chart in each.charts.items()}
        await publish_incidents(hotel, list(dict.fromkeys(ids)), rules, charts)
    if report.failed and not report.sweeps:
        problems = "; ".join(f"{source}: {problem}" for source, problem in report.failed.items())
        raise ServiceUnavailable(f"no source could be swept: {problems}")
    return report


async def _wanted(sources: list[str] | None, paths: list[str] | None) -> list[LogSource]:
    if paths:
        return [log_files(each, settings().hotel_timezone) for each in dict.fromkeys(paths)]
    if not sources and not settings().log_sources.strip(" ,"):
        return []  # a hotel that sweeps nothing is not told every five minutes that it does not
    opened = {each.name: each for each in await open_sources(settings())}
    unknown = sorted(set(sources or ()) - set(opened))
    if unknown:
        raise NotFound(f"there is no log source {unknown[0]!r}; there are {', '.join(sorted(opened))}")
    return [opened[name] for name in sources or opened]


async def _swept(sweeper: Sweeper, wanted: list[LogSource]) -> SweepsReport:
    if not wanted:
        return SweepsReport(note=NOTHING_SET)
    now = time.time()
    results = await asyncio.gather(
        *(run_step(sweep_source, sweeper, each, now) for each in wanted), return_exceptions=True
    )
    return _report([each.name for each in wanted], results)


def _report(names: list[str], results: list[SweepReport | BaseException]) -> SweepsReport:
    done, failed, busy = list[SweepReport](), dict[str, str](), list[str]()
    for name, result in zip(names, results, strict=True):
        if isinstance(result, SweepReport):
            done.append(result)
        elif isinstance(result, Conflict):  # no failure: another run is at it
            busy.append(f"{name}: {result}")
        elif isinstance(result, InnkeeperError):
            failed[name] = str(result)
        else:
            raise result
    return SweepsReport(sweeps=tuple(done), failed=failed, note="; ".join(busy) or None)


def _run_id() -> str:
    context = FlowRunContext.get()
    return str(context.flow_run.id) if context and context.flow_run else uuid4().hex
