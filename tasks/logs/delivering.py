"""Sends alerts while somebody waits for an answer, and goes on with it when the answer is given."""

import asyncio
import logging
from collections.abc import Mapping, Sequence

from innkeeper.blocks.database import alert_outbox
from innkeeper.blocks.database.alert_outbox import DeliveryStatus
from innkeeper.blocks.database.engine import Database
from innkeeper.schemas.errors import InnkeeperError
from innkeeper.schemas.incidents import Alert
from innkeeper.tasks.logs.alerting import AlertTarget, DeliveryCounts, deliver_alerts

DELIVERED_WITHIN_S = 3.0  # of a request; what takes longer goes on behind it, or is sent by the next sweep

logger = logging.getLogger("innkeeper.logs")

_under_way: set[asyncio.Task[DeliveryCounts]] = set()  # else nothing would hold them


async def deliver_soon(database: Database, targets: Mapping[str, AlertTarget], alerts: Sequence[Alert]) -> list[str]:
    """
    Send what is due, and wait a little for it.

    A sending is never cut off: its target would get the alert a second time.

    Args:
        database: Holds the alerts.
        targets: From `open_targets`.
        alerts: Those that the caller wants to know about.

    Returns:
        The targets that have one of them by now.
    """
    if not alerts or not targets:
        return []
    task = asyncio.create_task(deliver_alerts(database, targets))
    _under_way.add(task)
    task.add_done_callback(_ended)
    await asyncio.wait({task}, timeout=DELIVERED_WITHIN_S)
    return await _having(database, alerts)


async def finish_deliveries() -> None:
    """Wait for the sendings that go on behind answers; for the end of a process, while the database is open."""
    await asyncio.gather(*_under_way, return_exceptions=True)


async def _having(database: Database, alerts: Sequence[Alert]) -> list[str]:
    ids = {each.id for each in alerts}
    async with database.reading() as session:
        found = [
            each
            for incident_id in dict.fromkeys(alert.incident_id for alert in alerts)
            for each in await alert_outbox.deliveries_of(session, incident_id)
        ]
    return list(dict.fromkeys(each.target for each in found if each.alert_id in ids and _is_sent(each.status)))


def _is_sent(status: DeliveryStatus) -> bool:
    return status is DeliveryStatus.SENT


def _ended(task: asyncio.Task[DeliveryCounts]) -> None:
    _under_way.discard(task)
    error = None if task.cancelled() else task.exception()
    if error is not None:
        reason = str(error) if isinstance(error, InnkeeperError) else type(error).__name__
        logger.error("alerts could not be sent, the next sweep tries again: %s", reason)
