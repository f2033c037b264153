"""The dead man's switch of the sweep: started by an automation when no sweep has ended well for 15 minutes."""

import datetime as dt
from typing import Annotated

from prefect import flow
from pydantic import Field

from innkeeper.blocks.settings import settings
from innkeeper.schemas.errors import NotConfigured
from innkeeper.schemas.monitoring import SilentSweepReport
from innkeeper.tasks.logs.alerting import deliver_alerts, open_targets
from innkeeper.tasks.logs.figures import hotel_figures
from innkeeper.tasks.logs.publishing import publish_incidents
from innkeeper.tasks.logs.rules import IncidentRules
from innkeeper.tasks.logs.silent_sweep import watch_sources
from innkeeper.tasks.logs.sources import open_sources, source_names
from innkeeper.tasks.work_orders import hotel_database


@flow(name="report-silent-sweep", persist_result=False)
async def report_silent_sweep(
    language: Annotated[str, Field(pattern="^(en|vi)$")] = "en", database: str | None = None
) -> SilentSweepReport:
    """
    Open an incident and alert, once, when a source of logs has not been swept for 15 minutes; end it when it has.

    Args:
        language: Of the alert: en or vi.
        database: Name of a Hotel Database block; the database of the settings when empty.
    """
    names = await _watched()
    targets = await open_targets(settings())
    async with hotel_database(database) as hotel:
        rules = IncidentRules.of(
            settings(), figures=await hotel_figures(hotel), language="vi" if language == "vi" else "en"
        )
        changed = await watch_sources(hotel, names, rules, list(targets), dt.datetime.now(dt.UTC)) if names else []
        sent = await deliver_alerts(hotel, targets, per_minute=settings().alerts_per_minute)
        ids = tuple(each.id for each in changed if each.id)
        await publish_incidents(hotel, ids, rules)
    return SilentSweepReport(watched=tuple(names), incidents=ids, alerts_sent=sent.sent)


async def _watched() -> list[str]:
    """The sources that should be swept, also when one of them cannot even be opened."""
    listed = source_names(settings())
    if not listed:
        return []
    try:
        return [each.name for each in await open_sources(settings())]
    except NotConfigured:
        return listed
