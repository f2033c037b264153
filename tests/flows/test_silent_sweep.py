"""The watch over the watch: a source that nobody sweeps is an incident; the automation that looks is deployed."""

import asyncio
import contextlib
import datetime as dt
import os
import sys
from pathlib import Path

import pytest
import yaml
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.events.actions import RunDeployment
from prefect.events.schemas.automations import EventTrigger, Posture
from prefect.exceptions import ObjectAlreadyExists
from prefect.settings import PREFECT_API_URL
from tests.flows.conftest import Server

from innkeeper.blocks.database.alert_outbox import alerts_of
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.incidents import list_incidents
from innkeeper.blocks.settings import settings
from innkeeper.cli.local_prefect import POOL
from innkeeper.flows.report_silent_sweep import report_silent_sweep
from innkeeper.flows.sweep_logs import NOTHING_SET, sweep_logs
from innkeeper.schemas.errors import NotFound
from innkeeper.schemas.incidents import Incident
from innkeeper.tasks.logs.rules import IncidentRules
from innkeeper.tasks.logs.silent_sweep import SERVICE, SILENT_AFTER, watch_sources

FILE = Path(__file__).parents[2] / "prefect.yaml"


@pytest.fixture
def source(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log file that the settings name."""
    file = home / "hotel.log"
    file.write_text("2026-01-17 08:30:00 INFO all is well\n", encoding="utf-8")
    monkeypatch.setenv("INNKEEPER_LOG_SOURCES", str(file))
    settings.cache_clear()
    return file


async def told(hotel: Database) -> tuple[list[Incident], list[str]]:
    """The incidents of the sweep itself, and what was told of them."""
    async with hotel.reading() as session:
        found = await list_incidents(session, service=SERVICE)
        return found, [alert.event.value for each in found for alert in await alerts_of(session, each.id or "")]


async def test_a_source_that_is_never_swept_is_told_once_and_ends_with_the_next_sweep(
    server: Server, hotel: Database, source: Path
) -> None:
    first = await report_silent_sweep()
    again = await report_silent_sweep()
    incidents, events = await told(hotel)
    assert (len(first.watched), first.incidents, events) == (1, again.incidents, ["opened"])
    assert [(each.kind.value, each.status.value) for each in incidents] == [("silence", "open")]
    assert incidents[0].affected_components[0].startswith("hotel.log")

    await sweep_logs.fn()
    incidents, events = await told(hotel)
    assert ([each.status.value for each in incidents], events) == (["resolved"], ["opened", "resolved"])
    assert (await report_silent_sweep.fn()).incidents == ()


async def test_one_source_that_cannot_be_read_is_told_though_the_others_are(hotel: Database, source: Path) -> None:
    await sweep_logs.fn()
    rules, now = IncidentRules.of(settings()), dt.datetime.now(dt.UTC)
    names = (await report_silent_sweep.fn()).watched
    assert await watch_sources(hotel, names, rules, [], now + dt.timedelta(minutes=14)) == []
    (opened,) = await watch_sources(hotel, names, rules, [], now + dt.timedelta(minutes=16))
    assert (opened.status.value, opened.findings[0].observed, opened.findings[0].expected) == ("open", 0, 3)


async def test_a_setting_that_is_wrong_is_a_silent_sweep(
    hotel: Database, home: Path, monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    monkeypatch.setenv("INNKEEPER_LOG_SOURCES", "hotel-loki/none")
    settings.cache_clear()
    assert (await report_silent_sweep.fn()).incidents
    assert [each.affected_components for each in (await told(hotel))[0]] == [("none",)]


async def test_a_hotel_without_sources_is_left_in_peace(server: Server, hotel: Database) -> None:
    assert (await sweep_logs()).note == NOTHING_SET
    assert (await report_silent_sweep.fn()).watched == ()
    assert await told(hotel) == ([], [])


async def test_an_unknown_source_is_refused_with_the_names_of_those_there_are(hotel: Database, source: Path) -> None:
    with pytest.raises(NotFound, match=r"hotel\.log"):
        await sweep_logs.fn(sources=["nonsense"])


async def test_deploying_makes_the_dead_mans_switch_and_only_one(server: Server, tmp_path: Path) -> None:
    with contextlib.suppress(ObjectAlreadyExists):
        await server.client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
    every = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    every["deployments"] = [each for each in every["deployments"] if "report_silent_sweep" in each["entrypoint"]]
    (tmp_path / "prefect.yaml").write_text(yaml.safe_dump(every), encoding="utf-8")
    for _ in range(2):
        await deploy_all(tmp_path)
    (automation,) = [each for each in await server.client.read_automations() if "No sweep" in each.name]
    deployment = await server.client.read_deployment_by_name("report-silent-sweep/production")
    assert isinstance(automation.trigger, EventTrigger)
    assert (automation.trigger.posture, automation.trigger.within) == (Posture.Proactive, SILENT_AFTER)
    assert automation.trigger.expect == {"prefect.flow-run.Completed"}
    assert automation.trigger.match_related.get("prefect.resource.name") == ["sweep-logs"]
    (action,) = automation.actions
    assert isinstance(action, RunDeployment)
    assert action.deployment_id == deployment.id


async def deploy_all(folder: Path) -> None:
    command = ["prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(folder / "prefect.yaml")]
    environment = os.environ | {"PREFECT_API_URL": PREFECT_API_URL.value() or ""}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *command,
        env=environment,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
